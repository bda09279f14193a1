"""Two brokers, bridged by the topics of a guest: it is led from home, nobody else's words pass (`amr bench halls`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_lab.mqtt_bench import floods
from amr_lab.mqtt_bench.crowd import CrowdSetup
from amr_lab.mqtt_bench.halls import brokers, planned
from tests.interop.conftest import MOSQUITTO

ROOT = "uagv/v2/AMR"


@pytest.fixture
def halls(tmp_path: Path) -> Iterator[list[CrowdSetup]]:
    assert MOSQUITTO is not None
    setups = planned(2, 1, 1.0, ["", ""])
    with brokers(MOSQUITTO, setups):
        yield setups


def linked(address: Broker, name: str, *topics: str) -> MqttLink:
    link = MqttLink(address, name, topics)
    link.start()
    assert link.wait_ready(10.0)
    return link


def heard(link: MqttLink, count: int, seconds: float = 10.0) -> list[str]:
    found: list[str] = []
    end = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        found += [one.topic for one in link.take()]
        time.sleep(0.02)
    return found


def test_a_guest_next_door_is_led_from_home_and_nobody_else_passes(halls: list[CrowdSetup]) -> None:
    home = halls[0]
    (guest,) = home.away()
    assert home.next_door is not None
    fleet = linked(home.address, "fleet", f"{ROOT}/+/connection", f"{ROOT}/+/state")
    robot = linked(home.next_door, "robot", f"{ROOT}/+/order")
    robot.send(Letter(f"{ROOT}/{guest}/connection", {"n": 1}, retain=True, qos=1))
    assert heard(fleet, 1) == [f"{ROOT}/{guest}/connection"], "the bridge is up"
    robot.send(Letter(f"{ROOT}/somebody/state", {"n": 2}))
    robot.send(Letter(f"{ROOT}/{guest}/state", {"n": 3}))
    fleet.send(Letter(f"{ROOT}/somebody/order", {"n": 4}))
    fleet.send(Letter(f"{ROOT}/{guest}/order", {"n": 5}))
    assert heard(fleet, 1) == [f"{ROOT}/{guest}/state"]
    assert heard(robot, 1) == [f"{ROOT}/{guest}/order"]
    assert floods.messages(home.address, home.next_door, 0.2, talkers=1) > 10
    for link in (fleet, robot):
        link.close()
