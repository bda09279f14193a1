"""AssistedTeleop: a person steers, the collision monitor has the last word."""

from __future__ import annotations

from amr_core.geometry import Twist2D
from amr_navigation.control.ahead import Blocker
from amr_navigation.motion import STOP, Motion, MotionOutcome, MotionView, Step

TELEOP_TIMEOUT = 731
SILENCE = 0.5  # s without a command until it stops


class AssistedTeleop(Motion):
    """Passes on commands for a time (s, 0 = no end). release() ends it with success, as preempt_teleop does.

    Unlike Nav2, the robot stops when no command has come for half a second.
    """

    needs_pose = False  # a person looks

    def __init__(self, time_allowance: float) -> None:
        self.blocked: Blocker = ""
        self.elapsed = 0.0
        self._allowed = time_allowance
        self._begin: float | None = None
        self._asked = STOP
        self._asked_at: float | None = None
        self._fresh = False
        self._released = False

    def command(self, twist: Twist2D) -> None:
        """Take in what the person wants (m/s, rad/s)."""
        self._asked, self._fresh = twist, True

    def release(self) -> None:
        """End the motion in the next step."""
        self._released = True

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self._begin is None:
            self._begin = view.now
        if self._fresh:
            self._asked_at, self._fresh = view.now, False
        self.elapsed = view.now - self._begin
        if self._released:
            return Step(STOP, MotionOutcome(True))
        if self._allowed > 0.0 and self.elapsed > self._allowed:
            return Step(STOP, MotionOutcome(False, TELEOP_TIMEOUT))
        silent = self._asked_at is None or view.now - self._asked_at > SILENCE
        return Step(view.limits.towards(view.last, STOP if silent else self._within(view), view.dt))

    def _within(self, view: MotionView) -> Twist2D:
        speed, turn = view.limits.speed, view.limits.turn_rate
        return Twist2D(max(min(self._asked.v, speed), -speed), max(min(self._asked.w, turn), -turn))
