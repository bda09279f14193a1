"""One robot's words end no other robot's master control: all of them live in the gateway's one process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from amr_core.vda5050 import RobotState
from amr_interop.mqtt.link import Letter, Received
from amr_interop.nodes.gateway import GatewayNode
from amr_interop.vda.outbox import MasterStep
from amr_interop.vda.versions import V2_1
from amr_ros.host import ProcessHost
from tests.unit.vda_desk import Desk

PARAMS: dict[str, Any] = {
    "site": "lab", "robots": ["amr_01=AMR/amr_01", "amr_02=AMR/amr_02"], "broker": "127.0.0.1:1",
}  # fmt: skip


@dataclass
class Line:
    """A connection that stands. came: what the broker brought since the last look."""

    came: list[Received] = field(default_factory=list)
    ready: bool = True
    problem: str = ""

    def take(self) -> list[Received]:
        came, self.came = self.came, []
        return came

    def send(self, _letter: Letter) -> None:
        return

    def state(self, serial: str, **changes: Any) -> None:
        """Bring the state of a robot that stands well, but for the changes."""
        desk = Desk(V2_1)
        desk.state |= changes
        head = {
            "headerId": 1, "timestamp": "2026-11-29T00:00:00.00Z", "version": "2.1.0", "manufacturer": "AMR",
            "serialNumber": serial,
        }  # fmt: skip
        self.came.append(Received(f"uagv/v2/AMR/{serial}/state", json.dumps(head | desk.body()).encode(), False))


@pytest.fixture
def gateway(host: ProcessHost) -> GatewayNode:
    """Return the gateway of two robots at a line of the test's; its topics are real ones."""
    node: GatewayNode = host.build(GatewayNode, "gateway", params=PARAMS)
    line: Any = Line()
    node._gateway.link = line
    return node


def state(gateway: GatewayNode, serial: str, **changes: Any) -> None:
    """Let the broker bring a state."""
    line: Any = gateway._gateway.link
    line.state(serial, **changes)


def heard(gateway: GatewayNode, host: ProcessHost) -> list[str]:
    """Return whose states the fleet hears within a second of ticks."""
    told: list[str] = []
    for name in gateway.masters:
        publish = gateway._states[name].publish

        def say(message: Any, publish: Any = publish) -> None:
            publish(message)
            told.append(message.robot)

        gateway._states[name].publish = say
    for _ in range(10):
        state(gateway, "amr_02")
        gateway.tick(0.0)
    return told


@pytest.mark.parametrize(
    "changes",
    [
        {"errors": [{"errorType": "\ud83d", "errorLevel": "FATAL"}]},
        {"errors": [{"errorType": "a", "errorLevel": "WARNING", "errorDescription": "\udc00"}]},
        {"orderId": "\ud83d"}, {"lastNodeId": "\ud83d"}, {"loads": [{"loadId": "\ud83d"}]},
        {"actionStates": [{"actionId": "\ud83d", "actionType": "pick", "actionStatus": "RUNNING"}]},
    ],
)  # fmt: skip
def test_a_text_that_no_topic_can_carry_is_counted_and_the_other_robot_is_led_on(
    gateway: GatewayNode, host: ProcessHost, changes: dict[str, Any]
) -> None:
    state(gateway, "amr_01", **changes)
    assert "amr_02" in heard(gateway, host)
    assert gateway.masters["amr_01"].counts["message.invalid"] == 1
    state(gateway, "amr_01")
    assert "amr_01" in heard(gateway, host), "and the robot is heard again with its next word"


def test_a_robot_that_cannot_be_told_of_fails_alone(
    gateway: GatewayNode, host: ProcessHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = gateway.masters["amr_01"]
    state(gateway, "amr_01")
    gateway.tick(0.0)
    bad = MasterStep(state=RobotState(robot="amr_01", order_id="\ud83d"), life="alive")
    monkeypatch.setattr(master, "step", lambda *_arguments, **_more: bad)
    master.fresh = True
    assert "amr_02" in heard(gateway, host)
    assert master.counts["internal"] > 0
