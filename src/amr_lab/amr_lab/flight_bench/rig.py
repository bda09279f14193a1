"""A whole flight without ROS: fleet engine, kinematic robots, simulated aircraft, and a reader of its racks.

The bench of flights and the tests of flights run on it; it judges by ground truth at each step. Racks are read as they
are, or, with a camera, from the pictures of the simulated one by the product's own reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import Site, load_site
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
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_perception.codes.point_pictures import TakenPicture
from amr_perception.codes.rack_reader import RackReader
from amr_sim.aircraft import SimulatedAircraft, mission_of
from amr_sim.shelves import picture
from amr_uav.count import CellReading
from amr_uav.sample_stock import UNREADABLE, sample
from amr_uav.site import FlightSite, load_flight_site

CRAFT_DT: Final = 0.05  # s a step of the aircraft, as in amr_sim.nodes.uav
_PICTURES_S: Final = 0.2  # the camera of the simulated aircraft: 5 pictures a second


class FlightCamera:
    """The simulated camera and the product's reader of its pictures; lost: share of pictures that do not arrive.

    taken: the picture of each label that was told, oldest first, until somebody took it from here.
    """

    def __init__(self, site: FlightSite, racks: Mapping[str, str], seed: int, lost: float) -> None:
        self._racks, self._rows = racks, {row.id: row for row in site.rows}
        self._rng, self._lost = np.random.default_rng(seed), lost
        self._reader, self._due = RackReader(), -1e9
        self.taken: list[TakenPicture] = []

    def step(self, now: float, craft: SimulatedAircraft) -> list[ShelfRead]:
        """Take a picture of what is looked at, and return what is read."""
        if now < self._due or craft.mission is None:
            return []
        self._due, scan = now + _PICTURES_S - 1e-6, craft.scan
        found = self._reader.state(now, craft.mission.flight_id, scan, craft.scan_since)
        # What comes after a cell is told changes nothing, so it is not drawn.
        if scan and not self._reader.decided and self._rng.random() >= self._lost:
            row, (x, y, _z) = self._rows[scan.split("-")[0]], craft.p.tolist()
            away, speed = row.distance(x, y) + float(self._rng.normal(0.0, 0.03)), float(np.linalg.norm(craft.v))
            seen = picture(self._racks.get(scan, ""), away, speed, self._rng)
            self._reader.picture(now, seen, seen)
        self.taken += [one.taken for one in found if one.taken is not None and one.reading.state != "empty"]
        return [ShelfRead(one.flight_id, one.reading) for one in found]


class FlightPlace(NamedTuple):
    """A site, its roadmap, and what it says about flying."""

    model: Site
    roadmap: Roadmap
    flying: FlightSite


@lru_cache
def flight_place(name: str) -> FlightPlace:
    """Return a site by name or path; raises site.unknown, or flight.none where it says nothing about flying."""
    model, flying = load_site(name), load_flight_site(name)
    if flying is None:
        raise AmrError("flight.none")
    return FlightPlace(model, build_roadmap(model), flying)


class FlightRig:
    """Steps everything together. link: the aircraft and the fleet hear each other; watching: somebody sees people.

    downlink: the fleet hears the aircraft; reporting: it hears the robots; late: where commands wait, None = nowhere.
    Judged: outside: steps in which it was outside its volume; under: robots below; unreserved: steps in the air with
    the ground below given back.
    """

    def __init__(
        self, place: FlightPlace, robots: int = 0, seed: int = 1, *, each: int = 1, camera: float | None = None
    ) -> None:
        """robots: 0 = one, which stands; each: differences of every kind between racks and book.

        camera: racks are read from pictures, of which such a share is lost; None = as they are.
        """
        self.roadmap, self.site = place.roadmap, place.flying
        units = units_of(place.model, robots or 1)
        self.rehearsal = Rehearsal(self.roadmap, units, seed=seed, how=Behaviour(stop_rate=0.0))
        self.restart()
        self.craft = SimulatedAircraft(self.site.aircraft.name, self.site.aircraft.limits(), self.site.pad, seed)
        self.stock = sample(self.site, seed, each=each)
        self.camera = FlightCamera(self.site, self.stock.racks, seed, camera) if camera is not None else None
        self.link = self.watching = self.downlink = self.reporting = True
        self.late: list[UavCommand] | None = None
        self.people: list[tuple[float, float]] = []
        self.heard = 0.0
        self.outside = self.unreserved = 0
        self.under: list[str] = []
        self.told: list[str] = []
        self._tokens = 100
        for _ in range(5):
            self.step()

    @property
    def engine(self) -> FleetEngine:
        """The fleet that supervises now."""
        return self.rehearsal.engine

    @property
    def now(self) -> float:
        """Fleet seconds."""
        return self.rehearsal.now

    @property
    def journal(self) -> list[JournalEntry]:
        """All that the fleet has decided."""
        return self.rehearsal.journal

    def step(self, events: Sequence[Event] = (), dt: float = 0.1) -> list[Any]:
        """Advance by dt; return replies."""
        run = self.rehearsal
        run.now = round(run.now + dt, 3)
        inbox: list[Event] = list(events)
        for door in run.doors.values():
            door.step(run.now, dt)
            inbox += [] if door.silent else [DoorReport(door.door_id, door.mode(run.now))]
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
            self.roadmap, run.units, journal=self.journal, doors=self.roadmap.doors, flight_site=self.site
        )

    def _fly(self, dt: float) -> list[Event]:
        now, events = self.rehearsal.now, list[Event]()
        self.heard = now if self.link else self.heard
        before = self.craft.scan
        steps = max(1, round(dt / CRAFT_DT))
        for _ in range(steps):
            self.craft.step(now, dt / steps, self.heard)
        seen = self.camera.step(now, self.craft) if self.camera is not None else []
        if self.link and self.downlink:
            events += [UavReport(self.craft.telemetry(now)), *seen]
            if self.camera is None and before and self.craft.scan != before and self.craft.mission is not None:
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
        if self.craft.mode == "LANDED" or self.engine.world.flights is None:
            return
        if flight is None:
            self.unreserved += 1
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

    def until(self, done: Callable[[], bool], limit: float, dt: float = 0.1) -> bool:
        """Step until something holds; False after limit s."""
        end = self.now + limit
        while not done() and self.now < end:
            self.step(dt=dt)
        return done()
