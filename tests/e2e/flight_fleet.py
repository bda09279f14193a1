"""A fleet with an aircraft for browser tests: the real engine, journal and API, one robot, a simulated flight."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np

from amr_core import vda5050
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import PeopleSeen, RobotMessage, ShelfRead, UavCommand, UavReport
from amr_fleet.nodes.flight_pictures import FlightPictures
from amr_fleet.rehearsal import Behaviour, KinematicRobot, units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_perception.codes.point_pictures import PointPictures
from amr_perception.fixed.blur import point_jpeg
from amr_sim.aircraft import SimulatedAircraft, mission_of
from amr_sim.shelves import picture, roof
from amr_uav.count import CellReading
from amr_uav.sample_stock import UNREADABLE, Stock, sample
from amr_uav.site import load_flight_site
from tests.e2e.pace import Pace
from tests.e2e.serving import start

DT = 0.2
_BEGIN = 6 * 3600.0


def planted(stock: Stock) -> Stock:
    """Return stock with one load of B2 in B1, a label nobody can read beside it, and an empty cell: all on level 1."""
    strange = next(load for load, place in stock.book.items() if place == "B2")
    racks = {cell: load for cell, load in stock.racks.items() if load != strange and cell != "B1W-03-1"}
    racks |= {"B1W-02-1": strange, "B1W-05-1": UNREADABLE}
    shown = set(racks.values())
    return Stock({load: place for load, place in stock.book.items() if load in shown}, racks)


class FlightFleet:
    """Steps `speed` fleet seconds a second; `skip` as fast as it can. people: where somebody is seen (m).

    link: the fleet hears the aircraft; blind: its camera gives no picture of this point; at: the node where the robot
    begins; stands: it waits there for somebody in its way. Accounts: users.db.
    """

    def __init__(self, folder: Path, *, speed: float = 4.0, at: str = "") -> None:
        site = load_site("cai_cui")
        flying = load_flight_site("cai_cui")
        assert flying is not None
        self.folder, self.site, self.now, self.link = folder, flying, _BEGIN, True
        self.stands = bool(at)
        self.people: list[tuple[float, float]] = []
        self.blind = ""
        self.craft = SimulatedAircraft(flying.aircraft.name, flying.aircraft.limits(), flying.pad)
        self.stock = planted(sample(flying, each=0))
        roadmap = build_roadmap(site)
        units = units_of(site, 1)
        how, node = Behaviour(stop_rate=0.0), at or units[0].home
        self._robot = KinematicRobot(units[0].name, node, roadmap, random.Random(1), how)
        self.store = JournalStore(str(folder / "journal.sqlite3"))
        engine = FleetEngine(roadmap, units, flight_site=flying)
        self.service = FleetService(engine, self.store, self._drive, send_uav=self._fly)
        self.users = UserStore(folder / "users.db")
        self._eye, self._rng = PointPictures(), np.random.default_rng(1)
        self._kept = FlightPictures(lambda: folder / "photos", self.service.post)
        for _ in range(20):
            self._step()
        self._pace = Pace(self._step, DT, speed)
        self.skip = self._pace.skip
        self.api = start(self.service, site, users=self.users, photos=folder / "photos")

    def state(self) -> str:
        """Return the state of the newest flight that was asked for."""
        flights = self.service.snapshot().flights
        assert flights is not None
        return next(one.state for one in reversed(flights.flights) if not one.again)

    def ask(self, request: Any) -> Any:
        """Ask the engine as a program of the site would, and return its answer."""
        return self.service.ask(request).result(30)

    def _drive(self, command: RobotMessage) -> None:
        self._robot.take(command) if isinstance(command, vda5050.Order) else self._robot.instant(command)

    def _fly(self, told: UavCommand) -> None:
        if not self.link:
            return
        plan = told.plan
        if plan is None:
            self.craft.told(told.command, told.flight_id)
        else:
            self.craft.fly(mission_of(told.flight_id, plan.waypoints, plan.volume, plan.transit))

    def _step(self) -> None:
        self.now = round(self.now + DT, 3)
        if not self.stands:
            self._robot.step(DT)
        self.service.post(self._robot.report())
        before = self.craft.scan
        for _ in range(4):
            self.craft.step(self.now, DT / 4, self.now if self.link else 0.0)
        if self.link:
            self.service.post(UavReport(self.craft.telemetry(self.now)))
        if before and before != self.craft.scan and self.craft.mission is not None:
            load = self.stock.racks.get(before, "")
            kind: Any = "unreadable" if load == UNREADABLE else "label" if load else "empty"
            reading = CellReading(before, kind, load if kind == "label" else "")
            self.service.post(ShelfRead(self.craft.mission.flight_id, reading))
            if load:  # the camera's picture of it, from when it was still looked at
                seen = picture(load, 1.5, 0.0, self._rng)
                self._kept.picture(self.now - DT, point_jpeg(seen, []))
        self._look()
        self.service.post(PeopleSeen(tuple(self.people)))
        self.service.advance(self.now)
        flights = self.service.snapshot().flights
        self._kept.counted(flights.flights if flights is not None else ())

    def _look(self) -> None:
        """What camera and reader do at points of an inspection."""
        craft, now = self.craft, self.now
        if craft.mission is None:
            return
        self._kept.state(craft.telemetry(now), now, craft.scan, craft.scan_since)
        taken = self._eye.state(now, craft.mission.flight_id, craft.scan, craft.scan_since)
        if taken is not None:
            self._kept.picture(taken.stamp, point_jpeg(taken.raw, []))
        if craft.scan.startswith("P") and craft.scan != self.blind:
            picture = roof(float(craft.p[0]), float(craft.p[1]), 0.0, self._rng)
            self._eye.picture(now, picture, picture)

    def close(self) -> None:
        """Stop everything."""
        self.api.stop()
        self._pace.close()
        self._kept.close()
        self.store.close()
        self.users.close()
