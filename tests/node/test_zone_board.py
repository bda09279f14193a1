"""Zones of the fleet as the gateway hears them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from amr_fleet.nodes.zone_board import ZoneBoard, zones_text
from amr_fleet.ports import ZoneView
from amr_interop.vda.zones import SiteZone, zones_of

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))


def test_what_the_fleet_says_of_zones_is_what_the_gateway_reads() -> None:
    zones = [
        ZoneView(zone_id="a", kind="slow", polygon=SQUARE, max_speed=0.3),
        ZoneView(zone_id="b", kind="hold", polygon=SQUARE),
        ZoneView(zone_id="lanes", kind="closed", elements=("n1>n2",)),
    ]
    read = zones_of(zones_text(zones))
    assert [(z.zone_id, z.kind, z.corners) for z in read] == [("a", "slow", SQUARE), ("b", "hold", SQUARE)]
    assert read[0] == SiteZone("a", "slow", SQUARE, 0.3)
    assert zones_of(zones_text([])) == ()


def test_it_is_said_once_for_each_change_and_at_the_start() -> None:
    said: list[str] = []
    publisher = SimpleNamespace(publish=lambda message: said.append(message.data))
    node: Any = SimpleNamespace(create_publisher=lambda *_: publisher)
    board = ZoneBoard(node)
    for zones in ([], [], [ZoneView(zone_id="a", kind="hold", polygon=SQUARE)], []):
        board.say(zones)
    assert [len(zones_of(text)) for text in said] == [0, 1, 0]
