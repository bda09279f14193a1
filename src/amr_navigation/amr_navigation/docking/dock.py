"""DockRobot and UndockRobot."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import IntEnum

import numpy as np

from amr_core.geometry import Pose2D, Twist2D, compose, distance, inverse, relative, wrap_angle
from amr_navigation.control.ahead import Blocker
from amr_navigation.control.tracker import TrackerParams
from amr_navigation.docking.database import Dock
from amr_navigation.docking.estimate import DockEstimate
from amr_navigation.docking.settle import SAID, DockSettle, Settling
from amr_navigation.motion import STOP, Motion, MotionOutcome, MotionView, Step
from amr_navigation.navigator.follow import FollowPath
from amr_navigation.navigator.navigate import Navigate

DOCK_NOT_IN_DB, DOCK_NOT_VALID, FAILED_TO_STAGE, FAILED_TO_DETECT_DOCK = 901, 902, 903, 904
FAILED_TO_CONTROL, FAILED_TO_CHARGE, UNKNOWN = 905, 906, 999
MAX_RETRIES = 3
DETECTION_TIME, CHARGE_TIME, STUCK_TIME = 2.0, 10.0, 20.0  # s to see the marker, until current flows, with no way made
ENOUGH, FEWEST = 5, 3
"""Pictures to set off at once, and after DETECTION_TIME: a busy camera takes less than two a second."""
GOOD_SCORE = 0.5  # share of beams: a pose good enough to dock by without a marker
LOOK_AHEAD_LENGTH = 0.3  # m of pure pursuit on the dock's line


class DockPhase(IntEnum):
    """The states of DockRobot's feedback."""

    NONE = 0
    NAV_TO_STAGING_POSE = 1
    INITIAL_PERCEPTION = 2
    CONTROLLING = 3
    WAIT_FOR_CHARGE = 4
    RETRY = 5


class DockRobot(Motion):
    """Stage, look for the marker, approach, wait for current at a charger; try again up to MAX_RETRIES times."""

    margin = 0.03
    lost_code = FAILED_TO_CONTROL
    blind_code = FAILED_TO_CONTROL

    def __init__(self, dock: Dock, *, speed: float = 0.3, stage: bool = True, staging_time: float = 1000.0) -> None:
        self.blocked: Blocker = ""
        self.dock = dock
        self.phase = DockPhase.NAV_TO_STAGING_POSE if stage else DockPhase.INITIAL_PERCEPTION
        self.retries = 0
        self.started: float | None = None
        self.detected = False
        self._speed = speed
        self._staging_time = staging_time
        self._phase_since: float | None = None
        self._sub: Navigate | FollowPath | None = None
        self._estimate: DockEstimate | None = None
        self._settle: DockSettle | None = None
        self._disputed = False
        self._free = 0.0
        self._current_known = False  # whether what the battery says of current can be of this dock

    @property
    def looking(self) -> bool:
        """Whether the marker detector is needed now."""
        return self.phase in (DockPhase.INITIAL_PERCEPTION, DockPhase.CONTROLLING)

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self.started is None:
            self.started = view.now
            self._current_known = self._stands_in(view.pose)
        self._current_known |= not view.charging  # until then it may be of the charger before
        if self._phase_since is None:
            self._phase_since = view.now
        if self.phase == DockPhase.NAV_TO_STAGING_POSE:
            return self._stage(view)
        if self.phase == DockPhase.INITIAL_PERCEPTION:
            return self._perceive(view)
        if self.phase == DockPhase.CONTROLLING:
            return self._control(view)
        return self._charge(view) if self.phase == DockPhase.WAIT_FOR_CHARGE else self._retreat(view)

    @property
    def begun(self) -> bool:
        """Whether the first step was taken."""
        return self.started is not None

    def relocated(self) -> None:
        """The pose has jumped: stage anew if it was under way to the staging pose."""
        if self.phase == DockPhase.NAV_TO_STAGING_POSE:
            self._sub = None

    def _enter(self, phase: DockPhase) -> Step:
        self.phase, self._phase_since, self._sub, self.blocked = phase, None, None, ""
        return Step(STOP)

    def _in_phase(self, view: MotionView) -> float:
        return view.now - (self._phase_since if self._phase_since is not None else view.now)

    def _stage(self, view: MotionView) -> Step:
        staging = self.dock.staging
        if self._sub is None:
            if self._in_corridor(view.pose):
                return self._enter(DockPhase.INITIAL_PERCEPTION)
            near = distance(view.pose, staging) < 0.3
            turn = np.array(((view.pose.x, view.pose.y, staging.theta),))
            self._sub = FollowPath(turn) if near else Navigate([staging])
        command, outcome = self._sub.step(view)
        self.blocked = self._sub.blocked
        if self._in_phase(view) > self._staging_time or (outcome is not None and not outcome.succeeded):
            return Step(STOP, MotionOutcome(False, FAILED_TO_STAGE))
        return Step(command) if outcome is None else self._enter(DockPhase.INITIAL_PERCEPTION)

    def _in_corridor(self, pose: Pose2D) -> bool:
        """Return whether the robot already stands between staging and dock, in line with it."""
        off = relative(self.dock.pose, pose)
        length = distance(self.dock.pose, self.dock.staging)
        return -length - 0.05 < off.x < 0.05 and abs(off.y) < 0.12 and abs(off.theta) < 0.15

    def _stands_in(self, pose: Pose2D) -> bool:
        return self._in_corridor(pose) and relative(self.dock.pose, pose).x > -0.05

    def _perceive(self, view: MotionView) -> Step:
        estimate = self._estimate = self._estimate or DockEstimate(self._expected(view))
        if not self._look(view, estimate):
            return self._again(FAILED_TO_DETECT_DOCK)
        if estimate.seen >= ENOUGH:
            self._free = view.now
            return self._enter(DockPhase.CONTROLLING)
        if self._in_phase(view) < DETECTION_TIME:
            return Step(view.limits.towards(view.last, STOP, view.dt))
        unsure = self.dock.kind == "charger" or self._disputed or view.score < GOOD_SCORE
        if estimate.seen < FEWEST and unsure:
            return self._again(FAILED_TO_DETECT_DOCK)
        self._free = view.now
        return self._enter(DockPhase.CONTROLLING)

    def _expected(self, view: MotionView) -> Pose2D:
        """Return the map's dock pose in the odom frame."""
        return compose(compose(view.odom, inverse(view.pose)), self.dock.pose)

    def _look(self, view: MotionView, estimate: DockEstimate) -> bool:
        """Take in map and pictures; return whether they can be of one dock. If not, only pictures count from now on."""
        trusted = view.score >= GOOD_SCORE or estimate.seen == 0
        if trusted and not estimate.expect(self._expected(view)):
            self._disputed = True
            return False
        for detection in view.detections:
            estimate.add(detection)
        self.detected = estimate.seen > 0
        return True

    def _control(self, view: MotionView) -> Step:
        assert self._estimate is not None
        connected = self._settle is not None and self._connected(view)
        if not self._look(view, self._estimate) and not connected:
            return self._again(FAILED_TO_DETECT_DOCK)
        off = relative(self._estimate.pose(), view.odom)
        if self._settle is not None:
            return self._settled(view, self._settle, self._estimate, off)
        left = -off.x
        if left <= 0.004 or (left < 0.02 and view.now - self._free > 2.0):
            self._settle, self.blocked = DockSettle(), ""
            return Step(view.limits.towards(view.last, STOP, view.dt))
        if abs(off.y) > 0.5 or abs(off.theta) > 1.0 or view.now - self._free > STUCK_TIME:
            return self._again(FAILED_TO_CONTROL)
        speed = min(self._speed, view.limits.speed, max(view.limits.approach(left, 0.4), 0.03))
        curvature = line_curvature(off.y, off.theta)
        command = view.limits.towards(view.last, Twist2D(speed, curvature * speed), view.dt)
        if abs(view.last.v) > 0.02:
            self._free = view.now
        self.blocked = "obstacle" if view.now - self._free > SAID else ""
        return Step(command)

    def _settled(self, view: MotionView, settle: DockSettle, estimate: DockEstimate, off: Pose2D) -> Step:
        """Put the last centimetre right; what is not docked by what is seen from standstill is tried again."""
        command = settle.step(view, estimate, off, connected=self._connected(view))
        self.blocked = "obstacle" if settle.waited > SAID else ""
        if settle.waited > STUCK_TIME:
            return self._again(FAILED_TO_CONTROL)
        if settle.result is Settling.GOES_ON:
            return Step(command)
        if settle.result is Settling.MISSED:
            return self._again(FAILED_TO_CONTROL)
        if self.dock.kind == "charger":
            return self._enter(DockPhase.WAIT_FOR_CHARGE)
        return Step(STOP, MotionOutcome(True))

    def _connected(self, view: MotionView) -> bool:
        return self.dock.kind == "charger" and view.charging and self._current_known

    def _charge(self, view: MotionView) -> Step:
        if self._connected(view):
            return Step(STOP, MotionOutcome(True))
        return self._again(FAILED_TO_CHARGE) if self._in_phase(view) > CHARGE_TIME else Step(STOP)

    def _again(self, code: int) -> Step:
        """Back off for another attempt, or give up with code."""
        if self.retries >= MAX_RETRIES:
            return Step(STOP, MotionOutcome(False, code))
        self.retries += 1
        self._estimate = self._settle = None
        return self._enter(DockPhase.RETRY)

    def _retreat(self, view: MotionView) -> Step:
        if self._sub is None:
            self._sub = FollowPath(reverse_path(view.pose, self.dock.staging), patience=STUCK_TIME)
        command, outcome = self._sub.step(view)
        if outcome is None:
            return Step(command)
        return self._enter(DockPhase.INITIAL_PERCEPTION) if outcome.succeeded else self._again(FAILED_TO_CONTROL)


class UndockRobot(Motion):
    """Drive out of a dock in reverse, straight to its staging pose. limit (s): longest time allowed."""

    margin = 0.03
    lost_code = FAILED_TO_CONTROL
    blind_code = FAILED_TO_CONTROL

    def __init__(self, dock: Dock, *, speed: float = 0.3, limit: float = 30.0) -> None:
        self.blocked: Blocker = ""
        self._dock = dock
        self._speed = speed
        self._limit = limit
        self._begin: float | None = None
        self._waited = 0.0
        self._sub: FollowPath | None = None

    def step(self, view: MotionView) -> Step:
        """See Motion. Time spent waiting for something in the way does not count."""
        if self._begin is None or self._sub is None:
            self._begin = view.now
            self._sub = FollowPath(
                reverse_path(view.pose, self._dock.staging), params=TrackerParams(yaw_tolerance=0.06)
            )
        view.limits = replace(view.limits, speed=min(view.limits.speed, self._speed))
        command, outcome = self._sub.step(view)
        self.blocked = self._sub.blocked
        if self.blocked:
            self._waited += view.dt
        if outcome is not None:
            return Step(STOP, MotionOutcome(outcome.succeeded, 0 if outcome.succeeded else FAILED_TO_CONTROL))
        if view.now - self._begin - self._waited > self._limit:
            return Step(STOP, MotionOutcome(False, FAILED_TO_CONTROL))
        return Step(command)


def reverse_path(pose: Pose2D, staging: Pose2D) -> np.ndarray:
    """Return a path (2 x 3) driven backwards from pose to staging; a single pose when already there or past it."""
    back = relative(pose, staging)
    if back.x > -0.05:
        return np.array(((pose.x, pose.y, pose.theta),))
    heading = math.atan2(pose.y - staging.y, pose.x - staging.x)
    return np.array(((pose.x, pose.y, heading), (staging.x, staging.y, heading)))


def line_curvature(lateral: float, heading: float, length: float = LOOK_AHEAD_LENGTH) -> float:
    """Return the curvature (1/m) that brings the robot onto the line y = 0, critically damped over length (m)."""
    aim = max(min(-lateral / (2.0 * length), 0.4), -0.4)
    return max(min(2.0 * wrap_angle(aim - heading) / length, 1.6), -1.6)
