"""What the engine remembers of its aircraft while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.domain.events import UavCommand
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.flight_views import FlightView
from amr_uav.gate import GateRefusal
from amr_uav.guard import FlightFinding
from amr_uav.model import FlightPlan, Telemetry, Volume
from amr_uav.plan import inspection_plan, inventory_plan
from amr_uav.site import FlightSite

TELL_S: Final = 2.0
"""s after which an order that is not followed is given again."""

_NO_PLAN: Final = FlightPlan(
    waypoints=(), volume=Volume((), 0.0, 0.0), places=(), length=0.0, seconds=0.0, energy=0.0, transit=0.0
)


@dataclass
class FlightDesk:
    """The aircraft of a site. Times in fleet seconds. told: what it was told last, when; began: when the fleet did.

    fly_at: when it was last told to fly; since: when that was first; flown: it has left the ground; landed_since: since
    when it says that it stands, kept when it flies again; people_since: since when somebody is below; quiet_since:
    since when nobody is; clear_since: since when the ground below is empty.
    stray: the flight that it flies though that is not under way; ignored: reports that could not be.
    """

    site: FlightSite
    telemetry: Telemetry | None = None
    people: Sequence[tuple[float, float]] = ()
    sighted: float = -1e9
    commands: list[UavCommand] = field(default_factory=list)
    told: str = ""
    told_at: float = -1e9
    began: float | None = None
    fly_at: float = -1e9
    flown: bool = False
    since: float = -1e9
    landed_since: float | None = None
    stray: str | None = None
    people_since: float | None = None
    quiet_since: float | None = None
    clear_since: float | None = None
    found: Sequence[FlightFinding] = ()
    gates: dict[str, tuple[GateRefusal, ...]] = field(default_factory=dict)
    views: dict[str, tuple[FlightRecord, FlightView]] = field(default_factory=dict)
    due: float = -1e9
    ignored: int = 0
    _plans: dict[str, FlightPlan] = field(default_factory=dict)

    def plan_of(self, flight: FlightRecord) -> FlightPlan:
        """Return the plan that was made of a flight.

        A journal without it: the one that the wishes make now, an empty one when flight.yaml no longer allows it.
        """
        if flight.plan is not None:
            return flight.plan
        if flight.flight_id not in self._plans:
            try:
                self._plans[flight.flight_id] = plan_for(self.site, flight)
            except AmrError:
                self._plans[flight.flight_id] = _NO_PLAN
        return self._plans[flight.flight_id]

    def to_fetch(self, flight: FlightRecord, now: float) -> bool:
        """Return whether people have to fetch the aircraft: it lies off its pad, or cannot be in the air any more.

        One that is not heard flies home. Below it nobody should look for it while its battery may last.
        """
        heard = self.telemetry.t if self.telemetry is not None else self.began
        spent = heard is not None and now - heard > self.site.aircraft.endurance
        return flight.state == "DOWN" or (flight.state == "LOST" and spent)

    def tell(self, now: float, command: str, flight: FlightRecord) -> None:
        """Give the aircraft an order, again every 2 s while it does not follow."""
        if self.told == command and now - self.told_at < TELL_S:
            return
        self.told, self.told_at = command, now
        plan = self.plan_of(flight) if command == "fly" else None
        self.fly_at = now if plan is not None else self.fly_at
        self.commands.append(UavCommand(self.site.aircraft.name, command, flight.flight_id, plan))

    def recall(self, now: float, flight_id: str) -> None:
        """Call the aircraft home from what it flies, again every 2 s."""
        if now - self.told_at >= TELL_S:
            self.told, self.told_at = "", now
            self.commands.append(UavCommand(self.site.aircraft.name, "return", flight_id))


def plan_for(site: FlightSite, flight: FlightRecord) -> FlightPlan:
    """Return the plan of a flight; raises flight.invalid, flight.no_fly or flight.too_high."""
    if flight.task == "inspect":
        return inspection_plan(site, flight.points)
    return inventory_plan(site, flight.places, flight.levels)
