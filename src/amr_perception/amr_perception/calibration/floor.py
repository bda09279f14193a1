"""Where a fixed camera sees the floor, from surveyed points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray

LEAST_POINTS, MINIMAL = 6, 4
# chosen: a tape is read to 2 cm, a pixel clicked to as much of floor; above, two points are swapped or typed wrong
LARGEST_RMS_M, LARGEST_M = 0.06, 0.15
# chosen: points on a narrower strip leave the floor beside it open, however small their residuals
_LEAST_SPREAD_M = 0.8


@dataclass(frozen=True, eq=False)
class FloorFit:
    """to_picture: 3 x 3 from floor (x, y, 1; m) to pixel. residuals: m on the floor, one a point.

    rms: of the residuals (m). left_out_rms: error at each point of a fit without it: what to expect between the points.
    """

    to_picture: FloatArray
    residuals: FloatArray
    rms: float
    left_out_rms: float


def calibrate_floor(
    pixels: Sequence[tuple[float, float]], places: Sequence[tuple[float, float]], *, least: int = LEAST_POINTS
) -> FloorFit:
    """Return the floor from at least six pixels and their places (m, map frame). Raises calibration.bad.

    Refused: too few points, points on a line, a residual over 6 cm rms, a point off by more than 15 cm. least: four
    give a floor without any residuals: nothing then says how wrong it is, and left_out_rms is NaN.
    """
    u: FloatArray = np.asarray(pixels, dtype=np.float64)
    x: FloatArray = np.asarray(places, dtype=np.float64)
    if u.shape != x.shape or u.ndim != 2 or u.shape[1:] != (2,) or not (np.isfinite(u).all() and np.isfinite(x).all()):
        raise AmrError("calibration.bad", reason="pixels and places must be pairs of finite numbers, as many of each")
    if len(u) < least:
        raise AmrError("calibration.bad", reason=f"{len(u)} points, {least} are needed")
    for values, what, narrow in ((x, "places", _LEAST_SPREAD_M), (u, "pixels", 15.0)):
        spread = np.linalg.svd(values - values.mean(axis=0), compute_uv=False)[1] / np.sqrt(len(values))
        if spread < narrow / 2.0:
            raise AmrError("calibration.bad", reason=f"the {what} lie almost on a line")
    floor = _fit(u, x)
    residuals: FloatArray = _errors(floor, u, x)
    left_out = [_without(u, x, k) for k in range(len(u))] if len(u) > MINIMAL else [math.nan]
    rms, worst = float(np.sqrt(np.mean(residuals**2))), int(residuals.argmax())
    if not (rms <= LARGEST_RMS_M and residuals[worst] <= LARGEST_M):  # what is no number fails this, too
        suspect = int(np.argmax(left_out))
        reason = f"residual {rms:.3f} m rms, {residuals[worst]:.3f} m at most; look at point {suspect + 1} first"
        raise AmrError("calibration.bad", reason=reason)
    inverse = np.asarray(np.linalg.inv(floor), dtype=np.float64)
    # A matrix and its negative show the same; ours is > 0 ahead of the camera. OpenCV's is so at pixel (0, 0), which
    # looks above the horizon where that is in the picture.
    if float(np.median(np.column_stack((x, np.ones(len(x)))) @ inverse[2])) < 0.0:
        inverse = -inverse
    return FloorFit(inverse, residuals, rms, float(np.sqrt(np.mean(np.square(left_out)))))


def _without(u: FloatArray, x: FloatArray, k: int) -> float:
    """Return the error (m) at point k of a fit to the others."""
    floor = _fit(np.delete(u, k, 0), np.delete(x, k, 0))
    return float(_errors(floor, u[k : k + 1], x[k : k + 1])[0])


def _fit(u: FloatArray, x: FloatArray) -> FloatArray:
    """Return the 3 x 3 matrix from pixel to floor."""
    matrix, _ = cv2.findHomography(u, x, 0)
    if matrix is None:
        raise AmrError("calibration.bad", reason="the points fit no plane")
    return np.asarray(matrix, dtype=np.float64)


def _errors(floor: FloatArray, u: FloatArray, x: FloatArray) -> FloatArray:
    placed = np.column_stack((u, np.ones(len(u)))) @ floor.T
    return np.asarray(np.hypot(*(placed[:, :2] / placed[:, 2:] - x).T), dtype=np.float64)
