"""Conditions that a trial noted, as rows: heads of ASTM F3218 with value and unit, without who noted them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from amr_fleet.dataset.release import DatasetRelease, Made, number
from amr_fleet.dataset.schema import CONDITION_HEADS, CONDITION_UNITS
from amr_fleet.domain.events import JournalEntry

KINDS: Final = frozenset({"trial_condition"})


@dataclass
class ConditionRows:
    """`take` entries of KINDS; nothing is remembered."""

    release: DatasetRelease

    def take(self, entry: JournalEntry) -> Iterator[Made]:
        """Yield the row of one entry; what is no condition by our list is left out."""
        try:
            row = json.loads(str(entry.facts.get("row")))
        except ValueError:
            return
        if not isinstance(row, dict) or row.get("head") not in CONDITION_HEADS:
            return
        if not self.release.stretch.holds(entry.t):
            return
        person = row.get("source") != "sensor"
        zone, unit = str(row.get("zone") or ""), str(row.get("unit") or "")
        yield "conditions", {
            "t": self.release.time(self.release.coarse(entry.t) if person else entry.t),
            "zone": zone if zone in self.release.places or zone in self.release.zones else "other",
            "head": str(row["head"]), "value": number(row.get("value")),
            "unit": (unit or None) if unit in CONDITION_UNITS else "other",
            "source": "person" if person else "sensor", "origin": self.release.origin,
        }  # fmt: skip

    def finish(self) -> Iterator[Made]:
        """Nothing is open."""
        return iter(())
