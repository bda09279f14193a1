"""Two hundred robots on a real engine: pairs of the reference building side by side, each with all that it parks."""

from __future__ import annotations

import random
import threading
import time

from amr_bringup.study_site import LINK, study_site
from amr_core.site import Place, Site, Station
from amr_core.site_build.roadmap import build_roadmap
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Command, SendOrder
from amr_fleet.kinematic import Behaviour, KinematicRobot
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_fleet.service import STEP_PERIOD, FleetService
from amr_fleet.store.journal import JournalStore

_PAIR = 49  # robots that a pair of buildings parks
_REPORT_EVERY = 2  # steps: each robot reports at 5 Hz


def side_by_side(site: Site, copies: int) -> Site:
    """Return so many of the site in a row, without ways between them; ids get a prefix."""
    parts = [_copy(site, f"{chr(ord('P') + k)}_", k * (site.size[0] + LINK)) for k in range(copies)]
    lists = {
        name: [item for part in parts for item in getattr(part, name)]
        for name in ("lanes", "zones", "places", "chargers", "parking", "fleet")
    }
    return site.model_copy(update={**lists, "size": (copies * (site.size[0] + LINK), site.size[1])})


def _copy(site: Site, prefix: str, dx: float) -> Site:
    def station(s: Station) -> Station:
        return s.model_copy(update={"id": prefix + s.id, "x": s.x + dx, "lane": prefix + s.lane, "marker": None})

    def place(p: Place) -> Place:
        return p.model_copy(update={"id": prefix + p.id, "stations": [station(s) for s in p.stations]})

    def shifted(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + dx, y) for x, y in points]

    return site.model_copy(
        update={
            "lanes": [v.model_copy(update={"id": prefix + v.id, "points": shifted(v.points)}) for v in site.lanes],
            "zones": [v.model_copy(update={"id": prefix + v.id, "polygon": shifted(v.polygon)}) for v in site.zones],
            "places": [place(p) for p in site.places],
            "chargers": [station(c) for c in site.chargers],
            "parking": [station(p) for p in site.parking],
            "fleet": [
                r.model_copy(update={"name": f"{prefix.lower()}{r.name}", "parking": prefix + r.parking})
                for r in site.fleet
            ],
        }
    )


class Crowd:
    """A fleet service on the wall clock, with kinematic robots in the same process and always work to do."""

    def __init__(self, robots: int, journal: str) -> None:
        """Build it; robots is rounded to whole pairs of buildings."""
        self.site = side_by_side(study_site("cai_cui", _PAIR, doubled=True), max(1, round(robots / _PAIR)))
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

    def _send(self, command: Command) -> None:
        robot = self._robots[command.robot]
        robot.take(command) if isinstance(command, SendOrder) else robot.instant(command)

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
            self.service.create_order(OrderRequest(pick_place=pick.id, drop_place=self._rng.choice(near)))

    def close(self) -> None:
        """Stop it."""
        self._stop.set()
        self._thread.join()
        self._store.close()
