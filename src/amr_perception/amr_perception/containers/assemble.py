"""From pieces of text in a picture to a container number: what OCR splits, boxes in or mistakes, put together again."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from amr_perception.containers.iso6346 import valid_number, valid_size_type

_TO_DIGIT = str.maketrans("OQDILSGB", "00011568")
_TO_LETTER = str.maketrans("012568", "OIZSGB")
_OWNER = re.compile(r"[A-Z0-9]{3}[UJZ]")
_STRAY = re.compile(r"^([A-Z]{3}[UJZ])[A-Z](\d{7})?$")
_SIGNS = 11
_WHOLE = re.compile(r"^[A-Z]{3}[UJZ][0-9]{6,7}$")
_NEARER = 1.5  # times the size of signs
_MISREAD = 2  # signs
# A boxed 7 is read as Z as often as a 2 is: both are tried, and the check digit decides.
_Z = ("2", "7")


@dataclass(frozen=True)
class Text:
    """A piece of text: characters, confidence 0..1, box x0, y0, x1, y1 (px)."""

    text: str
    score: float
    box: tuple[float, float, float, float]

    @property
    def clean(self) -> str:
        """Capital letters and digits only; a digit in a circle counts as that digit."""
        plain = "".join(str(unicodedata.digit(c, c)) for c in self.text.upper())
        return re.sub(r"[^A-Z0-9]", "", plain)

    @property
    def sign_px(self) -> float:
        """Side (px) of a square as large as one of its signs."""
        x0, y0, x1, y1 = self.box
        return math.sqrt(abs((x1 - x0) * (y1 - y0)) / max(1, len(self.clean)))

    @property
    def column(self) -> bool:
        """Whether it stands upright, sign below sign."""
        return self.box[3] - self.box[1] > 2.0 * (self.box[2] - self.box[0])


@dataclass(frozen=True)
class Candidate:
    """A container number with a right check digit. size_type: "" when not seen. score: 0..1."""

    number: str
    size_type: str
    score: float


def assemble(texts: Sequence[Text]) -> Candidate | None:
    """Return the container number that the pieces spell, or None. Never guesses a sign that was not read.

    Eleven signs or nothing: a piece is used whole, never cut to make the number fit. Of two containers the
    one with much larger signs counts, also when its number does not fit: then none is read.
    """
    pieces = [t for t in texts if t.clean and t.score >= 0.5]
    size_type = next((c for t in pieces if (c := _size_type(t.clean)) is not None), "")
    found = [
        (Candidate(number, size_type, min(piece.score for piece in order)), max(piece.sign_px for piece in order))
        for order in _orders(pieces)
        for number in _numbers([piece.clean for piece in order])
    ]
    if not found:
        return None
    largest = max(size for _, size in found)
    best, size = max((one for one in found if one[1] * _NEARER >= largest), key=lambda one: one[0].score)
    unread = (p for p in pieces if _WHOLE.match(p.clean) and p.sign_px > _NEARER * size)
    return None if any(_differ(p.clean, best.number) for p in unread) else best


def _differ(text: str, number: str) -> bool:
    """Return whether a text is another container's number, not the same one with a sign misread or missing."""
    return sum(a != b for a, b in zip(text, number, strict=False)) > _MISREAD


def _size_type(text: str) -> str | None:
    for candidate in (text, text[-4:]):
        # Two digits at least: GESU has the form of a size-type code, too, and is an owner.
        if len(candidate) == 4 and valid_size_type(candidate) and sum(c.isdigit() for c in candidate) >= 2:
            return candidate
    return None


def _orders(pieces: list[Text]) -> list[list[Text]]:
    """Return sequences of pieces that may spell a number: an owner code, then what stands to its right or below it."""
    # A size-type code never belongs to a number.
    pieces = [piece for piece in pieces if len(piece.clean) != 4 or _size_type(piece.clean) is None]
    orders = [[piece] for piece in pieces]
    for owner in pieces:
        if not _OWNER.search(owner.clean.translate(_TO_LETTER)[:4]):
            continue
        x0, y0, x1, y1 = owner.box
        height, width = y1 - y0, x1 - x0
        right = [p for p in pieces if p is not owner and abs(_middle(p, 1) - (y0 + y1) / 2) < 0.7 * height]
        right = sorted((p for p in right if p.box[0] > x0 + 0.5 * width), key=lambda p: p.box[0])
        below = [p for p in pieces if p is not owner and abs(p.box[0] - x0) < 1.5 * max(width, height)]
        below = sorted((p for p in below if _middle(p, 1) > y1 - 0.2 * height), key=lambda p: p.box[1])
        column = [p for p in below if owner.column and abs(_middle(p, 0) - (x0 + x1) / 2) < 0.8 * width]
        for line in (right, below, column, [*right, *below]):
            orders += [[owner, *line[:n]] for n in range(1, min(4, len(line)) + 1)]
    return orders


def _middle(piece: Text, axis: int) -> float:
    return (piece.box[axis] + piece.box[axis + 2]) / 2.0


def _numbers(pieces: Sequence[str]) -> set[str]:
    """Return the valid number that pieces spell, with look-alikes put where they must be; empty for two readings."""
    joined = "".join(pieces)
    stray = _STRAY.match(joined) if len(joined) == _SIGNS + 1 else None
    if stray is None and len(pieces) > 1 and len(pieces[0]) == 5:  # a stray stroke behind the owner's letters
        stray = _STRAY.match(pieces[0])
    if stray is not None:
        joined = stray.group(1) + joined[5:]
    if len(joined) != _SIGNS:
        return set()
    letters = joined[:4].translate(_TO_LETTER)
    found = {letters + digits for digits in _digits(joined[4:].translate(_TO_DIGIT)) if valid_number(letters + digits)}
    return found if len(found) == 1 else set()


def _digits(signs: str) -> Iterator[str]:
    for choice in product(*(_Z if sign == "Z" else (sign,) for sign in signs)):
        yield "".join(choice)
