"""Scripted people and forklifts: they follow their script, but nobody walks into a robot that stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amr_core.geometry import Pose2D, inverse, transform
from amr_core.robots import STANDSTILL
from amr_sim.movers import MovingActor

if TYPE_CHECKING:
    from amr_lab.trial.hall import Hall

KEEP = 0.3  # m beside a robot's body, as people of the simulator keep (MARGIN)


def _mover(name: str, kind: str, pose: Pose2D) -> MovingActor:
    mover = MovingActor(name, kind, [(pose.x, pose.y)], 1.0, False, 0.0, pose.x, pose.y, math.inf, pose.theta)
    mover.resting = math.inf
    return mover


def gap_to_robot(hall: Hall, robot: int, x: float, y: float) -> float:
    """Return the distance (m) of a point to a robot's rectangle; 0 inside."""
    kind = hall.sim.types[robot]
    corners = kind.footprint(loaded=bool(hall.sim.loads.on_board[robot]))
    px, py = transform(np.array(((x, y),)), inverse(hall.sim.pose(robot)))[0]
    (low_x, low_y), (high_x, high_y) = corners.min(axis=0), corners.max(axis=0)
    return math.hypot(max(low_x - px, 0.0, px - high_x), max(low_y - py, 0.0, py - high_y))


@dataclass
class StepsOut:
    """A person behind a corner who walks across, at speed (m/s), once a robot's front is within trigger (m).

    The way leads from start to stop (m, map frame); distance counts from the robot's front along its heading.
    """

    start: tuple[float, float]
    stop: tuple[float, float]
    speed: float
    trigger: float = 2.0
    robot: int = 0
    mover: MovingActor | None = None
    going: bool = False

    def __call__(self, hall: Hall) -> None:
        """Move for one step."""
        if self.mover is None:
            self.mover = _mover("stepper", "person", Pose2D(*self.start, 0.0))
            hall.sim.movers.all.append(self.mover)
        mover = self.mover
        mover.in_way = mover.waited = 0.0
        pose = hall.sim.pose(self.robot)
        dx, dy = self.start[0] - pose.x, self.start[1] - pose.y
        ahead = dx * math.cos(pose.theta) + dy * math.sin(pose.theta) - hall.sim.types[self.robot].front
        self.going = self.going or 0.0 < ahead <= self.trigger
        left = math.hypot(self.stop[0] - mover.x, self.stop[1] - mover.y)
        if not self.going or left < 0.01:
            return
        step = min(left, 0.05 * self.speed)
        x = mover.x + step * (self.stop[0] - mover.x) / left
        y = mover.y + step * (self.stop[1] - mover.y) / left
        gap = gap_to_robot(hall, self.robot, x, y)
        if gap < KEEP + 0.2 and gap < gap_to_robot(hall, self.robot, mover.x, mover.y) and self._may_stop(hall, x, y):
            return
        mover.x, mover.y, mover.v = x, y, self.speed

    def _may_stop(self, hall: Hall, x: float, y: float) -> bool:
        """Return whether anybody would stop here: before a robot that stands, or at the side of one that passes."""
        pose = hall.sim.pose(self.robot)
        ahead = (x - pose.x) * math.cos(pose.theta) + (y - pose.y) * math.sin(pose.theta)
        return abs(hall.sim.bases.state[self.robot, 3]) < STANDSTILL or ahead < hall.sim.types[self.robot].front


@dataclass
class Parked:
    """A forklift that stands at a pose (map frame) until a time (s), then is gone."""

    pose: Pose2D
    until: float
    mover: MovingActor | None = None

    def __call__(self, hall: Hall) -> None:
        """Appear, stand, leave."""
        if self.mover is None:
            self.mover = _mover("blocking_forklift", "forklift", self.pose)
            hall.sim.movers.all.append(self.mover)
        self.mover.in_way = self.mover.waited = 0.0
        if hall.now >= self.until and self.mover in hall.sim.movers.all:
            hall.sim.movers.remove(self.mover.name)
