"""Our fleet and its gateway lead strict robots of 2.0, 2.1 and 3.0 over mosquitto: the robots keep a list of faults."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_interop.vda.maps import MapWish
from tests.interop.conftest import Start
from tests.interop.yard import VERSIONS, Yard


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
    assert yard.run(lambda: any(robot.orders for robot in yard.robots), 10.0)
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
