"""Lifts behind programs that we did not write: pymodbus' server as controller, mosquitto with TLS, paho as the lift."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.client import ModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from amr_core.lifts import LiftSaid, SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.settings import load_doors
from tests.interop.conftest import Start, free_port
from tests.interop.tls_broker import mosquitto_conf
from tests.modbus_plc import LiftPlc

WAY = build_roadmap(load_site("two_floor")).lifts[0]
GOODS, STAFF, UNIT = "goods", "staff", 5
LEVELS = {GOODS: ["ground", "upper"], STAFF: ["ground", "upper"]}
READ_INPUTS, READ_HOLDING, READ_WORDS = 2, 3, 4
OURS, OTHER = "amr/amr_01/3", "other/amr_07/9"
FAST = 10.0  # times the lifts' usual speed


class Controller:
    """pymodbus' server with a lift behind it: 32 bits and 16 registers each."""

    def __init__(self, port: int) -> None:
        self.plc = LiftPlc(SimulatedLift(WAY))
        self.port = port
        self._end, self._serving = threading.Event(), threading.Event()
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
        server: Any = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await server.serve_forever(background=True)
        self._serving.set()
        while not self._end.is_set():
            for address in self.plc.registers:
                (self.plc.registers[address],) = await server.async_getValues(UNIT, READ_HOLDING, address)
            self.plc.step(time.monotonic(), 0.02 * FAST)
            await server.async_setValues(UNIT, READ_INPUTS, 0, list(self.plc.inputs.values()))
            await server.async_setValues(UNIT, READ_WORDS, 0, list(self.plc.words.values()))
            await asyncio.sleep(0.02)
        await server.shutdown()


class PahoLift:
    """A lift with paho: it keeps sessions apart, and says its state four times a second."""

    def __init__(self, port: int, folder: Path) -> None:
        self.lift = SimulatedLift(WAY)
        self.told: list[dict[str, str]] = []
        self.says: str | None = None
        self._client = Client(CallbackAPIVersion.VERSION2, "staff_lift")
        certificate, key = str(folder / "lift.crt"), str(folder / "lift.key")
        self._client.tls_set(str(folder / "ca.crt"), certificate, key, ssl.CERT_REQUIRED)
        self._client.on_connect = lambda client, *_: client.subscribe("lift/set")
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _hear(self, _client: Client, _data: Any, message: Any) -> None:
        told = json.loads(message.payload)
        self.told.append(told)
        if told["floor"]:
            self.lift.tell(time.monotonic(), told["floor"], told["session"])
        else:
            self.lift.end(told["session"])

    def _live(self) -> None:
        spoken = 0.0
        while not self._end.wait(0.02):
            self.lift.step(time.monotonic(), 0.02 * FAST)
            if time.monotonic() - spoken >= 0.25:
                spoken = time.monotonic()
                said = self.lift.said()
                state = {
                    "floor": said.level, "door": said.door, "motion": said.motion, "mode": said.mode,
                    "session": said.session,
                }  # fmt: skip
                self._client.publish("lift/state", json.dumps(state) if self.says is None else self.says)

    def close(self) -> None:
        self._end.set()
        self._thread.join(10.0)
        self._client.disconnect()
        self._client.loop_stop()


class Rig:
    """The adapter between two lifts, and what they say."""

    def __init__(self, folder: Path, modbus: int, broker: int) -> None:
        floors = {"ground": 1, "upper": 2}
        controller = {
            "lift": GOODS, "host": "127.0.0.1", "port": modbus, "unit": UNIT, "floors": floors, "target_register": 0,
            "session_register": 1, "floor_is": 0, "session_is": 1, "is_open": 0, "is_closed": 1, "in_service": 2,
            "fire": 3, "fault": 4, "heartbeat_register": 2,
        }  # fmt: skip
        names = {"ground": "ground", "upper": "upper"}
        paho = {"lift": STAFF, "command": "lift/set", "state": "lift/state", "floors": names}
        certificates = {"ca": f"{folder}/ca.crt", "certificate": f"{folder}/amr.crt", "key": f"{folder}/amr.key"}
        file = folder / "doors.yaml"
        content = {
            "lifts": {"modbus": [controller], "mqtt": [paho]},
            "broker": {"address": f"127.0.0.1:{broker}", **certificates},
        }
        file.write_text(json.dumps(content))
        self.words: list[str] = []
        self.said: dict[str, LiftSaid] = {}
        self.adapter = DoorAdapter(load_doors(file, [], LEVELS), self.words.append)
        self.adapter.start()

    def until(self, true: Callable[[], bool], lift: str = "", level: str = "", session: str = OURS) -> None:
        """Go on until something is true; a lift that is named is asked for a level once a second, as the fleet does."""
        end, asked = time.monotonic() + 30.0, 0.0
        while not true():
            now = time.monotonic()
            assert now < end, (self.said, self.words)
            self.adapter.fleet_spoke(now)
            list(self.adapter.step(now))
            self.said |= dict(self.adapter.lifts.due(now))
            if lift and now - asked >= 1.0:
                asked = now
                self.adapter.lifts.request(now, lift, session, time.time(), level)
            time.sleep(0.02)

    def says(self, lift: str, **what: str) -> Callable[[], bool]:
        return lambda: lift in self.said and all(getattr(self.said[lift], k) == v for k, v in what.items())

    def rides(self, lift: str) -> None:
        """Let a session of ours have a lift at both floors and give it back."""
        self.until(self.says(lift, level="ground", mode="AGV", session=""))
        for level in ("upper", "ground"):
            there = self.says(lift, level=level, door="OPEN", motion="STOPPED", session=OURS)
            self.until(there, lift, level)
        self.until(self.says(lift, door="CLOSED", session=""), lift)


@pytest.fixture
def controller() -> Iterator[Controller]:
    made = Controller(free_port())
    made.start()
    yield made
    made.close()


@pytest.fixture
def lift(port: int, start: Start, tmp_path: Path) -> Iterator[PahoLift]:
    start(mosquitto_conf(tmp_path, port, "amr", "lift"))
    made = PahoLift(port, tmp_path)
    yield made
    made.close()


@pytest.fixture
def rig(controller: Controller, lift: PahoLift, port: int, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, controller.port, port)
    yield made
    made.adapter.close()


def test_both_lifts_come_for_a_session_and_are_given_back(rig: Rig, controller: Controller, lift: PahoLift) -> None:
    rig.rides(GOODS)
    rig.rides(STAFF)
    assert controller.plc.registers[2] > 0, "the controller sees that the fleet lives"
    assert (controller.plc.registers[0], controller.plc.registers[1]) == (0, 0)
    assert lift.told[-1] == {"session": OURS, "floor": "", "door": "closed"}


def test_a_second_writer_takes_no_lift_from_who_has_it_and_ours_waits(
    rig: Rig, controller: Controller, lift: PahoLift
) -> None:
    rig.until(rig.says(GOODS, mode="AGV"))
    with ModbusTcpClient("127.0.0.1", port=controller.port) as other:
        for register, value in ((0, 1), (1, 4711)):
            other.write_register(register, value, device_id=UNIT)
        rig.until(rig.says(GOODS, session="#4711"), GOODS, "upper")
        asked = time.monotonic()
        rig.until(lambda: time.monotonic() - asked > 1.5, GOODS, "upper")
        assert (controller.plc.registers[0], controller.plc.registers[1]) == (1, 4711), "ours wrote nothing over it"
        other.write_register(1, 0, device_id=UNIT)
    rig.until(rig.says(GOODS, level="upper", door="OPEN", session=OURS), GOODS, "upper")
    lift.lift.session = OTHER
    rig.until(rig.says(STAFF, session=OTHER))
    told = len(lift.told)
    asked = time.monotonic()
    rig.until(lambda: time.monotonic() - asked > 1.5, STAFF, "upper")
    assert len(lift.told) == told


def test_a_controller_that_dies_and_a_lift_that_says_rubbish_are_offline_and_unknown(
    rig: Rig, controller: Controller, lift: PahoLift
) -> None:
    rig.until(rig.says(GOODS, mode="AGV"))
    rig.until(rig.says(STAFF, mode="AGV"))
    controller.close()
    lift.says = '{"floor": "ground", "door": "OPEN"'
    rig.until(rig.says(GOODS, mode="OFFLINE"))
    rig.until(rig.says(STAFF, mode="UNKNOWN"))
    lift.says = None
    rig.until(rig.says(STAFF, mode="AGV"))
