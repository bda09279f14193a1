"""Restrictions as facts of the journal and back."""

from __future__ import annotations

import json
from typing import Final, cast

from amr_core.errors import Fact
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import ZoneRequest, ZoneView
from amr_fleet.vocabulary import ZoneKind

FLIGHT: Final = "flight:"
"""How the ids of zones below flights begin."""
_LANES: Final = 4
"""More in one zone, and nobody reads them: its id says it then."""


def zone_facts(r: ZoneRequest) -> dict[str, Fact]:
    """Return the facts of a zone_set entry."""
    return {
        "zone": r.zone_id, "zone_kind": r.kind, "max_speed": r.max_speed, "code": r.code, "text": r.text,
        "until": r.until, "user": r.user, "area": json.dumps({"polygon": r.polygon, "elements": r.elements}),
    }  # fmt: skip


def zone_from(entry: JournalEntry) -> ZoneView:
    """Return the zone that a zone_set entry describes."""
    f = entry.facts
    area = json.loads(str(f["area"]))
    return ZoneView(
        zone_id=str(f["zone"]), kind=cast(ZoneKind, f["zone_kind"]), max_speed=float(f["max_speed"] or 0.0),
        polygon=tuple((float(x), float(y)) for x, y in area["polygon"]), elements=tuple(area["elements"]),
        code=str(f["code"]), text=str(f["text"]), since=entry.t, until=float(f["until"] or 0.0), user=str(f["user"]),
    )  # fmt: skip


def named(zone: ZoneView) -> dict[str, Fact]:
    """Return what people know a restriction by, for a reason: how it is shut, its lanes, its camera, why."""
    facts: dict[str, Fact] = {"zone": zone.zone_id, "shut": zone.kind}
    if 0 < len(zone.elements) <= _LANES:
        facts["lanes"] = ", ".join(zone.elements)
    if zone.code.startswith("camera."):
        facts["camera"] = zone.text.split(" ")[0]  # its text is camera and area
        facts["sees"] = zone.code
    elif zone.text:
        facts["why"] = zone.text
    return facts
