"""Messages to plain values and back. Poses are in metres and radians, times in seconds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Pose, PoseStamped, Quaternion
from nav_msgs.msg import Path

from amr_core.geometry import Pose2D
from amr_ros.steady import SteadyClock

_NS = 1_000_000_000
_FAR = 1e6  # m: no site is as large, and products of such numbers still are numbers
_clock: SteadyClock | None = None


def use_clock(clock: SteadyClock | None) -> None:
    """Say what this process runs by, so that stamps are those of its computer's clock, also after that was set.

    One clock a process, as a computer has one. Only the host calls this; None: simulation, stamps are its time.
    """
    global _clock
    _clock = clock


def quaternion_to_yaw(q: Any) -> float:
    """Return the rotation about z of a geometry_msgs/Quaternion, in (-pi, pi]."""
    return math.atan2(2.0 * (q.w * q.z + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z))


def yaw_to_quaternion(yaw: float) -> Quaternion:
    """Return the rotation about z."""
    return Quaternion(z=math.sin(yaw / 2.0), w=math.cos(yaw / 2.0))


def pose_from_msg(pose: Any) -> Pose2D:
    """Return the planar part of a Pose, PoseStamped, PoseWithCovariance or PoseWithCovarianceStamped."""
    while hasattr(pose, "pose"):
        pose = pose.pose
    return Pose2D(pose.position.x, pose.position.y, quaternion_to_yaw(pose.orientation))


def sound(message: Any) -> Any:
    """Return an Odometry or PoseWithCovarianceStamped; ValueError unless its numbers are finite and of this world.

    For those who keep it for later: what is wrong with it must be found where it can still be refused.
    """
    twist = message.twist.twist if hasattr(message, "twist") else None
    speeds = () if twist is None else (twist.linear.x, twist.linear.y, twist.angular.z)
    for number in (*pose_from_msg(message), *speeds):
        if not abs(number) < _FAR:
            raise ValueError(f"{number} is no place or speed of a robot")
    return message


def pose_to_msg(pose: Pose2D) -> Pose:
    """Return a geometry_msgs/Pose with z = 0."""
    msg = Pose()
    msg.position.x = float(pose.x)
    msg.position.y = float(pose.y)
    msg.orientation.z = math.sin(pose.theta / 2.0)
    msg.orientation.w = math.cos(pose.theta / 2.0)
    return msg


def pose_stamped(pose: Pose2D, frame_id: str, now: float) -> PoseStamped:
    """Return a geometry_msgs/PoseStamped."""
    msg = PoseStamped(pose=pose_to_msg(pose))
    msg.header.frame_id = frame_id
    msg.header.stamp = to_stamp(now)
    return msg


def to_stamp(seconds: float) -> Time:
    """Return a moment of this process's time as a builtin_interfaces/Time, rounded to nanoseconds."""
    ahead = 0.0 if _clock is None else _clock.offset
    sec, nanosec = divmod(max(0, round((seconds + ahead) * _NS)), _NS)
    return Time(sec=sec, nanosec=nanosec)


def from_stamp(stamp: Any) -> float:
    """Return a Time in seconds of this process's time."""
    moment = from_duration(stamp)
    return moment if _clock is None else _clock.own(moment)


def to_duration(seconds: float) -> Duration:
    """Return a builtin_interfaces/Duration, rounded to nanoseconds."""
    sec, nanosec = divmod(round(seconds * _NS), _NS)
    return Duration(sec=sec, nanosec=nanosec)


def from_duration(duration: Any) -> float:
    """Return a Duration in seconds."""
    return float(duration.sec) + float(duration.nanosec) * 1e-9


def path_to_array(path: Any) -> npt.NDArray[np.float64]:
    """Return the poses of a nav_msgs/Path as N x 3: x, y, theta."""
    return np.array([pose_from_msg(stamped) for stamped in path.poses], dtype=np.float64).reshape(-1, 3)


def array_to_path(points: npt.NDArray[np.float64], frame_id: str, now: float) -> Path:
    """Return a nav_msgs/Path from N x 3: x, y, theta."""
    path = Path(poses=[pose_stamped(Pose2D(*row), frame_id, now) for row in points.tolist()])
    path.header.frame_id = frame_id
    path.header.stamp = to_stamp(now)
    return path


def scan_ranges(scan: Any) -> npt.NDArray[np.float32]:
    """Return the ranges of a sensor_msgs/LaserScan in metres, as a view of the message's own memory."""
    return np.frombuffer(scan.ranges, dtype=np.float32)
