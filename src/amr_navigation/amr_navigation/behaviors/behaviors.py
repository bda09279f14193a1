"""Spin, BackUp, DriveOnHeading and Wait with Nav2's goals, look-ahead and error codes."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, Twist2D, relative, wrap_angle
from amr_navigation.control.ahead import Blocker
from amr_navigation.motion import STOP, Motion, MotionOutcome, MotionView, Step

SPIN_TIMEOUT, SPIN_TF, SPIN_COLLISION = 701, 702, 703
BACKUP_TIMEOUT, BACKUP_TF, BACKUP_INVALID, BACKUP_COLLISION = 711, 712, 713, 714
DRIVE_TIMEOUT, DRIVE_TF, DRIVE_COLLISION, DRIVE_INVALID = 721, 722, 723, 724
LOOK_AHEAD = 2.0  # s of the command that must be free, Nav2's simulate_ahead_time


class Spin(Motion):
    """Turn on the spot by target_yaw (rad, relative, may exceed a turn). time_allowance (s), 0 = none."""

    needs_pose = False  # Nav2's behaviours go by the odometry
    odometry_code = SPIN_TF
    margin = 0.03

    def __init__(self, target_yaw: float, time_allowance: float = 0.0) -> None:
        self.blocked: Blocker = ""
        self.turned = 0.0
        self.elapsed = 0.0
        self._target = target_yaw
        self._allowed = time_allowance
        self._begin: float | None = None
        self._last = 0.0

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self._begin is None:
            self._begin, self._last = view.now, view.odom.theta
        self.elapsed = view.now - self._begin
        self.turned += wrap_angle(view.odom.theta - self._last)
        self._last = view.odom.theta
        left = self._target - self.turned
        if abs(left) < 0.03 and abs(view.last.w) < 0.1:
            return Step(STOP, MotionOutcome(True))
        if self._allowed > 0.0 and self.elapsed > self._allowed:
            return Step(STOP, MotionOutcome(False, SPIN_TIMEOUT))
        command = Twist2D(0.0, view.limits.turning(left))
        if view.contact(command, min(LOOK_AHEAD, abs(left) / max(abs(command.w), 0.1))):
            return Step(STOP, MotionOutcome(False, SPIN_COLLISION))
        return Step(view.limits.towards(view.last, command, view.dt))


class DriveStraight(Motion):
    """Drive straight by distance (m, < 0 backwards) at speed (m/s, > 0).

    codes = (timeout, no odometry, collision, invalid).
    """

    needs_pose = False  # Nav2's behaviours go by the odometry
    margin = 0.03

    def __init__(self, distance: float, speed: float, time_allowance: float, codes: tuple[int, int, int, int]) -> None:
        self.blocked: Blocker = ""
        self.travelled = 0.0
        self.elapsed = 0.0
        self._distance, self._speed = distance, abs(speed)
        self._allowed = time_allowance
        self._timeout, self.odometry_code, self._collision, self._invalid = codes
        self._begin: tuple[float, Pose2D] | None = None

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self._distance == 0.0 or self._speed == 0.0 or math.isnan(self._distance):
            return Step(STOP, MotionOutcome(False, self._invalid))
        if self._begin is None:
            self._begin = (view.now, view.odom)
        self.elapsed = view.now - self._begin[0]
        gone = relative(self._begin[1], view.odom)
        self.travelled = math.hypot(gone.x, gone.y)
        left = abs(self._distance) - self.travelled
        if left < 0.005 or (left < 0.02 and abs(view.last.v) < 0.03):
            return Step(STOP, MotionOutcome(True))
        if self._allowed > 0.0 and self.elapsed > self._allowed:
            return Step(STOP, MotionOutcome(False, self._timeout))
        speed = min(self._speed, max(view.limits.approach(left), 0.03))
        command = Twist2D(math.copysign(speed, self._distance), 0.0)
        if view.contact(command, min(LOOK_AHEAD, left / speed)):
            return Step(STOP, MotionOutcome(False, self._collision))
        return Step(view.limits.towards(view.last, command, view.dt))


def back_up(x: float, y: float, z: float, speed: float, time_allowance: float) -> DriveStraight:
    """Return a BackUp: |x| metres backwards; y and z must be 0."""
    codes = (BACKUP_TIMEOUT, BACKUP_TF, BACKUP_COLLISION, BACKUP_INVALID)
    return DriveStraight(0.0 if y != 0.0 or z != 0.0 else -abs(x), speed, time_allowance, codes)


def drive_on_heading(x: float, y: float, z: float, speed: float, time_allowance: float) -> DriveStraight:
    """Return a DriveOnHeading: x metres; y and z must be 0 and speed must have the sign of x."""
    codes = (DRIVE_TIMEOUT, DRIVE_TF, DRIVE_COLLISION, DRIVE_INVALID)
    valid = y == 0.0 and z == 0.0 and x * speed > 0.0
    return DriveStraight(x if valid else 0.0, speed, time_allowance, codes)


class Wait(Motion):
    """Stand still for a time (s)."""

    needs_pose = False  # Nav2's behaviours go by the odometry
    margin = 0.03

    def __init__(self, duration: float) -> None:
        self.blocked: Blocker = ""
        self.elapsed = 0.0
        self.left = duration
        self._duration = duration
        self._begin: float | None = None

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self._begin is None:
            self._begin = view.now
        self.elapsed = view.now - self._begin
        self.left = max(0.0, self._duration - self.elapsed)
        command = view.limits.towards(view.last, STOP, view.dt)
        return Step(command, MotionOutcome(True) if self.left <= 0.0 else None)
