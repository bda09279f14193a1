"""The last centimetre of a docking: stand, look, put right what is off, look again.

While a robot moves, what its odometry, its wheels and its pictures say is late, on a busy computer by half a second.
"""

from __future__ import annotations

import math
from enum import Enum

import numpy as np

from amr_core.geometry import Pose2D, Twist2D, distance, relative, wrap_angle
from amr_navigation.docking.estimate import DockEstimate
from amr_navigation.motion import STOP, MotionView

STILL, LOOK, UNQUIET = 0.4, 1.5, 12.0
"""s that odometry must not have changed for; of standing that pictures are waited for; until nothing is moved any
more and a robot whose odometry never rests is judged, LOOK after its last command."""
STILL_WAY, STILL_TURN = 0.002, 0.003  # m, rad: less is the noise of odometry
FRESH = 3  # pictures of standing that are enough
STRAIGHT, ASKEW = 0.006, 0.1
"""rad that a robot in a dock may be turned by its own estimate, which itself may be off by as much again; further
askew than the second it is not turned on the spot, among the feet of what it takes."""
SHORT, LONG = 0.008, 0.12  # m along the dock's line that are left as they are, and that are put right on the spot
MOST_MOVES = 8
SAID = 1.0  # s that a move is held for until that is said
TURN_LEAST, TURN_MOST, CREEP = 0.02, 0.15, 0.04
"""rad/s, rad/s, m/s of the last moves: below, wheels may not turn at all."""
DOCKED_PLACE, DOCKED_ANGLE = 0.02, math.radians(1.0)  # m, rad: so exactly it stands in the dock
UNSEEN_PLACE, UNSEEN_ANGLE, UNSEEN_LOOK = 0.03, 0.03, 3.0
"""m, rad, s: without any picture the localisation alone says where the robot stands, once a second from standstill. A
sample of it jitters by a centimetre or two, so it is the mean over so long."""


class Settling(Enum):
    """What has become of the last centimetre."""

    GOES_ON = 0
    DOCKED = 1
    MISSED = 2


class DockSettle:
    """Fed with where the robot is in the dock (step), it answers what to drive; result says when that is over."""

    def __init__(self) -> None:
        self.result = Settling.GOES_ON
        self.waited = 0.0  # s that the move under way has been let go nowhere
        self._spent = 0.0  # s, without those that the robot is held for
        self._rest: tuple[float, Pose2D] | None = None
        self._stood = 0.0
        self._offs: list[Pose2D] = []  # while it stands
        self._moves = 0
        self._move: Twist2D | None = None
        self._told = STOP
        self._left = 0.0

    def step(self, view: MotionView, estimate: DockEstimate, off: Pose2D, *, connected: bool = False) -> Twist2D:
        """Return what to drive. off: base_link in the dock's frame by the estimate; connected: current flows."""
        if self._move is not None and not connected and self._goes_on(view, off, tagged=estimate.seen > 0):
            return self._drive(view, self._move)
        self._spent += 0.0 if self._move is not None else view.dt
        self._move, self.waited = None, 0.0
        if not self._ready(view, estimate, off, connected=connected):
            return view.limits.towards(view.last, STOP, view.dt)
        if connected:  # a move could only end that
            self.result = Settling.DOCKED
            return STOP
        tagged = estimate.seen > 0
        if not tagged:
            off = Pose2D(*np.mean(self._offs, axis=0).tolist())
        patient = self._moves < MOST_MOVES and self._spent <= UNQUIET
        wanted = self._correction(off, tagged=tagged) if patient else None
        if wanted is None:
            good = _good(off, tagged=tagged) and self._stands(view)
            self.result = Settling.DOCKED if good else Settling.MISSED
            return STOP
        self._move, self._left = wanted
        self._moves, self._rest = self._moves + 1, None
        return self._drive(view, self._move)

    def _drive(self, view: MotionView, move: Twist2D) -> Twist2D:
        self._told = view.limits.towards(view.last, move, view.dt)
        return self._told

    def _goes_on(self, view: MotionView, off: Pose2D, *, tagged: bool) -> bool:
        """Return whether the move under way is to go on; its clock stands while the collision monitor holds it."""
        if abs(view.last.v) + abs(view.last.w) < 0.5 * (abs(self._told.v) + abs(self._told.w)):
            if view.last != STOP and self._there(off):  # slowed, not held: that stands where it is
                return False
            self.waited += view.dt
            if self.waited <= SAID or not _good(off, tagged=tagged):
                return True
            self._moves = MOST_MOVES  # where it stands will do
            return False
        self.waited = 0.0
        self._spent += view.dt
        self._left -= view.dt
        return self._left > 1e-9 and not self._there(off)

    def _ready(self, view: MotionView, estimate: DockEstimate, off: Pose2D, *, connected: bool) -> bool:
        """Return whether the robot stands, and what it sees from there is in the estimate."""
        rest, by_command = self._rest, connected or self._spent > UNQUIET
        if rest is None or view.last != STOP or (_moved(rest[1], view.odom) and not by_command):
            self._rest, self._stood, self._offs = (view.odom_stamp, view.odom), 0.0, []
            return False
        self._stood += view.dt
        self._offs.append(off)
        long = UNSEEN_LOOK if estimate.seen == 0 else LOOK
        if by_command:
            return self._stood >= (STILL if connected else long)
        awaits = estimate.newest > view.now - LOOK and estimate.since(rest[0]) < FRESH
        return view.odom_stamp - rest[0] >= (long if awaits or estimate.seen == 0 else STILL)

    def _stands(self, view: MotionView) -> bool:
        """Return whether odometry has gone no further in all the time of standing than its noise may be at most."""
        assert self._rest is not None
        gone = relative(self._rest[1], view.odom)
        return math.hypot(gone.x, gone.y) <= DOCKED_PLACE and abs(gone.theta) <= DOCKED_ANGLE

    def _there(self, off: Pose2D) -> bool:
        """Return whether the move under way has done what it was for."""
        assert self._move is not None
        return off.theta * self._move.w >= -STRAIGHT * abs(self._move.w) and off.x * self._move.v >= 0.0

    @staticmethod
    def _correction(off: Pose2D, *, tagged: bool) -> tuple[Twist2D, float] | None:
        """Return the next small move and how long (s) it takes; None when there is none that helps."""
        if abs(off.y) > (DOCKED_PLACE if tagged else UNSEEN_PLACE) or abs(off.theta) > ASKEW or abs(off.x) > LONG:
            return None
        if abs(off.theta) > STRAIGHT:
            rate = min(max(abs(off.theta), TURN_LEAST), TURN_MOST)
            return Twist2D(0.0, math.copysign(rate, -off.theta)), abs(off.theta) / rate
        if abs(off.x) > (SHORT if tagged else DOCKED_PLACE):
            return Twist2D(math.copysign(CREEP, -off.x), 0.0), abs(off.x) / CREEP
        return None


def _good(off: Pose2D, *, tagged: bool) -> bool:
    if tagged:
        return math.hypot(off.x, off.y) <= DOCKED_PLACE and abs(off.theta) <= DOCKED_ANGLE
    return max(abs(off.x), abs(off.y)) <= UNSEEN_PLACE and abs(off.theta) <= UNSEEN_ANGLE


def _moved(before: Pose2D, now: Pose2D) -> bool:
    return distance(before, now) > STILL_WAY or abs(wrap_angle(now.theta - before.theta)) > STILL_TURN
