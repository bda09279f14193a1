"""What stands on, or is missing from, the floor in front of a depth camera: below and above the plane of the lidars."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amr_core.geometry import FloatArray
from amr_perception.depth.rays import Points

_CELL_M = 0.05  # as the cells of the maps and of the costmap that it goes into
# at 4 m the threshold has grown by 1.3 cm (0.0008 x²): beyond, low things drown in stereo noise
_REACH_M, _SIDE_M = 4.0, 2.0
_LOWEST_M = 0.033  # docs/perception.md promises 3.5 cm, 2 mm are for noise; less marks joints and rough floor
_TOP_M = 2.0  # chosen: robots with their loads are lower, and what hangs higher is passed under
_TILT = 0.05  # steepest floor against base_link that is still floor (rad)
_OFFSET_M = 0.10  # chosen: more than a ramp's lip and a soft tyre; a plane farther off is a pallet's top, not the floor
_GROUND_TRIES = 40
_LEAST_GROUND = 300
_LEAST_SEEN = 0.10  # share of the pixels with a depth; chosen: a camera with fewer is covered or dazzled
_PIXEL = 0.0052  # 640 px wide, f = 385 px, every second taken


@dataclass(frozen=True, eq=False)
class DepthScene:
    """obstacles: N x 3 points (base_link, m) that a robot must not touch; clearing: M x 3 floor points seen free.

    ground: normal (3) and offset of the floor, or None. trusted: False when the picture says too little to call any
    place free; then clearing is empty, and whoever uses it must treat the camera as blind.
    """

    obstacles: Points
    clearing: Points
    ground: FloatArray | None
    trusted: bool
    reason: str = ""


class ObstacleFinder:
    """Finds the floor, then what stands above it; keeps the floor of the last picture as its first guess."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._last: FloatArray | None = None

    def find(self, points: Points, pixel: float = _PIXEL) -> DepthScene:
        """Return the scene in points (rows, columns, 3; base_link, m; NaN = no depth).

        pixel: angle (rad) between neighbouring points, see DepthRays.
        """
        flat = points.reshape(-1, 3)
        seen = np.isfinite(flat[:, 0])
        share = float(seen.mean()) if len(flat) else 0.0
        cloud = flat[seen]
        if share < _LEAST_SEEN:
            return _blind(cloud, f"depth in {100.0 * share:.0f} % of the pixels")
        ground = self._ground(cloud)
        if ground is None:
            # Something fills the view: all of it is an obstacle, and nothing is free.
            near = cloud[(cloud[:, 0] < _REACH_M) & (cloud[:, 2] > _LOWEST_M)]
            return DepthScene(near, cloud[:0], None, False, "no floor")
        self._last = ground
        x, y = cloud[:, 0], cloud[:, 1]
        height = (cloud @ ground[:3] - ground[3]).astype(np.float32)
        inside = (x > 0.0) & (x < _REACH_M) & (np.abs(y) < _SIDE_M) & (height < _TOP_M)
        # Stereo noise grows with the square of the distance; a flat ray turns little of it into height.
        threshold = _LOWEST_M + np.float32(0.0008) * x * x
        high = inside & (np.abs(height) > threshold)
        solid = _solid(cloud[high], pixel)
        floor = inside & (np.abs(height) <= threshold)
        return DepthScene(cloud[high][solid], cloud[floor][::4], ground, True)

    def _ground(self, cloud: Points) -> FloatArray | None:
        """Return (nx, ny, nz, d) of the floor plane n.p = d, near z = 0, or None."""
        low = cloud[(np.abs(cloud[:, 2]) < _OFFSET_M + _TILT * np.abs(cloud[:, 0])) & (cloud[:, 0] < 3.5)]
        if len(low) < _LEAST_GROUND:
            return None
        sample = low[self._rng.integers(len(low), size=min(1500, len(low)))].astype(np.float64)
        allowed = 0.012 + 0.003 * sample[:, 0] ** 2
        candidates = [np.array((0.0, 0.0, 1.0, 0.0))] if self._last is None else [self._last]
        for _ in range(_GROUND_TRIES):
            a, b, c = sample[self._rng.integers(len(sample), size=3)]
            normal = np.cross(b - a, c - a)
            size = float(np.linalg.norm(normal))
            if size < 1e-4:
                continue
            normal = normal / size * (1.0 if normal[2] > 0.0 else -1.0)
            if normal[2] > 1.0 - _TILT * _TILT / 2.0:
                candidates.append(np.array((*normal, float(normal @ a))))
        planes = np.array(candidates)
        hits = np.abs(sample @ planes[:, :3].T - planes[:, 3]) < allowed[:, None]
        best = int(hits.sum(axis=0).argmax())
        support = sample[hits[:, best]]
        if len(support) < len(sample) // 5 or abs(planes[best, 3]) > _OFFSET_M:
            return None
        weight = 1.0 / (0.01 + 0.003 * support[:, 0] ** 2)
        rows = np.column_stack((support[:, :2], np.ones(len(support)))) * weight[:, None]
        a, b, d = np.linalg.lstsq(rows, support[:, 2] * weight, rcond=None)[0].tolist()
        size = float(np.sqrt(a * a + b * b + 1.0))
        return np.array((-a, -b, 1.0, d)) / size


def _solid(points: Points, pixel: float) -> np.ndarray:
    """Return which points are in cells that hold enough of them, together with their neighbours, to be real."""
    if not len(points):
        return np.zeros(0, dtype=np.bool_)
    columns = (points[:, 0] / _CELL_M).astype(int)
    rows = ((points[:, 1] + _SIDE_M) / _CELL_M).astype(int)
    shape = (int(2 * _SIDE_M / _CELL_M) + 1, int(_REACH_M / _CELL_M) + 1)
    count = np.zeros(shape, np.float32)
    np.add.at(count, (rows, columns), 1.0)
    # A 5 cm thing at x metres fills about (0.05 / (x * pixel))^2 pixels: ask for a fifth of that.
    x = (np.arange(shape[1]) + 0.5) * _CELL_M
    needed = np.maximum(4.0, 0.2 * (_CELL_M / np.maximum(x * pixel, 0.004)) ** 2).astype(np.float32)
    around = cv2.boxFilter(count, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    good = (count > 0.0) & (around >= needed[None, :])
    return np.asarray(good[rows, columns], dtype=np.bool_)


def _blind(cloud: Points, reason: str) -> DepthScene:
    return DepthScene(cloud[:0], cloud[:0], None, False, reason)
