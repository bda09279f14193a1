"""The gateway's node under a seat that changes hands: what it says, and whose orders it sends on. No broker answers."""

from __future__ import annotations

import json
import time
from typing import Any

from amr_core.vda5050 import Leader, Order
from amr_interfaces.msg import FleetBeat
from amr_interop.mqtt.seat import SEAT
from amr_interop.nodes.gateway import GatewayNode
from amr_ros.host import ProcessHost

PARAMS: dict[str, Any] = {"site": "lab", "robots": ["amr_01=AMR/amr_01"], "broker": "127.0.0.1:1", "one_fleet": True}
OTHER = json.dumps({"instance": "journal-b", "epoch": 1, "term": 1}).encode()


def test_who_leads_is_said_in_both_severities_and_only_the_leaders_orders_go_on(host: ProcessHost) -> None:
    gateway = host.build(GatewayNode, "gateway", params=PARAMS)
    seat = gateway._gateway.seat
    gateway._on_beat(FleetBeat(instance_id="journal-a", epoch=2))
    taken: list[Order] = []
    orders = [Order("amr_01", "o", 0, (), (), leader) for leader in (Leader("journal-a", 2), Leader("journal-b", 1))]

    def ask() -> list[Order]:
        taken.clear()
        for order in orders:
            gateway._from_fleet(gateway.masters["amr_01"], order, taken.append)
        return taken

    assert ask() == []  # nobody knows yet who leads
    seat.heard(SEAT, seat._letter(time.monotonic()).payload)
    gateway._say_seat()  # info
    assert "journal-a (2)" in gateway._said_seat
    assert ask() == orders[:1]
    seat.heard(SEAT, OTHER)
    gateway._say_seat()  # warning: rclpy ends a node whose line of code changes its severity
    assert gateway._said_seat.endswith("not by us")
    assert ask() == []
