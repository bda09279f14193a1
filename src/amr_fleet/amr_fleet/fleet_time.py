"""Fleet time: the seconds that the engine counts in and the journal is written in. They never fall and never jump.

It begins at the computer's clock, or at the last entry of the journal where that clock is behind it. After that it
rises evenly; when the computer's clock was set, it goes a tenth faster or slower until both agree again.
"""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Final

LOCAL: Final = timezone(timedelta(hours=7))  # Vietnam has no summer time
UNIX: Final = 1e9
"""Fleet times below this count from the start of a simulation; all others are Unix seconds."""
HOUR_S, DAY_S = 3600.0, 86_400.0  # by definition; Vietnam has no summer time
SLEW = 0.1  # chosen: a clock that was a minute off is caught up in ten; faster, speeds and waits would be told wrong


class FleetTime:
    """Turns the time of the process into fleet seconds. behind: s that the computer's clock is ahead of fleet time."""

    def __init__(self, least: float) -> None:
        """least: fleet time of the journal's last entry (s)."""
        self._t = least
        self._last: float | None = None
        self.behind = 0.0

    def at(self, now: float, wall_offset: float | None = None) -> float:
        """Return the fleet time at a time of the process (s).

        wall_offset: by how much the computer's clock is ahead of now; None in simulation, where /clock is the truth.
        """
        if self._last is None:
            self._t, self._last = max(self._t, now + (wall_offset or 0.0)), now
        passed, self._last = max(0.0, now - self._last), now
        self._t += passed
        if wall_offset is not None:
            behind = now + wall_offset - self._t
            moved = max(-SLEW * passed, min(behind, SLEW * passed))
            self._t += moved
            self.behind = behind - moved
        return self._t
