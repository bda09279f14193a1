"""Nav2's behaviour tests: spin, backup, drive_on_heading, wait, assisted_teleop; limits, cancel, walls."""

from __future__ import annotations

import math
from typing import Any

import pytest
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Twist
from nav2_msgs.action import AssistedTeleop, BackUp, DriveOnHeading, NavigateToPose, Spin, Wait
from std_msgs.msg import Empty

from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system
WALL_X, FRONT = 19.9, 0.675


def go(nav2: Nav2Client, x: float, y: float, theta: float = 0.0) -> None:
    goal = NavigateToPose.Goal(pose=pose(x, y, theta))
    assert nav2.run(NavigateToPose, "navigate_to_pose", goal)[0] == "SUCCEEDED"


def test_spin(nav2: Nav2Client) -> None:
    go(nav2, 16, 4)
    for degrees in (20.0, -200.0):
        running = nav2.start(Spin, "spin", Spin.Goal(target_yaw=math.radians(degrees)))
        status, result = running.result()
        assert (status, result.error_code) == ("SUCCEEDED", 0)
    assert running.feedback[-1].angular_distance_traveled > math.radians(120.0)
    short = Spin.Goal(target_yaw=3.0, time_allowance=Duration(nanosec=100_000_000))
    status, result = nav2.run(Spin, "spin", short)
    assert (status, result.error_code, result.error_msg) == ("ABORTED", 701, "TIMEOUT")
    running = nav2.start(Spin, "spin", Spin.Goal(target_yaw=20.0))
    nav2.until(lambda: bool(running.feedback), 20.0, "feedback")
    again = nav2.start(Spin, "spin", Spin.Goal(target_yaw=20.0))
    assert running.result()[0] == "ABORTED"
    assert again.cancel()[0] == "CANCELED"


def test_straight_drives_stop_before_a_wall(nav2: Nav2Client) -> None:
    go(nav2, 17, 4)
    status, result = nav2.run(BackUp, "backup", BackUp.Goal(target=Point(x=0.5), speed=0.2))
    assert (status, result.error_code) == ("SUCCEEDED", 0)
    ahead = DriveOnHeading.Goal(target=Point(x=4.0), speed=0.3)
    status, result = nav2.run(DriveOnHeading, "drive_on_heading", ahead)
    assert (status, result.error_code) == ("ABORTED", 723)
    assert result.total_elapsed_time.sec >= 1
    nav2.spin(0.5)
    assert nav2.pose is not None
    assert 17.0 < nav2.pose[0] < WALL_X - FRONT


def test_wait(nav2: Nav2Client) -> None:
    for seconds in (1, 2):
        status, result = nav2.run(Wait, "wait", Wait.Goal(time=Duration(sec=seconds)))
        assert (status, result.total_elapsed_time.sec) == ("SUCCEEDED", seconds)
    running = nav2.start(Wait, "wait", Wait.Goal(time=Duration(sec=60)))
    nav2.until(lambda: bool(running.feedback), 20.0, "feedback")
    assert running.cancel()[0] == "CANCELED"


def test_a_person_cannot_steer_into_a_wall(nav2: Nav2Client) -> None:
    go(nav2, 17, 4)
    commands = nav2.node.create_publisher(Twist, "cmd_vel_teleop", 10)
    release = nav2.node.create_publisher(Empty, "preempt_teleop", 10)
    nav2.until(lambda: commands.get_subscription_count() > 0, 20.0, "a subscriber of cmd_vel_teleop")
    running = nav2.start(AssistedTeleop, "assisted_teleop", AssistedTeleop.Goal(time_allowance=Duration(sec=300)))
    twist: Any = Twist()
    twist.linear.x = 0.5
    last = -1.0

    def pushed_until_it_stands() -> bool:
        nonlocal last
        commands.publish(twist)
        before, last = last, nav2.pose[0] if nav2.pose is not None else -1.0
        return last > 17.8 and last - before < 1e-4

    nav2.until(pushed_until_it_stands, 40.0, "the robot standing before the wall")
    for _ in range(20):
        commands.publish(twist)
        nav2.spin(0.02)
    assert nav2.pose is not None
    assert nav2.pose[0] < WALL_X - FRONT
    release.publish(Empty())
    status, result = running.result()
    assert (status, result.error_code) == ("SUCCEEDED", 0)
