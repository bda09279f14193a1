"""Compiles the lanes and stations of a site into the roadmap that robots drive on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from shapely.geometry import LineString, Point

from amr_core.roadmap.air_locks import lock_ways
from amr_core.roadmap.conflicts import STRAIGHT, areas, capacities, find_conflicts, heading
from amr_core.roadmap.doorways import conveyors, doorways, fire_lanes
from amr_core.roadmap.lifts import check_stops, lift_ways, rides
from amr_core.roadmap.model import Edge, Manoeuvre, Node, NodeKind, Roadmap
from amr_core.roadmap.splitting import MERGE_DISTANCE, Cut, cabins, leaves, split_lanes, spur_root
from amr_core.site import Lane, Site, Station
from amr_core.site.solids import zone_area

DOCK_SPEED = 0.3  # m/s on a spur: the marker is followed
PARK_SPEED = 0.5  # m/s into and out of a bay or a cabin

_cache: dict[str, tuple[Site, Roadmap]] = {}


def build_roadmap(site: Site) -> Roadmap:
    """Return the roadmap of a site (m, map frame); the same object while the site is the same.

    Lane nodes are called "<lane>@<metres from its start>", stations by their id, edges "<start>><end>".
    Raises site.invalid when a station cannot be reached from its lane, for a lift at a level that is
    not there, and for an air-lock without two doors of its own.
    """
    cached = _cache.get(site.id)
    if cached is not None and (cached[0] is site or cached[0] == site):
        return cached[1]
    roadmap = _Builder(site).build()
    _cache[site.id] = (site, roadmap)
    return roadmap


class _Builder:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.lanes = {lane.id: lane for lane in site.lanes}
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}
        self.cells: dict[tuple[int, int], list[Node]] = {}
        self.limits = [(zone_area(z), z.max_speed) for z in site.zones if z.max_speed is not None]

    def build(self) -> Roadmap:
        check_stops(self.site)
        for lane_id, cuts in split_lanes(self.site).items():
            self._add_lane(self.lanes[lane_id], cuts)
        turning = {n for n in self.nodes if self._may_turn(n)}
        for kind, place, station in leaves(self.site):
            turning.add(self._add_leaf(kind, place, station))
        for station in cabins(self.site):
            turning.add(self._add_leaf("cabin", None, station))
        for node in turning:
            self.nodes[node] = replace(self.nodes[node], kind="junction")
        shapes = areas(self.site, self.nodes, self.edges)
        self.edges.update(rides(self.site))
        lifts = lift_ways(self.site, self.edges, shapes)
        doors = doorways(self.site, shapes)
        locks = lock_ways(self.site, doors, self.nodes, self.edges)
        alone = [*(lift.elements for lift in lifts), *(lock.elements for lock in locks)]
        return Roadmap(
            nodes=MappingProxyType(self.nodes),
            edges=MappingProxyType(self.edges),
            out_edges=MappingProxyType(_out_edges(self.nodes, self.edges.values())),
            conflicts=MappingProxyType(find_conflicts(self.site, self.nodes, self.edges, shapes, alone)),
            capacities=capacities(self.site, self.nodes, self.edges),
            doors=doors + conveyors(self.site, self.nodes, self.edges),
            fire_lanes=fire_lanes(self.site, shapes),
            lifts=lifts,
            air_locks=locks,
            load_types=MappingProxyType({kind.id: frozenset(kind.robots) for kind in self.site.load_types}),
        )

    def _near(self, x: float, y: float) -> Node | None:
        """Return the closest lane node within the merge distance."""
        i, j = math.floor(x / MERGE_DISTANCE), math.floor(y / MERGE_DISTANCE)
        around = (self.cells.get((i + a, j + b), []) for a in (-1, 0, 1) for b in (-1, 0, 1))
        found = [(math.hypot(n.x - x, n.y - y), n) for cell in around for n in cell]
        found = [f for f in found if f[0] < MERGE_DISTANCE]
        return min(found, key=lambda f: f[0])[1] if found else None

    def _lane_node(self, lane: Lane, cut: Cut) -> Node:
        node = self._near(cut.x, cut.y)
        if node is None:
            node = Node(f"{lane.id}@{cut.along:05.1f}", cut.x, cut.y, "lane")
            self.nodes[node.id] = node
            cell = (math.floor(cut.x / MERGE_DISTANCE), math.floor(cut.y / MERGE_DISTANCE))
            self.cells.setdefault(cell, []).append(node)
        return node

    def _add_lane(self, lane: Lane, cuts: list[Cut]) -> None:
        chain = [self._lane_node(lane, cut) for cut in cuts]
        for a, b in pairwise(chain):
            if a.id == b.id:
                continue
            speed = self._speed(a, b, lane.max_speed)
            self._add_edge(a, b, speed, "drive", lane.id)
            if lane.two_way:
                self._add_edge(b, a, speed, "drive", lane.id)

    def _speed(self, a: Node, b: Node, limit: float) -> float:
        """Return the lowest limit (m/s) of the lane and of the zones that the edge touches with more than 5 cm."""
        path = LineString([(a.x, a.y), (b.x, b.y)])
        zones = (v for area, v in self.limits if area.intersects(path) and area.intersection(path).length > 0.05)
        return min([limit, *zones])

    def _add_edge(self, a: Node, b: Node, speed: float, manoeuvre: Manoeuvre, lane: str) -> None:
        edge_id = f"{a.id}>{b.id}"
        length = round(math.hypot(b.x - a.x, b.y - a.y), 4)
        self.edges.setdefault(edge_id, Edge(edge_id, a.id, b.id, length, speed, manoeuvre, lane))

    def _add_leaf(self, kind: NodeKind, place: str | None, station: Station) -> str:
        """Add a station with its spur; return the id of its root node."""
        point = spur_root(station, LineString(self.lanes[station.lane].points)) or Point(station.x, station.y)
        root = self._near(point.x, point.y)
        if root is None:
            raise RuntimeError(f"lane {station.lane} was not cut at the root of {station.id}")
        leaf = Node(station.id, station.x, station.y, kind, station.theta, place)
        self.nodes[leaf.id] = leaf
        parking = kind in ("parking", "cabin")
        speed = PARK_SPEED if parking else DOCK_SPEED
        self._add_edge(root, leaf, speed, "park" if parking else "dock", station.lane)
        self._add_edge(leaf, root, speed, "unpark" if parking else "undock", station.lane)
        return root.id

    def _may_turn(self, node_id: str) -> bool:
        """Tell whether a robot can change its direction here: lanes fork, join, cross, bend or end."""
        into = [e for e in self.edges.values() if e.end == node_id]
        out = [e for e in self.edges.values() if e.start == node_id]
        turns = [
            abs(math.remainder(self._direction(b) - self._direction(a), math.tau)) > STRAIGHT
            for a in into
            for b in out
            if a.start != b.end
        ]
        return any(turns) or not turns

    def _direction(self, edge: Edge) -> float:
        return heading(self.nodes[edge.start], self.nodes[edge.end])


def _out_edges(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> dict[str, tuple[Edge, ...]]:
    found: dict[str, list[Edge]] = {n: [] for n in nodes}
    for edge in edges:
        found[edge.start].append(edge)
    return {n: tuple(es) for n, es in found.items()}
