"""The check digit's box: the sign in it, without the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


def framed_sign(crop: Image) -> Image | None:
    """Return the sign inside a closed frame in a bgr8 picture, alone on its ground; None without such a frame.

    The frame may be thin and askew: nothing is cut off, what is not the sign is painted over.
    """
    if min(crop.shape[:2]) < 8:
        return None
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    _, light = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for binary in (light, cv2.bitwise_not(light)):
        outlines, tree = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
        for sign in _framed(outlines, tree[0] if tree is not None else (), crop.shape[0]):
            x, y, width, height = cv2.boundingRect(outlines[sign])
            mask = cv2.dilate(
                cv2.drawContours(np.zeros_like(grey), outlines, sign, 255, cv2.FILLED), np.ones((3, 3), np.uint8)
            )
            ground = int(np.median(grey[mask == 0]))
            alone = np.where(mask > 0, grey, ground)[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
            room = round(0.4 * height)
            wide = cv2.copyMakeBorder(
                alone.astype(np.uint8), room, room, room, room, cv2.BORDER_CONSTANT, value=float(ground)
            )
            return np.asarray(cv2.cvtColor(wide, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return None


def _framed(outlines: Sequence[npt.NDArray[np.int32]], tree: Sequence[Sequence[int]], rows: int) -> Iterator[int]:
    """Yield the outlines of signs in a frame: an outline with a hole in it they stand in. rows: of the picture."""
    for sign, (*_, hole) in enumerate(tree):
        frame = tree[hole][3] if hole >= 0 else -1
        if frame < 0:
            continue
        _, _, width, height = cv2.boundingRect(outlines[frame])
        _, _, inner_width, inner_height = cv2.boundingRect(outlines[sign])
        if (
            height > 0.4 * rows
            and 0.4 < width / height < 1.4
            and inner_height > 0.5 * height
            and inner_width < 0.9 * width
        ):
            yield sign


def without_frame(crop: Image) -> Image:
    """Return the inside of the largest rectangle in a crop, or the crop."""
    if min(crop.shape[:2]) < 8:
        return crop
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    _, binary = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if float(np.mean(binary)) > 127:
        binary = cv2.bitwise_not(binary)
    outlines, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    frames = [cv2.boundingRect(o) for o in outlines]
    frames = [f for f in frames if f[3] > 0.5 * crop.shape[0] and 0.5 < f[2] / f[3] < 1.4]
    if not frames:
        return crop
    x, y, width, height = max(frames, key=lambda f: f[2] * f[3])
    cut = max(1, round(0.14 * height))
    inner = crop[y + cut : y + height - cut, x + cut : x + width - cut]
    if min(inner.shape[:2]) < 6:
        return crop
    edge = np.median(inner.reshape(-1, 3), axis=0)
    room = round(0.4 * inner.shape[0])
    return np.asarray(
        cv2.copyMakeBorder(inner, room, room, room, room, cv2.BORDER_CONSTANT, value=edge.tolist()), dtype=np.uint8
    )
