"""Our fleet and its gateway lead strict robots of 2.0, 2.1 and 3.0 over mosquitto: the robots keep a list of faults."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from amr_core import vda5050
from amr_core.roadmap import build_roadmap
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Event, JournalEntry
from amr_fleet.rehearsal.rehearsal import Rehearsal, units_of
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.maps import MapDesks, MapWish
from amr_interop.vda.master import Master
from amr_interop.vda.sent import FileShelf
from amr_lab.mqtt_bench.fleet import ask_orders
from tests.interop.conftest import Start
from tests.interop.strict_robot import EPOCH, StrictRobot

PACE = 20.0
VERSIONS = ("2.0.0", "2.1.0", "3.0.0")


class Yard:
    """A fleet engine with a gateway on one side of a broker, strict robots on the other."""

    def __init__(
        self, port: int, folder: Path, versions: tuple[str, ...], pace: float = PACE, wish: MapWish | None = None,
        maps: Sequence[dict[tuple[str, str], bool] | None] = (None, None, None),
    ) -> None:  # fmt: skip
        self.wish = wish
        self.port, self.folder, self.pace = port, folder, pace
        site = load_site("cai_cui")
        self.roadmap = build_roadmap(site)
        self.units = units_of(site, len(versions))
        self.journal: list[JournalEntry] = []
        self.asked = 0
        self.gateway: Gateway | None = None
        homes = {u.name: self.roadmap.nodes[u.home] for u in self.units}
        self.robots = [
            StrictRobot(port, version, name, home.id, home.x, home.y, pace, has)
            for version, (name, home), has in zip(versions, homes.items(), maps, strict=False)
        ]
        self.start_fleet()

    def start_fleet(self) -> None:
        """Start engine and gateway; after a kill from the journal and from what was kept of each robot."""
        if self.gateway is not None:
            self.gateway.link.close()
        self.engine = FleetEngine(self.roadmap, self.units, journal=self.journal)
        shelf = FileShelf(self.folder / "sent", sync=lambda _: None)
        masters = [
            Master(u.name, "ACME", u.name, map_id="site", shelf=shelf, sheet_wait=3.0, kind=robot_type(u.type))
            for u in self.units
        ]
        for master in masters:
            master.maps = MapDesks(["site"], {"site": self.wish} if self.wish else {})
        self.gateway = Gateway(Broker(port=self.port), "amr-fleet", masters)
        self.gateway.link.start()

    def now(self) -> float:
        return (time.monotonic() % 1e5) * self.pace

    def order(self, count: int) -> None:
        world = Rehearsal(self.roadmap, self.units)
        self.step(ask_orders(world, count, seed=7, first=self.asked))
        self.asked += count

    def step(self, events: Sequence[Event] = ()) -> None:
        assert self.gateway is not None
        inbox: list[Event] = list(events)
        masters = {}
        for master, outcome in self.gateway.tick(EPOCH + self.now()):
            masters[master.name] = master
            if outcome.state is not None:
                inbox.append(outcome.state)
        result = self.engine.step(self.now(), inbox)
        self.journal += result.entries
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


@pytest.fixture
def yard(plain: subprocess.Popen[bytes], port: int, tmp_path: Path) -> Iterator[Yard]:
    made = Yard(port, tmp_path, VERSIONS)
    yield made
    made.close()


@pytest.mark.timeout(120)
def test_orders_of_a_mixed_fleet_without_a_fault_in_the_robots_lists(yard: Yard) -> None:
    """Some orders do not arrive, and a person takes a robot over and gives it back."""
    yard.order(3)
    assert yard.run(lambda: any(robot.updates for robot in yard.robots), 40.0)
    lossy = next(robot for robot in yard.robots if robot.updates)
    lossy.drop_next = 2
    assert yard.run(lambda: any(r.moved and not r.loads and r.updates for r in yard.robots), 40.0)
    robot = next(r for r in yard.robots if r.moved and not r.loads and r.updates)
    robot.mode = "MANUAL"
    yard.run(lambda: False, 1.5)
    robot.faults = [f for f in robot.faults if " in MANUAL" not in f]  # what was on its way when the person came
    began = len(robot.orders)
    yard.run(lambda: False, 1.0)
    assert (robot.faults, len(robot.orders)) == ([], began)
    robot.mode = "AUTOMATIC"
    yard.run(lambda: yard.finished, 60.0)
    yard.judge()
    assert sum(robot.updates for robot in yard.robots) > 3


@pytest.mark.timeout(120)
def test_a_robot_too_wide_for_its_type_gets_nothing_before_and_after_a_restart(yard: Yard) -> None:
    """Its factsheet is kept: a restarted gateway knows it before the robot says it again, which this one never does."""
    wide = yard.robots[0]
    wide.width = 1.6
    wide.factsheet()

    def told() -> set[str]:
        report = yard.engine.world.robots[wide.serial].report
        return {e.code for e in report.errors} if report is not None else set()

    assert yard.run(lambda: "vda.factsheet_unfit" in told(), 10.0)
    yard.order(1)
    wide.forget_factsheet()
    yard.start_fleet()
    assert yard.run(lambda: "vda.factsheet_unfit" in told(), 10.0)
    alarms = yard.engine.world.state.alarms
    alarm = ("alarm.robot_error", wide.serial, "vda.factsheet_unfit")
    assert yard.run(lambda: alarm in {(a.code, a.robot, a.facts.get("error")) for a in alarms.active.values()}, 10.0)
    assert yard.run(lambda: yard.finished, 40.0)
    assert wide.orders == []
    yard.judge()


@pytest.mark.timeout(120)
def test_the_fleet_is_killed_with_orders_out(yard: Yard) -> None:
    yard.order(2)
    for _ in range(4):
        yard.run(lambda: yard.finished, 1.5)
        yard.start_fleet()
    yard.run(lambda: yard.finished, 60.0)
    yard.judge()


@pytest.mark.timeout(120)
def test_the_broker_is_killed_and_all_stop_at_the_end_of_their_base_and_go_on(
    plain: subprocess.Popen[bytes], port: int, tmp_path: Path, start: Start
) -> None:
    yard = Yard(port, tmp_path, VERSIONS, pace=12.0)
    try:
        yard.order(3)
        assert yard.run(lambda: all(r.nodes for r in yard.robots), 30.0)
        os.kill(plain.pid, signal.SIGKILL)
        plain.wait(5.0)
        yard.run(lambda: False, 6.0)
        for robot in yard.robots:
            assert not robot.moved
            left = [n for n in robot.nodes if n["sequenceId"] > robot.last_seq]
            assert not any(n["released"] for n in left)
        start(tmp_path / "plain.conf")
        back = time.monotonic()
        assert yard.run(lambda: any(r.moved for r in yard.robots), 10.0), "nobody goes on"
        assert time.monotonic() - back < 10.0
        yard.run(lambda: yard.finished, 60.0)
        yard.judge()
    finally:
        yard.close()


@pytest.mark.timeout(120)
def test_the_map_is_brought_enabled_and_tidied_before_the_first_order(
    plain: subprocess.Popen[bytes], port: int, tmp_path: Path
) -> None:
    """V22: one robot has an older version and may drive with it, the other has none of this site."""
    maps = [{("site", "6"): True}, {("cellar", "1"): True}]
    wish = MapWish("7", "https://maps.site/acme.zip", "ab12")
    yard = Yard(port, tmp_path, ("2.1.0", "3.0.0"), wish=wish, maps=maps)
    try:
        yard.order(2)
        assert yard.run(lambda: yard.finished and all(("site", "7") in (r.maps or {}) for r in yard.robots), 60.0)
        yard.run(lambda: len(yard.robots[0].maps or {}) == 1, 20.0)
        assert [robot.maps for robot in yard.robots] == [
            {("site", "7"): True}, {("cellar", "1"): True, ("site", "7"): True},
        ]  # fmt: skip
        yard.judge()
    finally:
        yard.close()
