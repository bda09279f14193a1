"""The robot's outline as a rectangle in base_link."""

from __future__ import annotations

import math
from typing import NamedTuple

from amr_core.geometry import FloatArray
from amr_core.robots import RobotType


class Body(NamedTuple):
    """A rectangle in base_link: distances in metres from the origin to the front, rear, left and right edge."""

    front: float
    rear: float
    left: float
    right: float

    def grown(self, margin: float) -> Body:
        """Return the body with every edge moved outwards by margin (m)."""
        return Body(self.front + margin, self.rear + margin, self.left + margin, self.right + margin)

    @property
    def radius(self) -> float:
        """The radius (m) of the circle around base_link that contains the body."""
        long, wide = max(self.front, self.rear), max(self.left, self.right)
        return math.hypot(long, wide)


def body_of(robot: RobotType, *, loaded: bool = False) -> Body:
    """Return the body of a robot type, with or without its load."""
    return body_from_polygon(robot.footprint(loaded=loaded))


def body_from_polygon(polygon: FloatArray) -> Body:
    """Return the smallest rectangle around Nx2 points (m, base_link)."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    return Body(float(high[0]), float(-low[0]), float(high[1]), float(-low[1]))
