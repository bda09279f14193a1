"""A test's view of robots in Gazebo: what they publish, with their stamps, and commands to their wheels."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import rclpy
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from amr_core.geometry import Pose2D
from tests.real.real_support import Program

BEST_EFFORT = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)


class GazeboClient:
    """Plain rclpy on the domain of a test."""

    def __init__(self, domain: int, program: Program) -> None:
        self.program = program
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = Node("real_test", context=self.context, use_global_arguments=False, enable_rosout=False)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.now = 0.0
        self.node.create_subscription(Clock, "/clock", self._on_clock, BEST_EFFORT)

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self.context)

    def _on_clock(self, message: Any) -> None:
        self.now = message.clock.sec + message.clock.nanosec * 1e-9

    def listen(self, kind: Any, topic: str, qos: Any = BEST_EFFORT) -> list[Any]:
        """Return a list that the messages of a topic are appended to."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, qos)
        return messages

    def look(self, image_topic: str) -> tuple[Any, Any]:
        """Return a picture and its CameraInfo: rendering is slow, so nobody looks before and after."""
        kinds = {image_topic: Image, f"{image_topic.rpartition('/')[0]}/camera_info": CameraInfo}
        heard: dict[str, list[Any]] = {topic: [] for topic in kinds}
        subscriptions = [
            self.node.create_subscription(kind, topic, heard[topic].append, BEST_EFFORT)
            for topic, kind in kinds.items()
        ]
        # The first may have been rendered for somebody else, before.
        self.until(lambda: all(len(found) > 1 for found in heard.values()), 120.0, f"a picture on {image_topic}")
        for subscription in subscriptions:
            self.node.destroy_subscription(subscription)
        image, info = (found[-1] for found in heard.values())
        return image, info

    def until(self, predicate: Callable[[], bool], timeout: float, what: str) -> None:
        """Handle messages until predicate() holds; timeout in wall seconds."""
        end = time.monotonic() + timeout
        while not predicate():
            assert self.program.process.poll() is None, f"ended before: {what}\n{self.program.tail}"
            assert time.monotonic() < end, f"not within {timeout} s: {what}\n{self.program.tail}"
            self.executor.spin_once(timeout_sec=0.02)

    def pass_time(self, seconds: float) -> None:
        """Handle messages for some seconds of simulated time."""
        until = self.now + seconds
        self.until(lambda: self.now >= until, 30.0 + 30.0 * seconds, f"{seconds} s of /clock")


class Base:
    """One robot's base: its truth, its odometry, its wheels."""

    def __init__(self, client: GazeboClient, robot: str) -> None:
        self.client, self.robot = client, robot
        self.truth = client.listen(Odometry, f"/{robot}/base/pose")
        self.odom = client.listen(Odometry, f"/{robot}/odom")
        self._wheels = client.node.create_publisher(Twist, f"/{robot}/cmd_vel", 10)

    @property
    def pose(self) -> Pose2D:
        """The true pose of base_link in map."""
        return planar(self.truth[-1])

    def drive(self, v: float, w: float, seconds: float) -> None:
        """Command a speed for some seconds of simulated time."""
        message = Twist()
        message.linear.x, message.angular.z = v, w
        until, client = client_now(self) + seconds, self.client
        timer = client.node.create_timer(0.05, lambda: self._wheels.publish(message))
        client.until(lambda: client.now >= until, 10.0 + 10.0 * seconds, f"{seconds} s of driving")
        client.node.destroy_timer(timer)

    def stop(self) -> None:
        """Let the robot come to rest."""
        self.drive(0.0, 0.0, 2.0)


def client_now(base: Base) -> float:
    return base.client.now


def planar(odometry: Any) -> Pose2D:
    """Return the pose of an odometry message on the floor."""
    p, q = odometry.pose.pose.position, odometry.pose.pose.orientation
    return Pose2D(p.x, p.y, 2.0 * math.atan2(q.z, q.w))


def stamp(message: Any) -> float:
    return message.header.stamp.sec + message.header.stamp.nanosec * 1e-9


def rate(messages: list[Any]) -> float:
    """Return messages a second by their stamps."""
    return (len(messages) - 1) / (stamp(messages[-1]) - stamp(messages[0]))
