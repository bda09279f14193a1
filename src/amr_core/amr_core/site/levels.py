"""Which parts of the stack know one floor only, and say so."""

from __future__ import annotations

from amr_core.errors import AmrError
from amr_core.site.model import Site


def need_one_level(site: Site, what: str) -> None:
    """Raise site.levels for a site with more than one level. what: the part that knows one map only."""
    if len(site.levels) > 1 or site.lifts:
        raise AmrError("site.levels", what=what, site=site.id, count=len(site.levels))
