"""A site with levels over a real mosquitto: an order through the lift, and the maps that an ear at the broker hears."""

from __future__ import annotations

import json

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.rehearsal import units_of
from amr_fleet.requests import CreateOrder
from amr_interop.mqtt.link import Broker, MqttLink
from amr_interop.vda.floors import floors_of
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from amr_lab.mqtt_bench.carrier import BrokerCarrier
from amr_lab.mqtt_bench.fleet import VdaFleet
from tests.vda_pair import Link

GROUND, UPPER = "two_floor.ground", "two_floor.upper"


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
def test_an_order_through_the_lift_and_what_the_broker_hears_of_its_maps(port: int, spelling: Spelling) -> None:
    site, link = load_site("two_floor"), Link()
    carrier, ear = BrokerCarrier(Broker(port=port), link), MqttLink(Broker(port=port), "ear", ["#"])
    ear.start()
    assert ear.wait_ready(10.0)
    fleet = VdaFleet(build_roadmap(site), units_of(site, 1), seed=1)
    try:
        fleet.wire(link, [spelling], floors=floors_of(site))
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
