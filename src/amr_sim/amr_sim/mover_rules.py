"""Compiled rules of the road for simulated people and forklifts: distances to robots and to each other.

A mover counts as a disc, so that a long body has room to turn; where a forklift is close to a robot already, three
discs stand for its body. Robots are rows of (R, 13): x, y, cos, sin, then front, rear, half width of the FOOTPRINT,
then the same of the DANGER area that movers keep out of, and of the CLOSE area that a forklift's body keeps out of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from amr_core.geometry import FloatArray
from amr_core.robots import RobotType
from amr_sim.kernel import kernel

FOOTPRINT, DANGER, CLOSE = 0, 1, 2
REACTION = 0.5  # s until a robot that sees somebody starts to brake
MARGIN = 0.30  # m that nobody comes closer to a robot's side or to a standing robot
FRONT_MARGIN = 0.35  # m that nobody comes closer to where a moving robot can stop
YIELD_LOOK = 1.2  # m beyond its brake way that who yields looks ahead; chosen: two steps of a person
YIELD_GAP = 0.5  # m to a robot's body below which who yields goes no nearer; chosen above MARGIN
MOVER_GAP = 0.25  # m that people and forklifts keep to each other; chosen: they pass in an aisle, and do not touch
BODY_GAP = 0.12  # m that a forklift's body keeps to robots when it turns
BODY_RADIUS, BODY_OFFSET = 0.65, 0.75  # m: circles along a forklift's body, and how far apart; they cover 2.4 x 1.1 m
WAY_FRONT, WAY_REAR, WAY_SIDE = 2.0, 1.2, 0.9  # m before, behind and beside a robot that are in its way; chosen


def robot_rows(state: FloatArray, types: Sequence[RobotType], loaded: Sequence[bool]) -> FloatArray:
    """Describe robots with state (R, 5: x, y, theta, v, w) for the rules."""
    rows = []
    for robot_type, has_load, (x, y, theta, v, w) in zip(types, loaded, state.tolist(), strict=True):
        front, rear, half = robot_type.reach(loaded=has_load)
        stop = abs(v) * REACTION + v * v / (2 * robot_type.deceleration)
        swing = min(math.hypot(front, half) - half, abs(w) * front)
        row = [x, y, math.cos(theta), math.sin(theta), front, rear, half]
        for rest in (MARGIN, BODY_GAP):
            row.append(front + (stop + FRONT_MARGIN if v > 0.02 else rest))
            row.append(rear + (stop + FRONT_MARGIN if v < -0.02 else rest))
            row.append(half + rest + swing)
        rows.append(row)
    return np.array(rows, dtype=float).reshape(-1, 13)


@kernel
def _rectangle_gap(x: float, y: float, robot: FloatArray, area: int) -> float:
    """Return the signed distance of a point to an area (FOOTPRINT, DANGER, CLOSE) of a robot."""
    dx, dy = x - robot[0], y - robot[1]
    ahead, left = dx * robot[2] + dy * robot[3], dy * robot[2] - dx * robot[3]
    k = 4 + 3 * area
    out_x, out_y = max(ahead - robot[k], -robot[k + 1] - ahead), abs(left) - robot[k + 2]
    if out_x > 0.0 and out_y > 0.0:
        return math.hypot(out_x, out_y)
    return float(max(out_x, out_y))


@kernel
def robot_gap(x: float, y: float, radius: float, robots: FloatArray, area: int) -> float:
    """Return the smallest signed distance of a disc to an area of any robot."""
    best = np.inf
    for r in range(len(robots)):
        best = min(best, _rectangle_gap(x, y, robots[r], area) - radius)
    return best


@kernel
def body_gap(x: float, y: float, heading: float, robots: FloatArray, area: int) -> float:
    """Return the smallest signed distance of a forklift's body to an area of any robot."""
    best = np.inf
    for k in range(-1, 2):
        px, py = x + k * BODY_OFFSET * math.cos(heading), y + k * BODY_OFFSET * math.sin(heading)
        best = min(best, robot_gap(px, py, BODY_RADIUS, robots, area))
    return best


@kernel
def may_turn(
    x: float, y: float, heading: float, new_x: float, new_y: float, new_heading: float, robots: FloatArray
) -> bool:
    """Return whether a forklift's body stays clear of all robots in a small movement."""
    gap = body_gap(new_x, new_y, new_heading, robots, CLOSE)
    return gap >= 0.0 or gap >= body_gap(x, y, heading, robots, CLOSE)


@kernel
def may_back_off(x: float, y: float, heading: float, way: float, robots: FloatArray) -> bool:
    """Return whether a forklift may drive straight on by way (m, negative: in reverse) past what is close to it."""
    now = body_gap(x, y, heading, robots, CLOSE)
    for u in (0.02, 0.25, 0.5, 0.75, 1.0):
        gap = body_gap(x + u * way * math.cos(heading), y + u * way * math.sin(heading), heading, robots, CLOSE)
        if gap < 0.0 and gap < now - 1e-4:
            return False
    return True


@kernel
def mover_gap(x: float, y: float, radius: float, discs: FloatArray, own: int) -> float:
    """Return the smallest distance of a disc to the discs (D, 4: x, y, radius, owner) of the others."""
    best = np.inf
    for d in range(len(discs)):
        if int(discs[d, 3]) != own:
            best = min(best, math.hypot(x - discs[d, 0], y - discs[d, 1]) - discs[d, 2] - radius)
    return best


@kernel
def may_move(
    x: float,
    y: float,
    ux: float,
    uy: float,
    step: float,
    brake: float,
    look: float,
    radius: float,
    robots: FloatArray,
    discs: FloatArray,
    own: int,
) -> bool:
    """Return whether a mover may go on by step along the unit vector (ux, uy).

    brake is its own braking distance; look > 0 is how far ahead it yields to robots. Going away from what is too close
    is always allowed.
    """
    now, danger_now = robot_gap(x, y, radius, robots, FOOTPRINT), robot_gap(x, y, radius, robots, DANGER)
    ahead = step
    while ahead <= brake + step:
        gap = robot_gap(x + ux * ahead, y + uy * ahead, radius, robots, DANGER)
        # along the side of a robot it may get a little closer, but not at BODY_GAP
        slack = 0.002 if now > BODY_GAP else 1e-9
        if gap < 0.0 and gap < danger_now - slack:
            return False
        ahead += 0.2
    ahead = step
    while ahead <= look:
        gap = robot_gap(x + ux * ahead, y + uy * ahead, radius, robots, FOOTPRINT)
        if gap < YIELD_GAP and gap < now - 0.02:
            return False
        ahead += 0.2
    crowd_now = mover_gap(x, y, radius, discs, own)
    crowd = mover_gap(x + ux * step, y + uy * step, radius, discs, own)
    return not (crowd < MOVER_GAP and crowd < crowd_now - 1e-9)


@kernel
def in_the_way(x: float, y: float, radius: float, robots: FloatArray) -> bool:
    """Return whether a disc lies in a robot's way: ahead, behind or beside it within the WAY_ distances."""
    for r in range(len(robots)):
        dx, dy = x - robots[r, 0], y - robots[r, 1]
        ahead = dx * robots[r, 2] + dy * robots[r, 3]
        left = dy * robots[r, 2] - dx * robots[r, 3]
        front, rear = robots[r, 4] + WAY_FRONT + radius, robots[r, 5] + WAY_REAR + radius
        if -rear < ahead < front and abs(left) < WAY_SIDE + radius:
            return True
    return False
