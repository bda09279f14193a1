"""Scans and poses out of a ROS 1 bag (format 2.0), as far as the collections of leg recordings need it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amr_core.geometry import FloatArray

_MAGIC = b"#ROSBAG V2.0\n"
_MESSAGE, _CHUNK, _CONNECTION = 2, 5, 7
_SCAN, _POSES = "sensor_msgs/LaserScan", "geometry_msgs/PoseArray"
_MOST_BEAMS = 10_000


@dataclass(frozen=True, eq=False)
class BagScan:
    """time: s; ranges: N metres, beam i at angle_min + i * increment (rad); least: m, shorter ones are no echoes."""

    time: float
    angle_min: float
    increment: float
    least: float
    ranges: FloatArray


@dataclass(frozen=True, eq=False)
class BagPoses:
    """time: s; places: N x 2 m in the lidar's frame."""

    time: float
    places: FloatArray


def read_bag(path: Path) -> list[BagScan | BagPoses]:
    """Return the scans and pose arrays of a bag without compression, in its order. Raises ValueError for no bag.

    Poses without a stamp of their own get that of the scan behind them, which whoever labelled it wrote with them.
    """
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise ValueError(f"{path.name} is no bag of format 2.0")
    kinds: dict[int, str] = {}
    try:
        found = [m for kind, body in _messages(data, len(_MAGIC), kinds) if (m := _read(kind, body)) is not None]
    except (struct.error, KeyError, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is cut short or broken") from error
    behind: float | None = None
    for k in range(len(found) - 1, -1, -1):
        one = found[k]
        if isinstance(one, BagScan):
            behind = one.time
        elif one.time == 0.0 and behind is not None:
            found[k] = BagPoses(behind, one.places)
    return found


def _messages(data: bytes, place: int, kinds: dict[int, str]) -> Iterator[tuple[str, bytes]]:
    while place < len(data):
        fields, body, place = _record(data, place)
        op = fields["op"][0]
        if op == _CONNECTION:
            inner = _fields(body)
            kinds[struct.unpack("<I", fields["conn"])[0]] = inner["type"].decode()
        elif op == _CHUNK:
            if fields["compression"] != b"none":
                raise ValueError("a compressed bag: unpack it with rosbag decompress")
            yield from _messages(body, 0, kinds)
        elif op == _MESSAGE:
            yield kinds.get(struct.unpack("<I", fields["conn"])[0], ""), body


def _record(data: bytes, place: int) -> tuple[dict[str, bytes], bytes, int]:
    parts = []
    for _ in range(2):
        (size,) = struct.unpack_from("<I", data, place)
        parts.append(data[place + 4 : place + 4 + size])
        if len(parts[-1]) != size:
            raise IndexError
        place += 4 + size
    return _fields(parts[0]), parts[1], place


def _fields(header: bytes) -> dict[str, bytes]:
    fields, place = dict[str, bytes](), 0
    while place < len(header):
        (size,) = struct.unpack_from("<I", header, place)
        name, _, value = header[place + 4 : place + 4 + size].partition(b"=")
        fields[name.decode()] = value
        place += 4 + size
    return fields


def _read(kind: str, body: bytes) -> BagScan | BagPoses | None:
    if kind not in (_SCAN, _POSES):
        return None
    _, seconds, nanoseconds, name = struct.unpack_from("<IIII", body, 0)
    time, place = seconds + 1e-9 * nanoseconds, 16 + name
    if kind == _POSES:
        (count,) = struct.unpack_from("<I", body, place)
        numbers = np.frombuffer(body, "<f8", 7 * count, place + 4).reshape(-1, 7)
        return BagPoses(time, np.array(numbers[:, :2]))
    angle_min, _, increment, _, _, least, _, count = struct.unpack_from("<7fI", body, place)
    if count > _MOST_BEAMS:
        raise IndexError
    ranges = np.frombuffer(body, "<f4", count, place + 32).astype(np.float64)
    return BagScan(time, angle_min, increment, least, ranges)
