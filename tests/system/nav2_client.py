"""A client of Nav2 in plain rclpy, and the embedded robot that it talks to."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from amr_interfaces.srv import SetSimSpeed

AMR = str(Path(sys.executable).with_name("amr"))
LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
STATUS = {
    GoalStatus.STATUS_SUCCEEDED: "SUCCEEDED",
    GoalStatus.STATUS_ABORTED: "ABORTED",
    GoalStatus.STATUS_CANCELED: "CANCELED",
}


class Running:
    """A goal on its way."""

    def __init__(self, client: Nav2Client, handle: Any, feedback: list[Any]) -> None:
        self.client, self.handle, self.feedback = client, handle, feedback
        self.future = handle.get_result_async() if handle.accepted else None

    @property
    def accepted(self) -> bool:
        return bool(self.handle.accepted)

    def result(self, timeout: float = 60.0) -> tuple[str, Any]:
        """Return (status, result), or ("REJECTED", None)."""
        if self.future is None:
            return "REJECTED", None
        self.client.until(self.future.done, timeout, "the result of an action")
        answer = self.future.result()
        return STATUS[answer.status], answer.result

    def cancel(self) -> tuple[str, Any]:
        self.client.wait(self.handle.cancel_goal_async())
        return self.result()


class Nav2Client:
    """Knows nothing but the names, types and QoS of Nav2."""

    def __init__(self, robot: str, domain: int) -> None:
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = Node("nav2_client", namespace=robot, context=self.context, use_global_arguments=False)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.pose: tuple[float, float, float] | None = None
        self.node.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, LATCHED)
        self._actions: dict[str, Any] = {}
        self._services: dict[str, Any] = {}

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self.context)

    def until(self, predicate: Callable[[], bool], timeout: float, what: str) -> None:
        end = time.monotonic() + timeout
        while not predicate():
            assert time.monotonic() < end, f"never seen: {what}"
            self.executor.spin_once(timeout_sec=0.05)

    def wait(self, future: Any, timeout: float = 20.0) -> Any:
        self.until(future.done, timeout, "an answer")
        return future.result()

    def start(self, action: Any, name: str, goal: Any) -> Running:
        client = self._actions.get(name) or self._actions.setdefault(name, ActionClient(self.node, action, name))
        self.until(client.server_is_ready, 20.0, f"action {name}")
        feedback: list[Any] = []
        future = client.send_goal_async(goal, feedback_callback=lambda message: feedback.append(message.feedback))
        return Running(self, self.wait(future), feedback)

    def run(self, action: Any, name: str, goal: Any, timeout: float = 60.0) -> tuple[str, Any]:
        return self.start(action, name, goal).result(timeout)

    def call(self, service: Any, name: str, request: Any = None) -> Any:
        client = self._services.get(name) or self._services.setdefault(name, self.node.create_client(service, name))
        self.until(client.service_is_ready, 20.0, f"service {name}")
        return self.wait(client.call_async(service.Request() if request is None else request))

    def listen(self, kind: Any, topic: str, qos: Any = LATCHED) -> list[Any]:
        """Return a list that the messages of a topic are appended to."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, qos)
        return messages

    def spin(self, seconds: float) -> None:
        """Handle messages for some seconds of wall time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.02)

    def distance_to(self, x: float, y: float) -> float:
        assert self.pose is not None
        return math.hypot(self.pose[0] - x, self.pose[1] - y)

    def _on_pose(self, msg: Any) -> None:
        p, q = msg.pose.pose.position, msg.pose.pose.orientation
        self.pose = (p.x, p.y, 2.0 * math.atan2(q.z, q.w))


def pose(x: float, y: float, theta: float = 0.0, frame: str = "map") -> Any:
    """Return a PoseStamped."""
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = float(x), float(y)
    message.pose.orientation.z, message.pose.orientation.w = math.sin(theta / 2), math.cos(theta / 2)
    return message


class EmbeddedRobot:
    """`amr nav2 robot` as a process, and a client of it."""

    def __init__(self, folder: Path, *, rtf: str = "10", site: str = "lab") -> None:
        self.log = folder / "robot.log"
        environment = {k: v for k, v in os.environ.items() if k != "ROS_DOMAIN_ID"}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [AMR, "nav2", "robot", "--site", site, "--rtf", rtf],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        end, found = time.monotonic() + 90.0, None
        while found is None:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, f"the robot did not start\n{self.log.read_text()}"
            time.sleep(0.1)
            found = re.search(r"robot (\S+): ROS_DOMAIN_ID=(\d+)", self.log.read_text())
        self.client = Nav2Client(found[1], int(found[2]))
        self._rtf = float(rtf)

    def pause(self, paused: bool) -> None:
        """Stop the simulated world, so that it costs nothing while nobody looks, or let it go on."""
        request = SetSimSpeed.Request(rtf=self._rtf, paused=paused)
        assert self.client.call(SetSimSpeed, "/sim/set_speed", request).accepted

    def stop(self) -> None:
        self.client.close()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(15.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
