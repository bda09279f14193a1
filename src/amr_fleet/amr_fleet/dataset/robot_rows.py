"""Fold of what robots did: missions, time, energy by the hour, docking."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from amr_fleet.dataset.release import DataRow, DatasetRelease, Made, number
from amr_fleet.dataset.schema import MISSION_RESULTS
from amr_fleet.domain.events import JournalEntry
from amr_fleet.vocabulary import MISSION_KINDS

KINDS: Final = frozenset(
    {"mission_started", "mission_retargeted", "mission_ended", "robot_time", "order_picked", "order_done"}
)
_USES: Final = ("loaded", "empty", "charge", "fault", "paused", "offline", "idle")
_COUNTS: Final = ("halts", "protective_stops", "emergency_stops")


@dataclass
class _Driving:
    mission: str
    kind: str
    order: str
    goal: str
    started: float
    retargets: int = 0


@dataclass
class _Hour:
    begin: float
    used: float = 0.0
    lowest: float = 1.0
    charge: float = 0.0


@dataclass
class RobotRows:
    """`take` entries of KINDS in journal order, then `finish`. It remembers one mission and one hour a robot."""

    release: DatasetRelease
    _missions: dict[str, _Driving] = field(default_factory=dict)
    _hours: dict[str, _Hour] = field(default_factory=dict)

    def take(self, entry: JournalEntry) -> Iterator[Made]:
        """Yield what is complete now."""
        if entry.kind == "robot_time":
            yield from self._time(entry)
        elif entry.kind in ("order_picked", "order_done"):
            if self.release.stretch.holds(entry.t) and "off" in entry.facts:
                yield "docking", self._docking(entry)
        elif entry.kind == "mission_started":
            f = entry.facts
            yield from self._end(entry.robot, "open", None)
            self._missions[entry.robot] = _Driving(
                str(f.get("mission")), str(f.get("kind")), entry.order_id, str(f.get("goal")), entry.t
            )
        elif entry.robot in self._missions:
            mission = self._missions[entry.robot]
            if entry.kind == "mission_retargeted":
                mission.retargets += 1
                mission.goal, mission.kind = str(entry.facts.get("goal")), str(entry.facts.get("kind"))
                mission.order = entry.order_id or mission.order
            else:
                why = str(entry.facts.get("why"))
                yield from self._end(entry.robot, why if why in MISSION_RESULTS else "other", entry.t)

    def finish(self) -> Iterator[Made]:
        """Yield what the end of the period cuts off."""
        for robot in list(self._missions):
            yield from self._end(robot, "open", None)
        for robot, hour in self._hours.items():
            yield "energy", self._energy(robot, hour)

    def _end(self, robot: str, result: str, t: float | None) -> Iterator[Made]:
        m, r = self._missions.pop(robot, None), self.release
        if m is None or not r.stretch.holds(m.started):
            return
        yield "missions", {
            "mission": r.names.name("mission", m.mission),
            "kind": m.kind if m.kind in MISSION_KINDS else "park", "robot": r.robot(robot), "order": r.order(m.order),
            "goal": r.node(m.goal), "started": r.time(m.started), "ended": r.time(t), "retargets": m.retargets,
            "result": result, "origin": r.origin,
        }  # fmt: skip

    def _docking(self, entry: JournalEntry) -> DataRow:
        r, f = self.release, entry.facts
        return {
            "t": r.time(entry.t), "robot": r.robot(entry.robot), "order": r.order(entry.order_id),
            "action": "pick" if entry.kind == "order_picked" else "drop", "place": r.place(f.get("place")),
            "off": number(f.get("off")), "turn": number(f.get("turn")), "origin": r.origin,
        }  # fmt: skip

    def _time(self, entry: JournalEntry) -> Iterator[Made]:
        """Yield the account as it stands; the shift report takes the same entries (report.fold), to the second."""
        f, r = entry.facts, self.release
        begin = number(f.get("from"))
        if not (r.stretch.begin < entry.t <= r.stretch.end + 1.0 and begin >= r.stretch.begin - 1.0):
            return
        waits = {name: number(value) for name, value in f.items() if name.startswith("wait.")}
        row: DataRow = {"robot": r.robot(entry.robot), "begin": r.time(begin), "end": r.time(entry.t)}
        row |= {name: number(f.get(name)) for name in _USES}
        row |= {"wait": round(math.fsum(waits.values()), 1), "wait_traffic": waits.get("wait.traffic", 0.0)}
        row |= {name: number(f.get(name)) for name in ("metres", "metres_loaded", "soc_min", "soc_used")}
        row |= {name: int(number(f.get(name))) for name in _COUNTS}
        yield "robot_time", {**row, "origin": r.origin}
        hour = self._hours.get(entry.robot)
        start = self.release.coarse(begin)
        if hour is None or hour.begin != start:
            if hour is not None:
                yield "energy", self._energy(entry.robot, hour)
            hour = self._hours[entry.robot] = _Hour(start)
        hour.used += number(f.get("soc_used"))
        hour.lowest = min(hour.lowest, number(f.get("soc_min")))
        hour.charge += number(f.get("charge"))

    def _energy(self, robot: str, hour: _Hour) -> DataRow:
        capacity = self.release.capacity(robot)
        return {
            "robot": self.release.robot(robot), "begin": self.release.time(hour.begin), "soc_used": round(hour.used, 4),
            "energy": None if capacity is None else round(hour.used * capacity, 2), "soc_min": round(hour.lowest, 3),
            "charge": round(hour.charge, 1), "origin": self.release.origin,
        }  # fmt: skip
