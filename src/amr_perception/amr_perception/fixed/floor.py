"""From pixels to the floor of the site and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amr_core.cameras import FixedView
from amr_core.geometry import FloatArray

_FARTHEST_M = 30.0


@dataclass(frozen=True, eq=False)
class Floor:
    """to_picture: 3 x 3 from floor (x, y, 1; m, map frame) to pixel. eye: the camera's place on the plan (m)."""

    to_picture: FloatArray
    eye: tuple[float, float]

    @staticmethod
    def of(view: FixedView) -> Floor:
        """Return the floor as an ideal camera sees it."""
        return Floor(view.floor_to_picture, (view.x, view.y))

    def place(self, u: float, v: float) -> tuple[float, float] | None:
        """Return the point of the floor (m, map frame) at a pixel; None above the horizon and farther than 30 m."""
        x, y, w = (np.linalg.inv(self.to_picture) @ np.array((u, v, 1.0))).tolist()
        if abs(w) < 1e-12:
            return None
        x, y = x / w, y / w
        if (self.to_picture @ np.array((x, y, 1.0)))[2] <= 0.0:
            return None
        away = float(np.hypot(x - self.eye[0], y - self.eye[1]))
        return (x, y) if away <= _FARTHEST_M else None

    def pixel(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the pixel of a point of the floor; None behind the camera."""
        u, v, w = (self.to_picture @ np.array((x, y, 1.0))).tolist()
        return (u / w, v / w) if w > 1e-9 else None

    def metres_per_pixel(self, u: float, v: float) -> float | None:
        """Return the width (m) of a pixel on the floor, across the line of sight."""
        left, right = self.place(u - 2.0, v), self.place(u + 2.0, v)
        if left is None or right is None:
            return None
        return float(np.hypot(right[0] - left[0], right[1] - left[1])) / 4.0

    def sees(self, x: float, y: float, width: int, height: int) -> bool:
        """Return whether a point of the floor is in the picture."""
        pixel = self.pixel(x, y)
        return pixel is not None and 0 <= pixel[0] < width and 0 <= pixel[1] < height
