"""What engine and traffic know of doors: how they are, who holds leases on them, where a base may lead only then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from amr_core.roadmap import Doorway
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.vocabulary import BeltState, DoorMode

PREFIX: Final = "door:"
"""Before the id of a door where zones and doors stand side by side."""
LIFT: Final = "lift:"
"""The same before the id of a lift."""


SEES: Final = 5.0
"""s within which a load sensor sees a load that came or went."""
LIES: Final = 60.0
"""s that a robot waits before a conveyor that is ready for a load to be carried off, or brought."""
FRESH: Final = 2.0
"""s that what a door said of itself counts; older is UNKNOWN."""
REACH: Final = 1.6
"""m from the leaf: a robot nearer than this is in the doorway, and leaves it."""


@dataclass(frozen=True)
class DoorGate:
    """A doorway (mask of nodes and edges) and the robots whose base may lead into it now.

    each: each step is asked for, also out of it, and a robot may stop in it, as in the cabin of a lift.
    """

    door: str
    mask: int
    open_to: frozenset[str]
    each: bool = False
    prefix: str = PREFIX

    def bars(self, name: str, step: int, held: int) -> bool:
        """Return whether a robot that holds a mask may not take a step (mask) now."""
        return bool(step & self.mask) and (self.each or not held & self.mask) and name not in self.open_to


@dataclass
class DoorUnit:
    """One door while the fleet runs. Times in fleet seconds.

    mask: nodes and edges in its doorway; asked_at: since when it is told to open without having been OPEN; others: who
    else wants it open, and when that was said last; unasked_since: since when a conveyor says that it is ready though
    nobody asks it; blind_since: since when its load sensor says nothing; unfit_since: since when it is ready, and what
    lies there (unfit: LOAD or NO_LOAD) is not as the robot with its lease needs it.
    handed: the last mission whose hand-over the sensor has seen; unsure, unsure_since: that of the robot there is done,
    as the robot says, and the sensor saw nothing come (NOT_GIVEN) or go (NOT_TAKEN).

    Of an air-lock: partner: its other door; lock_mask: both doorways and the chamber; unclosed_since: since when this
    one is told to close and is not closed; refused_since: since when it stands open for a robot that traffic does not
    let in; passed_over: who gave way, and comes after the others (one set for both doors).
    """

    way: Doorway
    mask: int
    said: DoorMode = "UNKNOWN"
    heard: float = -1e9
    wrong_since: float | None = None
    asked_at: float | None = None
    unasked_since: float | None = None
    belt_said: BeltState = "UNKNOWN"
    belt_heard: float = -1e9
    blind_since: float | None = None
    unfit: Literal["", "LOAD", "NO_LOAD"] = ""
    unfit_since: float | None = None
    handed: str = ""
    unsure: Literal["", "NOT_GIVEN", "NOT_TAKEN"] = ""
    unsure_since: float | None = None
    told: bool | None = None
    told_at: float = -1e9
    dead: bool = False
    others: dict[str, float] = field(default_factory=dict)
    partner: str = ""
    lock_mask: int = 0
    unclosed_since: float | None = None
    refused_since: float | None = None
    passed_over: set[str] = field(default_factory=set)

    def mode(self, now: float) -> DoorMode:
        """Return how it is: what it said lately, else UNKNOWN."""
        return self.said if now - self.heard <= FRESH else "UNKNOWN"

    def belt(self, now: float) -> BeltState:
        """Return what a conveyor's load sensor said lately, else UNKNOWN."""
        return self.belt_said if now - self.belt_heard <= FRESH else "UNKNOWN"

    def stays(self, now: float) -> bool:
        """Return whether what lies on a conveyor has kept a robot away for so long that a person must see to it."""
        return self.unfit_since is not None and now - self.unfit_since > LIES

    def disagrees(self, now: float) -> bool:
        """Return whether its load sensor has had time enough to see what a robot says that it has handed over."""
        return self.unsure_since is not None and now - self.unsure_since > SEES

    def state(self, now: float) -> str:
        """Return its mode, or STUCK when it does not do what it is told; of a conveyor also what its sensor says."""
        mode = self.mode(now)
        if self.way.load_sensor and mode not in ("UNKNOWN", "OFFLINE", "FAULT"):
            if self.belt(now) == "UNKNOWN":
                return "NO_SENSOR"
            if self.disagrees(now):
                return self.unsure
            if self.unfit:
                return f"{self.unfit}_STAYS" if self.stays(now) else self.unfit
        if self.way.station and self.dead and mode == "OPEN":
            return "STUCK"
        moves = ("CLOSED", "OPENING", "CLOSING", "OPEN") if self.partner else ("CLOSED", "OPENING", "CLOSING")
        return "STUCK" if self.dead and mode in moves else mode

    def shut(self, now: float) -> bool:
        """Return whether it says that its leaf is down, or was until just now. Of a silent door nobody knows it."""
        return not self.way.station and self.mode(now) in ("CLOSED", "OPENING")


def units_of_doors(doors: Iterable[Doorway], graph: TrafficGraph) -> dict[str, DoorUnit]:
    """Return the doors of a roadmap, by id."""
    units = {way.id: DoorUnit(way, graph.mask(sorted(way.elements))) for way in doors}
    for lock in graph.roadmap.air_locks:
        if all(door in units for door in lock.doors):
            first, second = (units[door] for door in lock.doors)
            first.partner, second.partner = second.way.id, first.way.id
            first.lock_mask = second.lock_mask = graph.mask(sorted(lock.elements))
            second.passed_over = first.passed_over
    return units


@dataclass
class DoorBook:
    """Leases as the fold of the journal: door -> robot -> fencing number. fence: the last number that was given."""

    leases: dict[str, dict[str, int]] = field(default_factory=dict)
    fence: int = 0

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry of kind door_leased or door_freed."""
        door = str(entry.facts["door"])
        if entry.kind == "door_leased":
            self.fence = max(self.fence, int(entry.facts["fence"] or 0))
            self.leases.setdefault(door, {})[entry.robot] = int(entry.facts["fence"] or 0)
        elif entry.kind == "door_freed":
            self.leases.get(door, {}).pop(entry.robot, None)
