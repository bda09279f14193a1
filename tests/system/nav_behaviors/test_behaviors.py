"""Nav2's behaviour tests: spin, backup, drive_on_heading, wait, assisted_teleop; limits, cancel, walls."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Twist
from nav2_msgs.action import AssistedTeleop, BackUp, DriveOnHeading, NavigateToPose, Spin, Wait
from nav2_msgs.srv import Toggle
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


class Teleop:
    """A person who steers under AssistedTeleop, and what the robot makes of it."""

    def __init__(self, nav2: Nav2Client) -> None:
        self._nav2 = nav2
        self._commands = nav2.node.create_publisher(Twist, "cmd_vel_teleop", 10)
        self._release = nav2.node.create_publisher(Empty, "preempt_teleop", 10)
        nav2.until(lambda: self._commands.get_subscription_count() > 0, 20.0, "a subscriber of cmd_vel_teleop")
        goal = AssistedTeleop.Goal(time_allowance=Duration(sec=300))
        self._running = nav2.start(AssistedTeleop, "assisted_teleop", goal)

    def push(self, speed: float) -> None:
        twist: Any = Twist()
        twist.linear.x = speed
        self._commands.publish(twist)

    def push_to_the_wall(self) -> None:
        told: list[Any] = [None]  # poses: one that did not come yet is no stand

        def stands() -> bool:
            self.push(0.5)
            if self._nav2.pose is not told[-1]:
                told.append(self._nav2.pose)
            return self.x > 17.8 and len(told) > 10 and told[-1][0] - told[-10][0] < 1e-3

        self._nav2.until(stands, 40.0, "the robot standing before the wall")

    @property
    def x(self) -> float:
        return -1.0 if self._nav2.pose is None else self._nav2.pose[0]

    def release(self) -> None:
        self._release.publish(Empty())
        status, result = self._running.result()
        assert (status, result.error_code) == ("SUCCEEDED", 0)


def test_a_person_cannot_steer_into_a_wall(nav2: Nav2Client) -> None:
    go(nav2, 17, 4)
    teleop = Teleop(nav2)
    teleop.push_to_the_wall()
    for _ in range(20):
        teleop.push(0.5)
        nav2.spin(0.02)
    assert teleop.x < WALL_X - FRONT
    teleop.release()


def test_the_collision_monitor_stands_at_the_end_of_the_velocity_chain_and_can_be_toggled(nav2: Nav2Client) -> None:
    """What is wanted is on cmd_vel_nav and cmd_vel_smoothed, what may be on cmd_vel; toggle lets the first through."""
    go(nav2, 17, 4)
    wanted, smoothed, sent = (nav2.listen(Twist, topic, 10) for topic in ("cmd_vel_nav", "cmd_vel_smoothed", "cmd_vel"))
    teleop = Teleop(nav2)
    teleop.push_to_the_wall()
    assert max(m.linear.x for m in wanted) > 0.4
    assert max(m.linear.x for m in smoothed) > 0.4

    def now(messages: list[Any]) -> list[bool]:
        return [m.linear.x > 0.009 for m in messages[-3:]]

    def crawls(sends: bool) -> bool:
        teleop.push(0.01)  # the monitor keeps 5 cm, so that the crawl without it does not reach the wall
        return now(wanted) == [True] * 3 and now(sent) == [sends] * 3

    for enable in (True, False, True):
        answer = nav2.call(Toggle, "collision_monitor/toggle", Toggle.Request(enable=enable))
        assert answer.success
        assert ("on" if enable else "off") in answer.message
        wanted.clear()
        sent.clear()
        nav2.until(partial(crawls, not enable), 20.0, f"what is {'refused' if enable else 'let through'}")
    assert teleop.x < WALL_X - FRONT
    teleop.release()
