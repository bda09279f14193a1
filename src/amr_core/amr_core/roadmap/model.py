"""The roadmap: nodes and directed edges that robots drive on, compiled from the lanes and stations of a site."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D

NodeKind = Literal["lane", "junction", "station", "charger", "parking", "cabin"]
Manoeuvre = Literal["drive", "dock", "undock", "park", "unpark", "ride"]
PASSED = frozenset({"lane", "junction", "cabin"})
"""Kinds of nodes that routes lead through; all others are leaves, where they end."""
IN_DOCK_M = 0.1
"""m from the point of a station or charger: who stands further off has to dock."""


@dataclass(frozen=True)
class Node:
    """A point of the roadmap (m, map frame). theta (rad) is set at stations, chargers and parking places."""

    id: str
    x: float
    y: float
    kind: NodeKind
    theta: float | None = None
    place: str | None = None


@dataclass(frozen=True)
class Edge:
    """A directed straight edge; dock/park edges lead forwards off the lane, undock/unpark edges back out in reverse.

    On a ride the robot stands in a lift; its length is the height between the floors, and its time that of a ride.
    """

    id: str
    start: str
    end: str
    length: float
    max_speed: float
    manoeuvre: Manoeuvre
    lane: str


@dataclass(frozen=True)
class Capacity:
    """At most limit robots may be on the elements (ids of nodes and edges) at once."""

    elements: frozenset[str]
    limit: int


@dataclass(frozen=True)
class Doorway:
    """A door that robots drive through.

    elements: ids of the nodes and edges on which a robot, at its largest and with its margin, reaches into the doorway;
    x, y, theta (m, rad; map frame): middle of the leaf and direction of passage; width (m); open_s: s to open or close.
    station: "" but where it is a conveyor at that station, which is passable while it is ready for a robot there;
    load_sensor: that says whether a load lies at its hand-over place.
    """

    id: str
    elements: frozenset[str]
    x: float
    y: float
    theta: float
    width: float
    open_s: float
    station: str = ""
    load_sensor: bool = False


@dataclass(frozen=True)
class LockWay:
    """An air-lock: two doors, of which at most one may be open. elements: those of both doorways and of its chamber.

    chamber: the nodes between the doors on which a robot is in neither doorway.
    """

    id: str
    doors: tuple[str, str]
    elements: frozenset[str]
    chamber: frozenset[str]


@dataclass(frozen=True)
class Landing:
    """A stop of a lift. node: in the cabin; door: the landing door, its passage leads into the cabin.

    elements: ids of the nodes and edges that a robot may go on only while the cabin stands here with its door open.
    """

    level: str
    node: str
    height: float
    door: Doorway
    elements: frozenset[str]


@dataclass(frozen=True)
class LiftWay:
    """A lift that carries one robot between its stops. speed (m/s) between floors; open_s: s to open or close."""

    id: str
    stops: tuple[Landing, ...]
    speed: float
    open_s: float

    @property
    def elements(self) -> frozenset[str]:
        """All nodes and edges of the lift."""
        return frozenset().union(*(stop.elements for stop in self.stops))

    def ride_s(self, a: Landing, b: Landing) -> float:
        """Return how long (s) a ride takes: the door closes, the cabin moves, the door opens."""
        return abs(a.height - b.height) / self.speed + 2.0 * self.open_s

    @property
    def longest_s(self) -> float:
        """Return how long (s) its longest ride takes."""
        return max(self.ride_s(a, b) for a in self.stops for b in self.stops)


@dataclass(frozen=True)
class Roadmap:
    """Nodes, edges and which of them cannot be occupied by two robots at once.

    conflicts maps the id of a node or edge to the ids of all other nodes and edges whose swept footprint (largest robot
    type, loaded, with margin) overlaps its own, or is on the same lane in the same opening for one robot. The relation
    is symmetric; an edge always conflicts with its two ends. fire_lanes: where a robot reaches into a fire lane.
    load_types: kinds of loads that orders may name, and the robot types that carry each; none = every type.
    """

    nodes: Mapping[str, Node]
    edges: Mapping[str, Edge]
    out_edges: Mapping[str, tuple[Edge, ...]]
    conflicts: Mapping[str, frozenset[str]]
    capacities: tuple[Capacity, ...] = ()
    doors: tuple[Doorway, ...] = ()
    fire_lanes: frozenset[str] = frozenset()
    lifts: tuple[LiftWay, ...] = ()
    air_locks: tuple[LockWay, ...] = ()
    load_types: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def edge_between(self, start: str, end: str) -> Edge:
        """Return the edge from start to end, or raise KeyError."""
        for edge in self.out_edges[start]:
            if edge.end == end:
                return edge
        raise KeyError((start, end))

    def shortest_path(
        self, start: str, goal: str, *, closed: Collection[str] = (), extra_cost: Mapping[str, float] | None = None
    ) -> list[Edge]:
        """Return the quickest edges from start to goal in seconds of travel; [] when start is goal.

        Stations, chargers and parking places are never driven through. closed holds ids of nodes and edges that may not
        be used; extra_cost adds seconds to edges. Raises order.invalid when there is no way.
        """
        extra = extra_cost or {}
        best: dict[str, float] = {start: 0.0}
        came: dict[str, Edge] = {}
        queue: list[tuple[float, str]] = [(0.0, start)]
        while queue:
            cost, here = heapq.heappop(queue)
            if here == goal:
                return self._walk_back(came, start, goal)
            if cost > best[here]:
                continue
            for edge in self.out_edges[here]:
                leaf = self.nodes[edge.end].kind not in PASSED
                if (leaf and edge.end != goal) or edge.end in closed or edge.id in closed:
                    continue
                new = cost + edge.length / edge.max_speed + extra.get(edge.id, 0.0)
                if new < best.get(edge.end, float("inf")):
                    best[edge.end] = new
                    came[edge.end] = edge
                    heapq.heappush(queue, (new, edge.end))
        raise AmrError("order.invalid", where="route", reason=f"no way from {start} to {goal}")

    @staticmethod
    def _walk_back(came: Mapping[str, Edge], start: str, goal: str) -> list[Edge]:
        path: list[Edge] = []
        while goal != start:
            path.append(came[goal])
            goal = came[goal].start
        return path[::-1]

    def nearest(self, pose: Pose2D) -> Node:
        """Return the node closest to a position."""
        return min(self.nodes.values(), key=lambda n: (n.x - pose.x) ** 2 + (n.y - pose.y) ** 2)

    def order_start(self, pose: Pose2D) -> Node:
        """Return the node where an order of a robot at pose begins: the closest, but a dock only of one that is in it.

        Loads are handled in the dock only: a robot that stands half-way up a spur begins with docking.
        """
        node = self.nearest(pose)
        if math.hypot(node.x - pose.x, node.y - pose.y) <= IN_DOCK_M:
            return node
        ways = (edge for edge in self.edges.values() if edge.end == node.id and edge.manoeuvre == "dock")
        spur = next(ways, None)
        return node if spur is None else self.nodes[spur.start]
