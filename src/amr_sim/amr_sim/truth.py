"""How well the robots know where they are: their estimates against the true poses at the same time."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from amr_core.geometry import FloatArray

SETTLE_SECONDS = 5.0
KEEP_STEPS = 400
BIN = 0.001
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
