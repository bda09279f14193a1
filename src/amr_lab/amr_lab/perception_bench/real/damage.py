"""Compressed pictures with bytes that a link has changed: how many are told, how wrong the others look, who is held."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.real.faults import CameraFault, Make, Rng
from amr_lab.perception_bench.real.spoiled import Picture, files
from amr_lab.perception_bench.real.trial import TOLD_S, one_fault, scenes, watch_of
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing, p95
from amr_perception.lens.packed import decode

_TRIES = 240  # of each row
_OFF = 16  # levels: a pixel that differs by more is wrong
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 85)
_WHOLE = {
    "JPEG": (".jpg", _JPEG),
    "optimised JPEG": (".jpg", (*_JPEG, cv2.IMWRITE_JPEG_OPTIMIZE, 1)),
    "progressive JPEG": (".jpg", (*_JPEG, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
    "JPEG with restart markers": (".jpg", (*_JPEG, cv2.IMWRITE_JPEG_RST_INTERVAL, 4)),
    "PNG": (".png", ()),
}
# Bytes changed: least share told. One or two often change some blocks and no code, which nothing in a JPEG tells.
_BYTES: dict[int, float | None] = {1: None, 4: None, 16: 0.97, 60: 1.0}
_LINKS = {1: False, 4: True, 16: True}  # bytes changed in each picture of a camera: whether it must be held
_CAMERAS = 8  # for each of them


def damage(folder: Path, step: int) -> list[FigureRow]:
    """Return how many whole pictures are refused, and how many with changed bytes are told, by how many bytes."""
    pictures = scenes(files(folder / "people")[:: 7 * step])
    if not pictures:
        return [missing("pictures with changed bytes", "no pictures below people", {})]
    jpegs = [_pack(picture, *_WHOLE["JPEG"]) for picture in pictures]
    tries = max(8, _TRIES // step)
    rows = [changed_row("JPEG", jpegs, count, tries, share) for count, share in _BYTES.items()]
    rows.append(changed_row("PNG", [_pack(p, *_WHOLE["PNG"]) for p in pictures], 1, tries, 1.0))
    cameras = pictures[: max(1, _CAMERAS // step)]
    return [_whole(pictures), *rows, *(_link(count, cameras, held=held) for count, held in _LINKS.items())]


def _pack(picture: Picture, ending: str, options: Sequence[int]) -> bytes:
    return bytes(cv2.imencode(ending, picture, options)[1].tobytes())


def _whole(pictures: list[Picture]) -> FigureRow:
    told, taken = list[str](), list[float]()
    for kind, (ending, options) in _WHOLE.items():
        for picture in pictures:
            data, out = _pack(picture, ending, options), list[Picture | AmrError]()
            taken.append(cpu_ms(partial(_unpack, data, out)))
            told += [kind for given in out if isinstance(given, AmrError)]
    metrics = {"pictures": len(pictures) * len(_WHOLE), "told": len(told), "ms": median(taken)}
    name = "whole JPEGs (usual, optimised, progressive, restart markers) and PNGs of 640 x 480"
    return FigureRow(name, "real", metrics, {"told": ("<=", 0)}, ", ".join(told[:5]))


def changed_row(kind: str, packed: list[bytes], count: int, tries: int, least: float | None) -> FigureRow:
    """Return how many pictures with so many changed bytes are told; least: the share that must be.

    off_share: of the pixels of a picture that passes, those that differ by more than 16 levels from the whole one.
    """
    rng, told, off = np.random.default_rng(count), 0, list[float]()
    for k in range(tries):
        whole = packed[k % len(packed)]
        out = list[Picture | AmrError]()
        _unpack(changed(whole, count, rng), out)
        if isinstance(out[0], AmrError):
            told += 1
        else:
            off.append(_off(decode(whole, colour=True), out[0]))
    metrics: dict[str, float | int | str | None] = {
        "tries": tries, "told": told, "told_share": round(told / max(1, tries), 3),
        "passed_off_share_median": median(off) if off else 0.0, "passed_off_share_p95": p95(off) if off else 0.0,
        "passed_half_off": sum(share > 0.5 for share in off),
    }  # fmt: skip
    goal: Goal = {} if least is None else {"told_share": (">=", least)}
    note = "off: of a picture that passes, the share of pixels that are wrong by more than 16 levels"
    return FigureRow(f"{kind} of 640 x 480 with {count} of its bytes changed", "real", metrics, goal, note)


def _link(count: int, cameras: list[Picture], *, held: bool) -> FigureRow:
    """Return how many cameras hold their crossing when each of their JPEGs comes with so many changed bytes."""
    times, ended, false, taken = list[float](), 0, 0, list[float]()
    for clear in cameras:
        fault = CameraFault("a bad link", _made_bad(count), changing=True)
        told, over, before = one_fault(watch_of(), fault, clear, clear, taken)
        times += [] if told is None else [told]
        ended, false = ended + (told is not None and over is not None), false + before
    metrics: dict[str, float | int | str | None] = {
        "cameras": len(cameras), "told": sum(t <= TOLD_S for t in times),
        "told_s_worst": round(max(times, default=0.0), 1), "not_ended": len(times) - ended, "false_before": false,
        "ms": median(taken),
    }  # fmt: skip
    goal: Goal = {"told": (">=", len(cameras))} if held else {}
    name = f"a camera of which each JPEG comes with {count} bytes changed, by motion, held within {TOLD_S:.0f} s"
    note = "3 s of it at 5 pictures/s; over within 6 s of whole pictures"
    return FigureRow(name, "real", metrics, {**goal, "not_ended": ("<=", 0), "false_before": ("<=", 0)}, note)


def _made_bad(count: int) -> Make:
    def make(clear: Picture, _other: Picture, _t: float, rng: Rng) -> Picture | AmrError:
        out = list[Picture | AmrError]()
        _unpack(changed(_pack(clear, *_WHOLE["JPEG"]), count, rng), out)
        return out[0]

    return make


def changed(whole: bytes, count: int, rng: Rng) -> bytes:
    """Return a packed picture in which count bytes, anywhere behind the first two, have another value."""
    data = bytearray(whole)
    for place in rng.choice(np.arange(2, len(data)), count, replace=False):
        data[int(place)] ^= int(rng.integers(1, 256))
    return bytes(data)


def _unpack(data: bytes, out: list[Picture | AmrError]) -> None:
    try:
        out.append(decode(data, colour=True))
    except AmrError as error:
        out.append(error)


def _off(whole: Picture, given: Picture) -> float:
    if whole.shape != given.shape:
        return 1.0
    return float((cv2.absdiff(whole, given).max(axis=2) > _OFF).mean())
