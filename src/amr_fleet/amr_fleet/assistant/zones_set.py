"""What is set on a place: by whom, what of it a person may lift, and what a camera or a flight holds."""

from __future__ import annotations

from amr_fleet.assistant.codes import norm
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts, ZoneRow


def by_camera(row: ZoneRow) -> bool:
    """Say whether a camera set a zone: it renews it every 2 s while it sees somebody, and nobody else lifts it."""
    return row.by.lower().startswith("camera")


def set_on(facts: Facts, name: str) -> list[ZoneRow]:
    """Return what is set on a lane or a zone of the site, or on the zone that is called so."""
    wanted = norm(name)
    return [row for row in facts.zones if wanted and wanted in {norm(one) for one in (row.zone, *row.lanes)}]


def liftable(facts: Facts, name: str) -> list[ZoneRow]:
    """Return what opening a place lifts: what is set on it by name, else the areas drawn over it.

    Never a camera's or a flight's.
    """
    rows = [row for row in set_on(facts, name) if not (by_camera(row) or row.flight)]
    return [row for row in rows if not row.drawn or norm(row.zone) == norm(name)] or rows


def kept_shut(facts: Facts, call: Call) -> str:
    """Return camera_holds or flight_holds where a call would open what only these keep shut, else ""."""
    name = str(call.args.get("zone", "")) if call.name == "zone_open" else ""
    rows = set_on(facts, name)
    if not rows or liftable(facts, name):
        return ""
    return "camera_holds" if any(map(by_camera, rows)) else "flight_holds"
