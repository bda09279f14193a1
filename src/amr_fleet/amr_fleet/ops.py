"""What the shift leader's pages ask beyond the live fleet: reports from the journal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_report, whole
from amr_fleet.report.period import Period, shift_at, shifts_between

LONGEST_REPORT = 31 * 86400.0


@dataclass(frozen=True, kw_only=True)
class Ops:
    """Blocking reads for one reader thread. read_journal returns all entries, oldest first."""

    site: Site
    read_journal: Callable[[], Sequence[JournalEntry]]

    def shifts(self) -> list[Period]:
        """Return the shifts that the journal touches, newest first."""
        journal = self.read_journal()
        return shifts_between(journal[0].t, journal[-1].t) if journal else []

    def report(self, begin: float | None, end: float | None) -> Report:
        """Return the figures of begin <= t < end; nothing given: of the shift that the journal ends in."""
        journal = self.read_journal()
        return make_report(journal, self.site, _period(journal, begin, end))


def _period(journal: Sequence[JournalEntry], begin: float | None, end: float | None) -> Period:
    if begin is None and end is None:
        return shift_at(journal[-1].t) if journal else Period(0.0, 0.0)
    all_of_it = whole(journal)
    first = all_of_it.begin if begin is None else begin
    last = all_of_it.end if end is None else end
    if not (math.isfinite(first) and math.isfinite(last) and first < last):
        raise AmrError("report.invalid", begin=str(first), end=str(last), reason="begin must come before end")
    if last - first > LONGEST_REPORT:
        raise AmrError("report.invalid", begin=str(first), end=str(last), reason="longer than 31 days")
    shift = shift_at(first)
    return shift if (shift.begin, shift.end) == (first, last) else Period(first, last)
