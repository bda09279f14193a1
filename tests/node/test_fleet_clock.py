"""The fleet on a computer whose clock is set, in the test's process and in one of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_fleet.nodes.fleet import FleetNode
from amr_interfaces.msg import RobotState
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.steady import SteadyClock

# libfaketime was no help: the fleet did not get ready under it within a minute on a busy machine, cause unknown.
_PROCESS = """
import sys, time
real, setting = time.time, sys.argv.pop(1)
time.time = lambda: real() + float(open(setting).read() or 0)
from amr_fleet.nodes.main import fleet
fleet()
"""
TIMEOUT_S = 30.0


class Wall:
    """A computer's clock that is set by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def host(domain_id: int, wall: Wall) -> Iterator[ProcessHost]:
    with ProcessHost(participant="test", sim_time=False, domain_id=domain_id, clock=SteadyClock(wall)) as host:
        yield host


@pytest.fixture
def fleet(host: ProcessHost) -> FleetNode:
    node: FleetNode = host.build(FleetNode, "fleet", params={"site": "lab", "robots": ["amr_01"]})
    return node


@pytest.mark.parametrize("step", [-40.0, -86400.0, 40.0, 86400.0])
def test_a_clock_that_is_set_neither_freezes_nor_hurries_the_fleet(
    host: ProcessHost, fleet: FleetNode, wall: Wall, step: float
) -> None:
    host.spin_until(lambda: fleet.service.snapshot().t > 0.0, TIMEOUT_S)
    began, before = time.monotonic(), fleet.service.snapshot().t
    wall.ahead = step
    assert host.spin_until(lambda: fleet.service.snapshot().t > before + 2.0, 8.0), "frozen"
    passed = fleet.service.snapshot().t - before
    assert passed <= 1.15 * (time.monotonic() - began) + 0.3, "it raced"
    assert fleet.service.condition().step_age < 2.0
    alarm = next(a for a in fleet.service.snapshot().alarms if a.reason.code == "alarm.clock")
    assert abs(float(str(alarm.reason.facts["seconds"])) - step) <= 2.0
    assert alarm.robot == ""


def test_a_robot_with_another_clock_is_named(host: ProcessHost, fleet: FleetNode) -> None:
    robot = host.build(_Robot, "robot")

    def named() -> bool:
        robot.report(60.0)
        return any(a.reason.code == "alarm.clock" for a in fleet.service.snapshot().alarms)

    assert host.spin_until(named, TIMEOUT_S)
    (alarm,) = (a for a in fleet.service.snapshot().alarms if a.reason.code == "alarm.clock")
    assert (alarm.robot, alarm.reason.facts["seconds"]) == ("amr_01", 60)

    def quiet() -> bool:
        robot.report(0.0)
        return all(a.reason.code != "alarm.clock" for a in fleet.service.snapshot().alarms)

    assert host.spin_until(quiet, TIMEOUT_S), "it ends when the clock is right again"


class _Robot(AmrNode):
    def __init__(self, name: str = "robot", **kwargs: object) -> None:
        super().__init__(name, **kwargs)  # type: ignore[arg-type]
        self.state = self.create_publisher(RobotState, "/amr_01/state", qos.RELIABLE)

    def report(self, ahead: float) -> None:
        message = RobotState(robot="amr_01", last_node_id="P1", localized=True, state_of_charge=0.9)
        message.header.stamp = to_stamp(self.now + ahead)
        self.state.publish(message)


# A process of its own ----------------------------------------------------------------------------------------------


def _ready(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/ready", timeout=5.0) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, status: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if _ready(port) == status:
            return True
        time.sleep(0.2)
    return False


def test_a_real_process_goes_on_when_its_computers_clock_is_set(tmp_path: Path, domain_id: int) -> None:
    port, setting = _free_port(), tmp_path / "clock"
    setting.write_text("0")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.setblocking(False)
    env = {
        **os.environ, "ROS_DOMAIN_ID": str(domain_id), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000",
    }  # fmt: skip
    arguments = ["site:=lab", f"port:={port}", f"database:={tmp_path / 'j.sqlite3'}", "use_sim_time:=false"]
    command = [sys.executable, "-c", _PROCESS, str(setting), "--ros-args"]
    command += [part for argument in arguments for part in ("-p", argument)]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=tmp_path)
    try:
        assert _wait(port, 200, 60.0), (tmp_path / "log").read_text()[-2000:]
        for clock in ("-40", "86400", "-86400"):
            fresh = setting.with_suffix(".new")
            fresh.write_text(clock)
            fresh.replace(setting)  # at once: a file that is just being written is empty, and so a clock that is right
            _words(listener)
            for _ in range(15):
                time.sleep(0.2)
                assert _ready(port) == 200, f"{clock}: {(tmp_path / 'log').read_text()[-500:]}"
            assert _words(listener).count(b"WATCHDOG=1") >= 2, "systemd hears of its steps"
        assert (tmp_path / "log").read_text().count("the computer's clock was set by") == 3
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20.0)
        listener.close()


def _words(listener: socket.socket) -> list[bytes]:
    words: list[bytes] = []
    while True:
        try:
            words.append(listener.recv(100))
        except BlockingIOError:
            return words
