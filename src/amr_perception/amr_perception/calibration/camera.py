"""Camera matrix and distortion from pictures of a ChArUco board."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray

Image = npt.NDArray[np.uint8]
FloatImage = npt.NDArray[np.float32]
LEAST_PICTURES, LEAST_CORNERS = 8, 12
LARGEST_RMS_PX = 0.8  # chosen: corners are found to some 0.2 px; above, a board that bends or pictures that are blurred
# share of the 36 cells; chosen: distortion is told at the rims, and a board hardly reaches the corners
LEAST_COVERAGE = 0.45
_CELLS = 6


@dataclass(frozen=True, eq=False)
class Intrinsics:
    """matrix: 3 x 3; distortion: 5 (k1, k2, p1, p2, k3); rms: px; coverage: share of the picture with corners.

    focal_sigma: px, from the residuals: what the pictures say of themselves. halves_focal: px, by how much the focal
    lengths differ that the even and the odd pictures give each by itself: what another set would say. It is the larger
    one on real boards, which are not quite flat; NaN where a half is too small to be used.
    """

    matrix: FloatArray
    distortion: FloatArray
    rms: float
    coverage: float
    pictures: int
    focal_sigma: float
    halves_focal: float = math.nan


def charuco_board(columns: int = 8, rows: int = 6, square: float = 0.04) -> cv2.aruco.CharucoBoard:
    """Return the board: squares of square m with 5x5 markers of three quarters of that."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    return cv2.aruco.CharucoBoard((columns, rows), square, 0.75 * square, dictionary)


def calibrate_camera(pictures: Sequence[Image], board: cv2.aruco.CharucoBoard) -> Intrinsics:
    """Return the intrinsics from mono8 pictures of one size. Raises calibration.bad with what is wrong."""
    if not pictures:
        raise AmrError("calibration.bad", reason="no pictures")
    size = pictures[0].shape[::-1]
    if any(p.shape != pictures[0].shape for p in pictures):
        raise AmrError("calibration.bad", reason="pictures of different sizes")
    detector = cv2.aruco.CharucoDetector(board)
    models, places = [], []
    for picture in pictures:
        corners, ids, _, _ = detector.detectBoard(picture)
        if ids is not None and len(ids) >= LEAST_CORNERS:
            model, place = board.matchImagePoints(corners, ids)
            models.append(model.astype(np.float32))
            places.append(place.astype(np.float32))
    if len(models) < LEAST_PICTURES:
        raise AmrError("calibration.bad", reason=f"the board is in {len(models)} pictures, {LEAST_PICTURES} are needed")
    coverage = _coverage(np.concatenate([p.reshape(-1, 2) for p in places]), size)
    if coverage < LEAST_COVERAGE:
        raise AmrError(
            "calibration.bad", reason=f"corners cover {coverage:.0%} of the picture, not {LEAST_COVERAGE:.0%}"
        )
    rms, matrix, distortion, _, _, deviations, _, _ = cv2.calibrateCameraExtended(models, places, size, None, None)
    if not np.isfinite(rms) or rms > LARGEST_RMS_PX:
        raise AmrError("calibration.bad", reason=f"residual {rms:.2f} px, {LARGEST_RMS_PX} is allowed")
    sigma = float(np.ravel(deviations)[0])
    spread = _halves(models, places, size)
    return Intrinsics(matrix, np.ravel(distortion)[:5], float(rms), coverage, len(models), sigma, spread)


def _halves(models: Sequence[FloatImage], places: Sequence[FloatImage], size: tuple[int, ...]) -> float:
    """Return the difference (px) of the focal lengths that every other picture and the rest give; NaN for too few."""
    if len(models) < LEAST_PICTURES:
        return math.nan
    focal = []
    for first in (0, 1):
        try:
            _, matrix, *_ = cv2.calibrateCamera(models[first::2], places[first::2], size, None, None)
        except cv2.error:
            return math.nan
        focal.append(float(matrix[0, 0]))
    return abs(focal[0] - focal[1])


def _coverage(points: FloatArray, size: tuple[int, ...]) -> float:
    columns = np.clip(points[:, 0] / size[0] * _CELLS, 0, _CELLS - 1).astype(int)
    rows = np.clip(points[:, 1] / size[1] * _CELLS, 0, _CELLS - 1).astype(int)
    return len(set(zip(columns.tolist(), rows.tolist(), strict=True))) / _CELLS**2
