"""Shifts: which stretch of fleet time a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from amr_fleet.fleet_time import DAY_S, LOCAL, UNIX

SHIFT_HOURS: Final = (6, 14, 22)  # local hours at which the port's shifts begin


@dataclass(frozen=True)
class Period:
    """begin <= t < end in fleet seconds. shift: 1, 2 or 3, 0 when the period is not one shift."""

    begin: float
    end: float
    shift: int = 0

    @property
    def hours(self) -> float:
        """Length in hours."""
        return (self.end - self.begin) / 3600.0

    def cut(self, first: float, last: float) -> Period:
        """Return the part of the period that the journal covers."""
        return Period(max(self.begin, first), max(max(self.begin, first), min(self.end, last)), self.shift)


def _offset(t: float) -> float:
    return 7 * 3600.0 if t > UNIX else 0.0


def shift_at(t: float) -> Period:
    """Return the shift that fleet time t lies in. A simulation's clock begins at midnight."""
    local = t + _offset(t)
    day = local // DAY_S * DAY_S
    starts = [day + 3600.0 * hour for hour in (SHIFT_HOURS[-1] - 24, *SHIFT_HOURS)]
    index = max(i for i, start in enumerate(starts) if start <= local)
    number = (index - 1) % len(SHIFT_HOURS) + 1
    end = starts[index + 1] if index + 1 < len(starts) else starts[1] + DAY_S
    return Period(starts[index] - _offset(t), end - _offset(t), number)


def day_at(t: float) -> Period:
    """Return the local day that fleet time t lies in."""
    begin = (t + _offset(t)) // DAY_S * DAY_S - _offset(t)
    return Period(begin, begin + DAY_S)


def week_at(t: float) -> Period:
    """Return the local week, from Monday, that t lies in; weeks of a simulation begin with its first day."""
    day = day_at(t).begin
    # The clock of Unix began on a Thursday.
    number = round((day + _offset(t)) / DAY_S) + (3 if t > UNIX else 0)
    begin = day - number % 7 * DAY_S
    return Period(begin, begin + 7 * DAY_S)


def shifts_between(first: float, last: float, most: int = 60) -> list[Period]:
    """Return the shifts that touch first <= t <= last, newest first."""
    found: list[Period] = []
    t = last
    while len(found) < most:
        shift = shift_at(t)
        found.append(shift)
        if shift.begin <= first:
            break
        t = shift.begin - 1.0
    return found


def stamp(t: float) -> str:
    """Return a fleet time as local date and time, or as day and time of a simulation."""
    if t > UNIX:
        return datetime.fromtimestamp(t, UTC).astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")
    day, rest = divmod(max(0.0, t), DAY_S)
    text = f"{int(rest // 3600):02d}:{int(rest // 60) % 60:02d}"
    return text if day == 0 else f"+{int(day)} {text}"
