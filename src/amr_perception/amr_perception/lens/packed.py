"""Compressed pictures (JPEG, PNG), looked at before they are unpacked: size, depth, rotation, completeness, damage."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError

Picture = npt.NDArray[np.uint8]

LEAST_PX, MOST_PX = 16, 4096
_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_UPRIGHT = (0, 1)


def _invalid(topic: str, reason: str) -> AmrError:
    return AmrError("message.invalid", topic=topic, reason=reason)


def check_size(width: int, height: int, topic: str) -> None:
    """Raise message.invalid for a picture that is no picture, or far too large."""
    if not (LEAST_PX <= height <= MOST_PX and LEAST_PX <= width <= MOST_PX):
        raise _invalid(topic, f"size {width} x {height}: {LEAST_PX} to {MOST_PX} px a side")


def decode(data: bytes, name: str = "", *, colour: bool = False, topic: str = "image_raw/compressed") -> Picture:
    """Return a JPEG or PNG as mono8 (height, width), with colour as bgr8 (height, width, 3). Raises message.invalid.

    name: what the sender calls the format. A picture that says that it must be turned is refused: its pixels do not
    lie where the calibration takes them to be.
    """
    if data.startswith(b"\xff\xd8\xff"):
        width, height, depth, turned = _jpeg(data, topic)
    elif data.startswith(_PNG):
        width, height, depth, turned = _png(data, topic)
    else:
        raise _invalid(topic, f"{len(data)} bytes of {name[:32]!r} are neither JPEG nor PNG")
    check_size(width, height, topic)
    if depth != 8:
        raise _invalid(topic, f"{depth} bits a channel: set the driver to 8")
    if turned not in _UPRIGHT:
        raise _invalid(topic, f"EXIF orientation {turned}: set the camera to no rotation")
    wrong = _damage(data)
    if wrong:
        raise _invalid(topic, f"damaged, {len(data)} bytes: {wrong}")
    flag = cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        picture = None
    if picture is None or picture.shape[:2] != (height, width):
        raise _invalid(topic, f"{len(data)} bytes that cannot be unpacked")
    return np.asarray(picture, dtype=np.uint8)


def _damage(data: bytes) -> str:
    """Return what is wrong with the data of a JPEG or PNG: the decoders fill it up and say so only on a console."""
    if data.startswith(_PNG):
        return _png_damage(data)
    from amr_perception.lens.jpeg import damage  # Numba: only where pictures come packed

    return damage(data)


def _png_damage(data: bytes) -> str:
    place, pixels, left = len(_PNG), zlib.decompressobj(), _png_bytes(data)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        part = data[place + 4 : place + 8 + length]
        if data[place + 8 + length : place + 12 + length] != struct.pack(">I", zlib.crc32(part)):
            return "a checksum that does not fit"
        place += 12 + length
        if part[:4] == b"IDAT":
            try:
                left -= len(pixels.decompress(part[4:], left + 1))
            except zlib.error:
                return "pixels that cannot be unpacked"
            if left < 0:
                return "more pixels than its size says"
        elif part[:4] == b"IEND":
            break
    return "" if pixels.eof and not left else "pixels missing"  # each part may be whole, and one of them never came


def _png_bytes(data: bytes) -> int:
    """Return how many bytes the pixels of a PNG are when they are unpacked: rows with a filter byte each."""
    if len(data) < 29:
        return 0
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    passes = ((8, 8, 0, 0), (8, 8, 4, 0), (4, 8, 0, 4), (4, 4, 2, 0), (2, 4, 0, 2), (2, 2, 1, 0), (1, 2, 0, 1))
    total = 0
    for across, down, x, y in passes if interlaced else ((1, 1, 0, 0),):
        columns, rows = max(0, -((x - width) // across)), max(0, -((y - height) // down))
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def _jpeg(data: bytes, topic: str) -> tuple[int, int, int, int]:
    """Return width, height, bits a channel and EXIF orientation (0 = none). Raises message.invalid when cut short."""
    # Some drivers pad a frame; without the end marker the decoder fills up with grey and says nothing.
    if b"\xff\xd9" not in data[-4096:]:
        raise _invalid(topic, f"a JPEG of {len(data)} bytes without its end")
    place, turned = 2, 0
    try:
        while True:
            if data[place] != 0xFF:
                raise ValueError
            kind = data[place + 1]
            if kind == 0xFF:
                place += 1
                continue
            (length,) = struct.unpack_from(">H", data, place + 2)
            if kind in _FRAMES:
                depth, height, width = struct.unpack_from(">BHH", data, place + 4)
                return width, height, depth, turned
            if kind == 0xE1 and data[place + 4 : place + 10] == b"Exif\0\0":
                turned = _orientation(data[place + 10 : place + 2 + length])
            place += 2 + length
    except (IndexError, struct.error, ValueError) as error:
        raise _invalid(topic, f"a JPEG of {len(data)} bytes without a size") from error


def _orientation(tiff: bytes) -> int:
    order = ">" if tiff[:2] == b"MM" else "<"
    try:
        (place,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, place)
        for k in range(min(count, 200)):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, place + 2 + 12 * k)
            if tag == 0x0112:
                return int(value)
    except struct.error:
        return 0
    return 0


def _png(data: bytes, topic: str) -> tuple[int, int, int, int]:
    if len(data) < 33 or not data.endswith(b"IEND\xae\x42\x60\x82"):
        raise _invalid(topic, f"a PNG of {len(data)} bytes without its end")
    width, height, depth = struct.unpack_from(">IIB", data, 16)
    return width, height, depth, 0
