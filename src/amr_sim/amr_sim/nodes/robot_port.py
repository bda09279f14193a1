"""The topics and the action of one simulated robot base."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped, Twist
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import BatteryState, CameraInfo, Image, Imu, LaserScan
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from amr_core.robots import GRAVITY, VOLTAGE, CameraSpec, DepthCameraSpec, LidarSpec
from amr_interfaces.action import HandleLoad
from amr_ros import qos
from amr_ros.actions import ActionServerBridge, Preempt
from amr_ros.convert import from_stamp, yaw_to_quaternion
from amr_sim.engine import SimEngine
from amr_sim.lidar import RangeArray
from amr_sim.load import Handling, LoadCode
from amr_sim.nodes.odometry import state_variance
from amr_sim.scene import GreySolid
from amr_sim.truth import LocalizationLog

SCAN_PERIOD = 0.1  # s: SCAN_STEPS of the simulator; robots expect 10 Hz


class RobotPort:
    """Publishes the sensors of one robot and passes its commands to the engine. Messages are reused for speed."""

    def __init__(
        self,
        node: Node,
        pictures: Node,
        engine: SimEngine,
        robot: int,
        estimates: LocalizationLog,
        *,
        odom_tf: bool = False,
    ) -> None:
        """pictures: the node that sends those of its cameras."""
        self._engine = engine
        self._robot = robot
        self._estimates = estimates
        kind, prefix = engine.types[robot], f"/{engine.names[robot]}"
        self._odom = Publication(node, _odometry(), f"{prefix}/odom", qos.RELIABLE)
        self._scans = [Publication(node, _scan(s), f"{prefix}/scan_{s.name}", qos.RELIABLE) for s in kind.lidars]
        self._imu = Publication(node, Imu(), f"{prefix}/imu", qos.RELIABLE)
        self._battery = Publication(node, BatteryState(), f"{prefix}/battery_state", qos.RELIABLE)
        self._image = Publication(pictures, _image(kind.camera), f"{prefix}/camera/image_raw", qos.RELIABLE)
        self._info = Publication(pictures, _camera_info(kind.camera), f"{prefix}/camera/camera_info", qos.RELIABLE)
        depth = f"{prefix}/depth_camera"
        self._depth = Publication(pictures, _depth(kind.depth_camera), f"{depth}/image_raw", qos.RELIABLE)
        self._depth_info = Publication(pictures, _depth_info(kind.depth_camera), f"{depth}/camera_info", qos.RELIABLE)
        self._load = node.create_publisher(String, f"{prefix}/load_state", qos.LATCHED)
        self._tf = node.create_publisher(TFMessage, f"{prefix}/tf", qos.RELIABLE) if odom_tf else None
        self._imu.message.header.frame_id = "base_link"
        self._load.publish(String(data=engine.loads.on_board[robot]))
        node.create_subscription(Twist, f"{prefix}/cmd_vel", self._on_command, qos.RELIABLE)
        node.create_subscription(PoseWithCovarianceStamped, f"{prefix}/amcl_pose", self._on_estimate, qos.RELIABLE)
        self._handling: Handling | None = None
        self._action = ActionServerBridge(
            node,
            HandleLoad,
            f"{prefix}/handle_load",
            on_goal=self._on_goal,
            on_cancel=self._on_cancel,
            on_preempt=lambda _goal: Preempt.REJECT,
        )

    # --- in

    def _on_command(self, message: Any) -> None:
        self._engine.command(self._robot, message.linear.x, message.angular.z)

    def _on_estimate(self, message: Any) -> None:
        position = message.pose.pose.position
        self._estimates.observe(self._robot, from_stamp(message.header.stamp), position.x, position.y)

    def _on_goal(self, goal: Any) -> None:
        handling = self._engine.handle_load(self._robot, goal.operation, goal.load_id)
        self._handling = handling
        if handling.code is not None:
            self.handled(handling)

    def _on_cancel(self) -> None:
        self._engine.loads.cancel(self._robot)
        self._action.canceled()

    # --- out

    def handled(self, handling: Handling) -> None:
        """Report the end of a load operation."""
        code = handling.code if handling.code is not None else LoadCode.UNKNOWN
        result = HandleLoad.Result(success=code is LoadCode.NONE, error_code=int(code))
        if code is LoadCode.NONE:
            self._load.publish(String(data=self._engine.loads.on_board[self._robot]))
            self._action.succeed(result)
        else:
            self._action.abort(result)

    def feedback(self) -> None:
        """Report the progress of a running load operation."""
        if self._action.active and self._handling is not None:
            self._action.feedback(HandleLoad.Feedback(progress=float(self._handling.progress)))

    def publish_motion(self, stamp: Time) -> None:
        """Publish wheel odometry, and the IMU to those who want it."""
        x, y, theta, v, w = self._engine.bases.odometry[self._robot].tolist()
        message = self._odom.message
        pose, twist = message.pose.pose, message.twist.twist
        pose.position.x, pose.position.y, pose.orientation = x, y, yaw_to_quaternion(theta)
        twist.linear.x, twist.angular.z = v, w
        self._odom.publish(stamp)
        if self._tf is not None:
            frame = TransformStamped(header=message.header, child_frame_id="base_link")
            frame.transform.translation.x, frame.transform.translation.y = x, y
            frame.transform.rotation = pose.orientation
            self._tf.publish(TFMessage(transforms=[frame]))
        if self._imu.wanted:
            imu = self._imu.message
            true = self._engine.bases.state[self._robot].tolist()
            imu.orientation = yaw_to_quaternion(true[2])
            imu.angular_velocity.z = true[4]
            imu.linear_acceleration.y, imu.linear_acceleration.z = true[3] * true[4], GRAVITY
            self._imu.publish(stamp)

    def publish_scans(self, stamp: Time, ranges: RangeArray) -> None:
        """Publish ranges (2, beams); a lidar that is off is silent."""
        for k, scan in enumerate(self._scans):
            if not self._engine.lidars.off[2 * self._robot + k]:
                scan.message.ranges = array("f", ranges[k].tobytes())
                scan.publish(stamp)

    def publish_camera(self, stamp: Time) -> None:
        """Render and publish the picture if anybody looks."""
        if self._image.wanted:
            self._info.publish(stamp)
            self._image.message.data = array("B", self._engine.camera(self._robot).tobytes())
            self._image.publish(stamp)

    @property
    def depth_wanted(self) -> bool:
        """Whether anybody looks at the depth picture."""
        return self._depth.wanted

    def publish_depth(self, stamp: Time, moving: Sequence[GreySolid]) -> None:
        """Render and publish the depth picture. moving: what moves in the world."""
        self._depth_info.publish(stamp)
        self._depth.message.data = array("B", self._engine.depth(self._robot, moving).tobytes())
        self._depth.publish(stamp)

    def publish_battery(self, stamp: Time) -> None:
        """Publish charge and current."""
        batteries, message = self._engine.batteries, self._battery.message
        charging = bool(batteries.charging[self._robot])
        message.voltage, message.present = VOLTAGE, True
        message.current = float(batteries.current[self._robot])
        message.percentage = float(batteries.soc[self._robot])
        message.power_supply_status = (
            BatteryState.POWER_SUPPLY_STATUS_CHARGING if charging else BatteryState.POWER_SUPPLY_STATUS_DISCHARGING
        )
        self._battery.publish(stamp)


class Publication:
    """A publisher and the one message it sends again and again."""

    def __init__(self, node: Node, message: Any, topic: str, profile: Any) -> None:
        self.message = message
        self._publisher = node.create_publisher(type(message), topic, profile)
        self._publish: Callable[[Any], None] = self._publisher.publish

    @property
    def wanted(self) -> bool:
        """Whether anybody is subscribed."""
        return bool(self._publisher.get_subscription_count())

    def publish(self, stamp: Time) -> None:
        """Send the message as it is now."""
        self.message.header.stamp = stamp
        self._publish(self.message)


def _odometry() -> Any:
    message = Odometry(child_frame_id="base_link")
    message.header.frame_id = "odom"
    state_variance(message)
    return message


def _scan(spec: LidarSpec) -> Any:
    message = LaserScan(
        angle_min=-spec.field_of_view / 2,
        angle_max=spec.field_of_view / 2,
        angle_increment=spec.field_of_view / (spec.beams - 1),
        scan_time=SCAN_PERIOD,
        range_min=spec.range_min,
        range_max=spec.range_max,
    )
    message.header.frame_id = f"lidar_{spec.name}"
    return message


def _image(spec: CameraSpec) -> Any:
    message = Image(height=spec.height, width=spec.width, encoding="mono8", step=spec.width)
    message.header.frame_id = "camera"
    return message


def _depth(spec: DepthCameraSpec) -> Any:
    message = Image(height=spec.height, width=spec.width, encoding="32FC1", step=4 * spec.width)
    message.is_bigendian = sys.byteorder == "big"
    message.header.frame_id = "depth_camera_optical"
    return message


def _depth_info(spec: DepthCameraSpec) -> Any:
    message = _camera_info(spec)
    message.header.frame_id = "depth_camera_optical"
    return message


def _camera_info(spec: CameraSpec | DepthCameraSpec) -> Any:
    cx, cy = (spec.width - 1) / 2, (spec.height - 1) / 2
    message = CameraInfo(height=spec.height, width=spec.width, distortion_model="plumb_bob", d=[0.0] * 5)
    message.k = [spec.focal, 0.0, cx, 0.0, spec.focal, cy, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    message.p = [spec.focal, 0.0, cx, 0.0, 0.0, spec.focal, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    message.header.frame_id = "camera"
    return message
