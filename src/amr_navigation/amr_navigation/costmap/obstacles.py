"""A rolling grid of obstacles that the static map does not know (map frame)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from amr_core.geometry import FloatArray, Pose2D
from amr_navigation.costmap.footprint import lookup, njit
from amr_navigation.costmap.scan import Sweep, moved
from amr_navigation.costmap.static_map import DistanceGrid, distance_grid


@njit
def unexplained(points: Any, sdf: Any, res: float, ox: float, oy: float, tolerance: float) -> Any:
    """Return those of points (N x 2, map frame) that lie further than tolerance (m) from what the map shows."""
    out = np.empty_like(points)
    n = 0
    for i in range(points.shape[0]):
        if lookup(sdf, res, ox, oy, -9.0, points[i, 0], points[i, 1]) > tolerance:
            out[n, 0], out[n, 1] = points[i, 0], points[i, 1]
            n += 1
    return out[:n]


@njit
def _trace(seen: Any, res: float, ox: float, oy: float, x0: float, y0: float, ends: Any) -> None:
    """Forget what the beams from (x0, y0) to ends (N x 2) passed through, up to one cell before their end."""
    rows, cols = seen.shape
    for i in range(ends.shape[0]):
        dx, dy = ends[i, 0] - x0, ends[i, 1] - y0
        length = math.hypot(dx, dy)
        steps = int(2.0 * (length - res) / res)
        for k in range(steps):
            c = math.floor((x0 + 0.5 * dx * k * res / length - ox) / res)
            r = math.floor((y0 + 0.5 * dy * k * res / length - oy) / res)
            if c < 0 or r < 0 or c >= cols or r >= rows:
                break
            seen[r, c] = -1e9


@njit
def _mark(seen: Any, res: float, ox: float, oy: float, points: Any, now: float) -> None:
    rows, cols = seen.shape
    for i in range(points.shape[0]):
        c = math.floor((points[i, 0] - ox) / res)
        r = math.floor((points[i, 1] - oy) / res)
        if 0 <= c < cols and 0 <= r < rows:
            seen[r, c] = now


class ObstacleGrid:
    """Remembers unmapped obstacles around the robot for keep (s) unless a beam has passed through them since."""

    def __init__(self, walls: DistanceGrid, *, side: float = 12.0, resolution: float = 0.1, keep: float = 8.0) -> None:
        self._walls = walls
        self._res = resolution
        self._cells = int(side / resolution)
        self._keep = keep
        self._seen = np.full((self._cells, self._cells), -1e9)
        self._origin = (0.0, 0.0)

    def clear(self) -> None:
        """Forget everything."""
        self._seen[:] = -1e9

    def clear_around(self, x: float, y: float, side: float, *, outside: bool = False) -> None:
        """Forget what lies in the square of side (m) around (x, y), or everything but that."""
        columns, rows = (
            slice(*self._span(centre - 0.5 * side, centre + 0.5 * side, i)) for i, centre in ((0, x), (1, y))
        )
        kept = self._seen[rows, columns].copy()
        self._seen[rows, columns] = -1e9
        if outside:
            self.clear()
            self._seen[rows, columns] = kept

    def _span(self, low: float, high: float, axis: int) -> tuple[int, int]:
        first, last = (math.floor((v - self._origin[axis]) / self._res) for v in (low, high))
        return max(0, min(first, self._cells)), max(0, min(last + 1, self._cells))

    def update(self, now: float, pose: Pose2D, sweeps: tuple[Sweep, ...], beside: FloatArray | None = None) -> None:
        """Take in sweeps (points in base_link at pose) seen at time now.

        beside: points (N x 2, map frame) that the lidars' beams pass below or above, and so do not free.
        """
        self._centre(pose)
        for sweep in sweeps:
            lidar = moved(np.array((sweep.lidar,)), pose)[0]
            _trace(self._seen, self._res, *self._origin, lidar[0], lidar[1], moved(sweep.ends, pose))
        for sweep in sweeps:
            _mark(self._seen, self._res, *self._origin, self.unmapped(moved(sweep.hits, pose)), now)
        if beside is not None and len(beside):
            _mark(self._seen, self._res, *self._origin, self.unmapped(beside), now)

    def unmapped(self, points: FloatArray, tolerance: float = 0.15) -> FloatArray:
        """Return those of points (N x 2, map frame) that the static map does not explain."""
        w = self._walls
        found: FloatArray = unexplained(points, w.sdf, w.resolution, w.origin_x, w.origin_y, tolerance)
        return found

    def distances(self, now: float, keep_off: float = 0.0) -> DistanceGrid | None:
        """Return the distance grid of what is remembered, or None when there is nothing.

        keep_off (m) is taken off all distances: what no map shows may move, so plans keep further away from it.
        """
        occupied = self._seen > now - self._keep
        if not occupied.any():
            return None
        grid = distance_grid(occupied, self._res, *self._origin)
        return grid if keep_off == 0.0 else replace(grid, sdf=grid.sdf - np.float32(keep_off))

    def _centre(self, pose: Pose2D) -> None:
        half = 0.5 * self._cells * self._res
        origin = tuple(round((v - half) / self._res) * self._res for v in (pose.x, pose.y))
        shift = [round((new - old) / self._res) for new, old in zip(origin, self._origin, strict=True)]
        if max(map(abs, shift)) < 10:
            return
        fresh = np.full_like(self._seen, -1e9)
        n, (dc, dr) = self._cells, shift
        if abs(dc) < n and abs(dr) < n:
            fresh[max(0, -dr) : n - max(0, dr), max(0, -dc) : n - max(0, dc)] = self._seen[
                max(0, dr) : n - max(0, -dr), max(0, dc) : n - max(0, -dc)
            ]
        self._seen, self._origin = fresh, (origin[0], origin[1])
