"""Lifts over ROS in Open-RMF's words: what the fleet asks for, what it believes, rubbish."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rmf_lift_msgs.msg import LiftRequest, LiftState

from amr_core.errors import AmrError
from amr_core.lifts import SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import LiftCommand, LiftReport
from amr_fleet.nodes.lifts import LiftPort
from amr_ros.lifts import lift_state
from amr_sim.nodes.lift_port import LiftPorts

WAY = build_roadmap(load_site("two_floor")).lifts[0]


class FakeNode:
    """Keeps what is published and calls who listens."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.heard: dict[str, Any] = {}
        self.now = 0.0

    def create_publisher(self, _kind: Any, topic: str, _qos: Any) -> Any:
        return SimpleNamespace(publish=lambda message: self.sent.append((topic, message)))

    def create_subscription(self, _kind: Any, topic: str, callback: Any, _qos: Any) -> None:
        self.heard[topic] = callback

    def stamp(self) -> Any:
        return LiftRequest().request_time


@pytest.fixture
def rig() -> tuple[FakeNode, LiftPort, list[Any], list[AmrError]]:
    node, posted, errors = FakeNode(), list[Any](), list[AmrError]()
    port = LiftPort(node, [WAY], "amr", posted.append, errors.append)  # type: ignore[arg-type]
    return node, port, posted, errors


def state(**said: Any) -> Any:
    usual = {"lift_name": "lift_1", "current_floor": "ground", "door_state": 2, "current_mode": 2}
    return LiftState(**(usual | said))


def request(**asked: Any) -> Any:
    usual = {"lift_name": "lift_1", "session_id": "tablet", "request_type": 1, "destination_floor": "upper"}
    return LiftRequest(**(usual | asked))


def test_calls_and_ends_of_sessions_go_out_in_rmf_words(rig: Any) -> None:
    node, port, _posted, _errors = rig
    port.send(LiftCommand("lift_1", "amr_01/3", "upper"))
    topic, message = node.sent[-1]
    assert (topic, message.lift_name, message.session_id) == ("/lift_requests", "lift_1", "amr/amr_01/3")
    assert (message.request_type, message.destination_floor, message.door_state) == (1, "upper", 2)
    port.send(LiftCommand("lift_1", "amr_01/3"))
    assert (node.sent[-1][1].request_type, node.sent[-1][1].session_id) == (0, "amr/amr_01/3")


def test_states_are_believed_and_sessions_told_apart(rig: Any) -> None:
    node, _port, posted, errors = rig
    hear = node.heard["/lift_states"]
    hear(state(session_id="amr/amr_01/3"))
    assert posted[-1] == LiftReport("lift_1", "ground", "OPEN", False, "AGV", "amr_01/3", True)
    hear(state(session_id="of another fleet", motion_state=1, door_state=0, current_mode=1))
    assert posted[-1] == LiftReport("lift_1", "ground", "CLOSED", True, "HUMAN", "of another fleet", False)
    for value, mode in enumerate(("UNKNOWN", "HUMAN", "AGV", "FIRE", "OFFLINE", "EMERGENCY")):
        hear(state(current_mode=value, door_state=1))
        assert (posted[-1].mode, posted[-1].door) == (mode, "OPENING")
    hear(state(motion_state=3))
    assert posted[-1].moving  # it does not know whether it moves: it counts as moving
    hear(state(current_floor="roof"))
    assert posted[-1].level == ""
    count = len(posted)
    hear(state(lift_name="of others"))
    assert (len(posted), errors) == (count, [])


@pytest.mark.parametrize(
    "wrong", [{"current_mode": 9}, {"door_state": 7}, {"current_floor": "x" * 129}, {"session_id": "x" * 200}]
)
def test_states_that_are_rubbish_are_blamed_and_the_lift_counts_as_unknown(rig: Any, wrong: dict[str, Any]) -> None:
    node, _port, posted, errors = rig
    node.heard["/lift_states"](state(**wrong))
    assert [e.code for e in errors] == ["message.invalid"]
    assert (posted[-1].mode, posted[-1].level, posted[-1].moving) == ("UNKNOWN", "", True)


def test_states_that_come_late_or_overtaken_say_nothing_of_now(rig: Any) -> None:
    node, _port, posted, _errors = rig
    hear = node.heard["/lift_states"]
    early = state()
    early.lift_time.sec = 90
    hear(early)
    assert posted == []  # /clock was not heard yet: by it, all that follows would be 90 s late
    for t in range(1, 6):
        node.now = 90.0 + t
        message = state()
        message.lift_time.sec = 90 + t
        hear(message)
    count = len(posted)
    assert count == 5
    late = state(current_floor="upper")
    late.lift_time.sec = 91
    hear(late)
    assert len(posted) == count


def test_requests_of_others_are_passed_on_while_nobody_of_ours_has_the_lift(rig: Any) -> None:
    node, port, _posted, errors = rig
    ask = node.heard["/adapter_lift_requests"]
    ask(request())
    assert (node.sent[-1][0], node.sent[-1][1].session_id) == ("/lift_requests", "tablet")
    port.send(LiftCommand("lift_1", "amr_01/3", "upper"))
    count = len(node.sent)
    ask(request())
    assert len(node.sent) == count
    ask(request(request_type=0))
    assert len(node.sent) == count + 1  # who has it may always give it back
    port.send(LiftCommand("lift_1", "amr_01/3"))
    ask(request())
    assert node.sent[-1][1].session_id == "tablet"
    assert errors == []


def test_a_flood_of_requests_of_others_moves_no_lift_and_who_gives_it_back_is_heard_later(
    rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, _port, _posted, errors = rig
    times = [100.0]
    clock = SimpleNamespace(monotonic=lambda: times[-1])
    monkeypatch.setattr("amr_fleet.nodes.lifts.time", clock)
    ask = node.heard["/adapter_lift_requests"]
    for k in range(500):
        ask(request(session_id=f"who {k}"))
    assert len(node.sent) == 20
    assert len(errors) == 480
    assert "more than 20" in str(errors[0])
    for k in range(30):
        times.append(110.0 + k)
        ask(request())
    assert len(node.sent) == 50, "once a second is no flood"


def test_a_fleet_that_was_restarted_gives_no_lift_away_that_a_robot_of_it_may_stand_in() -> None:
    """The robot is silent, so nothing is told to the lift yet; the journal knows that it has it."""
    leased = {"lift_1"}
    node = FakeNode()
    LiftPort(node, [WAY], "amr", print, print, leased=leased.__contains__)  # type: ignore[arg-type]
    node.heard["/adapter_lift_requests"](request())
    assert node.sent == []
    leased.clear()
    node.heard["/adapter_lift_requests"](request())
    assert len(node.sent) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"session_id": ""}, {"session_id": "x" * 129}, {"session_id": "amr/amr_01/3"}, {"request_type": 9},
     {"destination_floor": "roof"}],
)  # fmt: skip
def test_requests_of_others_that_are_rubbish_are_not_passed_on(rig: Any, wrong: dict[str, Any]) -> None:
    node, _port, _posted, errors = rig
    node.heard["/adapter_lift_requests"](request(**wrong))
    node.heard["/adapter_lift_requests"](request(lift_name="of others"))
    assert node.sent == []
    assert [e.code for e in errors] == ["message.invalid"]


def test_the_simulated_lift_hears_requests_and_says_how_it_is() -> None:
    node, lift = FakeNode(), SimulatedLift(WAY)
    ports = LiftPorts(node, {"lift_1": lift})  # type: ignore[arg-type]
    hear, stamp = node.heard["/lift_requests"], LiftState().lift_time
    ports.publish(0.0, stamp)
    ports.publish(0.1, stamp)
    assert [topic for topic, _ in node.sent] == ["/lift_states"]
    hear(request(lift_name="of others"))
    assert lift.session == ""
    hear(request())
    ports.publish(0.2, stamp)
    said = node.sent[-1][1]
    assert (said.session_id, said.destination_floor, list(said.available_floors)) == (
        "tablet", "upper", ["ground", "upper"],
    )  # fmt: skip
    lift.step(0.3, 0.1)
    assert lift_state("lift_1", ["ground"], lift.said(), stamp).motion_state == LiftState.MOTION_UP
    lift.stuck = True
    lift.step(0.4, 0.1)
    assert lift_state("lift_1", ["ground"], lift.said(), stamp).motion_state == LiftState.MOTION_UNKNOWN
    hear(request(request_type=0))
    assert lift.session == ""
    lift.silent = True
    count = len(node.sent)
    ports.publish(9.0, stamp)
    assert len(node.sent) == count


def test_a_site_without_lifts_has_none_of_these_topics() -> None:
    node = FakeNode()
    LiftPort(node, [], "amr", print, print)  # type: ignore[arg-type]
    LiftPorts(node, {})  # type: ignore[arg-type]
    assert node.heard == {}
