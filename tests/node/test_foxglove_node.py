"""FoxgloveNode over ROS: what a viewer sees of fleet, robots and lidars, and that it only listens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sensor_msgs.msg import LaserScan
from websockets.sync.client import connect

from amr_core.errors import AmrError
from amr_fleet.neighbours import viewing
from amr_fleet.neighbours.foxglove_feed import TRANSFORMS
from amr_fleet.neighbours.foxglove_front import PROTOCOL
from amr_fleet.nodes.foxglove import FoxgloveNode
from amr_interfaces.msg import FleetRobot, FleetState, RobotState, TransportOrder
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from tests.interop.conftest import free_port
from tests.unit.test_foxglove_front import answering, api

TIMEOUT_S = 20.0
SCAN = "/amr_01/scan_front"


class Around(AmrNode):
    """Fleet, robot and lidar."""

    def __init__(self, name: str = "around", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.fleet = self.create_publisher(FleetState, "/fleet/state", qos.RELIABLE)
        self.robot = self.create_publisher(RobotState, "/amr_01/state", qos.RELIABLE)
        self.lidar = self.create_publisher(LaserScan, SCAN, qos.SENSOR)

    def say(self) -> None:
        robot = FleetRobot(robot="amr_01", robot_type="pallet_truck", status="BUSY", waiting_reason="wait.door")
        order = TransportOrder(order_id="T000001", pick_place="D1", drop_place="A1", state="TO_PICK", robot="amr_01")
        self.fleet.publish(FleetState(robots=[robot], open_orders=[order], stamp=self.stamp()))
        self.robot.publish(RobotState(robot="amr_01", x=4.0, y=2.0, theta=0.5))
        self.lidar.publish(LaserScan(angle_min=-1.0, angle_max=1.0, ranges=[1.0, 2.0, 3.0]))


class Viewer:
    """A client in a thread of its own; heard: the last message by topic."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, bytes] = {}
        self.topics: dict[int, str] = {}
        self._socket = connect(f"ws://127.0.0.1:{port}/?token=t", subprotocols=[PROTOCOL], proxy=None).__enter__()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for message in self._socket:
            if isinstance(message, bytes):
                self.heard[self.topics[int.from_bytes(message[1:5], "little")]] = message[13:]
                continue
            said = json.loads(message)
            for channel in said.get("channels", []):
                self.topics[channel["id"]] = channel["topic"]
                wanted = [{"id": channel["id"], "channelId": channel["id"]}]
                self._socket.send(json.dumps({"op": "subscribe", "subscriptions": wanted}))

    def close(self) -> None:
        self._socket.close()
        self._thread.join(10.0)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def build(host: ProcessHost, tmp_path: Path) -> Iterator[Callable[[str], FoxgloveNode]]:
    with api(answering(200, b'{"role": "viewer"}')) as url:

        def make(text: str) -> FoxgloveNode:
            file = tmp_path / "neighbours.yaml"
            file.write_text(text)
            params = {"site": "lab", "robots": ["amr_01"], "neighbours": str(file), "api": url}
            return host.build(FoxgloveNode, "foxglove", params=params)

        yield make


def test_a_viewer_sees_the_fleet_and_a_lidar_is_heard_only_while_one_looks(
    host: ProcessHost, build: Callable[[str], FoxgloveNode], port: int
) -> None:
    node = build(f"foxglove: {{port: {port}}}")
    around = host.build(Around, "around")
    own = {topic for topic, _ in node.get_publisher_names_and_types_by_node("foxglove", "/")}
    assert own <= {"/rosout", "/parameter_events"}, "it says nothing over ROS"
    assert node.count_subscribers(SCAN) == 0
    viewer = Viewer(node.front.port)
    wanted = {
        viewing.MAP, viewing.SCENE, viewing.ROBOTS, viewing.ORDERS, viewing.WAITS, TRANSFORMS, SCAN,
    }  # fmt: skip

    spoken = 0.0

    def seen() -> bool:
        nonlocal spoken
        if time.monotonic() - spoken > 0.1:  # as a fleet and a lidar do, not as fast as the loop goes
            spoken = time.monotonic()
            around.say()
        return wanted <= set(viewer.heard) and b"amr_01" in viewer.heard[viewing.SCENE]

    assert host.spin_until(seen, TIMEOUT_S), set(viewer.heard)
    assert json.loads(viewer.heard[viewing.ORDERS])["orders"][0]["to"] == "A1"
    assert json.loads(viewer.heard[viewing.WAITS])["waits"] == [{"robot": "amr_01", "order": "", "reason": "wait.door"}]
    viewer.close()
    assert host.spin_until(lambda: node.count_subscribers(SCAN) == 0, TIMEOUT_S)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("open_rmf: {fleet: x}", "foxglove"),
        ("foxglove: {port: 0}", "foxglove.port"),
        ("foxglove: {host: 0.0.0.0}", "foxglove"),
        ("foxglove: {certificate: a.pem}", "foxglove"),
        ("foxglove: {host: 0.0.0.0, certificate: /none, key: /none}", "foxglove"),
        ("foxglove: {most: 1000}", "foxglove.most"),
    ],
)
def test_a_file_that_is_wrong_stops_it(build: Callable[[str], FoxgloveNode], text: str, where: str) -> None:
    with pytest.raises(AmrError) as caught:
        build(text)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)


def test_a_port_that_is_taken_is_said(build: Callable[[str], FoxgloveNode], port: int) -> None:
    build(f"foxglove: {{port: {port}}}")
    with pytest.raises(AmrError) as caught:
        build(f"foxglove: {{port: {port}}}")
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "foxglove.port")
