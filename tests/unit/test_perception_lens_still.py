"""Pictures that stand still, in whole or in part, and late ones: told within two seconds, and codecs are not."""

from __future__ import annotations

import numpy as np
import pytest

from amr_perception.lens.watch import LensWatch
from tests.unit.lens_rig import camera, hall, noisy


def test_frozen_and_late_pictures_are_told_and_a_codec_that_repeats_some_is_not() -> None:
    watch, clear = LensWatch((640, 480)), hall()
    now, shown = 0.0, clear
    for k in range(40):
        now = 0.1 * k
        if k % 3 == 0:  # two of three pictures are repeats
            shown = noisy(clear)
        assert watch.look(shown, now, now).reason == ""
    reasons = [watch.look(shown, now + 0.1 * k, now + 0.1 * k).reason for k in range(1, 20)]
    assert reasons[-1] == "frozen"
    now += 2.0
    assert watch.look(noisy(clear), now, now).reason == ""
    assert watch.look(noisy(clear), now + 0.1, now - 1.1).reason == "late"


def test_a_freeze_is_told_within_two_seconds_by_a_camera_that_looks_at_one_of_three_pictures() -> None:
    watch, clear = LensWatch((640, 480)), hall()
    for k in range(20):
        shown = noisy(clear)
        assert watch.look(shown, 0.6 * k, 0.6 * k).reason == ""
    # It may have frozen right after the look before the last.
    assert [watch.look(shown, 0.6 * k, 0.6 * k).reason for k in (20, 21)] == ["", "frozen"]


@pytest.mark.parametrize("phase", range(3))
@pytest.mark.parametrize("fault", ["frozen", "half of it frozen", "turned"])
def test_a_camera_of_five_pictures_a_second_holds_its_crossing_within_two_seconds(fault: str, phase: int) -> None:
    watch, clear = camera(), hall()
    elsewhere = np.ascontiguousarray(clear[::-1, ::-1])
    began, held = 0.0, list[float]()
    for k in range(51 + phase):  # whichever of three pictures is the first bad one: one of three is looked at
        now = 0.2 * k
        if k < 40 + phase:
            shown, began = noisy(clear), now
            stuck = shown[:240]
        elif fault == "half of it frozen":  # the decoder hangs: the upper part stays as it was
            shown = noisy(clear)
            shown[:240] = stuck
        elif fault == "turned":
            shown = noisy(elsewhere)
        sight = watch.look(shown, [], now=now, stamp=now)
        held += [now for event in watch.events(now, sight) if event.active and event.rule.area == "crossing"]
    assert held
    assert held[0] - began <= 2.0


def test_half_a_picture_that_never_changes_is_told_and_ends() -> None:
    watch, clear = LensWatch((640, 480)), hall()
    reasons = []
    for k in range(450):
        shown = noisy(clear)
        if 300 <= k < 420:
            shown[:240] = clear[:240]
        reasons.append(watch.look(shown, 0.1 * k, 0.1 * k).reason)
    assert set(reasons[:300]) == set(reasons[425:]) == {""}
    assert set(reasons[320:420]) == {"frozen"}


def test_a_codec_that_repeats_quiet_parts_is_frozen_once_they_stand_three_times_longer_than_ever() -> None:
    """Two thirds of the picture are sent anew every 0.7 s only."""
    watch, clear = LensWatch((640, 480)), hall()
    reasons, upper = [], clear
    for k in range(360):
        if k % 7 == 0 and k < 300:
            upper = noisy(clear)
        shown = noisy(clear)
        shown[:320] = upper[:320]
        reasons.append(watch.look(shown, 0.1 * k, 0.1 * k).reason)
    assert set(reasons[:312]) == {""}
    assert set(reasons[340:]) == {"frozen"}


def test_a_half_that_becomes_black_or_white_by_a_lamp_is_not_frozen() -> None:
    """Such tiles have no noise: whether they are live cannot be seen."""
    watch, clear = LensWatch((640, 480)), hall()
    reasons = []
    for k in range(200):
        shown = noisy(clear)
        if k >= 100:
            shown[:130] = 0
            shown[130:270] = 255
        reasons.append(watch.look(shown, 0.1 * k, 0.1 * k).reason)
    assert "frozen" not in reasons


def test_a_codec_that_refreshes_one_band_after_the_other_does_not_stand_still() -> None:
    watch, clear = LensWatch((640, 480)), hall()
    said = set[str]()
    for k in range(1100):
        picture = clear.copy()
        picture[k % 480] ^= 1
        said.add(watch.look(picture, 0.1 * k, 0.1 * k).reason)
    assert said == {""}
