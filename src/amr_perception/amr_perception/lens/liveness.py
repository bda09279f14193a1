"""Whether the pictures of a camera still change: a live one has noise, a frozen one has not."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from amr_perception.lens.measure import SIZE, TILES
from amr_perception.people.boxes import ColourImage

SOONEST_S, LATEST_S = 1.15, 10.0
"""With a look each 0.6 s (5 pictures/s, two of three left out) a freeze is told 1.2 s after the first look at it."""
_CHANGES = 8
# chosen: each second one of 5 pictures a second; each one costs twice, rarer ones tell a freeze too late
_CHECK_S = 0.4
_WINDOW = 150  # checks, a minute
_USUALLY = 0.5  # share of the last minute's looks in which a tile changed: more often than not
_NO_NOISE = (4, 250)  # grey levels: a tile beyond them is black or white, and may be live all the same
_SOME_LIVE, _MOST_DEAD = 0.25, 0.4  # shares of the tiles: only when some live on are the dead ones a fault; chosen
_NOISY = 0.5  # of the tiles: where fewer change as a rule, they do so by turns, as in the bands that a codec refreshes


class Liveness:
    """Compares pictures with the ones before.

    A frozen picture is called so after three times the longest stand-still that this camera has come out of by itself
    (video codecs repeat pictures), at least 1.15 s and at most 10 s; 10 s while nothing is known about the camera. So
    is a part of the picture.
    """

    def __init__(self) -> None:
        self._last: ColourImage | None = None
        self._same_since = 0.0
        self._stood = False
        self._longest = 0.0
        self._changes = 0
        self._checked: tuple[float, ColourImage] | None = None
        self._live = np.zeros((TILES[1], TILES[0]), np.float32)
        self._checks = 0
        self._still_since: npt.NDArray[np.float64] = np.full((TILES[1], TILES[0]), math.inf)
        self._stills = np.zeros((TILES[1], TILES[0]))  # s, the longest that each tile has come out of

    def frozen(self, grey: ColourImage, now: float) -> bool:
        """Return whether the pictures (312 x 416) stand still for longer than this camera's ever did."""
        last, self._last = self._last, grey
        if last is None or now < self._same_since:
            self._same_since = now
            return False
        if not np.array_equal(last, grey):
            self._changes += 1
            # Between two looks that differ nothing stood still; a freeze that was told is not normal, however it ended.
            if self._stood and now - self._same_since < self._limit():
                self._longest = max(self._longest, now - self._same_since)
            self._same_since, self._stood = now, False
        else:
            self._stood = True
        return now - self._same_since >= self._limit()

    def _limit(self) -> float:
        if self._changes < _CHANGES:
            return LATEST_S
        return min(LATEST_S, max(SOONEST_S, 3.0 * self._longest))

    def dead(self, grey: ColourImage, now: float) -> bool:
        """Return whether most tiles that used to change stand still for longer than they ever did, while others do not.

        A hung decoder leaves half a picture as it was.
        """
        if self._checked is None or now < self._checked[0]:
            self._checked = (now, grey)
            return False
        if now - self._checked[0] >= _CHECK_S:
            self._check(grey, now)
            self._checked = (now, grey)
        usual, dead = self._live > _USUALLY, self._dead(now)
        return bool(
            (usual & dead).sum() > _MOST_DEAD * usual.sum() and (~dead & usual).sum() > _SOME_LIVE * usual.sum()
        )

    def _dead(self, now: float) -> npt.NDArray[np.bool_]:
        noisy = self._checks >= _CHANGES and float((self._live > _USUALLY).mean()) >= _NOISY
        soonest = SOONEST_S if noisy else LATEST_S
        return np.asarray(now - self._still_since >= np.clip(3.0 * self._stills, soonest, LATEST_S))

    def _check(self, grey: ColourImage, now: float) -> None:
        assert self._checked is not None
        before, last = self._checked
        rows, columns = SIZE[1] // TILES[1], SIZE[0] // TILES[0]
        tiles = cv2.absdiff(last, grey).reshape(TILES[1], rows, TILES[0], columns)
        light = cv2.resize(grey, TILES, interpolation=cv2.INTER_AREA)
        live = (tiles.max(axis=(1, 3)) > 0) | (light < _NO_NOISE[0]) | (light > _NO_NOISE[1])
        dead = self._dead(now)
        came_back = live & ~dead & np.isfinite(self._still_since)
        self._stills = np.where(came_back, np.maximum(self._stills, now - self._still_since), self._stills)
        self._still_since = np.where(live, math.inf, np.minimum(self._still_since, before))
        self._checks += 1
        # A tile that has died keeps its name: it must not become normal by lasting.
        share = np.float32(1.0 / min(self._checks, _WINDOW))
        learnt = self._live + share * (live - self._live)
        self._live = np.where(~live & dead, self._live, learnt).astype(np.float32)
