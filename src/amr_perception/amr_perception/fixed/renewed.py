"""A camera whose setup changes while it watches: nothing that it guarded, or guards now, is free for a moment."""

from __future__ import annotations

from typing import Final

from amr_perception.fixed.areas import AreaEvent
from amr_perception.fixed.watch import CameraWatch, Sight

REASON: Final = "learning"
SETTLED_S: Final = 2.0
"""s that the new watch sees until what the old one held goes: it has told by then what it sees itself."""


class RenewedWatch:
    """The watch that counts, and one that it replaced, whose areas stay held until the new one has seen for a while."""

    def __init__(self, watch: CameraWatch) -> None:
        self.watch = watch
        self._old: CameraWatch | None = None
        self._saw: float | None = None
        self._wait = 0.0

    def renew(self, now: float, watch: CameraWatch) -> list[AreaEvent]:
        """Let another watch count from now (s) on; return what must be told at once: all areas of both are held."""
        ended = self._old.monitor.release() if self._old is not None else []
        self._old, self.watch, self._saw = self.watch, watch, None
        watch.monitor.follow(self._old.monitor)
        self._wait = SETTLED_S + self._old.monitor.longest_wait
        return [*ended, *self._old.monitor.hold(now, REASON), *watch.monitor.hold(now, REASON)]

    def events(self, now: float, sight: Sight) -> list[AreaEvent]:
        """Return the events that must be told at now (s)."""
        told = self.watch.events(now, sight)
        if self._old is None:
            return told
        if sight.seen is None:
            self._saw = None
        elif self._saw is None or now < self._saw:
            self._saw = now
        if self._saw is not None and now - self._saw >= self._wait:
            old, self._old = self._old, None
            return [*told, *old.monitor.release()]
        return [*told, *self._old.monitor.update(now, None, REASON)]
