"""Which stretch of time a dataset is about, and how fleet seconds become dates."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.fleet_time import DAY_S, LOCAL, UNIX

DEFAULT_EPOCH: Final = date(2027, 1, 1)
"""The date that a simulation's first midnight counts as."""

_WEEK: Final = 7 * DAY_S  # whole weeks: the weekday stays
_MOST_WEEKS: Final = 156
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_QUARTER: Final = re.compile(r"(\d{4})-?Q([1-4])")
_ISO_WEEK: Final = re.compile(r"(\d{4})-?W(\d{2})")
_YEAR: Final = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Calendar:
    """Fleet seconds <-> dates. zero: Unix seconds of fleet second 0; shift: s that dates of a release lie earlier."""

    zero: float = 0.0
    shift: float = 0.0

    @classmethod
    def of(cls, last: float, epoch: date = DEFAULT_EPOCH) -> Calendar:
        """Return the calendar of a journal whose last entry is at fleet time last; a simulation begins at epoch."""
        if last > UNIX:
            return cls()
        return cls(datetime(epoch.year, epoch.month, epoch.day, tzinfo=LOCAL).timestamp())

    @property
    def simulated(self) -> bool:
        """Whether the fleet's clock is a simulation's."""
        return self.zero > 0

    def fleet(self, when: datetime) -> float:
        """Return the fleet second of a date (shifts are for what is published only)."""
        return when.timestamp() - self.zero

    def utc(self, t: float) -> datetime:
        """Return the published date of fleet second t, rounded to the millisecond."""
        return datetime.fromtimestamp(self.millis(t) / 1000, UTC)

    def millis(self, t: float) -> int:
        """Return the published Unix time of fleet second t in ms."""
        return round((t + self.zero - self.shift) * 1000)

    def local(self, t: float) -> str:
        """Return the published date of fleet second t as ISO 8601 with +07:00."""
        return self.utc(t).astimezone(LOCAL).isoformat(timespec="milliseconds")

    def shifted(self, key: bytes) -> Calendar:
        """Return this calendar with all dates a secret number of whole weeks earlier: hour and weekday stay."""
        number = int.from_bytes(hmac.new(key, b"weeks", hashlib.sha256).digest()[:4], "big")
        return Calendar(self.zero, _WEEK * (1 + number % _MOST_WEEKS))


@dataclass(frozen=True)
class Stretch:
    """begin <= t < end in fleet seconds; text: how it was asked for."""

    begin: float
    end: float
    text: str

    def holds(self, t: float) -> bool:
        """Return whether fleet second t lies in it."""
        return self.begin <= t < self.end


def stretch(text: str, calendar: Calendar, first: float, last: float) -> Stretch:
    """Return the stretch that a text names: 2027, 2027-Q1, 2027-01, 2027-W03, 2027-01-05, FROM/TO, all.

    Local dates (UTC+7), the end excluded. first, last: fleet seconds of the journal's ends. Raises dataset.period.
    """
    if text == "all":
        return Stretch(first, last + 1e-3, text)
    try:
        begin, end = _dates(text.strip())
    except ValueError as error:
        raise AmrError("dataset.period", period=text[:64], reason=str(error)) from None
    if end <= begin:
        raise AmrError("dataset.period", period=text[:64], reason="it ends before it begins")
    found = Stretch(calendar.fleet(begin), calendar.fleet(end), text)
    if found.end <= first or found.begin > last:
        span = f"{calendar.local(first)[:10]} to {calendar.local(last)[:10]}"
        raise AmrError("dataset.empty", period=text[:64], span=span)
    return found


def _dates(text: str) -> tuple[datetime, datetime]:
    if "/" in text:
        first, _, last = text.partition("/")
        return _moment(first), _moment(last)
    if _YEAR.fullmatch(text):
        return _day(int(text), 1, 1), _day(int(text) + 1, 1, 1)
    if match := _QUARTER.fullmatch(text):
        year, quarter = int(match[1]), int(match[2])
        return _month(year, 3 * quarter - 2), _month(year, 3 * quarter + 1)
    if match := _ISO_WEEK.fullmatch(text):
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        begin = _day(monday.year, monday.month, monday.day)
        return begin, begin + timedelta(days=7)
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
        return _month(year, month), _month(year, month + 1)
    day = _moment(text)
    if len(text) != 10:
        raise ValueError("give a day, a month, a quarter, a year, a week, FROM/TO or all")
    return day, day + timedelta(days=1)


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo is not None else when.replace(tzinfo=LOCAL)


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=LOCAL)


def _month(year: int, month: int) -> datetime:
    if month == 13:
        return _day(year + 1, 1, 1)
    return _day(year, month, 1)
