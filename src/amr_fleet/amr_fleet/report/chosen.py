"""Which stretch of the journal somebody asks about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import DAY_S
from amr_fleet.report.fold import whole
from amr_fleet.report.period import Period, shift_at

LONGEST_REPORT: Final = 31 * DAY_S  # the longest month; chosen: more is read in one go, on a computer that leads robots


def check_period(begin: float, end: float, longest: float) -> None:
    """Raise report.invalid unless begin..end (fleet s) is a stretch of at most longest s."""
    if not (math.isfinite(begin) and math.isfinite(end) and begin < end):
        raise AmrError("report.invalid", begin=str(begin), end=str(end), reason="begin must come before end")
    if end - begin > longest:
        raise AmrError("report.invalid", begin=str(begin), end=str(end), reason=f"longer than {longest / 3600:g} h")


def period_of(journal: Sequence[JournalEntry], begin: float | None, end: float | None) -> Period:
    """Return what a report is about; nothing given: the shift that the journal ends in. Raise report.invalid."""
    if begin is None and end is None:
        return shift_at(journal[-1].t) if journal else Period(0.0, 0.0)
    all_of_it = whole(journal)
    first = all_of_it.begin if begin is None else begin
    last = all_of_it.end if end is None else end
    check_period(first, last, LONGEST_REPORT)
    shift = shift_at(first)
    return shift if (shift.begin, shift.end) == (first, last) else Period(first, last)
