"""Doors with Modbus TCP or MQTT: what is believed of them, what they are told and when, and rubbish on every line."""

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
from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import load_site
from amr_fleet.domain.events import DoorReport, Event, StepResult
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_interop.cli import doors_app
from amr_interop.doors import modbus
from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.desk import DoorDesk
from amr_interop.doors.modbus import COMMAND_S, FRESH_S, SPEAKS_S, ModbusLine, lines_of
from amr_interop.doors.modbus_door import Contacts, ModbusUnit, mode_of
from amr_interop.doors.mqtt import MqttDoors
from amr_interop.doors.settings import ModbusDoor, MqttDoor, load_doors
from amr_interop.mqtt.link import Broker, PlainLetter, Received
from tests.modbus_plc import DoorPlc, Plc, PlcLine, listening

DRIVEN = ("south", "north", "gate")
GOOD = """
modbus:
  - {door: south, host: 10.20.0.31, open_coil: 0, is_open: 0, is_closed: 1, fault: 2, heartbeat_register: 7}
mqtt:
  - {door: gate, command: site/gate/set, state: site/gate/state, every: 3}
broker: {address: "10.20.0.9:1883"}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "doors.yaml"
    file.write_text(text, encoding="utf-8")
    return file


# The file


def test_a_file_says_which_doors_speak_what(tmp_path: Path) -> None:
    found = load_doors(written(tmp_path, GOOD), DRIVEN)
    assert found.names == ["south", "gate"]
    assert (found.modbus[0].port, found.modbus[0].unit, found.modbus[0].inputs) == (502, 1, "discrete_inputs")
    assert found.mqtt[0].every == 3.0
    assert found.broker is not None
    assert found.broker.broker == Broker("10.20.0.9", 1883)


M = "modbus:\n  - {door: south, host: h, open_coil: 0, is_open: 0, is_closed: 1%s}\n"
Q = "mqtt:\n  - {door: gate, command: a, state: b%s}\nbroker: {address: h}\n"


def two(**second: Any) -> str:
    """Return a file of two doors with nothing in common, but for what the second is said to have."""
    how = {"door": "north", "host": "h", "open_coil": 1, "is_open": 10, "is_closed": 11, **second}
    return M % "" + f"  - {json.dumps(how)}\n"


def gates(command: str, state: str, *more: str) -> str:
    """Return a file of two MQTT doors, the first with command a and state b."""
    one, other = more or ("", "")
    return Q.replace("broker", f"  - {{door: north, command: {command}, state: {state}{other}}}\nbroker") % one


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "doors", "valid dictionary"),
        ("[]", "doors", "valid dictionary"),
        ("{}", "doors", "names no door"),
        ("modbus: [", "doors", "cannot be read"),
        (M % ", pulse: 1", "modbus.0.pulse", "not permitted"),
        (M % ", fault: 1", "modbus.0", "are different"),
        (M % ", fault: 70000", "modbus.0.fault", "65535"),
        (M % ", port: 0", "modbus.0.port", "greater"),
        (M % ", unit: .nan", "modbus.0.unit", "finite"),
        (M % ", inputs: coils", "modbus.0", "they differ"),
        (
            "modbus:\n  - {door: west, host: h, open_coil: 0, is_open: 0, is_closed: 1}\n",
            "doors",
            "no conveyor, is west",
        ),
        (M % "" + M.removeprefix("modbus:\n") % "", "doors", "named twice"),
        (two(open_coil=0), "modbus.1.open_coil", "modbus.0.open_coil"),
        (two(is_open=0), "modbus.1.is_open", "modbus.0.is_open"),
        (two(is_closed=1), "modbus.1.is_closed", "modbus.0.is_closed"),
        (two(is_open=1), "modbus.1.is_open", "modbus.0.is_closed"),
        (two(fault=0), "modbus.1.fault", "modbus.0.is_open"),
        (two(is_open=0, host="H."), "modbus.1.is_open", "modbus.0.is_open"),
        (two(is_open=0, inputs="coils"), "modbus.1.is_open", "modbus.0.open_coil"),
        (
            two(open_coil=7, inputs="coils") + "  - {door: gate, host: h, open_coil: 10, is_open: 20, is_closed: 21}\n",
            "modbus.2.open_coil",
            "modbus.1.is_open",
        ),
        (gates("c", "b"), "mqtt.1.state", "mqtt.0.state"),
        (gates("c", "b", ", field: x", ", field: x"), "mqtt.1.state", "mqtt.0.state"),
        (gates("a", "c"), "mqtt.1.command", "mqtt.0.command"),
        (gates("c", "a"), "mqtt.1.state", "mqtt.0.command"),
        (gates("b", "c"), "mqtt.0.state", "mqtt.1.command"),
        (Q % ", every: 60", "mqtt.0.every", "5"),
        (Q % ", every: .inf", "mqtt.0.every", "finite"),
        (Q.replace("command: a", "command: a/#") % "", "mqtt.0.command", "pattern"),
        (Q.replace("state: b", "state: $SYS/x") % "", "mqtt.0.state", "pattern"),
        (Q.replace("state: b", "state: a") % "", "mqtt.0", "one topic"),
        (Q % ", says_open: [OK], says_closed: [ok]", "mqtt.0", "two states"),
        (Q % ", says_open: []", "mqtt.0", "no word"),
        (Q % ", open: X, close: X", "mqtt.0", "one word"),
        (Q.partition("broker")[0] % "", "doors", "belong together"),
        (M % "" + "broker: {address: h}\n", "doors", "belong together"),
        (Q.replace("address: h", "address: h, secret_file: /no/such") % "", "broker.secret_file", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, where: str, reason: str) -> None:
    with pytest.raises(AmrError) as caught:
        load_doors(written(tmp_path, text), DRIVEN)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)
    assert caught.value.facts["node"] == "door_adapter"
    assert reason in str(caught.value.facts["reason"])


@pytest.mark.parametrize(
    "text",
    [
        two(),
        two(unit=2, open_coil=0, is_open=0, is_closed=1),
        two(port=503, open_coil=0, is_open=0, is_closed=1),
        two(host="h2", open_coil=0, is_open=0, is_closed=1),
        two(is_open=2, is_closed=3, inputs="coils"),
        gates("c", "d"),
        gates("c", "b", ", field: x", ", field: y"),
        gates("c", "b", "", ", field: x"),
    ],
)
def test_doors_with_nothing_in_common_are_let_in(tmp_path: Path, text: str) -> None:
    assert len(load_doors(written(tmp_path, text), DRIVEN).names) == 2


def test_an_address_that_is_none_and_a_secret_that_all_can_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match="HOST"):
        load_doors(written(tmp_path, Q.replace("address: h", "address: 'h:x'") % ""), DRIVEN)
    secret = tmp_path / "secret"
    secret.write_text("word\n")
    text = Q.replace("address: h", f"address: h, user: doors, secret_file: {secret}") % ""
    secret.chmod(0o644)
    with pytest.raises(AmrError, match="chmod 600"):
        load_doors(written(tmp_path, text), DRIVEN)
    secret.chmod(0o600)
    settings = load_doors(written(tmp_path, text), DRIVEN)
    assert settings.broker is not None
    assert (settings.broker.broker.user, settings.broker.broker.password) == ("doors", "word")


# What contacts say


@pytest.mark.parametrize(
    ("contacts", "age", "opening", "mode"),
    [
        ((True, False, False), 0.0, True, "OPEN"),
        ((True, False, False), FRESH_S + 0.01, True, "OFFLINE"),
        ((True, False, False), -0.5, True, "OPEN"),  # its thread read it after `now` was taken
        ((False, True, False), 1.0, True, "CLOSED"),
        ((False, False, False), 0.0, True, "OPENING"),
        ((False, False, False), 0.0, False, "CLOSING"),
        ((True, True, False), 0.0, True, "UNKNOWN"),
        ((True, False, True), 0.0, True, "FAULT"),
    ],
)
def test_contacts_are_believed_while_they_are_fresh(contacts: Any, age: float, opening: bool, mode: str) -> None:
    assert mode_of(Contacts(10.0 - age, *contacts), 10.0, opening=opening) == mode
    assert mode_of(None, 10.0, opening=opening) == "OFFLINE"


# Modbus


class Desk:
    """One door on a line with a clock of the test."""

    def __init__(self, *others: ModbusDoor, **how: Any) -> None:
        self.now = 100.0
        self.plc = DoorPlc(SimulatedDoor("south", open_s=2.0))
        self.wire = PlcLine(self.plc)
        made = {"door": "south", "host": "h", "open_coil": 0, "is_open": 0, "is_closed": 1, "fault": 2, **how}
        self.unit = ModbusUnit(ModbusDoor.model_validate(made))
        self.others = [*map(ModbusUnit, others)]
        self.line = ModbusLine([*self.others, self.unit], lambda _host, _port: self.wire, lambda: self.now)

    def mode(self) -> str:
        return self.unit.mode(self.now)

    def live(self, seconds: float, step: float = 0.25) -> None:
        for _ in range(round(seconds / step)):
            self.now += step
            self.plc.step(self.now, step)
            self.line.step()


def test_a_door_is_told_once_for_each_asking_and_never_by_the_adapter_itself() -> None:
    desk = Desk()
    desk.live(3.0)
    assert (desk.plc.written, desk.mode()) == ([], "CLOSED")
    desk.unit.tell(desk.now, open_it=True)
    desk.live(1.0)
    assert desk.mode() == "OPENING"
    desk.live(2.0)
    assert (desk.plc.written, desk.mode()) == ([(0, True)], "OPEN")
    desk.unit.tell(desk.now, open_it=False)
    desk.live(0.5)
    assert desk.mode() == "CLOSING"
    assert desk.plc.written == [(0, True), (0, False)]
    desk.live(60.0)
    assert len(desk.plc.written) == 2
    desk.line.close()
    assert len(desk.plc.written) == 2


def test_a_controller_that_does_not_answer_is_offline_and_old_commands_are_forgotten() -> None:
    desk = Desk()
    desk.live(1.0)
    desk.wire.away = True
    assert desk.line.step() is False
    assert desk.line.trouble == "no connection"
    assert desk.mode() == "CLOSED"
    desk.unit.tell(desk.now, open_it=True)
    desk.now += COMMAND_S + 0.1
    desk.line.step()
    assert desk.mode() == "OFFLINE"
    assert desk.wire.closed == 2
    desk.wire.away = False
    assert desk.line.step() is True
    assert (desk.plc.written, desk.mode(), desk.line.trouble) == ([], "CLOSED", "")
    desk.wire.away = True
    desk.unit.tell(desk.now, open_it=True)
    desk.line.step()
    desk.wire.away = False
    desk.now += COMMAND_S - 0.1
    desk.line.step()
    assert desk.plc.written == [(0, True)], "it was written late, and not too late"


class Waits:
    """The end of a line's thread, after so many waits that take no time."""

    def __init__(self, most: int) -> None:
        self.took: list[float] = []
        self._most = most

    def is_set(self) -> bool:
        return len(self.took) >= self._most

    def wait(self, seconds: float) -> None:
        self.took.append(seconds)


def test_a_controller_that_does_not_answer_is_tried_again_soon_then_less_often() -> None:
    desk, waits = Desk(), Waits(5)
    desk.wire.away = True
    desk.line._end = waits  # type: ignore[assignment]
    desk.line._run()
    assert waits.took == [0.5, 1.0, 2.0, 4.0, 4.0]
    desk.wire.away = False
    waits.took.clear()
    desk.line._run()
    assert waits.took == [modbus.PERIOD_S] * 5


def test_a_door_that_is_told_anew_while_it_is_told_hears_both(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    write = desk.wire.write_coil

    def meanwhile(address: int, value: bool, *, device_id: int) -> Any:
        if value:
            desk.unit.tell(desk.now, open_it=False)
        return write(address, value, device_id=device_id)

    monkeypatch.setattr(desk.wire, "write_coil", meanwhile)
    desk.unit.tell(desk.now, open_it=True)
    desk.live(1.0)
    assert desk.plc.written == [(0, True), (0, False)]


def test_doors_whose_threads_read_on_while_states_are_said_are_not_offline() -> None:
    desk = Desk()
    desk.live(1.0)
    now = desk.now
    desk.live(0.25)
    assert list(DoorDesk({"south": desk.unit}).due(now)) == [("south", "CLOSED")]


def test_what_a_controller_refuses_of_one_door_is_no_harm_to_the_others() -> None:
    wrong = ModbusDoor(door="north", host="h", open_coil=0, is_open=50, is_closed=51)
    desk = Desk(wrong)
    desk.live(1.0)
    assert desk.mode() == "CLOSED"
    assert desk.others[0].mode(desk.now) == "OFFLINE"
    assert "north" in desk.line.trouble
    assert "address 50" in desk.line.trouble
    assert desk.line.counts["refused"] >= 4


def test_a_command_that_is_refused_is_no_word_of_the_door_and_is_tried_again() -> None:
    desk = Desk(open_coil=9)
    desk.live(1.0)
    desk.unit.tell(desk.now, open_it=True)
    desk.live(1.0)
    assert "address 9" in desk.line.trouble
    desk.plc.coils[9] = False
    desk.live(0.25)
    assert desk.plc.written == [(9, True)]
    assert desk.line.trouble == ""


def test_limit_switches_may_be_coils() -> None:
    desk = Desk(inputs="coils", is_open=1, is_closed=2, fault=None)
    desk.plc.coils |= {1: True, 2: False}
    desk.line.step()
    assert desk.mode() == "OPEN"


def test_the_heartbeat_counts_while_the_fleet_is_heard_and_stands_still_when_not() -> None:
    desk = Desk(heartbeat_register=0)
    desk.live(5.0)
    assert desk.plc.registers[0] == 0, "the fleet was never heard"
    for _ in range(10):
        desk.line.spoken = desk.now
        desk.live(1.0)
    assert 9 <= desk.plc.registers[0] <= 11
    desk.live(SPEAKS_S + 1.0)
    before = desk.plc.registers[0]
    desk.live(10.0)
    assert desk.plc.registers[0] == before
    desk.line.spoken, desk.line._beat = desk.now, 65535
    desk.live(1.0)
    assert desk.plc.registers[0] == 0, "it goes round"


def test_a_heartbeat_that_is_refused_is_said_and_doors_go_on() -> None:
    desk = Desk(heartbeat_register=5)
    desk.line.spoken = desk.now
    desk.now += 0.25
    assert desk.line.step() is True
    assert "address 5" in desk.line.trouble
    assert desk.mode() == "CLOSED"
    said = []
    for _ in range(8):
        desk.live(0.25)
        said.append("address 5" in desk.line.trouble)
    assert all(said), "it is one trouble until it ends, not one with each beat"
    assert desk.line.counts["refused"] == 3, "beats, not looks"
    desk.plc.registers[5] = 0
    desk.live(1.0)
    assert desk.line.trouble == ""


def test_what_a_controller_refuses_is_not_said_of_a_heartbeat_that_stands_still() -> None:
    desk = Desk(heartbeat_register=5)
    desk.line.spoken = desk.now
    desk.live(SPEAKS_S + 1.0)
    assert desk.line.trouble == ""


def test_doors_of_one_controller_share_a_line() -> None:
    doors = [
        ModbusDoor(door=name, host=host, open_coil=i, is_open=10 * i, is_closed=10 * i + 1)
        for i, (name, host) in enumerate((("a", "x"), ("b", "y"), ("c", "x")))
    ]
    lines = lines_of([*map(ModbusUnit, doors)], lambda _host, _port: PlcLine(Plc()))
    assert [[unit.name for unit in line.units] for line in lines] == [["door a", "door c"], ["door b"]]
    assert [line.place for line in lines] == ["x:502", "y:502"]


def test_without_pymodbus_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(AmrError) as caught:
        modbus.tcp_client("127.0.0.1", 1)
    assert caught.value.code == "door.no_pymodbus"


def real(plc: Plc, port: int) -> tuple[ModbusLine, ModbusUnit]:
    """Return a line with pymodbus' client to a controller on loopback."""
    how = ModbusDoor(door="south", host="127.0.0.1", port=port, open_coil=0, is_open=0, is_closed=1, fault=2)
    unit = ModbusUnit(how)
    return lines_of([unit])[0], unit


def test_pymodbus_reads_and_writes_what_the_protocol_says() -> None:
    plc = DoorPlc(SimulatedDoor("south", open_s=1.0))
    with listening(plc) as port:
        line, unit = real(plc, port)
        assert line.step()
        assert unit.mode(line.clock()) == "CLOSED"
        unit.tell(line.clock(), open_it=True)
        assert line.step()
        assert plc.written == [(0, True)]
        plc.inputs = {0: True, 1: False, 2: False}
        assert line.step()
        assert unit.mode(line.clock()) == "OPEN"
        del plc.inputs[1]
        assert line.step()
        assert "address 1" in line.trouble
    assert not line.step()
    assert line.trouble
    line.close()


def test_rubbish_and_silence_on_the_line_are_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus, "_TIMEOUT_S", 0.2)
    plc = DoorPlc(SimulatedDoor("south", open_s=1.0))
    with listening(plc) as port:
        line, unit = real(plc, port)
        assert line.step()
        seen = unit.reading
        plc.rubbish = True
        assert not line.step()
        plc.rubbish, plc.hangs = False, True
        assert not line.step()
        assert unit.reading is seen
        assert line.counts["failed"] == 2
        plc.hangs = False
        assert line.step()
        assert unit.reading is not seen
    line.close()


# MQTT


class Wire:
    """A link that is what the test says."""

    def __init__(self) -> None:
        self.ready, self.connects = True, 1
        self.sent: list[PlainLetter] = []
        self.came: list[Received] = []

    def send(self, letter: PlainLetter) -> bool:
        self.sent.append(letter)
        return True

    def take(self) -> list[Received]:
        came, self.came = self.came, []
        return came

    def say(self, payload: str | bytes, topic: str = "b", *, retained: bool = False) -> None:
        self.came.append(Received(topic, payload if isinstance(payload, bytes) else payload.encode(), retained))


def made(**how: Any) -> tuple[MqttDoors, Wire, Any]:
    doors = MqttDoors(Broker(port=1), "test", [MqttDoor(door="gate", command="a", state="b", **how)])
    wire: Any = Wire()
    doors.link = doors.units[0]._link = wire
    return doors, wire, doors.units[0]


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


# The desk


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


# The fleet's doors behind it


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


# amr doors check


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
