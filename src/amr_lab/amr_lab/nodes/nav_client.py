"""A plain Nav2 client of one robot for measurements: no part of it knows who answers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from amr_core.dds_interfaces import mean_localhost
from amr_core.geometry import Pose2D
from amr_interfaces.msg import GroundTruth

LIMIT = 240.0
"""Seconds of wall time that anything may take: the machine may be busy, and simulated time slower than a clock."""
CALLS = 6
STATUS = {
    GoalStatus.STATUS_SUCCEEDED: "SUCCEEDED",
    GoalStatus.STATUS_ABORTED: "ABORTED",
    GoalStatus.STATUS_CANCELED: "CANCELED",
}


class Goal:
    """A goal that was sent. feedback: what came of it, with the wall time."""

    def __init__(self, client: NavClient, handle: Any, feedback: list[tuple[float, Any]]) -> None:
        self._client, self._handle, self.feedback = client, handle, feedback
        self.result: Any = None
        self._future = handle.get_result_async() if handle.accepted else None

    def end(self, limit: float = LIMIT) -> str:
        """Return how it ended: status and error code, REJECTED, or that it did not end within limit s of wall time."""
        if self._future is None:
            return "REJECTED"
        if not self._client.until(self._future.done, limit):
            self._client.until(self._handle.cancel_goal_async().done, 10.0)
            return f"no end within {limit:.0f} s"
        answer = self._future.result()
        self.result = answer.result
        return f"{STATUS[answer.status]} {getattr(answer.result, 'error_code', 0)}"

    def cancel(self) -> str:
        """Cancel it; return how it ended."""
        if self._future is None:
            return "REJECTED"
        self._client.until(self._handle.cancel_goal_async().done, 20.0)
        return self.end()


class NavClient:
    """Actions, services and ground truth of one robot."""

    def __init__(self, robot: str) -> None:
        self.robot = robot
        mean_localhost()
        self._context = Context()
        rclpy.init(context=self._context)
        self.node = Node("nav_client", namespace=robot, context=self._context, use_global_arguments=False)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Any] = {}
        self.truth: Any = None
        self.node.create_subscription(GroundTruth, "/sim/ground_truth", self._on_truth, 10)

    def close(self) -> None:
        """Leave the graph."""
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def _on_truth(self, message: Any) -> None:
        self.truth = message

    @property
    def body(self) -> Any:
        """The robot by ground truth."""
        self.until(lambda: self.truth is not None, LIMIT)
        return next(body for body in self.truth.bodies if body.name == self.robot)

    @property
    def pose(self) -> Pose2D:
        """Where the robot truly is (map)."""
        return Pose2D(self.body.x, self.body.y, self.body.theta)

    @property
    def now(self) -> float:
        """Simulated seconds of the newest ground truth."""
        return float(self.truth.stamp.sec + self.truth.stamp.nanosec * 1e-9) if self.truth is not None else 0.0

    def until(self, predicate: Callable[[], bool], seconds: float) -> bool:
        """Handle messages until predicate() holds; tell whether it ever did."""
        end = time.monotonic() + seconds
        while not predicate() and time.monotonic() < end:
            self._executor.spin_once(timeout_sec=0.05)
        return predicate()

    def moving(self, seconds: float = 60.0) -> bool:
        """Wait until the robot drives or turns; tell whether it ever did."""
        start = self.pose
        return self.until(
            lambda: math.dist(start[:2], self.pose[:2]) > 0.15 or abs(self.pose.theta - start.theta) > 0.15, seconds
        )

    def send(self, kind: Any, name: str, goal: Any) -> Goal:
        """Send a goal. Raises TimeoutError when nobody serves the action or answers."""
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = ActionClient(self.node, kind, name)
        if not self.until(client.server_is_ready, LIMIT):
            raise TimeoutError(f"nobody serves {name}")
        feedback: list[tuple[float, Any]] = []
        answer = client.send_goal_async(goal, feedback_callback=lambda m: feedback.append((self.now, m.feedback)))
        if not self.until(answer.done, LIMIT):
            raise TimeoutError(f"{name} does not answer")
        return Goal(self, answer.result(), feedback)

    def run(self, kind: Any, name: str, goal: Any) -> str:
        """Send a goal and return how it ended."""
        return self.send(kind, name, goal).end()

    def call(self, kind: Any, name: str, request: Any) -> Any:
        """Call a service, again when nobody answers: a request may be lost while two sides get to know each other.

        Raises TimeoutError.
        """
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = self.node.create_client(kind, name)
        if not self.until(client.service_is_ready, LIMIT):
            raise TimeoutError(f"nobody serves {name}")
        for _ in range(CALLS):
            future = client.call_async(request)
            if self.until(future.done, LIMIT / CALLS):
                return future.result()
        raise TimeoutError(f"{name} does not answer")


def stamped(x: float, y: float, yaw: float = 0.0, frame: str = "map") -> PoseStamped:
    """Return a pose; stamp 0: the newest transform."""
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x, message.pose.position.y = float(x), float(y)
    message.pose.orientation.z, message.pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
    return message


def path(points: Sequence[tuple[float, float]], frame: str = "map") -> Path:
    """Return a path through points (m), each looking at the next."""
    message = Path()
    message.header.frame_id = frame
    for index, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(0, min(index, len(points) - 2))], points[min(index + 1, len(points) - 1)]
        yaw = math.atan2(by - ay, bx - ax) if (ax, ay) != (bx, by) else 0.0
        message.poses.append(stamped(x, y, yaw, frame))
    return message
