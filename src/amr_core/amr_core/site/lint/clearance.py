"""Checks of swept footprints against walls, boxes, zones and each other."""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from amr_core.errors import Fact
from amr_core.roadmap import Roadmap
from amr_core.roadmap.conflicts import MARGIN, areas, envelope
from amr_core.site import Actor, Lane, Site
from amr_core.site.lint.findings import WHYS, Finding, finding, finding_why
from amr_core.site.solids import Solid, disc, solids, zone_area

MOVER_RADIUS = {"person": 0.25, "forklift": 0.65}
"""Half the width (m) of a simulated person or forklift."""


class Obstacles:
    """The solid bodies of a site with a spatial index."""

    def __init__(self, site: Site) -> None:
        self.solids = solids(site)
        self.tree = shapely.STRtree([s.outline for s in self.solids])

    def hit_by(self, area: BaseGeometry) -> list[Solid]:
        """Return the solids that an area overlaps (touching is allowed), in the order of the file."""
        found = (self.solids[i] for i in sorted(self.tree.query(area, predicate="intersects").tolist()))
        return [s for s in found if area.intersection(s.outline).area > 1e-6 or isinstance(area, LineString)]


def check_lanes(site: Site) -> Iterator[Finding]:
    """Find lanes through walls, lanes narrower than a robot with its load, lanes in keepout zones, head-on lanes."""
    obstacles = Obstacles(site)
    keepout = [(z.id, zone_area(z)) for z in site.zones if z.kind == "keepout"]
    width = envelope(site).half_width
    for lane in site.lanes:
        line = LineString(lane.points)
        yield from _lane_clearance(lane, line, obstacles, width)
        for zone, area in keepout:
            if area.intersects(line.buffer(width, cap_style="flat")):
                yield finding("site.lane_in_keepout", _at(area, line), lane=lane.id, zone=zone)
        if lane.two_way:
            yield finding("site.head_on", lane.points[0], lane=lane.id)


def _lane_clearance(lane: Lane, line: LineString, obstacles: Obstacles, half_width: float) -> Iterator[Finding]:
    body = line.buffer(half_width, cap_style="flat", join_style="mitre")
    if lane.width < 2 * half_width:
        facts: dict[str, Fact] = {"lane": lane.id, "obstacle": WHYS["own_edge"], "width": 2 * half_width}
        yield finding_why("site.lane_narrow", lane.points[0], "own_edge", **facts)
    for solid in obstacles.hit_by(body.buffer(MARGIN, join_style="mitre")):
        at = _at(solid.outline, line)
        if solid.outline.intersects(line):
            yield finding("site.lane_through_wall", at, lane=lane.id, obstacle=solid.id)
        elif solid.outline.intersection(body).area > 1e-6:
            yield finding("site.lane_narrow", at, lane=lane.id, obstacle=solid.id, width=2 * half_width)
        else:
            yield finding("site.lane_tight", at, lane=lane.id, obstacle=solid.id, margin=MARGIN)


def _at(area: BaseGeometry, line: LineString) -> tuple[float, float]:
    """Return the middle of the overlap, or the point of the line that is closest to the area."""
    overlap = area.intersection(line)
    point = overlap.interpolate(0.5, normalized=True) if isinstance(overlap, LineString) and overlap.length else None
    if point is None:
        point = line.interpolate(line.project(area.representative_point()))
    return float(point.x), float(point.y)


def check_roadmap_clearance(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find turns and spurs that are blocked, and docked robots that overlap each other or a lane."""
    obstacles = Obstacles(site)
    radius = envelope(site).radius
    shapes = areas(site, roadmap.nodes, roadmap.edges, margin=0.0)
    for node in roadmap.nodes.values():
        if node.kind == "junction":
            for solid in obstacles.hit_by(disc(node.x, node.y, radius)):
                at = (node.x, node.y)
                yield finding("site.turn_blocked", at, node=node.id, obstacle=solid.id, radius=round(radius, 2))
    for edge in roadmap.edges.values():
        if edge.manoeuvre in ("dock", "park"):
            for solid in obstacles.hit_by(shapes[edge.id]):
                yield finding("site.spur_blocked", _middle(shapes[edge.id], solid), station=edge.end, obstacle=solid.id)
    yield from _overlaps(roadmap, shapes)


def _middle(area: Polygon, solid: Solid) -> tuple[float, float]:
    centre = area.intersection(solid.outline).centroid
    return float(centre.x), float(centre.y)


def _overlaps(roadmap: Roadmap, shapes: dict[str, Polygon]) -> Iterator[Finding]:
    drives = [e for e in roadmap.edges.values() if e.manoeuvre == "drive"]
    docked = [n for n in roadmap.nodes.values() if n.theta is not None]
    names = [n.id for n in docked] + [e.id for e in drives]
    tree = shapely.STRtree([shapes[name] for name in names])
    reported: set[tuple[str, str]] = set()
    for k, node in enumerate(docked):
        for other in sorted(tree.query(shapes[node.id], predicate="intersects").tolist()):
            at = (node.x, node.y)
            if k < other < len(docked):
                yield finding("site.station_overlap", at, station=node.id, other=docked[other].id)
            elif other >= len(docked):
                lane = drives[other - len(docked)].lane
                if (node.id, lane) not in reported:
                    reported.add((node.id, lane))
                    yield finding("site.station_on_lane", at, station=node.id, lane=lane)


def check_movers(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find routes of people and forklifts through walls, boxes and the places of docked robots."""
    obstacles = Obstacles(site)
    shapes = areas(site, roadmap.nodes, {}, margin=0.0)
    docked = [(n.id, shapes[n.id]) for n in roadmap.nodes.values() if n.theta is not None]
    for mover in site.movers:
        route = closed_route(mover)
        body = route.buffer(MOVER_RADIUS[mover.kind])
        for solid in obstacles.hit_by(body):
            yield finding("site.mover_blocked", _at(solid.outline, route), mover=mover.id, obstacle=solid.id)
        for station, area in docked:
            if area.intersects(body):
                yield finding("site.mover_in_pocket", _at(area, route), mover=mover.id, station=station)


def closed_route(mover: Actor) -> LineString:
    """Return the route with the way back to its start."""
    return LineString([*mover.route, mover.route[0]])
