"""GazeboDoorsNode with a stand-in for Gazebo's bridge: requests move leaves, states say where they are."""

from __future__ import annotations

from typing import Any

import pytest
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from amr_core.doors import leaf_topic
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site.generators.doors import JOINT
from amr_ros import qos
from amr_ros.convert import pose_to_msg
from amr_ros.host import ProcessHost
from amr_sim.nodes.gazebo_doors import GazeboDoorsNode

GATE = "crossdock_gate"


class Gazebo(Node):
    """A leaf that is at once where it is told to be, and the fleet that asks for it."""

    def __init__(self, host: ProcessHost) -> None:
        super().__init__("gazebo", context=host.context, enable_rosout=False)
        self.heights: list[float] = []
        self.modes: list[int] = []
        self.leaf = self.create_publisher(JointState, leaf_topic(GATE, "joint_states"), qos.RELIABLE)
        self.request = self.create_publisher(DoorRequest, "/door_requests", qos.RELIABLE)
        self.pose = self.create_publisher(Odometry, "/amr_01/base/pose", qos.RELIABLE)
        self.create_subscription(Float64, leaf_topic(GATE, "height"), self._lift, qos.RELIABLE)
        self.create_subscription(DoorState, "/door_states", self._hear, qos.RELIABLE)

    def _lift(self, message: Any) -> None:
        self.heights.append(message.data)
        self.leaf.publish(JointState(name=["other", JOINT], position=[9.0, message.data]))

    def _hear(self, message: Any) -> None:
        if message.door_name == GATE:
            self.modes.append(message.current_mode.value)

    def ask(self, mode: int) -> None:
        """Ask twice a second, as the fleet does every second: a door that is told once closes by itself."""
        request = DoorRequest(requester_id="fleet", door_name=GATE, requested_mode=DoorMode(value=mode))
        self.create_timer(0.5, lambda: self.request.publish(request))


@pytest.fixture
def gazebo(host: ProcessHost) -> Gazebo:
    node = host.build(GazeboDoorsNode, "gazebo_doors", params={"site": "cai_cui", "robots": ["amr_01"]})
    assert node.doors.all[GATE].silent
    other = Gazebo(host)
    host.adopt(other)
    outs = (other.leaf, other.request, other.pose)
    assert host.spin_until(lambda: all(out.get_subscription_count() for out in outs) and bool(other.heights), 10.0)
    return other


def test_a_request_lifts_the_leaf_and_robots_are_no_rubbish(host: ProcessHost, gazebo: Gazebo) -> None:
    assert host.spin_until(lambda: gazebo.modes[-1:] == [DoorMode.MODE_CLOSED], 10.0)
    gazebo.pose.publish(Odometry())  # an orientation of zeros
    elsewhere = Odometry()
    elsewhere.pose.pose = pose_to_msg(Pose2D(float("nan"), 1.0, 0.0))
    gazebo.pose.publish(elsewhere)
    gazebo.ask(DoorMode.MODE_OPEN)
    assert host.spin_until(lambda: gazebo.modes[-1:] == [DoorMode.MODE_OPEN], 20.0)
    assert DoorMode.MODE_MOVING in gazebo.modes
    assert max(gazebo.heights) == pytest.approx(5.0)


def test_a_robot_that_the_site_does_not_have(host: ProcessHost) -> None:
    with pytest.raises(AmrError) as caught:
        host.build(GazeboDoorsNode, "gazebo_doors", params={"site": "cai_cui", "robots": ["amr_99"]})
    assert caught.value.code == "robot.not_found"
