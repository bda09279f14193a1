"""What the adapter believes of its doors and tells them. No ROS, no network: drivers have that.

A door is told what the fleet asks for, each time that the fleet asks: the fleet repeats itself as long as it matters.
The adapter never opens or closes a door by itself, neither at its start nor its end nor when the fleet falls silent:
a robot may stand in the doorway. What a door does when nobody speaks is the business of its own controller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from amr_core.doors import DoorMode, SaidModes
from amr_core.lateness import Lateness

LATE_S: Final = 2.0
"""s beyond the quickest that a request may be under way: an old one says nothing of what the fleet wants now."""


class DoorDriver(Protocol):
    """A door on its line. Times in s of one clock that only goes on."""

    def tell(self, now: float, /, *, open_it: bool) -> None:
        """Have it told to be open or closed. Never blocks."""

    def mode(self, now: float) -> DoorMode:
        """Return how it is by what it said lately; OFFLINE when it said nothing."""


class DoorDesk:
    """All doors of one adapter."""

    def __init__(self, doors: Mapping[str, DoorDriver]) -> None:
        self._doors = dict(doors)
        self._late: dict[tuple[str, str], Lateness] = {}
        self._said = SaidModes()

    def request(self, now: float, door: str, requester: str, stamp: float, *, open_it: bool) -> bool:
        """Take a request; False: it was overtaken or too long under way. stamp: s of the requester's clock, 0: none.

        Doors of others are not our business: True.
        """
        driver = self._doors.get(door)
        if driver is None:
            return True
        if not self._late.setdefault((door, requester), Lateness(LATE_S)).fresh(stamp, now):
            return False
        driver.tell(now, open_it=open_it)
        return True

    def news(self) -> Iterator[str]:
        """Yield what a person should know of requests since the last call: dropped ones, clocks that were set."""
        for (door, requester), late in self._late.items():
            if news := late.news():
                yield f"door {door}, requests by {requester!r}: {news}"

    def due(self, now: float) -> Iterator[tuple[str, DoorMode]]:
        """Yield the doors whose state is to be said: at once when it changed, and regularly."""
        for name, driver in self._doors.items():
            mode = driver.mode(now)
            if self._said.due(name, mode, now):
                yield name, mode
