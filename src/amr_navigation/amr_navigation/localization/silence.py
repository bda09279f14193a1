"""While the wheels are unheard the scans go on: they follow a robot that rolls out, and know that nobody carried it."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D
from amr_navigation.localization.odometry import further

UNHEARD = 0.25  # s: more than the slowest base leaves between two readings, and fewer than three scans
HOLE = 2.5
"""s without a scan that shows the place: nobody lifts a robot up and sets it down elsewhere sooner."""
COAST = (1.5, 0.9)  # m, rad: how far a robot gets whose base is unheard: it soon stands
SILENCE, SHORT_GAP = 2.0, 10.0
"""Without wheel odometry for SILENCE s the robot was off, or its base: it may be anywhere. Within SHORT_GAP s nobody
has carried it to a place that looks like its own."""


class Silence:
    """The silence of the wheels that goes on now, if any. rolled: the scans moved the pose meanwhile."""

    def __init__(self) -> None:
        self._began: Pose2D | None = None
        self._seen = -math.inf
        self.rolled = False

    def over(self) -> None:
        """The wheels are heard again, or the place is given up."""
        self._began, self._seen, self.rolled = None, -math.inf, False

    def goes_on(self, stamp: float, heard: float, pose: Pose2D, looked: float) -> bool:
        """Return whether the wheels, last heard at a stamp (s), are silent in the scan of another.

        pose, looked: where the robot was last found and when (s); it begins there.
        """
        if stamp - heard <= UNHEARD:
            return False
        if self._began is None:
            self._began, self._seen = pose, max(heard, looked)
        return True

    def rolls_to(self, pose: Pose2D) -> bool:
        """Return whether a robot may have rolled out to pose, and take note that it did."""
        if self._began is None or further(self._began, pose, *COAST):
            return False
        self.rolled = True
        return True

    def see(self, stamp: float) -> None:
        """Take in that the scan of stamp (s) showed the place; after a HOLE that says nothing."""
        if stamp - self._seen <= HOLE:
            self._seen = stamp

    def watched(self, now: float) -> bool:
        """Return whether scans have shown the place from the beginning of the silence to now (s)."""
        return now - self._seen <= HOLE
