"""Weak boxes, models chosen by configuration, and crossings that are too far for a camera."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_core.cameras import fixed_view
from amr_core.errors import AmrError
from amr_lab.perception_bench import cameras as bench
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.rules import crossings_beyond
from amr_perception.fixed.watch import STRONG_SCORE, CameraWatch
from amr_perception.people.boxes import ColourImage, PictureBox
from amr_perception.people.models import NANODET, chosen
from amr_perception.people.nanodet import STRONG, WEAK, NanoDet
from amr_perception.people.vote import WeakVote


def person(score: float, x: float = 300.0) -> PictureBox:
    return PictureBox("person", score, x, 200.0, x + 40.0, 320.0)


def test_a_strong_box_counts_at_once_and_a_weak_one_in_two_pictures_of_three() -> None:
    vote = WeakVote(0.35)
    assert vote.counted([person(0.5)]) == [person(0.5)]
    assert vote.counted([person(0.3, 100.0)]) == []
    assert vote.counted([]) == []
    assert vote.counted([person(0.3, 104.0)]) == [person(0.3, 104.0)]  # one picture without it between
    assert vote.counted([person(0.3, 500.0)]) == []  # elsewhere
    assert vote.counted([]) == vote.counted([]) == []
    assert vote.counted([person(0.3, 104.0)]) == []  # three pictures ago


def test_a_weak_box_is_not_confirmed_by_one_of_another_kind() -> None:
    vote = WeakVote(0.35)
    vote.counted([replace(person(0.3), kind="vehicle")])
    assert vote.counted([person(0.3)]) == []


class Weak:
    """A detector that finds one person weakly, in the pictures that are asked for."""

    name = "weak"

    def __init__(self, shown: list[bool]) -> None:
        self._shown = iter(shown)

    def detect(self, image: ColourImage) -> list[PictureBox]:
        return [person(0.3)] if next(self._shown) else []


@pytest.mark.parametrize(("shown", "seen"), [([True, False, False], 0), ([True, False, True], 1), ([True, True], 1)])
def test_the_camera_takes_a_weak_person_for_one_who_came_again(shown: list[bool], seen: int) -> None:
    site = bench.crossing_site()
    watch = CameraWatch(site, Floor.of(fixed_view(site.cameras[0])), Weak(shown))
    picture = np.random.default_rng(1).integers(40, 200, (480, 640)).astype(np.uint8)
    sights = [watch.look(picture, []) for _ in shown]
    assert [sight.blind for sight in sights] == [""] * len(shown)
    assert len(sights[-1].seen or ()) == seen


def test_the_watch_and_the_detector_agree_on_what_is_strong() -> None:
    assert WEAK < STRONG == STRONG_SCORE


def test_a_model_of_the_configuration_needs_a_checksum_that_fits(tmp_path: Path) -> None:
    assert chosen(NANODET, "", "") is NANODET
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"no model at all")
    for bad in ("", "abc", "z" * 64, "a" * 63):
        with pytest.raises(AmrError, match=r"parameter\.invalid.*64 hex"):
            chosen(NANODET, str(file), bad)
    with pytest.raises(AmrError, match=r"model\.wrong"):
        NanoDet(model=chosen(NANODET, str(file), "a" * 64))
    with pytest.raises(AmrError, match=r"model\.missing"):
        NanoDet(model=chosen(NANODET, str(tmp_path / "none.onnx"), "a" * 64))
    right = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(AmrError, match=r"parameter\.invalid.*mine\.onnx"):
        NanoDet(model=chosen(NANODET, str(file), right.upper()))


def test_a_crossing_beyond_what_a_camera_guards_is_named_with_its_distance() -> None:
    site = bench.crossing_site()
    floor = Floor.of(fixed_view(site.cameras[0]))
    assert crossings_beyond(site, floor, 30.0) == []
    ((zone, away),) = crossings_beyond(site, floor, 2.0)
    assert zone in {z.id for z in site.zones}
    assert 2.0 < away <= max(math.dist(p, floor.eye) for z in site.zones for p in z.polygon)
