"""Maintenance work orders as the fold of the journal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, cast

from amr_fleet.domain.events import JournalEntry
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.vocabulary import OverdueSafety, UpkeepCounter, UpkeepOutcome, UpkeepRule

KEPT: Final = 200
"""Closed ones that are kept at hand; the journal has them all."""


@dataclass
class UpkeepBook:
    """Open work orders by id, the last closed ones, and since when days are counted for each robot.

    checked: when a robot's last safety check was done, or when it was first seen (fleet s). all: open ones by due time
    (none last), then the closed ones, newest first; the same tuple until something changes.
    """

    active: dict[str, WorkOrder] = field(default_factory=dict)
    closed: dict[str, WorkOrder] = field(default_factory=dict)
    checked: dict[str, float] = field(default_factory=dict)
    count: int = 0
    _all: tuple[WorkOrder, ...] | None = None

    @property
    def all(self) -> tuple[WorkOrder, ...]:
        """Every one at hand."""
        if self._all is None:
            still = sorted(self.active.values(), key=lambda one: (one.due or float("inf"), one.work_id))
            self._all = (*still, *reversed(self.closed.values()))
        return self._all

    def of_rule(self, robot: str, rule: UpkeepRule) -> WorkOrder | None:
        """Return a robot's open one of a rule."""
        return next((one for one in self.active.values() if one.robot == robot and one.rule == rule), None)

    def of_key(self, key: str) -> WorkOrder | None:
        """Return the one at hand that a request with a key has opened."""
        return next((one for one in self.all if one.key == key), None) if key else None

    def unsafe(self, robot: str, now: float, policy: OverdueSafety) -> str:
        """Return a robot's overdue one (now: fleet s) that keeps new orders from it by the policy, "" = none."""
        if policy != "rest":
            return ""
        mine = (one for one in self.active.values() if one.robot == robot and one.safety)
        return next((one.work_id for one in mine if one.overdue(now)), "")

    def first_seen(self, entry: JournalEntry) -> None:
        """Count a robot's days from the first time that it was online."""
        self.checked.setdefault(entry.robot, entry.t)

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry of kind upkeep_opened, upkeep_changed or upkeep_closed."""
        f, work_id = entry.facts, str(entry.facts["work"])
        if entry.kind == "upkeep_opened":
            self.count += 1
            self.active[work_id] = WorkOrder(
                work_id=work_id, robot=entry.robot, text=str(f.get("text", "")),
                rule=cast(UpkeepRule, f.get("rule", "")), counter=cast(UpkeepCounter, f.get("counter", "")),
                amount=float(f.get("amount") or 0.0), safety=bool(f.get("safety")), opened=entry.t,
                opened_by=str(f.get("user", "")), due=float(f.get("due") or 0.0), owner=str(f.get("owner", "")),
                key=str(f.get("key", "")),
            )  # fmt: skip
        elif entry.kind == "upkeep_changed":
            old = self.active[work_id]
            self.active[work_id] = replace(old, due=float(f["due"] or 0.0), owner=str(f["owner"]))
        elif entry.kind == "upkeep_closed":
            self._close(self.active.pop(work_id), entry)
        self._all = None

    def _close(self, one: WorkOrder, entry: JournalEntry) -> None:
        f = entry.facts
        self.closed[one.work_id] = replace(
            one, closed=entry.t, closed_by=str(f["user"]), outcome=cast(UpkeepOutcome, f["outcome"]),
            note=str(f["note"]),
        )  # fmt: skip
        if one.rule == "safety_check":
            self.checked[one.robot] = entry.t
        while len(self.closed) > KEPT:
            del self.closed[next(iter(self.closed))]
