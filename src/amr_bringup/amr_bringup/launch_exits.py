"""What the end of a process, or a line that it says, means for a launch: nothing, another try, or the end of all."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Mapping
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


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STARTED = 300.0  # s after which a start is over, also on a slow machine
_LONGEST = 2000
"""Characters of a line without an end that are kept."""


class Refusals:
    """The on_stdout and on_stderr of one process: raises launch.ended at a line that says that the start is in vain.

    refusals: as in NodeSpec. Gazebo answers a request to spawn a robot with "yes", and says only in its own output that
    it did not; a bridge goes on without a topic that it cannot bridge. Everything would wait for what never comes.
    What somebody asks of a simulation that has run for long, and is refused, ends nothing; nor does what a process says
    that is being ended, as a bridge that was still making its topics.
    """

    def __init__(self, refusals: Mapping[str, tuple[str, str]], clock: Callable[[], float] = time.monotonic) -> None:
        self._refusals = [(re.compile(pattern), what, cure) for pattern, (what, cure) in refusals.items()]
        self._rest = {True: "", False: ""}
        self._over = False
        self._clock, self._until = clock, clock() + STARTED

    def end(self, _event: Any = None, _context: Any = None) -> None:
        """Listen no more (the on_shutdown of the launch)."""
        self._over = True

    def __call__(self, event: Any) -> None:
        """Take a piece of output (launch.events.process.ProcessIO)."""
        error = bool(event.from_stderr)
        text = self._rest[error] + event.text.decode(errors="replace")
        *lines, rest = text.split("\n")
        self._rest[error] = rest[-_LONGEST:]
        for line in lines:
            for pattern, what, cure in self._refusals:
                if not self._over and self._clock() < self._until and pattern.search(line):
                    self.end()  # one clear error: the lines after it only say more of the same
                    reason = f"{event.process_name}: {' '.join(_COLOURS.sub('', line).split())}"
                    raise AmrError("launch.ended", process=what, reason=reason, cure=cure)
