"""Planar lidars of all robots by ray casting: exact edges, found through a coarse grid that leaps over empty space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_core.robots import LidarSpec, RobotType
from amr_sim.kernel import kernel
from amr_sim.polygon import IntArray

CELL = 0.5  # m; chosen: few edges a cell, and few cells that a ray has to pass
_EPS = 1e-9  # share of an edge: a ray through a corner must not slip between two edges by rounding

RangeArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class EdgeGrid:
    """Static edges (S, 4) sorted into square cells.

    Cell c (row-major) holds the edges items[starts[c]:starts[c + 1]]; leap (rows, columns) is the distance in cells
    (chessboard) to the nearest cell that holds any.
    """

    segments: FloatArray
    origin: FloatArray
    leap: npt.NDArray[np.int32]
    starts: IntArray
    items: IntArray

    @classmethod
    def build(cls, segments: FloatArray) -> EdgeGrid:
        """Sort edges into cells."""
        points = segments.reshape(-1, 2) if len(segments) else np.zeros((1, 2))
        origin = np.floor(points.min(axis=0)) - CELL
        columns, rows = (int(n) for n in np.ceil((points.max(axis=0) + CELL - origin) / CELL))
        cells: list[list[int]] = [[] for _ in range(rows * columns)]
        for index, segment in enumerate(segments):
            for cell in _cells_of(segment, origin, columns):
                cells[cell].append(index)
        counts = np.array([len(cell) for cell in cells])
        starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        items = np.array([item for cell in cells for item in cell], dtype=np.int64)
        empty = (counts == 0).reshape(rows, columns)
        leap = np.full((rows, columns), max(rows, columns), dtype=np.int32)
        if not empty.all():
            leap = ndimage.distance_transform_cdt(empty, metric="chessboard").astype(np.int32)
        return cls(segments, origin, leap, starts, items)


def _cells_of(segment: FloatArray, origin: FloatArray, columns: int) -> set[int]:
    """Return all cells that an edge touches, with a rim of 1 mm so that none is missed by rounding."""
    a, b = (segment[:2] - origin) / CELL, (segment[2:] - origin) / CELL
    steps = max(1, math.ceil(float(np.hypot(*(b - a))) * 200))
    u = np.linspace(0.0, 1.0, steps + 1)[:, None]
    points = a + u * (b - a)
    rim = 0.004
    touched: set[int] = set()
    for dx in (-rim, rim):
        for dy in (-rim, rim):
            index = np.floor(points + np.array((dx, dy))).astype(int)
            touched.update((index[:, 1] * columns + index[:, 0]).tolist())
    return touched


@dataclass(frozen=True)
class Bodies:
    """What moves, as the lidars see it: convex polygons with the robot they belong to (-1: none) and circles (C, 3)."""

    corners: FloatArray
    counts: IntArray
    owners: IntArray
    circles: FloatArray


class Lidars:
    """All lidars of all robots; lidar 2 r + k is lidar k of robot r."""

    def __init__(self, types: Sequence[RobotType], segments: FloatArray, seed: int) -> None:
        self.specs: list[LidarSpec] = [spec for robot_type in types for spec in robot_type.lidars]
        if len({spec.beams for spec in self.specs}) > 1:
            raise AmrError("run.bad_option", option="lidars", value="beams", reason="all need the same number of beams")
        self._grid = EdgeGrid.build(segments)
        self._owner = np.repeat(np.arange(len(types)), 2)
        self._mounts = np.array([spec.mount for spec in self.specs], dtype=float).reshape(-1, 3)
        self._limits = np.array([(s.field_of_view, s.range_min, s.range_max, s.sigma) for s in self.specs]).reshape(
            -1, 4
        )
        self._rng = np.random.default_rng((seed, 2))
        self._ranges = np.empty((len(self.specs), self.specs[0].beams if self.specs else 0))
        self.range_factor = 1.0
        self.off = np.zeros(len(self.specs), dtype=np.bool_)
        self.veiled = np.zeros(len(self.specs), dtype=np.bool_)

    def poses(self, robots: FloatArray) -> FloatArray:
        """Return the poses (L, 3) of all lidars for robot poses (R, 3), map frame."""
        base = robots[self._owner]
        c, s = np.cos(base[:, 2]), np.sin(base[:, 2])
        x, y, theta = self._mounts.T
        return np.column_stack((base[:, 0] + c * x - s * y, base[:, 1] + s * x + c * y, base[:, 2] + theta))

    def scan(self, robots: FloatArray, bodies: Bodies) -> RangeArray:
        """Return the ranges (L, beams) in metres, +inf without an echo (REP-117), for robot poses (R, 3)."""
        grid, limits, ranges = self._grid, self._limits, self._ranges
        reach = limits[:, 2] * self.range_factor
        poses = self.poses(robots)
        fields = limits[:, 0]
        rays = _rays(poses, fields, ranges.shape[1])
        _cast_static(ranges, poses, rays, reach, grid.segments, grid.origin, grid.leap, grid.starts, grid.items)
        _cast_polygons(ranges, poses, rays, fields, self._owner, bodies.corners, bodies.counts, bodies.owners)
        _cast_circles(ranges, poses, rays, fields, bodies.circles)
        if self.veiled.any():  # film before the glass: beams end somewhere on their way
            ranges[self.veiled] *= self._rng.uniform(0.05, 1.0, (int(self.veiled.sum()), ranges.shape[1]))
        echo = self._rng.standard_normal(ranges.shape, dtype=np.float32)
        _hear(echo, ranges, limits, reach, self.off)
        return echo


@kernel
def _hear(
    echo: RangeArray, ranges: FloatArray, limits: FloatArray, reach: FloatArray, off: npt.NDArray[np.bool_]
) -> None:
    """Turn echo, noise of the standard deviation 1, into what the lidars report of the ranges."""
    for i in range(len(ranges)):
        least, sigma = limits[i, 1], limits[i, 3]
        for b in range(ranges.shape[1]):
            heard = max(ranges[i, b] + echo[i, b] * sigma, least)
            echo[i, b] = np.inf if off[i] or ranges[i, b] >= reach[i] else heard


@kernel
def _hit(px: float, py: float, dx: float, dy: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the distance along the unit ray at which it meets the segment, or inf."""
    ex, ey = bx - ax, by - ay
    det = dx * ey - dy * ex
    if abs(det) < 1e-12:
        return np.inf
    qx, qy = ax - px, ay - py
    along = qx * ey - qy * ex
    if (along < 0.0) != (det < 0.0) and along != 0.0:
        return np.inf  # behind
    u = (qx * dy - qy * dx) / det
    return along / det if -_EPS <= u <= 1.0 + _EPS else np.inf


@kernel
def _entry(x: float, y: float, dx: float, dy: float, columns: int, rows: int) -> float:
    """Return how far (cells) a point outside the grid is from it along a ray; inf or at most 0 when it never enters."""
    near, far = -np.inf, np.inf
    for p, d, size in ((x, dx, columns), (y, dy, rows)):
        if d == 0.0:
            if p < 0 or p >= size:
                return np.inf
            continue
        a, b = -p / d, (size - p) / d
        near, far = max(near, min(a, b)), min(far, max(a, b))
    return near if near < far else np.inf


@kernel
def cast_ray(
    px: float,
    py: float,
    dx: float,
    dy: float,
    reach: float,
    segments: FloatArray,
    origin: FloatArray,
    leap: npt.NDArray[np.int32],
    starts: IntArray,
    items: IntArray,
) -> float:
    """Return the distance from (px, py) along the unit vector (dx, dy) to the first static edge, at most reach."""
    rows, columns = leap.shape
    t, best = 0.0, reach
    while t < best:
        x, y = (px + dx * t - origin[0]) / CELL, (py + dy * t - origin[1]) / CELL
        column, row = math.floor(x), math.floor(y)
        if column < 0 or row < 0 or column >= columns or row >= rows:
            entry = _entry(x, y, dx, dy, columns, rows) * CELL
            if entry <= 0.0:
                return best
            t += entry + 1e-6
            continue
        empty = leap[row, column]
        if empty > 1:
            t += (empty - 1) * CELL + 1e-6
            continue
        if empty == 0:
            cell = row * columns + column
            for k in range(starts[cell], starts[cell + 1]):
                s = items[k]
                ax, ay, bx, by = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
                best = min(best, _hit(px, py, dx, dy, ax, ay, bx, by))
        # on to where the ray leaves this cell
        right = (column + 1 - x if dx > 0 else x - column) * CELL / max(abs(dx), 1e-12)
        up = (row + 1 - y if dy > 0 else y - row) * CELL / max(abs(dy), 1e-12)
        t += min(right, up) + 1e-6
    return best


@kernel
def _rays(poses: FloatArray, fields: FloatArray, beams: int) -> FloatArray:
    """Return the unit vectors (L, beams, 2) of all beams, map frame."""
    rays = np.empty((len(poses), beams, 2))
    for i in range(len(poses)):
        first, step = poses[i, 2] - fields[i] / 2, fields[i] / (beams - 1)
        for b in range(beams):
            rays[i, b, 0], rays[i, b, 1] = math.cos(first + b * step), math.sin(first + b * step)
    return rays


@kernel
def _cast_static(
    ranges: FloatArray,
    poses: FloatArray,
    rays: FloatArray,
    reach: FloatArray,
    segments: FloatArray,
    origin: FloatArray,
    leap: npt.NDArray[np.int32],
    starts: IntArray,
    items: IntArray,
) -> None:
    beams = ranges.shape[1]
    for i in range(len(ranges)):
        x, y, _ = poses[i]
        for b in range(beams):
            ranges[i, b] = cast_ray(x, y, rays[i, b, 0], rays[i, b, 1], reach[i], segments, origin, leap, starts, items)


@kernel
def _window(
    pose: FloatArray, field: float, beams: int, x: float, y: float, radius: float, turn: int
) -> tuple[int, int]:
    """Return the beams [first, last) that can meet a circle, one turn (-1, 0, 1) of the bearing at a time."""
    away = math.hypot(x - pose[0], y - pose[1])
    if away <= radius + 1e-6:
        return (0, beams) if turn == 0 else (0, 0)
    half = math.asin(radius / away)
    bearing = math.atan2(y - pose[1], x - pose[0]) - pose[2]
    bearing = (bearing + math.pi) % (2 * math.pi) - math.pi + turn * 2 * math.pi + field / 2
    step = field / (beams - 1)
    return max(0, math.floor((bearing - half) / step)), min(beams, math.floor((bearing + half) / step) + 2)


@kernel
def _cast_polygons(
    ranges: FloatArray,
    poses: FloatArray,
    rays: FloatArray,
    fields: FloatArray,
    lidar_owner: IntArray,
    corners: FloatArray,
    counts: IntArray,
    owners: IntArray,
) -> None:
    beams = ranges.shape[1]
    for p in range(len(corners)):
        n = counts[p]
        x, y = corners[p, :n, 0].mean(), corners[p, :n, 1].mean()
        radius = 0.0
        for k in range(n):
            radius = max(radius, math.hypot(corners[p, k, 0] - x, corners[p, k, 1] - y))
        for i in range(len(ranges)):
            if owners[p] == lidar_owner[i]:
                continue
            for turn in range(-1, 2):
                start, stop = _window(poses[i], fields[i], beams, x, y, radius, turn)
                for b in range(start, stop):
                    dx, dy = rays[i, b, 0], rays[i, b, 1]
                    for k in range(n):
                        m = k + 1 if k + 1 < n else 0
                        ax, ay, cx, cy = corners[p, k, 0], corners[p, k, 1], corners[p, m, 0], corners[p, m, 1]
                        ranges[i, b] = min(ranges[i, b], _hit(poses[i, 0], poses[i, 1], dx, dy, ax, ay, cx, cy))


@kernel
def _cast_circles(
    ranges: FloatArray, poses: FloatArray, rays: FloatArray, fields: FloatArray, circles: FloatArray
) -> None:
    beams = ranges.shape[1]
    for p in range(len(circles)):
        x, y, radius = circles[p]
        for i in range(len(ranges)):
            for turn in range(-1, 2):
                start, stop = _window(poses[i], fields[i], beams, x, y, radius, turn)
                for b in range(start, stop):
                    dx, dy = rays[i, b, 0], rays[i, b, 1]
                    along = (x - poses[i, 0]) * dx + (y - poses[i, 1]) * dy
                    aside = (x - poses[i, 0]) * dy - (y - poses[i, 1]) * dx
                    if abs(aside) < radius:
                        t = along - math.sqrt(radius * radius - aside * aside)
                        if t >= 0.0:
                            ranges[i, b] = min(ranges[i, b], t)
