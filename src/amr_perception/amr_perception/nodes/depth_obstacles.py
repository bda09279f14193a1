"""The part of the perception node that turns depth images into marking and clearing clouds for an obstacle layer."""

from __future__ import annotations

import sys
from array import array
from typing import Any, Literal

import numpy as np
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.own_camera import OwnCamera
from amr_perception.depth.health import DepthHealth
from amr_perception.depth.obstacles import ObstacleFinder
from amr_perception.depth.rays import DepthArray, DepthMount, DepthRays, Points
from amr_perception.depth.watch import DepthWatch
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import camera_matrix, check_stamp
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode

_SILENT_S = 1.0  # as docs/perception.md says: then the robot goes at 0.3 m/s; shorter would do so for one lost burst
_TYPES = {"32FC1": (np.float32, 1.0), "16UC1": (np.uint16, 0.001)}
_MOST_PX = 4096


class DepthObstacles:
    """Publishes depth/obstacles and depth/clearing (base_link). blind: why nothing can be called free, or ""."""

    def __init__(self, node: AmrNode, complaints: Complaints, mount: DepthMount) -> None:
        self._complaints = complaints
        self._rays, self._finder, self._watch = DepthRays(mount), ObstacleFinder(), DepthWatch(mount)
        self._health = DepthHealth()
        self._image: Any = None
        self._info: Any = None
        self._last = 0.0
        self._heard: float | None = None
        self.blind = "no depth image yet"
        self._obstacles = node.create_publisher(PointCloud2, "depth/obstacles", qos.SENSOR)
        self._clearing = node.create_publisher(PointCloud2, "depth/clearing", qos.SENSOR)
        node.create_subscription(Image, "depth_camera/image_raw", self._on_image, qos.SENSOR)
        node.create_subscription(CameraInfo, "depth_camera/camera_info", self._on_info, qos.SENSOR)

    def tick(self, now: float, pose: Pose2D | None = None) -> None:
        """Look at the newest image. pose: where the robot is; a picture that does not change while it moves is none."""
        image, self._image = self._image, None
        if image is None:
            if self._heard is not None and abs(now - self._heard) > _SILENT_S:
                self.blind = "no depth images"
            if self._heard is None or abs(now - self._heard) > _SILENT_S:
                self._health.silent(now)
            return
        try:
            self._look(now, image, pose)
        except AmrError as error:
            self.blind = str(error)
            self._health.take(now, "bad_picture", pose)
            self._complaints.add(now, error)
            self._last = min(self._last, now)

    def health(self, now: float) -> OwnCamera | None:
        """Return how the depth camera is at now (s), for people; None while nothing is known of it."""
        return self._health.camera(now)

    def _look(self, now: float, image: Any, pose: Pose2D | None) -> None:
        stamp = self._last = check_stamp(from_stamp(image.header.stamp), now, self._last, "depth_camera/image_raw")
        if self._info is None:
            raise AmrError("message.invalid", topic="depth_camera/camera_info", reason="none came")
        matrix, _ = camera_matrix(self._info, image.width, image.height)
        depth = depth_to_array(image)
        points = self._rays.points(depth, matrix)
        scene = self._finder.find(points, self._rays.pixel)
        self._heard = now
        state = self._watch.look(depth, points, self._rays.rays, now=now, stamp=stamp, pose=pose)
        self._health.take(now, state.code, pose)
        reason = state.reason or scene.reason
        self.blind = f"depth: {reason}" if reason else ""
        # An image that is not trusted has no clearing points: nothing is freed by what could not be seen, and without
        # any, whoever drives by the clouds knows that the camera is blind. What it did see counts nevertheless.
        self._clearing.publish(cloud_to_msg(scene.clearing[:0] if reason else scene.clearing, image.header.stamp))
        if not reason or (len(scene.obstacles) and not state.wrong):
            self._obstacles.publish(cloud_to_msg(scene.obstacles, image.header.stamp))

    def _on_image(self, message: Any) -> None:
        self._image = message

    def _on_info(self, message: Any) -> None:
        self._info = message


def depth_to_array(message: Any) -> DepthArray:
    """Return a depth image (32FC1 in m, 16UC1 in mm) as float32 metres. Raises message.invalid."""
    topic = "depth_camera/image_raw"
    kind = _TYPES.get(message.encoding)
    if kind is None:
        raise AmrError("message.invalid", topic=topic, reason=f"encoding {message.encoding!r}")
    size = np.dtype(kind[0]).itemsize
    height, width, step = message.height, message.width, message.step
    if not (16 <= height <= _MOST_PX and 16 <= width <= _MOST_PX):
        raise AmrError("message.invalid", topic=topic, reason=f"size {width} x {height}")
    if step < width * size or step % size or len(message.data) != step * height:
        raise AmrError("message.invalid", topic=topic, reason=f"{len(message.data)} bytes, step {step}")
    order: Literal[">", "<"] = ">" if message.is_bigendian else "<"
    values = np.frombuffer(message.data, np.dtype(kind[0]).newbyteorder(order)).reshape(height, step // size)
    return np.asarray(values[:, :width] * np.float32(kind[1]), dtype=np.float32)


def cloud_to_msg(points: Points, stamp: Any) -> PointCloud2:
    """Return points (N x 3, base_link, m) as a PointCloud2 with x, y, z."""
    fields = [PointField(name=n, offset=4 * k, datatype=PointField.FLOAT32, count=1) for k, n in enumerate("xyz")]
    message = PointCloud2(
        height=1, width=len(points), fields=fields, point_step=12, row_step=12 * len(points), is_dense=True
    )
    message.is_bigendian = sys.byteorder == "big"
    message.header.frame_id, message.header.stamp = "base_link", stamp
    message.data = array("B", np.ascontiguousarray(points, dtype=np.float32).tobytes())
    return message
