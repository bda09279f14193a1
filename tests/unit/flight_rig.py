"""The rig of the tests of flights: at the reference site, with shorter ways to what most tests begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amr_fleet.flight_requests import CreateFlight, SetFlightPermit, SetStock, StartFlight
from amr_fleet.flight_views import FlightView
from amr_lab.flight_bench import rig
from amr_uav.model import Checklist, FlightLimits, FlightPermit
from amr_uav.site import FlightSite

SITE, ROADMAP, FLYING = PLACE = rig.flight_place("cai_cui")
LIMITS: FlightLimits = FLYING.aircraft.limits()
PILOT = Checklist(
    pilot="Nguyễn Văn A", licence="instrument", wind=1.0, rain=False, cleared=True, light=300.0, present=True
)


class FlightRig(rig.FlightRig):
    """Steps everything together; see there."""

    def __init__(
        self, robots: int = 0, seed: int = 1, *, each: int = 1, site: FlightSite = FLYING, camera: float | None = None
    ) -> None:
        super().__init__(PLACE._replace(flying=site), robots, seed, each=each, camera=camera)

    def permit(self, seconds: float = 3600.0, **more: Any) -> FlightPermit:
        """Give a permit for so long."""
        facts = {"number": "P1", "issuer": "Cục Tác chiến", "registration": "VN-1", "ceiling": 9.0, **more}
        permit = FlightPermit(until=self.now + seconds, **facts)
        assert self.ask(SetFlightPermit(permit=permit, user="lan")) is None
        return permit

    def planned(self, places: Sequence[str] = ("B1", "B2"), levels: Sequence[int] = (), **more: Any) -> FlightView:
        """Put the stock into the book, permit, and plan an inventory."""
        assert self.ask(SetStock(loads=tuple(self.stock.book.items()), user="lan")) == len(self.stock.book)
        self.permit(**more)
        view: FlightView = self.ask(
            CreateFlight(task="inventory_flight", places=tuple(places), levels=tuple(levels), user="lan")
        )
        return view

    def start(self, view: FlightView, checklist: Checklist = PILOT) -> Any:
        """Ask for a flight to start."""
        return self.ask(StartFlight(flight_id=view.flight_id, checklist=checklist, user="lan"))

    def view(self, flight_id: str = "F000001") -> FlightView:
        """Return a flight as others see it."""
        flights = self.engine.snapshot().flights
        assert flights is not None
        return next(f for f in flights.flights if f.flight_id == flight_id)

    def airborne(self, levels: Sequence[int] = (1,), places: Sequence[str] = ("B1",), **more: Any) -> FlightView:
        """Fly until it is on its mission."""
        view = self.planned(places, levels, **more)
        self.start(view)
        assert self.until(lambda: self.craft.mode == "MISSION" and self.craft.item > 2, 400.0), self.view()
        return self.view()

    def alarms(self) -> set[str]:
        """Return the codes of the open alarms."""
        return {alarm.reason.code for alarm in self.engine.snapshot().alarms}
