"""Finds what is not part of the empty scene of a fixed camera: it has no model, so it knows sizes only."""

from __future__ import annotations

import cv2
import numpy as np

from amr_perception.fixed.floor import Floor
from amr_perception.people.boxes import Box, ColourImage, FloatImage, Kind

_LEARN = 8
_STEP = 16.0
_ABSORB = 0.02
_LEAST_PX = 30
_MOST_CHANGED = 0.4
_FLAT_SPREAD = 2.0


class MotionDetector:
    """Learns the empty scene from its first pictures, then reports what differs from it, also what stands still.

    The scene must be empty of people while it learns. blind: why the last picture says nothing, or "".
    """

    name = "motion"

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._first: list[FloatImage] = []
        self._scene: FloatImage | None = None
        self.blind = "learning the empty scene"

    def detect(self, image: ColourImage) -> list[Box]:
        """Return the boxes in a bgr8 or mono8 picture; none while blind."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
        soft = cv2.GaussianBlur(grey, (5, 5), 0).astype(np.float32)
        if float(soft.std()) < _FLAT_SPREAD:
            self.blind = "a picture without any contrast"
            return []
        if self._scene is None or self._scene.shape != soft.shape:
            self._learn(soft)
            return []
        changed = cv2.absdiff(soft, self._scene) > _STEP
        if float(changed.mean()) > _MOST_CHANGED:
            # The light went on or off, or the camera was moved: nothing can be said until the scene is known again.
            self.blind = "the whole scene changed"
            self._scene, self._first = None, []
            return []
        self.blind = ""
        moved = changed.astype(np.uint8)
        cv2.accumulateWeighted(soft, self._scene, _ABSORB, mask=1 - moved)
        return self._boxes(moved)

    def _learn(self, soft: FloatImage) -> None:
        if self._first and self._first[0].shape != soft.shape:
            self._first = []
        self._first.append(soft)
        if len(self._first) >= _LEARN:
            self._scene = np.median(np.stack(self._first), axis=0).astype(np.float32)
            self._first = []

    def _boxes(self, changed: ColourImage) -> list[Box]:
        closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((9, 5), np.uint8))
        opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(opened)
        found = []
        for x, y, width, height, area in stats[1:count].tolist():
            if area < _LEAST_PX:
                continue
            kind = self._kind(x + width / 2.0, float(y + height), width, height)
            if kind is not None:
                found.append(Box(kind, min(0.95, 0.5 + area / 2000.0), x, y, x + width, y + height))
        return found

    def _kind(self, u: float, v: float, width: int, height: int) -> Kind | None:
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
