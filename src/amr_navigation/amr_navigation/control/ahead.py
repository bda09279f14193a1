"""What lies ahead on the path: obstacles now, and people where they are about to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from amr_core.geometry import FloatArray
from amr_core.vda5050 import InTheWay
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.footprint import hit_along

Blocker = InTheWay
MovingKind = Literal["unknown", "person", "vehicle"]

STEP = 0.1  # m between two poses of the sweep
BESIDE = 0.5  # m beside the body: a step of a person
CLOSING_TIME = 1.5
"""Way (m) per m/s that a thing coming towards the robot takes off the free way: it needs time to stop, too."""


class MovingObject(NamedTuple):
    """A moving thing: position (m) and velocity (m/s) in the map frame, radius (m)."""

    x: float
    y: float
    vx: float
    vy: float
    radius: float
    kind: MovingKind


@dataclass(frozen=True)
class Ahead:
    """Free way (m) along the path from the robot's pose until the body would touch something, and what that is.

    beside: way (m) until something that no map shows is close to the side of the body: it may step out.
    """

    free: float = math.inf
    blocker: Blocker = ""
    beside: float = math.inf


def look_ahead(
    poses: FloatArray, points: FloatArray, tracks: tuple[MovingObject, ...], body: Body, speed: float
) -> Ahead:
    """Sweep the body along poses (N x 3, every STEP m, from the robot on) past points (M x 2) and people (map)."""
    index, point = hit_along(poses, points, body)
    free, blocker = math.inf, ""
    if index >= 0:
        free, blocker, closing = index * STEP, *classify(points[point], tracks, poses[0])
        free -= closing * CLOSING_TIME
    for track in tracks:
        if track.kind != "unknown":
            meeting = _meeting(poses, track, body, max(speed, 0.4))
            if meeting < free:
                free, blocker = meeting, track.kind
    near, _ = hit_along(poses, points, Body(body.front, body.rear, body.left + BESIDE, body.right + BESIDE))
    return Ahead(free, blocker, near * STEP if near >= 0 else math.inf)  # type: ignore[arg-type]


def classify(point: FloatArray, tracks: tuple[MovingObject, ...], robot: FloatArray) -> tuple[Blocker, float]:
    """Return what the obstacle at point (m, map frame) is, by the nearest track, and its speed towards robot (m/s)."""
    best, found, closing = 0.4, "obstacle", 0.0
    for track in tracks:
        gap = math.hypot(point[0] - track.x, point[1] - track.y) - track.radius
        if gap < best and track.kind != "unknown":
            dx, dy = robot[0] - track.x, robot[1] - track.y
            towards = (track.vx * dx + track.vy * dy) / max(math.hypot(dx, dy), 0.1)
            best, found, closing = gap, track.kind, max(0.0, towards)
    return found, closing  # type: ignore[return-value]


def _meeting(poses: FloatArray, track: MovingObject, body: Body, speed: float) -> float:
    """Return the way (m) after which the body, at speed, comes close to the moving track; inf if it never does.

    People are foreseen for longer and kept further away than vehicles, which keep to lanes and have right-of-way rules.
    """
    slow, horizon, margin = (0.15, 3.0, 0.2) if track.kind == "person" else (0.3, 1.2, 0.1)
    if math.hypot(track.vx, track.vy) < slow:
        return math.inf
    s = np.arange(len(poses)) * STEP
    t = s / speed
    dx = track.x + track.vx * t - poses[:, 0]
    dy = track.y + track.vy * t - poses[:, 1]
    c, sn = np.cos(poses[:, 2]), np.sin(poses[:, 2])
    bx, by = c * dx + sn * dy, c * dy - sn * dx
    m = track.radius + margin
    hit = (t < horizon) & (bx < body.front + m) & (bx > -body.rear - m) & (by < body.left + m) & (by > -body.right - m)
    return float(s[int(np.argmax(hit))]) if hit.any() else math.inf
