"""DoorAdapterNode between a requester in Open-RMF's words, a Modbus controller and an MQTT door, all on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rclpy.node import Node
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState, SupervisorHeartbeat
from rmf_lift_msgs.msg import LiftRequest, LiftState

from amr_core.doors import SimulatedDoor
from amr_core.errors import AmrError
from amr_core.lifts import SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_interfaces.msg import ConveyorLoad
from amr_interop.mqtt.demo_broker import serving
from amr_interop.mqtt.link import Broker, MqttLink, PlainLetter
from amr_interop.nodes.door_adapter import DoorAdapterNode
from amr_ros import qos
from amr_ros.host import ProcessHost
from tests.modbus_plc import DoorPlc, LiftPlc, listening

SOUTH, GATE, BELT = "fire_door_south", "crossdock_gate", "C1"
ROOT = Path(__file__).resolve().parents[2]
STATION = load_site("cai_cui").places[0].stations[0].id


class Fleet(Node):
    """Asks for doors and hears them."""

    def __init__(self, host: ProcessHost) -> None:
        super().__init__("asker", context=host.context, enable_rosout=False)
        self.modes: dict[str, list[int]] = {SOUTH: [], GATE: [], BELT: []}
        self.loads: list[tuple[str, int]] = []
        self.request = self.create_publisher(DoorRequest, "/door_requests", qos.RELIABLE)
        self.beat = self.create_publisher(SupervisorHeartbeat, "/door_supervisor_heartbeat", qos.RELIABLE)
        self.create_subscription(DoorState, "/door_states", self._hear, qos.RELIABLE)
        self.create_subscription(ConveyorLoad, "/conveyor_loads", self._hear_load, qos.RELIABLE)

    def _hear_load(self, message: Any) -> None:
        self.loads.append((message.conveyor, message.load))

    def _hear(self, message: Any) -> None:
        self.modes[message.door_name].append(message.current_mode.value)

    def ask(self, door: str, mode: int, who: str = "fleet") -> None:
        self.request.publish(DoorRequest(requester_id=who, door_name=door, requested_mode=DoorMode(value=mode)))

    def says(self, door: str, mode: int) -> Callable[[], bool]:
        return lambda: self.modes[door][-1:] == [mode]


class MqttGate:
    """A gate on a broker: it does at once what it is told, and says its state. Beside it a conveyor with a load."""

    def __init__(self, port: int) -> None:
        self.link = MqttLink(Broker(port=port), "gate", ["gate/set"])
        self.link.start()
        self.told: list[bytes] = []
        self.state, self.load = "closed", True

    def step(self) -> None:
        for message in self.link.take():
            self.told.append(message.payload)
            self.state = "open" if message.payload == b"OPEN" else "closed"
        self.link.send(PlainLetter("gate/state", self.state))
        self.link.send(PlainLetter("c1/state", json.dumps({"state": "closed", "load": self.load})))


@pytest.fixture
def plc() -> DoorPlc:
    return DoorPlc(SimulatedDoor(SOUTH, open_s=0.5))


@pytest.fixture
def rig(host: ProcessHost, plc: DoorPlc, tmp_path: Path) -> Iterator[tuple[Fleet, DoorPlc, MqttGate]]:
    """Return who asks, and two doors that live by themselves."""
    ended = threading.Event()

    def live() -> None:
        while not ended.wait(0.05):
            plc.step(time.monotonic(), 0.05)
            gate.step()

    with serving() as broker, listening(plc) as modbus:
        gate = MqttGate(broker)
        doors = tmp_path / "doors.yaml"
        doors.write_text(
            f"modbus: [{{door: {SOUTH}, host: 127.0.0.1, port: {modbus}, open_coil: 0, is_open: 0, is_closed: 1, "
            f"heartbeat_register: 0}}]\n"
            f"mqtt: [{{door: {GATE}, command: gate/set, state: gate/state}}, "
            f"{{door: {BELT}, command: c1/set, state: c1/state, field: state, load_field: load}}]\n"
            f"broker: {{address: '127.0.0.1:{broker}'}}\n"
        )
        (site := tmp_path / "site").mkdir()
        text = (ROOT / "maps" / "cai_cui" / "site.yaml").read_text(encoding="utf-8")
        conveyor = f"conveyors: [{{id: {BELT}, station: {STATION}, load_sensor: true}}]\n"
        (site / "site.yaml").write_text(f"{text}\n{conveyor}", encoding="utf-8")
        host.build(DoorAdapterNode, "door_adapter", params={"site": str(site), "doors": str(doors)})
        fleet = Fleet(host)
        host.adopt(fleet)
        thread = threading.Thread(target=live, daemon=True)
        thread.start()
        outs = (fleet.request, fleet.beat)
        assert host.spin_until(lambda: all(out.get_subscription_count() for out in outs), 10.0)
        yield fleet, plc, gate
        ended.set()
        thread.join()
        gate.link.close()


def test_both_doors_open_and_close_as_the_fleet_asks_and_say_so(
    host: ProcessHost, rig: tuple[Fleet, DoorPlc, MqttGate]
) -> None:
    fleet, plc, gate = rig
    for door in (SOUTH, GATE):
        assert host.spin_until(fleet.says(door, DoorMode.MODE_CLOSED), 30.0), door
    assert (plc.written, gate.told, plc.registers[0]) == ([], [], 0), "nobody asked"
    assert host.spin_until(lambda: (BELT, ConveyorLoad.LOAD) in fleet.loads, 30.0)
    gate.load = False
    assert host.spin_until(lambda: fleet.loads[-1] == (BELT, ConveyorLoad.FREE), 30.0)
    for door in (SOUTH, GATE):
        fleet.ask(door, DoorMode.MODE_OPEN)
        fleet.ask(door, DoorMode.MODE_MOVING)  # nothing that a door can be told
        fleet.ask(door, DoorMode.MODE_CLOSED, who="")
        assert host.spin_until(fleet.says(door, DoorMode.MODE_OPEN), 30.0), door
    assert DoorMode.MODE_MOVING in fleet.modes[SOUTH] or plc.door.share >= 1.0
    assert plc.written == [(0, True)]
    assert gate.told == [b"OPEN"]
    fleet.beat.publish(SupervisorHeartbeat())
    assert host.spin_until(lambda: plc.registers[0] > 0, 10.0)
    for door in (SOUTH, GATE):
        fleet.ask(door, DoorMode.MODE_CLOSED)
        assert host.spin_until(fleet.says(door, DoorMode.MODE_CLOSED), 30.0), door


def test_a_controller_that_hangs_and_a_gate_that_is_silent_are_offline_each_for_itself(
    host: ProcessHost, rig: tuple[Fleet, DoorPlc, MqttGate]
) -> None:
    fleet, plc, gate = rig
    for door in (SOUTH, GATE):
        assert host.spin_until(fleet.says(door, DoorMode.MODE_CLOSED), 30.0), door
    plc.hangs = True
    assert host.spin_until(fleet.says(SOUTH, DoorMode.MODE_OFFLINE), 30.0)
    assert fleet.says(GATE, DoorMode.MODE_CLOSED)()
    plc.hangs = False
    assert host.spin_until(fleet.says(SOUTH, DoorMode.MODE_CLOSED), 30.0)
    gate.state = "?"
    assert host.spin_until(fleet.says(GATE, DoorMode.MODE_UNKNOWN), 30.0)
    assert fleet.says(SOUTH, DoorMode.MODE_CLOSED)()


class LiftAsker(Node):
    """Asks for a lift and hears it."""

    def __init__(self, host: ProcessHost) -> None:
        super().__init__("lift_asker", context=host.context, enable_rosout=False)
        self.said: list[Any] = []
        self.request = self.create_publisher(LiftRequest, "/lift_requests", qos.LIFT_REQUESTS)
        self.create_subscription(LiftState, "/lift_states", self.said.append, qos.RELIABLE)

    def ask(self, **asked: Any) -> None:
        usual = {"lift_name": "lift_1", "session_id": "amr/amr_01/1", "request_type": LiftRequest.REQUEST_AGV_MODE}
        self.request.publish(LiftRequest(**(usual | asked)))


def test_a_lift_hears_the_fleet_and_says_how_it_is_and_nothing_old_moves_it(host: ProcessHost, tmp_path: Path) -> None:
    plc = LiftPlc(SimulatedLift(build_roadmap(load_site("two_floor")).lifts[0]))
    ended = threading.Event()

    def live() -> None:
        while not ended.wait(0.05):
            plc.step(time.monotonic(), 0.5)

    fleet = LiftAsker(host)
    host.adopt(fleet)
    fleet.ask(destination_floor="upper")  # before the adapter began
    thread = threading.Thread(target=live, daemon=True)
    with listening(plc) as port:
        file = tmp_path / "doors.yaml"
        file.write_text(
            f"lifts: {{modbus: [{{lift: lift_1, host: 127.0.0.1, port: {port}, floors: {{ground: 1, upper: 2}}, "
            "target_register: 0, session_register: 1, floor_is: 0, session_is: 1, is_open: 0, is_closed: 1, "
            "in_service: 2}]}\n"
        )
        thread.start()
        host.build(DoorAdapterNode, "door_adapter", params={"site": "two_floor", "doors": str(file)})
        assert host.spin_until(lambda: any(said.current_mode == LiftState.MODE_AGV for said in fleet.said), 30.0)
        assert plc.registers == {0: 0, 1: 0, 2: 0}
        for wrong in ({"destination_floor": "roof"}, {"session_id": ""}, {"request_type": 9}, {"lift_name": "lift_9"}):
            fleet.ask(**({"destination_floor": "upper"} | wrong))
        fleet.ask(destination_floor="upper", session_id="amr/amr_01/2")

        def there() -> bool:
            said = fleet.said[-1]
            return (said.current_floor, said.door_state, said.session_id) == ("upper", 2, "amr/amr_01/2")

        assert host.spin_until(there, 30.0)
        assert list(fleet.said[-1].available_floors) == ["ground", "upper"]
        fleet.ask(request_type=LiftRequest.REQUEST_END_SESSION, session_id="amr/amr_01/2")
        assert host.spin_until(lambda: fleet.said[-1].session_id == "", 30.0)
        ended.set()
        thread.join()


def test_a_file_that_is_wrong_stops_the_node(host: ProcessHost, tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        host.build(DoorAdapterNode, "door_adapter", params={"site": "lab", "doors": str(tmp_path / "none.yaml")})
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "doors")
