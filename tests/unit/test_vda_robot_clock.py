"""The clock of a robot's own computer is set: what is due after seconds comes after seconds, stamps follow it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.robots import LIFT_AMR
from amr_interop.mqtt.client import RobotClient
from amr_interop.mqtt.clocks import GatewayClocks
from amr_interop.mqtt.link import Broker, Received
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_1
from tests.unit.test_vda_acceptance import order
from tests.vda_pair import EPOCH

HOUR = 3600.0
AWAY = vda5050.RobotState(robot="r", last_node_id="B", x=3.0)


class SetClockRobot:
    """One of our robots as its node runs it, on a computer whose clock is set."""

    connects, ready, clogged, settled = 1, True, False, True

    def __init__(self) -> None:
        self.steady = self.step_by = 0.0
        self.clocks = GatewayClocks(lambda: EPOCH + self.steady + self.step_by, lambda: self.steady)
        self.robot = VdaRobot("r", LIFT_AMR, V2_1, manufacturer="ACME", serial="1", map_id="site")
        self.client = RobotClient(Broker(port=1), self.robot, self.clocks.read()[0])
        self.client.link = self  # type: ignore[assignment]
        self.inbox: list[Received] = []
        self.states: list[dict[str, Any]] = []

    def take(self) -> list[Received]:
        came, self.inbox = self.inbox, []
        return came

    def send(self, letter: Any) -> bool:
        if letter.topic.endswith("/state"):
            self.states.append(json.loads(letter.payload))
        return True

    def comes(self, name: str, body: dict[str, Any]) -> None:
        head = {
            "headerId": 1, "timestamp": "2026-11-26T12:00:00.00Z", "version": V2_1.version, "manufacturer": "ACME",
            "serialNumber": "1",
        }  # fmt: skip
        topic = self.robot.outbox.topic(name, V2_1)
        self.inbox.append(Received(topic, json.dumps({**head, **body}).encode(), False))

    def runs(self, seconds: float, agent: vda5050.RobotState) -> list[vda5050.Order | vda5050.InstantAction]:
        """Return what the agent, which says the same all the time, is told within so many seconds."""
        told: list[vda5050.Order | vda5050.InstantAction] = []
        for _ in range(round(seconds / 0.1)):
            self.steady += 0.1
            now, ahead = self.clocks.read()
            self.robot.heard(now, agent)
            told += self.client.tick(now, ahead)
        return told


def driving() -> SetClockRobot:
    rig = SetClockRobot()
    rig.comes("order", order("ABC"))
    rig.runs(0.3, vda5050.RobotState(robot="r", last_node_id="A"))
    rig.runs(1.0, vda5050.RobotState(robot="r", order_id="O", last_node_id="B", last_sequence_id=2, x=3.0))
    return rig


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_an_agent_that_forgot_its_order_gets_it_again_in_seconds(step: float) -> None:
    """It was started again, and its clock was set meanwhile: the robot stood in the aisle for an hour."""
    rig = driving()
    assert rig.runs(1.0, AWAY) == []
    rig.step_by = step
    again = rig.runs(4.0, AWAY)
    assert [(o.order_id, o.nodes[0].node_id) for o in again if isinstance(o, vda5050.Order)] == [("O", "B")]


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_cancel_of_an_order_that_the_agent_never_showed_ends_in_seconds(step: float) -> None:
    rig = SetClockRobot()
    idle = vda5050.RobotState(robot="r", last_node_id="A")
    rig.comes("order", order("ABC"))
    rig.comes("instantActions", {"actions": [{"actionType": "cancelOrder", "actionId": "c", "blockingType": "NONE"}]})
    rig.runs(1.0, idle)
    rig.step_by = step
    rig.runs(5.0, idle)
    status = {a["actionId"]: a["actionStatus"] for a in rig.states[-1]["actionStates"]}
    assert status["c"] == "FINISHED"


def test_stamps_follow_the_clock_that_was_set() -> None:
    rig = driving()
    rig.step_by = -HOUR
    before = rig.states[-1]["timestamp"]
    rig.runs(1.5, AWAY)
    assert (before[:13], rig.states[-1]["timestamp"][:13]) == ("2027-01-15T08", "2027-01-15T07")
