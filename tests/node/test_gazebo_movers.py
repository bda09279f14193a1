"""GazeboMoversNode with a stand-in for Gazebo's bridge: bodies are told where to be once they were heard of."""

from __future__ import annotations

from typing import Any

import pytest
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from amr_core.geometry import Pose2D
from amr_core.site.generators.movers import JOINTS, mover_topic
from amr_ros import qos
from amr_ros.convert import pose_to_msg
from amr_ros.host import ProcessHost
from amr_sim.nodes.gazebo_movers import GazeboMoversNode

PERSON = "person_01"


class Gazebo(Node):
    """A body that is at once where its joints are told to be."""

    def __init__(self, host: ProcessHost) -> None:
        super().__init__("gazebo", context=host.context, enable_rosout=False)
        self.places = dict.fromkeys(JOINTS, 0.0)
        self.told: list[tuple[str, float]] = []
        self.states = self.create_publisher(JointState, mover_topic(PERSON, "joint_states"), qos.RELIABLE)
        self.pose = self.create_publisher(Odometry, "/amr_01/base/pose", qos.RELIABLE)
        for joint in JOINTS:
            self.create_subscription(Float64, mover_topic(PERSON, joint), self._taker(joint), qos.RELIABLE)

    def _taker(self, joint: str) -> Any:
        def take(message: Any) -> None:
            self.places[joint] = message.data
            self.told.append((joint, message.data))

        return take

    def say(self, places: dict[str, float]) -> None:
        self.states.publish(JointState(name=list(places), position=list(places.values())))


def test_a_body_is_led_from_where_it_stands_as_soon_as_it_is_heard_of(host: ProcessHost) -> None:
    node = host.build(GazeboMoversNode, "gazebo_movers", params={"site": "lab", "robots": ["amr_01"]})
    gazebo = Gazebo(host)
    host.adopt(gazebo)
    outs = (gazebo.states, gazebo.pose)
    assert host.spin_until(lambda: all(out.get_subscription_count() == 1 for out in outs), 10.0)
    robot = Odometry()
    robot.pose.pose = pose_to_msg(Pose2D(11.2, 9.4, 0.0))  # its tail is at 10.53
    gazebo.pose.publish(robot)
    gazebo.say({"x": 0.5})  # not all of it
    gazebo.say({"x": 0.5, "y": float("nan"), "yaw": 0.0})
    host.spin_until(lambda: False, 0.3)
    assert gazebo.told == []
    gazebo.say({"x": 0.5, "y": 0.0, "yaw": 0.0, "other": 9.0})
    assert host.spin_until(lambda: len(gazebo.told) > 2, 10.0)
    joint, place = gazebo.told[0]
    assert joint == "x"
    assert place == pytest.approx(0.5, abs=0.1), "from where it stands"
    assert host.spin_until(lambda: node.movers.all[0].waited > 0.3, 20.0), "it stops for the robot"
    assert max(place for joint, place in gazebo.told if joint == "x") < 10.53 - 9.4 - 0.2
    assert host.spin_until(lambda: gazebo.states.get_subscription_count() == 0, 10.0), "it need not hear more"
