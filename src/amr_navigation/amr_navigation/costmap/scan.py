"""From lidar ranges to points around the robot."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D
from amr_core.robots import LidarSpec
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.footprint import njit


class Sweep(NamedTuple):
    """One sweep: stamp (s), hits (N x 2, m, base_link at the stamp), ends of all beams (M x 2), lidar position (m)."""

    stamp: float
    hits: FloatArray
    ends: FloatArray
    lidar: tuple[float, float]


@njit
def _project(ranges: Any, rays: Any, mount: Any, limits: Any, body: Any, hits: Any, ends: Any) -> int:
    """Fill hits with valid returns outside the own body and ends with where each beam ended; return the hit count."""
    n = 0
    for i in range(ranges.shape[0]):
        r = ranges[i]
        valid = limits[0] <= r < limits[1]
        reach = r if valid else (limits[1] if r >= limits[1] else 0.0)
        x, y = mount[0] + reach * rays[i, 0], mount[1] + reach * rays[i, 1]
        ends[i, 0], ends[i, 1] = x, y
        if valid and not (-body[1] < x < body[0] and -body[3] < y < body[2]):
            hits[n, 0], hits[n, 1] = x, y
            n += 1
    return n


class Projector:
    """Turns the ranges of one lidar into points in base_link; beam directions are computed once."""

    def __init__(self, lidar: LidarSpec, body: Body) -> None:
        angles = np.linspace(-0.5 * lidar.field_of_view, 0.5 * lidar.field_of_view, lidar.beams) + lidar.mount.theta
        self._rays = np.column_stack((np.cos(angles), np.sin(angles)))
        self._mount = np.array((lidar.mount.x, lidar.mount.y))
        self._limits = np.array((lidar.range_min, lidar.range_max - 1e-3))
        self._body = np.array(body.grown(-0.01))

    def sweep(self, stamp: float, ranges: npt.NDArray[np.float32]) -> Sweep:
        """Project ranges (m, one per beam, first beam at -fov/2)."""
        count = len(self._rays)
        hits, ends = np.empty((count, 2)), np.empty((count, 2))
        if len(ranges) != count:
            return Sweep(stamp, hits[:0], ends[:0], (self._mount[0], self._mount[1]))
        n = _project(ranges, self._rays, self._mount, self._limits, self._body, hits, ends)
        return Sweep(stamp, hits[:n], ends, (float(self._mount[0]), float(self._mount[1])))


@njit
def move_points(points: Any, x: float, y: float, theta: float) -> Any:
    """Return points (N x 2), given in the frame (x, y, theta), in the frame that pose is given in."""
    out = np.empty((points.shape[0], 2))
    c, s = math.cos(theta), math.sin(theta)
    for i in range(points.shape[0]):
        out[i, 0] = x + c * points[i, 0] - s * points[i, 1]
        out[i, 1] = y + s * points[i, 0] + c * points[i, 1]
    return out


def moved(points: FloatArray, pose: Pose2D) -> FloatArray:
    """Return points given in the frame of pose in its parent frame (compiled; same as geometry.transform)."""
    out: FloatArray = move_points(points, pose.x, pose.y, pose.theta)
    return out
