"""Nav2's route graph: read from GeoJSON, searched for the cheapest route, changed by the fleet while it runs."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray

NO_VALID_GRAPH, INDETERMINANT_NODES, NO_VALID_ROUTE = 402, 403, 405
MAX_ID = 65535
PATH_DENSITY = 0.05  # m between two poses, Nav2's route_server's default


@dataclass(frozen=True)
class GraphNode:
    """A node: uint16 id and position (m, map frame)."""

    id: int
    x: float
    y: float


@dataclass(frozen=True)
class GraphEdge:
    """A directed edge: uint16 id, ends, cost, and the operations on it as {name: {type, trigger, metadata}}."""

    id: int
    start: int
    end: int
    cost: float
    metadata: Mapping[str, Any] = field(default_factory=dict)
    operations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GraphRoute:
    """Nodes along the way (at least one) and the edges between them."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    cost: float

    def path(self) -> FloatArray:
        """Return poses (N x 3, map frame) along the route every PATH_DENSITY m, each facing the next."""
        rows: list[FloatArray] = []
        for a, b in zip(self.nodes[:-1], self.nodes[1:], strict=True):
            length, heading = math.hypot(b.x - a.x, b.y - a.y), math.atan2(b.y - a.y, b.x - a.x)
            share = np.linspace(0.0, 1.0, max(2, math.ceil(length / PATH_DENSITY) + 1))[:-1]
            columns = (a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, np.full_like(share, heading))
            rows.append(np.column_stack(columns))
        last, theta = self.nodes[-1], float(rows[-1][-1, 2]) if rows else 0.0
        rows.append(np.array(((last.x, last.y, theta),)))
        return np.concatenate(rows)


class RouteGraph:
    """A directed graph. Edges can be closed and get extra cost (DynamicEdgesScorer) while it is in use."""

    def __init__(self, nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.edges = {edge.id: edge for edge in edges}
        self.closed: set[int] = set()
        self.costs: dict[int, float] = {}
        self._out: dict[int, list[GraphEdge]] = {number: [] for number in self.nodes}
        for edge in self.edges.values():
            self._out[edge.start].append(edge)

    @staticmethod
    def load(path: Path) -> RouteGraph:
        """Read a GeoJSON file as nav2_route does; raises nav.file."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return _parse(content)
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise AmrError("nav.file", file=path.name, reason=str(error)) from error
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise AmrError("nav.file", file=path.name, reason=f"{type(error).__name__}: {error}") from error

    def adjust(self, closed: Iterable[int], opened: Iterable[int], costs: Mapping[int, float]) -> bool:
        """Close and open edges and set their cost; nothing is changed and False returned when an id is unknown."""
        closed, opened = set(closed), set(opened)
        if not (closed | opened | set(costs)) <= self.edges.keys():
            return False
        self.closed = (self.closed | closed) - opened
        self.costs.update(costs)
        return True

    def nearest(self, x: float, y: float) -> int:
        """Return the id of the node closest to a position (m, map frame)."""
        return min(self.nodes.values(), key=lambda node: (node.x - x) ** 2 + (node.y - y) ** 2).id

    def cost(self, edge: GraphEdge) -> float:
        """Return what driving an edge costs now; infinite when it is closed."""
        return math.inf if edge.id in self.closed else self.costs.get(edge.id, edge.cost)

    def search(self, start: int, goal: int) -> GraphRoute | int:
        """Return the cheapest route between two node ids, or a ComputeRoute error code."""
        if not self.nodes:
            return NO_VALID_GRAPH
        if start not in self.nodes or goal not in self.nodes:
            return INDETERMINANT_NODES
        best, came = {start: 0.0}, dict[int, GraphEdge]()
        queue = [(0.0, start)]
        while queue:
            cost, here = heapq.heappop(queue)
            if here == goal:
                return self._route(came, start, goal, cost)
            if cost > best[here]:
                continue
            for edge in self._out[here]:
                total = cost + self.cost(edge)
                if total < best.get(edge.end, math.inf):
                    best[edge.end], came[edge.end] = total, edge
                    heapq.heappush(queue, (total, edge.end))
        return NO_VALID_ROUTE

    def _route(self, came: dict[int, GraphEdge], start: int, goal: int, cost: float) -> GraphRoute:
        edges: list[GraphEdge] = []
        here = goal
        while here != start:
            edges.append(came[here])
            here = came[here].start
        edges.reverse()
        nodes = (self.nodes[start], *(self.nodes[edge.end] for edge in edges))
        return GraphRoute(nodes, tuple(edges), cost)


def _parse(content: Any) -> RouteGraph:
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []
    for feature in content["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        if geometry["type"] == "Point":
            x, y = (float(v) for v in geometry["coordinates"][:2])
            nodes.append(GraphNode(_id(properties["id"]), x, y))
        elif geometry["type"] in ("MultiLineString", "LineString"):
            edges.append(_edge(properties))
    graph = RouteGraph(_finite(nodes), [])
    for edge in edges:
        if edge.start not in graph.nodes or edge.end not in graph.nodes:
            raise ValueError(f"edge {edge.id} has an end that is no node")
    if not nodes:
        raise ValueError("there is no node")
    return RouteGraph(nodes, edges)


def _finite(nodes: list[GraphNode]) -> list[GraphNode]:
    for node in nodes:
        if not (math.isfinite(node.x) and math.isfinite(node.y)):
            raise ValueError(f"node {node.id} has no finite position")
    return nodes


def _edge(properties: Any) -> GraphEdge:
    cost = float(properties.get("cost") or 0.0)
    if not (math.isfinite(cost) and cost >= 0.0):
        raise ValueError(f"edge {properties['id']} has cost {cost}")
    return GraphEdge(
        _id(properties["id"]),
        _id(properties["startid"]),
        _id(properties["endid"]),
        cost,
        dict(properties.get("metadata") or {}),
        dict(properties.get("operations") or {}),
    )


def _id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise ValueError(f"id {value!r} is not a uint16")
    return value
