"""Pose of a square marker from its corners, with ambiguity and covariance."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amr_core.geometry import FloatArray

_CORNER_SIGMA_PX = 0.05


@dataclass(frozen=True, eq=False)
class MarkerPose:
    """Marker in the camera's optical frame (x right, y down, z ahead): its z axis points out of its face.

    rvec: rotation vector (rad), tvec: m. ambiguity: reprojection error of this solution over that of the mirrored one,
    0 (clear) to 1 (undecided). covariance: 6 x 6, order x, y, z (m), rotation about x, y, z (rad).
    """

    rvec: FloatArray
    tvec: FloatArray
    ambiguity: float
    covariance: FloatArray
    error_px: float

    @property
    def rotation(self) -> FloatArray:
        """3 x 3 rotation matrix."""
        return np.asarray(cv2.Rodrigues(self.rvec)[0], dtype=np.float64)


def square_points(size: float) -> FloatArray:
    """Return the corners (4 x 3, m) of a marker in its own frame, in the order that IPPE_SQUARE asks for."""
    half = size / 2.0
    return np.array([(-half, half, 0.0), (half, half, 0.0), (half, -half, 0.0), (-half, -half, 0.0)])


def solve_pose(corners: FloatArray, size: float, matrix: FloatArray, distortion: FloatArray) -> MarkerPose | None:
    """Return the pose of a square of size m from its corners (4 x 2 px), None if there is none in front of the camera.

    matrix: 3 x 3 camera matrix; distortion: OpenCV's coefficients (k1, k2, p1, p2, ...).
    """
    model = square_points(size)
    found, rvecs, tvecs, errors = cv2.solvePnPGeneric(
        model, corners, matrix, distortion, flags=cv2.SOLVEPNP_IPPE_SQUARE
    )
    if not found or not np.all(np.isfinite(tvecs[0])) or float(tvecs[0][2, 0]) <= 0.0:
        return None
    errors = [float(np.ravel(e)[0]) for e in errors]
    ambiguity = errors[0] / max(errors[1], 1e-9) if len(errors) > 1 else 0.0
    rvec, tvec = cv2.solvePnPRefineLM(model, corners, matrix, distortion, rvecs[0].copy(), tvecs[0].copy())
    projected, jacobian = cv2.projectPoints(model, rvec, tvec, matrix, distortion)
    residual = float(np.sqrt(np.mean(np.square(projected.reshape(-1, 2) - corners))))
    return MarkerPose(
        np.ravel(rvec).astype(np.float64),
        np.ravel(tvec).astype(np.float64),
        min(1.0, ambiguity),
        _covariance(jacobian[:, :6], max(residual, _CORNER_SIGMA_PX)),
        residual,
    )


def _covariance(jacobian: FloatArray, sigma_px: float) -> FloatArray:
    information = jacobian.T @ jacobian / sigma_px**2
    covariance = np.linalg.pinv(information)
    order = [3, 4, 5, 0, 1, 2]  # OpenCV: rotation first
    return np.asarray(covariance[np.ix_(order, order)], dtype=np.float64)
