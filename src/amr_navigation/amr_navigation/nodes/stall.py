"""Whether it was this process that stood still, and not what it hears: stopped, swapped out, on a full machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

_LONG_S: Final = 1.0  # ten ticks: a busy machine is late by less; longer, others are blamed for what was not heard
_LATELY_S: Final = 2.0
"""s after it: what had waited is heard by then."""


class Stall:
    """Beaten at each tick. clock: s that go on while the process is stopped, not while its computer sleeps or is off.

    Somebody who wants to carry a robot switches it off; that is no stall.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._lost, self._ended = 0.0, -math.inf

    def beat(self) -> None:
        """Say that the process runs."""
        now = self._clock()
        if now - self._last > _LONG_S:
            # One that swaps stands again and again.
            before = self._lost if self._last - self._ended <= _LATELY_S else 0.0
            self._lost, self._ended = before + now - self._last, now
        self._last = now

    def lately(self) -> float:
        """Return for how long (s) the process stood still just before now; 0 when it did not."""
        self.beat()
        return self._lost if self._last - self._ended <= _LATELY_S else 0.0
