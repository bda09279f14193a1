"""What the shift leader's pages ask beyond the live fleet: reports, replay, incidents, what-if."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.replay.incident import incident
from amr_fleet.replay.tracks import Chunk, decode
from amr_fleet.report.figures import Note, Report
from amr_fleet.report.fold import make_report, whole
from amr_fleet.report.people import Intervention, interventions, notes
from amr_fleet.report.period import Period, shift_at, shifts_between
from amr_fleet.whatif.service import WhatIf

LONGEST_REPORT = 31 * 86400.0
LONGEST_REPLAY = 1800.0  # s of tracks in one answer
LONGEST_INCIDENT = 4 * 3600.0
MOST_EVENTS = 5000
_DULL = frozenset({"robot_time", "robot_holds", "mission_retargeted"})  # entries that tell a person nothing


class Tracks(Protocol):
    """What replay needs of a track file."""

    def read(self, begin: float, end: float) -> Sequence[bytes]:
        """Return the chunks that touch begin..end."""

    def span(self) -> tuple[float, float] | None:
        """Return begin and end of all tracks."""


@dataclass(frozen=True, kw_only=True)
class Ops:
    """Blocking reads for one reader thread. read_journal returns all entries, oldest first."""

    site: Site
    read_journal: Callable[[], Sequence[JournalEntry]]
    site_name: str = ""
    tracks: Tracks | None = None
    what_if: WhatIf | None = None

    def shifts(self) -> list[Period]:
        """Return the shifts that the journal touches, newest first."""
        journal = self.read_journal()
        return shifts_between(journal[0].t, journal[-1].t) if journal else []

    def report(self, begin: float | None, end: float | None) -> Report:
        """Return the figures of begin <= t < end; nothing given: of the shift that the journal ends in."""
        journal = self.read_journal()
        return make_report(journal, self.site, _period(journal, begin, end))

    def replay_span(self) -> dict[str, float] | None:
        """Return {begin, end} of what can be replayed, None when nothing was recorded."""
        span = self.tracks.span() if self.tracks is not None else None
        return None if span is None else {"begin": span[0], "end": span[1]}

    def replay(self, begin: float, end: float) -> list[Chunk]:
        """Return the tracks that touch begin..end."""
        _check(begin, end, LONGEST_REPLAY)
        return [decode(payload) for payload in self.tracks.read(begin, end)] if self.tracks is not None else []

    def events(self, begin: float, end: float) -> list[JournalEntry]:
        """Return what the journal says of begin <= t <= end, without what tells a person nothing."""
        _check(begin, end, LONGEST_REPORT)
        return [e for e in self._entries(begin, end) if e.kind not in _DULL][:MOST_EVENTS]

    def notes(self, begin: float, end: float) -> list[Note]:
        """Return the notes of people in begin <= t <= end, oldest first."""
        _check(begin, end, LONGEST_REPORT)
        return notes(self._entries(begin, end))

    def interventions(self, begin: float, end: float) -> list[Intervention]:
        """Return the alarms raised in begin <= t <= end with who took them when, newest first."""
        _check(begin, end, LONGEST_REPORT)
        return interventions((e for e in self.read_journal() if e.t >= begin), end)

    def state_at(self, t: float) -> FleetState:
        """Return orders, zones and alarms as they were at fleet time t."""
        return FleetState.fold(e for e in self.read_journal() if e.t <= t)

    def incident(self, begin: float, end: float) -> bytes:
        """Return begin..end as one file."""
        _check(begin, end, LONGEST_INCIDENT)
        payloads = self.tracks.read(begin, end) if self.tracks is not None else []
        return incident(self.site, begin, end, self._entries(begin, end), [decode(p) for p in payloads])

    def _entries(self, begin: float, end: float) -> list[JournalEntry]:
        return [e for e in self.read_journal() if begin <= e.t <= end]


def _check(begin: float, end: float, longest: float) -> None:
    if not (math.isfinite(begin) and math.isfinite(end) and begin < end):
        raise AmrError("report.invalid", begin=str(begin), end=str(end), reason="begin must come before end")
    if end - begin > longest:
        raise AmrError("report.invalid", begin=str(begin), end=str(end), reason=f"longer than {longest / 3600:g} h")


def _period(journal: Sequence[JournalEntry], begin: float | None, end: float | None) -> Period:
    if begin is None and end is None:
        return shift_at(journal[-1].t) if journal else Period(0.0, 0.0)
    all_of_it = whole(journal)
    first = all_of_it.begin if begin is None else begin
    last = all_of_it.end if end is None else end
    _check(first, last, LONGEST_REPORT)
    shift = shift_at(first)
    return shift if (shift.begin, shift.end) == (first, last) else Period(first, last)
