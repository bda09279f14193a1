"""A setup of a camera tried on live pictures: what it would have held. Nothing of it leaves as an event."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_core.site import CameraArea, Site
from amr_perception.fixed.areas import AreaEvent
from amr_perception.fixed.blur import WIDTH, blurred_jpeg
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.watch import CameraWatch, Sight, blind_for
from amr_perception.people.boxes import ColourImage, Detector, PictureBox

MOST_EVENTS: Final = 50
_PICTURES, _EVERY_S, _LEAST = 9, 0.5, 5  # pictures, s, pictures: their median has nobody in it who walks; chosen
_TALLEST = 4  # times as high as wide: made small, a picture of 16 x 4096 px would be larger than it was


@dataclass
class TriedEvent:
    """What would have been told, since when and until when (s, None = still)."""

    event_id: str
    area: str
    event: str
    action: str
    max_speed: float
    reason: str
    count: int
    begin: float
    end: float | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**vars(self), "begin": round(self.begin, 2), "end": None if self.end is None else round(self.end, 2)}


class DryRun:
    """One setup with pictures. One thread owns it."""

    def __init__(self, site: Site, floor: Floor, areas: Sequence[CameraArea], detector: Detector | None = None) -> None:
        self._watch = CameraWatch(site, floor, detector, areas=areas)
        self._events: dict[str, TriedEvent] = {}
        self._began: float | None = None
        self._now = 0.0
        self.pictures = 0
        self.sight = Sight(None)

    def take(self, picture: ColourImage, now: float, stamp: float) -> None:
        """Look at a picture taken at stamp (s)."""
        self._follow(self._watch.look(picture, [], now=now, stamp=stamp), now)

    def miss(self, now: float, text: str) -> None:
        """Take in that a picture came at now (s) that cannot be used."""
        self._follow(blind_for("bad_picture", text), now)

    def _follow(self, sight: Sight, now: float) -> None:
        self._began = now if self._began is None else self._began
        self._now = now
        self.pictures += 1
        self.sight = sight
        for event in self._watch.events(now, self.sight):
            self._note(event, now)

    def _note(self, event: AreaEvent, now: float) -> None:
        known = self._events.get(event.event_id)
        if known is not None:
            known.end = None if event.active else now
            known.count = max(known.count, event.count)
        elif event.active:
            rule = event.rule
            self._events[event.event_id] = TriedEvent(
                event.event_id, rule.area, rule.event, rule.action, rule.max_speed, event.reason, event.count, now
            )
            while len(self._events) > MOST_EVENTS:
                del self._events[next(iter(self._events))]

    def facts(self) -> dict[str, Any]:
        """Return what came of it, newest event first."""
        seen = self.sight.seen
        return {
            "pictures": self.pictures,
            "seconds": round(self._now - (self._began if self._began is not None else self._now), 1),
            "blind": self.sight.reason,
            "things": [
                {"kind": s.kind, "x": round(s.x, 2), "y": round(s.y, 2)} for s in seen or ()
            ],
            "events": [event.facts() for event in reversed(self._events.values())],
            "began": round(self._began or 0.0, 2),
            "now": round(self._now, 2),
        }  # fmt: skip


class Still:
    """One small blurred picture of what stands still: the median of some seconds, so that who walks is not in it.

    Only reduced pictures are held, in memory, and as few as that takes.
    """

    def __init__(self) -> None:
        self._pictures: deque[ColourImage] = deque(maxlen=_PICTURES)
        self._last = 0.0
        self.size: tuple[int, int] | None = None

    def take(self, picture: ColourImage, now: float) -> None:
        """Take a picture in, if it is time for one. Raises message.invalid for one that is far too tall."""
        size = (picture.shape[1], picture.shape[0])
        if size[1] > _TALLEST * size[0]:
            reason = f"size {size[0]} x {size[1]}: over {_TALLEST} times as high as wide"
            raise AmrError("message.invalid", topic="camera/image_raw", reason=reason)
        if size != self.size or (self._pictures and self._pictures[-1].ndim != picture.ndim):
            self._pictures.clear()
            self.size = size
        if self._pictures and abs(now - self._last) < _EVERY_S:
            return
        self._last = now
        small = cv2.resize(picture, (WIDTH, max(1, round(size[1] * WIDTH / size[0]))), interpolation=cv2.INTER_AREA)
        self._pictures.append(np.asarray(small, dtype=np.uint8))

    def jpeg(self, boxes: tuple[PictureBox, ...] = ()) -> bytes:
        """Return the still with what is in boxes (px of the whole picture) blotted out; b"" while there are too few."""
        if len(self._pictures) < _LEAST or self.size is None:
            return b""
        scale = WIDTH / self.size[0]
        small = [
            PictureBox(b.kind, b.score, b.x0 * scale, b.y0 * scale, b.x1 * scale, b.y1 * scale) for b in boxes
        ]  # fmt: skip
        return blurred_jpeg(np.median(np.stack(self._pictures), axis=0).astype(np.uint8), small)
