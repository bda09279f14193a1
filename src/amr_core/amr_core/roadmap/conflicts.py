"""Which nodes and edges cannot be occupied at once: overlaps of swept footprints."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from amr_core.geometry import Pose2D
from amr_core.roadmap.model import Capacity, Edge, Node
from amr_core.robots import robot_type
from amr_core.site import Site, Zone
from amr_core.site.solids import disc, swept_box, zone_area

MARGIN = 0.12
"""Distance (m) that each robot keeps around its swept footprint."""

STRAIGHT = 0.1
"""Largest change of direction (rad) that is not a turn on the spot."""


@dataclass(frozen=True)
class Envelope:
    """The smallest body (m, base_link) that contains every robot type of a fleet with its load."""

    front: float
    rear: float
    half_width: float

    @property
    def radius(self) -> float:
        """The circle swept by a turn on the spot, m."""
        return max(math.hypot(self.front, self.half_width), math.hypot(self.rear, self.half_width))


def envelope(site: Site) -> Envelope:
    """Return the envelope of the site's fleet."""
    types = [robot_type(name) for name in sorted({robot.type for robot in site.fleet})]
    bodies = [t.footprint(loaded=True) for t in types] + [t.footprint() for t in types]
    points = np.concatenate(bodies)
    return Envelope(float(points[:, 0].max()), float(-points[:, 0].min()), float(np.abs(points[:, 1]).max()))


def heading(a: Node, b: Node) -> float:
    """Return the direction from a to b in rad."""
    return math.atan2(b.y - a.y, b.x - a.x)


def node_area(node: Node, directions: Iterable[float], body: Envelope, margin: float = MARGIN) -> Polygon:
    """Return what a robot on the node may cover: a disc where it may turn, else its box along the directions."""
    angles = [node.theta] if node.theta is not None else list(directions)
    if node.kind == "junction" or not angles:
        return disc(node.x, node.y, body.radius + margin)
    front, rear, half_width = body.front + margin, body.rear + margin, body.half_width + margin
    boxes = [swept_box(front, rear, half_width, Pose2D(node.x, node.y, a), 0.0) for a in angles]
    return boxes[0] if len(boxes) == 1 else Polygon(shapely.get_coordinates(shapely.union_all(boxes).convex_hull))


def edge_area(edge: Edge, nodes: Mapping[str, Node], body: Envelope, margin: float = MARGIN) -> Polygon:
    """Return what a robot covers on its way along the edge; undock and unpark edges are driven in reverse."""
    a, b = nodes[edge.start], nodes[edge.end]
    if edge.manoeuvre in ("undock", "unpark"):
        a, b = b, a
    start = Pose2D(a.x, a.y, heading(a, b))
    return swept_box(body.front + margin, body.rear + margin, body.half_width + margin, start, edge.length)


def areas(
    site: Site, nodes: Mapping[str, Node], edges: Mapping[str, Edge], margin: float = MARGIN
) -> dict[str, Polygon]:
    """Return the area (m, map frame) of every node and edge; on a ride a robot covers no more than in the cabin."""
    body = envelope(site)
    directions: dict[str, list[float]] = {n: [] for n in nodes}
    for edge in edges.values():
        if edge.manoeuvre == "drive":
            angle = heading(nodes[edge.start], nodes[edge.end])
            for end in (edge.start, edge.end):
                if not any(abs(math.sin((angle - other) / 2)) < 1e-6 for other in directions[end]):
                    directions[end].append(angle)
    found = {n.id: node_area(n, directions[n.id], body, margin) for n in nodes.values()}
    found.update({e.id: edge_area(e, nodes, body, margin) for e in edges.values() if e.manoeuvre != "ride"})
    return found


def find_conflicts(
    site: Site,
    nodes: Mapping[str, Node],
    edges: Mapping[str, Edge],
    shapes: Mapping[str, Polygon],
    alone: Iterable[frozenset[str]] = (),
) -> dict[str, frozenset[str]]:
    """Return for every node and edge id the ids of all others whose area (shapes) overlaps its own; symmetric.

    alone: what is one robot's as a whole: all that belongs to a lift, on whatever level, or to an air-lock.
    """
    ids = list(shapes)
    geometries = list(shapes.values())
    first, second = shapely.STRtree(geometries).query(geometries, predicate="intersects")
    sets: dict[str, set[str]] = {i: set() for i in (*ids, *(edges.keys() - shapes.keys()))}
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a != b:
            sets[ids[a]].add(ids[b])
            sets[ids[b]].add(ids[a])
    for edge in edges.values():
        for end in (edge.start, edge.end):
            sets[edge.id].add(end)
            sets[end].add(edge.id)
    for group in [*_openings(site, nodes, edges), *map(set, alone)]:
        for name in group:
            sets[name] |= group - {name}
    return {i: frozenset(s) for i, s in sets.items()}


def _openings(site: Site, nodes: Mapping[str, Node], edges: Mapping[str, Edge]) -> list[set[str]]:
    """Return what only one robot may be on at once: each lane's part in each release zone."""
    found = []
    for zone in site.zones:
        inside = _inside(zone, nodes, edges) if zone.kind == "release" else set()
        for lane in sorted({edges[i].lane for i in inside if i in edges}):
            part = {i for i in inside if i in edges and edges[i].lane == lane}
            ends = {end for i in part for end in (edges[i].start, edges[i].end)}
            found.append(part | (ends & inside))
    return found


def capacities(site: Site, nodes: Mapping[str, Node], edges: Mapping[str, Edge]) -> tuple[Capacity, ...]:
    """Return the capacity zones; a robot is in one while its centre is."""
    zones = [z for z in site.zones if z.capacity is not None]
    return tuple(Capacity(frozenset(_inside(z, nodes, edges)), z.capacity or 1) for z in zones)


def _inside(zone: Zone, nodes: Mapping[str, Node], edges: Mapping[str, Edge]) -> set[str]:
    """Return the nodes in the zone and the edges with more than 5 cm of their line in it."""
    area = zone_area(zone)
    found = {n.id for n in nodes.values() if area.intersects(Point(n.x, n.y))}
    for edge in edges.values():
        a, b = nodes[edge.start], nodes[edge.end]
        if edge.manoeuvre != "ride" and area.intersection(LineString([(a.x, a.y), (b.x, b.y)])).length > 0.05:
            found.add(edge.id)
    return found
