"""Stops, docking, links, cameras and loads of one period, as far as the journal tells of them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from amr_core.numbers import number
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.timekeeping import AGES
from amr_fleet.report.figures import Spread, Technical

_COUNTS = ("protective_stops", "emergency_stops", "halts")
_CHANGED_HANDS = ("order_picked", "order_done")
TECHNICAL = frozenset({*_CHANGED_HANDS, "order_evidence", "robot_offline", "robot_online", "zone_set", "zone_cleared"})
"""The kinds that `TechnicalFold.take` looks at; a month has millions of others."""


class TechnicalFold:
    """What the entries up to now have said; `take` in journal order, `counted` for robot_time entries of the period."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._ages: defaultdict[float, float] = defaultdict(float)
        self._off: list[float] = []
        self._turn: list[float] = []
        self._links: list[float] = []
        self._lost: dict[str, float] = {}
        self._holds: dict[str, float] = {}
        self._held: list[float] = []

    def counted(self, facts: Mapping[str, object]) -> None:
        """Take in what one robot_time entry counted."""
        for name in _COUNTS:
            self._count[name] += int(number(facts.get(name)))
        for edge in AGES:
            self._ages[edge] += number(facts.get(f"age.{edge:g}"))

    def take(self, entry: JournalEntry, inside: bool) -> None:
        """Take in any other entry; what begins before the period and ends in it belongs to it."""
        f = entry.facts
        if entry.kind in _CHANGED_HANDS and inside and "off" in f:
            self._off.append(number(f["off"]))
            self._turn.append(number(f.get("turn")))
        elif entry.kind == "order_evidence" and inside:
            self._count["labels_read"] += 1
            self._count["wrong_loads"] += f.get("match") == "no"
        elif entry.kind == "robot_offline":
            self._lost[entry.robot] = entry.t
        elif entry.kind == "robot_online":
            self._end(self._lost, entry.robot, entry.t, self._links, inside)
        elif entry.kind == "zone_set" and str(f.get("code", "")).startswith("camera."):
            self._holds.setdefault(str(f["zone"]), entry.t)
        elif entry.kind == "zone_cleared":
            self._end(self._holds, str(f["zone"]), entry.t, self._held, inside)

    @staticmethod
    def _end(begun: dict[str, float], key: str, t: float, took: list[float], inside: bool) -> None:
        since = begun.pop(key, None)
        if since is not None and inside:
            took.append(t - since)

    def figures(self) -> Technical:
        """Return the figures."""
        return Technical(
            protective_stops=self._count["protective_stops"], emergency_stops=self._count["emergency_stops"],
            halts=self._count["halts"], off=Spread.of(self._off), turn=Spread.of(self._turn),
            links=Spread.of(self._links), state_age_p99=_reached(sorted(self._ages.items()), 0.99),
            camera_zones=Spread.of(self._held), labels_read=self._count["labels_read"],
            wrong_loads=self._count["wrong_loads"],
        )  # fmt: skip


def _reached(classes: Sequence[tuple[float, float]], share: float) -> float | None:
    """Return the edge of the class in which the share of all time is reached; None without any time."""
    total = math.fsum(seconds for _, seconds in classes)
    passed = 0.0
    for edge, seconds in classes:
        passed += seconds
        if total > 0 and passed >= share * total:
            return edge
    return None
