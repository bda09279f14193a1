"""What the traffic engine knows about one robot: its fixed route, how far it is, how far it may go, what it holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from amr_fleet.domain.graph import TrafficGraph

_LEFT_NODE = 0.7  # m from a node: the robot no longer turns there, its edge covers it
_MOVED, _STILL = 0.05, 5.0  # m, s: a robot that moved less for so long stands; turning on the spot takes less
_BEHIND_NODE = 0.1  # m before a node that counts as reached: the tail still covers the last edge


@dataclass(frozen=True)
class Blocker:
    """Why a grant was refused: who stands in the way, at which node the robot waits for it, since when (s)."""

    robot: str
    node: int
    since: float
    held: bool
    zone: str = ""


@dataclass
class Mover:
    """A robot on its route. nodes[at] was reached last, nodes[granted] ends its base, nodes[-1] is its goal.

    extra: held besides until the next node is reached. kept: held besides until it is known where the robot is.
    claimed: what of kept no grant of this fleet gave it (the robot or the journal says so); guessed: what of that was
    others' then, or became theirs when they said, after it, that they are there.
    """

    name: str
    graph: TrafficGraph
    nodes: list[int]
    edges: list[int] = field(default_factory=list)
    seq0: int = 0
    at: int = 0
    granted: int = 0
    wall: bool = False
    held: int = 0
    extra: int = 0
    kept: int = 0
    guessed: int = 0
    claimed: int = 0
    xy: tuple[float, float] | None = None
    blocker: Blocker | None = None
    still: tuple[float, float, float] | None = None
    need: list[int] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rebuild()
        self.hold()

    @property
    def surely(self) -> int:
        """What it holds, without places of others where it only says that it is: it cannot be there."""
        return self.held & ~self.guessed

    @property
    def end(self) -> int:
        """The node where the base ends."""
        return self.nodes[self.granted]

    @property
    def goal(self) -> int:
        """The node where the route ends."""
        return self.nodes[-1]

    @property
    def arrived(self) -> bool:
        """The last node of the route was reached."""
        return self.at == len(self.nodes) - 1

    def rebuild(self) -> None:
        """Recompute what the rest of the route from nodes[k] on uses (uses[k]) and excludes (need[k])."""
        graph = self.graph
        self.need, self.uses = [0] * len(self.nodes), [0] * len(self.nodes)
        for k in range(len(self.edges) - 1, -1, -1):
            step = graph.edge_conflict(self.edges[k]) | graph.conflict[self.nodes[k + 1]]
            self.need[k] = self.need[k + 1] | step
            self.uses[k] = self.uses[k + 1] | graph.edge_bit(self.edges[k]) | 1 << self.nodes[k + 1]

    def set_tail(self, edges: Sequence[int]) -> None:
        """Replace the route after the end of the base."""
        self.edges[self.granted :] = edges
        self.nodes[self.granted + 1 :] = [self.graph.end[e] for e in edges]
        self.rebuild()

    def restart(self, edges: Sequence[int]) -> None:
        """Start a new route, with new sequence ids, at the node reached last; the base is only that node."""
        self.nodes = [self.nodes[self.at]] + [self.graph.end[e] for e in edges]
        self.edges = list(edges)
        self.seq0 = self.at = self.granted = 0
        self.rebuild()
        self.hold()

    def resume(self, tail: Sequence[int]) -> None:
        """Start a route with new sequence ids at the node reached last that keeps the base; the tail comes after it."""
        self.nodes = self.nodes[self.at : self.granted + 1] + [self.graph.end[e] for e in tail]
        self.edges = self.edges[self.at : self.granted] + list(tail)
        self.granted -= self.at
        self.seq0 = self.at = 0
        self.rebuild()
        self.hold()

    def keeps_route(self, node: int, base: Sequence[int]) -> bool:
        """A robot without an order that stands on its base keeps its route: its place in the order of passage.

        node: reached last; base: what it still means to drive. False when it is somewhere else.
        """
        ours = self.nodes[self.at : self.granted + 1]
        if node not in ours or not set(base) <= set(ours):
            return False
        if node != ours[0]:
            self.at, self.extra = self.nodes.index(node, self.at), 0
        return True

    def stay(self) -> None:
        """Give the rest of the route up when standing in a leaf, where that is safe."""
        if self.at == self.granted < len(self.edges) and self.graph.leaf[self.end]:
            self.restart([])

    def save(self) -> dict[str, object]:
        """Return a copy of the route for `load`."""
        return {**self.__dict__, "nodes": list(self.nodes), "edges": list(self.edges)}

    def load(self, saved: dict[str, object]) -> None:
        """Take back a route that was saved; saved stays usable."""
        self.__dict__.update(saved)
        self.nodes, self.edges = list(self.nodes), list(self.edges)

    def moved(self, x: float, y: float) -> None:
        """Take over the position (m) and let go of what lies behind. Only grants add to what is held."""
        before = self.held
        self.xy = (x, y)
        self.hold()
        self.held &= before

    def stands_on_its_way(self, now: float) -> bool:
        """It could drive on but has not moved for a while: a person is in its way, for example. Call it regularly."""
        if self.xy is None or self.granted == self.at:
            self.still = None
            return False
        if self.still is None or math.dist(self.still[:2], self.xy) > _MOVED:
            self.still = (*self.xy, now)
        return now - self.still[2] >= _STILL

    def hold(self) -> None:
        """Recompute the mask of held nodes and edges from progress, base and position."""
        mask = self.extra | self.kept
        for k in range(self.at, self.granted):
            mask |= self.graph.edge_bit(self.edges[k]) | 1 << self.nodes[k + 1]
        if self.xy is None or self.granted == self.at or not self._left_node(*self.xy):
            mask |= 1 << self.nodes[self.at]
        if self.xy is not None and self.at > 0 and self._tail_on_last_edge(*self.xy):
            mask |= self.graph.edge_bit(self.edges[self.at - 1])
        self.held = mask

    def _left_node(self, x: float, y: float) -> bool:
        nx, ny = self.graph.xy[self.nodes[self.at]]
        ex, ey = self.graph.xy[self.nodes[self.at + 1]]
        length = math.hypot(ex - nx, ey - ny)
        return length > 0 and ((x - nx) * (ex - nx) + (y - ny) * (ey - ny)) / length > _LEFT_NODE

    def left_node(self, metres: float) -> bool:
        """It is further than so much from the node reached last."""
        return self.xy is not None and math.dist(self.xy, self.graph.xy[self.nodes[self.at]]) > metres

    def _tail_on_last_edge(self, x: float, y: float) -> bool:
        ax, ay = self.graph.xy[self.nodes[self.at - 1]]
        bx, by = self.graph.xy[self.nodes[self.at]]
        length = math.hypot(bx - ax, by - ay)
        return length > 0 and ((x - bx) * (bx - ax) + (y - by) * (by - ay)) / length < -_BEHIND_NODE

    def rest(self) -> int:
        """Return the mask of the route after the end of the base."""
        return self.uses[self.granted]

    def base_ahead(self) -> float:
        """Return the length of the base that is not driven yet (m), counted from the last node."""
        return sum(self.graph.length[e] for e in self.edges[self.at : self.granted])

    def base_seconds(self) -> float:
        """Return the undisturbed travel time of the base that is not driven yet (s), counted from the last node."""
        return sum(self.graph.seconds[e] for e in self.edges[self.at : self.granted])

    def rest_seconds(self) -> float:
        """Return the undisturbed travel time after the end of the base."""
        return sum(self.graph.seconds[e] for e in self.edges[self.granted :])
