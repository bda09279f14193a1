"""Tells the robot's agent how the robot's own camera is: once a second after its first use, and when that changes."""

from __future__ import annotations

import math

from amr_core.own_camera import OwnCamera
from amr_interfaces.msg import RobotCamera
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.vda5050 import camera_to_msg

_EVERY_S = 1.0


class CameraTeller:
    """Publishes camera_health."""

    def __init__(self, node: AmrNode) -> None:
        self._out = node.create_publisher(RobotCamera, "camera_health", qos.SENSOR)
        self._told: tuple[str, bool] | None = None
        self._sent = -math.inf

    def tell(self, now: float, camera: OwnCamera | None) -> None:
        """Publish at now (s) how a camera is, if that is due; None: nobody has looked through it yet."""
        if camera is None:
            return
        state = (camera.reason, camera.in_use)
        if state == self._told and 0.0 <= now - self._sent < _EVERY_S:
            return
        self._told, self._sent = state, now
        self._out.publish(camera_to_msg(camera))
