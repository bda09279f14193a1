"""At the real broker: somebody else sends our robots orders, a second robot speaks under the name of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_interop.mqtt.link import Broker, Letter, MqttLink
from tests.interop.conftest import Start
from tests.interop.strict_robot import StrictRobot
from tests.interop.test_site_broker import Site, heard
from tests.interop.yard import PACE, Yard


@pytest.fixture
def yard(port: int, plain: object, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Yard]:
    made = Yard(port, tmp_path, ("2.1.0", "3.0.0"), getattr(request, "param", PACE))
    yield made
    made.close()


def errors(yard: Yard, robot: str) -> set[str]:
    """Return the errors of a robot of which there is an alarm now."""
    active = yard.engine.world.state.alarms.active.values()
    return {str(a.facts["error"]) for a in active if (a.code, a.robot) == ("alarm.robot_error", robot)}


def test_a_foreign_master_control_is_an_alarm_until_it_is_silent(yard: Yard) -> None:
    first, second = (unit.name for unit in yard.units)
    yard.order(1)
    assert yard.run(lambda: yard.finished, 60.0)
    assert errors(yard, first) | errors(yard, second) == set(), "what we sent comes back from the broker, and is ours"
    other = MqttLink(Broker(port=yard.port), "another-master", [])
    other.start()
    try:
        assert other.wait_ready(5.0)
        order = {"headerId": 1, "orderId": "theirs", "orderUpdateId": 0, "nodes": [], "edges": []}
        other.send(Letter(f"uagv/v2/ACME/{first}/order", order))
        assert yard.run(lambda: "vda.foreign_orders" in errors(yard, first), 60.0)
        assert errors(yard, second) == set()
        assert yard.run(lambda: not errors(yard, first), 60.0), "it said no more"
        other.send(Letter(f"vda5050/v3/ACME/{second}/instantActions", {"actions": [{"actionType": "startPause"}]}))
        assert yard.run(lambda: "vda.foreign_orders" in errors(yard, second), 60.0)
    finally:
        other.close()


@pytest.mark.parametrize(("yard", "ahead"), [(8.0, 0), *((PACE, ahead) for ahead in (0, 1, 3, 400))], indirect=["yard"])
def test_a_second_robot_of_one_serial_number_is_an_alarm_and_neither_gets_an_order(yard: Yard, ahead: int) -> None:
    """Its bay is 2.0 m from the first one's, and it may well count alike: both were switched on together."""
    one = yard.robots[0]
    assert yard.run(lambda: one.counters.get("state", 0) > 2, 60.0)
    serial, node = yard.units[0].name, yard.roadmap.nodes[yard.units[1].home]
    twin = StrictRobot(yard.port, "2.1.0", serial, node.id, node.x, node.y, yard.pace, client_id="another-client")
    twin.counters["state"] = one.counters["state"] + ahead
    twin.start()
    try:
        assert yard.run(lambda: "vda.duplicate_identity" in errors(yard, serial), 60.0)
        had = [*one.orders, *twin.orders]
        yard.order(2)
        yard.run(lambda: False, 60.0 / yard.pace)
        assert [*one.orders, *twin.orders] == had
    finally:
        twin.close()
    assert yard.run(lambda: not errors(yard, serial), 60.0)


def test_the_fleet_hears_what_is_sent_to_its_robots_under_the_sites_own_access_list(
    port: int, start: Start, tmp_path: Path
) -> None:
    site = Site(tmp_path, port, start)
    try:
        topics = ["uagv/v2/+/+/order", "vda5050/v3/+/+/instantActions"]
        fleet, thief = site.link("amr-fleet", *topics), site.link("amr-fleet")
        assert fleet.wait_ready(10.0)
        assert thief.wait_ready(10.0)
        thief.send(Letter("uagv/v2/ACME/SN1/order", {"orderId": "theirs"}, qos=1))
        thief.send(Letter("vda5050/v3/ACME/SN1/instantActions", {}, qos=1))
        assert len(heard(fleet, lambda found: len(found) == 2, 5.0)) == 2
    finally:
        for link in site.links:
            link.close()
