"""The pose between two corrections: the localiser's last word, carried on by wheel odometry."""

from __future__ import annotations

from collections import deque

from amr_core.geometry import Pose2D, compose, distance, inverse, wrap_angle

_HISTORY_S = 2.0  # perception takes a picture up to 2 s old, and asks where the robot was when it was taken
LEAP, FASTEST = (0.1, 0.1), (2.5, 4.0)
"""(m, rad) and (m/s, rad/s): wheels that went further than LEAP + FASTEST x time were set to another count."""
ZERO, BACK = (0.01, 0.01), (0.05, 0.03)
"""(m, rad): a base that reads within ZERO of zero was started again when it was further than BACK from there before;
one that drives by there has a reading every 5 cm. Soon after a start little is counted, and that little passed for a
motion: robots were up to 1.8 m off."""


def wheels_leap(then: float, before: Pose2D, now: float, after: Pose2D) -> bool:
    """Return whether no robot can have gone from one odometry pose to the next between two times (s).

    So it looks when the driver of a base was started again and counts from zero.
    """
    if anew(before, after):
        return True
    gap, turn = max(0.0, now - then), abs(wrap_angle(after.theta - before.theta))
    return distance(before, after) > LEAP[0] + FASTEST[0] * gap or turn > LEAP[1] + FASTEST[1] * gap


def anew(before: Pose2D, after: Pose2D) -> bool:
    """Return whether wheels that read before now count from zero."""
    start = Pose2D(0.0, 0.0, 0.0)
    return not _beyond(start, after, ZERO) and _beyond(before, after, BACK)


def _beyond(a: Pose2D, b: Pose2D, limits: tuple[float, float]) -> bool:
    return distance(a, b) > limits[0] or abs(wrap_angle(a.theta - b.theta)) > limits[1]


class PoseFollower:
    """Joins amcl_pose (map frame, at its stamp) and odometry (odom frame, now) to a pose in the map frame."""

    def __init__(self) -> None:
        self._odom: deque[tuple[float, Pose2D]] = deque(maxlen=128)
        self._correction: tuple[float, Pose2D] | None = None
        self._map_to_odom: Pose2D | None = None

    def on_odom(self, stamp: float, pose: Pose2D) -> None:
        """Take the odometry pose of a time (s)."""
        if self._odom and stamp < self._odom[-1][0]:
            self._odom.clear()
        elif self._odom and wheels_leap(*self._odom[-1], stamp, pose):
            self._count_anew(pose)
        self._odom.append((stamp, pose))
        while self._odom[0][0] < stamp - _HISTORY_S:
            self._odom.popleft()
        if self._correction is not None:
            self._apply()

    def _count_anew(self, odom: Pose2D) -> None:
        """Stay where it was: what the wheels said before joins nothing any more."""
        was = self.pose()
        self._odom.clear()
        self._correction = None
        self._map_to_odom = None if was is None else compose(was, inverse(odom))

    def on_correction(self, stamp: float, pose: Pose2D) -> None:
        """Take the localiser's pose of a time (s); it holds from then on."""
        self._correction = (stamp, pose)
        if self._odom:
            self._apply()

    def pose(self) -> Pose2D | None:
        """Return the newest pose in the map frame, None before the first correction."""
        if self._map_to_odom is None or not self._odom:
            return self._correction[1] if self._correction is not None else None
        return compose(self._map_to_odom, self._odom[-1][1])

    def pose_at(self, stamp: float) -> Pose2D | None:
        """Return the pose of a time (s) at most two seconds ago, by the odometry nearest to it."""
        if self._map_to_odom is None or not self._odom:
            return self.pose()
        return compose(self._map_to_odom, self._nearest(stamp))

    def _apply(self) -> None:
        # A correction may arrive before the odometry of its own stamp: then the first later odometry settles it.
        assert self._correction is not None
        stamp, pose = self._correction
        self._map_to_odom = compose(pose, inverse(self._nearest(stamp)))
        if self._odom[-1][0] >= stamp:
            self._correction = None

    def _nearest(self, stamp: float) -> Pose2D:
        for at, pose in reversed(self._odom):
            if at <= stamp + 1e-6:
                return pose
        return self._odom[0][1]
