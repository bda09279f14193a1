"""The last odometry poses, to look one up at a sensor's stamp, and how much less is known after a motion."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle


@dataclass
class OdometryBuffer:
    """The last odometry poses, to look one up at a scan's stamp."""

    samples: deque[tuple[float, Pose2D]] = field(default_factory=lambda: deque(maxlen=40))

    def add(self, stamp: float, pose: Pose2D) -> None:
        """Append a sample; stamps rise."""
        self.samples.append((stamp, pose))

    def at(self, stamp: float) -> Pose2D | None:
        """Return the pose at stamp, interpolated; the newest when stamp is later; None when too old or empty."""
        newer: tuple[float, Pose2D] | None = None
        for t, pose in reversed(self.samples):
            if t <= stamp:
                return pose if newer is None else _between(t, pose, *newer, stamp)
            newer = (t, pose)
        return None


def _between(t0: float, a: Pose2D, t1: float, b: Pose2D, t: float) -> Pose2D:
    f = (t - t0) / (t1 - t0)
    return Pose2D(a.x + f * (b.x - a.x), a.y + f * (b.y - a.y), wrap_angle(a.theta + f * wrap_angle(b.theta - a.theta)))


def grown(covariance: FloatArray, theta: float, delta: Pose2D) -> FloatArray:
    """Return the covariance after a motion delta (robot frame) with odometry noise; floors keep the filter awake."""
    way, turn = math.hypot(delta.x, delta.y), abs(delta.theta)
    c, s = math.cos(theta), math.sin(theta)
    jacobian = np.eye(3)
    jacobian[0, 2] = -s * delta.x - c * delta.y
    jacobian[1, 2] = c * delta.x - s * delta.y
    along, across = 0.004 + 0.05 * way + 0.005 * turn, 0.004 + 0.03 * way + 0.005 * turn
    turning = np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))
    noise = np.diag((along**2, across**2, (0.002 + 0.03 * turn + 0.01 * way) ** 2))
    grown: FloatArray = jacobian @ covariance @ jacobian.T + turning @ noise @ turning.T
    return grown
