"""Collision monitor: scales down or stops any command whose arc would touch a live lidar point.

Same idea as Nav2's velocity polygons and FootprintApproach, in one rule for all directions of motion: the body
(grown by a small margin) is swept along the commanded arc; the command is scaled so that the robot can brake in time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from amr_core.geometry import FloatArray, Twist2D
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.footprint import njit

MonitorAction = Literal["DO_NOTHING", "STOP", "SLOWDOWN", "APPROACH", "LIMIT"]
CLOSER, DIRECTION = 0.015, 0.1
"""What is within the margin already may come CLOSER (m, a lidar's noise) over the next DIRECTION (m), not more."""
ACTION_TYPES = {"DO_NOTHING": 0, "STOP": 1, "SLOWDOWN": 2, "APPROACH": 3, "LIMIT": 4}


@dataclass(frozen=True, kw_only=True)
class MonitorParams:
    """margin (m) around the body; latency (s) until a command acts; braking (m/s^2, rad/s^2); source_timeout (s).

    enabled: off = whatever is near does not count, only the age of the lidars does, as in Nav2 after `toggle`.
    """

    margin: float = 0.05
    latency: float = 0.15
    deceleration: float = 0.9
    turn_deceleration: float = 1.5
    source_timeout: float = 0.5
    step: float = 0.05
    enabled: bool = True


@dataclass(frozen=True)
class Verdict:
    """The command that may be sent, what the monitor did and why."""

    twist: Twist2D
    action: MonitorAction = "DO_NOTHING"
    polygon: str = ""


@njit
def _inside(
    px: float, py: float, v: float, w: float, t: float, front: float, rear: float, left: float, right: float
) -> bool:
    """Return whether the body, t (s) on along the arc (v, w), holds the point (m, base_link now)."""
    turn = w * t
    if abs(w) > 1e-4:
        x, y = v / w * math.sin(turn), v / w * (1.0 - math.cos(turn))
    else:
        x, y = v * t, 0.0
    c, s = math.cos(turn), math.sin(turn)
    bx, by = c * (px - x) + s * (py - y), c * (py - y) - s * (px - x)
    return bool(-rear <= bx <= front and -right <= by <= left)


@njit
def time_to_contact(
    points: Any,
    v: float,
    w: float,
    step: float,
    horizon: float,
    front: float,
    rear: float,
    left: float,
    right: float,
    margin: float,
) -> float:
    """Return the time (s) until the grown body, moving at (v, w), holds one of points (N x 2, base_link); -1 if never.

    A point already within the margin counts at once when the direction of motion leads closer to it; one that already
    touches the body does not hold the robot back from driving away from it.
    """
    size = math.hypot(max(front, rear), max(left, right))
    reach = abs(v) * horizon + size + margin
    best = -1.0
    steps = math.ceil(horizon / step)
    for i in range(points.shape[0]):
        px, py = points[i, 0], points[i, 1]
        if px * px + py * py > reach * reach:
            continue
        m = margin
        gap = max(max(px - front, -rear - px), max(py - left, -right - py))
        if gap <= m:
            if -rear <= px <= front and -right <= py <= left and v * px < 0.0:
                continue
            # where small steps would add up, the direction decides: would 10 cm more of it come closer?
            m = max(0.0, gap - CLOSER)
            stretch = DIRECTION / (abs(v) + abs(w) * size + 1e-6)
            for k in range(1, 6):
                if _inside(px, py, v, w, 0.2 * k * stretch, front + m, rear + m, left + m, right + m):
                    return 0.0
            continue
        last = steps if best < 0.0 else int(best / step)
        for k in range(last + 1):
            if _inside(px, py, v, w, k * step, front + m, rear + m, left + m, right + m):
                best = k * step
                break
    return best


class CollisionMonitor:
    """Decides what of a commanded twist may be sent."""

    def __init__(self, params: MonitorParams) -> None:
        self.params = params

    def check(self, command: Twist2D, points: FloatArray, age: float, body: Body) -> Verdict:
        """Return the allowed command. points: live returns (N x 2, base_link); age: of the older lidar's sweep (s)."""
        if command.v == 0.0 and command.w == 0.0:
            return Verdict(command)
        p = self.params
        if not abs(age) <= p.source_timeout:
            return Verdict(Twist2D(0.0, 0.0), "STOP", "invalid source")
        if not p.enabled:
            return Verdict(command)
        braking = max(abs(command.v) / p.deceleration, abs(command.w) / p.turn_deceleration)
        horizon = p.latency + 0.5 * braking + 2 * p.step
        contact = time_to_contact(points, command.v, command.w, p.step, horizon, *body, p.margin)
        if contact < 0.0:
            return Verdict(command)
        scale = _scale(max(contact - p.step, 0.0), p.latency, braking)
        name = "reverse" if command.v < -0.01 else "forward" if command.v > 0.01 else "rotate"
        if scale >= 1.0:
            return Verdict(command)
        if scale * max(abs(command.v), abs(command.w)) < 0.02:
            return Verdict(Twist2D(0.0, 0.0), "STOP", name)
        return Verdict(Twist2D(command.v * scale, command.w * scale), "APPROACH", name)


def _scale(contact: float, latency: float, braking: float) -> float:
    """Return the largest factor k of the command that still stops in time. braking > 0: no command to stand comes here.

    At factor k the robot covers k * latency + k^2 * braking / 2 (in seconds of the full command) until it stands.
    """
    return min(1.0, (-latency + math.sqrt(latency * latency + 2.0 * braking * contact)) / braking)
