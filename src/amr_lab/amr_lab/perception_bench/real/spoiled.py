"""Real pictures spoiled as lenses and light do it; the rows of the table of blind cameras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
Picture = npt.NDArray[np.uint8]
Spoil = Callable[[Picture, np.random.Generator], Picture]


def files(folder: Path) -> list[Path]:
    """Return the pictures below a folder, in order."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES)


def grain(picture: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Return a picture with noise (grey levels) as every live camera has."""
    return np.asarray(np.clip(picture + rng.normal(0.0, sigma, picture.shape), 0, 255), dtype=np.uint8)


class LiveNoise:
    """The noise of a live camera: few fields of it, each time shifted elsewhere, at a tenth of what fresh ones cost."""

    def __init__(self, shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> None:
        self._rng = rng
        self._fields = [np.rint(rng.normal(0.0, sigma, shape)).astype(np.int16) for _ in range(4)]
        self._last = 0

    def on(self, picture: Picture) -> Picture:
        """Return a picture of this shape, or of another one without noise, with it."""
        rows_of_all = len(self._fields) * self._fields[0].shape[0]
        # Never the same twice in a row: two pictures that are alike are what a frozen camera sends.
        self._last = (self._last + int(self._rng.integers(1, rows_of_all))) % rows_of_all
        field, at = divmod(self._last, self._fields[0].shape[0])
        noise = self._fields[field]
        if noise.shape != picture.shape:
            return picture
        made = np.empty_like(picture)
        for rows, others in ((slice(at, None), slice(None, -at or None)), (slice(None, at), slice(-at or None, None))):
            if len(made[rows]):
                made[rows] = cv2.add(picture[rows], noise[others], dtype=cv2.CV_8U)
        return made


def _blurred(part: float) -> Spoil:
    return lambda p, _: np.asarray(cv2.GaussianBlur(p, (0, 0), p.shape[1] / part), dtype=np.uint8)


def _mud(share: float) -> Spoil:
    def spoil(picture: Picture, rng: np.random.Generator) -> Picture:
        height, width = picture.shape[:2]
        rough = rng.normal(size=(max(4, height // 40), max(4, width // 40))).astype(np.float32)
        field = cv2.resize(cv2.GaussianBlur(rough, (3, 3), 0), (width, height), interpolation=cv2.INTER_CUBIC)
        mask = cv2.GaussianBlur((field > np.quantile(field, 1.0 - share)).astype(np.float32), (0, 0), width / 80)
        smear = 0.35 * cv2.GaussianBlur(picture, (0, 0), width / 15) + 0.65 * np.array((40, 55, 70))
        mixed = picture * (1 - mask[..., None]) + smear * mask[..., None]
        return np.asarray(np.clip(mixed, 0, 255), dtype=np.uint8)

    return spoil


def _glare(picture: Picture, rng: np.random.Generator) -> Picture:
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    at = (rng.uniform(0.2, 0.8) * width, rng.uniform(0.1, 0.5) * height)
    glow = np.exp(-((columns - at[0]) ** 2 + (rows - at[1]) ** 2) / (2 * (width / 5) ** 2))
    return np.asarray(np.clip(0.6 * picture + 60 + 255 * glow[..., None], 0, 255), dtype=np.uint8)


def _jpeg(picture: Picture, _: np.random.Generator) -> Picture:
    packed = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 15))[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)


def _half(picture: Picture, _: np.random.Generator) -> Picture:
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, picture.shape[1::-1]), dtype=np.uint8)


HARMLESS: Mapping[str, Spoil] = {
    "as it is": lambda p, _: p,
    "half size": _half,
    "JPEG quality 15": _jpeg,
    "glare": _glare,
    "dusk x 0.3": lambda p, rng: grain(np.asarray(p * 0.3, dtype=np.uint8), 2.0, rng),
}
BLIND: Mapping[str, Spoil] = {
    "dark x 0.10": lambda p, _: np.asarray(p * 0.1, dtype=np.uint8),
    "dark x 0.03 + noise": lambda p, rng: grain(np.asarray(p * 0.03, dtype=np.uint8), 2.0, rng),
    "black": lambda p, rng: grain(p * 0, 1.5, rng),
    "defocus width/100": _blurred(100),
    "defocus width/40": _blurred(40),
    "covered, even grey": lambda p, _: np.full_like(p, 90),
    "mud on 60 %": _mud(0.6),
    "mud on 90 %": _mud(0.9),
}
