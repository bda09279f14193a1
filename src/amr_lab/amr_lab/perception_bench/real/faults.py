"""Faults of cameras made out of real pictures, one by one, as a buyer would try them on a camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.real.spoiled import BLIND, LiveNoise, Picture
from amr_perception.lens.packed import decode

Rng = np.random.Generator
Make = Callable[[Picture, Picture, float, Rng], Picture | AmrError]


@dataclass(frozen=True)
class CameraFault:
    """make: what the camera gives of a clear picture (and one of another camera) so long (s) after the fault began.

    lag: by how much (s) its stamps are late. still: this share of its pictures, from the top, is the same each time,
    without the noise of a live camera. full_s: when a fault that grows is there in full. changing: its pictures differ
    by more than noise.
    """

    name: str
    make: Make
    lag: float = 0.0
    still: float = 0.0
    full_s: float = 0.0
    changing: bool = False


def _flat(level: tuple[int, int, int], share: float) -> Make:
    """Cover a share of the picture's width, or a lower half, with one colour."""

    def make(clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
        made = clear.copy()
        made[:, : round(share * clear.shape[1])] = level
        return made

    return make


def _half_grey(clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
    made = clear.copy()
    made[clear.shape[0] // 2 :] = 128
    return made


def _spoiled(name: str) -> Make:
    # The same dirt stays on the lens: each picture draws it from the same numbers.
    return lambda clear, _other, _t, _rng: BLIND[name](clear, np.random.default_rng(11))


def _turned(clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
    height, width = clear.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), 6.0, 1.0)
    move[:, 2] += (0.06 * width, 0.04 * height)
    return np.asarray(cv2.warpAffine(clear, move, (width, height), borderMode=cv2.BORDER_REFLECT), dtype=np.uint8)


def _mixed(scale: float, veil: float, clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
    return np.asarray(np.clip(scale * clear + veil, 0, 255), dtype=np.uint8)


def _rain(clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
    """Drops over most of the glass: each shows a blurred, bright piece of the scene."""
    rng, height, width = np.random.default_rng(5), *clear.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for _ in range(420):
        at = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        cv2.circle(mask, at, int(rng.uniform(8, 24)), 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
    wet = cv2.GaussianBlur(clear, (0, 0), width / 50) * 0.8 + 40
    return np.asarray(np.clip(clear * (1 - mask) + wet * mask, 0, 255), dtype=np.uint8)


def _web(clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
    """A spider's web close to the lens, lit by its lamps: bright, out of focus, over the whole picture."""
    height, width = clear.shape[:2]
    net = np.zeros((height, width), np.float32)
    middle = (width // 2, height // 2)
    for k in range(24):
        end = (round(middle[0] + width * np.cos(k * np.pi / 12)), round(middle[1] + width * np.sin(k * np.pi / 12)))
        cv2.line(net, middle, end, 1.0, 7)
    for radius in range(30, width, 36):
        cv2.circle(net, middle, radius, 1.0, 7)
    net = np.clip(2.0 * cv2.GaussianBlur(net, (0, 0), 9), 0, 0.95)[..., None]
    return np.asarray(np.clip(clear * (1 - net) + 210 * net, 0, 255), dtype=np.uint8)


def _sun(clear: Picture, _other: Picture, t: float, _rng: Rng) -> Picture:
    """The sun comes into the view within a second, and stays."""
    height, width = clear.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    away = np.hypot(columns - 0.45 * width, rows - 0.4 * height)
    radius = 0.75 * width * min(1.0, t)
    glow = 400.0 * np.exp(-((away / max(1.0, radius)) ** 4))
    return np.asarray(np.clip(0.4 * clear + 60 + glow[..., None], 0, 255), dtype=np.uint8)


def _unpacked(data: bytes) -> Picture | AmrError:
    """Return a packed picture as a node gets it, or what it says of it."""
    try:
        return decode(data, colour=True)
    except AmrError as error:
        return error


def _damaged(clear: Picture, _other: Picture, _t: float, rng: Rng) -> Picture | AmrError:
    """A JPEG whose data a bad link has changed."""
    packed = bytearray(cv2.imencode(".jpg", clear, (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes())
    for place in rng.integers(len(packed) // 6, len(packed) // 3, 60):
        packed[int(place)] = int(rng.integers(0, 255))
    return _unpacked(bytes(packed))


def _lost_packet(clear: Picture, _other: Picture, _t: float, rng: Rng) -> Picture | AmrError:
    """A JPEG with zeros where a packet of 1,400 bytes never came."""
    packed = cv2.imencode(".jpg", clear, (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes()
    at = int(rng.integers(len(packed) // 4, len(packed) - 1500))
    return _unpacked(packed[:at] + bytes(1400) + packed[at + 1400 :])


def _cut(ending: str, tail: int) -> Make:
    """Cut a packed picture in its second half; its last bytes stand behind, as a driver that never waits puts them."""

    def make(clear: Picture, _other: Picture, _t: float, rng: Rng) -> Picture | AmrError:
        packed = cv2.imencode(ending, clear, (cv2.IMWRITE_JPEG_PROGRESSIVE, 1) if ending == ".jpg" else ())[1].tobytes()
        return _unpacked(packed[: int(rng.integers(len(packed) // 2, len(packed) - 100))] + packed[-tail:])

    return make


def _other_light(clear: Picture, _other: Picture, _t: float, _rng: Rng) -> Picture:
    return np.asarray(np.clip(0.6 * (clear.astype(np.float32) / 255.0) ** 1.3 * 255.0 + 8, 0, 255), dtype=np.uint8)


FAULTS: tuple[CameraFault, ...] = (
    CameraFault("black", _spoiled("black")),
    CameraFault("a cloth over 60 %", _flat((62, 60, 58), 0.6)),
    CameraFault("mud on 60 %", _spoiled("mud on 60 %")),
    CameraFault("out of focus", _spoiled("defocus width/100")),
    CameraFault("frozen", lambda clear, _o, _t, _r: clear, still=1.0),
    CameraFault("half a picture frozen", lambda clear, _o, _t, _r: clear, still=0.5),
    CameraFault("late", lambda clear, _o, _t, _r: clear, lag=3.0),
    CameraFault("another size", lambda clear, _o, _t, _r: np.asarray(cv2.resize(clear, (320, 240)), dtype=np.uint8)),
    CameraFault("turned", _turned),
    CameraFault("glare over all", partial(_mixed, 0.25, 215.0)),
    CameraFault("rain on the glass", _rain),
    CameraFault("fog", partial(_mixed, 0.12, 150.0)),
    CameraFault("night without light", _spoiled("dark x 0.03 + noise")),
    CameraFault("another camera's picture", lambda _c, other, _t, _r: other),
    CameraFault("half a picture grey", _half_grey),
    CameraFault("damaged JPEG", _damaged, changing=True),
    CameraFault("a JPEG with a lost packet", _lost_packet, changing=True),
    CameraFault("a cut progressive JPEG", _cut(".jpg", 2), changing=True),
    CameraFault("a cut PNG", _cut(".png", 12), changing=True),
    CameraFault("a green picture", _flat((0, 135, 0), 1.0)),
    CameraFault("upside down", lambda clear, _o, _t, _r: np.ascontiguousarray(clear[::-1, ::-1])),
    CameraFault("a still of another day", _other_light, still=1.0),
    CameraFault("a spider's web", _web),
    CameraFault("the sun in the view", _sun, full_s=1.0, changing=True),
)


class Showing:
    """What a camera gives while a fault lasts, with the noise of a live camera (bgr8, of the clear picture's shape)."""

    def __init__(self, fault: CameraFault, clear: Picture, other: Picture, noise: LiveNoise, rng: Rng) -> None:
        self._fault, self._clear, self._other, self._noise, self._rng = fault, clear, other, noise, rng
        self._made: Picture | AmrError | None = None

    def at(self, t: float) -> Picture | AmrError:
        """Return the picture t s after the fault began."""
        fault = self._fault
        if self._made is None or fault.changing:
            self._made = fault.make(self._clear, self._other, t, self._rng)
        if isinstance(self._made, AmrError):
            return self._made
        given = self._noise.on(self._made)
        rows = round(fault.still * len(given))
        given[:rows] = self._made[:rows]
        return given
