"""Fake cameras of a label reader or a gate, and who asks it."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from amr_interfaces.action import ReadLabels
from amr_interfaces.msg import CustodyEvidence, RobotCamera
from amr_ros import qos
from amr_ros.actions import ActionPort
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost

Picture = np.ndarray


class Driver:
    """A fake camera, ten pictures a second, or one of every so many. left: how many it still gives; noise False:
    it is frozen.
    """

    def __init__(self, host: ProcessHost, node: Node, topic: str, picture: Picture) -> None:
        self.picture, self.stamp_off, self.noise, self.left = picture, 0.0, True, 1_000_000
        self._ticks = self._turns = 0
        self.every = 1
        self.sends: Callable[[float], Image | CompressedImage] | None = None
        """What it sends instead, stamp and all."""
        self._out = node.create_publisher(Image, topic, qos.SENSOR)
        self._packed = node.create_publisher(CompressedImage, f"{topic}/compressed", qos.SENSOR)
        host.ticker.add(self._tick, 0.1)

    def _tick(self, now: float) -> None:
        if not self._out.get_subscription_count() or self.left <= 0:
            return
        self._turns += 1
        if self._turns % self.every:
            return
        self.left -= 1
        if self.sends is not None:
            sent = self.sends(now)
            (self._out if isinstance(sent, Image) else self._packed).publish(sent)
            return
        self._ticks += self.noise
        shown = self.picture.copy()
        shown[self._ticks * 7 % shown.shape[0]] ^= 3
        height, width = shown.shape
        message = Image(height=height, width=width, step=width, encoding="mono8", data=array("B", shown.tobytes()))
        message.header.stamp = to_stamp(now + self.stamp_off)
        self._out.publish(message)


class Asker:
    """Asks a label reader, and hears what it and its cameras say."""

    def __init__(self, host: ProcessHost, namespace: str = "") -> None:
        self.host = host
        self.node = Node("asker", namespace=namespace, context=host.context, enable_rosout=False)
        host.adopt(self.node)
        self.port = ActionPort(self.node, ReadLabels, "read_labels")
        self.evidence: list[CustodyEvidence] = []
        self.health: list[RobotCamera] = []
        self.told: list[Any] = []
        self.node.create_subscription(CustodyEvidence, "/custody/evidence", self.evidence.append, qos.RELIABLE)
        self.node.create_subscription(RobotCamera, "camera_health", self.health.append, qos.SENSOR)
        self.node.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.told.extend(m.status), qos.RELIABLE
        )

    def ask(self, **goal: Any) -> Any:
        assert self.host.spin_until(lambda: self.port.ready, 10.0)
        done: list[Any] = []
        self.health.clear()
        self.told.clear()
        self.port.send(ReadLabels.Goal(**goal), on_done=done.append)
        assert self.host.spin_until(lambda: bool(done), 90.0)
        return done[0].result
