"""The flight of `amr demo --uav`: a stock list, a permit, one inventory flight over two aisles, and the second look at
what nobody could read.

Everything goes the way that people's requests go; the racks differ from the list as `amr_uav.sample_stock` says.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.flight_requests import CreateFlight, SetFlightPermit, SetStock, StartFlight
from amr_fleet.ports import FleetPort
from amr_uav.model import Checklist, FlightPermit
from amr_uav.sample_stock import sample
from amr_uav.site import FlightSite

AISLES: Final = 2
USER: Final = "kiem_ke"
# chosen: a demo that is left on over a day at work may fly; a permit without an end would be none
PERMIT_S: Final = 12 * 3600.0
FIRST_LOOK: Final = 20.0
"""s between the plan and the take-off, so that somebody can look at it."""
_RETRY: Final = 5.0  # s between two wishes; chosen: a plan that was refused is not refused ten times a second
_BY_A_PERSON: Final = "flight.called_off"


class DemoFlight:
    """Asks step by step; what was refused is asked again. `step` is called in the fleet's thread, now in fleet s."""

    def __init__(self, fleet: FleetPort, site: FlightSite) -> None:
        self._fleet, self._site = fleet, site
        self._asked: Future[Any] | None = None
        self._done, self._due = 0, -1e9
        self._flight_id = ""
        self.refused: AmrError | None = None

    def step(self, now: float) -> None:
        """Do what is due."""
        if now < self._due or self._done > 4 or not self._fleet.snapshot().ready:
            return
        if self._asked is not None:
            if not self._asked.done():
                return
            self._take(now, self._asked)
            return
        self._ask(now)

    def _take(self, now: float, asked: Future[Any]) -> None:
        self._asked, error = None, asked.exception()
        self.refused = error if isinstance(error, AmrError) else None
        if error is not None:
            self._due = now + _RETRY
            return
        if self._done == 2:
            self._flight_id = asked.result().flight_id
            self._due = now + FIRST_LOOK
        self._done += 1
        if self._done == 4:
            self._due = now + _RETRY

    def _ask(self, now: float) -> None:
        places = list(dict.fromkeys(row.place for row in self._site.rows))
        if self._done == 0:
            loads = tuple(sample(self._site).book.items())
            self._asked = self._fleet.ask(SetStock(loads=loads, user=USER))
        elif self._done == 1:
            permit = FlightPermit(
                number="MẪU", issuer="Cục Tác chiến (mẫu)", registration="VN-MẪU-01", until=now + PERMIT_S,
                ceiling=self._site.ceiling,
            )  # fmt: skip
            self._asked = self._fleet.ask(SetFlightPermit(permit=permit, user=USER))
        elif self._done == 2:
            task = CreateFlight(task="inventory_flight", places=tuple(places[:AISLES]), user=USER)
            self._asked = self._fleet.ask(task)
        elif self._done == 3:
            self._start(self._flight_id)
        else:
            self._look_again(now)

    def _start(self, flight_id: str) -> None:
        checks = Checklist(
            pilot="Phi công mẫu", licence="instrument", wind=0.5, rain=False, cleared=True, light=300.0, present=True
        )
        self._asked = self._fleet.ask(StartFlight(flight_id=flight_id, checklist=checks, user=USER))

    def _look_again(self, now: float) -> None:
        """Start the second look once the fleet has planned one; the demonstration is over when it has planned none.

        A count that was called off on the ground, but by a person, is planned anew: a robot had passed the pad.
        """
        self._due = now + _RETRY
        found = self._fleet.snapshot().flights
        flights = found.flights if found is not None else ()
        first = next((f for f in flights if f.flight_id == self._flight_id), None)
        if first is not None and first.state == "CANCELLED" and first.why != _BY_A_PERSON:
            self._done = 2
            return
        second = next((f for f in flights if f.again == self._flight_id), None)
        if second is not None and second.state == "PLANNED":
            self._start(second.flight_id)
        elif second is not None or (first is not None and first.finished):
            self._done += 1
