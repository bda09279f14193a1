"""Boxes in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

BoxKind = Literal["person", "vehicle", "load"]
ColourImage = npt.NDArray[np.uint8]
FloatImage = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PictureBox:
    """A thing in a picture: kind, score 0..1, corners x0, y0, x1, y1 (px).

    wide_to: below that (px) it is narrower than its box, None: not said. goes_on: whether its left, right and lower
    edges are edges of the scene, beyond which the thing may go on: hidden, or as grey as what it hides.
    """

    kind: BoxKind
    score: float
    x0: float
    y0: float
    x1: float
    y1: float
    wide_to: float | None = None
    goes_on: tuple[bool, bool, bool] = field(default=(False, False, False), kw_only=True)

    @property
    def foot(self) -> tuple[float, float]:
        """Where it stands: the middle of the lower edge (px)."""
        return (self.x0 + self.x1) / 2.0, self.y1


class Detector(Protocol):
    """What finds things in pictures."""

    name: str

    def detect(self, image: ColourImage) -> list[PictureBox]:
        """Return the boxes in a bgr8 (height, width, 3) or mono8 (height, width) picture."""
        ...


def overlap(a: PictureBox, b: PictureBox) -> float:
    """Return intersection over union."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    return shared / ((a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - shared)


def check_answers(answers: Sequence[npt.NDArray[Any]]) -> None:
    """Raise ValueError for answers of a model that are no numbers: no threshold holds against them, nobody is seen."""
    if not all(np.isfinite(answer).all() for answer in answers):
        raise ValueError("the model's answers are no numbers")


def suppress(boxes: list[PictureBox], limit: float = 0.6) -> list[PictureBox]:
    """Return the boxes without those of the same kind that overlap a better one by more than limit."""
    kept: list[PictureBox] = []
    for box in sorted(boxes, key=lambda b: -b.score):
        if all(box.kind != other.kind or overlap(box, other) <= limit for other in kept):
            kept.append(box)
    return kept
