"""Lengths and times that several of Nav2's nodes must agree on, derived from a robot type."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amr_core.robots import RobotType

LATENCY = 0.3
"""From an obstacle to braking (s): lidar period, costmap or monitor, velocity smoother, base."""
MODEL_DT, TIME_STEPS = 0.05, 56  # s a step of MPPI, and steps: 2.8 s ahead, Nav2's own default
SIDE_MARGIN = 0.05  # m: one cell of the costmap; chosen: more stops a robot beside racks that it may pass


@dataclass(frozen=True)
class Sizes:
    """Lengths in metres, the robot with its load."""

    robot: RobotType

    @property
    def front(self) -> float:
        """From base_link to the front edge."""
        return self.robot.reach(loaded=True)[0]

    @property
    def rear(self) -> float:
        """From base_link to the rear edge."""
        return self.robot.reach(loaded=True)[1]

    @property
    def half_width(self) -> float:
        """From base_link to either side."""
        return self.robot.reach(loaded=True)[2]

    @property
    def circumscribed(self) -> float:
        """Radius that a turn on the spot sweeps."""
        return self.robot.circumscribed_radius()

    @property
    def horizon(self) -> float:
        """How far MPPI looks ahead at top speed."""
        return MODEL_DT * TIME_STEPS * self.robot.max_speed

    @property
    def local_side(self) -> int:
        """Side of the local costmap: the horizon on both sides, and the body, in whole metres."""
        return math.ceil(2.0 * (self.horizon + self.circumscribed))

    def stopping(self, speed: float) -> float:
        """Way from speed (m/s) to standstill, latency included."""
        return abs(speed) * LATENCY + speed * speed / (2.0 * self.robot.deceleration)

    def polygon(self, ahead: float, behind: float, beside: float) -> str:
        """Return a polygon around the body, grown by so many metres, as Nav2's parameter text."""
        x0, x1, y = -self.rear - behind, self.front + ahead, self.half_width + beside
        points = [[x1, y], [x1, -y], [x0, -y], [x0, y]]
        return "[" + ", ".join(f"[{px:.3f}, {py:.3f}]" for px, py in points) + "]"

    def footprint(self) -> str:
        """Return the body without load."""
        r = self.robot
        corners = ((r.front, r.half_width), (r.front, -r.half_width), (-r.rear, -r.half_width), (-r.rear, r.half_width))
        return "[" + ", ".join(f"[{x:.3f}, {y:.3f}]" for x, y in corners) + "]"
