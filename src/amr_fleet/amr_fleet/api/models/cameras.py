"""Fixed cameras: where they hang, what part of the floor they see, and what there is."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from amr_core.cameras import PinholeView, fixed_view
from amr_core.site import Camera as SiteCamera
from amr_fleet.api.models.base import XY, Answer
from amr_fleet.api.models.words import SeenKind
from amr_fleet.ports import CameraFrame

_FARTHEST_M = 30.0
_EDGE_STEPS = 8


def _to(digits: int) -> BeforeValidator:
    return BeforeValidator(lambda value: round(value, digits))


Hundredths = Annotated[float, _to(2)]
Pixel = Annotated[float, _to(1)]


class Seen(Answer):
    """What a camera sees, without identity. box: x0, y0, x1, y1 (px of the picture's size); x, y, radius: m."""

    kind: SeenKind
    score: Hundredths
    box: tuple[Pixel, Pixel, Pixel, Pixel]
    x: Hundredths
    y: Hundredths
    radius: Hundredths


class Shown(Answer):
    """What a camera shows. blind: why it cannot see, "silent" = it says nothing; t null: it never spoke.

    frame_age (s): of its blurred picture, null when there is none.
    """

    t: float | None = None
    seeing: bool = False
    blind: str = ""
    size: tuple[int, int] | None = None
    detections: list[Seen] = Field(default_factory=list)
    frame_age: float | None = None


class CameraShown(Shown):
    """What the camera with this id shows."""

    id: str

    @classmethod
    def of(cls, shown: CameraFrame, now: float) -> CameraShown:
        """Return a camera of the live feed."""
        return cls(id=shown.camera, **_shown(shown, now))


class Camera(Shown):
    """A fixed camera (m, map frame). looks_at: a point on the floor; outline: the floor that it sees."""

    id: str
    x: float
    y: float
    height: float
    looks_at: XY
    outline: list[XY]
    online: bool

    @classmethod
    def of(cls, camera: SiteCamera, shown: CameraFrame | None, now: float) -> Camera:
        """Return a camera of the site; shown None: it never spoke."""
        return cls(
            id=camera.id,
            x=camera.x,
            y=camera.y,
            height=camera.height,
            looks_at=camera.looks_at,
            outline=list(outline(fixed_view(camera))),
            online=shown is not None and shown.blind != "silent",
            **(_shown(shown, now) if shown is not None else {}),
        )


class Cameras(Answer):
    """All cameras of the site."""

    cameras: list[Camera]


def _shown(shown: CameraFrame, now: float) -> dict[str, Any]:
    return {
        "t": round(shown.t, 2),
        "seeing": not shown.blind,
        "blind": shown.blind,
        "size": shown.size,
        "detections": shown.things,
        "frame_age": round(max(0.0, now - shown.frame_t), 2) if shown.frame else None,
    }


@lru_cache(maxsize=256)
def outline(view: PinholeView) -> tuple[tuple[float, float], ...]:
    """Return the polygon (m, map frame) of the floor in a camera's picture, at most 30 m away."""
    to_floor = np.linalg.inv(view.floor_to_picture)
    w, h = float(view.width), float(view.height)
    corners = [(0.0, h), (0.0, 0.0), (w, 0.0), (w, h)]
    points = []
    for (u0, v0), (u1, v1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        for k in range(_EDGE_STEPS):
            share = k / _EDGE_STEPS
            points.append(_on_floor(view, to_floor, u0 + share * (u1 - u0), v0 + share * (v1 - v0)))
    return tuple(points)


def _on_floor(view: PinholeView, to_floor: np.ndarray, u: float, v: float) -> tuple[float, float]:
    """Return where a ray meets the floor; one that goes farther than 30 m, or up, ends 30 m out in its direction."""
    x, y, scale = (to_floor @ np.array((u, v, 1.0))).tolist()
    ray = view.axes.T @ np.array(((u - view.matrix[0, 2]) / view.focal, (v - view.matrix[1, 2]) / view.focal, 1.0))
    if ray[2] < -1e-9:
        dx, dy = x / scale - view.x, y / scale - view.y
        if math.hypot(dx, dy) <= _FARTHEST_M:
            return round(view.x + dx, 2), round(view.y + dy, 2)
    away = math.hypot(ray[0], ray[1])
    return round(view.x + _FARTHEST_M * ray[0] / away, 2), round(view.y + _FARTHEST_M * ray[1] / away, 2)
