"""Depth images to points in base_link, with the rays of a camera kept between pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_core.robots import DepthCameraSpec

DepthArray = npt.NDArray[np.float32]
Points = npt.NDArray[np.float32]
_ROW_PX = 320


@dataclass(frozen=True)
class DepthMount:
    """Where a depth camera sits on base_link: x ahead, z up (m), pitch downwards (rad)."""

    x: float = 0.6
    z: float = 0.35
    pitch: float = 0.1396

    @staticmethod
    def of(spec: DepthCameraSpec) -> DepthMount:
        """Return where a robot type has its depth camera."""
        return DepthMount(spec.x, spec.z, spec.pitch)


class DepthRays:
    """Turns depth (m along the optical axis) into points; every step-th pixel in both directions is used.

    step 0: chosen so that about 320 pixels of a row are used. pixel: angle (rad) between two used pixels.
    """

    def __init__(self, mount: DepthMount, step: int = 0) -> None:
        self._mount = mount
        self._wanted = step
        self.step = max(1, step)
        self.pixel = 0.0
        self._key: tuple[float, ...] = ()
        self._rays: Points = np.empty((0, 0, 3), np.float32)

    @property
    def rays(self) -> Points:
        """Directions (rows, columns, 3; base_link, 1 m along the optical axis) of the picture that was turned last."""
        return self._rays

    def points(self, depth: DepthArray, matrix: FloatArray) -> Points:
        """Return points (rows, columns, 3) in base_link (x ahead, y left, z up; m), NaN where there is no depth.

        depth: height x width; 0, negative and infinite values count as none. matrix: 3 x 3 camera matrix. Raises
        message.invalid for a picture without pixels or a matrix that is none.
        """
        if depth.ndim != 2 or min(depth.shape) < 8:
            raise AmrError("message.invalid", topic="camera/depth", reason=f"shape {depth.shape}")
        if not np.all(np.isfinite(matrix)) or matrix[0, 0] <= 0.0 or matrix[1, 1] <= 0.0:
            raise AmrError("message.invalid", topic="camera/camera_info", reason="camera matrix")
        key = (*depth.shape, *matrix.ravel().tolist())
        if key != self._key:
            self.step = self._wanted or max(1, round(depth.shape[1] / _ROW_PX))
            self.pixel = self.step / float(matrix[0, 0])
            self._key, self._rays = key, self._make(depth.shape, matrix)
        sampled = depth[:: self.step, :: self.step]
        good = np.isfinite(sampled) & (sampled > 0.0)
        clean = np.where(good, sampled, np.float32(np.nan))
        return self._rays * clean[..., None] + np.array((self._mount.x, 0.0, self._mount.z), np.float32)

    def _make(self, shape: tuple[int, ...], matrix: FloatArray) -> Points:
        v, u = np.mgrid[0 : shape[0] : self.step, 0 : shape[1] : self.step].astype(np.float64)
        right = (u - matrix[0, 2]) / matrix[0, 0]
        down = (v - matrix[1, 2]) / matrix[1, 1]
        c, s = math.cos(self._mount.pitch), math.sin(self._mount.pitch)
        return np.stack((c - s * down, -right, -s - c * down), axis=-1).astype(np.float32)
