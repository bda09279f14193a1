"""From pixels to the floor of the site and back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import shapely

from amr_core.cameras import FARTHEST_M, HEIGHT, WIDTH, PinholeView
from amr_core.errors import AmrError
from amr_core.geometry import FloatArray


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera's 3 x 3 matrix and its distortion (OpenCV's coefficients)."""

    matrix: FloatArray
    distortion: FloatArray

    def straight(self, pixels: FloatArray) -> FloatArray:
        """Return where pixels (N x 2) would be without distortion."""
        points = np.ascontiguousarray(pixels, dtype=np.float64).reshape(-1, 1, 2)
        found = cv2.undistortPoints(points, self.matrix, self.distortion, P=self.matrix)
        return np.asarray(found.reshape(-1, 2), dtype=np.float64)

    def bent(self, u: float, v: float) -> tuple[float, float]:
        """Return the pixel that shows what an ideal lens would show at u, v."""
        x, y = self.bent_all(np.array((u, v), dtype=np.float64)).tolist()
        return x, y

    def bent_all(self, pixels: FloatArray) -> FloatArray:
        """Return the pixels (..., 2) that show what an ideal lens would show at pixels (..., 2)."""
        rays = np.concatenate((pixels, np.ones((*pixels.shape[:-1], 1))), axis=-1) @ np.linalg.inv(self.matrix).T
        found, _ = cv2.projectPoints(
            rays.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), self.matrix, self.distortion
        )  # fmt: skip
        return np.asarray(found.reshape(pixels.shape), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Floor:
    """to_picture: 3 x 3 from floor (x, y, 1; m, map frame) to pixel. eye: the camera's place on the plan (m).

    size: width and height (px) of the pictures that this holds for. lens: its distortion, None for none.
    """

    to_picture: FloatArray
    eye: tuple[float, float]
    size: tuple[int, int] = (WIDTH, HEIGHT)
    lens: Lens | None = None

    @cached_property
    def _to_floor(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self.to_picture), dtype=np.float64)

    @cached_property
    def height(self) -> float:
        """How high (m) the camera hangs: what lies on the floor looks the shorter, the flatter it looks at it.

        0 when it looks at no floor from the middle of its picture downwards, or straight down at it.
        """
        u, tall = (self.size[0] - 1) / 2.0, self.size[1] - 1.0
        for v in (tall * k / 20.0 for k in range(10, 21)):
            place, metres = self.place(u, v), self.metres_per_pixel(u, v)
            away = math.dist(place, self.eye) if place is not None else 0.0
            if place is None or metres is None or away < 1e-6:
                continue
            step = 0.01 * away
            far = self.pixel(*(p + 0.01 * (p - e) for p, e in zip(place, self.eye, strict=True)))
            if far is not None:
                sine = min(0.999, math.dist((u, v), far) * metres / step)
                return away * sine / math.sqrt(1.0 - sine * sine)
        return 0.0

    def raised(self, points: FloatArray, z: float | FloatArray) -> FloatArray:
        """Return the pixels (..., 2) of points (..., 2; m, map frame) at heights z (...; m); nan where not ahead.

        What is higher hides a floor that is farther away, on the same line from the camera.
        """
        below = np.asarray(z, dtype=np.float64) < self.height
        grown = np.where(below, self.height / np.where(below, self.height - z, 1.0), np.nan)
        on_floor = self.eye + (points - np.asarray(self.eye)) * grown[..., None]
        seen = np.concatenate((on_floor, np.ones((*on_floor.shape[:-1], 1))), axis=-1) @ self.to_picture.T
        ahead = np.where(seen[..., 2:] > 1e-9, seen[..., 2:], np.nan)
        pixels = np.asarray(seen[..., :2] / ahead, dtype=np.float64)
        return pixels if self.lens is None else self.lens.bent_all(pixels)

    @staticmethod
    def of(view: PinholeView) -> Floor:
        """Return the floor as an ideal camera sees it."""
        return Floor(view.floor_to_picture, (view.x, view.y), (view.width, view.height))

    def outline(self) -> tuple[tuple[float, float], ...]:
        """Return the convex outline (m, map frame) of the floor in the picture, up to 30 m away; empty for none."""
        w, h = self.size[0] - 1.0, self.size[1] - 1.0
        grid = [(w * i / 12.0, h * j / 12.0) for i in range(13) for j in range(13)]
        places = [place for u, v in grid if (place := self.place(u, v)) is not None]
        hull: Any = shapely.MultiPoint(places).convex_hull
        if hull.geom_type != "Polygon":
            return ()
        return tuple((round(float(x), 2), round(float(y), 2)) for x, y in hull.exterior.coords[:-1])

    def guards(self, share: float) -> float:
        """Return how far (m) from the camera a person of 1.7 m is this share of the picture's height, at most 30 m."""
        farthest, u = 0.0, (self.size[0] - 1) / 2.0
        for k in range(40):
            v = (self.size[1] - 1.0) * k / 39.0
            place, metres = self.place(u, v), self.metres_per_pixel(u, v)
            if place is not None and metres is not None and 1.7 / metres >= share * self.size[1]:
                farthest = max(farthest, math.dist(place, self.eye))
        return round(farthest, 1)

    def place(self, u: float, v: float) -> tuple[float, float] | None:
        """Return the point of the floor (m, map frame) at a pixel; None above the horizon and farther than 30 m."""
        if self.lens is not None:
            u, v = self.lens.straight(np.array((u, v)))[0].tolist()
        x, y, w = (self._to_floor @ np.array((u, v, 1.0))).tolist()
        if abs(w) < 1e-12:
            return None
        x, y = x / w, y / w
        if (self.to_picture @ np.array((x, y, 1.0)))[2] <= 0.0:
            return None
        away = float(np.hypot(x - self.eye[0], y - self.eye[1]))
        return (x, y) if away <= FARTHEST_M else None

    def pixel(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the pixel of a point of the floor; None behind the camera."""
        u, v, w = (self.to_picture @ np.array((x, y, 1.0))).tolist()
        if w <= 1e-9:
            return None
        return self.lens.bent(u / w, v / w) if self.lens is not None else (u / w, v / w)

    def metres_per_pixel(self, u: float, v: float) -> float | None:
        """Return the width (m) of a pixel on the floor, across the line of sight."""
        left, right = self.place(u - 2.0, v), self.place(u + 2.0, v)
        if left is None or right is None:
            return None
        return float(np.hypot(right[0] - left[0], right[1] - left[1])) / 4.0

    def sees(self, x: float, y: float) -> bool:
        """Return whether a point of the floor is in the picture."""
        pixel = self.pixel(x, y)
        return pixel is not None and 0 <= pixel[0] < self.size[0] and 0 <= pixel[1] < self.size[1]


def read_lens(path: Path) -> tuple[Lens, tuple[int, int]]:
    """Return lens and picture size of a file of `amr calibrate camera`. Raises calibration.bad."""
    facts = _facts(path)
    try:
        return lens_of(facts), picture_size(facts["size"])
    except (KeyError, TypeError, ValueError) as error:
        raise AmrError("calibration.bad", reason=f"{path}: {error!r}") from error


def read_floor(path: Path, eye: tuple[float, float]) -> Floor:
    """Return the floor of a file of `amr calibrate floor`. Raises calibration.bad."""
    facts = _facts(path)
    try:
        to_picture = _numbers(facts["floor_to_picture"], (3, 3))
        if abs(float(np.linalg.det(to_picture))) < 1e-12:
            raise ValueError("floor_to_picture cannot be turned round")
        lens = lens_of(facts["lens"]) if facts.get("lens") else None
        return Floor(to_picture, eye, picture_size(facts["size"]), lens)
    except (KeyError, TypeError, ValueError) as error:
        raise AmrError("calibration.bad", reason=f"{path}: {error!r}") from error


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AmrError("calibration.bad", reason=f"{path}: {error!r}") from error
    if not isinstance(facts, dict):
        raise AmrError("calibration.bad", reason=f"{path}: not an object")
    return facts


def lens_of(facts: dict[str, Any]) -> Lens:
    """Return a lens from matrix and distortion; KeyError, TypeError and ValueError when they are none."""
    distortion = _numbers(facts["distortion"], None)
    if len(distortion) not in (4, 5, 8, 12, 14):
        raise ValueError(f"{len(distortion)} distortion coefficients")
    matrix = _numbers(facts["matrix"], (3, 3))
    if matrix[0, 0] <= 0.0 or matrix[1, 1] <= 0.0:
        raise ValueError("focal lengths must be positive")
    return Lens(matrix, distortion)


def picture_size(values: Iterable[Any]) -> tuple[int, int]:
    """Return width and height (px) of a picture from two numbers or their texts; ValueError when they cannot be."""
    width, height = (int(v) for v in values)
    if not (16 <= width <= 4096 and 16 <= height <= 4096):
        raise ValueError(f"size {width} x {height}")
    return width, height


def _numbers(values: Any, shape: tuple[int, ...] | None) -> FloatArray:
    numbers = np.array(values, dtype=np.float64)
    if (shape is not None and numbers.shape != shape) or not np.isfinite(numbers).all():
        raise ValueError(f"numbers of shape {numbers.shape}")
    return numbers
