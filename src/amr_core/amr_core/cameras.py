"""Where a camera without distortion looks, as simulator and perception both need it; the fixed cameras of a site."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from amr_core.geometry import FloatArray
from amr_core.site import Camera

WIDTH, HEIGHT, FOCAL = 640, 480, 400.0  # px, of a fixed camera: 77 degrees wide
FARTHEST_M: Final = 30.0  # from 6 m up a row of pixels is 0.4 m of floor there: farther no place is worth telling
DOCK_AROUND_M: Final = 1.2  # chosen: who works at a dock stands within; larger slows those that only pass
DOCK_SPEED: Final = 0.4  # m/s beside who works at a dock; chosen: a third of walking pace, or less
BLIND_SPEED: Final = 0.5  # m/s: nobody sees what is there; chosen: slow, since a blind camera must not stop a site
RENEW_S: Final = 2.0  # what a camera holds is told again so often: of VALID_S one word may be lost
VALID_S: Final = 5.0  # chosen: longer, robots stand for a camera that has ended; shorter, one lost word lets them in
_EDGE_STEPS = 8  # points of an outline on each edge of the picture


@dataclass(frozen=True)
class PinholeView:
    """Optical centre (m, map frame), heading and downward pitch (rad), picture size and focal length (px)."""

    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    width: int = WIDTH
    height: int = HEIGHT
    focal: float = FOCAL

    @property
    def axes(self) -> FloatArray:
        """3 x 3, rows: the camera's x (right), y (down) and z (ahead) in the map frame."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        return np.array([(s, -c, 0.0), (-sp * c, -sp * s, -cp), (cp * c, cp * s, -sp)])

    @property
    def matrix(self) -> FloatArray:
        """3 x 3 camera matrix; pixel (0, 0) is the centre of the first pixel."""
        cx, cy = (self.width - 1) / 2.0, (self.height - 1) / 2.0
        return np.array([(self.focal, 0.0, cx), (0.0, self.focal, cy), (0.0, 0.0, 1.0)])

    @property
    def floor_to_picture(self) -> FloatArray:
        """3 x 3: takes (x, y, 1) on the floor (m, map frame) to a homogeneous pixel; the third number is > 0 ahead."""
        to_eye = np.array([(1.0, 0.0, -self.x), (0.0, 1.0, -self.y), (0.0, 0.0, -self.z)])
        return np.asarray(self.matrix @ self.axes @ to_eye)

    def sees(self, x: float, y: float, reach: float = math.inf) -> bool:
        """Return whether a point of the floor (m, map frame) is in the picture, at most reach (m) away."""
        u, v, w = (self.floor_to_picture @ np.array((x, y, 1.0))).tolist()
        inside = w > 1e-9 and 0.0 <= u <= w * self.width and 0.0 <= v <= w * self.height
        return inside and math.hypot(x - self.x, y - self.y) <= reach

    def outline(self, reach: float) -> tuple[tuple[float, float], ...]:
        """Return the polygon (m, map frame) of the floor in the picture, no farther away than reach (m)."""
        w, h = float(self.width), float(self.height)
        corners = [(0.0, h), (0.0, 0.0), (w, 0.0), (w, h)]
        to_ray = self.axes.T @ np.linalg.inv(self.matrix)
        points = []
        for (u0, v0), (u1, v1) in zip(corners, [*corners[1:], corners[0]], strict=True):
            for k in range(_EDGE_STEPS):
                share = k / _EDGE_STEPS
                x, y, z = (to_ray @ np.array((u0 + share * (u1 - u0), v0 + share * (v1 - v0), 1.0))).tolist()
                # A ray that goes farther than reach, or up, ends there in its direction; straight up or down is none.
                along = math.hypot(x, y)
                far = reach / along if along > 0.0 else 0.0
                far = min(far, -self.z / z) if z < -1e-9 else far
                points.append((round(self.x + far * x, 2), round(self.y + far * y, 2)))
        return tuple(points)


def fixed_view(camera: Camera) -> PinholeView:
    """Return the view of a camera of the site that looks at a point on the floor."""
    dx, dy = camera.looks_at[0] - camera.x, camera.looks_at[1] - camera.y
    pitch = math.atan2(camera.height, math.hypot(dx, dy))
    return PinholeView(camera.x, camera.y, camera.height, math.atan2(dy, dx), pitch)
