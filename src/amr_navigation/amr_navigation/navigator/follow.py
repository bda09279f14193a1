"""FollowPath: drive along a given path; wait in front of whatever blocks it."""

from __future__ import annotations

import math

from amr_core.geometry import FloatArray, Pose2D
from amr_navigation.control.ahead import Blocker
from amr_navigation.control.tracker import PathTracker, TrackerParams
from amr_navigation.motion import STOP, Motion, MotionOutcome, MotionView, Step, Watch
from amr_navigation.navigator.freespace import FreeSpace

INVALID_PATH, FAILED_TO_MAKE_PROGRESS = 103, 105
FAR_OFF = 2.0  # m from the path: further off it is refused


class Progress:
    """Nav2's pose progress checker: by 0.3 m or 0.4 rad within the time allowed (s)."""

    def __init__(self, allowed: float) -> None:
        self._allowed = allowed
        self._pose: Pose2D | None = None
        self._since = 0.0

    def stalled(self, now: float, pose: Pose2D) -> bool:
        """Return whether the robot has not moved on for longer than allowed."""
        old = self._pose
        far = old is None or math.hypot(pose.x - old.x, pose.y - old.y) > 0.3
        if far or math.cos(pose.theta - old.theta) < 0.92:  # type: ignore[union-attr]
            self._pose, self._since = pose, now
        return now - self._since > self._allowed


class FollowPath(Motion):
    """Tracks a path (N x 3, map frame). A new FollowPath started over a running one goes on without a stop.

    free_space: who may leave the path around people and things; without it the robot waits, as it must on lanes.
    """

    def __init__(
        self,
        path: FloatArray,
        *,
        patience: float = 60.0,
        params: TrackerParams | None = None,
        free_space: FreeSpace | None = None,
    ) -> None:
        self.blocked: Blocker = ""
        self.blocked_since: float | None = None
        self.path: FloatArray = path
        self.tracker: PathTracker | None = None
        self._params = params
        self._free_space = free_space
        self._watch = Watch()
        self._progress = Progress(patience)

    @property
    def distance_to_goal(self) -> float:
        """Way left along the path in metres."""
        return self.tracker.distance_to_goal if self.tracker is not None else 0.0

    def relocated(self) -> None:
        """The pose has jumped: find the place on the path anew."""
        self.tracker = None

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self.tracker is None:
            if len(self.path) == 0:
                return Step(STOP, MotionOutcome(False, INVALID_PATH))
            self.tracker = PathTracker(self.path, view.pose, self._params)
            if self.tracker.path.legs and self._off(view.pose) > FAR_OFF:
                return Step(STOP, MotionOutcome(False, INVALID_PATH))
        ahead = self._watch.look(self.tracker, view)
        command = self.tracker.step(view.pose, view.last, view.limits, view.dt, ahead)
        if self._free_space is not None:
            command = self._free_space.command(view, self.tracker, ahead) or command
        if self.tracker.phase == "done":
            self.blocked = ""
            return Step(STOP, MotionOutcome(True))
        self._note(view, ahead.blocker if ahead.free < self.tracker.params.gap + 0.6 else "", command.v)
        if self._progress.stalled(view.now, view.pose):
            return Step(STOP, MotionOutcome(False, FAILED_TO_MAKE_PROGRESS))
        return Step(command)

    def _off(self, pose: Pose2D) -> float:
        assert self.tracker is not None
        x, y = self.tracker.path.legs[self.tracker.leg].at(max(self.tracker.s, 0.0))
        return math.hypot(pose.x - x, pose.y - y)

    def _note(self, view: MotionView, blocker: Blocker, v: float) -> None:
        self.blocked = blocker
        if not blocker or abs(v) > 0.08:
            self.blocked_since = None
        elif self.blocked_since is None:
            self.blocked_since = view.now
