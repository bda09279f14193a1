"""Two hundred robots on a real engine: pairs of the reference building side by side, each with all that it parks."""

from __future__ import annotations

import random
import threading
import time

from amr_core import vda5050
from amr_core.roadmap import build_roadmap
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import RobotMessage
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_fleet.rehearsal.kinematic import Behaviour, KinematicRobot
from amr_fleet.requests import CreateOrder
from amr_fleet.service import STEP_PERIOD, FleetService
from amr_fleet.store.journal import JournalStore
from amr_lab.study.site import PAIR, side_by_side, study_site

_REPORT_EVERY = 2  # steps: each robot reports at 5 Hz


class Crowd:
    """A fleet service on the wall clock, with kinematic robots in the same process and always work to do."""

    def __init__(self, robots: int, journal: str) -> None:
        """Build it; robots is rounded to whole pairs of buildings."""
        self.site = side_by_side(study_site("cai_cui", PAIR, doubled=True), max(1, round(robots / PAIR)))
        roadmap = build_roadmap(self.site)
        units = units_of(self.site)
        self._rng = random.Random(1)
        self._robots = {
            u.name: KinematicRobot(u.name, u.home, roadmap, random.Random(i), Behaviour()) for i, u in enumerate(units)
        }
        for robot in self._robots.values():
            robot.theta = roadmap.nodes[robot.node].theta
        self._store = JournalStore(journal)
        self.service = FleetService(FleetEngine(roadmap, units), self._store, self._send)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="crowd")
        self._thread.start()

    def _send(self, command: RobotMessage) -> None:
        robot = self._robots[command.robot]
        robot.take(command) if isinstance(command, vda5050.Order) else robot.instant(command)

    def _live(self) -> None:
        last, steps = time.time(), 0
        while not self._stop.is_set():
            now = time.time()
            steps += 1
            for robot in self._robots.values():
                robot.step(now - last)
                if steps % _REPORT_EVERY == 0:
                    self.service.post(robot.report())
            last = now
            self.service.advance(now)
            self._give_work()
            self._stop.wait(max(0.0, now + STEP_PERIOD - time.time()))

    def _give_work(self) -> None:
        snapshot = self.service.snapshot()
        for _ in range(len(self._robots) - len(snapshot.orders) if snapshot.ready else 0):
            pick = self._rng.choice(self.site.places)
            near = [p.id for p in self.site.places if p.id[:2] == pick.id[:2] and p.id != pick.id]
            self.service.ask(CreateOrder(order=OrderRequest(pick_place=pick.id, drop_place=self._rng.choice(near))))

    def close(self) -> None:
        """Stop it."""
        self._stop.set()
        self._thread.join()
        self._store.close()
