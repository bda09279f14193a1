"""White pictures: a white scene is none that is dazzled, and one that is white from the first may be either."""

from __future__ import annotations

import numpy as np

from amr_perception.fixed.areas import AreaEvent
from amr_perception.lens.watch import LensWatch
from tests.unit.lens_rig import camera, hall, mud, noisy, snow


def test_a_white_scene_is_no_dazzled_lens_and_light_into_the_lens_is_told_there_too() -> None:
    watch = LensWatch((640, 480))
    for k in range(20):
        assert watch.look(noisy(snow()), 0.1 * k, 0.1 * k).reason == ""
    assert watch.look(mud(snow(), 0.8)).reason in ("dirty", "blurred")
    assert watch.look(np.clip(snow() * 0.4 + 160.0, 0, 255).astype(np.uint8)).reason == "dazzled"
    indoors = LensWatch((640, 480))
    for k in range(20):
        indoors.look(noisy(hall()), 0.1 * k, 0.1 * k)
    assert indoors.look(noisy(snow())).reason == "dazzled"  # whatever made it so white


def test_a_white_rack_is_learnt_from_the_first_picture_unless_the_camera_is_asked_to_doubt_it() -> None:
    """What docks tells a dazzled lens so; readers of racks, points and labels took white goods for dazzled for good."""
    reader, dock = LensWatch(fixed=False), LensWatch(fixed=False, dazzled_at_first=True)
    for k in range(8):
        picture = noisy(snow())
        assert reader.look(picture, 0.1 * k, 0.1 * k).reason == ""
        assert dock.look(picture, 0.1 * k, 0.1 * k).reason == "dazzled"


def test_a_fixed_camera_that_is_dazzled_from_its_first_picture_holds_until_its_scene_is_said_to_be_white() -> None:
    watch, told, now = camera(), list[AreaEvent](), 0.0

    def look(seconds: float) -> set[str]:
        nonlocal now
        said = set[str]()
        for _ in range(round(10 * seconds)):
            now += 0.1
            sight = watch.look(noisy(snow()), [], now=now, stamp=now)
            told.extend(e for e in watch.events(now, sight) if e.rule.area == "crossing")
            said.add(sight.reason)
        return said

    assert look(1.9) == {"dazzled"}
    assert [(e.rule.event, e.active, e.reason) for e in told] == [("blind", True, "dazzled")]
    watch.lens.learn_anew()  # /cameras/<id>/learn_view
    assert look(2.0) - {"dazzled"} == {""}
    assert [e.active for e in told][-1] is False
