"""What a motion is, what it sees and what it answers in each step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from amr_core.geometry import FloatArray, Pose2D, Twist2D
from amr_navigation.control.ahead import CLOSING_TIME, Ahead, Blocker, MovingObject, look_ahead
from amr_navigation.control.limits import Limits
from amr_navigation.control.tracker import PathTracker
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.obstacles import ObstacleGrid
from amr_navigation.monitor.collision import time_to_contact
from amr_navigation.planning.planner import GlobalPlanner

STOP = Twist2D(0.0, 0.0)
TF_ERROR, CONTROLLER_TIMED_OUT = 102, 107  # nav2_msgs/action/FollowPath


class MotionOutcome(NamedTuple):
    """How a motion ended: error_code is Nav2's, 0 on success."""

    succeeded: bool
    error_code: int = 0


class Step(NamedTuple):
    """The command for the next period; outcome is set in the last step."""

    command: Twist2D
    outcome: MotionOutcome | None = None


class DockDetection(NamedTuple):
    """A dock marker seen by the camera, in base_link at stamp (s): position (m), heading of the dock (rad).

    The heading is that of a docked robot: it points at the marker. base is where base_link was then (odom frame).
    """

    stamp: float
    x: float
    y: float
    heading: float
    base: Pose2D = Pose2D(0.0, 0.0, 0.0)


@dataclass
class MotionView:
    """Everything a motion may use in one step. Poses in the map frame unless said otherwise; points N x 2 in metres.

    odom (odom frame) was measured at odom_stamp (s).
    """

    now: float
    dt: float
    pose: Pose2D
    odom: Pose2D
    odom_stamp: float
    last: Twist2D
    limits: Limits
    body: Body
    cloud: FloatArray
    unmapped: FloatArray
    fresh: bool
    tracks: tuple[MovingObject, ...]
    score: float
    charging: bool
    detections: list[DockDetection]
    planner: GlobalPlanner
    obstacles: ObstacleGrid

    def contact(self, command: Twist2D, horizon: float, margin: float = 0.03) -> bool:
        """Return whether the body would touch something within horizon (s) of the command."""
        return bool(time_to_contact(self.cloud, command.v, command.w, 0.1, horizon, *self.body, margin) >= 0.0)


class Motion(ABC):
    """One thing the robot does with its drive. A subclass gives `step`; all else has the careful default.

    needs_pose: it goes by the map, so the navigator holds it while the robot is lost or blind, and ends it with
    lost_code or blind_code (Nav2's numbers) when that lasts; the default holds. odometry_code: of one that goes by the
    odometry alone, and ends with it when that is silent; 0 = it does not go by it. margin: what the collision monitor
    keeps free around the body (m). blocked: what stands in its way now. elapsed: time used (s), of motions with an
    allowance. phase: of a motion that has some, 1 and up; its client hears of each new one at once. path (N x 3: x, y
    in m, theta in rad, map frame) and tracker: for display.
    """

    needs_pose: bool = True
    lost_code: int = TF_ERROR
    blind_code: int = CONTROLLER_TIMED_OUT
    odometry_code: int = 0
    margin: float = 0.05
    blocked: Blocker = ""
    elapsed: float = 0.0
    phase: int = 0
    path: FloatArray | None = None
    tracker: PathTracker | None = None

    @abstractmethod
    def step(self, view: MotionView) -> Step:
        """Return the next command, and the outcome in the last step."""

    @property
    def looking(self) -> bool:
        """Whether it needs the dock's detector now, and drives up to, or under, what the depth camera sees."""
        return False

    @property
    def begun(self) -> bool:
        """Whether its first step was taken, so that there is a way left to tell; one that does not count says yes."""
        return True

    def relocated(self) -> None:  # noqa: B027  (nothing to do is a good default)
        """The pose has jumped; a motion that remembers places of the map forgets them here."""


@dataclass
class Watch:
    """The free way ahead of a tracker, refreshed with every new scan and shortened by the way driven since.

    What comes towards the robot is noticed without a track, too: by how the end of the free way moves along the path.
    """

    ahead: Ahead = field(default_factory=Ahead)
    at: float = 0.0
    leg: int = 0
    ends: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=6))

    def look(self, tracker: PathTracker, view: MotionView) -> Ahead:
        """Return what lies ahead on the tracker's current leg."""
        if view.fresh or self.leg != tracker.leg:
            speed = abs(view.last.v)
            poses = tracker.ahead(1.2 + 2.2 * speed)
            if self.leg != tracker.leg:
                self.ends.clear()
            self.at, self.leg = tracker.s, tracker.leg
            self.ahead = Ahead()
            if len(poses):
                self.ahead = look_ahead(poses, view.unmapped, view.tracks, view.body.grown(0.08), speed)
            self.ahead = replace(self.ahead, free=self.ahead.free - self._closing(view.now))
        gone = tracker.s - self.at
        return Ahead(self.ahead.free - gone, self.ahead.blocker, self.ahead.beside - gone)

    def _closing(self, now: float) -> float:
        """Return what an approaching obstacle takes off the free way (m)."""
        if math.isinf(self.ahead.free):
            self.ends.clear()
            return 0.0
        self.ends.append((now, self.at + self.ahead.free))
        (t0, end0), (t1, end1) = self.ends[0], self.ends[-1]
        speed = (end0 - end1) / (t1 - t0) if t1 - t0 > 0.25 else 0.0
        return min(speed, 1.5) * CLOSING_TIME if speed > 0.3 else 0.0
