"""Restrictions as facts of the journal and back."""

from __future__ import annotations

import json
from typing import cast

from amr_core.errors import Fact
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import ZoneRequest, ZoneView
from amr_fleet.vocabulary import ZoneKind


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
