"""From the name of a period to its begin and end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from amr_fleet.assistant.times import Shifts

_MONTHS: Final = 12
SHIFT_END: Final = "shift:end"


def interval(period: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return begin and end of a period, None for one that is not understood."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    week = day - timedelta(days=day.weekday())
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    named = {
        "today": (day, day + timedelta(days=1)),
        "yesterday": (day - timedelta(days=1), day),
        "this_week": (week, week + timedelta(days=7)),
        "last_week": (week - timedelta(days=7), week),
        "last_24h": (now - timedelta(days=1), now),
        "last_7_days": (now - timedelta(days=7), now),
        "this_month": (month, _months(month, 1)),
        "last_month": (_months(month, -1), month),
        "this_quarter": (quarter, _months(quarter, 3)),
        "last_quarter": (_months(quarter, -3), quarter),
        "this_year": (month.replace(month=1), month.replace(month=1, year=month.year + 1)),
        "last_year": (month.replace(month=1, year=month.year - 1), month.replace(month=1)),
    }
    if period in named:
        return named[period]
    if period.startswith("shift:"):
        return _shift(period[6:], now)
    try:
        return _written(period, month)
    except OverflowError:  # the day after the last that there is
        return None


def shift_on(shift: str, date: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the shift that begins on a day, None for a longer period and for a shift that no day has."""
    span, begins = interval(date, now), Shifts()
    hours = {"morning": (begins.morning, begins.afternoon), "afternoon": (begins.afternoon, begins.night)}
    hours["night"] = (begins.night, begins.morning + 24.0)
    if span is None or shift not in hours or span[1] - span[0] > timedelta(days=1):
        return None
    day = span[0].replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(hours=hours[shift][0]), day + timedelta(hours=hours[shift][1])


def moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that a text names: shift:end, or ISO 8601, without an offset in the zone of now; else None."""
    if text == SHIFT_END:
        span = interval("shift:current", now)
        return span[1] if span else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)


def _written(period: str, month: datetime) -> tuple[datetime, datetime] | None:
    try:
        if "-Q" in period:
            begin = month.replace(year=int(period[:4]), month=int(period[-1]) * 3 - 2)
            return begin, _months(begin, 3)
        if len(period) == len("2026-07"):
            begin = month.replace(year=int(period[:4]), month=int(period[5:]))
            return begin, _months(begin, 1)
        begin_text, _, end_text = period.partition("/")
        begin, end = (datetime.fromisoformat(text) for text in (begin_text, end_text or begin_text))
    except ValueError:
        return None
    begin, end = (at if at.tzinfo else at.replace(tzinfo=month.tzinfo) for at in (begin, end))
    return begin, end + timedelta(days=1) if len(end_text or begin_text) == len("2026-07-01") else end


def _months(at: datetime, count: int) -> datetime:
    index = at.year * _MONTHS + at.month - 1 + count
    return at.replace(year=index // _MONTHS, month=index % _MONTHS + 1)


def _shift(name: str, now: datetime) -> tuple[datetime, datetime] | None:
    shifts = Shifts()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    names = ("morning", "afternoon", "night")
    begins = [
        (day + timedelta(days=offset, hours=getattr(shifts, shift)), shift) for offset in range(3) for shift in names
    ]
    spans = [(begin, end, shift) for (begin, shift), (end, _) in pairwise(begins)]
    current = next(at for at, (begin, end, _) in enumerate(spans) if begin <= now < end)
    if name in ("current", "previous"):
        begin, end, _ = spans[current - (name == "previous")]
        return begin, end
    return next(((begin, end) for begin, end, shift in reversed(spans[: current + 1]) if shift == name), None)
