"""What the adapter believes of its doors and lifts and tells them. No ROS, no network: drivers have that.

Each is told what the fleet asks for, each time that the fleet asks: the fleet repeats itself as long as it matters.
The adapter never moves a door or lift by itself, neither at its start nor its end nor when the fleet falls silent:
a robot may stand in the doorway. What a door does when nobody speaks is the business of its own controller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, Protocol

from amr_core.conveyors import BeltState
from amr_core.doors import DoorMode, SaidStates
from amr_core.lateness import Lateness
from amr_core.lifts import LiftSaid

LATE_S: Final = 2.0
"""s beyond the quickest that a request may be under way: an old one says nothing of what the fleet wants now."""
_REQUESTERS: Final = 200


class DoorDriver(Protocol):
    """A door on its line. Times in s of one clock that only goes on."""

    def tell(self, now: float, /, *, open_it: bool) -> None:
        """Have it told to be open or closed. Never blocks."""

    def mode(self, now: float) -> DoorMode:
        """Return how it is by what it said lately; OFFLINE when it said nothing."""

    def belt(self, now: float) -> BeltState:
        """Return what a conveyor's load sensor said lately; UNKNOWN when it said nothing."""


class LiftDriver(Protocol):
    """A lift on its line."""

    @property
    def levels(self) -> list[str]:
        """Where it stops."""

    def know(self, session: str, /) -> None:
        """Take the name of a session that the fleet speaks of."""

    def tell(self, now: float, level: str, session: str, /) -> None:
        """Have it told where to stand for a session; level "": the session ends. Never blocks."""

    def said(self, now: float) -> LiftSaid:
        """Return how it is by what it said lately; OFFLINE when it said nothing."""


class Requests:
    """Who asked for what, and whether a request came in time. what: "door" or "lift"."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._late: dict[tuple[str, str], Lateness] = {}

    def fresh(self, now: float, name: str, requester: str, stamp: float) -> bool:
        """Return whether a request counts. stamp: s of the requester's clock, 0: none."""
        late = self._late.pop((name, requester), None) or Lateness(LATE_S)
        self._late[name, requester] = late
        while len(self._late) > _REQUESTERS:
            del self._late[next(iter(self._late))]  # who was not heard for longest begins anew
        return late.fresh(stamp, now)

    def news(self) -> Iterator[str]:
        """Yield what a person should know of requests since the last call: dropped ones, clocks that were set."""
        for (name, requester), late in self._late.items():
            if news := late.news():
                yield f"{self._what} {name}, requests by {requester!r}: {news}"


class DoorDesk:
    """All doors of one adapter. belts: which of them are conveyors with a load sensor."""

    def __init__(self, doors: Mapping[str, DoorDriver], belts: Collection[str] = ()) -> None:
        self._doors, self._belts = dict(doors), frozenset(belts)
        self._said_loads = SaidStates()
        self._requests = Requests("door")
        self._said = SaidStates()

    def request(self, now: float, door: str, requester: str, stamp: float, *, open_it: bool) -> bool:
        """Take a request; False: it was overtaken or too long under way. stamp: s of the requester's clock, 0: none.

        Doors of others are not our business: True.
        """
        driver = self._doors.get(door)
        if driver is None:
            return True
        if not self._requests.fresh(now, door, requester, stamp):
            return False
        driver.tell(now, open_it=open_it)
        return True

    def news(self) -> Iterator[str]:
        """Yield what a person should know of requests since the last call."""
        yield from self._requests.news()

    def due(self, now: float) -> Iterator[tuple[str, DoorMode]]:
        """Yield the doors whose state is to be said: at once when it changed, and regularly."""
        for name, driver in self._doors.items():
            mode = driver.mode(now)
            if self._said.due(name, mode, now):
                yield name, mode

    def loads(self, now: float) -> Iterator[tuple[str, BeltState]]:
        """Yield the conveyors whose load sensor is to be said: at once when it changed, and regularly."""
        for name in sorted(self._belts):
            belt = self._doors[name].belt(now)
            if self._said_loads.due(name, belt, now):
                yield name, belt


class LiftDesk:
    """All lifts of one adapter. A session is who asks: FLEET/ROBOT/NUMBER of a fleet, any name of others."""

    def __init__(self, lifts: Mapping[str, LiftDriver]) -> None:
        self._lifts = dict(lifts)
        self._requests = Requests("lift")
        self._said = SaidStates()

    @property
    def names(self) -> list[str]:
        """The lifts."""
        return list(self._lifts)

    def levels(self, lift: str) -> list[str]:
        """Return where a lift stops, nothing for one of others."""
        return self._lifts[lift].levels if lift in self._lifts else []

    def know(self, lift: str, session: str) -> None:
        """Take the name of a session, however old the request is."""
        if (driver := self._lifts.get(lift)) is not None:
            driver.know(session)

    def request(self, now: float, lift: str, session: str, stamp: float, level: str) -> bool:
        """Take a request for a level where it stops; level "": the session ends. False: it came too late."""
        driver = self._lifts.get(lift)
        if driver is None:
            return True
        if not self._requests.fresh(now, lift, session.partition("/")[0], stamp):
            return False
        driver.tell(now, level, session)
        return True

    def news(self) -> Iterator[str]:
        """Yield what a person should know of requests since the last call."""
        yield from self._requests.news()

    def due(self, now: float) -> Iterator[tuple[str, LiftSaid]]:
        """Yield the lifts whose state is to be said: at once when it changed, and regularly."""
        for name, driver in self._lifts.items():
            said = driver.said(now)
            if self._said.due(name, said, now):
                yield name, said
