"""Numbers of which the search for text has missed a part: looked for where what it found says that it must stand.

Text is searched for along lines. Of a column it often finds the digits and not the letters above them, or not the first
digits: they are cut into signs, laid side by side and read as a line. Of a line over corrugated steel it finds the
owner's letters and only pieces of the digits, with those of the line below: the strip beside the letters is read whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from amr_perception.containers.assemble import Text

Image = npt.NDArray[np.uint8]
ReadLine = Callable[[Image], tuple[str, float]]
"""Reads the one line of text in a bgr8 picture: text and score 0..1."""

_SERIAL_SIGNS: Final = 6
_SOME_DIGITS: Final = re.compile(r"^[0-9]{3,6}$")
_OWNER: Final = re.compile(r"^[A-Z]{3}[UJZ]$")
_OFFSETS: Final = (0.0, 0.2, 0.4, 0.7)  # signs between what was found and what stands above it
# heights of a sign above and below it; chosen: one close cut, one for signs that lie askew
_MARGINS: Final = (0.04, 0.12)
_HEIGHT: Final = 48
_LEAST_PX: Final = 8
_LEAST_SCORE: Final = 0.7  # of the reader, 0 to 1; chosen: two cuts must agree as well (_AGREE)
_AGREE: Final = 2
_DIGITS: Final = re.compile(r"^[0-9]{7}$")
_STRIPS: Final = ((0.0, 0.0), (-0.1, -0.1), (-0.1, 0.1), (0.1, 0.1))  # more above and below, in heights of the letters
_STRIP_SIGNS: Final = 10  # seven digits and the gaps before and between them


def completed(colour: Image, texts: Sequence[Text], read: ReadLine) -> Iterator[list[Text]]:
    """Yield the texts with a column's missing first digits, or with the owner's letters above it, or a line's digits.

    Only what two cuts read alike, and no others half as often otherwise, counts: a number is never guessed.
    """
    for piece in texts:
        rest = [text for text in texts if text is not piece]
        if not piece.column:
            digits = _beside(colour, piece, read)
            if digits is not None:
                yield [*rest, piece, digits]
            continue
        if not _SOME_DIGITS.match(piece.clean):
            continue
        serial: Text | None = piece
        if len(piece.clean) < _SERIAL_SIGNS:
            missing = _SERIAL_SIGNS - len(piece.clean)
            serial = _above(colour, piece, missing, re.compile(rf"^[0-9]{{{missing}}}$"), read)
            if serial is not None:
                serial = _joined(serial, piece)
                yield [*rest, serial]
        if serial is not None:
            owner = _above(colour, serial, 4, _OWNER, read)
            if owner is not None:
                yield [*rest, serial, owner]


def _beside(colour: Image, owner: Text, read: ReadLine) -> Text | None:
    """Return the seven digits to the right of an owner's letters, when strips of different heights agree on them."""
    if not _OWNER.match(owner.clean):
        return None
    x0, y0, x1, y1 = owner.box
    height, left = y1 - y0, round(x1)
    right = min(colour.shape[1], round(x1 + _STRIP_SIGNS * (x1 - x0) / 4.0))
    strips = [colour[max(0, round(y0 - up * height)) : round(y1 + down * height), left:right] for up, down in _STRIPS]
    found = _agreed((s for s in strips if min(s.shape[:2]) >= _LEAST_PX), _DIGITS, read)
    return Text(*found, (x1, y0, float(right), y1)) if found is not None else None


def _agreed(lines: Iterable[Image], form: re.Pattern[str], read: ReadLine) -> tuple[str, float] | None:
    """Return what cuts of one thing agree on, of those that read as something of this form, with the least score."""
    found, scores = Counter[str](), list[float]()
    for line in lines:
        text, score = read(line)
        clean = Text(text, score, (0.0, 0.0, 0.0, 0.0)).clean
        if score >= _LEAST_SCORE and form.match(clean):
            found[clean] += 1
            scores.append(score)
    ranked = found.most_common(2)
    if not ranked or ranked[0][1] < _AGREE or (len(ranked) == 2 and ranked[0][1] < _AGREE * ranked[1][1]):
        return None
    return ranked[0][0], min(scores)


def _above(colour: Image, piece: Text, signs: int, form: re.Pattern[str], read: ReadLine) -> Text | None:
    """Return so many signs above a piece of a column, when cuts at different places agree on them."""
    x0, y0, x1, y1 = piece.box
    pitch = (y1 - y0) / len(piece.clean)
    tops = [y0 - (signs + offset) * pitch for offset in _OFFSETS]
    cuts = (laid_out(colour, (x0, x1), top, pitch, signs, margin) for top in tops for margin in _MARGINS)
    found = _agreed((cut for cut in cuts if cut is not None), form, read)
    return Text(*found, (x0, y0 - signs * pitch, x1, y0)) if found is not None else None


def _joined(upper: Text, lower: Text) -> Text:
    box = (lower.box[0], upper.box[1], lower.box[2], lower.box[3])
    return Text(upper.clean + lower.clean, min(upper.score, lower.score), box)


def laid_out(
    colour: Image, columns: tuple[float, float], top: float, pitch: float, signs: int, margin: float
) -> Image | None:
    """Return the signs of a column side by side, 48 px high; None where they would leave the picture.

    columns: its left and right edge (px); top: its upper edge; pitch: height of a sign; margin: more of each (share).
    """
    if top < -0.3 * pitch or pitch < _LEAST_PX:
        return None
    wide = 0.08 * (columns[1] - columns[0])
    left, right = max(0, round(columns[0] - wide)), round(columns[1] + wide)
    cells = []
    for k in range(signs):
        low, high = (round(top + (k + at) * pitch) for at in (-margin, 1.0 + margin))
        cell = colour[max(0, low) : high, left:right]
        if min(cell.shape[:2]) < _LEAST_PX:
            return None
        cells.append(cv2.resize(cell, (max(1, round(_HEIGHT * cell.shape[1] / cell.shape[0])), _HEIGHT)))
    return np.asarray(np.hstack(cells), dtype=np.uint8)
