"""The roadmap with integer ids: nodes are 0..N-1, edges N..N+E-1, sets of both are bit masks in Python ints."""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from amr_core.roadmap import Roadmap
from amr_core.roadmap.model import PASSED


@dataclass(frozen=True)
class Barrier:
    """An area (mask of nodes and edges) that no robot may enter; lasting: routes lead around it."""

    zone_id: str
    mask: int
    lasting: bool


class TrafficGraph:
    """Integer view of a Roadmap for the traffic engine. Costs are seconds of travel, lengths metres."""

    def __init__(self, roadmap: Roadmap, *, sections: bool = False) -> None:
        self.roadmap = roadmap
        self.node_ids = list(roadmap.nodes)
        self.edge_ids = list(roadmap.edges)
        self.n_nodes = len(self.node_ids)
        self.node_index = {node: i for i, node in enumerate(self.node_ids)}
        edges = list(roadmap.edges.values())
        self.start = [self.node_index[e.start] for e in edges]
        self.end = [self.node_index[e.end] for e in edges]
        self.length = [e.length for e in edges]
        self.road_speed = [e.max_speed for e in edges]
        self.speed = list(self.road_speed)
        self.seconds = [e.length / e.max_speed for e in edges]
        self.barriers: tuple[Barrier, ...] = ()
        self.closed = 0  # what routes lead around
        self.xy = [(n.x, n.y) for n in roadmap.nodes.values()]
        self.ride = [e.manoeuvre == "ride" for e in edges]
        self.leaf = [n.kind not in PASSED for n in roadmap.nodes.values()]
        self.out: list[list[int]] = [[] for _ in self.node_ids]
        for i, s in enumerate(self.start):
            self.out[s].append(i)
        self.into: list[list[int]] = [[] for _ in self.node_ids]
        for i, e in enumerate(self.end):
            self.into[e].append(i)
        self.conflict = self._conflict_masks(roadmap)
        if sections:
            self._lock_sections()
        self.spur = self._spur_masks()
        self.capacities = [(self.mask(sorted(c.elements)), c.limit) for c in roadmap.capacities]
        self._distances: dict[int, array[float]] = {}  # a row for each node that was asked for: no boxed floats
        self._reach: dict[int, int] = {}
        self._around: dict[int, int] = {}
        self._homeward: dict[tuple[int, int], int] = {}
        self.returning: dict[tuple[int, int], int] = {}
        """Where who stands here and lives there may be sent to: `returns.nodes_with_return`."""
        self.cuts: dict[tuple[frozenset[int], frozenset[int], bool], str] = {}
        """The zone that cuts all ways between nodes: `closed_ways.zone_between`."""
        self.areas: dict[tuple[tuple[float, float], ...], int] = {}
        """What a robot could reach into an area from, for outlines that were asked for: `zones.area_mask`."""

    @cached_property
    def shapes(self) -> Any:
        """The points of all nodes and the lines of all edges (m) as one array, in the order of the bits of a mask."""
        lines = [self.line(e) for e in range(len(self.start))]
        return np.concatenate([shapely.points(self.xy), shapely.linestrings(lines)])

    def line(self, edge: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the two ends (m) of where a robot is on an edge; on a ride it stands in the cabin."""
        start = self.xy[self.start[edge]]
        return start, start if self.ride[edge] else self.xy[self.end[edge]]

    def _conflict_masks(self, roadmap: Roadmap) -> list[int]:
        index = dict(self.node_index) | {e: self.n_nodes + i for i, e in enumerate(self.edge_ids)}
        masks = [1 << i for i in range(len(index))]
        for element, others in roadmap.conflicts.items():
            for other in others:
                masks[index[element]] |= 1 << index[other]
        return masks

    def sections(self) -> list[list[int]]:
        """Return the drive edges between two places where lanes fork, join or end, in their order."""
        drives = [i for i, e in enumerate(self.roadmap.edges.values()) if e.manoeuvre == "drive"]
        fan = [[0, 0] for _ in self.node_ids]
        for edge in drives:
            fan[self.start[edge]][0] += 1
            fan[self.end[edge]][1] += 1
        crossing = [out != 1 or into != 1 for out, into in fan]
        after = {self.start[e]: e for e in drives if not crossing[self.start[e]]}
        found = []
        for first in (e for e in drives if crossing[self.start[e]]):
            section = [first]
            while not crossing[self.end[section[-1]]]:
                section.append(after[self.end[section[-1]]])
            found.append(section)
        return found

    def _lock_sections(self) -> None:
        """Let everything between two crossings exclude each other: whole lane sections are the resource."""
        for section in self.sections():
            mask = 0
            for edge in section:
                mask |= self.edge_bit(edge)
            for edge in section[1:]:
                mask |= 1 << self.start[edge]
            for i in range(len(self.conflict)):
                if mask >> i & 1:
                    self.conflict[i] |= mask

    def _spur_masks(self) -> list[int]:
        """Return for each leaf the mask of the leaf and its spur edges; 0 for other nodes."""
        masks = [1 << i if leaf else 0 for i, leaf in enumerate(self.leaf)]
        for i, (s, e) in enumerate(zip(self.start, self.end, strict=True)):
            for node in (s, e):
                if self.leaf[node]:
                    masks[node] |= self.edge_bit(i)
        return masks

    def restrict(self, barriers: Sequence[Barrier], limits: Mapping[int, float]) -> None:
        """Put barriers and speed limits (edge -> m/s) into force instead of those before; the same again is free."""
        speed = [min(v, limits.get(e, v)) for e, v in enumerate(self.road_speed)]
        if tuple(barriers) == self.barriers and speed == self.speed:
            return
        self.barriers, self.speed = tuple(barriers), speed
        before, self.closed = self.closed, self.closed_mask()
        self.seconds = [length / v for length, v in zip(self.length, self.speed, strict=True)]
        self._distances.clear()
        self.cuts.clear()
        self._around.clear()
        if self.closed != before:
            self.returning.clear()
            self._homeward = {key: mask for key, mask in self._homeward.items() if not key[1]}

    def barred(self, node: int) -> int:
        """Return what a robot at the node may not enter: all barriers but those it is inside of."""
        mask = 0
        for barrier in self.barriers:
            if not barrier.mask >> node & 1:
                mask |= barrier.mask
        return mask

    def barrier_at(self, node: int) -> Barrier | None:
        """Return a barrier that the node is inside of."""
        return next((b for b in self.barriers if b.mask >> node & 1), None)

    def barrier_before(self, edge: int) -> Barrier | None:
        """Return the barrier that forbids the step along an edge."""
        step = self.edge_bit(edge) | 1 << self.end[edge]
        return next((b for b in self.barriers if b.mask & step and not b.mask >> self.start[edge] & 1), None)

    def closed_mask(self) -> int:
        """Return everything that routes lead around."""
        mask = 0
        for barrier in self.barriers:
            mask |= barrier.mask if barrier.lasting else 0
        return mask

    def edge_bit(self, edge: int) -> int:
        """Return the mask of one edge."""
        return 1 << (self.n_nodes + edge)

    def edge_conflict(self, edge: int) -> int:
        """Return the mask of everything that an edge excludes, itself included."""
        return self.conflict[self.n_nodes + edge]

    def edge_between(self, start: int, end: int) -> int | None:
        """Return the edge from start to end, None when there is none."""
        return next((e for e in self.out[start] if self.end[e] == end), None)

    def exclusion(self, held: int) -> int:
        """Return everything that nobody else may hold while held is held."""
        mask = 0
        while held:
            low = held & -held
            mask |= self.conflict[low.bit_length() - 1]
            held ^= low
        return mask

    def ids(self, held: int) -> list[str]:
        """Return the roadmap ids in a mask."""
        found = []
        while held:
            low = held & -held
            i = low.bit_length() - 1
            found.append(self.node_ids[i] if i < self.n_nodes else self.edge_ids[i - self.n_nodes])
            held ^= low
        return found

    def mask(self, ids: Sequence[str]) -> int:
        """Return the mask of ids of nodes, edges and whole lanes; ids that do not exist (any more) are left out."""
        edge_index = {e: i for i, e in enumerate(self.edge_ids)}
        mask = 0
        for name in ids:
            if name in self.node_index:
                mask |= 1 << self.node_index[name]
            elif name in edge_index:
                mask |= self.edge_bit(edge_index[name])
            else:
                mask |= self._lane_mask(name)
        return mask

    def _lane_mask(self, lane: str) -> int:
        """Return the edges of a lane and the nodes that only it has: where lanes cross, the other one stays open.

        With its nodes, because who stands on one of them is inside, and may drive on.
        """
        mask = others = 0
        for i, edge in enumerate(self.roadmap.edges.values()):
            if edge.manoeuvre == "drive":
                ends = 1 << self.start[i] | 1 << self.end[i]
                if edge.lane == lane:
                    mask |= self.edge_bit(i) | ends
                else:
                    others |= ends
        return mask & ~others

    def path(self, start: int, goal: int, costs: Sequence[float], closed: int = 0) -> list[int] | None:
        """Return the cheapest edges from start to goal that touch nothing closed or barred, None without a way."""
        closed |= self.barred(start)
        best = {start: 0.0}
        came: dict[int, int] = {}
        queue = [(0.0, start)]
        while queue:
            cost, here = heapq.heappop(queue)
            if here == goal:
                return self._walk_back(came, start, goal)
            if cost > best[here]:
                continue
            for edge in self.out[here]:
                end = self.end[edge]
                if (self.leaf[end] and end != goal) or (closed >> end | closed >> (self.n_nodes + edge)) & 1:
                    continue
                new = cost + costs[edge]
                if new < best.get(end, math.inf):
                    best[end] = new
                    came[end] = edge
                    heapq.heappush(queue, (new, end))
        return None

    def _walk_back(self, came: dict[int, int], start: int, goal: int) -> list[int]:
        edges: list[int] = []
        while goal != start:
            edges.append(came[goal])
            goal = self.start[came[goal]]
        return edges[::-1]

    def can_reach(self, start: int, goal: int) -> bool:
        """Tell whether there is a way when nothing is closed."""
        if start not in self._reach:
            self._reach[start] = self.reach(start, ())
        return bool(self._reach[start] >> goal & 1)

    def way_around(self, start: int, goal: int) -> bool:
        """Tell whether there is a way around what is closed for good; what is only on hold will open again."""
        return bool(self.around(start) >> goal & 1)

    def around(self, start: int) -> int:
        """Return the mask of the nodes that a node leads to around what is closed for good."""
        if start not in self._around:
            self._around[start] = self.reach(start, [b for b in self.barriers if b.lasting])
        return self._around[start]

    def homeward(self, goal: int, closed: int | None = None) -> int:
        """Return the mask of the nodes outside of what is closed (None: now, for good) that a goal is reached from."""
        closed = self.closed if closed is None else closed
        found = self._homeward.get((goal, closed))
        if found is None:
            found = self._homeward[goal, closed] = self._backwards(goal, closed)
        return found

    def _backwards(self, goal: int, closed: int) -> int:
        if closed >> goal & 1:
            return 0
        seen, stack = {goal}, [goal]
        while stack:
            here = stack.pop()
            if self.leaf[here] and here != goal:
                continue  # ways end in leaves, and lead through none
            for edge in self.into[here]:
                start = self.start[edge]
                if start not in seen and not (closed >> start | closed >> (self.n_nodes + edge)) & 1:
                    seen.add(start)
                    stack.append(start)
        return sum(1 << node for node in seen)

    def reach(self, start: int, barriers: Sequence[Barrier]) -> int:
        """Return the mask of the nodes that a robot gets to from a node when only these barriers are there."""
        kept, self.barriers = self.barriers, tuple(barriers)
        try:
            return sum(1 << i for i, d in enumerate(self._all_distances(start)) if d < math.inf)
        finally:
            self.barriers = kept

    def distances(self, start: int) -> Sequence[float]:
        """Return the seconds of undisturbed travel from start to every node (inf = no way); cached."""
        found = self._distances.get(start)
        if found is None:
            found = self._distances[start] = array("d", self._all_distances(start))
        return found

    def _all_distances(self, start: int) -> list[float]:
        barred = self.barred(start)
        best = [math.inf] * self.n_nodes
        best[start] = 0.0
        queue = [(0.0, start)]
        while queue:
            cost, here = heapq.heappop(queue)
            if cost > best[here] or (self.leaf[here] and here != start):
                continue
            for edge in self.out[here]:
                new = cost + self.seconds[edge]
                if new < best[self.end[edge]] and not (barred >> self.end[edge] | barred >> (self.n_nodes + edge)) & 1:
                    best[self.end[edge]] = new
                    heapq.heappush(queue, (new, self.end[edge]))
        return best

    def nearest(self, x: float, y: float) -> int:
        """Return the node closest to a position."""
        return min(range(self.n_nodes), key=lambda i: (self.xy[i][0] - x) ** 2 + (self.xy[i][1] - y) ** 2)
