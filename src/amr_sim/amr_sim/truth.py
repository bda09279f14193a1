"""How well robots know where they are and how well they dock: by the true poses."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, distance, wrap_angle
from amr_core.site import Site

SETTLE_SECONDS = 5.0  # chosen: the guess that localisation starts with is no figure of a run; longer hides a slow start
KEEP_STEPS = 400
BIN = 0.001  # m: errors of localisation are told by the millimetre
BINS = 5000


class LocalizationLog:
    """Collects position errors in bins of 1 mm; the first SETTLE_SECONDS of a run do not count."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=KEEP_STEPS)
        self._states: deque[FloatArray] = deque(maxlen=KEEP_STEPS)
        self._bins = np.zeros(BINS, dtype=np.int64)

    def record(self, time: float, positions: FloatArray) -> None:
        """Keep the true positions (R, 2+) at a time (s)."""
        self._times.append(time)
        self._states.append(positions[:, :2].copy())

    def observe(self, robot: int, time: float, x: float, y: float) -> None:
        """Compare a robot's estimate for a time (s) with the truth; one that is too old is ignored."""
        if time < SETTLE_SECONDS or not self._times or time < self._times[0] - 0.1:
            return
        nearest = min(range(len(self._times)), key=lambda k: abs(self._times[k] - time))
        true_x, true_y = self._states[nearest][robot]
        error = math.hypot(x - true_x, y - true_y)
        if math.isfinite(error):
            self._bins[min(BINS - 1, int(error / BIN))] += 1

    @property
    def p95(self) -> float:
        """The 95th percentile of all errors in metres; -1 before the first."""
        total = int(self._bins.sum())
        if total == 0:
            return -1.0
        return float((np.searchsorted(np.cumsum(self._bins), 0.95 * total) + 1) * BIN)


@dataclass
class DockingLog:
    """How far from their stations robots stood when a load changed hands: the worst, -1 before the first.

    offset: m, in any direction; angle: rad.
    """

    stations: Sequence[Pose2D]
    offset: float = -1.0
    angle: float = -1.0

    @staticmethod
    def of(site: Site) -> DockingLog:
        """Return an empty log of a site's stations."""
        return DockingLog([station.pose for place in site.places for station in place.stations])

    def note(self, pose: Pose2D) -> None:
        """Take the true pose of a robot that took or gave a load; it counts for the nearest station."""
        station = min(self.stations, key=lambda s: distance(pose, s), default=None)
        if station is not None:
            self.offset = max(self.offset, distance(pose, station))
            self.angle = max(self.angle, abs(wrap_angle(pose.theta - station.theta)))
