"""Two clocks: one that is never set, for how long something lasts, and the computer's, for stamps."""

from __future__ import annotations

import time
from collections.abc import Callable


class GatewayClocks:
    """Reads both. A clock that is set back by an hour must not stop for an hour what is to come after a second."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._began = wall() - steady()

    def read(self) -> tuple[float, float]:
        """Return s of the steady clock, and by how much the computer's clock (s since 1970) is ahead of it.

        Both were alike when this began.
        """
        now = self._began + self._steady()
        return now, self._wall() - now
