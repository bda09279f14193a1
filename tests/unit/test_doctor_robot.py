"""`amr doctor robot` names what is wrong with a robot's computer."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup import doctor_scans
from amr_bringup.cli import app
from amr_bringup.doctor_robot import Ailment, Probe, RobotEnvironment, as_json, examine
from amr_bringup.doctor_scans import HeardScan, scan_of
from amr_core.errors import AmrError
from amr_core.identity.authority import SiteAuthority, save
from amr_navigation.navigator.engine import AHEAD
from amr_navigation.navigator.guard import GuardParams


class Computer(Probe):
    """A computer where all is well, unless a test says otherwise."""

    def __init__(self) -> None:
        self.time, self.set = time.time(), True
        self.free: int | OSError = 50_000_000_000
        self.way: tuple[str, int] | OSError = ("10.0.0.7", 1500)
        self.refusal: OSError | None = None
        self.lidars = {f"/amr_01/scan_{name}": scans() for name in ("front", "rear")}
        self.no_ros = False

    def now(self) -> float:
        return self.time

    def clock_is_set(self) -> bool:
        return self.set

    def free_bytes(self) -> int:
        if isinstance(self.free, OSError):
            raise self.free
        return self.free

    def route(self, host: str, port: int) -> tuple[str, int]:
        if isinstance(self.way, OSError):
            raise self.way
        return self.way

    def shake_hands(self, host: str, port: int, own: RobotEnvironment) -> None:
        if self.refusal is not None:
            raise self.refusal

    def scans(self, own: RobotEnvironment, kind: str) -> Mapping[str, Sequence[HeardScan]]:
        assert kind in ("lift_amr", "fork_robot")
        if self.no_ros:
            raise ImportError("No module named 'rclpy'", name="rclpy")
        return self.lidars


def scans(hz: float = 10.0, count: int = 20, **other: Any) -> list[HeardScan]:
    said: dict[str, Any] = {"age": 0.05, "beams": 271, "seen": 200, "near": 0, **other}
    return [HeardScan(at=1000.0 + k / hz, **said) for k in range(count)]


@pytest.fixture
def own(tmp_path: Path) -> RobotEnvironment:
    authority, _ = SiteAuthority.made(tmp_path)
    save(tmp_path, "robot", authority.issue("amr_01"))
    files = {
        name: str(tmp_path / f) for name, f in (("ca", "ca.crt"), ("certificate", "robot.crt"), ("key", "robot.key"))
    }
    return RobotEnvironment(robot="amr_01", site="lab", broker="broker.site:8883", **files)


def verdicts(own: RobotEnvironment, computer: Computer) -> dict[str, Ailment]:
    return {one.what: one for one in examine(own, computer)}


def bad(own: RobotEnvironment, computer: Computer) -> set[str]:
    return {one.what for one in examine(own, computer) if one.verdict == "bad"}


def test_a_computer_where_all_is_well(own: RobotEnvironment) -> None:
    found = verdicts(own, Computer())
    assert {one.verdict for one in found.values()} == {"good"}
    checks = ["disk", "clock", "certificate", "address", "MTU", "broker", "site"]
    assert list(found) == [*checks, "/amr_01/scan_front", "/amr_01/scan_rear"]
    assert as_json(list(found.values()))["well"]


def test_each_fault_is_named_and_only_that(own: RobotEnvironment) -> None:
    computer = Computer()
    computer.set = False
    assert bad(own, computer) == {"clock"}
    computer = Computer()
    computer.free = 900_000_000
    assert bad(own, computer) == {"disk"}
    computer.free = FileNotFoundError(2, "No such file or directory")
    assert bad(own, computer) == {"disk"}
    assert "No such file" in verdicts(own, computer)["disk"].words
    computer = Computer()
    computer.way = ("10.0.0.7", 576)
    assert bad(own, computer) == {"MTU"}
    computer = Computer()
    computer.way = OSError(101, "Network is unreachable")
    assert bad(own, computer) == {"address"}
    computer = Computer()
    computer.refusal = ConnectionRefusedError(111, "Connection refused")
    assert bad(own, computer) == {"broker"}
    computer = Computer()
    computer.time += 900 * 86400.0
    assert bad(own, computer) == {"certificate"}
    computer = Computer()
    computer.time += 810 * 86400.0
    assert verdicts(own, computer)["certificate"].verdict == "warning"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([], "nothing came in 4 s"), (scans(age=5.0), "5.0 s old"), (scans(age=0.6), "0.6 s old"),
        (scans(age=-0.5), "0.5 s ahead"), (scans(hz=2.0), "2.0 a second"), (scans(count=1), "0.0 a second"),
        (scans(seen=0, near=200), "covered"), (scans(seen=3), "blind"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_lidar_is_named(own: RobotEnvironment, wrong: list[HeardScan], words: str) -> None:
    computer = Computer()
    computer.lidars["/amr_01/scan_rear"] = wrong
    assert bad(own, computer) == {"/amr_01/scan_rear"}
    assert words in verdicts(own, computer)["/amr_01/scan_rear"].words


def test_without_ros_it_says_so_and_goes_on(own: RobotEnvironment) -> None:
    computer = Computer()
    computer.no_ros = True
    found = verdicts(own, computer)["scans"]
    assert (found.verdict, "rclpy" in found.words) == ("warning", True)
    assert bad(own, computer) == set()


def test_a_scan_counts_its_beams() -> None:
    ranges = [math.inf, -math.inf, math.nan, 0.01, 1.0, 19.0, 25.0]
    told = scan_of(SimpleNamespace(range_min=0.05, range_max=20.0, ranges=ranges), at=12.0, stamp=11.5)
    assert told == HeardScan(at=12.0, age=0.5, beams=7, seen=2, near=2)


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("robot", "amr_77", "site"), ("site", "nowhere", "site"), ("broker", "broker", "broker"),
        ("broker", "b:0", "broker"), ("broker", "b:8883²", "broker"), ("broker", "", "broker"),
        ("robot", "amr_02", "certificate"), ("certificate", "/nowhere", "certificate"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong(own: RobotEnvironment, field: str, value: str, what: str) -> None:
    assert what in bad(RobotEnvironment(**{**own.__dict__, field: value}), Computer())


def test_a_robot_without_a_certificate_is_warned(own: RobotEnvironment) -> None:
    bare = RobotEnvironment(robot="amr_01", site="lab", broker="127.0.0.1:1883")
    assert verdicts(bare, Computer())["certificate"].verdict == "warning"


def test_the_file_of_the_service_is_read(tmp_path: Path) -> None:
    file = tmp_path / "robot.env"
    file.write_text('# a comment = no setting\nAMR_ROBOT=amr_03\nAMR_BROKER="b:1"\nrubbish\n\nAMR_OTHER=x=y\n')
    found = RobotEnvironment.read(file, {"AMR_ROBOT": "other", "AMR_SITE": "lab"})
    assert (found.robot, found.broker, found.site, found.key) == ("amr_03", "b:1", "lab", "")
    assert RobotEnvironment.read(tmp_path / "none", {"AMR_ROBOT": "amr_01"}).robot == "amr_01"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        RobotEnvironment.read(file, {})


# The real probe -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shut() -> Iterator[int]:
    """A port that ends each connection at once."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            try:
                while True:
                    listener.accept()[0].close()
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def test_the_computer_itself_is_read(own: RobotEnvironment, shut: int) -> None:
    probe = Probe()
    assert abs(probe.now() - time.time()) < 5.0
    assert isinstance(probe.clock_is_set(), bool)
    assert probe.free_bytes() > 0
    address, mtu = probe.route("127.0.0.1", shut)
    assert address == "127.0.0.1"
    assert mtu >= 1280
    probe.shake_hands("127.0.0.1", shut, RobotEnvironment())  # an open line: somebody is there
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on who is first
        probe.shake_hands("127.0.0.1", shut, own)


def test_the_command_says_it_and_ends_with_1(own: RobotEnvironment, tmp_path: Path, shut: int) -> None:
    file = tmp_path / "robot.env"
    file.write_text(f"AMR_ROBOT=amr_01\nAMR_SITE=lab\nAMR_BROKER=127.0.0.1:{shut}\nAMR_CA={own.ca}\n"
                    f"AMR_CERTIFICATE={own.certificate}\nAMR_KEY={own.key}\n")  # fmt: skip
    done = CliRunner().invoke(app, ["doctor", "robot", "--env", str(file), "--json"])
    assert done.exit_code == 1
    told = {one["what"]: one["verdict"] for one in json.loads(done.stdout)["findings"]}
    assert (told["broker"], told["certificate"], told["site"]) == ("bad", "good", "good")
    plain = CliRunner().invoke(app, ["doctor", "robot", "--env", str(file)])
    assert "bad      broker" in plain.stdout
    assert CliRunner().invoke(app, ["doctor", "tractor"]).exit_code == 2


def test_it_refuses_the_scans_that_the_navigation_refuses() -> None:
    """Its limits are written again there, since the navigation takes seconds to load."""
    assert GuardParams().source_timeout == doctor_scans._BEHIND_S
    assert doctor_scans._AHEAD_S == AHEAD
