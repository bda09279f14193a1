"""How late messages are, by the sender's own stamps, without trusting that its clock shows the right time.

The quickest message so far gives the difference of the two clocks; what took longer than that by more than a limit was
under way too long and says nothing of now. Stamps that go back are old messages, unless they go back far: then the
sender's clock was set, or the sender started anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_SET: Final = 10.0  # s back: a clock that was set, not a message that was overtaken
_DRIFT: Final = 1e-4  # s a second that two clocks may drift apart


@dataclass
class Lateness:
    """One sender. limit: s beyond the quickest message that one may have taken."""

    limit: float
    _newest: float = -math.inf
    _quickest: float = math.inf
    _heard: float = -math.inf

    def fresh(self, stamp: float, now: float) -> bool:
        """Return whether a message with this stamp (s, sender's clock; 0: none) that came now (s) says how it is."""
        if stamp == 0.0:
            return True
        if stamp < self._newest - _SET:
            self._newest, self._quickest = -math.inf, math.inf
        if stamp < self._newest:
            return False
        took = now - stamp
        drifted = _DRIFT * (now - self._heard) if math.isfinite(self._quickest) else 0.0
        self._quickest = min(took, self._quickest + drifted)
        self._newest, self._heard = stamp, now
        return took - self._quickest <= self.limit
