"""What a camera has learnt of its view: turned, moved on purpose, a robot's own that turns, kept over a restart."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_perception.lens.learnt import read_learnt
from amr_perception.lens.watch import LensWatch
from tests.unit.lens_rig import Picture, hall, mud, noisy


def test_a_turned_camera_is_told_and_a_truck_in_view_is_not() -> None:
    clear = hall()
    watch = LensWatch((640, 480))
    for k in range(30):
        assert watch.look(noisy(clear), 0.1 * k, 0.1 * k).reason == ""
    truck = clear.copy()
    cv2.rectangle(truck, (60, 140), (300, 400), 190, -1)
    for k in range(30, 60):
        assert watch.look(noisy(truck), 0.1 * k, 0.1 * k).reason == ""
    for degrees in (2.0, 8.0):
        move = np.array([(1, 0, math.tan(math.radians(degrees)) * 400.0), (0, 1, 4)], np.float32)
        turned = cv2.warpAffine(clear, move, (640, 480), borderMode=cv2.BORDER_REFLECT)
        reasons = [watch.look(noisy(turned), 6.0 + 0.1 * k, 6.0 + 0.1 * k).reason for k in range(19)]
        assert reasons[-1] == "turned", degrees
        for k in range(10):
            back = watch.look(noisy(clear), 8.0 + 0.1 * k, 8.0 + 0.1 * k)
        assert back.reason == ""
    robots = LensWatch(fixed=False)  # a robot's own camera turns all the time
    for k in range(60):
        assert robots.look(noisy(np.roll(clear, 9 * k, axis=1)), 0.1 * k, 0.1 * k).reason == ""


def bare_wall(nearer: float = 1.0) -> Picture:
    """Return a plain wall over a plain floor with two tags: what a robot sees that docks at a station."""
    picture = np.full((480, 640), 75, np.uint8)
    picture[int(312 + 40 * (nearer - 1)) :] = 115
    for x in (52, 398):
        side = int(26 * nearer)
        tag = np.random.default_rng(x).integers(0, 2, (8, 8)).astype(np.uint8) * 60
        left = int(320 + (x - 320) * nearer)
        if left >= 0:
            picture[224 : 224 + side, left : left + side] = cv2.resize(tag, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(picture, (3, 3), 0.7)


def test_a_robot_that_turns_to_a_bare_wall_has_no_dirty_lens_and_mud_stays_where_it_is() -> None:
    robots, clear, now = LensWatch(fixed=False), hall(), 0.0

    def look(picture: Picture) -> str:
        nonlocal now
        now += 0.1
        return robots.look(noisy(picture), now, now).reason

    assert {look(np.roll(clear, 40 * k, axis=1)) for k in range(20)} == {""}
    assert {look(bare_wall(1.0 + 0.05 * k)) for k in range(24)} == {""}
    assert {look(np.roll(clear, 40 * k, axis=1)) for k in range(5)} == {""}
    told = [look(mud(np.roll(clear, 40 * k, axis=1), 0.6)) for k in range(16)]
    assert told[-1] == "dirty"
    assert {look(np.roll(clear, 40 * k, axis=1)) for k in range(5)} == {""}


def test_moved_on_purpose_it_learns_its_view_anew() -> None:
    watch, clear = LensWatch((640, 480)), hall()
    other = np.ascontiguousarray(clear[:, ::-1])
    for k in range(30):
        watch.look(noisy(clear), 0.1 * k, 0.1 * k)
    told = [watch.look(noisy(other), 3.0 + 0.1 * k, 3.0 + 0.1 * k).reason for k in range(30)]
    assert told[-1] == "turned"
    watch.learn_anew()
    assert {watch.look(noisy(other), 6.0 + 0.1 * k, 6.0 + 0.1 * k).reason for k in range(30)} == {""}


def test_what_was_learnt_outlives_a_restart_and_a_broken_file_does_not_stop_the_camera(tmp_path: Path) -> None:
    watch, clear = LensWatch((640, 480)), hall()
    for k in range(30):
        watch.look(noisy(clear), 0.1 * k, 0.1 * k)
    path = tmp_path / "cameras" / "C01.lens.json"
    watch.learnt.save(path)
    # Smeared over while nobody looked: told by the first picture after the restart.
    assert LensWatch((640, 480), learnt=read_learnt(path)).look(mud(clear, 0.6)).reason == "dirty"
    good = json.loads(path.read_text())
    for wrong in ("[", "{}", json.dumps({**good, "view": "????"}), json.dumps({**good, "details": [1.0]}),
                  json.dumps({**good, "sharpness": math.nan}), json.dumps({**good, "count": 0})):  # fmt: skip
        path.write_text(wrong)
        with pytest.raises(AmrError, match="learnt"):
            read_learnt(path)
