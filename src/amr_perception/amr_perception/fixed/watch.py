"""One fixed camera: a picture in, things on the floor and events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amr_core.site import Site
from amr_perception.fixed.areas import AreaEvent, AreaMonitor, Seen
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.rules import rules_for
from amr_perception.people.boxes import Box, ColourImage, Detector
from amr_perception.people.motion import MotionDetector

_ROBOT_M, _BESIDE_M = 1.0, 0.75


@dataclass(frozen=True)
class Sight:
    """What one picture showed. seen None: nothing can be said, and blind tells why.

    boxes: where seen[k] is (px); everything: all boxes, also those of robots and of what stands nowhere.
    """

    seen: tuple[Seen, ...] | None
    blind: str = ""
    boxes: tuple[Box, ...] = ()
    everything: tuple[Box, ...] = ()


class CameraWatch:
    """Detector, floor and rules of one camera."""

    def __init__(self, site: Site, floor: Floor, detector: Detector | None = None) -> None:
        self._floor = floor
        self._detector: Detector = detector or MotionDetector(self._floor)
        self._monitor = AreaMonitor(rules_for(site, floor))

    def look(self, image: ColourImage, robots: Sequence[tuple[float, float]], slack: float = 0.0) -> Sight:
        """Return what a picture shows apart from robots (x, y in m), which report where they are themselves.

        slack: how far (m) a robot may have driven since it was heard.
        """
        size = (image.shape[1], image.shape[0])
        if size != self._floor.size:  # the calibration would put everything somewhere else on the floor
            return Sight(None, "a picture of {} x {}, calibrated for {} x {}".format(*size, *self._floor.size))
        boxes = self._detector.detect(image)
        blind = getattr(self._detector, "blind", "")
        if blind:
            return Sight(None, blind)
        placed = ((self._place(box), box) for box in boxes)
        kept = [(s, box) for s, box in placed if s is not None and not _is_robot(s, robots, slack)]
        return Sight(tuple(s for s, _ in kept), boxes=tuple(box for _, box in kept), everything=tuple(boxes))

    def events(self, now: float, sight: Sight) -> list[AreaEvent]:
        """Return the events that must be told at now (s)."""
        return self._monitor.update(now, sight.seen)

    def _place(self, box: Box) -> Seen | None:
        place = self._floor.place(*box.foot)
        metres = self._floor.metres_per_pixel(*box.foot)
        if place is None or metres is None:
            return None
        radius = min(1.5, max(0.2, (box.x1 - box.x0) * metres / 2.0))
        # The foot is the near edge: the middle lies half a body further from the camera.
        dx, dy = place[0] - self._floor.eye[0], place[1] - self._floor.eye[1]
        away = max(1e-6, (dx * dx + dy * dy) ** 0.5)
        deep = min(radius, 0.25 if box.kind == "person" else 0.6)
        return Seen(box.kind, place[0] + deep * dx / away, place[1] + deep * dy / away, radius, box.score)


def _is_robot(thing: Seen, robots: Sequence[tuple[float, float]], slack: float) -> bool:
    """Return whether a thing is where a robot says it is.

    Who stands closer to a robot than that is left to the robot's own sensors.
    """
    reach = (_ROBOT_M if thing.kind != "person" else _BESIDE_M) + slack
    return any((thing.x - x) ** 2 + (thing.y - y) ** 2 < reach * reach for x, y in robots)
