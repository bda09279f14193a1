"""Fast fleet simulation without ROS: kinematic robots that execute orders as the contract says, hours in seconds.

It sizes fleets, proves traffic, and is the opponent of the engine in the property tests.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amr_core import vda5050
from amr_core.conveyors import SimulatedConveyor, simulated
from amr_core.lifts import SimulatedLift
from amr_core.roadmap import Roadmap
from amr_core.site import Site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, BeltReport, DoorReport, Event, JournalEntry, LiftReport, StepResult
from amr_fleet.domain.settings import FleetSettings, Unit
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.kinematic import Behaviour, KinematicRobot
from amr_fleet.rehearsal.validate import Closure, Stay, Violation, WaitSpan, violations
from amr_fleet.requests import CreateOrder


def units_of(site: Site, robots: int = 0) -> list[Unit]:
    """Return the first robots of the site's fleet (0 = all)."""
    return [Unit(r.name, r.type, r.parking) for r in site.fleet[: robots or None]]


@dataclass
class Rehearsal:
    """A fleet engine, its journal and its kinematic robots, stepped together."""

    roadmap: Roadmap
    units: Sequence[Unit]
    seed: int = 0
    how: Behaviour = field(default_factory=Behaviour)
    settings: FleetSettings = field(default_factory=FleetSettings)
    dt: float = 0.1
    now: float = 0.0
    watch: bool = True

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        self.journal: list[JournalEntry] = []
        self.robots = {
            u.name: KinematicRobot(u.name, u.home, self.roadmap, random.Random(rng.random()), self.how, theta=None)
            for u in self.units
        }
        for robot in self.robots.values():
            robot.theta = self.roadmap.nodes[robot.node].theta
        self.lifts = {way.id: SimulatedLift(way) for way in self.roadmap.lifts}
        self.doors = {way.id: simulated(way.id, way.open_s, load_sensor=way.load_sensor) for way in self.roadmap.doors}
        self.restart_fleet()
        self.step_seconds: list[float] = []
        self.held_violations = 0
        self.waits: list[WaitSpan] = []
        self.closures: list[Closure] = []
        self._waiting: dict[str, tuple[str, float]] = {}
        self._last_report = -1.0

    def restart_fleet(self) -> None:
        """Throw the engine away and start a new one from the journal."""
        self.engine = FleetEngine(
            self.roadmap, self.units, journal=self.journal, settings=self.settings, doors=self.roadmap.doors
        )

    def step(self, events: Sequence[Event] = ()) -> None:
        """Advance robots and engine by dt."""
        self.now = round(self.now + self.dt, 3)
        heartbeat = self.now - self._last_report >= 1.0
        self._last_report = self.now if heartbeat else self._last_report
        inbox: list[Event] = [*events, *self.door_reports(), *self.lift_reports()]
        for robot in self.robots.values():
            robot.step(self.dt)
            if robot.alive and not robot.mute and (robot.changed or heartbeat):
                inbox.append(robot.report())
        began = time.thread_time()
        result = self.engine.step(self.now, inbox)
        self.step_seconds.append(time.thread_time() - began)
        self.journal += result.entries
        for command in result.commands:
            robot = self.robots[command.robot]
            robot.take(command) if isinstance(command, vda5050.Order) else robot.instant(command)
        self.tell_doors(result)
        self._note_waits()
        if self.watch:
            self._check()

    def door_reports(self) -> list[Event]:
        """Advance doors and conveyors by dt and return what they say."""
        for door in self.doors.values():
            door.step(self.now, self.dt)
        said: list[Event] = [DoorReport(d.door_id, d.mode(self.now)) for d in self.doors.values() if not d.silent]
        for way in self.roadmap.doors:
            belt = self.doors[way.id]
            if isinstance(belt, SimulatedConveyor):
                next_to = min(self.robots.values(), key=lambda r: math.dist(r.place(), (way.x, way.y)))
                belt.serve(loaded=bool(next_to.loads), docked=next_to.occupied() == way.station)
                if not belt.blind:
                    said.append(BeltReport(way.id, belt.belt))
        return said

    def lift_reports(self) -> list[LiftReport]:
        """Advance the lifts by dt and return what they say."""
        for lift in self.lifts.values():
            lift.step(self.now, self.dt)
        return [
            LiftReport(name, x.nearest.level, x.door, x.moving or not x.stands, x.mode, x.session, bool(x.session))
            for name, x in self.lifts.items()
            if not x.silent
        ]

    def tell_doors(self, result: StepResult) -> None:
        """Give doors and lifts what the engine commands."""
        for told in result.doors:
            self.doors[told.door].tell(self.now, open_it=told.open)
        for call in result.lifts:
            lift = self.lifts[call.lift]
            if call.ends:
                lift.end(call.session)
            else:
                lift.tell(self.now, call.level, call.session)

    def _note_waits(self) -> None:
        now = self.engine.waits_for()
        for robot, (on, since) in list(self._waiting.items()):
            if now.get(robot) != on:
                self.waits.append(WaitSpan(robot, on, since, self.now))
                del self._waiting[robot]
        for robot, on in now.items():
            self._waiting.setdefault(robot, (on, self.now))

    def _check(self) -> None:
        self.held_violations += len(self.engine.world.traffic.violations())

    def history(self) -> list[Stay]:
        """Return where every robot was."""
        return [stay for robot in self.robots.values() for stay in robot.finish()]

    def violations(self) -> list[Violation]:
        """Judge the whole history so far."""
        open_waits = [WaitSpan(r, on, since, self.now) for r, (on, since) in self._waiting.items()]
        return violations(self.roadmap, self.history(), waits=[*self.waits, *open_waits], closures=self.closures)

    def run(self, until: Callable[[Rehearsal], bool], limit: float) -> bool:
        """Step until the predicate holds; False when limit seconds passed first."""
        end = self.now + limit
        while self.now < end:
            if until(self):
                return True
            self.step()
        return until(self)

    def create(self, requests: Sequence[OrderRequest]) -> None:
        """Create orders now."""
        self.step([Ask(i, CreateOrder(order=r)) for i, r in enumerate(requests)])

    @property
    def done(self) -> bool:
        """No order is open."""
        return not self.engine.world.state.open_orders
