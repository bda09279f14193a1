"""What records say of the clock of the server that wrote them: was it set back, was it off.

Times in records are no proof of when: whoever sets the clock back makes them say what he likes. But a step back stays
visible, in what is hashed (rows of the audit trail, alarms) and in the times of checkpoints.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from amr_fleet.store.signed import facts_in

MOST: Final = 50
_WAITED_S: Final = 60.0
"""Rows are not written in the order in which their times were read; nobody waits longer for the database."""


class ClockMarks:
    """Takes rows as they go by, oldest first; said: what was found, of much the first."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._newest: dict[str, float] = {}

    def at(self, series: str, row: int | str, at: Any) -> None:
        """Take the time (Unix seconds) of a row of a series; a step back is kept."""
        if not isinstance(at, int | float):
            return  # somebody meddled with it, which its hash says
        newest = self._newest.get(series, at)
        if at < newest - _WAITED_S:
            self._say(f"set back by {newest - at:.0f} s before {series} {row}, to {_date(at)}")
            newest = at
        self._newest[series] = max(newest, at)

    def entry(self, seq: int, kind: str, payload: str) -> None:
        """Take an entry of the journal: the fleet's alarm that the server's clock was off is kept.

        Its own time is no word of the clock: fleet time never falls, and follows a clock that was set only slowly.
        """
        if kind == "alarm_raised" and '"alarm.clock"' in payload:
            facts = facts_in(payload)
            if facts.get("code") == "alarm.clock" and facts.get("computer") == "server":
                self._say(f"off by {facts.get('seconds')} s, as the alarm in journal {seq} says")

    def _say(self, text: str) -> None:
        if len(self.said) < MOST:
            self.said.append(text)


def _date(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return f"{at:.0f}"
