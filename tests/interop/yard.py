"""A fleet engine and its gateway on one side of a broker, strict robots on the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from amr_core import vda5050
from amr_core.roadmap import Node, build_roadmap
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, Event, JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CreateOrder
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.floors import floors_of, one_floor
from amr_interop.vda.maps import MapDesks, MapWish
from amr_interop.vda.master import Master
from amr_interop.vda.sent import FileShelf
from amr_lab.mqtt_bench.fleet import ask_orders
from tests.interop.strict_robot import EPOCH, StrictRobot

PACE = 20.0
VERSIONS = ("2.0.0", "2.1.0", "3.0.0")


class Yard:
    """A fleet engine with a gateway on one side of a broker, strict robots on the other."""

    def __init__(
        self, port: int, folder: Path, versions: tuple[str, ...], pace: float = PACE, wish: MapWish | None = None,
        maps: Sequence[dict[tuple[str, str], bool] | None] = (None, None, None), site: str = "cai_cui",
    ) -> None:  # fmt: skip
        self.wish = wish
        self.port, self.folder, self.pace = port, folder, pace
        self.site = load_site(site)
        self.floors = floors_of(self.site) if self.site.levels else one_floor("site")
        self.roadmap = build_roadmap(self.site)
        self.units = units_of(self.site, len(versions))
        self.world = Rehearsal(self.roadmap, self.units)  # its lifts; its robots do nothing
        self.world.now = self.now()
        self.journal: list[JournalEntry] = []
        self.asked = 0
        self.gateway: Gateway | None = None
        homes = {u.name: self.roadmap.nodes[u.home] for u in self.units}
        self.robots = [
            self.robot(version, name, home, has)
            for version, (name, home), has in zip(versions, homes.items(), maps, strict=False)
        ]
        for robot in self.robots:
            robot.start()
        self.start_fleet()

    def robot(self, version: str, name: str, home: Node, has: dict[tuple[str, str], bool] | None) -> StrictRobot:
        """Return a robot at its home."""
        return StrictRobot(self.port, version, name, home.id, home.x, home.y, self.pace, has)

    def start_fleet(self) -> None:
        """Start engine and gateway; after a kill from the journal and from what was kept of each robot."""
        if self.gateway is not None:
            self.gateway.link.close()
        self.engine = FleetEngine(self.roadmap, self.units, journal=self.journal)
        shelf = FileShelf(self.folder / "sent", sync=lambda _: None)
        masters = [
            Master(
                u.name,
                "ACME",
                u.name,
                map_id="site",
                shelf=shelf,
                sheet_wait=3.0,
                kind=robot_type(u.type),
                floors=self.floors,
            )
            for u in self.units
        ]
        for master in masters:
            master.maps = MapDesks(self.floors.ids, {"site": self.wish} if self.wish else {})
        self.gateway = Gateway(Broker(port=self.port), "amr-fleet", masters)
        self.gateway.link.start()

    def now(self) -> float:
        return (time.monotonic() % 1e5) * self.pace

    def order(self, count: int, pick: str = "", drop: str = "") -> None:
        """Ask for orders from place to place, or between random ones."""
        asks = ask_orders(self.world, count, seed=7, first=self.asked)
        if pick:
            order = OrderRequest(pick_place=pick, drop_place=drop, user="t")
            asks = [Ask(self.asked + i, CreateOrder(order=order)) for i in range(count)]
        self.step(asks)
        self.asked += count

    def step(self, events: Sequence[Event] = ()) -> None:
        assert self.gateway is not None
        self.world.dt, self.world.now = self.now() - self.world.now, self.now()
        inbox: list[Event] = [*events, *self.world.lift_reports()]
        masters = {}
        for master, outcome in self.gateway.tick(EPOCH + self.now()):
            masters[master.name] = master
            if outcome.state is not None:
                inbox.append(outcome.state)
        result = self.engine.step(self.now(), inbox)
        self.journal += result.entries
        self.world.tell_doors(result)
        for sent in result.commands:
            master = masters[sent.robot]
            master.order(sent) if isinstance(sent, vda5050.Order) else master.instant(sent)

    def run(self, until: Callable[[], bool], seconds: float) -> bool:
        """Step until the predicate holds or so many seconds of the clock have passed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if until():
                return True
            self.step()
            time.sleep(0.01)
        return until()

    @property
    def finished(self) -> bool:
        return not self.engine.world.state.open_orders

    def judge(self) -> None:
        """Nothing lost, nothing twice, no fault in any robot's list, no space given to two."""
        assert self.finished, [(o.order_id, o.state, o.robot) for o in self.engine.world.state.open_orders.values()]
        assert [fault for robot in self.robots for fault in robot.faults] == []
        done = Counter(entry for robot in self.robots for entry in robot.done if entry[0] in ("pick", "drop"))
        assert sum(n for (kind, _), n in done.items() if kind == "drop") == self.asked
        assert set(done.values()) == {1}
        assert self.engine.world.traffic.violations() == []

    def close(self) -> None:
        assert self.gateway is not None
        self.gateway.link.close()
        for robot in self.robots:
            robot.close()
