"""Lets a fleet of a browser test live: so many of its seconds a second, or as fast as it can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pace:
    """Calls `step`, which is dt fleet seconds long, in a thread of its own, `speed` fleet seconds a second."""

    def __init__(self, step: Callable[[], None], dt: float, speed: float) -> None:
        self._step, self._dt, self._speed = step, dt, speed
        self._stop, self._lived = threading.Event(), threading.Condition()
        self._steps = self._ahead_until = 0
        self._still, self._hold = threading.Lock(), False
        self._thread = threading.Thread(target=self._live, name="pace")
        self._thread.start()

    def skip(self, seconds: float) -> None:
        """Let the fleet live on for fleet seconds as fast as it can, and return when it has."""
        with self._lived:
            self._ahead_until = self._steps + int(seconds / self._dt)
            if not self._lived.wait_for(lambda: self._steps >= self._ahead_until, 120):
                raise TimeoutError("the fleet does not get ahead")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the fleet stand still: all that looks at it sees one snapshot. Nobody may ask it for anything then."""
        self._hold = True
        with self._still:  # the step that runs is done
            pass
        try:
            yield
        finally:
            self._hold = False

    def _live(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            with self._still:
                if stands := self._hold:
                    due = time.monotonic()
                else:
                    self._step()
            if stands:
                self._stop.wait(0.02)
                continue
            with self._lived:
                self._steps += 1
                if self._steps < self._ahead_until:
                    continue
                self._lived.notify_all()
            due = max(due + self._dt / self._speed, time.monotonic() - 0.2)
            self._stop.wait(max(0.0, due - time.monotonic()))

    def close(self) -> None:
        """Stop; the step that runs is done first."""
        self._stop.set()
        self._thread.join()
