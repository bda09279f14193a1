"""Lifts behind programs that we did not write: pymodbus' server as controller, mosquitto with TLS, paho as the lift."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from amr_core.lifts import LiftSaid, SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_interop.doors.settings import load_doors
from tests.interop.conftest import Start, free_port
from tests.interop.machines import TURN_S, UNIT, AdapterRig, Controller, Talker
from tests.interop.tls_broker import mosquitto_conf
from tests.modbus_plc import LiftPlc

WAY = build_roadmap(load_site("two_floor")).lifts[0]
GOODS, STAFF = "goods", "staff"
LEVELS = {GOODS: ["ground", "upper"], STAFF: ["ground", "upper"]}
OURS, OTHER = "amr/amr_01/3", "other/amr_07/9"
FAST = 10.0  # times the lifts' usual speed


class PahoLift(Talker):
    """A lift that keeps sessions apart. says: what it says instead of its state."""

    def __init__(self, port: int, folder: Path) -> None:
        self.lift = SimulatedLift(WAY)
        self.says: str | None = None
        super().__init__("lift", port, folder, self._say, self._do, self._move)

    def _do(self, payload: bytes) -> None:
        told = json.loads(payload)
        if told["floor"]:
            self.lift.tell(time.monotonic(), told["floor"], told["session"])
        else:
            self.lift.end(told["session"])

    def _move(self) -> None:
        self.lift.step(time.monotonic(), TURN_S * FAST)

    def _say(self) -> str:
        said = self.lift.said()
        state = {
            "floor": said.level, "door": said.door, "motion": said.motion, "mode": said.mode, "session": said.session,
        }  # fmt: skip
        return json.dumps(state) if self.says is None else self.says


class Rig(AdapterRig):
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
        self.said: dict[str, LiftSaid] = {}
        self._wish, self._asked = ("", "", OURS), 0.0
        super().__init__(load_doors(file, [], LEVELS))

    def turn(self, now: float) -> object:
        list(self.adapter.step(now))
        self.said |= dict(self.adapter.lifts.due(now))
        lift, level, session = self._wish
        if lift and now - self._asked >= 1.0:
            self._asked = now
            self.adapter.lifts.request(now, lift, session, time.time(), level)
        return self.said

    def asks(self, true: Callable[[], bool], lift: str, level: str = "", session: str = OURS) -> None:
        """Ask a lift for a level once a second, as the fleet does, until something is true."""
        self._wish, self._asked = (lift, level, session), 0.0
        self.until(true)
        self._wish = ("", "", session)

    def says(self, lift: str, **what: str) -> Callable[[], bool]:
        return lambda: lift in self.said and all(getattr(self.said[lift], k) == v for k, v in what.items())

    def rides(self, lift: str) -> None:
        """Let a session of ours have a lift at both floors and give it back."""
        self.until(self.says(lift, level="ground", mode="AGV", session=""))
        for level in ("upper", "ground"):
            there = self.says(lift, level=level, door="OPEN", motion="STOPPED", session=OURS)
            self.asks(there, lift, level)
        self.asks(self.says(lift, door="CLOSED", session=""), lift)


@pytest.fixture
def controller() -> Iterator[Controller]:
    with Controller(free_port(), LiftPlc(SimulatedLift(WAY)), speed=FAST) as made:
        yield made


@pytest.fixture
def lift(port: int, start: Start, tmp_path: Path) -> Iterator[PahoLift]:
    start(mosquitto_conf(tmp_path, port, "amr", "lift"))
    made = PahoLift(port, tmp_path)
    yield made
    made.close()


@pytest.fixture
def rig(controller: Controller, lift: PahoLift, port: int, tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, controller.port, port) as made:
        yield made


def test_both_lifts_come_for_a_session_and_are_given_back(rig: Rig, controller: Controller, lift: PahoLift) -> None:
    rig.rides(GOODS)
    rig.rides(STAFF)
    assert controller.plc.registers[2] > 0, "the controller sees that the fleet lives"
    assert (controller.plc.registers[0], controller.plc.registers[1]) == (0, 0)
    assert json.loads(lift.told[-1]) == {"session": OURS, "floor": "", "door": "closed"}


def test_a_second_writer_takes_no_lift_from_who_has_it_and_ours_waits(
    rig: Rig, controller: Controller, lift: PahoLift
) -> None:
    rig.until(rig.says(GOODS, mode="AGV"))
    with ModbusTcpClient("127.0.0.1", port=controller.port) as other:
        for register, value in ((0, 1), (1, 4711)):
            other.write_register(register, value, device_id=UNIT)
        rig.asks(rig.says(GOODS, session="#4711"), GOODS, "upper")
        asked = time.monotonic()
        rig.asks(lambda: time.monotonic() - asked > 1.5, GOODS, "upper")
        assert (controller.plc.registers[0], controller.plc.registers[1]) == (1, 4711), "ours wrote nothing over it"
        other.write_register(1, 0, device_id=UNIT)
    rig.asks(rig.says(GOODS, level="upper", door="OPEN", session=OURS), GOODS, "upper")
    lift.lift.session = OTHER
    rig.until(rig.says(STAFF, session=OTHER))
    told = len(lift.told)
    asked = time.monotonic()
    rig.asks(lambda: time.monotonic() - asked > 1.5, STAFF, "upper")
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
