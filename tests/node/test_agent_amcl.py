"""A real Nav2's AMCL that is set up anew while its robot works: the agent tells it the pose, and believes no other."""

from __future__ import annotations

from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from lifecycle_msgs.msg import State, TransitionEvent
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import BatteryState
from std_msgs.msg import String

from amr_core.geometry import Pose2D, distance
from amr_interfaces.msg import InstantAction, RobotState
from amr_navigation.nodes import agent_amcl
from amr_navigation.nodes.agent import AgentNode
from amr_ros import qos
from amr_ros.convert import pose_from_msg, pose_to_msg, to_stamp
from amr_ros.host import ProcessHost

AT, ORIGIN = Pose2D(14.0, 10.4, 1.57), Pose2D(-1.35, 0.7, 0.0)
UNCONFIGURED, INACTIVE, ACTIVE = (
    State.PRIMARY_STATE_UNCONFIGURED,
    State.PRIMARY_STATE_INACTIVE,
    State.PRIMARY_STATE_ACTIVE,
)


class Amcl:
    """AMCL and the wheels of a robot that stands; what AMCL is told."""

    def __init__(self, host: ProcessHost) -> None:
        self.host = host
        self.node = Node("world", context=host.context, namespace="/r1", enable_rosout=False)
        host.adopt(self.node)
        self.told: list[Pose2D] = []
        self.states: list[Any] = []
        self._events = self.node.create_publisher(TransitionEvent, "amcl/transition_event", qos.RELIABLE)
        self._pose = self.node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", qos.LATCHED)
        self._odom = self.node.create_publisher(Odometry, "odom", qos.SENSOR)
        self._battery = self.node.create_publisher(BatteryState, "battery_state", qos.RELIABLE)
        self.node.create_publisher(String, "load_state", qos.LATCHED).publish(String())
        self.instant = self.node.create_publisher(InstantAction, "instant_action", qos.RELIABLE)
        self.rviz = self.node.create_publisher(PoseWithCovarianceStamped, "initialpose", qos.RELIABLE)
        self.node.create_subscription(RobotState, "state", self.states.append, qos.RELIABLE)
        self.node.create_subscription(
            PoseWithCovarianceStamped, "initialpose", lambda x: self.told.append(pose_from_msg(x)), qos.RELIABLE
        )
        self.wheels = Odometry()
        self.wheels.pose.pose.orientation.w = 1.0
        host.ticker.add(self._turn, 0.1)

    def _turn(self, now: float) -> None:
        self.wheels.header.stamp = to_stamp(now)
        self._odom.publish(self.wheels)
        self._battery.publish(BatteryState(percentage=0.8))

    def goes(self, *states: int) -> None:
        """Say that it has come to these states, one after another."""
        for state in states:
            self._events.publish(TransitionEvent(goal_state=State(id=state)))

    def says(self, pose: Pose2D, spread: float = 0.05) -> None:
        self._pose.publish(self.message(pose, spread))

    def message(self, pose: Pose2D, spread: float) -> PoseWithCovarianceStamped:
        message = PoseWithCovarianceStamped()
        message.header.frame_id, message.header.stamp = "map", to_stamp(self.host.ticker.now)
        message.pose.pose = pose_to_msg(pose)
        message.pose.covariance[0] = message.pose.covariance[7] = spread**2
        return message

    def state(self, predicate: Any) -> None:
        assert self.host.spin_until(lambda: bool(self.states) and predicate(self.states[-1]), 10.0), self.states[-1:]

    def waits(self, seconds: float) -> None:
        self.host.spin_until(lambda: False, seconds)

    @property
    def at(self) -> Pose2D:
        return Pose2D(self.states[-1].x, self.states[-1].y, self.states[-1].theta)


@pytest.fixture
def amcl(host: ProcessHost) -> Amcl:
    world = Amcl(host)
    host.build(AgentNode, "agent", namespace="/r1", params={"site": "lab", "robot": "r1", "robot_type": "lift_amr"})
    return world


def starts(amcl: Amcl, spread: float = 0.05) -> None:
    """It comes up as at a first start, with the pose that the launch file told it."""
    assert amcl.host.spin_until(lambda: amcl._events.get_subscription_count() > 0, 10.0)
    amcl.goes(INACTIVE, ACTIVE)
    amcl.says(AT, spread)
    amcl.state(lambda s: s.localized == (spread < 0.6) and s.x == pytest.approx(AT.x))
    assert amcl.told == []


def test_a_reset_amcl_is_told_the_pose_and_believed_only_from_then_on(amcl: Amcl) -> None:
    """Seen: it came back at the map's origin, 18 m off, its agent believed it, and the robot drove."""
    starts(amcl)
    amcl.goes(INACTIVE, UNCONFIGURED, INACTIVE)
    amcl.says(ORIGIN)
    amcl.state(lambda s: not s.localized)
    amcl.waits(0.5)
    assert amcl.told == [], "it is not active: it may forget what it is told"
    assert distance(amcl.at, AT) < 0.01
    amcl.wheels.pose.pose.position.x = 0.2  # rolled on while nobody looked at the lidars
    amcl.goes(ACTIVE)
    amcl.says(ORIGIN)
    here = Pose2D(AT.x, AT.y + 0.2, AT.theta)
    assert amcl.host.spin_until(lambda: len(amcl.told) >= 2, 10.0), "again until it answers"
    assert distance(amcl.told[-1], here) < 0.01
    assert not amcl.states[-1].localized
    amcl.says(ORIGIN)
    amcl.waits(0.5)
    assert not any(s.localized and s.x < 0.0 for s in amcl.states), "an answer metres off is none"
    amcl.says(here)
    amcl.state(lambda s: s.localized)
    assert distance(amcl.at, here) < 0.01
    count = len(amcl.told)
    amcl.waits(1.2)
    assert len(amcl.told) == count, "it has a pose: it is told no other"
    amcl.says(Pose2D(here.x + 1.5, here.y, here.theta))
    amcl.state(lambda s: s.x == pytest.approx(here.x + 1.5))


@pytest.mark.parametrize("by", ["fleet", "rviz"])
def test_a_robot_that_is_not_sure_waits_for_a_person(amcl: Amcl, by: str) -> None:
    """Told a lost robot's pose, AMCL would be sure of a wrong place within seconds."""
    starts(amcl, spread=2.0)
    amcl.goes(INACTIVE, UNCONFIGURED, INACTIVE, ACTIVE)
    amcl.says(ORIGIN)
    amcl.waits(1.2)
    assert amcl.told == []
    assert not amcl.states[-1].localized
    there = Pose2D(4.0, 6.0, 0.0)
    if by == "rviz":
        amcl.rviz.publish(amcl.message(there, 0.5))
    else:
        keys, values = zip(*(("x", "4.0"), ("y", "6.0"), ("theta", "0.0"), ("map_id", "lab")), strict=True)
        amcl.instant.publish(
            InstantAction(
                robot="r1",
                action_id="p1",
                action_type="initPosition",
                parameter_keys=list(keys),
                parameter_values=list(values),
            )
        )
    assert amcl.host.spin_until(lambda: bool(amcl.told) and distance(amcl.told[-1], there) < 0.01, 10.0)
    amcl.waits(0.3)
    assert not amcl.states[-1].localized
    amcl.says(there, 0.2)
    amcl.state(lambda s: s.localized and s.x == pytest.approx(4.0))


def test_a_person_overrules_the_pose_that_a_reset_amcl_was_told(amcl: Amcl) -> None:
    """In the seconds until AMCL answered, the robot told its own pose again and the person's was gone."""
    starts(amcl)
    amcl.goes(INACTIVE, UNCONFIGURED, INACTIVE, ACTIVE)
    assert amcl.host.spin_until(lambda: bool(amcl.told), 10.0)
    there = Pose2D(4.0, 6.0, 0.0)
    amcl.rviz.publish(amcl.message(there, 0.05))
    amcl.waits(2.5)
    assert distance(amcl.told[-1], there) < 0.01
    amcl.says(AT)
    amcl.waits(0.3)
    assert not amcl.states[-1].localized, "that is the answer to what the robot told"
    amcl.says(there)
    amcl.state(lambda s: s.localized and s.x == pytest.approx(4.0))


def test_an_amcl_whose_word_was_lost_does_not_hold_the_robot_for_ever(
    amcl: Amcl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_amcl, "UNHEARD_S", 1.0)
    starts(amcl)
    amcl.goes(INACTIVE, UNCONFIGURED)  # and never a word that it is active again
    amcl.state(lambda s: not s.localized)
    assert amcl.host.spin_until(lambda: bool(amcl.told), 20.0)
    amcl.says(AT)
    amcl.state(lambda s: s.localized)
