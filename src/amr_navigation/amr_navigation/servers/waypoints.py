"""FollowWaypoints: one NavigateToPose after the other; a waypoint that cannot be reached is missed, not the end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amr_core.geometry import FloatArray, Pose2D
from amr_navigation.control.ahead import Blocker
from amr_navigation.motion import STOP, Motion, MotionOutcome, MotionView, Step
from amr_navigation.navigator.navigate import Navigate

EMPTY: FloatArray = np.empty((0, 3))


class Missed(NamedTuple):
    """A waypoint that was not reached and NavigateToPose's error code."""

    number: int
    error_code: int


class FollowWaypoints(Motion):
    """Drives to goals (map frame; None = a pose in an unknown frame, which is missed), loops times more, from first."""

    def __init__(
        self, goals: list[Pose2D | None], *, loops: int = 0, first: int = 0, patience: float = 60.0, stop: bool = False
    ) -> None:
        self.blocked: Blocker = ""
        self.goals = goals
        self.index = first
        self.missed: list[Missed] = []
        self.path: FloatArray = EMPTY
        self._loops = loops
        self._patience = patience
        self._stop = stop
        self._sub: Navigate | None = None

    def relocated(self) -> None:
        """The pose has jumped."""
        if self._sub is not None:
            self._sub.relocated()

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if not self.goals or not 0 <= self.index < len(self.goals):
            return Step(STOP, MotionOutcome(False))
        goal = self.goals[self.index]
        if goal is None:
            return self._next(MotionOutcome(False))
        if self._sub is None:
            self._sub = Navigate([goal], patience=self._patience)
        command, outcome = self._sub.step(view)
        self.blocked, self.path = self._sub.blocked, self._sub.path
        return Step(command) if outcome is None else self._next(outcome)

    def _next(self, outcome: MotionOutcome) -> Step:
        self._sub, self.blocked, self.path = None, "", EMPTY
        if not outcome.succeeded:
            self.missed.append(Missed(self.index, outcome.error_code))
            if self._stop:
                return Step(STOP, MotionOutcome(False))
        self.index += 1
        if self.index < len(self.goals):
            return Step(STOP)
        if self._loops > 0:
            self._loops, self.index = self._loops - 1, 0
            return Step(STOP)
        self.index = len(self.goals) - 1
        return Step(STOP, MotionOutcome(True))
