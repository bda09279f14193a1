"""Topics that steer without an action goal: cmd_vel_teleop, preempt_teleop, goal_pose."""

from __future__ import annotations

import math
from typing import Any

from geometry_msgs.msg import PoseStamped, Twist
from nav2_msgs.action import NavigateToPose
from std_msgs.msg import Empty

from amr_core.geometry import Twist2D
from amr_navigation.nodes.core import Core
from amr_navigation.servers.teleop import AssistedTeleop
from amr_ros import qos
from amr_ros.actions import ActionPort


class TeleopTopics:
    """Feeds AssistedTeleop; turns goal_pose into a goal of NavigateToPose, as bt_navigator does."""

    def __init__(self, core: Core) -> None:
        self._core = core
        behaviour, bt = core.servers["behavior_server"], core.servers["bt_navigator"]
        behaviour.create_subscription(Twist, "cmd_vel_teleop", self._on_twist, qos.RELIABLE)
        behaviour.create_subscription(Empty, "preempt_teleop", self._on_preempt, qos.RELIABLE)
        bt.create_subscription(PoseStamped, "goal_pose", self._on_goal, qos.RELIABLE)
        self._port: ActionPort | None = None
        self._goal: Any = None

    def tick(self, _now: float) -> None:
        """Send the goal that came on goal_pose once its own server is in reach."""
        if self._goal is None:
            return
        if self._port is None:
            self._port = ActionPort(self._core.servers["bt_navigator"], NavigateToPose, "navigate_to_pose")
        if self._port.ready:
            self._port.send(NavigateToPose.Goal(pose=self._goal), on_done=lambda _call: None)
            self._goal = None

    def _on_goal(self, msg: Any) -> None:
        self._goal = msg

    def _on_twist(self, msg: Any) -> None:
        motion, twist = self._core.navigator.motion, Twist2D(msg.linear.x, msg.angular.z)
        if isinstance(motion, AssistedTeleop) and math.isfinite(twist.v) and math.isfinite(twist.w):
            motion.command(twist)

    def _on_preempt(self, _msg: Any) -> None:
        motion = self._core.navigator.motion
        if isinstance(motion, AssistedTeleop):
            motion.release()
