"""Doors behind programs that we did not write: pymodbus' server as controller, mosquitto with TLS, paho as the gate."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from typer.testing import CliRunner

from amr_core.doors import DoorMode, SimulatedDoor
from amr_interop.cli import doors_app
from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.settings import load_doors
from tests.interop.conftest import Start, free_port
from tests.interop.tls_broker import authority, mosquitto_conf

SOUTH, GATE = "fire_door_south", "crossdock_gate"
COIL, OPEN, CLOSED, REGISTER, UNIT = 17, 3, 4, 9, 5
READ_COILS, READ_INPUTS, READ_REGISTERS = 1, 2, 3


class Controller:
    """pymodbus' server with a door behind it: its own coils, inputs and registers, 32 bits or 16 registers each."""

    def __init__(self, port: int) -> None:
        self.door = SimulatedDoor(SOUTH, open_s=1.0)
        self.beats: set[int] = set()
        self._port = port
        self._end = threading.Event()
        self._serving = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._serving.wait(10.0)

    def close(self) -> None:
        self._end.set()
        self._thread.join(10.0)

    async def _live(self) -> None:
        bits = [SimData(0, values=[False] * 32, datatype=DataType.BITS)]
        words = [SimData(0, count=16, datatype=DataType.REGISTERS)]
        device = SimDevice(UNIT, simdata=(bits, bits, words, words), use_bit_addressing=True)
        server: Any = ModbusTcpServer(device, address=("127.0.0.1", self._port))
        await server.serve_forever(background=True)
        self._serving.set()
        while not self._end.is_set():
            (coil,) = await server.async_getValues(UNIT, READ_COILS, COIL)
            self.door.tell(0.0, open_it=bool(coil))
            self.door.step(0.0, 0.02)
            ends = [self.door.share >= 1.0, self.door.share <= 0.0]
            await server.async_setValues(UNIT, READ_INPUTS, OPEN, ends)
            self.beats |= set(await server.async_getValues(UNIT, READ_REGISTERS, REGISTER))
            await asyncio.sleep(0.02)
        await server.shutdown()


class Gate:
    """A gate with paho: it does at once what it is told, and says its state four times a second."""

    def __init__(self, port: int, folder: Path) -> None:
        self.told: list[bytes] = []
        self.state = "closed"
        self._client = Client(CallbackAPIVersion.VERSION2, "gate")
        self._client.tls_set(
            str(folder / "ca.crt"), str(folder / "gate.crt"), str(folder / "gate.key"), ssl.CERT_REQUIRED
        )
        self._client.on_connect = lambda client, *_: client.subscribe("gate/set")
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)
        self._thread.start()

    def _hear(self, _client: Client, _data: Any, message: Any) -> None:
        self.told.append(message.payload)
        self.state = "open" if message.payload == b"OPEN" else "closed"

    def _speak(self) -> None:
        while not self._end.wait(0.25):
            self._client.publish("gate/state", self.state)

    def close(self) -> None:
        self._end.set()
        self._thread.join(10.0)
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def gate(port: int, start: Start, tmp_path: Path) -> Iterator[Gate]:
    """Return a gate at mosquitto, which speaks TLS only and takes nobody without a certificate."""
    start(mosquitto_conf(tmp_path, port, "amr", "gate"))
    made = Gate(port, tmp_path)
    yield made
    made.close()


@pytest.fixture
def controller() -> Iterator[Controller]:
    made = Controller(free_port())
    made.start()
    yield made
    made.close()


def doors_file(folder: Path, modbus: int, broker: int, name: str = "amr", certificates: Path | None = None) -> Path:
    file, at = folder / "doors.yaml", certificates or folder
    file.write_text(
        f"modbus: [{{door: {SOUTH}, host: 127.0.0.1, port: {modbus}, unit: {UNIT}, open_coil: {COIL}, "
        f"is_open: {OPEN}, is_closed: {CLOSED}, heartbeat_register: {REGISTER}}}]\n"
        f"mqtt: [{{door: {GATE}, command: gate/set, state: gate/state}}]\n"
        f"broker: {{address: '127.0.0.1:{broker}', ca: {folder}/ca.crt, certificate: {at}/{name}.crt, "
        f"key: {at}/{name}.key}}\n"
    )
    return file


class Rig:
    """The adapter, and what the doors say."""

    def __init__(self, file: Path) -> None:
        self.said: dict[str, list[DoorMode]] = {SOUTH: [], GATE: []}
        self.words: list[str] = []
        self.adapter = DoorAdapter(load_doors(file, [SOUTH, GATE]), self.words.append)
        self.adapter.start()

    def until(self, door: str, mode: DoorMode) -> None:
        self._until(lambda: self.said[door][-1:] == [mode])

    def hears(self, word: str) -> None:
        self._until(lambda: any(word in said for said in self.words))

    def _until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 30.0
        while not true():
            assert time.monotonic() < end, (self.said, self.words)
            self.adapter.fleet_spoke(time.monotonic())
            for name, now in self.adapter.step(time.monotonic()):
                self.said[name].append(now)
            time.sleep(0.02)

    def ask(self, door: str, *, open_it: bool) -> None:
        assert self.adapter.desk.request(time.monotonic(), door, "fleet", time.time(), open_it=open_it)


@contextmanager
def running(file: Path) -> Iterator[Rig]:
    rig = Rig(file)
    try:
        yield rig
    finally:
        rig.adapter.close()


def test_both_doors_go_through_a_whole_cycle(controller: Controller, gate: Gate, port: int, tmp_path: Path) -> None:
    file = doors_file(tmp_path, controller._port, port)
    done = CliRunner().invoke(doors_app, ["check", str(file), "--site", "cai_cui", "--seconds", "4"])
    assert done.exit_code == 0, done.output
    for door in (SOUTH, GATE):
        assert f"{door}: CLOSED" in done.output
    assert (controller.door.wanted, gate.told, controller.beats) == (False, [], {0}), "a check tells no door anything"
    with running(file) as rig:
        for door in (SOUTH, GATE):
            rig.until(door, "CLOSED")
            rig.ask(door, open_it=True)
            rig.until(door, "OPEN")
            rig.ask(door, open_it=False)
            rig.until(door, "CLOSED")
        assert {"OPENING", "CLOSING"} <= set(rig.said[SOUTH])
        assert len(controller.beats) > 1, "the controller sees that the fleet lives"
        assert gate.told == [b"OPEN", b"CLOSE"]


def test_a_controller_that_has_gone_and_one_that_refuses_are_said(
    controller: Controller, gate: Gate, port: int, tmp_path: Path
) -> None:
    file = doors_file(tmp_path, controller._port, port)
    with running(file) as rig:
        rig.until(SOUTH, "CLOSED")
        controller.close()
        rig.until(SOUTH, "OFFLINE")
        rig.until(GATE, "CLOSED")
        again = Controller(controller._port)
        again.start()
        rig.until(SOUTH, "CLOSED")
        again.close()
    text = file.read_text().replace(f"open_coil: {COIL}", "open_coil: 40")
    file.write_text(text)
    again = Controller(controller._port)
    again.start()
    with running(file) as rig:
        rig.until(SOUTH, "CLOSED")
        rig.ask(SOUTH, open_it=True)
        rig.until(SOUTH, "OFFLINE")
        rig.hears("address 40")
    again.close()


def test_the_broker_takes_no_adapter_without_a_certificate_of_its_authority(
    controller: Controller, gate: Gate, port: int, tmp_path: Path
) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    authority(strange, "amr")
    with running(doors_file(tmp_path, controller._port, port, certificates=strange)) as rig:
        rig.until(SOUTH, "CLOSED")
        rig.ask(GATE, open_it=True)
        rig.hears("mqtt.unreachable")
        assert set(rig.said[GATE]) == {"OFFLINE"}
    assert gate.told == []
