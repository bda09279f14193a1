"""Exact checks of a rectangular body against distance grids and point clouds (Numba kernels)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numba

from amr_core.geometry import FloatArray, Pose2D
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.static_map import DistanceGrid

if TYPE_CHECKING:

    def njit(function: Any) -> Any:
        """Typed stand-in for numba.njit."""
else:
    njit = numba.njit(cache=True, nogil=True)

OUTSIDE_FREE = 9.0  # m: beyond every body and every wanted distance, so nothing stands off the grid
OUTSIDE_SOLID = -9.0  # m, deep within something: no body is free off the grid


@njit
def lookup(sdf: Any, res: float, ox: float, oy: float, outside: float, x: float, y: float) -> float:
    """Return the signed distance (m) of the cell that holds (x, y), or outside when off the grid."""
    c = math.floor((x - ox) / res)
    r = math.floor((y - oy) / res)
    if c < 0 or r < 0 or r >= sdf.shape[0] or c >= sdf.shape[1]:
        return outside
    return float(sdf[int(r), int(c)])


@njit
def _outline_free(
    sdf: Any,
    res: float,
    ox: float,
    oy: float,
    outside: float,
    pose: Any,
    front: float,
    rear: float,
    left: float,
    right: float,
) -> bool:
    """Walk around the rectangle in steps of the clearance found (sphere tracing); False at the first solid cell."""
    c, s = math.cos(pose[2]), math.sin(pose[2])
    corners = ((front, -right), (front, left), (-rear, left), (-rear, -right))
    for k in range(4):
        ax, ay = corners[k]
        bx, by = corners[(k + 1) % 4]
        length = math.hypot(bx - ax, by - ay)
        if length <= 0.0:
            continue
        along = 0.0
        while along < length:
            px = ax + (bx - ax) * along / length
            py = ay + (by - ay) * along / length
            d = lookup(sdf, res, ox, oy, outside, pose[0] + c * px - s * py, pose[1] + s * px + c * py)
            if d <= 0.0:
                return False
            along += max(d, res)
    return True


@njit
def rect_free(
    sdf: Any,
    res: float,
    ox: float,
    oy: float,
    outside: float,
    pose: Any,
    front: float,
    rear: float,
    left: float,
    right: float,
) -> bool:
    """Return whether the rectangle (m, in the frame of pose = (x, y, theta)) touches no solid cell of the grid."""
    mid_x, mid_y = 0.5 * (front - rear), 0.5 * (left - right)
    c, s = math.cos(pose[2]), math.sin(pose[2])
    half_long, half = 0.5 * (front + rear), 0.5 * (left + right)
    d = lookup(sdf, res, ox, oy, outside, pose[0] + c * mid_x - s * mid_y, pose[1] + s * mid_x + c * mid_y)
    if d > math.hypot(half_long, half) + res:
        return True
    short = min(half, half_long)
    steps = math.ceil(2.0 * (half_long - short) / max(short, res)) + 1
    for k in range(steps):
        x = mid_x + (half_long - short) * (2.0 * k / max(steps - 1, 1) - 1.0)
        d = lookup(sdf, res, ox, oy, outside, pose[0] + c * x - s * mid_y, pose[1] + s * x + c * mid_y)
        if d < short - 1.5 * res:
            return False
    if not _outline_free(sdf, res, ox, oy, outside, pose, front, rear, left, right):
        return False
    inset = min(0.1, 0.5 * short)
    return bool(
        _outline_free(sdf, res, ox, oy, outside, pose, front - inset, rear - inset, left - inset, right - inset)
    )


@njit
def first_hit(
    poses: Any, points: Any, count: int, front: float, rear: float, left: float, right: float
) -> tuple[int, int]:
    """Return (pose index, point index) of the first pose (N x 3) that holds one of points[:count], or (-1, -1)."""
    reach = math.hypot(max(front, rear), max(left, right))
    for k in range(poses.shape[0]):
        x, y = poses[k, 0], poses[k, 1]
        c, s = math.cos(poses[k, 2]), math.sin(poses[k, 2])
        for i in range(count):
            dx, dy = points[i, 0] - x, points[i, 1] - y
            if dx > reach or dx < -reach or dy > reach or dy < -reach:
                continue
            bx, by = c * dx + s * dy, c * dy - s * dx
            if -rear <= bx <= front and -right <= by <= left:
                return k, i
    return -1, -1


def is_free(grid: DistanceGrid, pose: Pose2D, body: Body, *, outside: float = OUTSIDE_SOLID) -> bool:
    """Return whether the body at pose (map frame) is clear of everything on the grid."""
    return bool(rect_free(grid.sdf, grid.resolution, grid.origin_x, grid.origin_y, outside, tuple(pose), *body))


def hit_along(poses: FloatArray, points: FloatArray, body: Body) -> tuple[int, int]:
    """Return (pose index, point index) of the first contact along poses (N x 3), or (-1, -1)."""
    pose, point = first_hit(poses, points, len(points), *body)
    return int(pose), int(point)
