"""One fixed camera: a picture in, things on the floor and events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from amr_core.site import CameraArea, Site
from amr_perception.fixed.areas import AreaEvent, AreaMonitor, SeenThing
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.motion import MotionDetector
from amr_perception.fixed.robots import KnownRobot, hidden, is_robot
from amr_perception.fixed.rules import blind_rules, rules_for
from amr_perception.lens.reasons import WHAT, LensReason
from amr_perception.lens.watch import LensState, LensWatch
from amr_perception.people.boxes import ColourImage, Detector, PictureBox
from amr_perception.people.vote import WeakVote

STRONG_SCORE = 0.35  # of a box that counts at once
LENS_EVERY_S = 0.45
"""A lens goes blind for longer than that: its verdict holds for the pictures between, which halves what it costs."""


@dataclass(frozen=True)
class Sight:
    """What one picture showed. seen None: nothing can be said; blind tells why, reason is the code for it.

    boxes: where seen[k] is (px); everything: all boxes, also those of robots and of what stands nowhere.
    """

    seen: tuple[SeenThing, ...] | None
    blind: str = ""
    boxes: tuple[PictureBox, ...] = ()
    everything: tuple[PictureBox, ...] = ()
    reason: LensReason | Literal[""] = ""
    lens: LensState = field(default_factory=LensState)


def blind_for(reason: LensReason, text: str = "", lens: LensState | None = None) -> Sight:
    """Return a sight of which nothing can be said."""
    return Sight(None, text or WHAT[reason], reason=reason, lens=lens or LensState(reason, text or WHAT[reason]))


class CameraWatch:
    """Lens watch, detector, floor and rules of one camera."""

    def __init__(
        self, site: Site, floor: Floor, detector: Detector | None = None, lens: LensWatch | None = None,
        *, areas: Sequence[CameraArea] = (),
    ) -> None:  # fmt: skip
        """areas: those that the camera guards beside the site's."""
        self._floor = floor
        self.lens = lens or LensWatch(floor.size, dazzled_at_first=True)
        self._detector: Detector = detector or MotionDetector(self._floor)
        self._judged: tuple[float, tuple[int, ...], LensState] | None = None
        self._vote = WeakVote(STRONG_SCORE)
        self.monitor = AreaMonitor(rules_for(site, floor, areas), blind_rules(site, floor, areas))

    def look(
        self,
        image: ColourImage,
        robots: Sequence[KnownRobot],
        *,
        now: float | None = None,
        stamp: float | None = None,
    ) -> Sight:
        """Return what a picture shows apart from robots, which report where they are themselves.

        now, stamp (s): for the age of the picture and to tell a frozen one; without them neither is judged.
        """
        lens = self._lens(image, now, stamp)
        if lens.reason:
            return blind_for(lens.reason, lens.text, lens)
        try:
            if isinstance(self._detector, MotionDetector):
                self._detector.hidden = hidden(self._floor, robots)
            found = self._detector.detect(image)
        except Exception as error:  # each detector's library has faults of its own: none may read as "nobody there"
            return blind_for("detector", f"{WHAT['detector']}: {type(error).__name__}: {str(error)[:120]}", lens)
        boxes = self._vote.counted(found)
        blind = getattr(self._detector, "blind", "")
        if blind:
            return blind_for("learning", blind, lens)
        placed = ((place_box(self._floor, box), box) for box in boxes)
        kept = [(s, box) for s, box in placed if s is not None and not is_robot(s, box, self._floor, robots)]
        return Sight(tuple(s for s, _ in kept), boxes=tuple(box for _, box in kept), everything=tuple(boxes), lens=lens)

    def _lens(self, image: ColourImage, now: float | None, stamp: float | None) -> LensState:
        """Return what the lens watch says: anew where that is due, or where the picture is of another kind."""
        last = self._judged
        if last is not None and now is not None and 0.0 <= now - last[0] < LENS_EVERY_S and image.shape == last[1]:
            return last[2]
        state = self.lens.look(image, now, stamp)
        self._judged = None if now is None else (now, image.shape, state)
        return state

    def events(self, now: float, sight: Sight) -> list[AreaEvent]:
        """Return the events that must be told at now (s)."""
        return self.monitor.update(now, sight.seen, sight.reason)


def place_box(floor: Floor, box: PictureBox) -> SeenThing | None:
    """Return where on the floor a box stands; None where nothing can stand."""
    place = floor.place(*box.foot)
    metres = floor.metres_per_pixel(*box.foot)
    if place is None or metres is None:
        return None
    radius = min(1.5, max(0.2, (box.x1 - box.x0) * metres / 2.0))
    # The foot is the near edge: the middle lies half a body further from the camera.
    dx, dy = place[0] - floor.eye[0], place[1] - floor.eye[1]
    away = max(1e-6, (dx * dx + dy * dy) ** 0.5)
    deep = min(radius, 0.25 if box.kind == "person" else 0.6)
    return SeenThing(box.kind, place[0] + deep * dx / away, place[1] + deep * dy / away, radius, box.score)
