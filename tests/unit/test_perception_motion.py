"""Motion detector and fallen loads: no load from a piece of a walker, a shadow, a leaf or what has left."""

from __future__ import annotations

import cv2
import numpy as np

from amr_core.cameras import fixed_view
from amr_lab.perception_bench import cameras as bench
from amr_perception.fixed.areas import AreaMonitor, AreaRule, SeenThing
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.motion import MotionDetector

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
RULE = AreaRule(
    "lane", "fallen_load", frozenset({"load"}), SQUARE, "hold", after_s=3.0, still=True, around_thing=True, alone=True
)
RNG = np.random.default_rng(5)


def floor_picture() -> np.ndarray:
    rng = np.random.default_rng(1)
    rough = rng.normal(0, 6, (480, 640)).astype(np.float32)
    return np.clip(130 + cv2.GaussianBlur(rough, (0, 0), 1.0) * 4, 0, 255).astype(np.float32)


def shown(picture: np.ndarray, sigma: float = 1.5) -> np.ndarray:
    return np.clip(picture + RNG.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def learnt(picture: np.ndarray) -> MotionDetector:
    detector = MotionDetector(Floor.of(fixed_view(bench.crossing_site().cameras[0])))
    for _ in range(9):
        detector.detect(shown(picture))
    assert detector.blind == ""
    return detector


def test_what_lies_beside_a_walker_has_not_fallen_and_what_stays_alone_has() -> None:
    monitor, load = AreaMonitor([RULE]), SeenThing("load", 2.0, 2.0, 0.2, 0.8)
    walker = SeenThing("person", 2.8, 2.2, 0.25, 0.9)
    assert [e for k in range(80) for e in monitor.update(0.1 * k, [load, walker])] == []
    told = [e for k in range(80, 120) for e in monitor.update(0.1 * k, [load])]
    assert [e.active for e in told][:1] == [True]
    # Somebody who comes to look does not end it.
    assert all(e.active for k in range(120, 160) for e in monitor.update(0.1 * k, [load, walker]))


def test_pieces_that_change_places_are_not_one_thing_that_stands_still() -> None:
    monitor = AreaMonitor([RULE])
    told = []
    for k in range(80):
        places = ((1.0, 1.0), (3.0, 3.0)) if k % 2 else ((1.9, 1.0), (3.0, 2.1))
        told += monitor.update(0.1 * k, [SeenThing("load", x, y, 0.2, 0.5 + 0.01 * (k % 7)) for x, y in places])
    assert told == []


def test_a_shadow_is_no_thing_and_a_thing_is() -> None:
    empty = floor_picture()
    detector = learnt(empty)
    shadow = empty.copy()
    shadow[260:330, 250:400] *= 0.82
    assert detector.detect(shown(shadow)) == []
    box = empty.copy()
    box[260:330, 250:330] = 60.0
    assert detector.detect(shown(box)) != []


def test_a_shadow_that_stands_is_not_learnt_in_spots() -> None:
    """Half of its pixels are within the noise: learnt one by one they would make it an uneven thing."""
    empty = floor_picture()
    detector = learnt(empty)
    shadow = empty.copy()
    shadow[260:330, 250:400] *= 0.87
    assert [box for _ in range(160) for box in detector.detect(shown(shadow, 2.5))] == []
    assert detector.detect(shown(empty)) == []


def test_a_place_that_trembles_gets_a_wider_limit_and_others_do_not() -> None:
    empty = floor_picture()

    def leaf(k: int) -> np.ndarray:
        picture = empty.copy()
        picture[300:340, 300:340] += 22.0 * (k % 2)
        return shown(picture)

    detector = MotionDetector(Floor.of(fixed_view(bench.crossing_site().cameras[0])))
    for k in range(9):
        detector.detect(leaf(k))
    assert [box for k in range(40) for box in detector.detect(leaf(k))] == []
    thing = empty.copy()
    thing[300:340, 400:440] += 22.0
    assert detector.detect(shown(thing)) != []


def test_what_was_there_at_the_start_and_left_is_no_load() -> None:
    empty = floor_picture()
    start = empty.copy()
    start[280:340, 300:360] = 40.0
    start[290:300, 300:360] = 220.0
    detector = learnt(start)
    first = detector.detect(shown(empty))
    assert [box for box in first if box.kind == "load"] == []
    assert detector.detect(shown(empty)) == []


def test_a_foot_that_passes_over_a_bright_thing_is_not_learnt_as_its_floor() -> None:
    empty = floor_picture()
    empty[292:308, 300:340] = 210.0
    empty[296:300, 304:336:4] = 90.0
    detector = learnt(empty)
    for k in range(12):
        picture = empty.copy()
        picture[278:309, 300 + 4 * k : 318 + 4 * k] = 128.0
        detector.detect(shown(picture))
    assert detector.detect(shown(empty)) == []


def test_a_camera_whose_pictures_change_their_size_learns_anew() -> None:
    detector = learnt(floor_picture())
    small = cv2.resize(floor_picture(), (320, 240))
    for _ in range(10):
        detector.detect(shown(small))
    thing = small.copy()
    thing[140:150, 150:160] = 30.0
    detector.detect(shown(thing))
    assert detector.blind == ""
