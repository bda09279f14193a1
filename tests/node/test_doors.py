"""Doors over ROS in Open-RMF's words: what the fleet asks for, what it believes, and rubbish."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState

from amr_core.conveyors import SimulatedConveyor
from amr_core.doors import SAY_S, SimulatedDoor
from amr_core.errors import AmrError
from amr_fleet.domain.events import BeltReport, DoorCommand, DoorReport, DoorSession
from amr_fleet.nodes.doors import DoorPort
from amr_fleet.peripherals import DoorView
from amr_interfaces.msg import ConveyorLoad
from amr_sim.nodes.door_port import DoorPorts


class FakeNode:
    """Keeps what is published and calls who listens."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.heard: dict[str, Any] = {}
        self.now = 0.0
        self.writers: list[Any] = []

    def get_publishers_info_by_topic(self, _topic: str) -> list[Any]:
        return self.writers

    def create_publisher(self, _kind: Any, topic: str, _qos: Any) -> Any:
        return SimpleNamespace(publish=lambda message: self.sent.append((topic, message)))

    def create_subscription(self, _kind: Any, topic: str, callback: Any, _qos: Any) -> None:
        self.heard[topic] = callback

    def stamp(self) -> Any:
        return DoorRequest().request_time


@pytest.fixture
def rig() -> tuple[FakeNode, DoorPort, list[Any], list[AmrError]]:
    node, posted, errors = FakeNode(), list[Any](), list[AmrError]()
    port = DoorPort(node, ["north"], "amr", posted.append, errors.append)  # type: ignore[arg-type]
    return node, port, posted, errors


def state(door: str, value: int) -> Any:
    return DoorState(door_name=door, current_mode=DoorMode(value=value))


def test_requests_and_heartbeat_go_out_in_rmf_words(rig: Any) -> None:
    node, port, _posted, _errors = rig
    port.send(DoorCommand("north", open=True, fence=3))
    topic, message = node.sent[-1]
    assert (topic, message.door_name, message.requester_id) == ("/door_requests", "north", "amr")
    assert message.requested_mode.value == DoorMode.MODE_OPEN == 2
    port.send(DoorCommand("north", open=False, fence=3))
    assert node.sent[-1][1].requested_mode.value == DoorMode.MODE_CLOSED == 0
    port.beat([DoorView(door_id="north", mode="OPEN", robots=("amr_01",), dead=False, others=("tablet",))])
    topic, beat = node.sent[-1]
    assert topic == "/door_supervisor_heartbeat"
    assert [s.requester_id for s in beat.all_sessions[0].sessions] == ["amr", "tablet"]


def test_states_are_believed_in_the_direction_that_was_asked_for(rig: Any) -> None:
    node, port, posted, errors = rig
    hear = node.heard["/door_states"]
    port.send(DoorCommand("north", open=True, fence=1))
    for value in (0, 1, 2, 3, 4):
        hear(state("north", value))
    port.send(DoorCommand("north", open=False, fence=1))
    hear(state("north", 1))
    modes = [report.mode for report in posted]
    assert modes == ["CLOSED", "OPENING", "OPEN", "OFFLINE", "UNKNOWN", "CLOSING"]
    hear(state("of_others", 2))
    assert len(posted) == 6
    hear(state("north", 77))
    assert posted[-1] == DoorReport("north", "UNKNOWN")
    assert errors[-1].code == "message.invalid"


def test_what_lies_on_a_conveyor_is_heard_while_it_is_new(rig: Any) -> None:
    node, _, posted, errors = rig
    assert "/conveyor_loads" not in node.heard, "no conveyor of the site has a sensor"
    DoorPort(node, ["C1"], "amr", posted.append, errors.append, belts=["C1"])
    hear = node.heard["/conveyor_loads"]
    for value in (0, 1, 2):
        hear(ConveyorLoad(conveyor="C1", load=value))
    assert posted == [BeltReport("C1", belt) for belt in ("UNKNOWN", "FREE", "LOAD")]
    hear(ConveyorLoad(conveyor="of_others", load=1))
    assert len(posted) == 3
    hear(ConveyorLoad(conveyor="C1", load=77))
    assert (posted[-1], errors[-1].code) == (BeltReport("C1", "UNKNOWN"), "message.invalid")
    for now, stamp, load in ((1000.0, 5000, 2), (1001.0, 5001, 1), (1002.0, 5000, 2)):
        node.now = now
        message = ConveyorLoad(conveyor="C1", load=load)
        message.stamp.sec = stamp
        hear(message)
    assert posted[-1] == BeltReport("C1", "FREE"), "one that another overtook says nothing of now"


def test_p7_states_that_come_late_or_overtaken_say_nothing_of_now(rig: Any) -> None:
    node, _port, posted, _errors = rig
    hear = node.heard["/door_states"]

    def heard_at(now: float, stamp: int, value: int) -> None:
        node.now = now
        message = state("north", value)
        message.door_time.sec = stamp
        hear(message)

    heard_at(1000.0, 5000, 2)  # the door's clock is not ours
    heard_at(1001.0, 5001, 0)
    heard_at(1001.1, 5000, 2)  # overtaken: it was open a second ago
    heard_at(1010.0, 5004, 2)  # six seconds under way
    assert [report.mode for report in posted] == ["OPEN", "CLOSED"]
    heard_at(1010.5, 5010, 2)
    assert [report.mode for report in posted] == ["OPEN", "CLOSED", "OPEN"]


def test_a_door_whose_clock_was_set_back_is_believed_again_and_both_are_said() -> None:
    node, posted, logged = FakeNode(), list[Any](), list[str]()
    DoorPort(node, ["north"], "amr", posted.append, list[AmrError]().append, logged.append)  # type: ignore[arg-type]
    for k in range(40):
        node.now = 1000.0 + k
        message = state("north", 2)
        message.door_time.sec = 1000 + k - (5 if k >= 10 else 0)
        node.heard["/door_states"](message)
    assert len(posted) == 10 + 21
    assert logged[0] == "door north: overtaken or too long under way, does not count (1 in all)"
    assert logged[-1] == "door north: its clock was set by -5.0 s: it counts again"


def test_other_requesters_have_sessions_and_rubbish_is_refused(rig: Any) -> None:
    node, _port, posted, errors = rig
    hear = node.heard["/adapter_door_requests"]

    def ask(who: str, door: str, value: int) -> None:
        hear(DoorRequest(requester_id=who, door_name=door, requested_mode=DoorMode(value=value)))

    ask("tablet", "north", 2)
    ask("tablet", "north", 0)
    assert posted == [DoorSession("tablet", "north", open=True), DoorSession("tablet", "north", open=False)]
    ask("amr", "north", 2)
    ask("tablet", "elsewhere", 2)
    assert len(posted) == 2
    for who, value in (("", 2), ("x" * 129, 2), ("tablet", 1), ("tablet", 99)):
        ask(who, "north", value)
    assert len(posted) == 2
    assert [e.code for e in errors] == ["message.invalid"] * 4


def test_the_simulated_door_answers_and_speaks_regularly() -> None:
    node, door = FakeNode(), SimulatedDoor("north", open_s=1.0)
    ports = DoorPorts(node, {"north": door})  # type: ignore[arg-type]
    stamp = DoorRequest().request_time
    ports.publish(0.0, stamp)
    ports.publish(0.1, stamp)
    assert [m.current_mode.value for _, m in node.sent] == [DoorMode.MODE_CLOSED]
    node.heard["/door_requests"](DoorRequest(door_name="north", requested_mode=DoorMode(value=DoorMode.MODE_OPEN)))
    node.heard["/door_requests"](DoorRequest(door_name="gone", requested_mode=DoorMode(value=DoorMode.MODE_OPEN)))
    node.heard["/door_requests"](DoorRequest(door_name="north", requested_mode=DoorMode(value=9)))
    for i in range(2, 14):
        door.step(i / 10, 0.1)
        ports.publish(i / 10, stamp)
    assert [m.current_mode.value for _, m in node.sent][:3] == [0, 1, 1]
    assert node.sent[-1][1].current_mode.value == DoorMode.MODE_OPEN
    assert node.sent[-1][0] == "/door_states"
    before = len(node.sent)
    door.silent = True
    ports.publish(5.0 + SAY_S, stamp)
    assert len(node.sent) == before


def test_the_simulated_conveyor_says_what_lies_on_it_at_once_and_regularly() -> None:
    node, belt = FakeNode(), SimulatedConveyor("C1", open_s=1.0)
    ports = DoorPorts(node, {"C1": belt})  # type: ignore[arg-type]
    stamp = DoorRequest().request_time

    def loads(now: float) -> list[int]:
        ports.publish(now, stamp)
        return [m.load for topic, m in node.sent if topic == "/conveyor_loads"]

    assert loads(0.0) == loads(0.1) == [ConveyorLoad.FREE]
    belt.fixed = True
    assert loads(0.2) == [ConveyorLoad.FREE, ConveyorLoad.LOAD]
    assert len(loads(0.2 + SAY_S)) == 3
    belt.blind = True
    assert len(loads(9.0)) == 3
