"""What the end of a process means for a launch: nothing, another try, or the end of everything with one clear error."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from amr_core.errors import AmrError

TRIES, WITHIN = 3, 60.0
"""A process that failed so often within so many seconds will not get better by itself."""


class Exits:
    """The on_exit of one process: raises launch.ended, which ends the launch with exit code 1.

    vital: what a person should do when it ends; empty: it may end, and is started again a few times. once: it ends by
    itself, and only its failure counts.
    """

    def __init__(self, vital: str = "", *, once: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._vital = vital
        self._once = once
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=TRIES)

    def __call__(self, event: Any, context: Any) -> None:
        """Take note of an exit (launch.events.process.ProcessExited)."""
        code = int(event.returncode)
        if context.is_shutdown or (code == 0 and (self._once or not self._vital)):
            return
        reason = f"signal {-code}" if code < 0 else f"exit code {code}"
        if self._vital:
            raise AmrError("launch.ended", process=event.process_name, reason=reason, cure=self._vital)
        self._failures.append(self._clock())
        if not self._once and len(self._failures) == TRIES and self._failures[-1] - self._failures[0] < WITHIN:
            reason = f"{reason}, {TRIES} times within {WITHIN:.0f} s"
            raise AmrError(
                "launch.ended", process=event.process_name, reason=reason, cure="its last lines above say why"
            )
