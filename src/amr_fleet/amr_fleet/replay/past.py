"""What was open at a time gone by, without reading the journal from its beginning each time.

The first question reads the journal once, in parts, and keeps at every `EVERY`th entry those that still say something
of what is open then: a handful, and the same ones over and over. Later questions read on from the last such place
before their time, at most `EVERY` entries. Fleet time never falls within a journal.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Protocol

from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState

EVERY: Final = 5000
_ENDS: Final = ("order_done", "order_cancelled", "order_failed")

Numbered = tuple[int, JournalEntry]


class Parts(Protocol):
    """What is needed of a journal."""

    def part(self, after: int, limit: int) -> Sequence[Numbered]:
        """Return at most limit entries behind number `after`, with their numbers, oldest first."""


@dataclass
class _Open:
    """The entries that what is open hangs on, by what they are about. visits: all, as later ones name earlier ones."""

    about: dict[tuple[str, str], list[Numbered]] = field(default_factory=dict)
    visits: list[Numbered] = field(default_factory=list)

    def take(self, number: int, entry: JournalEntry) -> None:
        topic = entry.kind.partition("_")[0]
        if topic == "order":
            self._take(("order", entry.order_id), (number, entry), ends=entry.kind in _ENDS)
        elif topic == "zone":
            key = ("zone", str(entry.facts["zone"]))
            self.about.pop(key, None)  # the last one counts
            self._take(key, (number, entry), ends=entry.kind == "zone_cleared")
        elif topic == "alarm":
            key = ("alarm", str(entry.facts.get("alarm", "")))
            self._take(key, (number, entry), ends=entry.kind == "alarm_cleared")
        elif topic == "cutoff":
            self.visits.append((number, entry))

    def _take(self, key: tuple[str, str], one: Numbered, *, ends: bool) -> None:
        if ends:
            self.about.pop(key, None)
        else:
            self.about.setdefault(key, []).append(one)


@dataclass(frozen=True)
class _Place:
    """A number in the journal, the fleet time there (s), and what was open; visits: how many entries about visits."""

    number: int
    t: float
    open: tuple[Numbered, ...]
    visits: int


class Past:
    """Answers from any thread."""

    def __init__(self, journal: Parts, every: int = EVERY) -> None:
        self._journal, self._every = journal, every
        self._open, self._places = _Open(), [_Place(0, float("-inf"), (), 0)]
        self._lock = threading.Lock()

    def state_at(self, t: float) -> FleetState:
        """Return open orders, zones in force and open alarms as they were at fleet time t (s), and nothing else."""
        with self._lock:
            self._read_on(t)
            place = self._places[bisect_right(self._places, t, key=lambda p: p.t) - 1]
            visits = self._open.visits[: place.visits]
        since = (one for one in self._journal.part(place.number, self._every) if one[1].t <= t)
        known = sorted(chain(place.open, visits), key=lambda one: one[0])
        return FleetState.fold(_foldable(chain(known, since)))

    def _read_on(self, t: float) -> None:
        """Read whole parts until one ends after t; what is not a whole part yet is read again each time."""
        while (last := self._places[-1]).t <= t:
            part = self._journal.part(last.number, self._every)
            if len(part) < self._every:
                return
            for number, entry in part:
                self._open.take(number, entry)
            still = sorted(chain.from_iterable(self._open.about.values()), key=lambda one: one[0])
            self._places.append(_Place(part[-1][0], part[-1][1].t, tuple(still), len(self._open.visits)))


def _foldable(entries: Iterator[Numbered]) -> Iterator[JournalEntry]:
    """Yield what can be folded: not what is about an order that had ended before."""
    known: set[str] = set()
    for _, entry in entries:
        if entry.kind == "order_created":
            known.add(entry.order_id)
        if not entry.kind.startswith("order_") or entry.order_id in known:
            yield entry
