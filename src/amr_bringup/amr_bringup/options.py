"""Values of options that several commands share."""

from __future__ import annotations

from typing import cast, get_args

from amr_core.errors import AmrError
from amr_core.site import Site


def parse_rtf(text: str) -> float:
    """Return the real-time factor: a positive number, or 0 for max. Raises run.bad_option."""
    if text == "max":
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 1000.0:
        raise AmrError("run.bad_option", option="--rtf", value=text, reason="give a number above 0, or max")
    return value


def checked_incident(text: str, site: Site) -> str:
    """Return a kind of incident that a site can have, "" = none. Raises run.bad_option."""
    from amr_sim.incidents import SimIncidentKind, incident

    kinds = get_args(SimIncidentKind)
    if text not in kinds:
        reason = f"there is {', '.join(kind for kind in kinds if kind)}"
        raise AmrError("run.bad_option", option="incident", value=text[:64], reason=reason)
    return incident(cast(SimIncidentKind, text), site, [robot.name for robot in site.fleet], 0).kind
