"""The lens watch: every picture of every camera passes it before a detector, a reader or a tag finder gets it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from amr_perception.lens.learnt import FIRST, Learnt
from amr_perception.lens.liveness import Liveness
from amr_perception.lens.measure import TILES, Measure, measure
from amr_perception.lens.moving import BlankTiles, fit
from amr_perception.lens.reasons import WHAT, LensReason
from amr_perception.people.boxes import ColourImage, FloatImage

_WEAK, _WEAK_AT_FIRST = 1.0, 1.5  # energy of details up to which a tile shows too little to lose any
_WHITE = 230.0  # grey level of a tile that is white for the greater part


@dataclass(frozen=True)
class LensLimits:
    """Where a lens counts as blind. docs/perception.md has the measurements behind them.

    dark, dimmed: 98th percentile (grey level) below which it is too dark at any rate, or where it is also below
    dimmed_share of what is usual. flat: contrast (grey levels). blurred: sharpness at any rate; blurred_share: of the
    usual. dazzled: share of white in the picture. veil: contrast above which a white picture is one of white things:
    light in the lens lifts the dark parts, too. dirty: share of the tiles with details that have lost them;
    dirty_fixed: of a camera that stands. fits: share of the learnt view that is where it was; turned_px: shift of the
    view (px of 104). turned_s: how long the view must differ. late_s: age of a picture. blank_views: of a camera that
    moves, in how many different views in a row a tile must show nothing, 0 = each view is judged by itself.
    """

    dark: float = 15.0
    dimmed: float = 28.0
    dimmed_share: float = 0.16
    dazzled: float = 0.6
    veil: float = 140.0
    flat: float = 3.5
    blurred: float = 0.082
    blurred_share: float = 0.30
    dirty: float = 0.34
    dirty_fixed: float = 0.27
    lost: float = 0.2
    fits: float = 0.3
    turned_px: float = 1.5
    turned_s: float = 1.15
    late_s: float = 1.0
    blank_views: int = 6


@dataclass(frozen=True)
class LensState:
    """What the watch says of one picture. reason "": it can be looked at.

    sharpness, brightness: this picture's (ratio; grey level), usual_sharpness: what is normal for this camera, 0 while
    nothing was learnt. dirty: share of the tiles that have lost their details. shift: px of the picture the view moved.
    """

    reason: LensReason | Literal[""] = ""
    text: str = ""
    sharpness: float = 0.0
    usual_sharpness: float = 0.0
    brightness: float = 0.0
    dirty: float = 0.0
    shift: float = 0.0


class LensWatch:
    """Judges the pictures of one camera. size: of its pictures (px), None = any. fixed: the camera does not move.

    Of one that moves, a tile without details is dirty only when it has had none in several different views: a robot
    turns from a full rack to a bare wall. dazzled_at_first: before anything was learnt a white picture is dazzled,
    whatever contrasts it has: it may hang towards a lamp. Only for a camera that something else proves to see: a tag
    that is read through it, or a person who looks and has it learn its view.

    One thread owns it. Learns only from pictures that it calls good, so a blind camera never becomes normal.
    """

    def __init__(
        self,
        size: tuple[int, int] | None = None,
        *,
        fixed: bool = True,
        learnt: Learnt | None = None,
        limits: LensLimits | None = None,
        dazzled_at_first: bool = False,
    ) -> None:
        self._dazzled_at_first = dazzled_at_first
        self.learnt = learnt if learnt is not None else Learnt()
        self._size, self._fixed = size, fixed
        self._limits = limits or LensLimits()
        self._dirty = self._limits.dirty_fixed if fixed else self._limits.dirty
        self._liveness = Liveness()
        self._blank = None if fixed or not self._limits.blank_views else BlankTiles(self._limits.blank_views)
        self._clock = 0.0
        self._last: float | None = None
        self._misfit: tuple[float, int] | None = None
        self._looks = 0
        self._moved = 0.0

    def learn_anew(self) -> None:
        """Forget what was learnt: the camera was turned, moved or refocused on purpose, or its scene is white."""
        self._dazzled_at_first = False
        self.learnt, self._misfit, self._moved = Learnt(), None, 0.0

    @property
    def size(self) -> tuple[int, int] | None:
        """The size of the pictures that it expects (px), None = that of the first one."""
        return self._size

    def look(self, image: ColourImage, now: float | None = None, stamp: float | None = None) -> LensState:
        """Return what is to be said of a mono8 or bgr8 picture at now (s) that was taken at stamp (s).

        Without now a tenth of a second is taken to have passed, and neither age nor stand-still is judged.
        """
        size = (image.shape[1], image.shape[0])
        if (self._size is not None and size != self._size) or min(size) < 16:
            wanted = "" if self._size is None else ", calibrated for {} x {}".format(*self._size)
            return LensState("wrong_size", f"a picture of {size[0]} x {size[1]}{wanted}")
        if now is not None and stamp is not None and (late := self.late(now, stamp)):
            return late
        timed = now is not None
        self._clock = now if now is not None else self._clock + 0.1
        seen = measure(image)
        lost, judged = self._lost(seen)
        still = self._stands_still(seen) if timed else ""
        # A dark or covered lens may give the same picture again and again: what is wrong with it comes first.
        reason = self._cannot_see(seen, lost) or still or (self._turned(seen) if self._fixed else "")
        if not reason and lost < 0.5 * self._dirty and self._misfit is None:
            self.learnt.take(seen, 0.0 if self._last is None else self._clock - self._last)
        self._last = self._clock
        return LensState(
            reason,
            WHAT[reason] if reason else "",
            round(seen.sharpness, 3),
            round(math.exp(self.learnt.sharpness), 3) if self.learnt.count else 0.0,
            round(float(seen.light.mean()), 1),
            round(lost, 3) if judged else 0.0,
            round(self._moved * size[0] / seen.view.shape[1], 1),
        )

    def late(self, now: float, stamp: float) -> LensState | None:
        """Return what is to be said of a picture that comes at now (s) and was taken at stamp (s); None: it is new."""
        age = now - stamp
        return LensState("late", f"{WHAT['late']}: {age:.1f} s") if age > self._limits.late_s else None

    def _stands_still(self, seen: Measure) -> LensReason | Literal[""]:
        if self._liveness.frozen(seen.grey, self._clock) or self._liveness.dead(seen.grey, self._clock):
            return "frozen"
        return ""

    def _cannot_see(self, seen: Measure, lost: float) -> LensReason | Literal[""]:
        """Return what one picture alone, held against the usual, says."""
        limits, known = self._limits, self.learnt.count > 0
        usual = math.exp(self.learnt.bright) if known else math.inf
        if seen.bright < limits.dark or (seen.bright < limits.dimmed and seen.bright < limits.dimmed_share * usual):
            return "dark"
        if seen.saturated > limits.dazzled and not self._white_things(seen):
            return "dazzled"
        if seen.contrast < limits.flat:
            return "covered"
        usual_sharpness = math.exp(self.learnt.sharpness) if known else 0.0
        if seen.sharpness < max(limits.blurred, limits.blurred_share * usual_sharpness):
            return "blurred"
        return "dirty" if lost > self._dirty else ""

    def _white_things(self, seen: Measure) -> bool:
        """Return whether a white picture shows snow or a white wall: strong contrasts, and about as white as usual."""
        if self._dazzled_at_first and not self.learnt.count:
            return False
        usual = float((self.learnt.light > math.log(_WHITE)).mean()) if self.learnt.count else 1.0
        return seen.contrast > self._limits.veil and seen.saturated < 2.0 * usual

    def _lost(self, seen: Measure) -> tuple[float, bool]:
        """Return the share of tiles that have lost their details, of those that must show some in this light."""
        if not self.learnt.count:
            return 0.0, False
        dimmed = np.clip((seen.light + 1.0) / np.exp(self.learnt.light), 0.0, 1.0)
        expected = np.exp(self.learnt.details) * dimmed * dimmed
        # Energies are whole numbers: after a few pictures a weak one may be more of the noise than of the tile.
        weak = _WEAK if self.learnt.count >= FIRST else _WEAK_AT_FIRST
        judged = (expected > weak) & (seen.light < 245.0)
        if judged.sum() < 0.06 * TILES[0] * TILES[1]:
            return 0.0, False
        lost = judged & (seen.details < np.maximum(self._limits.lost * expected, 0.25))
        if self._blank is not None:
            lost = self._blank.take(lost, judged, seen.view)
        return float(lost.sum() / judged.sum()), True

    def _turned(self, seen: Measure) -> LensReason | Literal[""]:
        """Return "turned" once the view has differed from the learnt one for long enough."""
        if self.learnt.count < 3:
            return ""
        self._looks += 1
        if self._looks % 5 == 1:
            self._moved = _shift(self.learnt.first_view, seen.view)
        if fit(self.learnt.view, seen.view) >= self._limits.fits and self._moved < self._limits.turned_px:
            self._misfit = None
            return ""
        since, looks = self._misfit or (self._clock, 0)
        self._misfit = (since, looks + 1)
        return "turned" if looks >= 2 and self._clock - since >= self._limits.turned_s else ""


def _shift(learnt: FloatImage, view: FloatImage) -> float:
    """Return by how many px a view has moved against the learnt one; 0 where that cannot be said.

    One that has moved fits better moved back: what came into a view of few edges does not.
    """
    size = (view.shape[1], view.shape[0])
    (x, y), response = cv2.phaseCorrelate(learnt, view, cv2.createHanningWindow(size, cv2.CV_32F))
    if response <= 0.12:
        return 0.0
    back = cv2.warpAffine(view, np.array(((1.0, 0.0, -x), (0.0, 1.0, -y))), size)
    return math.hypot(x, y) if float((learnt * (back - view)).sum()) > 0.0 else 0.0
