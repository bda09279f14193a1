"""Doors and conveyors behind programs that we did not write: pymodbus' server, mosquitto with TLS, paho."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from amr_core.conveyors import BeltState, SimulatedConveyor
from amr_core.doors import DoorMode, SimulatedDoor
from amr_interop.cli import doors_app
from amr_interop.doors.settings import load_doors
from tests.interop.conftest import Start, free_port
from tests.interop.machines import UNIT, AdapterRig, Controller, Talker
from tests.interop.tls_broker import authority, mosquitto_conf
from tests.modbus_plc import DoorPlc

SOUTH, GATE, ROLLERS, BELT = "fire_door_south", "crossdock_gate", "rollers", "belt"
COIL, OPEN, REGISTER = 17, 3, 9
DRIVEN: Final = [SOUTH, GATE, ROLLERS, BELT]


class Gate(Talker):
    """A gate: it does at once what it is told."""

    def __init__(self, port: int, folder: Path) -> None:
        self.state = "closed"
        super().__init__("gate", port, folder, lambda: self.state, self._do)

    def _do(self, payload: bytes) -> None:
        self.state = "open" if payload == b"OPEN" else "closed"


class Belt(Talker):
    """A conveyor that says in JSON whether it is ready, and what lies on it; load: None says nothing of that."""

    def __init__(self, port: int, folder: Path) -> None:
        self.ready, self.load = False, True
        self.says: str | None = None
        super().__init__("belt", port, folder, self._say, self._do)

    def _say(self) -> str:
        made = {"state": "ready" if self.ready else "busy", "belt": {"load": self.load}}
        return json.dumps(made) if self.says is None else self.says

    def _do(self, payload: bytes) -> None:
        self.ready = payload == b"REQUEST"


class Rollers(DoorPlc):
    """A conveyor behind the contacts of a door; the fourth is its load sensor."""

    def __init__(self) -> None:
        self.belt = SimulatedConveyor(ROLLERS, open_s=0.5)
        super().__init__(self.belt)

    def step(self, now: float, dt: float) -> None:
        super().step(now, dt)
        self.inputs[3] = self.belt.belt == "LOAD"


def controller_of(port: int) -> Controller:
    return Controller(port, DoorPlc(SimulatedDoor(SOUTH, open_s=1.0)), coil=COIL, contact=OPEN, register=REGISTER)


@pytest.fixture
def controller() -> Iterator[Controller]:
    with controller_of(free_port()) as made:
        yield made


@pytest.fixture
def gate(port: int, start: Start, tmp_path: Path) -> Iterator[Gate]:
    """Return a gate at mosquitto, which speaks TLS only and takes nobody without a certificate."""
    start(mosquitto_conf(tmp_path, port, "amr", "gate", "belt"))
    made = Gate(port, tmp_path)
    yield made
    made.close()


def modbus(door: str, port: int, **how: Any) -> dict[str, Any]:
    line = {"door": door, "host": "127.0.0.1", "port": port, "unit": UNIT, "open_coil": COIL, "is_open": OPEN}
    return {**line, "is_closed": OPEN + 1, "heartbeat_register": REGISTER, **how}


def doors_file(folder: Path, port: int, modbus: list[Any], mqtt: list[Any], certificates: Path | None = None) -> Path:
    file, own = folder / "doors.yaml", certificates or folder
    tls = {"ca": f"{folder}/ca.crt", "certificate": f"{own}/amr.crt", "key": f"{own}/amr.key"}
    file.write_text(json.dumps({"modbus": modbus, "mqtt": mqtt, "broker": {"address": f"127.0.0.1:{port}", **tls}}))
    return file


def two_doors(folder: Path, controller: Controller, port: int, certificates: Path | None = None, **how: Any) -> Path:
    gate = {"door": GATE, "command": "gate/set", "state": "gate/state"}
    return doors_file(folder, port, [modbus(SOUTH, controller.port, **how)], [gate], certificates)


class Rig(AdapterRig):
    """What doors say, and what lies on conveyors."""

    def __init__(self, file: Path, sensors: list[str] | None = None) -> None:
        self.said: dict[str, list[DoorMode]] = {door: [] for door in DRIVEN}
        self.loads: dict[str, BeltState] = {}
        super().__init__(load_doors(file, DRIVEN, sensors=sensors or []))

    def turn(self, now: float) -> object:
        for name, mode in self.adapter.step(now):
            self.said[name].append(mode)
        self.loads |= dict(self.adapter.desk.loads(now))
        return self.said, self.loads

    def says(self, door: str, mode: DoorMode) -> None:
        self.until(lambda: self.said[door][-1:] == [mode])

    def lies(self, conveyor: str, belt: BeltState) -> None:
        self.until(lambda: self.loads.get(conveyor) == belt)

    def ask(self, door: str, *, open_it: bool) -> None:
        assert self.adapter.desk.request(self.now(), door, "fleet", time.time(), open_it=open_it)


@pytest.fixture
def rigs() -> Iterator[ExitStack]:
    """Return what closes adapters at the end."""
    with ExitStack() as stack:
        yield stack


def test_both_doors_go_through_a_whole_cycle(
    controller: Controller, gate: Gate, port: int, tmp_path: Path, rigs: ExitStack
) -> None:
    file = two_doors(tmp_path, controller, port)
    done = CliRunner().invoke(doors_app, ["check", str(file), "--site", "cai_cui", "--seconds", "4"])
    assert done.exit_code == 0, done.output
    for door in (SOUTH, GATE):
        assert f"{door}: CLOSED" in done.output
    assert isinstance(controller.plc, DoorPlc)
    untold = (controller.plc.door.wanted, gate.told, controller.counted)
    assert untold == (False, [], {0}), "a check tells no door anything"
    rig = rigs.enter_context(Rig(file))
    for door in (SOUTH, GATE):
        rig.says(door, "CLOSED")
        rig.ask(door, open_it=True)
        rig.says(door, "OPEN")
        rig.ask(door, open_it=False)
        rig.says(door, "CLOSED")
    assert {"OPENING", "CLOSING"} <= set(rig.said[SOUTH])
    assert len(controller.counted) > 1, "the controller sees that the fleet lives"
    assert gate.told == [b"OPEN", b"CLOSE"]


def test_a_controller_that_has_gone_and_one_that_refuses_are_said(
    controller: Controller, gate: Gate, port: int, tmp_path: Path, rigs: ExitStack
) -> None:
    rig = rigs.enter_context(Rig(two_doors(tmp_path, controller, port)))
    rig.says(SOUTH, "CLOSED")
    controller.close()
    rig.says(SOUTH, "OFFLINE")
    rig.says(GATE, "CLOSED")
    rigs.enter_context(controller_of(controller.port))
    rig.says(SOUTH, "CLOSED")
    rig.adapter.close()
    rig = rigs.enter_context(Rig(two_doors(tmp_path, controller, port, open_coil=40)))
    rig.says(SOUTH, "CLOSED")
    rig.ask(SOUTH, open_it=True)
    rig.says(SOUTH, "OFFLINE")
    rig.hears("address 40")


def test_the_broker_takes_no_adapter_without_a_certificate_of_its_authority(
    controller: Controller, gate: Gate, port: int, tmp_path: Path, rigs: ExitStack
) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    authority(strange, "amr")
    rig = rigs.enter_context(Rig(two_doors(tmp_path, controller, port, strange)))
    rig.says(SOUTH, "CLOSED")
    rig.ask(GATE, open_it=True)
    rig.hears("mqtt.unreachable")
    assert set(rig.said[GATE]) == {"OFFLINE"}
    assert gate.told == []


def test_conveyors_are_ready_when_asked_and_say_what_lies_on_them(
    gate: Gate, port: int, tmp_path: Path, rigs: ExitStack
) -> None:
    rollers, belt = Rollers(), Belt(port, tmp_path)
    rigs.callback(belt.close)
    contacts = {"fault": OPEN + 2, "load": OPEN + 3}
    controller = rigs.enter_context(Controller(free_port(), rollers, coil=COIL, contact=OPEN, register=REGISTER))
    words = {"open": "REQUEST", "close": "NONE", "says_open": ["ready"], "says_closed": ["busy"]}
    mqtt = {"door": BELT, "command": "belt/set", "state": "belt/state", "field": "state", "load_field": "belt.load"}
    file = doors_file(tmp_path, port, [modbus(ROLLERS, controller.port, **contacts)], [{**mqtt, **words}])
    rig = rigs.enter_context(Rig(file, [ROLLERS, BELT]))
    rig.lies(ROLLERS, "FREE")
    rig.lies(BELT, "LOAD")
    for conveyor in (ROLLERS, BELT):
        rig.says(conveyor, "CLOSED")
        rig.ask(conveyor, open_it=True)
        rig.says(conveyor, "OPEN")
    rollers.belt.lies, belt.load = True, False
    rig.lies(ROLLERS, "LOAD")
    rig.lies(BELT, "FREE")
    for conveyor in (ROLLERS, BELT):
        rig.ask(conveyor, open_it=False)
        rig.says(conveyor, "CLOSED")
    assert belt.told == [b"REQUEST", b"NONE"]
    belt.says = '{"state": "busy", "belt": {}}'
    rig.lies(BELT, "UNKNOWN")
    assert rig.said[BELT][-1] == "CLOSED", "what it says of itself counts all the same"
    controller.close()
    rig.lies(ROLLERS, "UNKNOWN")
