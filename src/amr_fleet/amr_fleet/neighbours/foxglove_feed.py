"""Foxglove's own server on loopback, filled with what a viewer may see; nothing that a client says reaches anybody.

It has no login and no capability: `foxglove_front` is before it. Its threads are Foxglove's (Rust); a client that takes
too little loses the oldest messages there. What nobody has subscribed to is not even made.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_fleet.neighbours.viewing import MAP, SCENE, TABLES
from amr_fleet.replay.mcap_file import json_schema, quaternion

TRANSFORMS: Final = "/tf"
BACKLOG: Final = 64
"""Messages that are kept for a client that is slow."""


def need_foxglove() -> None:
    """Raise extra.not_installed when foxglove-sdk is not."""
    if importlib.util.find_spec("foxglove") is None:
        raise AmrError("extra.not_installed", what="Foxglove", extra="foxglove")


class FoxgloveFeed:
    """The server and its channels. scans: topics of lidars. Every method may be called from one thread only."""

    def __init__(self, name: str, scans: Sequence[str]) -> None:
        """Raises extra.not_installed, or RuntimeError when there is no port."""
        need_foxglove()
        import foxglove
        from foxglove.channels import FrameTransformsChannel, LaserScanChannel

        self._wanted = _Wanted()
        listener: Any = self._wanted
        context = self._context = foxglove.Context()  # kept: channels of one that has gone reach nobody
        scene = json_schema("foxglove.SceneUpdate")
        self._json = {topic: foxglove.Channel(topic, schema=scene, context=context) for topic in (MAP, SCENE)}
        self._json |= {
            topic: foxglove.Channel(topic, schema=schema, context=context) for topic, schema in TABLES.items()
        }
        self._transforms = FrameTransformsChannel(TRANSFORMS, context=context)
        self._scans = {topic: LaserScanChannel(topic, context=context) for topic in scans}
        self._server = foxglove.start_server(
            name=name, host="127.0.0.1", port=0, capabilities=[], server_listener=listener, context=context,
            message_backlog_size=BACKLOG,
        )  # fmt: skip

    @property
    def port(self) -> int:
        """The port on loopback."""
        return self._server.port

    def wanted(self, topic: str) -> bool:
        """Return whether a client has subscribed to a topic."""
        return self._wanted.count(topic) > 0

    def news(self, topic: str) -> bool:
        """Return whether a client has subscribed to a topic since this was asked last."""
        return self._wanted.take(topic)

    def say(self, topic: str, message: dict[str, Any], t: float) -> None:
        """Publish JSON. t: s of the fleet's clock."""
        self._json[topic].log(message, log_time=_nanoseconds(t))

    def place(self, poses: dict[str, Pose2D], t: float) -> None:
        """Publish where robots are: their frames in that of the map."""
        from foxglove.messages import FrameTransform, FrameTransforms, Quaternion, Timestamp, Vector3

        stamp = Timestamp.from_epoch_secs(t)
        self._transforms.log(
            FrameTransforms(
                transforms=[
                    FrameTransform(
                        timestamp=stamp, parent_frame_id="map", child_frame_id=name,
                        translation=Vector3(x=x, y=y, z=0.0), rotation=Quaternion(**quaternion(theta)),
                    )
                    for name, (x, y, theta) in poses.items()
                ]
            ),
            log_time=_nanoseconds(t),
        )  # fmt: skip

    def scan(
        self, topic: str, robot: str, mount: Pose2D, angles: tuple[float, float], ranges: list[float], t: float
    ) -> None:
        """Publish a scan in its robot's frame. mount: of the lidar; angles: of the first and the last beam (rad)."""
        from foxglove.messages import LaserScan, Pose, Quaternion, Timestamp, Vector3

        self._scans[topic].log(
            LaserScan(
                timestamp=Timestamp.from_epoch_secs(t), frame_id=robot,
                pose=Pose(
                    position=Vector3(x=mount[0], y=mount[1], z=0.2), orientation=Quaternion(**quaternion(mount[2]))
                ),
                start_angle=angles[0], end_angle=angles[1], ranges=ranges,
            ),
            log_time=_nanoseconds(t),
        )  # fmt: skip

    def close(self) -> None:
        """End the server."""
        self._server.stop()


class _Wanted:
    """Which topics clients have subscribed to; told by the server's threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._clients: Counter[str] = Counter()
        self._new: set[str] = set()

    def on_subscribe(self, _client: Any, channel: Any) -> None:
        with self._lock:
            self._clients[channel.topic] += 1
            self._new.add(channel.topic)

    def on_unsubscribe(self, _client: Any, channel: Any) -> None:
        with self._lock:
            self._clients[channel.topic] -= 1

    def count(self, topic: str) -> int:
        with self._lock:
            return self._clients[topic]

    def take(self, topic: str) -> bool:
        with self._lock:
            new = topic in self._new
            self._new.discard(topic)
            return new


def _nanoseconds(t: float) -> int:
    return max(0, round(t * 1e9))
