"""What a camera in front of a rack sees: shelf, pallet, label with its bar code; drawn, not photographed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from amr_uav.sample_stock import UNREADABLE

Picture = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 800, 600
FOCAL: Final = 2600.0
"""px: a long lens, so that a label of 0.15 m at 1.5 m has its bars 2 px wide."""
_LABEL: Final = (0.22, 0.11)  # m, width and height
_SHELF, _WOOD, _PAPER, _STEEL = 25, 95, 235, 70


def picture(load: str, distance: float, speed: float, rng: np.random.Generator) -> Picture:
    """Return the mono8 picture of a cell from a distance (m), flown past at a speed (m/s). load: "" = empty."""
    image = np.full((HEIGHT, WIDTH), _SHELF, dtype=np.float32)
    _behind(image)
    if load:
        image[60:540, 60:740] = _WOOD
        _stick(image, load, FOCAL / distance, rng)
    blur = 0.4 + 6.0 * speed
    shown = cv2.GaussianBlur(image, (0, 0), blur) + 4.0 * rng.standard_normal(image.shape, dtype=np.float32)
    seen: Picture = np.clip(shown, 0, 255).astype(np.uint8)
    return seen


def roof(x: float, y: float, speed: float, rng: np.random.Generator) -> Picture:
    """Return the mono8 picture of roof sheets at a point (m), flown past at a speed (m/s): ribs, screws, and a tear in
    one point of three.
    """
    image = np.full((HEIGHT, WIDTH), 150.0, dtype=np.float32)
    own = np.random.default_rng([round(abs(x) * 2.0), round(abs(y) * 2.0)])  # the same roof at every visit
    for rib in range(int(own.integers(10, 60)), WIDTH, 90):
        image[:, rib : rib + 16], image[:, rib + 16 : rib + 22] = 190.0, 95.0
        for screw in range(60, HEIGHT, 160):
            cv2.circle(image, (rib + 8, screw), 5, 40.0, -1)
    if own.integers(3) == 0:
        spots = own.integers((120, 120), (WIDTH - 120, HEIGHT - 120), size=(1, 2)) + own.integers(-70, 70, size=(7, 2))
        cv2.fillPoly(image, [cv2.convexHull(spots.astype(np.int32))], 15.0)
    shown = cv2.GaussianBlur(image, (0, 0), 0.4 + 6.0 * speed)
    seen: Picture = np.clip(shown + 4.0 * rng.standard_normal(image.shape, dtype=np.float32), 0, 255).astype(np.uint8)
    return seen


def _behind(image: npt.NDArray[np.float32]) -> None:
    """Draw what stands behind a cell: uprights and braces of the rack. Without them an empty cell is a covered lens."""
    for x in range(40, WIDTH, 240):
        image[:, x : x + 26] = _STEEL
        image[14::36, x + 9 : x + 17] = _SHELF  # their holes
    for x in range(-400, WIDTH, 240):
        cv2.line(image, (x, 0), (x + 400, HEIGHT), (_STEEL - 15.0,), 9)


def _stick(image: npt.NDArray[np.float32], load: str, scale: float, rng: np.random.Generator) -> None:
    width, height = (min(limit, round(m * scale)) for m, limit in zip(_LABEL, (660, 460), strict=True))
    label = np.full((height, width), _PAPER, dtype=np.float64)
    if load == UNREADABLE:
        label[:: max(2, height // 9)] = 120.0  # torn and smeared
    else:
        code = zxingcpp.create_barcode("00" + load, zxingcpp.Code128)
        bars = np.asarray(zxingcpp.write_barcode_to_image(code, scale=2, add_quiet_zones=True))
        inner = (int(width * 0.96), int(height * 0.6))
        drawn = cv2.resize(bars, inner, interpolation=cv2.INTER_AREA).astype(np.float64) * (_PAPER / 255.0)
        top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
        label[top : top + inner[1], left : left + inner[0]] = drawn
    y = (HEIGHT - height) // 2 + int(rng.integers(-20, 21))
    x = (WIDTH - width) // 2 + int(rng.integers(-20, 21))
    image[y : y + height, x : x + width] = label
