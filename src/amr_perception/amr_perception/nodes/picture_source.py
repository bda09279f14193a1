"""The newest picture of a camera, raw or compressed, under the names that ROS drivers give them."""

from __future__ import annotations

from typing import Any

from sensor_msgs.msg import CompressedImage, Image

from amr_ros import qos
from amr_ros.node import AmrNode


class PictureSource:
    """Subscribes <topic> and <topic>/compressed; where a driver sends both, the raw picture is taken."""

    def __init__(self, node: AmrNode, topic: str) -> None:
        self._node = node
        self._raw: Any = None
        self._packed: Any = None
        self._subscriptions: list[Any] = [
            node.create_subscription(Image, topic, self._on_raw, qos.SENSOR),
            node.create_subscription(CompressedImage, f"{topic}/compressed", self._on_packed, qos.SENSOR),
        ]

    def take(self) -> Any:
        """Return the newest picture that was not taken yet, or None."""
        message = self._raw if self._raw is not None else self._packed
        self._raw = self._packed = None
        return message

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def _on_raw(self, message: Any) -> None:
        self._raw = message

    def _on_packed(self, message: Any) -> None:
        self._packed = message
