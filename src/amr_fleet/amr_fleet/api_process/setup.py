"""What API and dashboard need to know, wherever they run. To their own process it goes over the link, pickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from amr_core.site import Site
from amr_fleet.domain.settings import FleetSettings


@dataclass(frozen=True, kw_only=True)
class ApiSetup:
    """site, fleet: as the engine has them, which may be older than their files; the others as in FleetParams.

    users: a file, or a database's address; photos, layouts, review: two folders and a file, None = nothing is kept.
    login: make one for this run; or, where there is none yet, an administrator, whose password goes to
    first_password; or none.
    mebibytes: what a process of its own may take beside what it starts with; half of the unit's
    MemoryMax, so that it fails by itself before the kernel has to choose.
    """

    site: Site
    site_name: str
    fleet: FleetSettings
    database: str
    users: Path | str
    first_password: Path
    login: Literal["run", "first", "none"] = "first"
    site_version: str = ""
    robots: tuple[str, ...] = ()
    evidence: str = ""
    tracks: str = ""
    photos: Path | None = None
    layouts: Path | None = None
    review: Path | None = None
    enrolment: str = ""
    broker: str = ""
    oidc: str = ""
    language_model: str = ""
    neighbours: str = ""
    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    secure_cookies: bool = False
    certificate: str = ""
    key: str = ""
    proxy: str = ""
    mebibytes: int = 1024
