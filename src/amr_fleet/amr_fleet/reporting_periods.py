"""The periods that authorities are reported to about, with their legal cut-off days.

Decree 09/2019/ND-CP, article 12: a period ends on the 14th (year: 14 December) and the next begins on the 15th. A local
plan may say otherwise: rule "calendar" takes calendar months. Days are those of Vietnam, UTC+7 without summer time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_fleet.fleet_time import LOCAL

PeriodKind = Literal["month", "quarter", "half", "year"]
PeriodRule = Literal["legal", "calendar"]

CUT_OFF: Final = 15  # the day of a month on which a legal period begins
YEARS: Final = (2000, 2999)
_MONTHS: Final[dict[PeriodKind, int]] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FORM: Final = re.compile(r"(?P<year>[0-9]{4})(-(?:(?P<month>[0-9]{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?")


@dataclass(frozen=True)
class ReportingPeriod:
    """One period of a year; number counts from 1 within the year. begin <= t < end in Unix seconds."""

    kind: PeriodKind
    year: int
    number: int = 1
    rule: PeriodRule = "legal"

    @classmethod
    def parse(cls, text: str, rule: PeriodRule = "legal") -> ReportingPeriod:
        """Read 2027-01, 2027-Q1, 2027-H1 or 2027; raise report.bad_period for anything else."""
        found = _FORM.fullmatch(text)
        year = int(found["year"]) if found else 0
        if found is None or not YEARS[0] < year < YEARS[1] or not 1 <= int(found["month"] or 1) <= 12:
            raise AmrError("report.bad_period", period=text[:20])
        for kind in ("month", "quarter", "half"):
            if found[kind] is not None:
                return cls(kind, year, int(found[kind]), rule)
        return cls("year", year, 1, rule)

    @property
    def code(self) -> str:
        """How the period is written: 2027-01, 2027-Q1, 2027-H1, 2027."""
        signs = {"month": f"-{self.number:02d}", "quarter": f"-Q{self.number}", "half": f"-H{self.number}", "year": ""}
        return f"{self.year}{signs[self.kind]}"

    @property
    def first_day(self) -> date:
        """The first day that belongs to it."""
        return self._day(0)

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self._day(_MONTHS[self.kind]) - timedelta(days=1)

    @property
    def begin(self) -> float:
        """The first moment (Unix seconds)."""
        return midnight(self.first_day)

    @property
    def end(self) -> float:
        """The moment after the last one (Unix seconds)."""
        return midnight(self.last_day + timedelta(days=1))

    def _day(self, months: int) -> date:
        """Return the day on which the period so many months after this one's begin starts."""
        count = self.year * 12 + (self.number - 1) * _MONTHS[self.kind] + months
        if self.rule == "calendar":
            return date(count // 12, count % 12 + 1, 1)
        return date((count - 1) // 12, (count - 1) % 12 + 1, CUT_OFF)

    def previous(self) -> ReportingPeriod:
        """Return the period of the same kind before this one."""
        if self.number > 1:
            return replace(self, number=self.number - 1)
        return replace(self, year=self.year - 1, number=12 // _MONTHS[self.kind])

    def year_before(self) -> ReportingPeriod:
        """Return the same period of the year before."""
        return replace(self, year=self.year - 1)

    def whole_year(self) -> ReportingPeriod:
        """Return the year that it belongs to."""
        return replace(self, kind="year", number=1)

    def months(self) -> list[ReportingPeriod]:
        """Return its months, oldest first."""
        count = _MONTHS[self.kind]
        first = (self.number - 1) * count
        return [replace(self, kind="month", number=first + i + 1) for i in range(count)]


def period_at(moment: float, kind: PeriodKind, rule: PeriodRule = "legal") -> ReportingPeriod:
    """Return the period that a moment (Unix seconds) lies in."""
    day = day_of(moment)
    count = day.year * 12 + day.month - 1
    if rule == "legal" and day.day >= CUT_OFF:
        count += 1
    return ReportingPeriod(kind, count // 12, count % 12 // _MONTHS[kind] + 1, rule)


def midnight(day: date) -> float:
    """Return the Unix second at which a day begins in Vietnam."""
    return datetime.combine(day, time(), LOCAL).timestamp()


def day_of(moment: float) -> date:
    """Return the day of a moment (Unix seconds) in Vietnam."""
    return datetime.fromtimestamp(moment, UTC).astimezone(LOCAL).date()
