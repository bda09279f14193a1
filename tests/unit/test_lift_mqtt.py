"""A lift's controller behind MQTT: one state that is believed while it is fresh, requests for one session."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amr_core.lifts import LiftSaid
from amr_interop.doors.lift_settings import MqttLift
from amr_interop.doors.mqtt import MqttDoors
from amr_interop.mqtt.link import Broker, Letter, Received
from tests.unit.lift_rig import BY_MQTT, OTHER, OURS


class Wire:
    """A link that is what the test says."""

    def __init__(self) -> None:
        self.ready, self.connects = True, 1
        self.sent: list[Letter] = []
        self.came: list[Received] = []

    def send(self, letter: Letter) -> bool:
        self.sent.append(letter)
        return True

    def take(self) -> list[Received]:
        came, self.came = self.came, []
        return came

    def say(self, payload: str | bytes, *, retained: bool = False) -> None:
        data = payload if isinstance(payload, bytes) else payload.encode()
        self.came.append(Received("b", data, retained))


GOOD: dict[str, Any] = {"floor": "G", "door": "OPEN", "motion": "stopped", "mode": "agv", "session": OURS}


def made(**how: Any) -> tuple[MqttDoors, Wire, Any]:
    found = MqttDoors(Broker(port=1), "test", [], [MqttLift.model_validate(BY_MQTT | how)])
    wire: Any = Wire()
    found.link = found.lifts[0]._link = wire
    return found, wire, found.lifts[0]


def test_a_lift_says_all_of_itself_in_one_state_which_is_believed_while_it_is_fresh() -> None:
    doors, wire, lift = made(every=2.0)
    assert lift.said(0.0) == LiftSaid(mode="OFFLINE")
    wire.say(json.dumps(GOOD))
    doors.step(1.0)
    assert lift.said(1.0) == LiftSaid("ground", "", "OPEN", "STOPPED", "AGV", OURS)
    assert [lift.said(t).mode for t in (3.0, 3.1, 0.5)] == ["AGV", "OFFLINE", "OFFLINE"]
    wire.say(json.dumps(GOOD | {"floor": 1}))
    doors.step(4.0)
    assert lift.said(4.0).level == "upper", "a floor may be a whole number"
    wire.say(json.dumps(GOOD), retained=True)
    wire.connects = 2
    doors.step(4.5)
    assert lift.said(4.5).mode == "OFFLINE", "of before the cut, and what the broker kept"


def test_it_is_told_where_to_stand_and_for_whom_unless_it_is_another_s() -> None:
    doors, wire, lift = made()
    lift.tell(0.0, "upper", OURS)
    lift.tell(0.5, "", OURS)
    assert [letter.body for letter in wire.sent] == [
        {"session": OURS, "floor": "1", "door": "open"},
        {"session": OURS, "floor": "", "door": "closed"},
    ]
    assert not any(letter.retain or letter.qos for letter in wire.sent)
    wire.say(json.dumps(GOOD | {"session": OTHER}))
    doors.step(1.0)
    lift.tell(1.0, "upper", OURS)
    assert (len(wire.sent), lift.counts["others"]) == (2, 1)
    wire.say(json.dumps(GOOD | {"session": ""}))
    doors.step(1.5)
    lift.tell(1.5, "upper", OURS)
    assert len(wire.sent) == 3


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(GOOD)[:-10],
        json.dumps(GOOD | {"floor": "7"}),
        json.dumps(GOOD | {"floor": float("nan")}),
        json.dumps(GOOD | {"floor": True}),
        json.dumps(GOOD | {"floor": 1.0}),
        json.dumps(GOOD | {"door": "ajar"}),
        json.dumps(GOOD | {"motion": None}),
        json.dumps(GOOD | {"mode": ["agv"]}),
        json.dumps(GOOD | {"session": 3}),
        json.dumps(GOOD | {"session": "x" * 129}),
        json.dumps({k: v for k, v in GOOD.items() if k != "session"}),
        json.dumps([GOOD]),
        json.dumps(GOOD | {"more": "x" * 20_000}),
        "9" * 5000,
        "[" * 10_000,
        b"\xff\xfe",
        "",
    ],
)
def test_a_state_with_a_part_that_is_none_says_nothing_at_all(payload: str | bytes) -> None:
    doors, wire, lift = made()
    wire.say(json.dumps(GOOD))
    wire.say(payload)
    doors.step(0.0)
    assert (lift.said(0.0), doors.unknown) == (LiftSaid(), 1)
