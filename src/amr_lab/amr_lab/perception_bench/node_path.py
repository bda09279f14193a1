"""What a fixed camera's node takes a picture, against what it took in grey and without a lens watch: in one run.

Both see the same pictures in turn, so that other work on the machine costs both the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from amr_core.errors import AmrError
from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench.cameras import crossing_site, person
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, missing
from amr_perception.fixed.areas import AreaMonitor
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.motion import MotionDetector
from amr_perception.fixed.rules import blind_rules, rules_for
from amr_perception.fixed.watch import CameraWatch, place_box
from amr_perception.nodes.images import image_to_array
from amr_perception.people.boxes import Detector
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import parse_world

_GOAL: Goal = {"ratio": ("<=", 1.3)}
_FIRST = 12  # pictures that nobody counts: the scene is learnt, kernels are compiled


def rows(times: int) -> list[FigureRow]:
    """Return the rows for motion and NanoDet; times: pictures of each."""
    floor = _camera()[1]
    found = [_row("motion", lambda: MotionDetector(floor), max(60, times))]
    try:
        from amr_perception.people.nanodet import NanoDet

        found.append(_row("NanoDet", NanoDet, max(20, times)))
    except AmrError as error:
        found.append(missing("a camera node's picture, NanoDet", str(error), _GOAL))
    return found


def _camera() -> tuple[FixedCamera, Floor]:
    site = crossing_site()
    camera = FixedCamera(site.cameras[0], parse_world(world_sdf(site)), 1)
    return camera, Floor.of(camera.view)


def _row(name: str, make: Callable[[], Detector], times: int) -> FigureRow:
    site, (camera, floor) = crossing_site(), _camera()
    watch, detector = CameraWatch(site, floor, make()), make()
    monitor = AreaMonitor(rules_for(site, floor, ()), blind_rules(site, floor, ()))
    now_ms, before_ms = list[float](), list[float]()
    for k in range(_FIRST + times):
        sent, now = _sent(camera, k), 0.1 * k
        both = [
            (now_ms, partial(_now, watch, sent, now, colour=name != "motion")),
            (before_ms, partial(_before, detector, floor, monitor, sent, now)),
        ]
        for taken, work in both if k % 2 else reversed(both):
            taken.append(cpu_ms(work))
    now_all, before_all = sum(now_ms[_FIRST:]), sum(before_ms[_FIRST:])
    metrics = {
        "ms": round(now_all / times, 2), "before_ms": round(before_all / times, 2),
        "ratio": round(now_all / before_all, 2),
    }  # fmt: skip
    note = "before: grey, no lens watch; from the picture's message to events"
    return FigureRow(f"a camera node's picture of 640 x 480 in colour, {name}", "synthetic", metrics, _GOAL, note)


def _now(watch: CameraWatch, sent: Any, now: float, *, colour: bool) -> None:
    watch.events(now, watch.look(image_to_array(sent, colour=colour), [], now=now, stamp=now))


def _before(detector: Detector, floor: Floor, monitor: AreaMonitor, sent: Any, now: float) -> None:
    boxes = detector.detect(image_to_array(sent))
    monitor.update(now, [thing for box in boxes if (thing := place_box(floor, box)) is not None])


def _sent(camera: FixedCamera, k: int) -> Any:
    grey = camera.render(person(10.0, 6.0) if k >= _FIRST else [])
    colour = np.repeat(grey[..., None], 3, axis=2)
    return SimpleNamespace(
        encoding="bgr8", height=grey.shape[0], width=grey.shape[1], step=3 * grey.shape[1], data=colour.tobytes()
    )
