"""Whether an aircraft's camera sees the racks that it flies past: the lens watch for a view that always changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from amr_perception.codes.reader import Image
from amr_perception.codes.shelves import has_label
from amr_perception.lens.reasons import WHAT
from amr_perception.lens.watch import LensLimits, LensState, LensWatch

_UNUSABLE: Final = frozenset({"frozen", "wrong_size"})
_OF_ITSELF: Final = LensLimits(blurred_share=0.0, dirty=1.0)
"""A picture with a label is judged by itself: a torn label is softer than bars, and goods differ from cell to cell."""
_EMPTY: Final = LensLimits(blank_views=0)
"""Empty cells are much alike, and one that mud makes empty is a pallet that is missed."""


class ShelfEye:
    """Judges every picture by the lens watch; one without a label is held against other pictures without one.

    So mud that hides a label is told once an empty cell was seen through a clean lens.
    """

    def __init__(self) -> None:
        self._labelled, self._empty = LensWatch(fixed=False, limits=_OF_ITSELF), LensWatch(fixed=False, limits=_EMPTY)
        self._last: Image | None = None

    def look(self, picture: Image, stamp: float) -> LensState:
        """Return what is to be said of a mono8 picture taken at stamp (s); reason "" where it shows its cell."""
        last, self._last = self._last, picture
        state = (self._labelled if has_label(picture) else self._empty).look(picture, stamp, stamp)
        if last is not None and np.array_equal(last, picture):
            # A live camera has noise. Waiting until that is sure would give a cell what the one before has shown.
            return replace(state, reason="frozen", text=WHAT["frozen"])
        return state


def usable(state: LensState) -> bool:
    """Return whether a code in a picture may count: one that stands still may show the cell before."""
    return state.reason not in _UNUSABLE
