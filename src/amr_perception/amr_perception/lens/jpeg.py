"""Whether the data of a JPEG is whole: a decoder fills up what is damaged, and says so only on a console."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from amr_perception.lens.kernels import (
    PAD,
    REASONS,
    Bytes,
    Ints,
    Luts,
    first_ac,
    refined_ac,
    refined_dc,
    sequential,
    unstuff,
)

_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), 0xC2
_SOF: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_BLOCKS: Final = 10
_MOST_LEVEL: Final = 1536  # of DC, unpacked: 1024 holds white and black; half more for what encoders round and sharpen


class _DamagedError(Exception):
    pass


@dataclass
class _Part:
    """A component. bits: of each coefficient, how many are still to come (-1: nothing came)."""

    across: int
    down: int
    quantised: int
    wide: int = 0  # blocks
    high: int = 0
    bits: Ints = field(default_factory=lambda: np.full(64, -1, np.int64))
    seen: Bytes | None = None


@dataclass
class _Frame:
    parts: dict[int, _Part]
    mcus: int
    progressive: bool


def damage(data: bytes) -> str:
    """Return what is wrong with the data of a JPEG, "" for nothing. Some 1 ms for 640 x 480."""
    try:
        _walk(data)
    except _DamagedError as error:
        return str(error)
    except (IndexError, struct.error, KeyError, ValueError):
        return "a header that does not fit"
    return ""


def _walk(data: bytes) -> None:
    place, frame, interval = 2, None, 0
    steps, tables = dict[int, int](), dict(_usual_tables())
    while True:
        kind, place, body = _segment(data, place)
        if kind == 0xDB:
            steps.update(_quantisation(body))
        elif kind == 0xC4:
            tables.update(_huffman(body))
        elif kind == 0xDD:
            (interval,) = struct.unpack(">H", body)
        elif kind in _SOF:
            if frame is not None:
                raise _DamagedError("two frames")
            frame = _frame(kind, body)
        elif kind == 0xDA:
            if frame is None:
                raise _DamagedError("a scan before its frame")
            place = _scan(data, place, body, frame, tables, steps, interval)
        elif kind == 0xD9:
            break
    if frame is None or any(part.bits.any() for part in frame.parts.values()):
        raise _DamagedError("scans missing")


def _segment(data: bytes, place: int) -> tuple[int, int, bytes]:
    """Return the kind of the next marker, the place behind what belongs to it, and that."""
    if data[place] != 0xFF:
        raise _DamagedError("data where a marker must be")
    while data[place + 1] == 0xFF:
        place += 1
    kind = data[place + 1]
    if kind == 0xD9 or kind in _ALONE:
        return kind, place + 2, b""
    (length,) = struct.unpack_from(">H", data, place + 2)
    return kind, place + 2 + length, data[place + 4 : place + 2 + length]


def _ceil(count: int, of: int) -> int:
    return (count + of - 1) // of


def _frame(kind: int, body: bytes) -> _Frame:
    if kind not in (*_SEQUENTIAL, _PROGRESSIVE):
        raise _DamagedError(f"a kind of JPEG (SOF{kind - 0xC0}) that cannot be checked: set the driver to baseline")
    height, width, count = struct.unpack_from(">HHB", body, 1)
    parts = {}
    for k in range(count):
        name, shape, table = body[6 + 3 * k : 9 + 3 * k]
        parts[name] = _Part(shape >> 4, shape & 15, table)
    across, down = max(p.across for p in parts.values()), max(p.down for p in parts.values())
    if not all(1 <= p.across <= 4 and 1 <= p.down <= 4 for p in parts.values()):
        raise ValueError
    for part in parts.values():
        part.wide = _ceil(_ceil(width * part.across, across), 8)
        part.high = _ceil(_ceil(height * part.down, down), 8)
    mcus = _ceil(width, 8 * across) * _ceil(height, 8 * down)
    return _Frame(parts, mcus, kind == _PROGRESSIVE)


def _scan(
    data: bytes,
    place: int,
    head: bytes,
    frame: _Frame,
    tables: dict[int, bytes],
    steps: dict[int, int],
    interval: int,
) -> int:
    """Walk through a scan; return the place of the marker behind it."""
    chosen = [(frame.parts[head[1 + 2 * k]], head[2 + 2 * k]) for k in range(head[0])]
    first, last, bits = head[1 + 2 * head[0] : 4 + 2 * head[0]]
    high, low = bits >> 4, bits & 15
    if not (first <= last <= 63 and low <= 13 and 1 <= len(chosen) <= 4) or (first and len(chosen) > 1):
        raise ValueError
    parts, one = [part for part, _ in chosen], len(chosen) == 1
    mcus = parts[0].wide * parts[0].high if one else frame.mcus
    clean, between, place = _clean(data, place, _ceil(mcus, interval) if interval else 1)
    if not frame.progressive:
        first, last, high, low = 0, 63, 0, 0
    for part in parts:
        expected = high if high else -1
        if (part.bits[first : last + 1] != expected).any() or (high and high != low + 1):
            raise _DamagedError("a scan out of turn")
        part.bits[first : last + 1] = low
    band = np.array([first, last, low], np.int64)
    if first:
        part, used = parts[0], _lookups((tables[0x10 | chosen[0][1] & 15],))
        if part.seen is None:
            part.seen = np.zeros((mcus, 64), np.uint8)
        wrong = (refined_ac if high else first_ac)(clean, between, used[0], part.seen, mcus, interval, band)
    else:
        blocks, used = _blocks(chosen, tables, one, details=not frame.progressive)
        if high:
            wrong = refined_dc(between, len(blocks), mcus, interval)
        else:
            limits = np.array([_MOST_LEVEL // max(1, steps.get(p.quantised, 1) << low) + 1 for p in parts], np.int64)
            wrong = sequential(clean, between, used, blocks, mcus, interval, limits, not frame.progressive)
    if wrong:
        raise _DamagedError(REASONS[wrong])
    return place


def _clean(data: bytes, start: int, most: int) -> tuple[Bytes, Ints, int]:
    """Return the data of a scan without stuffing, where its parts lie, and the place of the marker behind it."""
    packed = np.frombuffer(data, np.uint8)
    clean = np.zeros(len(packed) - start + PAD, np.uint8)
    parts = np.zeros((max(1, most), 2), np.int64)
    count, place = unstuff(packed, start, clean, parts)
    if count < 0:
        raise _DamagedError("restart markers that do not fit, or no end")
    return clean, parts[:count], place


def _blocks(
    chosen: list[tuple[_Part, int]], tables: dict[int, bytes], one: bool, *, details: bool
) -> tuple[Ints, Luts]:
    """Return the blocks of an MCU (B x 3: component, rows of the tables of DC and AC) and the tables."""
    used, rows = list[bytes](), list[tuple[int, int, int]]()
    for k, (part, names) in enumerate(chosen):
        used.append(tables[names >> 4])
        used.append(tables[0x10 | names & 15] if details else used[-1])
        rows += [(k, 2 * k, 2 * k + 1)] * (1 if one else part.across * part.down)
    if len(rows) > _MOST_BLOCKS:
        raise ValueError
    return np.array(rows, np.int64), _lookups(tuple(used))


def _quantisation(body: bytes) -> dict[int, int]:
    """Return the step of DC by table."""
    found, at = dict[int, int](), 0
    while at < len(body):
        wide, name = body[at] >> 4, body[at] & 15
        (found[name],) = struct.unpack_from(">H" if wide else ">B", body, at + 1)
        at += 129 if wide else 65
    return found


def _huffman(body: bytes) -> dict[int, bytes]:
    """Return tables (16 counts and the values) by class x 16 + number."""
    found, at = dict[int, bytes](), 0
    while at < len(body):
        size = sum(body[at + 1 : at + 17])
        if size > 256 or len(body) < at + 17 + size:
            raise ValueError
        found[body[at]] = body[at + 1 : at + 17 + size]
        at += 17 + size
    return found


@lru_cache(maxsize=1)
def _usual_tables() -> tuple[tuple[int, bytes], ...]:
    """Return the tables of ITU T.81, annex K, which USB cameras leave out: encoders take them unless asked."""
    data = bytes(cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes())
    found, place = dict[int, bytes](), 2
    while data[place + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, place + 2)
        if data[place + 1] == 0xC4:
            found.update(_huffman(data[place + 4 : place + 2 + length]))
        place += 2 + length
    return tuple(found.items())


@lru_cache(maxsize=32)
def _lookups(tables: tuple[bytes, ...]) -> Luts:
    """Return the tables as luts of the kernels. Pictures of one camera have the same ones, but for optimised ones."""
    found = np.zeros((len(tables), 1 << 16), np.uint16)
    for row, table in enumerate(tables):
        at, value = 0, 16
        for length in range(1, 17):
            for _ in range(table[length - 1]):
                width = 1 << (16 - length)
                if at + width > 1 << 16:
                    raise ValueError
                found[row, at : at + width] = length << 8 | table[value]
                at, value = at + width, value + 1
    found.setflags(write=False)
    return found
