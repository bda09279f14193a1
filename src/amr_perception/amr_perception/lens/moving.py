"""Dirt on a camera that moves: it stays where it is in the picture while everything else changes."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from amr_perception.lens.measure import TILES
from amr_perception.people.boxes import FloatImage

_SAME = 0.7
"""Share of a view's parts that are where they were, above which it is no other view: edges of dirt stay, too."""
_RICH = 0.3
"""Share of the judged tiles that must show details: of a bare wall with a tag few do, whatever the lens is like."""


def fit(learnt: FloatImage, view: FloatImage) -> float:
    """Return the share of the learnt view's parts (13 x 13 px) that the view still shows in their places."""
    parts = (8, 6)
    both, old, new = (
        cv2.resize(cv2.multiply(a, b), parts, interpolation=cv2.INTER_AREA)
        for a, b in ((learnt, view), (learnt, learnt), (view, view))
    )
    marked = old > 0.15
    if marked.sum() < 6:
        return 1.0
    fits = both / np.sqrt(old * new + 1e-6) > 0.35
    return float((fits & marked).sum() / marked.sum())


class BlankTiles:
    """Counts for each tile the different views in a row that showed nothing there and something elsewhere.

    views: as many mean dirt; a robot that turns to a bare wall sees one or two.
    """

    def __init__(self, views: int) -> None:
        self._views = views
        self._blank = np.zeros((TILES[1], TILES[0]), np.int64)
        self._view: FloatImage | None = None

    def take(
        self, lost: npt.NDArray[np.bool_], judged: npt.NDArray[np.bool_], view: FloatImage
    ) -> npt.NDArray[np.bool_]:
        """Return the tiles (12 x 16) that have been lost for so long that only dirt explains it.

        lost: without details in this view, of the judged ones, which usually show some.
        """
        self._blank[judged & ~lost] = 0
        rich = (judged & ~lost).sum() > _RICH * judged.sum()
        if rich and (self._view is None or fit(self._view, view) < _SAME):
            self._view = view
            self._blank[lost] += 1
        return lost & (self._blank >= self._views)
