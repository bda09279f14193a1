"""Depth and grey pictures of solids by ray casting: the same seed and scene give the same bytes on every machine.

Camera frame (optical): x right, y down, z ahead; pixel (0, 0) is the centre of the first pixel, as in camera.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_core.cameras import PinholeView
from amr_core.geometry import FloatArray
from amr_sim.kernel import kernel
from amr_sim.world import Shape

NEAREST = 0.1  # m: what is nearer is in the lens
DepthImage = npt.NDArray[np.float32]
GreyImage = npt.NDArray[np.uint8]
FLOOR, SKY = 0, -1
_FLOOR_GREY, _SKY_GREY = 96.0, 40.0  # grey levels of 255; chosen: people and racks differ from both


@dataclass(frozen=True)
class GreySolid:
    """A shape, how light it is (grey 0..255), and whose part it is ("" = nobody's)."""

    shape: Shape
    grey: float = 150.0
    owner: str = ""


def _row(solid: GreySolid) -> list[float]:
    s = solid.shape
    half_x, half_y = (s.radius, s.radius) if s.radius > 0.0 else (s.size_x / 2.0, s.size_y / 2.0)
    turn = (math.cos(s.pose.theta), math.sin(s.pose.theta))
    return [s.pose.x, s.pose.y, *turn, half_x, half_y, s.z_min, s.z_max, s.radius, solid.grey]


Pictures = tuple[DepthImage, npt.NDArray[np.float32], npt.NDArray[np.int16]]


def cast(view: PinholeView, solids: Sequence[GreySolid], reach: float) -> Pictures:
    """Return depth along the optical axis (m, inf beyond reach), grey (0..255) and labels.

    labels: -1 nothing, 0 floor, k + 1 for solids[k].
    """
    depth = np.full((view.height, view.width), np.inf, dtype=np.float32)
    grey = np.full(depth.shape, _SKY_GREY, dtype=np.float32)
    labels = np.full(depth.shape, SKY, dtype=np.int16)
    axes, eye, centre = _frame(view)
    _cast_floor(depth, grey, labels, axes, eye, centre, view.focal, reach)
    draw(view, solids, (depth, grey, labels), reach)
    return depth, grey, labels


def draw(view: PinholeView, solids: Sequence[GreySolid], pictures: Pictures, reach: float) -> GreyImage:
    """Cast more solids into pictures of the same view, in place; return the grey one as mono8."""
    depth, grey, labels = pictures
    axes, eye, centre = _frame(view)
    rows = np.array([_row(solid) for solid in solids], dtype=np.float64).reshape(-1, 10)
    _cast_solids(depth, grey, labels, rows, axes, eye, centre, view.focal, reach)
    return np.clip(grey, 0.0, 255.0).astype(np.uint8)


def _frame(view: PinholeView) -> tuple[FloatArray, FloatArray, FloatArray]:
    centre = np.array(((view.width - 1) / 2.0, (view.height - 1) / 2.0))
    return view.axes, np.array((view.x, view.y, view.z)), centre


@kernel
def _window(
    row: FloatArray, axes: FloatArray, eye: FloatArray, centre: FloatArray, focal: float, width: int, height: int
) -> tuple[int, int, int, int]:
    """Return the pixels u0, v0, u1, v1 (exclusive) that a solid can fill; none of them when it is out of sight."""
    left, top, right, bottom = np.inf, np.inf, -np.inf, -np.inf
    behind = 0
    for k in range(8):
        a, b = row[4] * (1 if k & 4 else -1), row[5] * (1 if k & 2 else -1)
        dx = row[0] + row[2] * a - row[3] * b - eye[0]
        dy = row[1] + row[3] * a + row[2] * b - eye[1]
        dz = (row[7] if k & 1 else row[6]) - eye[2]
        ahead = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
        if ahead < NEAREST:
            behind += 1
            continue
        u = focal * (dx * axes[0, 0] + dy * axes[0, 1] + dz * axes[0, 2]) / ahead + centre[0]
        v = focal * (dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2]) / ahead + centre[1]
        left, top, right, bottom = min(left, u), min(top, v), max(right, u), max(bottom, v)
    if behind == 8:
        return 0, 0, 0, 0
    if behind > 0:
        return 0, 0, width, height
    u0, v0 = min(max(math.floor(left), 0), width), min(max(math.floor(top), 0), height)
    return u0, v0, max(min(math.ceil(right) + 1, width), 0), max(min(math.ceil(bottom) + 1, height), 0)


@kernel
def _cast_floor(
    depth: npt.NDArray[np.float32],
    grey: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int16],
    axes: FloatArray,
    eye: FloatArray,
    centre: FloatArray,
    focal: float,
    reach: float,
) -> None:
    rows, columns = depth.shape
    for v in range(rows):
        b = (v - centre[1]) / focal
        for u in range(columns):
            a = (u - centre[0]) / focal
            down = axes[2, 2] + a * axes[0, 2] + b * axes[1, 2]
            if down >= -1e-9:
                continue
            t = -eye[2] / down
            if t < reach:
                depth[v, u] = t
                x = eye[0] + t * (axes[2, 0] + a * axes[0, 0] + b * axes[1, 0])
                y = eye[1] + t * (axes[2, 1] + a * axes[0, 1] + b * axes[1, 1])
                # Faint 0.5 m slabs: a floor without any texture would flatter nobody.
                slab = (math.floor(2.0 * x) + math.floor(2.0 * y)) % 2
                grey[v, u] = _FLOOR_GREY + 6.0 * slab
                labels[v, u] = FLOOR


@kernel
def _cast_solids(
    depth: npt.NDArray[np.float32],
    grey: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int16],
    rows: FloatArray,
    axes: FloatArray,
    eye: FloatArray,
    centre: FloatArray,
    focal: float,
    reach: float,
) -> None:
    height, width = depth.shape
    for k in range(len(rows)):
        box = _window(rows[k], axes, eye, centre, focal, width, height)
        _cast_solid(depth, grey, labels, k + 1, rows[k], axes, eye, centre, focal, reach, box)


@kernel
def _cast_solid(
    depth: npt.NDArray[np.float32],
    grey: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int16],
    label: int,
    row: FloatArray,
    axes: FloatArray,
    eye: FloatArray,
    centre: FloatArray,
    focal: float,
    reach: float,
    box: tuple[int, int, int, int],
) -> None:
    c, s, radius = row[2], row[3], row[8]
    dx, dy = eye[0] - row[0], eye[1] - row[1]
    ox, oy, oz = c * dx + s * dy, -s * dx + c * dy, eye[2]
    local = np.empty((3, 3))
    for k in range(3):
        local[k, 0] = c * axes[k, 0] + s * axes[k, 1]
        local[k, 1] = -s * axes[k, 0] + c * axes[k, 1]
        local[k, 2] = axes[k, 2]
    for v in range(box[1], box[3]):
        b = (v - centre[1]) / focal
        for u in range(box[0], box[2]):
            a = (u - centre[0]) / focal
            x = local[2, 0] + a * local[0, 0] + b * local[1, 0]
            y = local[2, 1] + a * local[0, 1] + b * local[1, 1]
            z = local[2, 2] + a * local[0, 2] + b * local[1, 2]
            if radius > 0.0:
                t, light = _meet_cylinder(ox, oy, oz, x, y, z, radius, row[6], row[7])
            else:
                t, light = _meet_box(ox, oy, oz, x, y, z, row[4], row[5], row[6], row[7])
            if NEAREST < t < depth[v, u] and t < reach:
                depth[v, u] = t
                grey[v, u] = row[9] * light
                labels[v, u] = label


@kernel
def _meet_box(
    ox: float, oy: float, oz: float, x: float, y: float, z: float, hx: float, hy: float, z0: float, z1: float
) -> tuple[float, float]:
    """Return the ray parameter at which a box is entered (inf: never) and the light on that face."""
    near, far, light = -np.inf, np.inf, 1.0
    for o, d, low, high, face in ((ox, x, -hx, hx, 0.8), (oy, y, -hy, hy, 0.65), (oz, z, z0, z1, 1.0)):
        if abs(d) < 1e-12:
            if o < low or o > high:
                return np.inf, 0.0
            continue
        first, last = (low - o) / d, (high - o) / d
        if first > last:
            first, last = last, first
        if first > near:
            near, light = first, face
        far = min(far, last)
    return (near, light) if near <= far else (np.inf, 0.0)


@kernel
def _meet_cylinder(
    ox: float, oy: float, oz: float, x: float, y: float, z: float, radius: float, z0: float, z1: float
) -> tuple[float, float]:
    """Return the ray parameter at which an upright cylinder is met (inf: never) and the light there."""
    best, light = np.inf, 0.0
    a = x * x + y * y
    half = ox * x + oy * y
    root = half * half - a * (ox * ox + oy * oy - radius * radius)
    if a > 1e-12 and root >= 0.0:
        t = (-half - math.sqrt(root)) / a
        height = oz + t * z
        if z0 <= height <= z1:
            best, light = t, 0.6 + 0.3 * abs(ox + t * x) / radius
    if abs(z) > 1e-12:
        t = (z1 - oz) / z
        if 0.0 < t < best and (ox + t * x) ** 2 + (oy + t * y) ** 2 <= radius * radius:
            best, light = t, 1.0
    return best, light
