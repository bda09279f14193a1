"""Tracks and journal as an MCAP file with Foxglove's well-known JSON schemas: opens in Foxglove and Lichtblick."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from mcap.writer import CompressionType, Writer

from amr_core.robots import ROBOT_TYPES
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.replay.tracks import Frame, Placed

_FRAME: Final = "map"
_COLOURS: Final = {
    "ERROR": (0.81, 0.18, 0.18), "OFFLINE": (0.48, 0.08, 0.08), "PAUSED": (0.89, 0.60, 0.07),
    "BUSY": (0.20, 0.31, 0.43), "CHARGING": (0.56, 0.68, 0.54),
}  # fmt: skip
_GREY: Final = (0.53, 0.57, 0.62)  # red, green, blue, 0..1: every other state (idle, parking)
_SCHEMAS: Final = {
    "foxglove.SceneUpdate": {"deletions": {"type": "array"}, "entities": {"type": "array"}},
    "foxglove.PoseInFrame": {
        "timestamp": {"type": "object"},
        "frame_id": {"type": "string"},
        "pose": {"type": "object"},
    },
    "foxglove.Log": {
        "timestamp": {"type": "object"},
        "level": {"type": "integer"},
        "message": {"type": "string"},
        "name": {"type": "string"},
    },
}


class _File:
    """An MCAP file being written; one channel a topic."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._writer = Writer(self._out, compression=CompressionType.ZSTD)
        self._writer.start(profile="", library="amr_fleet")
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}

    def write(self, topic: str, schema: str, t: float, message: dict[str, Any]) -> None:
        """Add a message at fleet time t."""
        if topic not in self._channels:
            self._channels[topic] = self._writer.register_channel(topic, "json", self._schema(schema))
        stamp = max(0, round(t * 1e9))
        data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        self._writer.add_message(self._channels[topic], stamp, data, stamp)

    def _schema(self, name: str) -> int:
        if name not in self._schemas:
            text = json.dumps(json_schema(name)).encode()
            self._schemas[name] = self._writer.register_schema(name, "jsonschema", text)
        return self._schemas[name]

    def finish(self) -> bytes:
        """Return the file."""
        self._writer.finish()  # type: ignore[no-untyped-call]
        return self._out.getvalue()


def mcap_bytes(site: Site, shown: Sequence[Frame], entries: Iterable[JournalEntry]) -> bytes:
    """Return an MCAP file: /scene, /robots/<name>/pose and /journal."""
    file = _File()
    if shown:
        file.write("/scene", "foxglove.SceneUpdate", shown[0].t, map_lines(site, shown[0].t))
    for frame in shown:
        file.write("/scene", "foxglove.SceneUpdate", frame.t, scene_of(frame))
        for name, robot in frame.robots.items():
            pose = {"timestamp": _time(frame.t), "frame_id": _FRAME, "pose": _pose(robot.x, robot.y, robot.theta)}
            file.write(f"/robots/{name}/pose", "foxglove.PoseInFrame", frame.t, pose)
    for e in entries:
        facts = json.dumps(dict(e.facts), ensure_ascii=False)
        message = " ".join(part for part in (e.kind, e.order_id, e.robot, facts) if part)
        level = 4 if e.kind.startswith(("alarm_raised", "deadlock", "order_failed")) else 2
        log = {"timestamp": _time(e.t), "level": level, "message": message, "name": "fleet", "file": "", "line": 0}
        file.write("/journal", "foxglove.Log", e.t, log)
    return file.finish()


def _time(t: float) -> dict[str, int]:
    nanoseconds = max(0, round(t * 1e9))
    return {"sec": nanoseconds // 10**9, "nsec": nanoseconds % 10**9}


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one of Foxglove's messages."""
    return {"title": name, "type": "object", "properties": _SCHEMAS[name]}


def quaternion(theta: float) -> dict[str, float]:
    """Return a heading (rad) as quaternion."""
    return {"x": 0.0, "y": 0.0, "z": math.sin(theta / 2), "w": math.cos(theta / 2)}


def _pose(x: float, y: float, theta: float, z: float = 0.0) -> dict[str, Any]:
    return {"position": {"x": x, "y": y, "z": z}, "orientation": quaternion(theta)}


def _entity(name: str, t: float, **shapes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"timestamp": _time(t), "frame_id": _FRAME, "id": name, "lifetime": {"sec": 0, "nsec": 0},
            "frame_locked": False, "metadata": [], **shapes}  # fmt: skip


def _colour(rgb: Sequence[float]) -> dict[str, float]:
    return {"r": rgb[0], "g": rgb[1], "b": rgb[2], "a": 1.0}


def _robot(name: str, robot: Placed, t: float) -> dict[str, Any]:
    body = ROBOT_TYPES.get(str(robot.state[0])) or next(iter(ROBOT_TYPES.values()))
    shift = (body.front - body.rear) / 2
    x, y = robot.x + shift * math.cos(robot.theta), robot.y + shift * math.sin(robot.theta)
    size = {"x": body.front + body.rear, "y": 2 * body.half_width, "z": 0.4}
    cube = {
        "pose": _pose(x, y, robot.theta, 0.2),
        "size": size,
        "color": _colour(_COLOURS.get(str(robot.state[1]), _GREY)),
    }
    text = {"pose": _pose(robot.x, robot.y, 0.0, 0.9), "billboard": True, "font_size": 12.0, "scale_invariant": True,
            "color": _colour((0.1, 0.1, 0.1)), "text": name}  # fmt: skip
    return _entity(name, t, cubes=[cube], texts=[text])


def scene_of(frame: Frame) -> dict[str, Any]:
    """Return robots, people and vehicles of a moment (foxglove.SceneUpdate)."""
    entities = [_robot(name, robot, frame.t) for name, robot in frame.robots.items()]
    people = [
        {"pose": _pose(x, y, 0.0, 0.8), "size": {"x": 0.5, "y": 0.5, "z": 1.6}, "bottom_scale": 1.0, "top_scale": 1.0,
         "color": _colour((0.9, 0.6, 0.1) if kind == "person" else (0.3, 0.3, 0.3))}
        for x, y, kind in frame.seen
    ]  # fmt: skip
    return {"deletions": [], "entities": [*entities, _entity("seen", frame.t, cylinders=people)]}


def map_lines(site: Site, t: float) -> dict[str, Any]:
    """Return the walls of a site (foxglove.SceneUpdate)."""
    lines = [
        {"type": 0, "pose": _pose(0, 0, 0), "thickness": wall.thickness, "scale_invariant": False,
         "points": [{"x": x, "y": y, "z": 0.0} for x, y in wall.points], "color": _colour((0.35, 0.39, 0.43)),
         "colors": [], "indices": []}
        for wall in site.walls
    ]  # fmt: skip
    return {"deletions": [], "entities": [_entity("walls", t, lines=lines)]}
