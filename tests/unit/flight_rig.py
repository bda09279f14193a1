"""A whole flight without ROS: fleet engine, kinematic robots, simulated aircraft, and a reader of its racks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import Order
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import (
    Ask,
    DoorReport,
    Event,
    JournalEntry,
    PeopleSeen,
    ShelfRead,
    UavCommand,
    UavReport,
)
from amr_fleet.flight_requests import CreateFlight, SetFlightPermit, SetStock, StartFlight
from amr_fleet.flight_views import FlightView
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_sim.aircraft import SimulatedAircraft, mission_of
from amr_uav.count import CellReading
from amr_uav.model import Checklist, FlightLimits, FlightPermit
from amr_uav.sample_stock import UNREADABLE, sample
from amr_uav.site import FlightSite, load_flight_site

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
_FOUND = load_flight_site("cai_cui")
assert _FOUND is not None
FLYING: FlightSite = _FOUND
LIMITS: FlightLimits = FLYING.aircraft.limits()
PILOT = Checklist(pilot="Nguyễn Văn A", licence="instrument", wind=1.0, rain=False, cleared=True)


class FlightRig:
    """Steps everything together. link: the aircraft and the fleet hear each other; watching: somebody sees people.

    downlink: the fleet hears the aircraft; reporting: it hears the robots; late: where commands wait, None = nowhere.
    """

    def __init__(self, robots: int = 0, seed: int = 1, *, each: int = 1, site: FlightSite = FLYING) -> None:
        self.rehearsal = Rehearsal(ROADMAP, units_of(SITE, robots or 1), seed=seed, how=Behaviour(stop_rate=0.0))
        self.parked = robots == 0
        self.site = site
        self.rehearsal.engine = FleetEngine(ROADMAP, self.rehearsal.units, doors=ROADMAP.doors, flight_site=site)
        self.craft = SimulatedAircraft(site.aircraft.name, site.aircraft.limits(), site.pad, seed)
        self.stock = sample(site, seed, each=each)
        self.link = self.watching = self.downlink = self.reporting = True
        self.late: list[UavCommand] | None = None
        self.people: list[tuple[float, float]] = []
        self.heard = 0.0
        self.outside = 0
        self.under: list[str] = []
        self.told: list[str] = []
        self._tokens = 100
        for _ in range(5):
            self.step()

    @property
    def engine(self) -> FleetEngine:
        return self.rehearsal.engine

    @property
    def now(self) -> float:
        return self.rehearsal.now

    @property
    def journal(self) -> list[JournalEntry]:
        return self.rehearsal.journal

    def step(self, events: Sequence[Event] = (), dt: float = 0.1) -> list[Any]:
        """Advance by dt; return replies."""
        run = self.rehearsal
        run.now = round(run.now + dt, 3)
        inbox: list[Event] = list(events)
        for door in run.doors.values():
            door.step(run.now, dt)
            inbox.append(DoorReport(door.door_id, door.mode(run.now)))
        for robot in run.robots.values():
            robot.step(dt)
            inbox += [robot.report()] if self.reporting else []
        inbox += self._fly(dt)
        result = run.engine.step(run.now, inbox)
        run.journal += result.entries
        for command in result.commands:
            one = run.robots[command.robot]
            one.take(command) if isinstance(command, Order) else one.instant(command)
        for door_told in result.doors:
            run.doors[door_told.door].tell(run.now, open_it=door_told.open)
        for told in result.flights if self.link else ():
            self.told.append(told.command)
            self.late.append(told) if self.late is not None else self.obey(told)
        self._judge()
        return list(result.replies)

    def obey(self, told: UavCommand) -> None:
        """Let the aircraft hear a command."""
        if told.plan is not None:
            plan = told.plan
            self.craft.fly(mission_of(told.flight_id, plan.waypoints, plan.volume, plan.transit))
        else:
            self.craft.told(told.command, told.flight_id)

    def restart(self) -> None:
        """Start another fleet on the journal of this one."""
        run = self.rehearsal
        run.engine = FleetEngine(
            ROADMAP, run.units, journal=self.journal, doors=ROADMAP.doors, flight_site=self.site
        )  # fmt: skip

    def _fly(self, dt: float) -> list[Event]:
        now, events = self.rehearsal.now, list[Event]()
        self.heard = now if self.link else self.heard
        before = self.craft.scan
        for _ in range(2):
            self.craft.step(now, dt / 2, self.heard)
        if self.link and self.downlink:
            events.append(UavReport(self.craft.telemetry(now)))
            if before and self.craft.scan != before and self.craft.mission is not None:
                load = self.stock.racks.get(before, "")
                state: Any = "unreadable" if load == UNREADABLE else "label" if load else "empty"
                reading = CellReading(before, state, load if state == "label" else "")
                events.append(ShelfRead(self.craft.mission.flight_id, reading))
        if self.watching:
            events.append(PeopleSeen(tuple(self.people)))
        return events

    def _judge(self) -> None:
        """Ground truth: inside its volume while it flies, and nobody below."""
        flights = self.engine.world.state.flights
        flight = flights.reserving
        if flight is None or self.craft.mode == "LANDED" or self.engine.world.flights is None:
            return
        volume = self.engine.world.flights.plan_of(flight).volume
        x, y, z = self.craft.p.tolist()
        self.outside += not volume.holds(x, y, z, 0.05)
        for robot in self.rehearsal.robots.values():
            report = robot.report()
            if volume.holds(report.x, report.y, 0.0, 0.3):
                self.under.append(f"{report.robot} at {self.now}")

    def ask(self, request: Any) -> Any:
        """Ask the engine; return the answer or the error."""
        self._tokens += 1
        return next(r.result for r in self.step([Ask(self._tokens, request)]) if r.token == self._tokens)

    def until(self, done: Callable[[], bool], limit: float) -> bool:
        """Step until something holds; False after limit s."""
        end = self.now + limit
        while not done() and self.now < end:
            self.step()
        return done()

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
