"""Fixed cameras, models and calibration: events come, end, survive blindness; bad data is refused."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from amr_core.cameras import fixed_view
from amr_core.errors import AmrError
from amr_lab.perception_bench import cameras as bench
from amr_lab.perception_bench.people import average_precision
from amr_perception.calibration.camera import calibrate_camera, charuco_board
from amr_perception.calibration.floor import calibrate_floor
from amr_perception.fixed.areas import AreaMonitor, AreaRule, SeenThing
from amr_perception.fixed.floor import Floor, Lens, read_floor
from amr_perception.people import ssd
from amr_perception.people.boxes import PictureBox
from amr_perception.people.models import NANODET, SSD, model_path, models_dir
from amr_perception.people.nanodet import NanoDet
from amr_perception.people.ssd import Ssd

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
RULE = AreaRule("crossing", "person_near", frozenset({"person"}), SQUARE, "hold")


def person(x: float = 1.0, y: float = 1.0) -> SeenThing:
    return SeenThing("person", x, y, 0.25, 0.9)


def test_presence_has_hysteresis() -> None:
    monitor = AreaMonitor([RULE])
    assert monitor.update(0.0, [person()]) == []
    (begun,) = monitor.update(0.1, [person()])
    assert begun.active
    assert monitor.update(0.2, []) == []
    assert monitor.update(0.3, [person()]) == []
    (renewed,) = monitor.update(2.15, [person()])
    assert (renewed.active, renewed.event_id) == (True, begun.event_id)
    assert monitor.update(3.0, []) == []
    ended = monitor.update(3.7, [])
    assert [(e.active, e.event_id) for e in ended] == [(False, begun.event_id)]
    assert monitor.update(3.8, [SeenThing("vehicle", 1.0, 1.0, 0.5, 0.9), person(5.0, 5.0)]) == []


def test_a_crossing_drawn_as_a_star_has_a_middle() -> None:
    star = tuple((2.0 * math.sin(4 * math.pi * k / 5), 2.0 * math.cos(4 * math.pi * k / 5)) for k in range(5))
    monitor = AreaMonitor([replace(RULE, polygon=star)])
    monitor.update(0.0, [person(0.0, 0.0)])
    assert [e.active for e in monitor.update(0.1, [person(0.0, 0.0)])] == [True]


def test_two_pictures_of_three_begin_an_event_and_two_of_four_do_not() -> None:
    monitor = AreaMonitor([RULE])
    assert [
        e for k, seen in enumerate(([person()], [], [], [person()], [])) for e in monitor.update(0.1 * k, seen)
    ] == []
    assert [e.active for e in monitor.update(0.5, [person()])] == [True]


def test_a_blind_camera_never_ends_an_event_at_once() -> None:
    monitor = AreaMonitor([RULE])
    monitor.update(0.0, [person()])
    (begun,) = monitor.update(0.1, [person()])
    told = [event for k in range(1, 14) for event in monitor.update(0.1 + 2.1 * k, None)]
    assert len(told) == 13
    assert all(event.active and event.event_id == begun.event_id for event in told)
    assert [e.active for e in monitor.update(31.0, None)] == [False]


def test_a_still_load_blocks_and_a_walking_one_does_not() -> None:
    rule = AreaRule(
        "lane", "fallen_load", frozenset({"load"}), SQUARE, "hold", after_s=3.0, still=True, around_thing=True
    )
    still, walking = AreaMonitor([rule]), AreaMonitor([rule])
    events, none = [], []
    for k in range(45):
        t = 0.1 * k
        events += still.update(t, [SeenThing("load", 1.0, 1.0, 0.2, 0.8)])
        none += walking.update(t, [SeenThing("load", 0.2 + 0.4 * t, 1.0, 0.2, 0.8)])
    assert events
    assert events[0].active
    assert max(x for x, _ in events[0].polygon) < 2.0
    assert none == []


AISLE = ((0.0, 0.0), (20.0, 0.0), (20.0, 2.0), (0.0, 2.0))
LANE = AreaRule(
    "lane", "lane_blocked", frozenset({"person"}), AISLE, "hold", after_s=5.0, still=True, around_thing=True
)  # fmt: skip


def told_in_lane(*looks: tuple[float, list[SeenThing]]) -> list[list[float]]:
    """Return when (s) what was told, begun (1) or ended (0), and where it is closed (x of its middle).

    looks: what is seen, and for how many s.
    """
    monitor, now, told = AreaMonitor([LANE]), 0.0, list[list[float]]()
    for seconds, seen in looks:
        for _ in range(round(seconds / 0.1)):
            now += 0.1
            for event in monitor.update(now, seen):
                middle = sum(x for x, _ in event.polygon) / len(event.polygon)
                if not told or told[-1][1:] != [event.active, middle]:
                    told.append([round(now, 1), event.active, middle])
    return told


def near(*told: float) -> Any:
    return pytest.approx(told, abs=0.11)


def test_what_is_elsewhere_in_a_lane_does_not_keep_a_place_closed_that_is_free_again() -> None:
    """A person had stood there; then a robot that came back was taken for one, metres further on, for good."""
    begun, ended, further = told_in_lane((6.0, [person(3.0)]), (12.0, [person(12.0)]))
    assert begun == near(5.1, True, 3.0)
    assert ended == near(11.0, False, 3.0)
    assert further == near(ended[0] + 0.1, True, 12.0), "who has stood there meanwhile need not wait again"


def test_who_is_seen_elsewhere_for_a_moment_or_is_missed_keeps_his_place_closed() -> None:
    """The foot of somebody behind a robot is seen where the robot hides it."""
    jumps = [(3.0, [person(5.0)]), (1.0, [person(3.0)])]
    [told] = told_in_lane((6.0, [person(3.0)]), *jumps, (1.0, []), *jumps)
    assert told == near(5.1, True, 3.0)


def test_who_walks_on_elsewhere_in_the_lane_closes_nothing() -> None:
    walks = [(0.5, [person(6.0 + k)]) for k in range(14)]
    told = told_in_lane((6.0, [person(3.0)]), *walks)
    assert [active for _, active, _ in told] == [True, False], told


def test_a_free_lane_is_open_again_soon() -> None:
    told = told_in_lane((6.0, [person(3.0)]), (5.0, []))
    assert told[-1] == near(7.5, False, 3.0)


def test_a_person_steps_into_a_crossing_and_out() -> None:
    scene = bench.Scene(1)
    told = [e for k in range(20) for e in scene.step(bench.person(8.0 + 0.1 * k, 6.0))]
    started = [e for e in told if e.rule.area == "crossing"]
    assert started
    assert started[0].active
    ended = [e for _ in range(30) for e in scene.step([]) if e.rule.area == "crossing"]
    assert not ended[-1].active


def test_light_and_flat_pictures_make_the_camera_blind_not_the_area_free() -> None:
    scene = bench.Scene(2)
    for _ in range(6):
        scene.step(bench.person(10.0, 6.0))
    for picture in (np.full((480, 640), 90, np.uint8), np.zeros((480, 640), np.uint8)):
        sight = scene.watch.look(picture, [])
        assert sight.seen is None
        assert sight.blind
        assert all(event.active for event in scene.watch.events(scene.now + 0.2, sight))


def test_a_camera_of_another_size_is_blind_not_wrong() -> None:
    scene = bench.Scene(3)
    picture = scene.camera.render([])
    assert scene.watch.look(picture, []).seen is not None
    for wrong in (picture[:240, :320], np.empty((0, 640), np.uint8), np.rot90(picture)):
        sight = scene.watch.look(np.ascontiguousarray(wrong), [])
        assert sight.seen is None
        assert "calibrated for 640 x 480" in sight.blind


def test_floor_projection_round_trip() -> None:
    view = fixed_view(bench.crossing_site().cameras[0])
    floor = Floor.of(view)
    pixel = floor.pixel(10.4, 6.3)
    assert pixel is not None
    assert floor.place(*pixel) == pytest.approx((10.4, 6.3), abs=1e-6)
    assert floor.place(320.0, -400.0) is None  # above the horizon


def test_missing_and_wrong_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMR_MODELS", str(tmp_path))
    with pytest.raises(AmrError, match=r"model\.missing"):
        model_path(NANODET)
    (tmp_path / NANODET.name).write_bytes(b"not a model")
    with pytest.raises(AmrError, match=r"model\.wrong"):
        NanoDet()
    with pytest.raises(AmrError, match=r"model\.missing"):
        Ssd()
    (tmp_path / SSD.name).write_bytes(b"not a model")
    with pytest.raises(AmrError, match=r"model\.wrong"):
        Ssd()


def test_the_ssd_knows_its_anchors_and_the_order_of_its_boxes() -> None:
    places = ssd.anchors()
    assert places.shape == (1917, 4)
    assert places[0] == pytest.approx((0.5 / 19, 0.5 / 19, 0.1, 0.1))
    assert places[-1] == pytest.approx((0.5, 0.5, math.sqrt(0.95), math.sqrt(0.95)))
    counts = [3 * 361, *(6 * cells * cells for cells in (10, 5, 3, 2, 1))]
    wanted = np.arange(1917 * 4.0).reshape(1917, 4)
    planes, begin = [], 0
    for count, shapes in zip(counts, (3, 6, 6, 6, 6, 6), strict=True):
        level = wanted[begin : begin + count].reshape(count // shapes, shapes * 4)
        planes.append(level.T.reshape(4, count))
        begin += count
    assert np.array_equal(ssd._in_order(np.concatenate(planes, axis=1).T), wanted)


@pytest.mark.skipif(not (models_dir() / SSD.name).is_file(), reason="make models was not run")
def test_the_ssd_finds_nothing_in_an_empty_hall() -> None:
    assert Ssd().detect(np.full((480, 640), 120, np.uint8)) == []


def test_average_precision() -> None:
    truth = {1: [PictureBox("person", 1.0, 0, 0, 10, 20), PictureBox("person", 1.0, 50, 0, 60, 20)]}
    assert average_precision({1: list(truth[1])}, truth) == pytest.approx(1.0)
    half = {1: [truth[1][0], PictureBox("person", 0.9, 200, 0, 210, 20)]}
    assert average_precision(half, truth) == pytest.approx(0.5)


def _board_pictures(count: int, spread: float) -> list[np.ndarray]:
    board = charuco_board()
    flat = board.generateImage((800, 600), marginSize=40)
    rng = np.random.default_rng(8)
    matrix = np.array([(600.0, 0, 319.5), (0, 600.0, 239.5), (0, 0, 1)])
    pictures = []
    for _ in range(count):
        turn = cv2.Rodrigues(rng.uniform(-0.45, 0.45, 3) * (1, 1, 0.3))[0]
        size = np.array((0.4, 0.3))
        corners = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * (*(size / 2), 1)
        at = corners @ turn.T + np.array((rng.uniform(-spread, spread), rng.uniform(-spread, spread) * 0.7, 0.55))
        pixels = (at[:, :2] / at[:, 2:] * 600.0 + (319.5, 239.5)).astype(np.float32)
        source = np.array([(0, 0), (800, 0), (800, 600), (0, 600)], np.float32) - 0.5
        warp = cv2.getPerspectiveTransform(source, pixels)
        picture = cv2.warpPerspective(flat, warp, (640, 480), flags=cv2.INTER_AREA, borderValue=120)
        pictures.append(cv2.GaussianBlur(picture, (3, 3), 0.6))
    assert matrix[0, 0] == 600.0
    return pictures


def test_camera_calibration_finds_the_focal_length_and_refuses_too_little() -> None:
    pictures = _board_pictures(14, 0.12)
    found = calibrate_camera(pictures, charuco_board())
    assert found.matrix[0, 0] == pytest.approx(600.0, rel=0.02)
    assert found.rms < 0.5
    # What another set would say: the halves of this one differ by far more than the residuals admit.
    assert 0.0 < found.halves_focal < 0.02 * 600.0
    with pytest.raises(AmrError, match="pictures"):
        calibrate_camera(pictures[:3], charuco_board())
    with pytest.raises(AmrError, match="no pictures"):
        calibrate_camera([], charuco_board())


def test_floor_calibration_and_its_refusals(tmp_path: Path) -> None:
    view = fixed_view(bench.crossing_site().cameras[0])
    floor = Floor.of(view)
    places = [(x, y) for x in (8.5, 10.0, 11.5) for y in (4.5, 6.0, 7.5)]
    rng = np.random.default_rng(2)
    pixels = []
    for x, y in places:
        pixel = floor.pixel(x, y)
        assert pixel is not None
        pixels.append((pixel[0] + rng.normal(0, 0.3), pixel[1] + rng.normal(0, 0.3)))
    found = calibrate_floor(pixels, places)
    assert found.rms < 0.02
    assert found.left_out_rms < 0.05
    wrong = [(x + (0.8 if k == 4 else 0.0), y) for k, (x, y) in enumerate(places)]
    with pytest.raises(AmrError, match="point 5"):
        calibrate_floor(pixels, wrong)
    with pytest.raises(AmrError, match="line"):
        calibrate_floor(pixels[:3] * 3, places[:3] * 3)
    with pytest.raises(AmrError, match="points"):
        calibrate_floor(pixels[:4], places[:4])
    with pytest.raises(AmrError, match="finite"):
        calibrate_floor([(math.nan, 0.0), *pixels[1:]], places)
    table = tmp_path / "points.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("uvxy")
        writer.writerows([*p, *q] for p, q in zip(pixels, places, strict=True))
    from typer.testing import CliRunner

    from amr_bringup.cli import app

    result = CliRunner().invoke(app, ["calibrate", "floor", str(table), "--output", str(tmp_path / "floor.json")])
    assert result.exit_code == 0, result.output
    assert "9 points" in result.output
    used = read_floor(tmp_path / "floor.json", (10.0, 11.5))
    assert used.size == (640, 480)
    assert used.place(*pixels[4]) == pytest.approx(places[4], abs=0.05)


def test_a_bent_lens_is_straightened_on_the_floor(tmp_path: Path) -> None:
    true = Floor.of(fixed_view(bench.crossing_site().cameras[0]))
    matrix = np.array([(400.0, 0.0, 319.5), (0.0, 400.0, 239.5), (0.0, 0.0, 1.0)])
    bent = Floor(true.to_picture, true.eye, true.size, Lens(matrix, np.array([-0.28, 0.08, 0.0, 0.0, 0.0])))
    places = [(x, y) for x in (8.0, 10.0, 12.0) for y in (4.5, 6.0, 7.5)]
    with (tmp_path / "points.csv").open("w", newline="") as file:
        csv.writer(file).writerows(["uvxy", *((*(bent.pixel(x, y) or ()), x, y) for x, y in places)])
    lens = {"matrix": matrix.tolist(), "distortion": [-0.28, 0.08, 0.0, 0.0, 0.0], "size": [640, 480]}
    (tmp_path / "lens.json").write_text(json.dumps(lens))
    from typer.testing import CliRunner

    from amr_bringup.cli import app

    call = ["calibrate", "floor", str(tmp_path / "points.csv"), "--output", str(tmp_path / "cameras" / "C01.json")]
    result = CliRunner().invoke(app, [*call, "--lens", str(tmp_path / "lens.json")])
    assert result.exit_code == 0, result.output
    used = read_floor(tmp_path / "cameras" / "C01.json", true.eye)
    for place in ((7.5, 4.0), (12.3, 8.0), (10.4, 5.3)):
        pixel = bent.pixel(*place)
        assert pixel is not None
        assert used.place(*pixel) == pytest.approx(place, abs=0.01)
        straight = true.place(*pixel)
        assert straight is not None
        if place != (10.4, 5.3):
            assert math.dist(straight, place) > 0.1
    assert CliRunner().invoke(app, [*call, "--size", "wide"]).exit_code != 0


@pytest.mark.parametrize(
    "change",
    [
        {"floor_to_picture": [[0.0] * 3] * 3},
        {"floor_to_picture": [[math.nan] * 3] * 3},
        {"floor_to_picture": [1.0]},
        {"size": [0, 480]},
        {"size": "640x480"},
        {"lens": {"matrix": np.eye(3).tolist(), "distortion": [0.1]}},
        {"lens": {"matrix": [[0.0] * 3] * 3, "distortion": [0.0] * 5}},
    ],
)
def test_rubbish_calibrations_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    view = fixed_view(bench.crossing_site().cameras[0])
    good = {"floor_to_picture": view.floor_to_picture.tolist(), "size": [640, 480]}
    path = tmp_path / "C01.json"
    path.write_text(json.dumps(good))
    assert read_floor(path, (0.0, 0.0)).size == (640, 480)
    path.write_text(json.dumps({**good, **change}))
    with pytest.raises(AmrError, match="refused"):
        read_floor(path, (0.0, 0.0))
    path.write_text("[")
    with pytest.raises(AmrError, match="refused"):
        read_floor(path, (0.0, 0.0))
