"""Which of the things that a fixed camera sees are robots: those report where they are themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from amr_core.geometry import FloatArray, rectangle
from amr_core.robots import RobotType
from amr_perception.fixed.areas import SeenThing
from amr_perception.fixed.floor import Floor
from amr_perception.people.boxes import ColourImage, PictureBox

# chosen: a box of a robot and its place differ by so much, a person's foot by less; more hides who walks up to it
ROBOT_M, BESIDE_M = 1.0, 0.75
_OUTLINE_M = 0.2  # from its outline: a part of it at the picture's edge looks like somebody who stands that near
_STANDS = 0.05  # m/s: below it may begin to drive either way
_AROUND_M, _HIGH_M = 0.3, 2.0  # what a robot fills at most, beyond its outline, while the scene is learnt
_LOW_M, _LOADED_M = 0.8, 1.5  # how high the top of a load may be that would stand elsewhere if it stood on the floor
# chosen: finer than the error of a place on the floor (0.2 m and more); half of it costs four times the corners
_STEP_M, _LEVEL_M = 0.1, 0.05
_SHOWN = 0.7  # of a load's width, where something hides the rest
_EDGE, _EDGE_PX = 0.12, 4.0  # how far the edges of a box may be from those of a load's top, of its size; at least


@dataclass(frozen=True)
class KnownRobot:
    """A robot as the fleet knows it: x, y (m, map frame), theta (rad; None: not said).

    reach: how far it reaches to front, rear and side (m), load: how far what it carries does; None: nothing, or nobody
    says so. drove: from where to where (m ahead) it has driven since it was heard, as it drove then; farthest: how far
    it can have driven at most, ahead or back. Without theta it may have driven so far to any side.
    """

    x: float
    y: float
    theta: float | None = None
    reach: tuple[float, float, float] = (0.7, 0.7, 0.5)
    load: tuple[float, float, float] | None = None
    drove: tuple[float, float] = (0.0, 0.0)
    farthest: float = 0.0
    name: str = ""

    @staticmethod
    def heard(
        place: tuple[float, float, float], kind: RobotType, speed: float, age: float, *, loaded: bool, name: str
    ) -> KnownRobot:
        """Return a robot of a type that said x, y, theta (m, rad) and its speed (m/s ahead) age (s) ago."""
        more = 0.5 * max(kind.acceleration, kind.deceleration) * age * age
        drove = (min(0.0, speed * age), max(0.0, speed * age))
        if speed <= _STANDS:
            drove = (drove[0] - more, drove[1])
        if speed >= -_STANDS:
            drove = (drove[0], drove[1] + more)
        far = kind.max_speed * age
        drove = (max(drove[0], -far), min(drove[1], far))
        load = (kind.load_front, kind.load_rear, kind.load_half_width) if loaded else None
        return KnownRobot(*place, kind.reach(loaded=False), load, drove, far, name)

    def away(self, x: float, y: float) -> float:
        """Return how far (m) a point is from where it may be, 0 or less there.

        A robot drives the way it looks.
        """
        if self.theta is None:
            return math.hypot(x - self.x, y - self.y) - self.farthest
        return self._off(self.theta, x, y, (0.0, 0.0, 0.0))

    def beside(self, x: float, y: float) -> float:
        """Return how far (m) a point is from its outline, wherever it may be: 0 inside, inf without theta."""
        return math.inf if self.theta is None else self._off(self.theta, x, y, self.reach)

    def _off(self, theta: float, x: float, y: float, reach: tuple[float, float, float]) -> float:
        """Return how far (m) a point is from what reaches so far to front, rear and side of it, wherever it may be."""
        dx, dy, (front, rear, side) = x - self.x, y - self.y, reach
        c, s = math.cos(theta), math.sin(theta)
        along, aside = c * dx + s * dy, abs(c * dy - s * dx)
        return math.hypot(max(self.drove[0] - rear - along, along - front - self.drove[1], 0.0), max(aside - side, 0.0))

    def corners(self, reach: tuple[float, float, float], drove: FloatArray) -> FloatArray:
        """Return the corners (N x 4 x 2, m, map frame) of what reaches so far around it, driven on by drove (N; m)."""
        theta = self.theta or 0.0
        c, s = math.cos(theta), math.sin(theta)
        moved = rectangle(*reach) + np.column_stack((drove, np.zeros(len(drove))))[:, None]
        return np.asarray(moved @ np.array(((c, s), (-s, c))) + (self.x, self.y), dtype=np.float64)


def is_robot(thing: SeenThing, box: PictureBox, floor: Floor, robots: Sequence[KnownRobot]) -> bool:
    """Return whether a thing is one of the robots, or its box (px) the top of what one carries.

    Who stands closer to a robot than that is left to the robot's own sensors.
    """
    reach = BESIDE_M if thing.kind == "person" else ROBOT_M
    if any(robot.away(thing.x, thing.y) < reach for robot in robots):
        return True
    cut = box.x0 <= 0.0 or box.x1 >= floor.size[0]
    if cut and any(robot.beside(thing.x, thing.y) < _OUTLINE_M for robot in robots):
        return True
    return thing.kind != "person" and any(_is_load(box, floor, robot) for robot in robots)


def _is_load(box: PictureBox, floor: Floor, robot: KnownRobot) -> bool:
    """Return whether a box shows the top of a robot's load, and below it some of its sides at most.

    Where a load is as grey as the floor only its top stands out, and that would stand metres behind the robot if it
    stood on the floor. A top has the load's width, and at one height its far and its near edge: what lies behind the
    robot is too short for that, and what sticks out behind its load too long. Where the scene has an edge the top may
    go on, hidden by what stands before it, or a side be told with it, as far down as what it hides is of another grey.
    """
    if robot.load is None or robot.theta is None:
        return False
    steps = np.linspace(-robot.farthest, robot.farthest, 2 * math.ceil(robot.farthest / _STEP_M) + 1)
    corners = robot.corners(robot.load, steps)[:, None]
    heights = np.arange(_LOW_M, _LOADED_M + 1e-9, _LEVEL_M)[:, None]
    top = floor.raised(corners, np.broadcast_to(heights, (len(heights), 4)))
    low, high = top.min(-2), top.max(-2)
    room = np.maximum(_EDGE_PX, _EDGE * (high - low))
    wide = box.y1 if box.wide_to is None else box.wide_to
    before, over = low - (box.x0, box.y0), high - (box.x1, wide)
    left, right, lower = box.goes_on
    at_left, at_far = np.moveaxis(np.abs(before) < room, -1, 0)
    at_right, at_near = np.moveaxis(np.abs(over) < room, -1, 0)
    hidden_left, hidden_right = at_right & left & (before[..., 0] < 0.0), at_left & right & (over[..., 0] > 0.0)
    shown = box.x1 - box.x0 > _SHOWN * (high - low)[..., 0]
    across = (at_left & at_right) | (shown & (hidden_left | hidden_right))
    deep = at_far & (at_near | (lower & (over[..., 1] < 0.0)))
    foot = floor.raised(corners, np.zeros((1, 4))).max(-2)[..., 1]
    return bool(np.any(across & deep & (box.y1 < foot + room[..., 1])))


def hidden(floor: Floor, robots: Sequence[KnownRobot]) -> ColourImage | None:
    """Return where (255) robots may be in the picture (mono8): what is seen there is no empty scene. None: nowhere."""
    mask, limit = None, 4.0 * max(floor.size)
    for robot in robots:
        front, rear, side = (r + _AROUND_M for r in robot.reach)
        ends = np.array((-robot.farthest, robot.farthest))
        corners = robot.corners((front, rear, side), ends)[:, None]
        seen = floor.raised(corners, np.broadcast_to(np.array(((0.0,), (_HIGH_M,))), (2, 4))).reshape(-1, 2)
        if not np.isfinite(seen).all():
            continue
        if mask is None:
            mask = np.zeros((floor.size[1], floor.size[0]), np.uint8)
        shape = cv2.convexHull(np.clip(np.rint(seen), -limit, limit).astype(np.int32))
        cv2.fillConvexPoly(mask, shape, 255)
    return mask
