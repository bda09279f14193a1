"""Where the dock is, from the map and from marker detections, kept in the odom frame."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose, relative, wrap_angle
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.motion import DockDetection

GATE, GATE_ANGLE = 0.4, 0.3  # m, rad: a detection further off is another thing
PICTURES, ALIKE_PLACE = 5, 0.03
"""The place is that of the newest pictures that agree with each other within so much (m): one that is wrong moves
nothing, three of five that say the same are believed at once."""
GAIN_ANGLE = 0.05  # least share of a new heading: one from one picture is rough
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
    """Starts from the map's dock pose; detections that agree move the marker, each a little the heading.

    The heading is that of the map, by the robot's pose of now, and that of the pictures, each as far as it is sure:
    what a depth camera sees of a pallet hardly scatters, and pallets stand askew; small tags scatter by degrees.
    """

    def __init__(self, expected: Pose2D) -> None:
        self._begin(self._marker_of(expected))

    def _begin(self, marker: Pose2D) -> None:
        self.seen = 0
        self._expected = self._first = marker
        self._x, self._y = marker.x, marker.y
        self._places: deque[tuple[float, float, float]] = deque(maxlen=PICTURES)  # stamp (s), x, y (m)
        self._headings, self._mean, self._spread = 0, 0.0, FIRST_SPREAD**2
        self._weights, self._weight = 0.0, 1.0

    def add(self, detection: DockDetection) -> bool:
        """Take in a detection; return False when it cannot be this dock."""
        seen = compose(detection.base, Pose2D(detection.x, detection.y, detection.heading))
        off = relative(self._expected, seen)
        if math.hypot(off.x, off.y) > GATE or abs(off.theta) > GATE_ANGLE:
            return False
        self._places.append((detection.stamp, seen.x, seen.y))
        self._x, self._y = _agreed(np.array(self._places)[:, 1:])
        if abs(off.theta) < TRUSTED_ANGLE:  # a far tag may show mirrored; its place is right even then
            way = max(math.hypot(detection.x, detection.y), MARKER_AHEAD)
            self._turn(wrap_angle(seen.theta - self._first.theta), (MARKER_AHEAD / way) ** 4)
        self.seen += 1
        return True

    def _turn(self, seen: float, weight: float) -> None:
        """Take in a heading (rad over the first that the map gave); its scatter grows with the square of the way."""
        self._headings += 1
        self._weight = weight
        if self._headings == 1:
            self._spread = weight * FIRST_SPREAD**2  # as of a picture from the dock
        else:
            gain = max(SPREAD_GAIN, 1.0 / self._headings)
            self._spread += gain * (weight * (seen - self._mean) ** 2 - self._spread)
        # The first counts in full: a mean that began at 0 would lean towards the map.
        self._weights = (1.0 - GAIN_ANGLE) * self._weights + weight
        self._mean += weight / self._weights * (seen - self._mean)

    @property
    def newest(self) -> float:
        """When (s) the newest picture was taken; minus infinity before the first."""
        return self._places[-1][0] if self._places else -math.inf

    def since(self, stamp: float) -> int:
        """Return how many of the newest pictures were taken since a time (s)."""
        return sum(place[0] >= stamp for place in self._places)

    def expect(self, expected: Pose2D) -> bool:
        """Take the map's dock pose (odom frame) over again: its place counts while nothing has been detected.

        Return False when what was seen is far from there by now: then map or odometry has leapt, and nobody can say
        which of the two is right.
        """
        self._expected = marker = self._marker_of(expected)
        if self.seen == 0:
            self._begin(marker)
        # Twice: a pose that is corrected by centimetres must not give up a dock at the edge of what is taken.
        return math.hypot(self._x - marker.x, self._y - marker.y) <= 2.0 * GATE

    @property
    def heading(self) -> float:
        """Heading (rad) of a robot in the dock, odom frame."""
        if self._headings == 0:
            return self._expected.theta
        mapped = wrap_angle(self._expected.theta - self._first.theta)
        pictures = self._spread / min(self._weights, ALIKE * self._weight)
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


def _agreed(places: FloatArray) -> tuple[float, float]:
    """Return the mean (m) of those places (N x 2, oldest first) that agree with the one in their midst."""
    apart = np.hypot(*np.moveaxis(places[:, None] - places, -1, 0))
    x, y = places[apart[apart.sum(axis=1).argmin()] <= ALIKE_PLACE].mean(axis=0).tolist()
    return x, y
