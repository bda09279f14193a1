"""A site with levels over a real mosquitto: rides of our robots and of strict ones, and the maps that an ear hears."""

from __future__ import annotations

import json
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest

from amr_core.roadmap import Node, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.rehearsal import units_of
from amr_fleet.requests import CreateOrder
from amr_interop.mqtt.link import Broker, MqttLink
from amr_interop.vda.floors import floors_of
from amr_interop.vda.ids import safe
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from amr_lab.mqtt_bench.carrier import BrokerCarrier
from amr_lab.mqtt_bench.fleet import VdaFleet
from tests.interop.strict_levels import StrictLevels
from tests.interop.test_our_robot import Ear, Robot
from tests.interop.yard import Yard
from tests.vda_pair import Link, check

GROUND, UPPER = "two_floor.ground", "two_floor.upper"
SITE = load_site("two_floor")
ROADMAP = build_roadmap(SITE)


@pytest.mark.usefixtures("plain")
def test_an_order_through_the_lift_and_what_the_broker_hears_of_its_maps(port: int) -> None:
    spelling = V3_0
    link = Link()
    carrier, ear = BrokerCarrier(Broker(port=port), link), MqttLink(Broker(port=port), "ear", ["#"])
    ear.start()
    assert ear.wait_ready(10.0)
    fleet = VdaFleet(ROADMAP, units_of(SITE, 1), seed=1)
    try:
        fleet.wire(link, [spelling], floors=floors_of(SITE))
        fleet.carrier = carrier
        for _ in range(30):
            fleet.step()
        order = OrderRequest(pick_place="D1", drop_place="B1", user="t")
        fleet.step([Ask(0, CreateOrder(order=order))])
        fleet.run(lambda f: f.done, 1500.0)
        heard = ear.take()
    finally:
        carrier.close()
        ear.close()
    assert fleet.done
    assert fleet.violations() == []
    assert not any(face.counts for face in fleet.faces.values())
    assert not any(master.counts for master in fleet.masters.values())
    told = {"state": set[str](), "order": set[str]()}
    for message in heard:
        kind, body = message.topic.rpartition("/")[2], json.loads(message.payload)
        places = (
            [node["nodePosition"] for node in body.get("nodes", [])]
            if kind == "order"
            else [body.get(spelling.position)]
        )
        if kind in told:
            told[kind] |= {place["mapId"] for place in places if place}
    assert told == {"state": {GROUND, UPPER}, "order": {GROUND, UPPER}}


class Levels(Yard):
    """Strict robots on the site with two floors."""

    def robot(self, version: str, name: str, home: Node, has: object) -> StrictLevels:
        floor = self.floors.at(home.x, home.y)
        sizes = {level.map_id: level.size for level in self.floors.floors if level.size is not None}
        at = floor.wire(home.x, home.y)
        return StrictLevels(self.port, version, name, home.id, *at, self.pace, sizes, floor.map_id)


@pytest.mark.usefixtures("plain")
@pytest.mark.timeout(120)
def test_strict_robots_ride_in_the_lift_without_a_fault_in_their_lists(port: int, tmp_path: Path) -> None:
    yard = Levels(port, tmp_path, ("2.1.0", "3.0.0"), pace=30.0, site="two_floor")
    try:
        yard.order(2, "D1", "B1")
        yard.run(lambda: yard.finished, 60.0)
        yard.judge()
        robots = [robot for robot in yard.robots if isinstance(robot, StrictLevels)]
        assert all(robot.rides[0] == UPPER for robot in robots), "each of them had one of the orders"
    finally:
        yard.close()


def path(start: str, end: str) -> list[str]:
    """Return the nodes from one to another."""
    before, open_ones = {start: ""}, [start]
    for node in open_ones:
        for edge in ROADMAP.out_edges[node]:
            if edge.end not in before:
                before[edge.end] = node
                open_ones.append(edge.end)
    found = [end]
    while before[found[0]]:
        found.insert(0, before[found[0]])
    return found


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
def test_our_robot_rides_by_the_order_of_a_master_that_is_not_ours(port: int, spelling: Spelling) -> None:
    floors, route = floors_of(SITE), path("P1", "P3")
    ear, robot = Ear(port, spelling), Robot(port, spelling, speed=60.0, site=SITE)

    def at(node: str) -> dict[str, Any]:
        known = ROADMAP.nodes[node]
        floor = floors.at(known.x, known.y)
        return {**dict(zip("xy", floor.wire(known.x, known.y), strict=True)), "mapId": floor.map_id}

    nodes = [
        {"nodeId": safe(node), "sequenceId": 2 * i, "released": True, "nodePosition": at(node), "actions": []}
        for i, node in enumerate(route)
    ]
    edges = [
        {"edgeId": f"e{i}", "sequenceId": 2 * i + 1, "released": True, "actions": [],
         "startNodeId": safe(a), "endNodeId": safe(b)}
        for i, (a, b) in enumerate(pairwise(route))
    ]  # fmt: skip
    try:
        ear.until(lambda: "state" in ear.kinds())
        ear.send("order", {"orderId": "O1", "orderUpdateId": 0, "nodes": nodes, "edges": edges})
        ear.until(lambda: ear.last("state")["lastNodeId"] == safe("P3"), 30.0)
    finally:
        robot.stop()
        robot.client.link.close()
        ear.close()
    places = [body[spelling.position] for kind, body, _, _ in ear.heard if kind == "state"]
    assert [name for name, _ in groupby(place["mapId"] for place in places)] == [GROUND, UPPER]
    for place in places:
        size = next(floor.size for floor in floors.floors if floor.map_id == place["mapId"])
        assert size is not None
        assert 0.0 <= place["x"] <= size[0]
        assert 0.0 <= place["y"] <= size[1]
    for kind, body, _, _ in ear.heard:
        check(Outgoing(f"{ear.root}/{kind}", body))
