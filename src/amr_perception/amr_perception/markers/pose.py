"""Pose of a square marker, or of a board of them, from its corners: with ambiguity and covariance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from amr_core.geometry import FloatArray

_AMBIGUOUS = 0.6  # of 1, where both solutions fit alike; chosen: above it the noise of corners may have decided


@dataclass(frozen=True)
class CornerNoise:
    """How well corners are known (px, 1 sigma).

    each: a corner by itself. size: all of them outwards or inwards together, as blur and a thick border do; it is the
    distance that suffers. tilt: what turns the plane beyond the noise of the corners, such as a lens that is not quite
    known or a bent tag; over the side (px) of the tag it is an angle. mirror: how many times "each" the reprojection
    errors of the two solutions must differ by to tell them apart.
    """

    each: float
    size: float = 0.0
    tilt: float = 0.0
    mirror: float = 2.0


# Small: fitted to a depth camera's normals of tags of 15 to 26 px, see docs/perception.md.
FINE, SMALL, ROUGH = CornerNoise(0.05), CornerNoise(0.1, size=0.25, tilt=1.8, mirror=1.5), CornerNoise(0.6)


@dataclass(frozen=True, eq=False)
class MarkerPose:
    """Marker in the camera's optical frame (x right, y down, z ahead): its z axis points out of its face.

    rvec: rotation vector (rad), tvec: m. ambiguity: reprojection error of this solution over that of the mirrored one,
    0 (clear) to 1 (undecided). covariance: 6 x 6, order x, y, z (m), rotation about the camera's x, y, z (rad); it
    holds the mirrored solution with the probability that the corners give it. error_px: rms reprojection error.
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

    @property
    def ambiguous(self) -> bool:
        """Whether the heading may be that of the mirrored solution."""
        return self.ambiguity > _AMBIGUOUS


def square_points(size: float) -> FloatArray:
    """Return the corners (4 x 3, m) of a marker in its own frame, in the order that IPPE_SQUARE asks for."""
    half = size / 2.0
    return np.array([(-half, half, 0.0), (half, half, 0.0), (half, -half, 0.0), (-half, -half, 0.0)])


def solve_pose(
    corners: FloatArray,
    size: float,
    matrix: FloatArray,
    distortion: FloatArray,
    noise: CornerNoise = FINE,
) -> MarkerPose | None:
    """Return the pose of a square of size m from its corners (4 x 2 px), None if there is none in front of the camera.

    matrix: 3 x 3 camera matrix; distortion: OpenCV's coefficients (k1, k2, p1, p2, ...).
    """
    return solve_flat(square_points(size), corners, matrix, distortion, noise, cv2.SOLVEPNP_IPPE_SQUARE)


def solve_flat(
    model: FloatArray,
    corners: FloatArray,
    matrix: FloatArray,
    distortion: FloatArray,
    noise: CornerNoise = FINE,
    method: int = cv2.SOLVEPNP_IPPE,
) -> MarkerPose | None:
    """Return the pose of points in the plane z = 0 (model: N x 3 m) seen at corners (N x 2 px), or None."""
    try:
        found, rvecs, tvecs, errors = cv2.solvePnPGeneric(model, corners, matrix, distortion, flags=method)
    except cv2.error:  # degenerate corners
        return None
    if not found or not np.all(np.isfinite(tvecs[0])) or float(tvecs[0][2, 0]) <= 0.0:
        return None
    first, *others = (float(np.ravel(e)[0]) for e in errors)
    rvec, tvec = cv2.solvePnPRefineLM(model, corners, matrix, distortion, rvecs[0].copy(), tvecs[0].copy())
    projected, jacobian = cv2.projectPoints(model, rvec, tvec, matrix, distortion)
    residual = float(np.sqrt(np.mean(np.square(projected.reshape(-1, 2) - corners))))
    rotation = np.ravel(rvec).astype(np.float64)
    sigma = max(residual, noise.each)
    covariance = _covariance(jacobian[:, :6], corners, sigma, noise, rotation)
    ambiguity = 0.0
    if others and np.all(np.isfinite(rvecs[1])):
        ambiguity = min(1.0, first / max(others[0], 1e-9))
        weight = 2.0 * len(model) * (others[0] ** 2 - first**2) / (2.0 * max(sigma, noise.mirror * noise.each) ** 2)
        mirrored = 1.0 / (1.0 + math.exp(min(max(weight, 0.0), 50.0)))
        turn = _turn(rotation, np.ravel(rvecs[1]))
        covariance[3:, 3:] += mirrored * np.outer(turn, turn)
    return MarkerPose(rotation, np.ravel(tvec).astype(np.float64), ambiguity, covariance, residual)


def _turn(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the rotation vector (camera frame) that takes the first rotation to the second."""
    a, b = cv2.Rodrigues(first)[0], cv2.Rodrigues(second)[0]
    return np.ravel(cv2.Rodrigues(b @ a.T)[0]).astype(np.float64)


def _covariance(
    jacobian: FloatArray, corners: FloatArray, sigma_px: float, noise: CornerNoise, rvec: FloatArray
) -> FloatArray:
    outwards = corners - corners.mean(axis=0)
    outwards = outwards / np.maximum(np.linalg.norm(outwards, axis=1), 1e-9)[:, None]
    spread = sigma_px**2 * np.eye(outwards.size) + noise.size**2 * np.outer(outwards.ravel(), outwards.ravel())
    inverse = np.linalg.pinv(jacobian)
    order = [3, 4, 5, 0, 1, 2]  # OpenCV: rotation first
    covariance = (inverse @ spread @ inverse.T)[np.ix_(order, order)]
    # OpenCV's rotation part is per component of the rotation vector: turn it into angles about the camera's axes.
    to_angles = np.eye(6)
    to_angles[3:, 3:] = _left_jacobian(rvec)
    covariance = np.asarray(to_angles @ covariance @ to_angles.T, dtype=np.float64)
    side = float(np.hypot(*(corners - np.roll(corners, 1, axis=0)).T).mean())
    covariance[3:, 3:] += np.square(noise.tilt / max(side, 1.0)) * np.eye(3)
    return covariance


def _left_jacobian(rvec: FloatArray) -> FloatArray:
    """Return the derivative of a rotation's small angles by its rotation vector."""
    angle = float(np.linalg.norm(rvec))
    if angle < 1e-6:
        return np.eye(3)
    x, y, z = rvec / angle
    skew = np.array([(0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)])
    axis = np.outer((x, y, z), (x, y, z))
    share = math.sin(angle) / angle
    return np.asarray(share * np.eye(3) + (1.0 - share) * axis + (1.0 - math.cos(angle)) / angle * skew)
