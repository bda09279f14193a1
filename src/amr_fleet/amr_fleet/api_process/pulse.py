"""The pulse of the API's event loop, as the engine feels it: one without is ended and started again."""

from __future__ import annotations

import threading
from typing import Final

BEAT_S: Final = 1.0
"""s between two beats: the loop itself tells them."""
START_SECONDS: Final = 120.0
"""s until the first one must come: Python imports the API within 2 s, on a full machine within 25."""
HUNG_SECONDS: Final = 15.0
"""s without one, after which the loop hangs: a full machine lets it wait for some."""


class Pulse:
    """Counts looks, one every BEAT_S, and not s: where this process itself stood still it does not blame the other."""

    def __init__(self) -> None:
        self._beat = threading.Event()
        self._looks, self._most = 0, START_SECONDS / BEAT_S

    def beat(self) -> None:
        """Note a beat; any thread."""
        self._beat.set()

    def look(self) -> bool:
        """Return whether there is hope: a beat since the last look, or few looks without one."""
        self._looks += 1
        if self._beat.is_set():
            self._beat.clear()
            self._looks, self._most = 0, HUNG_SECONDS / BEAT_S
        return self._looks < self._most
