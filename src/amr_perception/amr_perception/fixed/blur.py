"""The ways a picture may leave a camera node: small, blurred, and with what was detected blotted out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from amr_perception.people.boxes import ColourImage, PictureBox

WIDTH = 240
KEPT_WIDTH = 640
"""px of a picture that is kept of a point of an inspection, where people were looked for in it."""
_SIGMA_PX = 1.6  # chosen: no face is known, a person is still seen as one; more hides what an operator looks for
_BLOT = 6  # px of the small picture that become one
_ROOM = 0.15  # share of a box's sides more on each: a detector's box may leave out hands and hair
_QUALITY = 55


def blurred_jpeg(image: ColourImage, boxes: Sequence[PictureBox]) -> bytes:
    """Return a picture (mono8 or bgr8) as a small blurred JPEG; what is in boxes (px) becomes coarse blocks.

    Whatever its class: a group of people may count as a vehicle. A head 3 m away is some 40 px wide in a 640 px
    picture, and two or three blocks in this one.
    """
    scale = WIDTH / image.shape[1]
    small = cv2.resize(image, (WIDTH, max(1, round(image.shape[0] * scale))), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _SIGMA_PX)
    for box in boxes:
        _blot(small, box, scale)
    good, data = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return data.tobytes() if good else b""


def point_jpeg(image: ColourImage, people: Sequence[PictureBox] | None) -> bytes:
    """Return a picture of a point that was inspected: with people as coarse blocks, large enough to see a torn sheet.

    people: those who were found in it (px); None: nobody looked for them, so it is as small and blurred as any other.
    """
    if people is None:
        return blurred_jpeg(image, ())
    scale = min(1.0, KEPT_WIDTH / image.shape[1])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for box in people:
        _blot(small, box, scale)
    good, data = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 80))
    return data.tobytes() if good else b""


def _blot(small: ColourImage, box: PictureBox, scale: float) -> None:
    room_x, room_y = _ROOM * (box.x1 - box.x0), _ROOM * (box.y1 - box.y0)
    x0, y0 = max(0, round((box.x0 - room_x) * scale)), max(0, round((box.y0 - room_y) * scale))
    x1, y1 = round((box.x1 + room_x) * scale) + 1, round((box.y1 + room_y) * scale) + 1
    part = small[y0:y1, x0:x1]
    if part.size == 0:
        return
    size = (max(1, part.shape[1] // _BLOT), max(1, part.shape[0] // _BLOT))
    coarse = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    small[y0:y1, x0:x1] = np.asarray(
        cv2.resize(coarse, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )
