"""BasePortNode with a stand-in for Gazebo's bridge on its topics: time-out, battery terms, charging, handling loads."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any

import pytest
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import BatteryState
from std_msgs.msg import Bool, Float64, String

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_interfaces.action import HandleLoad
from amr_ros import qos
from amr_ros.actions import ActionCall, ActionPort, GoalOutcome
from amr_ros.convert import pose_to_msg
from amr_ros.host import ProcessHost
from amr_sim.nodes.base_port import BasePortNode

SITE = load_site("lab")
PICK, DROP = SITE.places[0].stations[0].pose, SITE.places[1].stations[0].pose


class Gazebo(Node):
    """The other side of base/...: keeps what it is told, says where the robot is."""

    def __init__(self, host: ProcessHost) -> None:
        super().__init__("gazebo", context=host.context, namespace="/amr_01", enable_rosout=False)
        self.wheels: list[tuple[float, float]] = []
        self.carrier: list[float] = []
        self.charge: list[str] = []
        self.batteries: list[Any] = []
        self.odometry: list[Any] = []
        self.loads: list[str] = []
        self.pose = self.create_publisher(Odometry, "base/pose", qos.RELIABLE)
        self.odom = self.create_publisher(Odometry, "base/odom", qos.RELIABLE)
        self.battery = self.create_publisher(BatteryState, "base/battery", qos.RELIABLE)
        self.command = self.create_publisher(Twist, "cmd_vel", qos.RELIABLE)
        reliable = qos.RELIABLE
        self.create_subscription(
            Twist, "base/cmd_vel", lambda m: self.wheels.append((m.linear.x, m.angular.z)), reliable
        )
        self.create_subscription(Float64, "base/load_joint", lambda m: self.carrier.append(m.data), reliable)
        self.create_subscription(Bool, "base/charge_start", lambda _: self.charge.append("start"), reliable)
        self.create_subscription(Bool, "base/charge_stop", lambda _: self.charge.append("stop"), reliable)
        self.create_subscription(BatteryState, "battery_state", self.batteries.append, reliable)
        self.create_subscription(Odometry, "odom", self.odometry.append, reliable)
        self.create_subscription(String, "load_state", lambda m: self.loads.append(m.data), qos.LATCHED)

    def stand_at(self, pose: Pose2D, v: float = 0.0, w: float = 0.0) -> None:
        message = Odometry()
        message.pose.pose = pose_to_msg(pose)
        message.twist.twist.linear.x, message.twist.twist.angular.z = v, w
        self.pose.publish(message)


@pytest.fixture
def node(host: ProcessHost) -> BasePortNode:
    params = {"site": "lab", "robot_type": "lift_amr"}
    made: BasePortNode = host.build(BasePortNode, "base_port", namespace="/amr_01", params=params)
    return made


@pytest.fixture
def gazebo(host: ProcessHost, node: BasePortNode) -> Gazebo:
    other = Gazebo(host)
    host.adopt(other)
    outs = (other.pose, other.odom, other.battery, other.command)
    assert host.spin_until(lambda: all(o.get_subscription_count() for o in outs) and bool(other.loads), 10.0)
    return other


def test_a_command_reaches_the_wheels_and_dies_with_silence(host: ProcessHost, gazebo: Gazebo) -> None:
    twist = Twist()
    twist.linear.x, twist.angular.z = 0.4, 0.1

    def driven() -> bool:
        gazebo.command.publish(twist)
        return (0.4, 0.1) in gazebo.wheels

    assert host.spin_until(driven, 5.0)
    assert any(0.0 < v < 0.4 for v, _ in gazebo.wheels), "it speeds up as a robot does"
    assert host.spin_until(lambda: gazebo.wheels[-1] == (0.0, 0.0), 5.0)
    count = len(gazebo.wheels)
    host.spin_until(lambda: False, 0.3)
    assert len(gazebo.wheels) == count, "a robot that stands gets its zero once"


def test_odometry_says_how_sure_it_is(host: ProcessHost, gazebo: Gazebo) -> None:
    message = Odometry(child_frame_id="base_link")
    message.pose.pose.position.x = 2.5
    gazebo.odom.publish(message)
    assert host.spin_until(lambda: bool(gazebo.odometry), 5.0)
    (told,) = gazebo.odometry
    assert (told.pose.pose.position.x, told.child_frame_id) == (2.5, "base_link")
    assert all(told.pose.covariance[k] > 0.0 and told.twist.covariance[k] > 0.0 for k in (0, 7, 35))


def test_the_battery_is_told_once_a_second(host: ProcessHost, gazebo: Gazebo) -> None:
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        gazebo.battery.publish(BatteryState(percentage=62.0, current=6.0))
        host.spin_until(lambda: False, 0.02)
    assert 1 <= len(gazebo.batteries) <= 3


def test_rubbish_stops_the_robot(host: ProcessHost, gazebo: Gazebo, node: BasePortNode) -> None:
    node.port.command(node.now, math.nan, 0.0)
    assert node.port.velocity(node.now) == (0.0, 0.0)
    node.port.set_pose(Pose2D(1.0, 1.0, 0.0), 0.0)
    message = Odometry()
    message.pose.pose.position.x = math.nan
    message.pose.pose.orientation.w = 1.0
    gazebo.pose.publish(message)
    gazebo.battery.publish(BatteryState(percentage=math.nan, current=math.inf))
    assert host.spin_until(lambda: bool(gazebo.batteries), 5.0)
    assert (gazebo.batteries[-1].percentage, gazebo.batteries[-1].current) == (0.0, 0.0)
    assert node.port._pose == Pose2D(1.0, 1.0, 0.0)


def test_the_battery_speaks_the_contract_and_charges_at_chargers_only(host: ProcessHost, gazebo: Gazebo) -> None:
    gazebo.battery.publish(BatteryState(percentage=62.0, current=6.0))
    assert host.spin_until(lambda: bool(gazebo.batteries), 5.0)
    assert gazebo.batteries[-1].percentage == pytest.approx(0.62)
    assert gazebo.batteries[-1].current == pytest.approx(-6.0)
    gazebo.stand_at(SITE.chargers[0].pose)
    assert host.spin_until(lambda: gazebo.charge == ["start"], 5.0)
    gazebo.battery.publish(BatteryState(percentage=63.0, current=-50.0))
    assert host.spin_until(lambda: gazebo.batteries[-1].current > 0.0, 5.0)
    assert gazebo.batteries[-1].power_supply_status == BatteryState.POWER_SUPPLY_STATUS_CHARGING
    gazebo.stand_at(PICK)
    assert host.spin_until(lambda: gazebo.charge == ["start", "stop"], 5.0)


def test_a_load_is_taken_and_given(host: ProcessHost, gazebo: Gazebo, node: BasePortNode) -> None:
    node.port._loads._types = [dataclasses.replace(node.port._robot, load_seconds=0.4)]
    port = ActionPort(gazebo, HandleLoad, "handle_load")
    assert host.spin_until(lambda: port.ready, 10.0)

    def handle(operation: int, pose: Pose2D) -> Any:
        gazebo.stand_at(pose)
        host.spin_until(lambda: node.port._pose == pose, 5.0)
        ended: list[ActionCall] = []
        port.send(HandleLoad.Goal(operation=operation, load_id="L1"), on_done=ended.append)
        assert host.spin_until(lambda: bool(ended), 10.0)
        return ended[0]

    call = handle(HandleLoad.Goal.PICK, Pose2D(10.0, 6.0, 0.0))
    assert call.outcome is GoalOutcome.ABORTED
    assert call.result.error_code == HandleLoad.Result.NOT_AT_STATION
    assert handle(HandleLoad.Goal.PICK, PICK).outcome is GoalOutcome.SUCCEEDED
    assert host.spin_until(lambda: gazebo.loads[-1] == "L1" and gazebo.carrier[-1] == 0.05, 5.0)
    assert handle(HandleLoad.Goal.DROP, DROP).outcome is GoalOutcome.SUCCEEDED
    assert host.spin_until(lambda: gazebo.loads[-1] == "" and gazebo.carrier[-1] == 0.0, 5.0)


@pytest.mark.parametrize("params", [{"site": "nowhere", "robot_type": "lift_amr"}, {"site": "lab", "robot_type": "x"}])
def test_wrong_parameters_are_refused(host: ProcessHost, params: dict[str, str]) -> None:
    with pytest.raises(AmrError):
        host.build(BasePortNode, "base_port", params=params)
