"""Detectors that fail or answer with no numbers: blindness and no empty crossing."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench import cameras as bench
from amr_perception.fixed.areas import AreaEvent
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.watch import CameraWatch
from amr_perception.people.boxes import PictureBox, check_answers
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import parse_world
from tests.unit.lens_rig import Nobody, Picture, hall, noisy


class Broken(Nobody):
    """A detector whose library fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def detect(self, image: Picture) -> list[PictureBox]:
        raise self.error


@pytest.mark.parametrize("error", [ValueError("no numbers"), RuntimeError("x" * 500), cv2.error("bad"), MemoryError()])
def test_a_detector_that_fails_is_blindness_and_no_empty_crossing(error: Exception) -> None:
    site = bench.crossing_site()
    floor = Floor.of(FixedCamera(site.cameras[0], parse_world(world_sdf(site)), 1).view)
    watch, told = CameraWatch(site, floor, Broken(error)), list[AreaEvent]()
    for k in range(15):
        sight = watch.look(noisy(hall()), [], now=0.1 * k, stamp=0.1 * k)
        told += watch.events(0.1 * k, sight)
    assert (sight.seen, sight.reason, len(sight.blind) < 200) == (None, "detector", True)
    assert [(e.rule.action, e.reason) for e in told if e.rule.area == "crossing"] == [("hold", "detector")]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_answers_that_are_no_numbers_are_no_empty_picture(value: float) -> None:
    answers = [np.zeros((4, 3), np.float32), np.zeros((2, 2), np.float32)]
    check_answers(answers)
    answers[1][1, 0] = value
    with pytest.raises(ValueError, match="no numbers"):
        check_answers(answers)
