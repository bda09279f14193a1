"""What the navigation publishes: command, frames, pose, plans, states. Messages are built once and refilled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped, Twist
from nav2_msgs.msg import CollisionMonitorState
from nav_msgs.msg import Path
from rclpy.publisher import Publisher
from std_msgs.msg import Float32, String
from tf2_msgs.msg import TFMessage

from amr_core.geometry import FloatArray, Pose2D, Twist2D
from amr_core.robots import RobotType
from amr_navigation.localization.confidence import told_doubt
from amr_navigation.monitor.collision import ACTION_TYPES
from amr_navigation.navigator.engine import Navigator, Output
from amr_ros import qos
from amr_ros.convert import array_to_path, to_stamp
from amr_ros.node import AmrNode

# s; chosen: with each scan, for the eye, for states that hardly change
TF_PERIOD, POSE_PERIOD, SLOW_PERIOD = 0.1, 0.2, 0.5
LOCAL_PLAN = 4.0  # m of the path ahead that are shown: as far as MPPI looks at top speed, or so
CHAIN = ("cmd_vel_nav", "cmd_vel_smoothed")
"""Nav2's topics before the collision monitor: what the motion wants, which keeps to the limits of acceleration."""


class Reporter:
    """Owns the publishers of a robot's navigation."""

    def __init__(self, node: AmrNode, robot: RobotType, *, odom_tf: bool) -> None:
        self._node = node
        self._command = node.create_publisher(Twist, "cmd_vel", qos.RELIABLE)
        self._chain = [node.create_publisher(Twist, name, qos.RELIABLE) for name in CHAIN]
        self._tf = node.create_publisher(TFMessage, "tf", qos.RELIABLE)
        self._static = node.create_publisher(TFMessage, "tf_static", qos.LATCHED)
        self._pose = node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", qos.LATCHED)
        self._score = node.create_publisher(Float32, "localization_score", qos.RELIABLE)
        self._doubt_out = node.create_publisher(String, "localization_doubt", qos.LATCHED)
        self._plan = node.create_publisher(Path, "plan", qos.RELIABLE)
        self._local = node.create_publisher(Path, "local_plan", qos.RELIABLE)
        self._monitor = node.create_publisher(CollisionMonitorState, "collision_monitor_state", qos.RELIABLE)
        self._blocked = node.create_publisher(String, "blocked_by", qos.LATCHED)
        self._odom_tf = odom_tf
        self._twist, self._estimate = Twist(), PoseWithCovarianceStamped()
        self._estimate.header.frame_id = "map"
        self._frames = TFMessage(transforms=[_frame("map", "odom"), _frame("odom", "base_link")][: 1 + odom_tf])
        self._state = ("DO_NOTHING", "")
        self._blocker = self._doubt = ""
        self._heard: list[Publisher] = []
        self._next = dict.fromkeys(("tf", "pose", "slow", "chain"), -math.inf)
        self._stamp = -math.inf
        self._path: FloatArray | None = None
        self._static.publish(_mounts(robot))
        self._blocked.publish(String())

    def show_plan(self, path: FloatArray) -> None:
        """Publish a plan (N x 3, map frame) that a client has asked for."""
        if self._plan.get_subscription_count():
            self._plan.publish(array_to_path(path, "map", self._node.now))

    def report(self, now: float, out: Output, navigator: Navigator, *, localized: bool = True) -> None:
        """Publish what is due after a step; no pose and no map frame without a localisation that knows one."""
        self._commands(now, out)
        self._states(out)
        if navigator.pose is None or not localized:
            return
        if not navigator.localizer.known:
            if self._due("slow", now, SLOW_PERIOD):
                self._tell_confidence(navigator)
            return
        if self._due("tf", now, TF_PERIOD) and self._tf.get_subscription_count():
            self._publish_frames(navigator)
        if navigator.localizer.estimate.stamp > self._stamp and self._due("pose", now, POSE_PERIOD):
            self._publish_pose(navigator)
        self._plans(now, navigator)
        if self._due("slow", now, SLOW_PERIOD):
            self._tell_confidence(navigator)
            self._publish_local(now, navigator)

    def _tell_confidence(self, navigator: Navigator) -> None:
        confidence = navigator.localizer.confidence
        doubt = told_doubt(confidence, self._doubt)
        if doubt != self._doubt:
            self._doubt = doubt
            self._doubt_out.publish(String(data=doubt))
        self._score.publish(Float32(data=float(confidence.value)))

    def _commands(self, now: float, out: Output) -> None:
        if self._due("chain", now, SLOW_PERIOD):
            self._heard = [publisher for publisher in self._chain if publisher.get_subscription_count()]
        if out.wanted is not None and self._heard:
            _fill_twist(self._twist, out.wanted)
            for publisher in self._heard:
                publisher.publish(self._twist)
        if out.command is not None:
            _fill_twist(self._twist, out.command)
            self._command.publish(self._twist)

    def _due(self, name: str, now: float, period: float) -> bool:
        if now < self._next[name] - 1e-6:
            return False
        self._next[name] = now + period
        return True

    def _states(self, out: Output) -> None:
        if out.blocked != self._blocker:
            self._blocker = out.blocked
            self._blocked.publish(String(data=out.blocked))
        state = (out.verdict.action, out.verdict.polygon)
        if state != self._state:
            self._state = state
            self._monitor.publish(CollisionMonitorState(action_type=ACTION_TYPES[state[0]], polygon_name=state[1]))

    def _publish_frames(self, navigator: Navigator) -> None:
        stamp, odom = navigator.localizer.odometry.samples[-1]
        _fill(self._frames.transforms[0], navigator.localizer.map_to_odom, stamp)
        if self._odom_tf:
            _fill(self._frames.transforms[1], odom, stamp)
        self._tf.publish(self._frames)

    def _publish_pose(self, navigator: Navigator) -> None:
        estimate, message = navigator.localizer.estimate, self._estimate
        self._stamp = estimate.stamp
        message.header.stamp = to_stamp(estimate.stamp)
        pose, c = message.pose.pose, estimate.covariance
        pose.position.x, pose.position.y = estimate.pose.x, estimate.pose.y
        pose.orientation.z, pose.orientation.w = math.sin(estimate.pose.theta / 2), math.cos(estimate.pose.theta / 2)
        covariance = np.zeros(36)
        covariance[[0, 1, 6, 7, 35]] = c[0, 0], c[0, 1], c[1, 0], c[1, 1], c[2, 2]
        message.pose.covariance = covariance
        self._pose.publish(message)

    def _plans(self, now: float, navigator: Navigator) -> None:
        path = navigator.motion.path if navigator.motion is not None else None
        if path is None or path is self._path or len(path) == 0:
            return
        self._path = path
        if self._plan.get_subscription_count():
            self._plan.publish(array_to_path(path, "map", now))

    def _publish_local(self, now: float, navigator: Navigator) -> None:
        tracker = navigator.motion.tracker if navigator.motion is not None else None
        if tracker is not None and self._local.get_subscription_count():
            poses = tracker.ahead(LOCAL_PLAN)
            if len(poses):
                self._local.publish(array_to_path(poses, "map", now))


def _frame(parent: str, child: str) -> Any:
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    return message


def _fill_twist(message: Any, twist: Twist2D) -> None:
    message.linear.x, message.angular.z = float(twist.v), float(twist.w)


def _fill(message: Any, pose: Pose2D, stamp: float) -> None:
    message.header.stamp = to_stamp(stamp)
    t = message.transform
    t.translation.x, t.translation.y = float(pose.x), float(pose.y)
    t.rotation.z, t.rotation.w = math.sin(pose.theta / 2), math.cos(pose.theta / 2)


def _mounts(robot: RobotType) -> Any:
    """Return the fixed frames: lidars, camera, and the camera's optical frame."""
    frames = []
    for lidar in robot.lidars:
        frames.append(_frame("base_link", f"lidar_{lidar.name}"))
        _fill(frames[-1], lidar.mount, 0.0)
        frames[-1].transform.translation.z = lidar.height
    frames.append(_frame("base_link", "camera"))
    frames[-1].transform.translation.x, frames[-1].transform.translation.z = robot.camera.x, robot.camera.z
    optical = _frame("camera", "camera_optical")
    r = optical.transform.rotation
    r.x, r.y, r.z, r.w = -0.5, 0.5, -0.5, 0.5
    frames.append(optical)
    return TFMessage(transforms=frames)
