"""The time of a process that runs on wall time: it begins as the computer's clock and never jumps after that.

A clock that is set (by NTP, by hand, by a battery that died) must neither freeze nor hurry what counts seconds.
Stamps of messages stay those of the computer's clock, since drivers and other computers use it: see
`amr_ros.convert.use_clock`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

JUMP = 0.05
"""s between two looks, 20 ms apart: more is a clock that was set; NTP's slewing moves both clocks alike."""
_DEAD = 0.005  # s: below it the two clocks agree, and stamps stay what they were
_SURE = 0.002  # s that reading both clocks may take: who is interrupted between them compares two moments
_SAME = 0.5  # s: a stamp that seems further from now may be from the other side of a jump
_AGREED = 2.0  # s after a jump in which all processes of the computer have seen it, and old messages have come


class SteadyClock:
    """Seconds that rise evenly; offset: by how much (s) the computer's clock has left them since the start."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._anchor = 0.0
        ahead = self._ahead()
        while ahead is None:
            ahead = self._ahead()
        self._anchor = ahead
        self.offset = 0.0
        self.jumps = 0
        self._former, self._jumped, self._untold = 0.0, float("-inf"), 0.0

    def now(self) -> float:
        """Return the time in s; it never falls."""
        return self._anchor + self._steady()

    def _ahead(self) -> float | None:
        """Return by how much the computer's clock is ahead of now (s), None when it could not be read at one moment."""
        before = self.now()
        wall = self._wall()
        after = self.now()
        return wall - (before + after) / 2.0 if after - before <= _SURE else None

    def look(self) -> float:
        """Compare the clocks; return by how much (s) the computer's was set since the last look, 0.0 = it was not."""
        self._compare()
        change, self._untold = self._untold, 0.0
        return change

    def own(self, stamp: float) -> float:
        """Return a moment of the computer's clock (s) in this clock's seconds.

        The processes of a computer see at different moments that its clock was set. So close to a jump a stamp is read
        by the offset that puts it nearer to now: this one, or the one before.
        """
        now, seconds = self.now(), stamp - self.offset
        if abs(seconds - now) < _SAME:
            return seconds
        self._compare()  # who stamped it may have seen what is not known here yet
        seconds = stamp - self.offset
        if now - self._jumped > _AGREED:
            return seconds
        return min(seconds, stamp - self._former, key=lambda moment: abs(moment - now))

    def _compare(self) -> None:
        offset = self._ahead()
        if offset is None or abs(offset - self.offset) < _DEAD:
            return
        change, former, self.offset = offset - self.offset, self.offset, offset
        if abs(change) >= JUMP:
            self.jumps += 1
            self._former, self._jumped, self._untold = former, self.now(), self._untold + change
