"""The clouds of the depth camera as an observation source, as Nav2's obstacle layer and collision monitor have it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_navigation.nodes.core import Core
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode

_MOST_POINTS = 200_000


class DepthSource:
    """Reads depth/clearing and depth/obstacles. bad: messages that could not be used, by topic."""

    def __init__(self, node: AmrNode, core: Core) -> None:
        self._node, self._core = node, core
        self._clearing: tuple[float, FloatArray] = (-1.0, np.empty((0, 3)))
        self.bad: Counter[str] = Counter()
        core.navigator.depth.wanted = True
        node.create_subscription(PointCloud2, "depth/clearing", self._on_clearing, qos.SENSOR)
        node.create_subscription(PointCloud2, "depth/obstacles", self._on_obstacles, qos.SENSOR)

    def _on_clearing(self, message: Any) -> None:
        points = self._read("depth/clearing", message)
        if points is not None:
            self._clearing = from_stamp(message.header.stamp), points

    def _on_obstacles(self, message: Any) -> None:
        points = self._read("depth/obstacles", message)
        if points is None:
            return
        stamp = from_stamp(message.header.stamp)
        told, clearing = self._clearing
        self._core.navigator.add_depth(stamp, points, clearing if told == stamp else clearing[:0])

    def _read(self, topic: str, message: Any) -> FloatArray | None:
        try:
            return cloud_from_msg(topic, message)
        except AmrError as error:
            self.bad[topic] += 1
            if self.bad[topic] & (self.bad[topic] - 1) == 0:  # 1, 2, 4, ...: a broken driver must not fill the log
                self._node.get_logger().warning(f"{error} ({self.bad[topic]} so far)")
            return None


def cloud_from_msg(topic: str, message: Any) -> FloatArray:
    """Return the finite points (N x 3, m) of a PointCloud2 in base_link, or raise message.invalid."""
    places = {f.name: f for f in message.fields}
    xyz = [places.get(name) for name in "xyz"]
    if any(f is None or f.datatype != PointField.FLOAT32 or f.offset + 4 > message.point_step for f in xyz):
        raise AmrError("message.invalid", topic=topic, reason="x, y and z as FLOAT32 expected")
    if message.header.frame_id.lstrip("/") != "base_link":
        raise AmrError("message.invalid", topic=topic, reason=f"frame {message.header.frame_id[:32]!r}")
    count, size = message.width * message.height, len(message.data)
    packed = message.height <= 1 or message.row_step == message.width * message.point_step
    if count > _MOST_POINTS or size != count * message.point_step or not packed:
        raise AmrError("message.invalid", topic=topic, reason=f"{size} bytes for {count} points")
    if message.is_bigendian != (sys.byteorder == "big"):
        raise AmrError("message.invalid", topic=topic, reason="byte order")
    data = np.frombuffer(message.data, dtype=np.uint8).reshape(count, message.point_step)
    columns = [data[:, f.offset : f.offset + 4].copy().view(np.float32)[:, 0] for f in xyz if f is not None]
    points = np.column_stack(columns).astype(np.float64)
    return np.asarray(points[np.isfinite(points).all(axis=1)])
