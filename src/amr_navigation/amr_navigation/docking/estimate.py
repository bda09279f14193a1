"""Where the dock is, from the map and from marker detections, kept in the odom frame."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, compose, relative, wrap_angle
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.motion import DockDetection

GATE, GATE_ANGLE = 0.4, 0.3  # m, rad: a detection further off is another thing
GAIN, GAIN_ANGLE = 0.3, 0.05  # least share of a new detection; a heading from one picture is rough
TRUSTED_ANGLE = 0.1  # rad: a heading further off is not taken over
LIKELY_ANGLE, CERTAIN_ANGLE = 0.015, 0.03
"""rad that pictures and map differ by: up to here it may be the pictures' own error, from there on the thing is turned.

A lidar's pose before a wall is good to a tenth of a degree, pictures of a small tag are not; pallets stand askew by
degrees.
"""
UNCERTAIN_SHARE = 0.5
"""Most that pictures count of the heading when they differ from the map by no more than LIKELY_ANGLE."""


class DockEstimate:
    """Starts from the map's dock pose; each detection moves the marker, and a little the heading, of the estimate.

    What pictures do not say of the heading comes from the map, by the robot's pose of now: it gets better on the way.
    """

    def __init__(self, expected: Pose2D) -> None:
        self.seen = 0
        self._expected = self._first = self._marker_of(expected)
        self._x, self._y = self._expected.x, self._expected.y
        self._tags = self._share = 0.0

    def add(self, detection: DockDetection) -> bool:
        """Take in a detection; return False when it cannot be this dock."""
        seen = compose(detection.base, Pose2D(detection.x, detection.y, detection.heading))
        off = relative(self._expected, seen)
        if math.hypot(off.x, off.y) > GATE or abs(off.theta) > GATE_ANGLE:
            return False
        gain = max(GAIN, 1.0 / (self.seen + 1))
        self._x, self._y = self._x + gain * (seen.x - self._x), self._y + gain * (seen.y - self._y)
        if abs(off.theta) < TRUSTED_ANGLE:  # a far tag may show mirrored; its place is right even then
            kept = 1.0 - GAIN_ANGLE
            self._tags = kept * self._tags + GAIN_ANGLE * wrap_angle(seen.theta - self._first.theta)
            self._share = kept * self._share + GAIN_ANGLE
        self.seen += 1
        return True

    def expect(self, expected: Pose2D) -> None:
        """Take the map's dock pose (odom frame) over again: its place counts while nothing has been detected."""
        self._expected = self._marker_of(expected)
        if self.seen == 0:
            self._x, self._y = self._expected.x, self._expected.y

    @property
    def heading(self) -> float:
        """Heading (rad) of a robot in the dock, odom frame."""
        mapped = wrap_angle(self._expected.theta - self._first.theta)
        if self._share == 0.0:
            return self._expected.theta
        differ = self._tags / self._share - mapped
        certain = min(max((abs(differ) - LIKELY_ANGLE) / (CERTAIN_ANGLE - LIKELY_ANGLE), 0.0), 1.0)
        share = min(self._share, UNCERTAIN_SHARE + (1.0 - UNCERTAIN_SHARE) * certain)
        return wrap_angle(self._first.theta + mapped + share * differ)

    def pose(self) -> Pose2D:
        """Return the docked pose of base_link in the odom frame."""
        return compose(Pose2D(self._x, self._y, self.heading), Pose2D(-MARKER_AHEAD, 0.0, 0.0))

    @staticmethod
    def _marker_of(dock: Pose2D) -> Pose2D:
        return compose(dock, Pose2D(MARKER_AHEAD, 0.0, 0.0))
