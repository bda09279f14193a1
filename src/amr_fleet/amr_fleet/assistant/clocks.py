"""Fleet seconds as local time and back, and clock times that are said backwards."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.text import key
from amr_fleet.fleet_time import LOCAL, UNIX

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=LOCAL)
"""The midnight at which the clock of a simulation begins."""


def clock(t: float) -> datetime:
    """Return the local time of a fleet second; a simulation's day begins at its start."""
    return datetime.fromtimestamp(t, LOCAL) if t > UNIX else _EPOCH + timedelta(seconds=t)


def fleet_second(moment: datetime, now: float) -> float:
    """Return the fleet second of a local time. now: any fleet second of the same clock."""
    return moment.timestamp() if now > UNIX else (moment - _EPOCH).total_seconds()


_HOUR: Final = key("giờ")
_QUARTER_TO: Final = pattern(r"(?<![^ ])(\d{1,2}) giờ (?:kém|thiếu) (\d{1,2})(?![^ ])(?: phút)?")
_NOON: Final = 12


def quarter_to(sentence: str) -> str:
    """Return a sentence of keys with "5 giờ kém 15" as "4 giờ 45"."""

    def one(match: re.Match[str]) -> str:
        hour, less = int(match[1]), int(match[2])
        if not 0 < less < 60:
            return match[0]
        before = hour - 1 if hour > _NOON or hour == 0 else (hour - 2) % _NOON + 1
        return f"{before % 24} {_HOUR} {60 - less}"

    return _QUARTER_TO.sub(one, sentence)
