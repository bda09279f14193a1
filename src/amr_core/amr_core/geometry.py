"""Plane geometry in REP-103 units and axes: metres, radians, x forward, y left, theta counter-clockwise."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class Pose2D(NamedTuple):
    """A pose in the plane: x, y in metres, theta in radians."""

    x: float
    y: float
    theta: float


class Twist2D(NamedTuple):
    """A velocity in the body frame: v forward in m/s, w counter-clockwise in rad/s."""

    v: float
    w: float


def wrap_angle(angle: float) -> float:
    """Return the same angle in (-pi, pi]."""
    wrapped = math.remainder(angle, math.tau)
    return math.pi if wrapped == -math.pi else wrapped


def compose(a: Pose2D, b: Pose2D) -> Pose2D:
    """Return the pose b, given in the frame of a, in the frame a is given in."""
    c, s = math.cos(a.theta), math.sin(a.theta)
    return Pose2D(a.x + c * b.x - s * b.y, a.y + s * b.x + c * b.y, wrap_angle(a.theta + b.theta))


def inverse(a: Pose2D) -> Pose2D:
    """Return the pose p with compose(a, p) = identity."""
    c, s = math.cos(a.theta), math.sin(a.theta)
    return Pose2D(-c * a.x - s * a.y, s * a.x - c * a.y, wrap_angle(-a.theta))


def relative(a: Pose2D, b: Pose2D) -> Pose2D:
    """Return b as seen from a: compose(a, relative(a, b)) = b."""
    return compose(inverse(a), b)


def distance(a: Pose2D, b: Pose2D) -> float:
    """Return the distance of the two positions in metres."""
    return math.hypot(a.x - b.x, a.y - b.y)


def rectangle(front: float, rear: float, half_width: float) -> FloatArray:
    """Return the 4x2 corner points, counter-clockwise, of a body that reaches from -rear to front (m)."""
    return np.array([(front, -half_width), (front, half_width), (-rear, half_width), (-rear, -half_width)])


def transform(points: FloatArray, pose: Pose2D) -> FloatArray:
    """Return Nx2 points, given in the frame of pose, in the frame pose is given in."""
    c, s = math.cos(pose.theta), math.sin(pose.theta)
    return np.asarray(points @ np.array([(c, s), (-s, c)]) + np.array((pose.x, pose.y)), dtype=np.float64)
