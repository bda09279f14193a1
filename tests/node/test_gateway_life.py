"""What the fleet hears from the gateway of a robot that falls asleep and wakes."""

from __future__ import annotations

from typing import Any

from amr_interop.nodes.gateway import GatewayNode
from amr_interop.vda.versions import V3_0
from amr_ros.host import ProcessHost
from tests.node.test_gateway_seat import PARAMS
from tests.unit.vda_desk import Desk


class Topic:
    def __init__(self) -> None:
        self.said: list[Any] = []

    def publish(self, message: Any) -> None:
        self.said.append(message)


def test_the_fleet_hears_offline_of_a_robot_that_hibernates(host: ProcessHost) -> None:
    gateway = host.build(GatewayNode, "gateway", params=PARAMS)
    (name,) = gateway.masters
    line, states = Topic(), Topic()
    gateway._connections[name], gateway._states[name] = line, states
    desk = Desk(V3_0)
    desk.master.name = name

    def tell(seconds: int) -> None:
        for _ in range(10 * seconds):
            desk.now += 0.1
            gateway._tell_fleet(desk.now, desk.master, desk.step())

    desk.receive("state", desk.body())
    tell(1)
    assert [m.data for m in line.said] == ["ONLINE"]
    assert states.said
    desk.receive("connection", {"connectionState": "HIBERNATING"})
    states.said.clear()
    tell(10)
    assert [m.data for m in line.said] == ["ONLINE", "OFFLINE"], "or the fleet gives it orders that are never sent"
    assert states.said == [], "its pose of before is no word of now"
    desk.receive("state", desk.body())
    tell(1)
    assert [m.data for m in line.said] == ["ONLINE", "OFFLINE", "ONLINE"]
    assert states.said
