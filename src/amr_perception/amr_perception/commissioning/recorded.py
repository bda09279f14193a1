"""A setup of a camera tried on a folder of recorded pictures: what it would have held. Nothing leaves as an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.site import CameraArea, Site, site_dir
from amr_core.site.camera_files import camera_path, with_camera_file
from amr_perception.commissioning.setup import FATAL, Judged, judge, parse_setup
from amr_perception.commissioning.trial import DryRun
from amr_perception.fixed.floor import Floor, read_floor
from amr_perception.lens.packed import decode
from amr_perception.people.boxes import ColourImage, Detector

KINDS: Final = frozenset({".jpg", ".jpeg", ".png"})
_LONGEST_SETUP: Final = 60_000


@dataclass(frozen=True)
class Replayed:
    """What came of a dry run on recorded pictures. bad: picture and what is wrong with it; facts: of `DryRun.facts`."""

    facts: dict[str, Any]
    bad: tuple[tuple[str, str], ...]


def setup_of(site: Site, site_name: str, camera_id: str, setup: Path | None) -> tuple[Floor, Sequence[CameraArea]]:
    """Return floor and areas of a camera's setup: of a file of the wizard's JSON, or without one of the camera's own.

    Raises camera.bad_setup, calibration.bad, and request.not_found for a camera that the site does not know.
    """
    if setup is not None:
        judged = _judged(site, camera_id, setup)
        assert judged.floor is not None
        assert judged.camera is not None
        return judged.floor, judged.camera.areas
    known = next((camera for camera in site.cameras if camera.id == camera_id), None)
    if known is None:
        raise AmrError("request.not_found", path=f"cameras/{camera_id[:32]}")
    path = camera_path(site_dir(site_name), camera_id)
    return read_floor(path, (known.x, known.y)), with_camera_file(known, path).areas


def _judged(site: Site, camera_id: str, path: Path) -> Judged:
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > _LONGEST_SETUP:
            raise ValueError(f"{len(text)} characters")
    except (OSError, ValueError) as error:
        reason = str(error)[:100]
        raise AmrError("camera.bad_setup", camera=camera_id[:32], where=path.name, reason=reason) from error
    judged = judge(parse_setup(text, camera_id), camera_id, site)
    fatal = next((finding.code for finding in judged.findings if finding.code in FATAL), "")
    if fatal or judged.floor is None or judged.camera is None:
        where, reason = path.name, fatal or "points_missing"
        raise AmrError("camera.bad_setup", camera=camera_id[:32], where=where, reason=reason)
    return judged


def replay(
    site: Site, floor: Floor, areas: Sequence[CameraArea], folder: Path, rate: float, detector: Detector | None = None
) -> Replayed:
    """Look at the pictures of a folder in the order of their names, rate of them a second, as a camera's node would.

    One that cannot be used makes the camera blind for its moment, as it would there. Raises run.bad_option where there
    is no picture.
    """
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in KINDS) if folder.is_dir() else []
    if not paths:
        raise AmrError("run.bad_option", option="folder", value=str(folder), reason="no JPEG or PNG in it")
    run, bad = DryRun(site, floor, areas, detector), list[tuple[str, str]]()
    for k, path in enumerate(paths):
        now = k / rate
        try:
            run.take(_picture(path), now, now)
        except AmrError as error:
            reason = str(error.facts.get("reason", error))
            bad.append((path.name, reason))
            run.miss(now, reason)
    return Replayed(run.facts(), tuple(bad))


def _picture(path: Path) -> ColourImage:
    try:
        return decode(path.read_bytes(), path.suffix, colour=True, topic=path.name)
    except OSError as error:
        raise AmrError("message.invalid", topic=path.name, reason=str(error)[:100]) from error
