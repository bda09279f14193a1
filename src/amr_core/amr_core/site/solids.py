"""The solid bodies of a site as shapely polygons in the map frame (metres)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from amr_core.geometry import Pose2D, rectangle, transform
from amr_core.site.model import Box, Site, Wall, Zone


class Solid(NamedTuple):
    """A body that stands on the floor: its outline (m, map frame) and its height (m)."""

    id: str
    kind: str
    outline: Polygon
    height: float


class Segment(NamedTuple):
    """A straight piece of a wall as a box: centre pose (m, rad), length and thickness (m)."""

    pose: Pose2D
    length: float
    thickness: float


def wall_segments(wall: Wall) -> list[Segment]:
    """Return the straight boxes of a wall; each reaches half a thickness beyond its ends to close the corners."""
    segments = []
    for (ax, ay), (bx, by) in pairwise(wall.points):
        length = math.hypot(bx - ax, by - ay) + wall.thickness
        pose = Pose2D((ax + bx) / 2, (ay + by) / 2, math.atan2(by - ay, bx - ax))
        segments.append(Segment(pose, length, wall.thickness))
    return segments


def box_outline(box: Box) -> Polygon:
    """Return the outline of a box."""
    corners = rectangle(box.size_x / 2, box.size_x / 2, box.size_y / 2)
    return Polygon(transform(corners, Pose2D(box.x, box.y, box.theta)))


def solids(site: Site) -> list[Solid]:
    """Return all walls (one solid a straight piece) and boxes."""
    found = []
    for wall in site.walls:
        for index, piece in enumerate(wall_segments(wall)):
            corners = rectangle(piece.length / 2, piece.length / 2, piece.thickness / 2)
            name = wall.id if len(wall.points) == 2 else f"{wall.id}_{index}"
            found.append(Solid(name, "wall", Polygon(transform(corners, piece.pose)), wall.height))
    found += [Solid(box.id, box.kind, box_outline(box), box.height) for box in site.boxes]
    return found


def zone_area(zone: Zone) -> BaseGeometry:
    """Return the area of a zone."""
    return area_of(zone.polygon)


def area_of(polygon: Sequence[tuple[float, float]]) -> BaseGeometry:
    """Return all that a polygon (m) goes around, once or more; one that crosses itself loses none of its parts.

    Not buffer(0), which drops a lobe of a bow-tie, nor make_valid's own method, which takes what is gone around twice
    for a hole.
    """
    return shapely.make_valid(Polygon(polygon), method="structure", keep_collapsed=False)


def swept_box(front: float, rear: float, half_width: float, start: Pose2D, travel: float) -> Polygon:
    """Return the area swept by a body that drives travel metres straight ahead from start."""
    return Polygon(transform(rectangle(front + travel, rear, half_width), start))


def disc(x: float, y: float, radius: float) -> Polygon:
    """Return the area swept by a turn on the spot."""
    return shapely.Point(x, y).buffer(radius, quad_segs=12)
