"""Doors behind MQTT, the node that drives doors, and robots at doors with limit switches."""

from __future__ import annotations

import json
import math
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import main
from amr_core.conveyors import BeltState
from amr_core.doors import SAY_S, SimulatedDoor
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import load_site
from amr_fleet.domain.events import DoorReport, Event, StepResult
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_interop.cli import doors_app
from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.desk import DoorDesk
from amr_interop.doors.modbus import ModbusLine
from amr_interop.doors.modbus_door import ModbusUnit
from amr_interop.doors.mqtt import MqttDoors
from amr_interop.doors.settings import ModbusDoor, MqttDoor, load_doors
from amr_interop.mqtt.link import Broker, PlainLetter
from tests.modbus_plc import DoorPlc, Plc, PlcLine, listening
from tests.unit.door_files import DRIVEN, M, made, written


def test_words_of_a_door_are_its_states_while_they_are_fresh() -> None:
    doors, wire, gate = made(says_open=["auf"], says_closed=["zu"], every=2.0)
    assert gate.mode(0.0) == "OFFLINE"
    for k, (word, mode) in enumerate((("AUF", "OPEN"), (" zu\n", "CLOSED"), ("fault", "FAULT"), ("?", "UNKNOWN"))):
        wire.say(word)
        doors.step(float(k))
        assert gate.mode(float(k)) == mode
    assert gate.counts["unknown"] == 1
    wire.say("auf")
    doors.step(10.0)
    assert [gate.mode(t) for t in (12.0, 12.1, 9.0)] == ["OPEN", "OFFLINE", "OFFLINE"]
    wire.say("opening")
    doors.step(20.0)
    assert gate.mode(20.0) == "CLOSING"
    gate.tell(20.0, open_it=True)
    assert gate.mode(20.0) == "OPENING"


def test_a_door_is_told_in_its_own_words_once_and_nothing_is_kept() -> None:
    _doors, wire, gate = made(open="1", close="0")
    gate.tell(0.0, open_it=True)
    gate.tell(1.0, open_it=False)
    assert wire.sent == [PlainLetter("a", "1"), PlainLetter("a", "0")]
    assert [(letter.payload, letter.qos) for letter in wire.sent] == [(b"1", 0), (b"0", 0)]
    assert not any(letter.retain for letter in wire.sent)


def test_what_was_kept_and_what_was_said_before_a_cut_does_not_count() -> None:
    doors, wire, gate = made()
    wire.say("open", retained=True)
    doors.step(0.0)
    assert gate.mode(0.0) == "OFFLINE"
    wire.say("open")
    doors.step(0.5)
    assert gate.mode(0.5) == "OPEN"
    wire.ready = False
    doors.step(0.6)
    assert gate.mode(0.6) == "OFFLINE"
    wire.ready, wire.connects = True, 2
    doors.step(0.7)
    assert gate.mode(0.7) == "OFFLINE"
    wire.say("open", topic="of another door")
    doors.step(0.8)
    assert gate.mode(0.8) == "OFFLINE"
    wire.say("open")
    wire.connects = 3  # lost and back between two steps
    doors.step(0.9)
    assert gate.mode(0.9) == "OPEN"


def test_what_a_door_was_told_on_a_line_that_was_dead_is_not_said_when_it_is_back() -> None:
    """A broker hears, confirms nothing and is cut; the client is back by itself and is heard for a while."""
    heard: list[tuple[int, bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20.0)
        doors = MqttDoors(Broker(port=server.getsockname()[1]), "test", [MqttDoor(door="gate", command="a", state="b")])
        doors.link.start()
        try:
            with accepted(server) as line:
                assert doors.link.wait_ready(20.0)
                for open_it in (True, True, False):
                    doors.units[0].tell(0.0, open_it=open_it)
                heard += [packet(line) for _ in range(3)]
            assert wait_until(lambda: not doors.link.ready)
            doors.units[0].tell(1.0, open_it=True)
            with accepted(server) as line:
                assert doors.link.wait_ready(20.0)
                doors.units[0].tell(2.0, open_it=False)
                again = packet(line)
        finally:
            doors.link.close()
    assert [(kind, said[3:]) for kind, said in heard] == [(0x30, b"OPEN"), (0x30, b"OPEN"), (0x30, b"CLOSE")]
    assert (again[0], again[1][3:]) == (0x30, b"CLOSE"), "what it wants now comes first, and nothing of before"


@contextmanager
def accepted(server: socket.socket) -> Iterator[socket.socket]:
    """Yield the next connection when it is let in and its subscription is confirmed (MQTT 3.1.1)."""
    line, _ = server.accept()
    with line:
        line.settimeout(20.0)
        assert packet(line)[0] == 0x10
        line.sendall(bytes((0x20, 2, 0, 0)))
        kind, asked = packet(line)
        assert kind == 0x82
        line.sendall(bytes((0x90, 3, *asked[:2], 1)))
        yield line


def packet(line: socket.socket) -> tuple[int, bytes]:
    """Return kind and contents of a short packet; pings are none."""
    kind, length = exactly(line, 2)
    return (kind, exactly(line, length)) if kind != 0xC0 else packet(line)


def exactly(line: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = line.recv(length - len(data))
        assert part, "the client has gone"
        data += part
    return data


def wait_until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20.0
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


@pytest.mark.parametrize(
    ("payload", "mode"),
    [
        (json.dumps({"door": {"state": "open"}}), "OPEN"),
        (json.dumps({"door": {"state": True}}), "UNKNOWN"),
        (json.dumps({"door": "open"}), "UNKNOWN"),
        (json.dumps(["open"]), "UNKNOWN"),
        ("open", "UNKNOWN"),
        ('{"door": {"state": "open"', "UNKNOWN"),
        ('{"door": {"state": NaN}}', "UNKNOWN"),
        (b"\xff\xfe", "UNKNOWN"),
        ("", "UNKNOWN"),
        ("[" * 10_000, "UNKNOWN"),
        (json.dumps({"door": {"state": "open"}, "more": "x" * 20_000}), "UNKNOWN"),
    ],
)
def test_a_state_may_stand_in_json_and_rubbish_is_unknown(payload: str | bytes, mode: str) -> None:
    doors, wire, gate = made(field="door.state")
    wire.say(payload)
    doors.step(0.0)
    assert gate.mode(0.0) == mode
    assert gate.counts["unknown"] == (mode == "UNKNOWN")


class DoorDriver:
    def __init__(self) -> None:
        self.told: list[bool] = []
        self.says: Any = "CLOSED"

    def tell(self, now: float, /, *, open_it: bool) -> None:
        self.told.append(open_it)

    def mode(self, now: float) -> Any:
        return self.says

    def belt(self, now: float) -> BeltState:
        return "UNKNOWN"


def test_states_are_said_at_once_when_they_change_and_regularly() -> None:
    driver = DoorDriver()
    desk = DoorDesk({"south": driver})
    said = [(k / 10, mode) for k in range(11) for _, mode in desk.due(k / 10)]
    assert said == [(0.0, "CLOSED"), (SAY_S, "CLOSED"), (2 * SAY_S, "CLOSED")]
    driver.says = "OPEN"
    assert list(desk.due(1.1)) == [("south", "OPEN")]
    assert list(desk.due(1.2)) == []
    fresh = DoorDesk({"south": SimpleNamespace(mode=lambda _now: "UNKNOWN", tell=None)})
    assert list(fresh.due(0.0)) == [("south", "UNKNOWN")], "the first word is said whatever it is"


def test_requests_that_were_overtaken_or_long_under_way_move_no_door() -> None:
    driver = DoorDriver()
    desk = DoorDesk({"south": driver})
    assert desk.request(0.0, "south", "fleet", 5000.0, open_it=True)
    assert desk.request(1.0, "south", "fleet", 5001.0, open_it=False)
    assert not desk.request(1.1, "south", "fleet", 5000.5, open_it=True)
    assert not desk.request(9.0, "south", "fleet", 5003.0, open_it=True)
    assert desk.request(9.1, "south", "tablet", 17.0, open_it=True), "another requester has a clock of its own"
    assert desk.request(9.2, "south", "fleet", 0.0, open_it=True), "without a stamp nobody can tell"
    assert desk.request(9.3, "elsewhere", "fleet", math.nan, open_it=True)
    assert driver.told == [True, False, True, True]


def test_a_fleet_whose_clock_is_set_back_moves_its_doors_again_and_both_are_said(tmp_path: Path) -> None:
    said: list[str] = []
    adapter = DoorAdapter(load_doors(written(tmp_path, M % ""), DRIVEN), said.append)
    moved = []
    for k in range(60):
        stamp = 1_800_000_000.0 + k - (5.0 if k >= 20 else 0.0)
        moved.append(adapter.desk.request(float(k), "south", "fleet", stamp, open_it=k % 2 == 0))
        assert list(adapter.step(k + 0.1)) != []
    assert moved == [True] * 20 + [False] * 9 + [True] * 31
    who = "door south, requests by 'fleet': "
    assert said[0] == who + "overtaken or too long under way, does not count (1 in all)"
    assert said[-1] == who + "its clock was set by -5.0 s: it counts again"
    assert len(said) == 5


def test_robots_cross_a_door_with_limit_switches_only_while_they_say_open() -> None:
    """Engine, desk, line and a controller's contacts together, on the rehearsal's clock."""
    site = load_site("cai_cui")
    run = Wired(build_roadmap(site), units_of(site, 2), seed=1, how=Behaviour(stop_rate=0.0))
    for _ in range(12):
        run.step()
    run.create([OrderRequest(pick_place="D01", drop_place="D12"), OrderRequest(pick_place="D12", drop_place="D01")])
    crossed = 0
    while not run.done:
        run.step()
        assert run.now < 1500.0
        if 200.0 < run.now < 260.0:
            run.wire.away = True  # the line is cut for a minute: nobody goes through, and who waits goes on after it
        elif run.wire.away:
            run.wire.away = False
        for way in run.roadmap.doors:
            for robot in run.robots.values():
                report = robot.report()
                if distance(way, report.x, report.y) < 0.9:
                    crossed += 1
                    assert run.doors[way.id].share > 0.999, f"{robot.name} in {way.id} at {run.now}"
    assert crossed > 0
    assert run.violations() == []
    assert run.run(lambda r: all(door.share == 0.0 for door in r.doors.values()), 60.0)


class Wired(Rehearsal):
    """Robots whose doors are contacts of one controller: coil i opens, inputs 10 i and 10 i + 1 are the switches."""

    def __post_init__(self) -> None:
        self.plc = Plc()
        self.wire = PlcLine(self.plc)
        names = [way.id for way in self.roadmap.doors]
        how = [
            ModbusDoor(door=name, host="h", open_coil=i, is_open=10 * i, is_closed=10 * i + 1)
            for i, name in enumerate(names)
        ]
        self.plc.coils = dict.fromkeys(range(len(names)), False)
        self.plc.inputs = {10 * i + k: False for i in range(len(names)) for k in (0, 1)}
        units = [*map(ModbusUnit, how)]
        self.line = ModbusLine(units, lambda *_: self.wire, lambda: self.now)
        self.desk = DoorDesk({unit.how.door: unit for unit in units})
        super().__post_init__()

    def door_reports(self) -> list[Event]:
        for i, door in enumerate(self.doors.values()):
            door.tell(self.now, open_it=self.plc.coils[i])
            door.step(self.now, self.dt)
            self.plc.inputs |= {10 * i: door.share >= 1.0, 10 * i + 1: door.share <= 0.0}
        self.line.step()
        return [DoorReport(door, mode) for door, mode in self.desk.due(self.now)]

    def tell_doors(self, result: StepResult) -> None:
        for told in result.doors:
            self.desk.request(self.now, told.door, "fleet", self.now, open_it=told.open)


def checked(folder: Path, text: str, *more: str) -> Any:
    call = ["check", str(written(folder, text)), "--seconds", "1.0", *more]
    return CliRunner().invoke(doors_app, call)


def test_a_check_prints_what_doors_say_and_tells_them_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plc = DoorPlc(SimulatedDoor("south", open_s=1.0))
    with listening(plc) as port:
        text = M.replace("door: south, host: h", f"door: crossdock_gate, host: 127.0.0.1, port: {port}") % ""
        done = checked(tmp_path, text)
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "crossdock_gate: CLOSED")
    assert plc.written == []
    done = checked(tmp_path, text)
    assert done.exit_code == 1
    assert "crossdock_gate: OFFLINE" in done.output
    assert f"doors and lifts at 127.0.0.1:{port}: " in done.output
    monkeypatch.setattr(sys, "argv", ["amr", "doors", "check", str(tmp_path / "doors.yaml"), "--site", "lab"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, "no conveyor, is crossdock_gate" in capsys.readouterr().err) == (2, True)
