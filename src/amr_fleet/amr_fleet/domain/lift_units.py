"""What the engine knows of lifts: how they are, who has the lease on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from amr_core.roadmap.model import Doorway, LiftWay
from amr_fleet.domain.events import JournalEntry, LiftReport
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.vocabulary import LiftMode

FRESH: Final = 3.0
"""s that what a lift said of itself counts; many say it once a second."""


@dataclass
class LiftUnit:
    """One lift while the fleet runs. Times in fleet seconds.

    masks: nodes and edges that need the cabin at a level; cabins: node in the cabin -> level; asked_at: since when it
    is told to come to asked_level for its session without being there; refused_since: since when it stands open for a
    robot that traffic does not let in; passed_over: robots that gave way, until another one has passed.
    """

    way: LiftWay
    graph: TrafficGraph
    masks: dict[str, int]
    cabins: dict[int, str]
    mask: int
    said: LiftReport | None = None
    heard: float = -1e9
    wrong_since: float | None = None
    asked_at: float | None = None
    asked_level: str = ""
    refused_since: float | None = None
    passed_over: set[str] = field(default_factory=set)
    told: tuple[str, str] = ("", "")
    told_at: float = -1e9
    dead: bool = False

    def edge_bit(self, edge: int) -> int:
        """Return the mask of one edge of the roadmap."""
        return self.graph.edge_bit(edge)

    def report(self, now: float) -> LiftReport | None:
        """Return what it said lately, None when that was nothing."""
        return self.said if now - self.heard <= FRESH else None

    def mode(self, now: float) -> LiftMode:
        """Return its mode; UNKNOWN when it is not heard."""
        report = self.report(now)
        return "UNKNOWN" if report is None else report.mode

    def open_at(self, now: float, level: str, session: str) -> bool:
        """Return whether its cabin stands at a level with an open door, in AGV mode, for a session."""
        said = self.report(now)
        if said is None or said.mode != "AGV" or said.moving or not (said.ours and session and said.session == session):
            return False
        return said.level == level and said.door == "OPEN"

    def state(self, now: float) -> str:
        """Return what people read of it: its mode when that is why it does not come, STUCK, TAKEN, or COMING."""
        mode, said = self.mode(now), self.report(now)
        if mode != "AGV" or said is None:
            return mode
        if self.dead:
            return "STUCK"
        return "TAKEN" if said.session and not said.ours else "COMING"

    def shut(self, now: float) -> list[Doorway]:
        """Return the landing doors behind which, by what it says, no open cabin stands."""
        said = self.report(now)
        if said is None:
            return []
        return [stop.door for stop in self.way.stops if (stop.level, "OPEN") != (said.level, said.door)]


def units_of_lifts(lifts: Iterable[LiftWay], graph: TrafficGraph) -> dict[str, LiftUnit]:
    """Return the lifts of a roadmap, by id."""
    found = {}
    for way in lifts:
        masks = {stop.level: graph.mask(sorted(stop.elements)) for stop in way.stops}
        cabins = {graph.node_index[stop.node]: stop.level for stop in way.stops}
        found[way.id] = LiftUnit(way, graph, masks, cabins, graph.mask(sorted(way.elements)))
    return found


@dataclass
class LiftBook:
    """Leases as the fold of the journal: lift -> (robot, fencing number). fence: the last number that was given."""

    leases: dict[str, tuple[str, int]] = field(default_factory=dict)
    fence: int = 0

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry of kind lift_leased or lift_freed."""
        lift, fence = str(entry.facts["lift"]), int(entry.facts["fence"] or 0)
        if entry.kind == "lift_leased":
            self.fence = max(self.fence, fence)
            self.leases[lift] = (entry.robot, fence)
        elif entry.kind == "lift_freed" and self.leases.get(lift) == (entry.robot, fence):
            del self.leases[lift]
