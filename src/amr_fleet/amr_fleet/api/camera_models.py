"""Fixed cameras as JSON."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from amr_core.cameras import FixedView, fixed_view
from amr_core.site import Camera
from amr_fleet.ports import CameraFrame, CameraThing

Json = dict[str, Any]
_FARTHEST_M = 30.0
_EDGE_STEPS = 8


def camera_json(camera: Camera, shown: CameraFrame | None, now: float) -> Json:
    """Return a camera: where it is, what part of the floor it sees, and what there is; shown None: it never spoke."""
    return {
        "id": camera.id,
        "x": camera.x,
        "y": camera.y,
        "height": camera.height,
        "looks_at": list(camera.looks_at),
        "outline": [list(point) for point in outline(fixed_view(camera))],
        "online": shown is not None and shown.blind != "silent",
        **(shown_json(shown, now) if shown is not None else _NOTHING),
    }


_NOTHING: Json = {"t": None, "seeing": False, "blind": "", "size": None, "detections": [], "frame_age": None}


def shown_json(shown: CameraFrame, now: float) -> Json:
    """Return what a camera shows; frame_age (s): of its blurred picture, null when there is none."""
    return {
        "t": round(shown.t, 2),
        "seeing": not shown.blind,
        "blind": shown.blind,
        "size": list(shown.size),
        "detections": [_thing_json(thing) for thing in shown.things],
        "frame_age": round(max(0.0, now - shown.frame_t), 2) if shown.frame else None,
    }


def _thing_json(thing: CameraThing) -> Json:
    return {
        "kind": thing.kind,
        "score": round(thing.score, 2),
        "box": [round(v, 1) for v in thing.box],
        "x": round(thing.x, 2),
        "y": round(thing.y, 2),
        "radius": round(thing.radius, 2),
    }


@lru_cache(maxsize=256)
def outline(view: FixedView) -> tuple[tuple[float, float], ...]:
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


def _on_floor(view: FixedView, to_floor: np.ndarray, u: float, v: float) -> tuple[float, float]:
    """Return where a ray meets the floor; one that goes farther than 30 m, or up, ends 30 m out in its direction."""
    x, y, scale = (to_floor @ np.array((u, v, 1.0))).tolist()
    ray = view.axes.T @ np.array(((u - view.matrix[0, 2]) / view.focal, (v - view.matrix[1, 2]) / view.focal, 1.0))
    if ray[2] < -1e-9:
        dx, dy = x / scale - view.x, y / scale - view.y
        if math.hypot(dx, dy) <= _FARTHEST_M:
            return round(view.x + dx, 2), round(view.y + dy, 2)
    away = math.hypot(ray[0], ray[1])
    return round(view.x + _FARTHEST_M * ray[0] / away, 2), round(view.y + _FARTHEST_M * ray[1] / away, 2)
