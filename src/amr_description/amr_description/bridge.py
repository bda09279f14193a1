"""The ros_gz bridge of a robot: which Gazebo topic is which ROS topic (docs/topics.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import yaml

from amr_core.doors import leaf_topic
from amr_core.site.generators.movers import JOINTS, mover_topic


class Bridged(NamedTuple):
    """One bridged topic: names without the robot's namespace, gz empty when both are the same."""

    ros: str
    type: str
    gz_type: str
    to_ros: bool = True
    gz: str = ""
    lazy: bool = False


TOPICS = (
    Bridged("scan_front", "sensor_msgs/msg/LaserScan", "gz.msgs.LaserScan"),
    Bridged("scan_rear", "sensor_msgs/msg/LaserScan", "gz.msgs.LaserScan"),
    Bridged("imu", "sensor_msgs/msg/Imu", "gz.msgs.IMU", lazy=True),
    Bridged("camera/image_raw", "sensor_msgs/msg/Image", "gz.msgs.Image", lazy=True),
    Bridged("camera/camera_info", "sensor_msgs/msg/CameraInfo", "gz.msgs.CameraInfo", lazy=True),
    Bridged("depth_camera/image_raw", "sensor_msgs/msg/Image", "gz.msgs.Image", lazy=True),
    Bridged("depth_camera/camera_info", "sensor_msgs/msg/CameraInfo", "gz.msgs.CameraInfo", lazy=True),
    Bridged("joint_states", "sensor_msgs/msg/JointState", "gz.msgs.Model"),
    Bridged("base/cmd_vel", "geometry_msgs/msg/Twist", "gz.msgs.Twist", to_ros=False),
    Bridged("base/load_joint", "std_msgs/msg/Float64", "gz.msgs.Double", to_ros=False),
    Bridged("base/odom", "nav_msgs/msg/Odometry", "gz.msgs.Odometry"),
    Bridged("base/pose", "nav_msgs/msg/Odometry", "gz.msgs.Odometry"),
    Bridged(
        "base/battery", "sensor_msgs/msg/BatteryState", "gz.msgs.BatteryState", gz="/model/{robot}/battery/main/state"
    ),
    Bridged(
        "base/charge_start",
        "std_msgs/msg/Bool",
        "gz.msgs.Boolean",
        to_ros=False,
        gz="/model/{robot}/battery/main/recharge/start",
    ),
    Bridged(
        "base/charge_stop",
        "std_msgs/msg/Bool",
        "gz.msgs.Boolean",
        to_ros=False,
        gz="/model/{robot}/battery/main/recharge/stop",
    ),
)
# With Nav2 nobody else publishes odom -> base_link; the embedded navigation does it itself.
TF = Bridged("tf", "tf2_msgs/msg/TFMessage", "gz.msgs.Pose_V")


def bridge_config(robot: str, *, tf: bool) -> str:
    """Return the YAML for ros_gz_bridge's parameter_bridge (parameter config_file) of one robot."""
    return yaml.safe_dump([_entry(robot, topic) for topic in (*TOPICS, *((TF,) if tf else ()))], sort_keys=False)


def world_config(cameras: Iterable[str], doors: Iterable[str] = (), movers: Iterable[str] = ()) -> str:
    """Return the YAML of the world's bridge: /clock, leaves of doors, bodies of people and forklifts, fixed cameras.

    All are named by their ids; cameras are bridged while somebody looks.
    """
    entries = [_same("/clock", "rosgraph_msgs/msg/Clock", "gz.msgs.Clock", lazy=False)]
    for door in doors:
        entries += [
            _same(leaf_topic(door, "joint_states"), "sensor_msgs/msg/JointState", "gz.msgs.Model", lazy=False),
            _same(leaf_topic(door, "height"), "std_msgs/msg/Float64", "gz.msgs.Double", lazy=False, to_ros=False),
        ]
    for mover in movers:
        states = mover_topic(mover, "joint_states")
        entries.append(_same(states, "sensor_msgs/msg/JointState", "gz.msgs.Model", lazy=False))
        for joint in JOINTS:
            topic = mover_topic(mover, joint)
            entries.append(_same(topic, "std_msgs/msg/Float64", "gz.msgs.Double", lazy=False, to_ros=False))
    for camera in cameras:
        entries += [
            _same(f"/cameras/{camera}/image_raw", "sensor_msgs/msg/Image", "gz.msgs.Image", lazy=True),
            _same(f"/cameras/{camera}/camera_info", "sensor_msgs/msg/CameraInfo", "gz.msgs.CameraInfo", lazy=True),
        ]
    return yaml.safe_dump(entries, sort_keys=False)


def _same(topic: str, ros_type: str, gz_type: str, *, lazy: bool, to_ros: bool = True) -> dict[str, str | bool]:
    return {
        "ros_topic_name": topic,
        "gz_topic_name": topic,
        "ros_type_name": ros_type,
        "gz_type_name": gz_type,
        "direction": "GZ_TO_ROS" if to_ros else "ROS_TO_GZ",
        "lazy": lazy,
    }


def _entry(robot: str, topic: Bridged) -> dict[str, str | bool]:
    return {
        "ros_topic_name": f"/{robot}/{topic.ros}",
        "gz_topic_name": topic.gz.format(robot=robot) if topic.gz else f"/{robot}/{topic.ros}",
        "ros_type_name": topic.type,
        "gz_type_name": topic.gz_type,
        "direction": "GZ_TO_ROS" if topic.to_ros else "ROS_TO_GZ",
        "lazy": topic.lazy,
    }
