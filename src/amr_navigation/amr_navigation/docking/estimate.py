"""Where the dock is, from the map and from marker detections, kept in the odom frame."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, compose, relative, wrap_angle
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.motion import DockDetection

GATE, GATE_ANGLE = 0.4, 0.3  # m, rad: a detection further off is another thing
GAIN, GAIN_ANGLE = 0.3, 0.05  # least share of a new detection; a heading from one picture is rough
TRUSTED_ANGLE = 0.1  # rad: a heading further off is not taken over
MAP_ANGLE = 0.005
"""rad (1 sigma) of a dock's heading in the map, together with a lidar's pose before a wall."""
FIRST_SPREAD, SPREAD_GAIN = 0.05, 0.1
"""rad that headings of pictures are taken to scatter by before there are some; least share of a new one."""
ALIKE = 10
"""Pictures at most that err each by itself: the same tag from nearly the same place errs the same way."""
UNLIKELY, CERTAIN = 2.0, 3.5
"""Sigmas that map and pictures differ by: from the first on it may be, from the second on it is the dock that moved."""


class DockEstimate:
    """Starts from the map's dock pose; each detection moves the marker, and a little the heading, of the estimate.

    The heading is that of the map, by the robot's pose of now, and that of the pictures, each as far as it is sure:
    what a depth camera sees of a pallet hardly scatters, and pallets stand askew; small tags scatter by degrees.
    """

    def __init__(self, expected: Pose2D) -> None:
        self.seen = 0
        self._expected = self._first = self._marker_of(expected)
        self._x, self._y = self._expected.x, self._expected.y
        self._headings, self._mean, self._spread = 0, 0.0, FIRST_SPREAD**2

    def add(self, detection: DockDetection) -> bool:
        """Take in a detection; return False when it cannot be this dock."""
        seen = compose(detection.base, Pose2D(detection.x, detection.y, detection.heading))
        off = relative(self._expected, seen)
        if math.hypot(off.x, off.y) > GATE or abs(off.theta) > GATE_ANGLE:
            return False
        gain = max(GAIN, 1.0 / (self.seen + 1))
        self._x, self._y = self._x + gain * (seen.x - self._x), self._y + gain * (seen.y - self._y)
        if abs(off.theta) < TRUSTED_ANGLE:  # a far tag may show mirrored; its place is right even then
            self._turn(wrap_angle(seen.theta - self._first.theta))
        self.seen += 1
        return True

    def _turn(self, seen: float) -> None:
        """Take in a heading (rad over the first that the map gave)."""
        self._headings += 1
        if self._headings > 1:
            gain = max(SPREAD_GAIN, 1.0 / self._headings)
            self._spread += gain * ((seen - self._mean) ** 2 - self._spread)
        # The first counts in full: a mean that began at 0 would lean towards the map.
        self._mean += GAIN_ANGLE / (1.0 - (1.0 - GAIN_ANGLE) ** self._headings) * (seen - self._mean)

    def expect(self, expected: Pose2D) -> None:
        """Take the map's dock pose (odom frame) over again: its place counts while nothing has been detected."""
        self._expected = self._marker_of(expected)
        if self.seen == 0:
            self._x, self._y = self._expected.x, self._expected.y

    @property
    def heading(self) -> float:
        """Heading (rad) of a robot in the dock, odom frame."""
        if self._headings == 0:
            return self._expected.theta
        mapped = wrap_angle(self._expected.theta - self._first.theta)
        pictures = self._spread / min(self._headings, ALIKE)
        differ, both = self._mean - mapped, MAP_ANGLE**2 + pictures
        moved = min(max((abs(differ) / math.sqrt(both) - UNLIKELY) / (CERTAIN - UNLIKELY), 0.0), 1.0)
        share = MAP_ANGLE**2 / both
        return wrap_angle(self._first.theta + mapped + (share + (1.0 - share) * moved) * differ)

    def pose(self) -> Pose2D:
        """Return the docked pose of base_link in the odom frame."""
        return compose(Pose2D(self._x, self._y, self.heading), Pose2D(-MARKER_AHEAD, 0.0, 0.0))

    @staticmethod
    def _marker_of(dock: Pose2D) -> Pose2D:
        return compose(dock, Pose2D(MARKER_AHEAD, 0.0, 0.0))
