"""Which of the things that a fixed camera sees are robots: those report where they are themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from amr_perception.fixed.areas import SeenThing
from amr_perception.fixed.floor import Floor
from amr_perception.people.boxes import PictureBox

ROBOT_M, BESIDE_M = 1.0, 0.75
HIGH_M = 1.5
"""m: a robot with its load. A standing person behind it sticks out above that, and is seen."""


def is_robot(
    thing: SeenThing, box: PictureBox, floor: Floor, robots: Sequence[tuple[float, float]], slack: float
) -> bool:
    """Return whether a thing is where a robot says it is (x, y; m, map frame), or its box (px) lies within its picture.

    slack: how far (m) it may have driven since. Who stands closer to a robot than that is left to the robot's own
    sensors. Of a robot whose sides are as grey as the floor only the top of its load stands out, and that would stand
    metres behind it if it stood on the floor.
    """
    reach = (ROBOT_M if thing.kind != "person" else BESIDE_M) + slack
    return any(
        (thing.x - x) ** 2 + (thing.y - y) ** 2 < reach * reach or _covered(box, floor, x, y, reach) for x, y in robots
    )


def _covered(box: PictureBox, floor: Floor, x: float, y: float, reach: float) -> bool:
    """Return whether a box lies within what a robot at x, y (m), its reach around it and its load can fill."""
    dx, dy = x - floor.eye[0], y - floor.eye[1]
    away = math.hypot(dx, dy)
    if away <= reach or floor.height <= HIGH_M:
        return False
    ahead, aside = (reach * dx / away, reach * dy / away), (-reach * dy / away, reach * dx / away)
    pixels = []
    for grown in (1.0, floor.height / (floor.height - HIGH_M)):  # its top hides a floor that is farther away
        for a, b in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            px, py = dx + a * ahead[0] + b * aside[0], dy + a * ahead[1] + b * aside[1]
            pixels.append(floor.pixel(floor.eye[0] + grown * px, floor.eye[1] + grown * py))
    seen = [pixel for pixel in pixels if pixel is not None]
    if len(seen) < len(pixels):
        return False
    (left, right), (top, low) = ((min(side), max(side)) for side in zip(*seen, strict=True))
    return bool(left <= box.x0 and box.x1 <= right and top <= box.y0 and box.y1 <= low)
