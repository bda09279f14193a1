"""Corners of a dark square to a fraction of a pixel: lines fitted to its four edges, then intersected.

Pixel (0, 0) is the centre of the first pixel, as in OpenCV's projection functions.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray

Image = npt.NDArray[np.uint8]

_SAMPLES = 40
_TRIM = 0.12  # share of an edge left out at each end: the corners are blurred
_STEP_PX = 0.5  # two samples a pixel: more are interpolated from the same pixels, one loses half of the edge's slope
# 8 cells across: below 5.6 px a cell the blur of one edge reaches the next; chosen, the bench holds its errors
SMALL_PX = 45.0


def refine_corners(image: Image, corners: FloatArray) -> tuple[FloatArray, float] | None:
    """Return the 4 x 2 corners (px) and the rms distance (px) of edge points from their lines, or None.

    image: mono8. corners: 4 x 2 px, clockwise as seen in the picture, about 2 px right.
    """
    side = float(np.min(np.hypot(*(corners - np.roll(corners, -1, axis=0)).T)))
    if side < 8.0:
        return None
    result: FloatArray = corners
    rms = 0.0
    # Never past the black border (one module, side / 8): the code inside it has edges of its own.
    for reach in (min(4.0, side / 9.0), min(3.0, side / 10.0), min(3.0, side / 10.0)):
        lines = _lines(image, result, reach)
        if lines is None:
            return None
        result = _intersections(lines[0])
        rms = lines[1]
    if float(np.max(np.hypot(*(result - corners).T))) > max(4.0, side / 6.0):
        return None
    return result, rms


def _lines(image: Image, corners: FloatArray, reach: float) -> tuple[FloatArray, float] | None:
    """Return 4 x 3 lines (nx, ny, c with n.p = c) for the edges from corner i to i + 1, and the rms of the fit."""
    starts, ends = corners, np.roll(corners, -1, axis=0)
    along = ends - starts
    length = np.hypot(along[:, 0], along[:, 1])[:, None]
    if np.any(length < 1.0):
        return None
    # Clockwise with y down: the outside lies to the left of the direction of travel.
    normal = np.stack((along[:, 1], -along[:, 0]), axis=1) / length
    share = np.linspace(_TRIM, 1.0 - _TRIM, _SAMPLES)
    base = starts[:, None, :] + share[None, :, None] * along[:, None, :]
    offsets = np.arange(-reach, reach + _STEP_PX / 2.0, _STEP_PX)
    places = (base[:, :, None, :] + offsets[None, None, :, None] * normal[:, None, None, :]).astype(np.float32)
    flat = places.reshape(4 * _SAMPLES, -1, 2)
    grey = cv2.remap(image, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profile = np.asarray(grey, dtype=np.float64).reshape(4, _SAMPLES, -1)
    # Dark inside, light outside. Noise of both signs stays in: cut off, it would pull the edge to where it was assumed.
    slope = np.diff(profile, axis=2)
    if float(length.min()) < SMALL_PX:
        # The code's own edges blur into the border: count only from the darkest place of each edge's mean outwards.
        darkest = profile.mean(axis=1)[:, : profile.shape[2] // 2 + 1].argmin(axis=1)
        slope = np.where(np.arange(slope.shape[2]) >= darkest[:, None, None], slope, 0.0)
    weight = slope.sum(axis=2)
    middle = offsets[:-1] + _STEP_PX / 2.0
    shift = (slope * middle).sum(axis=2) / np.maximum(weight, 1e-9)
    points = base + shift[:, :, None] * normal[:, None, :]
    good = weight > 0.4 * np.median(weight, axis=1, keepdims=True)
    return _fit_all(points, good & (weight > 8.0))


def _fit_all(points: FloatArray, good: npt.NDArray[np.bool_]) -> tuple[FloatArray, float] | None:
    lines, squares = [], []
    for edge, keep in zip(points, good, strict=True):
        for _ in range(2):
            if keep.sum() < _SAMPLES // 3:
                return None
            centre = edge[keep].mean(axis=0)
            direction = np.linalg.svd(edge[keep] - centre, full_matrices=False)[2][0]
            normal = np.array((-direction[1], direction[0]))
            away = np.abs((edge - centre) @ normal)
            keep = keep & (away <= max(0.1, 2.5 * float(np.median(away[keep]))))
        lines.append((normal[0], normal[1], float(centre @ normal)))
        squares.append(float(np.mean(away[keep] ** 2)) if keep.any() else 1.0)
    return np.array(lines), float(np.sqrt(np.mean(squares)))


def _intersections(lines: FloatArray) -> FloatArray:
    """Return the corner i where edge i - 1 meets edge i."""
    before = np.roll(lines, 1, axis=0)
    det = before[:, 0] * lines[:, 1] - before[:, 1] * lines[:, 0]
    det = np.where(np.abs(det) < 1e-9, 1e-9, det)
    x = (before[:, 2] * lines[:, 1] - before[:, 1] * lines[:, 2]) / det
    y = (before[:, 0] * lines[:, 2] - before[:, 2] * lines[:, 0]) / det
    return np.stack((x, y), axis=1)
