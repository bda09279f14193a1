"""Where the dock is, from the map and from marker detections, kept in the odom frame."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, compose, relative, wrap_angle
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.motion import DockDetection

GATE, GATE_ANGLE = 0.4, 0.3  # m, rad: a detection further off is another thing
GAIN, GAIN_ANGLE = 0.3, 0.05  # least share of a new detection; a heading from one picture is rough
TRUSTED_ANGLE = 0.1  # rad: a heading further off is not taken over


class DockEstimate:
    """Starts from the map's dock pose; each detection moves the marker, and a little the heading, of the estimate."""

    def __init__(self, expected: Pose2D) -> None:
        self.seen = 0
        self._expected = self._marker_of(expected)
        self._marker = self._expected

    def add(self, detection: DockDetection) -> bool:
        """Take in a detection; return False when it cannot be this dock."""
        seen = compose(detection.base, Pose2D(detection.x, detection.y, detection.heading))
        off = relative(self._expected, seen)
        if math.hypot(off.x, off.y) > GATE or abs(off.theta) > GATE_ANGLE:
            return False
        gain = max(GAIN, 1.0 / (self.seen + 1))
        m = self._marker
        # A far tag may show mirrored; its place is right even then, its heading is not.
        turn = GAIN_ANGLE * wrap_angle(seen.theta - m.theta) if abs(off.theta) < TRUSTED_ANGLE else 0.0
        self._marker = Pose2D(m.x + gain * (seen.x - m.x), m.y + gain * (seen.y - m.y), wrap_angle(m.theta + turn))
        self.seen += 1
        return True

    def expect(self, expected: Pose2D) -> None:
        """Take the map's dock pose (odom frame) over again; used while nothing has been detected."""
        self._expected = self._marker_of(expected)
        if self.seen == 0:
            self._marker = self._expected

    def pose(self) -> Pose2D:
        """Return the docked pose of base_link in the odom frame."""
        return compose(self._marker, Pose2D(-MARKER_AHEAD, 0.0, 0.0))

    @staticmethod
    def _marker_of(dock: Pose2D) -> Pose2D:
        return compose(dock, Pose2D(MARKER_AHEAD, 0.0, 0.0))
