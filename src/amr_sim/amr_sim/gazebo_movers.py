"""People and forklifts of a site in Gazebo: the embedded simulator's own lead bodies that Gazebo draws. No ROS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, distance, wrap_angle
from amr_core.robots import RobotType
from amr_core.site import Site
from amr_core.site.generators.movers import joints_of
from amr_sim.base_port import TURN_RATE_BELIEVED
from amr_sim.mover_rules import robot_rows
from amr_sim.movers import MovingActor, MovingActors
from amr_sim.world import SimWorld

STEP: Final = 0.05
"""s, the longest step of the embedded simulator's rules."""
LONGEST: Final = 1.0
"""s; after a pause in /clock people go on from where they were."""
SAY_AGAIN: Final = 1.0
"""s after which a joint that stands is told again where: a bridge that comes late has heard nothing."""
LEAP: Final = 1.0
"""Metres between two poses beyond which a robot or a body was put elsewhere: nothing between was driven or touched."""


class GazeboMovers:
    """Takes poses of bodies and robots as they come; step() leads the bodies that were heard of."""

    def __init__(
        self, site: Site, world: SimWorld, names: Sequence[str], types: Sequence[RobotType], seed: int
    ) -> None:
        self._specs = {mover.id: mover for mover in site.movers}
        self._types = dict(zip(names, types, strict=True))
        self._movers = MovingActors((), world.slice(), seed, np.zeros((0, 13)))
        self._states: dict[str, tuple[float, ...]] = {}
        self._loads: dict[str, bool] = {}
        self._yaws: dict[str, float] = {}
        self._said: dict[tuple[str, str], tuple[float, float]] = {}
        self._now: float | None = None

    @property
    def all(self) -> list[MovingActor]:
        """The movers that are led."""
        return self._movers.all

    def hear(self, mover_id: str, pose: Pose2D) -> None:
        """Take where a body stands (map); the first word of it says where its mover begins, also after a restart."""
        if mover_id not in self._yaws:
            self._yaws[mover_id] = pose.theta
            self._movers.add(self._specs[mover_id], pose)

    def set_robot(self, robot: str, pose: Pose2D, v: float, w: float) -> None:
        """Take the true pose (map), speed (m/s) and yaw rate (rad/s) of a robot; what is no number says nothing."""
        if all(map(math.isfinite, (*pose, v, w))):
            turns = abs(w) <= TURN_RATE_BELIEVED * self._types[robot].max_turn_rate
            self._states[robot] = (*pose, v, w if turns else 0.0)

    def set_load(self, robot: str, *, loaded: bool) -> None:
        """Take whether a robot has something on board: with it it is larger."""
        self._loads[robot] = loaded

    def step(self, now: float) -> dict[tuple[str, str], float]:
        """Move everybody up to a time (s); return mover, joint and place (m, rad) of the joints to be told of it."""
        before, self._now = self._now, now
        left = 0.0 if before is None else min(max(now - before, 0.0), LONGEST)
        robots = self._rows()
        while left > 1e-6:
            self._movers.step(min(left, STEP), robots)
            left -= STEP
        news = {}
        for mover in self.all:
            yaw = self._yaws[mover.name] = self._yaws[mover.name] + wrap_angle(mover.theta - self._yaws[mover.name])
            for joint, place in joints_of(self._specs[mover.name], Pose2D(mover.x, mover.y, yaw)).items():
                said, at = self._said.get((mover.name, joint), (math.nan, -math.inf))
                if place != said or not 0.0 <= now - at < SAY_AGAIN:
                    news[mover.name, joint] = place
                    self._said[mover.name, joint] = (place, now)
        return news

    def _rows(self) -> FloatArray:
        names = list(self._states)
        state = np.array([self._states[name] for name in names], dtype=float).reshape(-1, 5)
        return robot_rows(state, [self._types[n] for n in names], [self._loads.get(n, False) for n in names])


class SeenMovers:
    """Where Gazebo says that people and forklifts are."""

    def __init__(self, site: Site) -> None:
        self._specs = {mover.id: mover for mover in site.movers}
        self._poses: dict[str, Pose2D] = {}
        self._leapt: set[str] = set()

    def hear(self, mover_id: str, pose: Pose2D) -> None:
        """Take where a body is (map); on a leap to elsewhere it is nowhere."""
        before = self._poses.get(mover_id, pose)
        self._poses[mover_id] = pose
        (self._leapt.add if distance(before, pose) > LEAP else self._leapt.discard)(mover_id)

    def all(self) -> list[MovingActor]:
        """Return them as the embedded simulator's: names, kinds and poses."""
        return [self._at(name, pose) for name, pose in self._poses.items() if name not in self._leapt]

    def _at(self, name: str, pose: Pose2D) -> MovingActor:
        spec = self._specs[name]
        return MovingActor(
            name, spec.kind, list(spec.route), spec.speed, spec.yields, spec.pause, pose.x, pose.y, 0.0, pose.theta,
            v=math.nan,
        )  # fmt: skip
