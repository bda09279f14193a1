"""Tells the robot's agent how its own cameras are: once a second after their first use, and when that changes."""

from __future__ import annotations

import math

from amr_core.own_camera import OwnCamera
from amr_interfaces.msg import RobotCamera
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.vda5050 import camera_to_msg

_EVERY_S = 1.0  # the agent forgets a camera after 5 s: four words may be lost


class CameraTeller:
    """Publishes camera_health."""

    def __init__(self, node: AmrNode) -> None:
        self._out = node.create_publisher(RobotCamera, "camera_health", qos.SENSOR)
        self._told: dict[str, tuple[str, bool, float]] = {}

    def tell(self, now: float, camera: OwnCamera | None) -> None:
        """Publish at now (s) how a camera is, if that is due; None: nobody has looked through it yet."""
        if camera is None:
            return
        reason, in_use, sent = self._told.get(camera.camera, ("", False, -math.inf))
        if (camera.reason, camera.in_use) == (reason, in_use) and 0.0 <= now - sent < _EVERY_S:
            return
        self._told[camera.camera] = (camera.reason, camera.in_use, now)
        self._out.publish(camera_to_msg(camera))
