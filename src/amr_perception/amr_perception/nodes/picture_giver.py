"""One picture of a robot's own camera when it is asked for: small and blurred, and kept nowhere."""

from __future__ import annotations

import math
from typing import Any, Final

from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Empty

from amr_core.errors import AmrError
from amr_perception.fixed.blur import blurred_jpeg
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import image_to_array
from amr_perception.nodes.picture_source import PictureSource
from amr_ros import qos
from amr_ros.node import AmrNode

PATIENCE_S: Final = 3.0
"""A camera that is only rendered or driven while somebody listens needs a moment."""


class PictureGiver:
    """Looks through camera/image_raw from a word on picture_wanted until the first picture; tick() a few times a s."""

    def __init__(self, node: AmrNode, complaints: Complaints) -> None:
        self._node, self._complaints = node, complaints
        self._source: PictureSource | None = None
        self._until = -math.inf
        self._pictures = node.create_publisher(CompressedImage, "picture", qos.RELIABLE)
        node.create_subscription(Empty, "picture_wanted", self._on_wanted, qos.RELIABLE)

    def _on_wanted(self, _message: Any) -> None:
        self._until = self._node.now + PATIENCE_S
        if self._source is None:
            self._source = PictureSource(self._node, "camera/image_raw")

    def tick(self, now: float) -> None:
        """Send the picture when it is there; stop looking when none comes."""
        if self._source is None:
            return
        message = self._source.take()
        if message is not None:
            try:
                jpeg = blurred_jpeg(image_to_array(message, colour=True), ())
                self._pictures.publish(CompressedImage(header=message.header, format="jpeg", data=jpeg))
            except AmrError as error:
                self._complaints.add(now, error)
                message = None  # the next one may be sound
        if message is not None or now > self._until:
            self._source.close()
            self._source = None
