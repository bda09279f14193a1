"""A gateway in a process of its own, mosquitto, and a robot of ours with its agent: who of them dies, and what then."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rclpy.node import Node

from amr_bringup.interop import AGENT_REMAPS
from amr_interfaces.msg import FleetBeat, RobotState
from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.mqtt.seat import BEAT, CLAIM, SEAT
from amr_interop.nodes.vda_robot import VdaRobotNode
from amr_navigation.nodes.agent import AgentNode
from amr_ros import qos
from amr_ros.host import ProcessHost
from tests.interop.conftest import Start
from tests.node.conftest import domain_id, host
from tests.store.cut_network import CutNetwork

__all__ = ["domain_id", "host"]  # fixtures
GATEWAY = "from amr_interop.nodes.main import gateway; gateway()"
_LOG = logging.getLogger(__name__)
SILENT = "agent.fleet_silent"
SLACK_S = 3.0
"""What a busy machine may add to the 5 s of the docs."""


class Hall:
    """A fleet that only beats, its gateway, and a robot whose line to the broker can be cut."""

    def __init__(self, host: ProcessHost, domain: int, port: int, broker: Callable[[], Any]) -> None:
        self.host, self.domain, self.port, self.start_broker = host, domain, port, broker
        self.line = CutNetwork(port)
        self.gateway: subprocess.Popen[bytes] | None = None
        self.beating, self.epoch = True, 1
        self.heard: list[float] = []
        self.errors: set[str] = {SILENT}
        node = Node("world", context=host.context, namespace="/amr_01", enable_rosout=False)
        host.adopt(node)
        self._beats = node.create_publisher(FleetBeat, "/fleet/beat", qos.RELIABLE)
        node.create_subscription(FleetBeat, "agent/beat", lambda _: self.heard.append(time.monotonic()), qos.RELIABLE)
        node.create_subscription(RobotState, "agent/state", self._on_state, qos.RELIABLE)
        host.ticker.add(self._beat, 1.0)
        own = {"site": "lab", "robot": "amr_01", "robot_type": "lift_amr"}
        remaps = {old: f"/amr_01/{new}" for old, new in AGENT_REMAPS.items()}
        host.build(AgentNode, "agent", namespace="/amr_01", params=own, remaps=remaps)
        params = {**own, "broker": f"127.0.0.1:{self.line.port}"}
        self.robot: VdaRobotNode = host.build(VdaRobotNode, "vda_robot", namespace="/amr_01", params=params)

    def _beat(self, _now: float) -> None:
        if self.beating:
            self._beats.publish(FleetBeat(instance_id="journal-a", epoch=self.epoch))

    def _on_state(self, message: Any) -> None:
        self.errors = {error.code for error in message.errors}

    def start_gateway(self, *more: str) -> None:
        params = ["use_sim_time:=false", "robots:=[amr_01=AMR/amr_01]", f"broker:=127.0.0.1:{self.port}", "site:=lab"]
        params += more or ("one_fleet:=true",)
        call = [sys.executable, "-c", GATEWAY, "--ros-args", *(word for p in params for word in ("-p", p))]
        env = {**os.environ, "ROS_DOMAIN_ID": str(self.domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        self.gateway = subprocess.Popen(call, env=env)

    def kill_gateway(self) -> None:
        assert self.gateway is not None
        self.gateway.kill()
        self.gateway.wait(5.0)

    def until(self, true: Callable[[], bool], seconds: float = 30.0) -> float:
        """Wait for it; return how long it took, s."""
        began = time.monotonic()
        assert self.host.spin_until(true, seconds), (self.errors, self.robot.link.ready)
        return time.monotonic() - began

    def silent(self) -> bool:
        return SILENT in self.errors

    def well(self) -> bool:
        return SILENT not in self.errors

    def hears(self) -> bool:
        """Whether a beat of the fleet has come through, and not only what the robot makes up without one."""
        return self.robot._client.fleet._last is not None

    def spin(self, seconds: float) -> None:
        self.host.spin_until(lambda: False, seconds)


@pytest.fixture
def hall(host: ProcessHost, domain_id: int, port: int, tmp_path: Path, start: Start) -> Iterator[Hall]:
    conf = tmp_path / "plain.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    made = Hall(host, domain_id, port, lambda: start(conf))
    yield made
    made.line.close()
    if made.gateway is not None:
        made.gateway.kill()
        made.gateway.wait(5.0)


Heal = Callable[[], Any]


def _fleet(hall: Hall, _broker: subprocess.Popen[bytes]) -> Heal:
    hall.beating = False

    def heal() -> None:
        hall.beating, hall.epoch = True, hall.epoch + 1

    return heal


def _gateway(hall: Hall, _broker: subprocess.Popen[bytes]) -> Heal:
    hall.kill_gateway()
    return hall.start_gateway


def _broker(hall: Hall, broker: subprocess.Popen[bytes]) -> Heal:
    os.kill(broker.pid, signal.SIGKILL)
    broker.wait(5.0)
    return hall.start_broker


def _one_way(hall: Hall, _broker: subprocess.Popen[bytes]) -> Heal:
    hall.line.cut(there=False)
    return hall.line.heal


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", [_fleet, _gateway, _broker, _one_way], ids=lambda f: f.__name__[1:])
def test_whoever_dies_between_fleet_and_robot_it_says_so_within_seconds_and_is_well_again_by_itself(
    hall: Hall, fault: Callable[[Hall, subprocess.Popen[bytes]], Heal]
) -> None:
    """The robot stands: that it stops at the next node by that error is in tests/unit/test_mqtt_beats.py."""
    broker = hall.start_broker()
    hall.start_gateway()
    hall.until(lambda: hall.hears() and hall.well(), 60.0)
    hall.spin(3.0)
    assert hall.well()
    heal = fault(hall, broker)
    took = hall.until(hall.silent)
    _LOG.info("%s: silent after %.2f s", fault.__name__[1:], took)
    assert 2.0 < took < 5.0 + SLACK_S
    hall.spin(3.0)
    assert hall.silent()
    heal()
    _LOG.info("%s: well again after %.2f s", fault.__name__[1:], hall.until(hall.well, 60.0))


@pytest.mark.timeout(120)
def test_a_master_without_beats_never_stops_it(hall: Hall) -> None:
    """A gateway without a seat is a foreign master here, and so is a broker that brings no beat; both die."""
    broker = hall.start_broker()
    hall.start_gateway("one_fleet:=false")
    hall.until(lambda: hall.robot.link.ready and hall.well())
    hall.spin(3.0)
    hall.kill_gateway()
    broker.kill()
    began = time.monotonic()
    hall.spin(7.0)
    assert hall.well()
    assert sum(at >= began for at in hall.heard) >= 5
    assert not hall.hears()


@pytest.mark.timeout(120)
def test_claims_and_rubbish_and_another_fleet_keep_nobody_driving(hall: Hall, port: int) -> None:
    hall.start_broker()
    hall.start_gateway()
    hall.until(lambda: hall.hears() and hall.well(), 60.0)
    hall.kill_gateway()
    stranger = MqttLink(Broker(port=port), "stranger", [])
    stranger.start()
    assert stranger.wait_ready(10.0)
    began = time.monotonic()
    while not hall.silent():
        assert time.monotonic() - began < 5.0 + SLACK_S
        other = {"instance": "journal-b", "epoch": 9, "gateway": "g", "held": 0.0, "term": 0}
        for topic in (CLAIM, SEAT, BEAT):
            stranger.send(Letter(topic, other))
        stranger.send(Letter(BEAT, {"instance": ["journal-a"], "epoch": "1"}))
        hall.spin(0.5)
    hall.spin(2.0)
    assert hall.silent()
    stranger.close()
