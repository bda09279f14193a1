"""Where a door stands across lanes: everything of the roadmap on which a robot would be in its leaf."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from shapely.geometry import LineString, Polygon

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D, rectangle, transform
from amr_core.roadmap.model import Doorway, Edge, Node
from amr_core.site import Conveyor, Door, Site
from amr_core.site.solids import zone_area

LEAF_HALF_DEPTH = 0.3
"""m before and behind the middle of the leaf that belong to the doorway: leaf, guides and light curtain."""
CONVEYOR_WHYS: Final[Mapping[str, str]] = {
    "no_place_station": "no place has a station {station}",
    "has_conveyor": "station {station} has a conveyor already",
    "name_taken": "a door, lift or other conveyor has that name",
}
"""Why a conveyor cannot be driven to, by a word."""


def leaf(door: Door) -> Polygon:
    """Return the area (m, map frame) that has to be free of robots when the door moves."""
    corners = rectangle(LEAF_HALF_DEPTH, LEAF_HALF_DEPTH, door.width / 2)
    return Polygon(transform(corners, Pose2D(door.x, door.y, door.theta)))


def doorways(site: Site, shapes: Mapping[str, Polygon]) -> tuple[Doorway, ...]:
    """Return the doors of a site that robots drive through. shapes: `conflicts.areas` of its roadmap."""
    return tuple(_doorway(door, shapes) for door in site.driven_doors)


def wrong_conveyors(site: Site) -> Iterator[tuple[Conveyor, str]]:
    """Find conveyors that cannot be driven to, and why: a word of CONVEYOR_WHYS."""
    stations = {station.id for place in site.places for station in place.stations}
    taken, names = set[str](), {door.id for door in site.doors} | {lift.id for lift in site.lifts}
    for conveyor in site.conveyors:
        if conveyor.station not in stations:
            yield conveyor, "no_place_station"
        if conveyor.station in taken:
            yield conveyor, "has_conveyor"
        if conveyor.id in names:
            yield conveyor, "name_taken"
        taken.add(conveyor.station)
        names.add(conveyor.id)


def conveyors(site: Site, nodes: Mapping[str, Node], edges: Mapping[str, Edge]) -> tuple[Doorway, ...]:
    """Return the conveyors of a site; raise site.invalid for one without a station of its own, or a door's name."""
    for conveyor, why in wrong_conveyors(site):
        reason = CONVEYOR_WHYS[why].format(station=conveyor.station)
        raise AmrError("site.invalid", where=f"conveyor {conveyor.id}", reason=reason)
    found = []
    for conveyor in site.conveyors:
        at = conveyor.station
        node = nodes[at]
        inside = frozenset({at, *(name for name, edge in edges.items() if edge.end == at)})
        pose = (node.x, node.y, node.theta or 0.0)
        found.append(Doorway(conveyor.id, inside, *pose, 0.0, conveyor.ready_s, at, conveyor.load_sensor))
    return tuple(found)


def _doorway(door: Door, shapes: Mapping[str, Polygon]) -> Doorway:
    area = leaf(door)
    inside = frozenset(name for name, shape in shapes.items() if shape.intersects(area))
    return Doorway(door.id, inside, door.x, door.y, door.theta, door.width, door.open_s)


def fire_lanes(site: Site, shapes: Mapping[str, Polygon]) -> frozenset[str]:
    """Return the nodes and edges on which a robot reaches into a fire lane; doorways are fire lanes."""
    lanes = [zone_area(zone) for zone in site.zones if zone.kind == "fire_lane"]
    lanes += [leaf(door) for door in site.driven_doors]
    return frozenset(name for name, shape in shapes.items() if any(shape.intersects(lane) for lane in lanes))


def distance(doorway: Doorway, x: float, y: float) -> float:
    """Return how far (m) a point is from the leaf's line."""
    across = -(x - doorway.x) * math.sin(doorway.theta) + (y - doorway.y) * math.cos(doorway.theta)
    return math.hypot(side(doorway, x, y), max(0.0, abs(across) - doorway.width / 2))


def side(doorway: Doorway, x: float, y: float) -> float:
    """Return how far (m) a point lies beyond the leaf's line in the direction of passage; negative: before it."""
    return (x - doorway.x) * math.cos(doorway.theta) + (y - doorway.y) * math.sin(doorway.theta)


def crossed(door: Door, nodes: Mapping[str, Node], edges: Mapping[str, Edge]) -> Iterator[str]:
    """Return the lanes whose line leads through the leaf."""
    area = leaf(door)
    found: set[str] = set()
    for edge in edges.values():
        a, b = nodes[edge.start], nodes[edge.end]
        if edge.lane not in found and area.intersects(LineString([(a.x, a.y), (b.x, b.y)])):
            found.add(edge.lane)
            yield edge.lane
