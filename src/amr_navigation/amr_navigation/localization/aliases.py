"""Keeps an eye on places that look like the one the robot believes in: a tracked pose may be right by looks only.

In small slices it compares the scan with places all over the map at the same heading and at right angles to it (halls
are built that way). One that explains the scan better, time and again, means that the tracked pose may be false. Before
a robot that has stood sets off it looks at all places of its heading at once: it may have been carried.
"""

from __future__ import annotations

import math
from typing import Protocol

from amr_core.geometry import FloatArray, Pose2D, compose
from amr_navigation.localization.params import Estimate, LocalizerParams
from amr_navigation.localization.search import GlobalSearch, Lattice, PoseCandidate, same_place

# s between two looks: each fourth or fifth scan; chosen: four looks (TIMES) in two seconds, for little CPU
PERIOD = 0.45
PLACES = 2500
QUARTERS = (0, 1, 0, 2, 0, 3)
BETTER, TIMES = 0.03, 4  # share of beams, looks in a row; chosen: one scan may be odd
SLICE_CANDIDATES, ALL_CANDIDATES = 2, 12
OPPOSED, NEARLY_ALL = 0.02, 0.9
"""While hardly a beam (share) contradicts the tracked pose, only a place that explains nearly all of them is a rival:
what stands before the robot (a forklift, a stack of pallets) may well look like a wall of some other place."""


class Believer(Protocol):
    """Who believes in a pose: the localizer, as far as its belief is compared with other places."""

    params: LocalizerParams
    estimate: Estimate

    @property
    def lattice(self) -> Lattice:
        """The places of the map."""

    def weighed(self, points: FloatArray, origins: FloatArray) -> tuple[float, float]:
        """Return the shares of points (N x 2, base_link) that the estimate explains, and that contradict it."""

    def matched_from(self, start: Pose2D, points: FloatArray, origins: FloatArray) -> PoseCandidate:
        """Return the place that the scan matches best, looked for from start (map frame)."""


class AliasWatch:
    """Looks at PLACES places every PERIOD s of tracking."""

    def __init__(self) -> None:
        self._cursor = 0
        self.reset()

    def reset(self) -> None:
        """Forget what was suspected."""
        self._next = -math.inf
        self._suspect: Pose2D | None = None
        self._times = 0

    def suspects(
        self, localizer: Believer, stamp: float, delta: Pose2D, points: FloatArray, origins: FloatArray
    ) -> bool:
        """Return whether another place has explained the scans better for TIMES looks in a row."""
        if self._suspect is not None:
            self._suspect = compose(self._suspect, delta)
        if stamp < self._next:
            return False
        self._next = stamp + PERIOD
        starts = self._slice(localizer, points) if self._suspect is None else [self._suspect]
        found = self._better(localizer, starts, points, origins)
        self._times = self._times + 1 if found is not None else 0
        self._suspect = None if found is None else found.pose
        return self._times >= TIMES

    def check_all(self, localizer: Believer, points: FloatArray, origins: FloatArray) -> bool:
        """Return whether any place of the robot's heading explains the scan better than where it believes to be."""
        lattice, heading = localizer.lattice, localizer.estimate.pose.theta
        if not len(lattice.cells):
            return False
        starts = GlobalSearch(lattice, points).best_of(lattice.cells, heading, ALL_CANDIDATES)
        return self._better(localizer, starts, points, origins) is not None

    @staticmethod
    def _better(
        localizer: Believer, starts: list[Pose2D], points: FloatArray, origins: FloatArray
    ) -> PoseCandidate | None:
        """Return a place that explains the scan well, and clearly better than the robot's own; None without one."""
        here = localizer.estimate.pose
        explained, through = localizer.weighed(points, origins)
        if explained < 0.5 and through < 0.05:
            return None  # among unmapped things hardly any place explains much: no reason to doubt
        enough = localizer.params.accept_anywhere if through >= OPPOSED else NEARLY_ALL
        bar = max(explained - through + BETTER, enough)
        for start in starts:
            place = localizer.matched_from(start, points, origins)
            if place.merit > bar and not same_place(place.pose, here):
                return place
        return None

    def _slice(self, localizer: Believer, points: FloatArray) -> list[Pose2D]:
        """Return the best places of the next slice."""
        lattice = localizer.lattice
        count = len(lattice.cells)
        if count == 0:
            return []
        turn, cell = divmod(self._cursor, count)
        heading = localizer.estimate.pose.theta + 0.5 * math.pi * QUARTERS[turn % len(QUARTERS)]
        cells = lattice.cells[cell : cell + PLACES]
        self._cursor += len(cells)
        return GlobalSearch(lattice, points).best_of(cells, heading, SLICE_CANDIDATES)
