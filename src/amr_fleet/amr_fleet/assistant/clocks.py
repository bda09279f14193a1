"""Fleet seconds as local time and back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from amr_fleet.fleet_time import LOCAL, UNIX

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=LOCAL)
"""The midnight at which the clock of a simulation begins."""


def clock(t: float) -> datetime:
    """Return the local time of a fleet second; a simulation's day begins at its start."""
    return datetime.fromtimestamp(t, LOCAL) if t > UNIX else _EPOCH + timedelta(seconds=t)


def fleet_second(moment: datetime, now: float) -> float:
    """Return the fleet second of a local time. now: any fleet second of the same clock."""
    return moment.timestamp() if now > UNIX else (moment - _EPOCH).total_seconds()
