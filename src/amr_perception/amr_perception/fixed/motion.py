"""Finds what is not part of the empty scene of a fixed camera: it has no model, so it knows sizes only."""

from __future__ import annotations

import cv2
import numpy as np

from amr_perception.fixed.floor import Floor
from amr_perception.people.boxes import BoxKind, ColourImage, FloatImage, PictureBox

_LEARN = 8
_STEP, _WIDEST = 16, 60  # grey levels
_NOISE = 6.0  # mean deviations that are still noise
_ABSORB = 0.02  # share of a change that a picture adds to the scene; chosen: half of it in 34, some 3 s
_UNDER = 0.06  # of the pace, where a robot is
_EVERY = 4  # pictures between two updates of the scene: it changes slowly, and updating is what costs
_GOES_ON = 12.0  # grey levels between a piece of floor and the floor around it
_STILL = 4.0  # mean change (grey levels) of a place between two pictures
_SHADE, _EVEN = (0.7, 0.95), 0.04  # share of the scene's light in a shadow, and how far it may vary within; chosen
_LEAST_PX = 30
_RIM = 10  # px around what has changed: more than the shapes of _boxes reach
_MOST_CHANGED = 0.4  # share of the pixels; chosen: people and vehicles change less, a switched light changes more
_CROWD_PX, _CROWD = 15, 25  # px around a place, and the mean (of 255) there up to which it is quiet
_COARSE, _AROUND = 16, 15  # px a cell, and cells, in which light is compared
_FULL = 0.85  # of its widest row: above it a row is as wide as the thing
_FLAT_SPREAD = 2.0  # grey levels (sigma) of a picture; chosen: a covered lens shows less, a hall more
_SAME_STEP = 0.25  # of the scene's step at the lower edge of a box: up to it the picture has none there
_HIDES = 0.8  # of the rows beside which the scene has an edge, where something of it may hide the thing
_TURNS = 1  # times that the step there may change its sign: more, and it is the pattern of a floor


class MotionDetector:
    """Learns the empty scene and each pixel's noise first, then reports what differs, also what stands still.

    The scene must be empty of people while it learns. blind: why the last picture says nothing, or "". hidden: where
    (255, of a picture's size) a robot is known to be in the next one: what is seen there is not learnt as the scene.
    """

    name = "motion"

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._first: list[ColourImage] = []
        self._scene: FloatImage | None = None
        self._spread: FloatImage | None = None
        self._empty: ColourImage | None = None  # the scene and the limits of what is noise, in whole grey levels
        self._limits: ColourImage | None = None
        self._last: ColourImage | None = None  # the picture before, softened
        self._pictures = 0
        self.blind = "learning the empty scene"
        self.hidden: ColourImage | None = None

    def detect(self, image: ColourImage) -> list[PictureBox]:
        """Return the boxes in a bgr8 or mono8 picture; none while blind."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
        soft = cv2.GaussianBlur(grey, (5, 5), 0)
        if float(cv2.meanStdDev(soft)[1][0, 0]) < _FLAT_SPREAD:
            self.blind = "a picture without any contrast"
            return []
        if self._empty is None or self._limits is None or self._empty.shape != soft.shape:
            self._learn(soft)
            return []
        changed = cv2.absdiff(soft, self._empty)
        moved = cv2.compare(changed, self._limits, cv2.CMP_GT)
        if cv2.countNonZero(moved) > _MOST_CHANGED * moved.size:
            # The light went on or off, or the camera was moved: nothing can be said until the scene is known again.
            self.blind = "the whole scene changed"
            self._empty, self._first = None, []
            return []
        self.blind = ""
        self._pictures += 1
        if self._pictures % _EVERY == 0:
            self._follow(soft, changed, _quiet(moved))
        self._without_shadows(soft, moved)
        last, self._last = self._last, soft
        boxes = self._boxes(np.minimum(moved, 1), soft)
        return [box for box in boxes if box.kind != "load" or not self._left(soft, last, moved, box)]

    def _learn(self, soft: ColourImage) -> None:
        self._last = None
        if self._first and self._first[0].shape != soft.shape:
            self._first = []
        self._first.append(soft)
        if len(self._first) >= _LEARN:
            stack = np.stack(self._first).astype(np.float32)
            self._scene = np.median(stack, axis=0).astype(np.float32)
            self._spread = np.abs(stack - self._scene).mean(axis=0).astype(np.float32)
            self._first = []
            self._round()

    def _follow(self, soft: ColourImage, changed: ColourImage, still: ColourImage) -> None:
        """Let the scene and the noise of each pixel follow what is there where nothing moves.

        A robot that stands is no scene: there the light follows as it does around it, and what is there by a small part
        of the pace only, so that a scene of hours ago does not come back when it leaves.
        """
        assert self._scene is not None
        assert self._spread is not None
        if self.hidden is not None and self.hidden.shape == still.shape:
            under = cv2.bitwise_and(still, self.hidden)
            cv2.bitwise_and(still, cv2.bitwise_not(self.hidden), dst=still)
            covered = self.hidden > 0
            self._scene[covered] *= 1.0 + np.float32(_EVERY * _ABSORB) * (self._lighter(soft, still) - 1.0)[covered]
            cv2.accumulateWeighted(soft, self._scene, _EVERY * _ABSORB * _UNDER, mask=under)
        cv2.accumulateWeighted(soft, self._scene, _EVERY * _ABSORB, mask=still)
        cv2.accumulateWeighted(changed, self._spread, _EVERY * _ABSORB, mask=still)
        self._round()

    def _lighter(self, soft: ColourImage, still: ColourImage) -> FloatImage:
        """Return by which factor it has become lighter around each pixel, where nothing moves."""
        assert self._scene is not None
        size = (soft.shape[1] // _COARSE, soft.shape[0] // _COARSE)
        seen = cv2.compare(still, 0, cv2.CMP_GT).astype(np.float32) / 255.0
        now, before = (
            cv2.blur(cv2.resize(cv2.multiply(part, seen), size, interpolation=cv2.INTER_AREA), (_AROUND, _AROUND))
            for part in (soft.astype(np.float32), self._scene)
        )
        factor = np.divide(now, before, out=np.ones_like(now), where=before > 1.0)
        return np.asarray(cv2.resize(factor, soft.shape[::-1]), dtype=np.float32)

    def _round(self) -> None:
        assert self._scene is not None
        assert self._spread is not None
        self._empty = cv2.convertScaleAbs(self._scene)
        # A pixel on a leaf, a flag or an edge that trembles needs a wider limit than one on the floor.
        self._limits = np.clip(cv2.convertScaleAbs(self._spread, alpha=_NOISE), _STEP, _WIDEST).astype(np.uint8)

    def _without_shadows(self, soft: ColourImage, moved: ColourImage) -> None:
        """Clear in moved what is only darker by one and the same share as around it: a shadow keeps the texture."""
        x, y, width, height = cv2.boundingRect(moved)
        if width == 0:
            return
        assert self._scene is not None
        part = np.s_[y : y + height, x : x + width]
        share = cv2.divide(soft[part].astype(np.float32), self._scene[part] + 1.0)
        even = cv2.absdiff(share, cv2.blur(share, (9, 9))) < _EVEN
        moved[part][(share > _SHADE[0]) & (share < _SHADE[1]) & even] = 0

    def _left(self, soft: ColourImage, last: ColourImage | None, moved: ColourImage, box: PictureBox) -> bool:
        """Return whether a box shows where something was that has left, and learn the place without it.

        What has left uncovers a floor that goes on around it, where the learnt scene had a thing with edges. Learnt
        only where nothing moved since the last picture: a foot that hides a thing is not its floor.
        """
        assert self._scene is not None
        room = max(4, round(0.3 * (box.x1 - box.x0)))
        x0, y0 = max(0, round(box.x0) - room), max(0, round(box.y0) - room)
        part = np.s_[y0 : round(box.y1) + room, x0 : round(box.x1) + room]
        inside = moved[part] > 0
        now, before = soft[part].astype(np.float32), self._scene[part]
        if inside.all() or not inside.any():
            return False
        step_now, step_before = (abs(float(p[inside].mean() - p[~inside].mean())) for p in (now, before))
        edges_now, edges_before = (float(np.abs(cv2.Laplacian(p, cv2.CV_32F))[inside].mean()) for p in (now, before))
        if step_now > _GOES_ON or step_now > 0.5 * step_before or edges_now > edges_before:
            return False
        robots = self.hidden is not None and self.hidden.shape == moved.shape and bool(self.hidden[part][inside].any())
        if not robots and last is not None and float(cv2.absdiff(soft[part], last[part])[inside].mean()) <= _STILL:
            before[inside] = now[inside]
            self._round()
        return True

    def _boxes(self, changed: ColourImage, soft: ColourImage) -> list[PictureBox]:
        left, top, wide, tall = cv2.boundingRect(changed)
        if wide == 0:
            return []
        left, top, right, bottom = max(0, left - _RIM), max(0, top - _RIM), left + wide + _RIM, top + tall + _RIM
        # Labelling costs by the pixel, and as a rule little of a picture has changed.
        closed = cv2.morphologyEx(changed[top:bottom, left:right], cv2.MORPH_CLOSE, np.ones((9, 5), np.uint8))
        opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
        found = []
        for label, (x, y, width, height, area) in enumerate(stats[1:count].tolist(), 1):
            if area < _LEAST_PX:
                continue
            rows = np.count_nonzero(labels[y : y + height, x : x + width] == label, axis=1)
            x, y = x + left, y + top
            wide_to = y + 1.0 + float(np.flatnonzero(rows >= _FULL * rows.max())[-1])
            kind = self._kind(x + width / 2.0, float(y + height), width, height)
            if kind is not None:
                goes_on = self._goes_on(soft, x, y, x + width, y + height)
                score = min(0.95, 0.5 + area / 2000.0)
                found.append(PictureBox(kind, score, x, y, x + width, y + height, wide_to, goes_on=goes_on))
        return found

    def _goes_on(self, soft: ColourImage, x0: int, y0: int, x1: int, y1: int) -> tuple[bool, bool, bool]:
        """Return at which edges of a box (left, right, lower) the scene has one: there the thing need not end.

        At the lower one the picture has none then: the thing goes on, as grey as the scene there.
        """
        assert self._empty is not None
        turned = self._empty.T
        beside = (_step(turned, slice(y0, y1), x0, -1), _step(turned, slice(y0, y1), x1, 1))
        left, right = (_is_edge(steps) for steps in beside)
        now, before = (abs(float(_step(p, slice(x0, x1), y1, 1).mean())) for p in (soft, self._empty))
        return left, right, before > _GOES_ON and now < _SAME_STEP * before

    def _kind(self, u: float, v: float, width: int, height: int) -> BoxKind | None:
        """Return the class by size on the floor; None where nothing can stand."""
        metres = self._floor.metres_per_pixel(u, v)
        if metres is None:
            return None
        wide, tall = width * metres, height * metres
        if wide < 0.12 or tall < 0.12:
            return None
        if wide > 1.3:
            return "vehicle"
        return "person" if tall > 0.9 and tall > 1.1 * wide else "load"


def _quiet(moved: ColourImage) -> ColourImage:
    """Return where (255) nothing has moved, and little around: a thing of which a part is as grey as the floor is none.

    A shadow whose depth is about that of the noise would be learnt in spots, and be an uneven thing from then on.
    """
    around = cv2.compare(cv2.blur(moved, (_CROWD_PX, _CROWD_PX)), _CROWD, cv2.CMP_LE)
    return np.asarray(cv2.bitwise_and(around, cv2.bitwise_not(moved)), dtype=np.uint8)


def _step(picture: ColourImage, across: slice, at: int, out: int) -> FloatImage:
    """Return by how much (grey levels) a picture is lighter beyond row at than before, in each column; out: 1, -1."""
    inside, beyond = ((at - 7, at - 4), (at + 2, at + 5)) if out > 0 else ((at + 4, at + 7), (at - 5, at - 2))
    columns = picture[:, across]
    if min(inside[0], beyond[0]) < 0 or max(inside[1], beyond[1]) > len(picture):
        return np.zeros(columns.shape[1], np.float32)
    before, after = (columns[slice(*rows)].mean(axis=0, dtype=np.float32) for rows in (inside, beyond))
    return np.asarray(after - before, dtype=np.float32)


def _is_edge(steps: FloatImage) -> bool:
    """Return whether steps (grey levels), row by row, are those of a thing's edge and not of a patterned floor."""
    clear = steps[np.abs(steps) > _GOES_ON]
    return bool(len(clear) > _HIDES * len(steps) and np.count_nonzero(np.diff(np.sign(clear))) <= _TURNS)
