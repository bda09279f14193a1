"""The site as it was: what the replay of a moment is drawn on. Each chunk of tracks names its plan."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from amr_core.site import Site

_LETTERS: Final = 16


@dataclass(frozen=True)
class SitePlan:
    """A site, packed, and what it is called: the same site has one name."""

    digest: str
    payload: bytes


def plan_of(site: Site) -> SitePlan:
    """Return a site as it is kept beside the tracks."""
    text = site.model_dump_json().encode()
    return SitePlan(hashlib.sha256(text).hexdigest()[:_LETTERS], zlib.compress(text, 6))


def site_of(payload: bytes | None) -> Site | None:
    """Return a site that was kept; None for none, and for one of a version that this one does not read."""
    try:
        return None if payload is None else Site.model_validate_json(zlib.decompress(payload))
    except (ValidationError, ValueError, zlib.error):
        return None
