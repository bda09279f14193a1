"""The motion detector on real video: a street with a crowd, where nothing falls."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np

from amr_core.cameras import PinholeView
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.fixed.areas import AreaMonitor, AreaRule
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.motion import MotionDetector
from amr_perception.fixed.rules import FALLEN_AFTER_S
from amr_perception.fixed.watch import place_box
from amr_perception.people.boxes import PictureBox

_FPS, _EVERY = 10.0, 2  # pictures a second of the clip, and every second of them is looked at
# Height and pitch by the sizes of people in OpenCV's vtest.avi (PETS09-S2L1).
_VIEW = PinholeView(0.0, 0.0, 6.0, 0.0, 0.38, 768, 576, 750.0)
_CELL_M = 2.0  # chosen: as much floor as a fallen load and its surroundings; larger, two events would count as one


def _cells(floor: Floor) -> list[AreaRule]:
    """Return a rule for fallen loads in each 2 x 2 m of the floor in view."""
    rules, s = list[AreaRule](), _CELL_M
    for i, j in itertools.product(range(3, 16), range(-6, 6)):
        x, y = s * i, s * j
        if floor.sees(x + s / 2.0, y + s / 2.0):
            square = ((x, y), (x + s, y), (x + s, y + s), (x, y + s))
            rules.append(
                AreaRule(
                    f"{i}:{j}", "fallen_load", frozenset({"load"}), square, "hold", after_s=FALLEN_AFTER_S, still=True,
                    clear_s=5.0, around_thing=True, alone=True,
                )
            )  # fmt: skip
    return rules


def vtest(folder: Path, _step: int) -> list[FigureRow]:
    """Return how many false fallen loads the motion detector makes of a street, learnt on the crowd."""
    name = "a street with a crowd (vtest.avi), motion detector: fallen loads"
    goal: Goal = {"false_events": ("<=", 0)}
    clip = next(iter(sorted((folder / "people").rglob("vtest.avi"))), None)
    if clip is None:
        return [missing(name, "no vtest.avi below people", goal)]
    floor = Floor.of(_VIEW)
    detector, monitor = MotionDetector(floor), AreaMonitor(_cells(floor))
    video, taken, events, pictures = cv2.VideoCapture(str(clip)), list[float](), set[str](), 0
    while (read := video.read())[0]:
        pictures += 1
        if pictures % _EVERY:
            continue
        frame, out = np.asarray(read[1], dtype=np.uint8), list[PictureBox]()
        taken.append(cpu_ms(lambda f=frame, o=out: o.extend(detector.detect(f))))  # type: ignore[misc]
        seen = None if detector.blind else [s for box in out if (s := place_box(floor, box)) is not None]
        events |= {event.event_id for event in monitor.update(pictures / _FPS, seen)}
    metrics = {"pictures": pictures // _EVERY, "false_events": len(events), "ms": median(taken)}
    return [FigureRow(name, "real", metrics, goal, "before: 8")]
