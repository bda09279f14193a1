"""Detections and events of fixed cameras as MCAP files that never grow beyond a bound; the oldest go first."""

from __future__ import annotations

import base64
import json
import struct
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from mcap.exceptions import McapError
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer

from amr_core.errors import AmrError

PARTS = 8
LEAST_BYTES = 1024 * 1024
_CHUNK = 64 * 1024
_NUMBER: Final = {"type": "number"}
_TEXT: Final = {"type": "string"}
_BOX: Final = {
    "type": "object",
    "properties": {
        "kind": _TEXT, "score": _NUMBER, "box": {"type": "array", "items": _NUMBER}, "x": _NUMBER, "y": _NUMBER,
        "radius": _NUMBER,
    },
}  # fmt: skip
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "amr.CameraDetections": {
        "camera": _TEXT, "seeing": {"type": "boolean"}, "blind": _TEXT,
        "size": {"type": "array", "items": {"type": "integer"}}, "detections": {"type": "array", "items": _BOX},
    },
    "amr.CameraEvent": {
        "camera": _TEXT, "event_id": _TEXT, "kind": _TEXT, "area": _TEXT, "action": _TEXT,
        "active": {"type": "boolean"}, "count": {"type": "integer"}, "confidence": _NUMBER,
    },
    "foxglove.CompressedImage": {
        "timestamp": {"type": "object", "properties": {"sec": {"type": "integer"}, "nsec": {"type": "integer"}}},
        "frame_id": _TEXT, "format": _TEXT, "data": {"type": "string", "contentEncoding": "base64"},
    },
}  # fmt: skip


class DatasetWriter:
    """Writes cameras_000001.mcap and on; all files of the folder together stay below max_bytes."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        if max_bytes < LEAST_BYTES:
            raise AmrError("run.bad_option", option="max_bytes", value=max_bytes, reason=f"at least {LEAST_BYTES}")
        self._folder, self._max = folder, max_bytes
        self._part = max_bytes // PARTS
        self._file: BinaryIO | None = None
        self._writer: Any = None
        self._channels: dict[str, int] = {}
        self._schemas: dict[str, int] = {}
        self._pending = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AmrError("record.failed", folder=str(folder), reason=str(error)) from error

    def detections(self, t: float, camera: str, facts: dict[str, Any]) -> None:
        """Add what a camera saw at t (s); facts: see the schema amr.CameraDetections."""
        self._add(f"/cameras/{camera}/detections", "amr.CameraDetections", t, {"camera": camera, **facts})

    def event(self, t: float, facts: dict[str, Any]) -> None:
        """Add an event of a camera at t (s); facts: see the schema amr.CameraEvent."""
        self._add("/cameras/events", "amr.CameraEvent", t, facts)

    def frame(self, t: float, camera: str, jpeg: bytes) -> None:
        """Add a blurred picture of t (s)."""
        stamp = {"sec": int(t), "nsec": int((t - int(t)) * 1e9)}
        data = base64.b64encode(jpeg).decode()
        facts = {"timestamp": stamp, "frame_id": camera, "format": "jpeg", "data": data}
        self._add(f"/cameras/{camera}/frame", "foxglove.CompressedImage", t, facts)

    def close(self) -> None:
        """Finish the file being written."""
        if self._writer is not None and self._file is not None:
            self._writer.finish()
            self._file.close()
        self._file = self._writer = None

    def _add(self, topic: str, schema: str, t: float, facts: dict[str, Any]) -> None:
        data = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            # What is still in memory counts uncompressed: the bound holds before it is written, too.
            if self._file is None or self._file.tell() + self._pending + len(data) > self._part - _CHUNK // 2:
                self._next_file()
            if topic not in self._channels:
                self._channels[topic] = self._writer.register_channel(topic, "json", self._schema(schema))
            stamp = max(0, round(t * 1e9))
            self._writer.add_message(self._channels[topic], stamp, data, stamp)
        except OSError as error:
            raise AmrError("record.failed", folder=str(self._folder), reason=str(error)) from error
        self._pending = self._pending + len(data) if self._pending + len(data) < _CHUNK else 0

    def _schema(self, name: str) -> int:
        if name not in self._schemas:
            text = json.dumps({"title": name, "type": "object", "properties": _SCHEMAS[name]}).encode()
            self._schemas[name] = self._writer.register_schema(name, "jsonschema", text)
        return self._schemas[name]

    def _next_file(self) -> None:
        self.close()
        files = dataset_files(self._folder)
        sizes = [path.stat().st_size for path in files]
        while files and sum(sizes) > self._max - self._part:
            files.pop(0).unlink()
            sizes.pop(0)
        number = 1 + (int(files[-1].stem.split("_")[1]) if files else 0)
        self._file = (self._folder / f"cameras_{number:06d}.mcap").open("xb")
        self._writer = Writer(self._file, chunk_size=_CHUNK, compression=CompressionType.ZSTD)
        self._writer.start(profile="", library="amr_perception")
        self._channels, self._schemas, self._pending = {}, {}, 0


def dataset_files(folder: Path) -> list[Path]:
    """Return the files of a recording, oldest first."""
    return sorted(p for p in folder.glob("cameras_*.mcap") if p.stem.split("_")[1].isdigit())


@dataclass
class Summary:
    """What a recording holds. broken: files without an end, of a node that was killed."""

    files: int = 0
    bytes: int = 0
    begin: float = 0.0
    end: float = 0.0
    messages: Counter[str] = field(default_factory=Counter)
    detections: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def summarise(folder: Path) -> Summary:
    """Read a recording back. Raises record.failed when the folder has none."""
    files = dataset_files(folder)
    if not files:
        raise AmrError("record.failed", folder=str(folder), reason="no recording there")
    result = Summary(files=len(files), bytes=sum(path.stat().st_size for path in files))
    times: list[int] = []
    for path in files:
        try:
            with path.open("rb") as file:
                for _, channel, message in make_reader(file).iter_messages():
                    times.append(message.log_time)
                    result.messages[channel.topic] += 1
                    if channel.topic.endswith("/detections"):
                        result.detections.update(d["kind"] for d in json.loads(message.data)["detections"])
        except (McapError, OSError, ValueError, KeyError, struct.error):
            result.broken.append(path.name)
    if times:
        result.begin, result.end = min(times) * 1e-9, max(times) * 1e-9
    return result
