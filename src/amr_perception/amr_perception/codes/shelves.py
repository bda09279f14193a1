"""What the pictures of one cell of a rack hold: an SSCC that pictures agree on, a label nobody can read, or nothing."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from amr_perception.codes.reader import CodeVote, Image, ReadCode, read_codes
from amr_uav.count import CellReading

_BRIGHT: Final = 190
_LEAST_SHARE: Final = 0.01
"""Share of a picture that is as bright as paper when there is a label in it."""
_MOST_SHARE: Final = 0.9  # chosen: a label fills less, a lens that is dazzled or before white wrap more
_DARK: Final = 15
"""Grey level that a picture of a rack has somewhere, by whatever light a reader works."""
_PAPER: Final = 150  # grey level of a label whose bars are blurred
_AROUND: Final = 10  # px
_MOST_PIXELS: Final = 250_000


def has_label(picture: Image) -> bool:
    """Return whether there is something like a label in a mono8 picture: as bright as paper, on something darker."""
    return _LEAST_SHARE <= _bright(picture) <= _MOST_SHARE


def _bright(picture: Image) -> float:
    return float((picture >= _BRIGHT).mean())


def read_label(picture: Image) -> list[ReadCode]:
    """Return the codes in a mono8 picture; a label that is seen and not read is looked at alone, larger and sharper.

    An aircraft that has just come still moves: its pictures are a little blurred. Corners are then those in the larger
    picture.
    """
    codes = read_codes(picture, retry=False)
    if codes or _bright(picture) < _LEAST_SHARE:
        return codes
    paper = cv2.GaussianBlur(picture, (0, 0), 3.0) >= _PAPER
    rows, columns = np.flatnonzero(paper.any(axis=1)), np.flatnonzero(paper.any(axis=0))
    if not rows.size:
        return []
    label = picture[
        max(0, rows[0] - _AROUND) : rows[-1] + _AROUND, max(0, columns[0] - _AROUND) : columns[-1] + _AROUND
    ]
    if label.size > _MOST_PIXELS:
        return []
    large = cv2.resize(label, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC)
    sharp = cv2.addWeighted(large, 2.5, cv2.GaussianBlur(large, (0, 0), 3.0), -1.5, 0.0)
    return read_codes(np.asarray(sharp, dtype=np.uint8), retry=False)


class ShelfVote:
    """Collects the pictures of one cell."""

    def __init__(self, cell: str) -> None:
        self.cell = cell
        self.frames = 0
        self._labels = 0
        self._codes = CodeVote()

    def add(self, picture: Image, *, clear: bool = True) -> None:
        """Look at one more picture; one that is black, or all white, shows nothing and says nothing of the cell.

        clear: False for one of a lens that does not see; a code that is read in it counts, that there is none does not.
        """
        share = _bright(picture)
        if share > _MOST_SHARE or np.percentile(picture, 98) < _DARK:
            return
        codes = read_label(picture)
        if not clear and not codes:
            return
        self.frames += 1
        self._labels += bool(codes) or share >= _LEAST_SHARE
        self._codes.add(codes)

    @property
    def decided(self) -> bool:
        """Two pictures agree on a number."""
        return any(reading.sscc for reading in self._codes.result())

    def result(self) -> CellReading | None:
        """Return what the cell holds, None while too few pictures were looked at to say."""
        readings = [reading for reading in self._codes.result() if reading.sscc]
        if len({reading.sscc for reading in readings}) == 1:
            return CellReading(self.cell, "label", readings[0].sscc)
        if self.frames < 2:
            return None
        return CellReading(self.cell, "unreadable" if 2 * self._labels >= self.frames else "empty")
