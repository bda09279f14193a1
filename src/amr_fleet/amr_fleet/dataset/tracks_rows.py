"""Robots' tracks without the people beside them, and without the stretches in which a person handled a robot."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from mcap.writer import CompressionType, Writer

from amr_fleet.dataset.release import DataRow, DatasetRelease
from amr_fleet.domain.events import JournalEntry
from amr_fleet.replay.tracks import STATE_FIELDS, Frame, Placed, decode, frames

KINDS: Final = frozenset({"robot_stopped", "robot_released", "robot_paused", "robot_resumed", "robot_relocalised"})
_STATES: Final = frozenset({"OFFLINE", "ERROR", "CHARGING", "BUSY", "PARKING", "IDLE"})
_AT: Final = {name: STATE_FIELDS.index(name) for name in ("status", "loaded", "soc", "online", "paused")}
_AROUND: Final = 60.0  # s before and after somebody said where a robot is
_SPAN: Final = 3600.0  # s of tracks that are held at a time

Read = Callable[[float, float], list[bytes]]
"""The chunks that touch a stretch of fleet time, oldest first; see store.tracks."""


@dataclass
class Handled:
    """When people handled robots, by the journal; `take` entries of KINDS in order, then `finish`."""

    spans: defaultdict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    _since: dict[tuple[str, str], float] = field(default_factory=dict)

    def take(self, entry: JournalEntry) -> None:
        """Take over one entry."""
        robot, kind = entry.robot, entry.kind
        if kind == "robot_relocalised":
            self.spans[robot].append((entry.t - _AROUND, entry.t + _AROUND))
        elif kind in ("robot_stopped", "robot_paused"):
            self._since.setdefault((robot, kind), entry.t)
        else:
            opened = "robot_stopped" if kind == "robot_released" else "robot_paused"
            begin = self._since.pop((robot, opened), None)
            if begin is not None:
                self.spans[robot].append((begin, entry.t))

    def finish(self, end: float) -> dict[str, list[tuple[float, float]]]:
        """Return the stretches (fleet s) of each robot; what is still open ends with the period."""
        for (robot, _), begin in self._since.items():
            self.spans[robot].append((begin, end))
        return {robot: sorted(spans) for robot, spans in self.spans.items()}


@dataclass
class TrackRows:
    """Frames of the period as rows, and as MCAP for Foxglove. cut: rows left out since a person handled the robot."""

    release: DatasetRelease
    handled: dict[str, list[tuple[float, float]]]
    cut: int = 0

    def frames(self, read: Read, begin: float, end: float) -> Iterator[Frame]:
        """Yield the frames of begin <= t < end, oldest first, an hour in memory at a time; without people."""
        t = begin
        while t < end:
            after = min(t + _SPAN, end)
            for payload in read(t, after):
                for frame in frames(decode(payload)):
                    if t <= frame.t < after:
                        yield Frame(frame.t, {n: p for n, p in frame.robots.items() if self._may(n, p, frame.t)}, ())
            t = after

    def _may(self, name: str, placed: Placed, t: float) -> bool:
        handled = bool(placed.state[_AT["paused"]]) or any(a <= t < b for a, b in self.handled.get(name, ()))
        self.cut += handled
        return not handled

    def rows(self, frame: Frame) -> Iterator[DataRow]:
        """Yield a frame's rows, a robot each."""
        for name, placed in frame.robots.items():
            status = str(placed.state[_AT["status"]])
            yield {
                "t": self.release.time(frame.t), "robot": self.release.robot(name), "x": round(placed.x, 2),
                "y": round(placed.y, 2), "theta": round(placed.theta, 2),
                "status": status if status in _STATES else "other", "loaded": bool(placed.state[_AT["loaded"]]),
                "soc": float(placed.state[_AT["soc"]]), "origin": self.release.origin,
            }  # fmt: skip


class PoseRecording:
    """An MCAP file with /robots/<name>/pose (foxglove.PoseInFrame, JSON schema in the file)."""

    def __init__(self, path: Path, release: DatasetRelease) -> None:
        self._file: BinaryIO = path.open("wb")
        self._writer: Any = Writer(self._file, compression=CompressionType.ZSTD)
        self._writer.start(profile="", library="amr_fleet.dataset")
        schema = json.dumps({"title": "foxglove.PoseInFrame", "type": "object", "properties": _POSE}).encode()
        self._schema = self._writer.register_schema("foxglove.PoseInFrame", "jsonschema", schema)
        self._channels: dict[str, int] = {}
        self._release = release
        self.messages = 0

    def add(self, frame: Frame) -> None:
        """Add the poses of one frame."""
        for name, placed in frame.robots.items():
            turn = {"x": 0.0, "y": 0.0, "z": math.sin(placed.theta / 2), "w": math.cos(placed.theta / 2)}
            self.pose(name, frame.t, {"position": {"x": placed.x, "y": placed.y, "z": 0.0}, "orientation": turn})

    def pose(self, name: str, t: float, pose: dict[str, Any]) -> None:
        """Add one pose in the map's frame, at fleet second t."""
        robot = str(self._release.robot(name))
        if robot not in self._channels:
            self._channels[robot] = self._writer.register_channel(f"/robots/{robot}/pose", "json", self._schema)
        stamp = self._release.published.millis(t) * 1_000_000
        time = {"sec": stamp // 10**9, "nsec": stamp % 10**9}
        message = {"timestamp": time, "frame_id": "map", "pose": pose}
        data = json.dumps(message, separators=(",", ":")).encode()
        self._writer.add_message(self._channels[robot], max(0, stamp), data, max(0, stamp))
        self.messages += 1

    def close(self) -> None:
        """End the file."""
        self._writer.finish()
        self._file.close()


_POSE: Final = {"timestamp": {"type": "object"}, "frame_id": {"type": "string"}, "pose": {"type": "object"}}
