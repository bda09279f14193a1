"""Weak boxes count only when they come again: two of three pictures."""

from __future__ import annotations

from amr_perception.people.boxes import PictureBox, overlap

SAME = 0.4  # overlap over union of a box and an earlier one; chosen: who walks is still there in the next picture
_PICTURES = 2


class WeakVote:
    """Lets boxes of at least strong through at once, weaker ones when one of the two pictures before has them, too.

    A person who is small or half hidden scores low in every picture, what is mistaken for one mostly in a single one.
    """

    def __init__(self, strong: float) -> None:
        self._strong = strong
        self._before: list[list[PictureBox]] = []

    def counted(self, boxes: list[PictureBox]) -> list[PictureBox]:
        """Return the boxes of the next picture that count."""
        kept = [box for box in boxes if box.score >= self._strong or self._seen_before(box)]
        self._before = [*self._before[1 - _PICTURES :], boxes]
        return kept

    def _seen_before(self, box: PictureBox) -> bool:
        return any(o.kind == box.kind and overlap(o, box) > SAME for boxes in self._before for o in boxes)
