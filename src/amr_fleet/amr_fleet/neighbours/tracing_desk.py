"""Follows the journal and the robots' goals, and has their spans sent. Everything happens in its own threads."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Final, Protocol

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import UNIX
from amr_fleet.neighbours.order_traces import KINDS, OrderTraces
from amr_fleet.neighbours.sending import SpanSender
from amr_fleet.webhooks.threads import Threads

_AT_ONCE: Final = 500
_MOST_GOALS: Final = 2000


class TracedJournal(Protocol):
    """What this needs of the journal."""

    def last_seq(self) -> int:
        """Return the number of the last entry."""

    def after(self, seq: int, kinds: Collection[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        """Return entries of some kinds behind entry seq, and up to which entry that is all there is."""


class TracingDesk(Threads):
    """Reads what was there before without a word, so that orders that are open at the start get their spans."""

    def __init__(
        self,
        journal: TracedJournal,
        place: str,
        sender: SpanSender,
        now: Callable[[], float],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """place: of the journal; now: returns the fleet's time."""
        super().__init__("tracing", lambda _about, text: sender.complain(text))
        self._journal, self._sender, self._now, self._clock = journal, sender, now, clock
        self._traces = OrderTraces(place)
        self._goals: deque[tuple[str, str, str, int, float]] = deque(maxlen=_MOST_GOALS)
        self._seq, self._begun = 0, journal.last_seq()

    def start(self) -> None:
        """Start the threads."""
        self._sender.start()
        self._thread("journal", self.follow, 0.5)

    def close(self) -> None:
        """End the threads."""
        self.end()
        self._sender.close()

    def goal(self, robot: str, action: str, goal: str, status: int) -> None:
        """Take the status of a goal; any thread, never waits."""
        self._goals.append((robot, action, goal, status, self._clock()))

    def follow(self) -> None:
        """Read on. Raises store.failed."""
        while not self._stop.is_set():
            found, self._seq = self._journal.after(self._seq, KINDS, _AT_ONCE)
            for number, entry in found:
                for span in self._traces.take(entry, self._at(entry)):
                    if number > self._begun:
                        self._sender.put(span)
            if len(found) < _AT_ONCE:
                break
        while self._goals:
            for span in self._traces.goal(*self._goals.popleft()):
                self._sender.put(span)

    def _at(self, entry: JournalEntry) -> float:
        """Return when an entry was, in Unix seconds: a simulation's time counts back from now."""
        return entry.t if entry.t >= UNIX else self._clock() - max(0.0, self._now() - entry.t)
