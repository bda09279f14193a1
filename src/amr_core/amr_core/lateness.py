"""How late messages are, by the sender's own stamps, without trusting that its clock shows the right time.

The quickest message so far gives the difference of the two clocks; what took longer than that by more than a limit was
under way too long and says nothing of now. Stamps that go back are old messages, unless they go back far: then the
sender's clock was set, or the sender started anew. A clock that was set back a little shows by a row of messages that
are all late by the same: a backlog comes faster than it was sent, and a line that chokes is later each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

ROW: Final = 10
SURE_S: Final = 5.0
"""So many messages in a row, over so many s, late by the same: the sender's clock was set."""
_EVEN: Final = 0.5  # s that lateness may vary in such a row
_SET: Final = 10.0  # s back: a clock that was set, not a message that was overtaken
_DRIFT: Final = 1e-4  # s a second that two clocks may drift apart


@dataclass
class _Row:
    """Messages in a row that were not fresh, with stamps that rise as evenly as they come. least, most: s they took."""

    began: float
    least: float
    most: float
    count: int = 1

    def takes(self, took: float) -> bool:
        """Add a message; False when it does not go with the others."""
        least, most = min(self.least, took), max(self.most, took)
        if most - least > _EVEN:
            return False
        self.least, self.most, self.count = least, most, self.count + 1
        return True

    def sure(self, now: float) -> bool:
        """Return whether it tells of a clock that was set."""
        return self.count >= ROW and now - self.began >= SURE_S


@dataclass
class Lateness:
    """One sender. limit: s beyond the quickest message that one may have taken. dropped: how many were not fresh."""

    limit: float
    dropped: int = 0
    _newest: float = -math.inf
    _quickest: float = math.inf
    _heard: float = -math.inf
    _row: _Row | None = None
    _news: str = ""

    def fresh(self, stamp: float, now: float) -> bool:
        """Return whether a message with this stamp (s, sender's clock; 0: none) that came now (s) says how it is."""
        if stamp == 0.0:
            return True
        if stamp < self._newest - _SET:
            self._newest, self._quickest = -math.inf, math.inf
        if self._on_time(stamp, now) or self._set_anew(stamp, now):
            self._row = None
            return True
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:
            self._news = f"overtaken or too long under way, does not count ({self.dropped} in all)"
        return False

    def news(self) -> str:
        """Return what a person should know of this sender since the last call; of drops the 1st, 2nd, 4th, ..."""
        news, self._news = self._news, ""
        return news

    def _on_time(self, stamp: float, now: float) -> bool:
        if stamp < self._newest:
            return False
        took = now - stamp
        drifted = _DRIFT * (now - self._heard) if math.isfinite(self._quickest) else 0.0
        self._quickest = min(took, self._quickest + drifted)
        self._newest, self._heard = stamp, now
        return took - self._quickest <= self.limit

    def _set_anew(self, stamp: float, now: float) -> bool:
        """Take a message that is not fresh; True when it ends a row that shows that the sender's clock was set."""
        took = now - stamp
        if self._row is None or not self._row.takes(took):
            self._row = _Row(now, took, took)
            return False
        if not self._row.sure(now):
            return False
        self._news = f"its clock was set by {self._quickest - self._row.least:+.1f} s: it counts again"
        self._newest, self._quickest, self._heard = stamp, self._row.least, now
        return True
