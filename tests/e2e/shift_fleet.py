"""A whole fleet for browser tests: the real engine, journal and API, and kinematic robots that do what it says."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from amr_core import vda5050
from amr_core.doors import SimulatedDoor
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.users import UserStore
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import DoorCommand, DoorReport, RobotMessage
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.ops import Ops
from amr_fleet.periodic.stored import desk_of_store
from amr_fleet.ports import TrackView
from amr_fleet.rehearsal import Behaviour, KinematicRobot, units_of
from amr_fleet.replay.recorder import Recorder
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.tracks import TrackStore
from amr_fleet.whatif.service import WhatIf
from tests.api.over_link import OVER_LINK
from tests.e2e.pace import Pace
from tests.e2e.serving import start, start_apart

DT = 0.25
MORNING = 6 * 3600.0  # the first shift begins


class ShiftFleet:
    """The first robots of the reference site, 0 = all twelve; `speed` fleet seconds a second.

    Robots in `dead` fall silent; those in `stands` stand where they are, and say that of themselves, too. doors: the
    site's are there, shut until they are told to open. begin: s, a simulation's or Unix seconds; tells: makes who
    tells people of alarms, not with AMR_OVER_LINK. Accounts are in users.db in the folder. Nothing to do at first:
    orders come through the API.
    """

    def __init__(
        self,
        folder: Path,
        *,
        speed: float = 8.0,
        robots: int = 0,
        doors: bool = False,
        begin: float = MORNING,
        tells: Callable[[ShiftFleet], EscalationDesk] | None = None,
    ) -> None:
        self.site = load_site("cai_cui")
        self.now = begin
        self.speed = speed
        self.dead: set[str] = set()
        self.stands: dict[str, Mapping[str, Any]] = {}
        self.store = JournalStore(str(folder / "journal.sqlite3"))
        self._tracks = TrackStore(str(folder / "tracks.sqlite3"))
        self._recorder = Recorder(self._tracks.write)
        roadmap = build_roadmap(self.site)
        units = units_of(self.site, robots)
        rng = random.Random(5)
        how = Behaviour(stop_rate=0.004)
        self.robots = {u.name: KinematicRobot(u.name, u.home, roadmap, random.Random(rng.random()), how) for u in units}
        for robot in self.robots.values():
            robot.theta = roadmap.nodes[robot.node].theta
        ways = roadmap.doors if doors else ()
        self.doors = {way.id: SimulatedDoor(way.id, way.open_s) for way in ways}
        engine = FleetEngine(roadmap, units, doors=ways)
        self.service = FleetService(engine, self.store, self._send, send_door=self._send_door)
        self._what_if = WhatIf(self.site)
        self.users = UserStore(folder / "users.db")
        self.desk = tells(self) if tells is not None else None
        self._ops = Ops(
            site=self.site, read_journal=self.store.read, tracks=self._tracks, escalation=self.desk,
            what_if=self._what_if, periodic=desk_of_store(self.site, self.store, str(folder / "journal.sqlite3")),
        )  # fmt: skip
        self._steps = 0
        for _ in range(int(5.0 / DT)):
            self._step()
        self._pace = Pace(self._step, DT, self.speed)
        self.skip, self.held = self._pace.skip, self._pace.held
        if self.desk is not None:
            self.desk.start()
        if OVER_LINK:
            self.api = start_apart(self.service, self.store, self.site, "cai_cui", folder)
        else:
            self.api = start(self.service, self.site, users=self.users, ops=self._ops)

    def restart_api(self) -> None:
        """Stop the server and start it again where it was, as an update does; not with AMR_OVER_LINK."""
        port = int(self.api.url.rsplit(":", 1)[1])
        self.api.stop()
        self.api = start(self.service, self.site, users=self.users, ops=self._ops, port_number=port)

    def _send(self, command: RobotMessage) -> None:
        robot = self.robots[command.robot]
        robot.take(command) if isinstance(command, vda5050.Order) else robot.instant(command)

    def _send_door(self, command: DoorCommand) -> None:
        self.doors[command.door].tell(self.now, open_it=command.open)

    def _step(self) -> None:
        self.now = round(self.now + DT, 3)
        self._steps += 1
        heartbeat = self._steps % 4 == 0
        for name, robot in self.robots.items():
            if name in self.dead:
                continue
            if (said := self.stands.get(name)) is not None:
                if heartbeat:
                    self.service.post(replace(robot.report(), driving=False, **said))
                continue
            robot.step(DT)
            if robot.changed or heartbeat:
                self.service.post(robot.report())
        for door in self.doors.values():
            door.step(self.now, DT)
            if not door.silent:
                self.service.post(DoorReport(door.door_id, door.mode(self.now)))
        walker = TrackView(x=60 + 20 * ((self.now / 40) % 1), y=12.2, vx=0.5, vy=0.0, kind="person", radius=0.3)
        self.service.set_tracks({"amr_01": (walker,)}, self.speed)
        self.service.advance(self.now)
        if heartbeat:
            self._recorder.add(self.service.snapshot())

    def close(self) -> None:
        """Stop everything."""
        self.api.stop()
        self._pace.close()
        if self.desk is not None:
            self.desk.close()
        self._what_if.close()
        self._recorder.close(self.now)
        self._tracks.close()
        self.store.close()
        self.users.close()
