"""The last odometry poses, to look one up at a sensor's stamp, and how much less is known after a motion."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, relative, wrap_angle
from amr_core.pose_follower import anew, wheels_leap
from amr_navigation.costmap.footprint import njit


@dataclass
class OdometryBuffer:
    """The last odometry poses, to look one up at a scan's stamp."""

    samples: deque[tuple[float, Pose2D]] = field(default_factory=lambda: deque(maxlen=40))

    def add(self, stamp: float, pose: Pose2D) -> None:
        """Append a sample; stamps rise."""
        self.samples.append((stamp, pose))

    def leaps(self, stamp: float, pose: Pose2D) -> bool:
        """Return whether no robot can have gone from the newest sample to pose by stamp (s)."""
        return bool(self.samples) and wheels_leap(*self.samples[-1], stamp, pose)

    def counts_anew(self, stamp: float, pose: Pose2D, silence: float, coast: tuple[float, float]) -> bool:
        """Return whether the base was started again: after a silence (s) robots have rolled coast (m, rad) at most."""
        if not self.samples or stamp - self.samples[-1][0] <= silence:
            return self.leaps(stamp, pose)
        before = self.samples[-1][1]
        return anew(before, pose) or further(before, pose, *coast)

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
    """Return the covariance (3 x 3) after a motion delta (robot frame) from heading theta, with odometry noise."""
    found: FloatArray = _grown(covariance, theta, delta.x, delta.y, delta.theta)
    return found


@njit
def _grown(covariance: Any, theta: float, dx: float, dy: float, turned: float) -> Any:
    """Do what grown says; floors keep the filter awake."""
    way, turn = math.hypot(dx, dy), abs(turned)
    c, s = math.cos(theta), math.sin(theta)
    a, b = -s * dx - c * dy, c * dx - s * dy  # how x and y change with the heading
    across_turn = 0.005 * turn
    along, across = 0.004 + 0.05 * way + across_turn, 0.004 + 0.03 * way + across_turn
    turning = 0.002 + 0.03 * turn + 0.01 * way
    p, q, r = along * along, across * across, turning * turning
    m = covariance
    tt = m[2, 2]
    xt, yt = m[0, 2] + a * tt, m[1, 2] + b * tt
    xx = m[0, 0] + a * (m[2, 0] + xt) + c * c * p + s * s * q
    xy = m[0, 1] + b * m[0, 2] + a * yt + c * s * (p - q)
    yy = m[1, 1] + b * (m[2, 1] + yt) + s * s * p + c * c * q
    return np.array(((xx, xy, xt), (xy, yy, yt), (xt, yt, tt + r)))


def slip(delta: Pose2D) -> tuple[float, float]:
    """Return how far off (m, rad) wheels that slip may be after a motion delta."""
    return 0.2 + 0.5 * math.hypot(delta.x, delta.y), 0.12 + 0.3 * abs(delta.theta)


def further(a: Pose2D, b: Pose2D, far: float, wide: float) -> bool:
    """Return whether two poses are further apart than far (m) or wide (rad)."""
    jump = relative(a, b)
    return math.hypot(jump.x, jump.y) > far or abs(jump.theta) > wide
