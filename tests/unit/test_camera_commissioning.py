"""A camera's setup: points, lens and place that fit or say why not, areas on the floor, and a dry run on pictures."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from amr_bringup.calibrate_cli import calibrate_app
from amr_core.cameras import PinholeView, fixed_view
from amr_core.errors import AmrError
from amr_core.site import CameraArea, Site
from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench import cameras as bench
from amr_perception.calibration.floor import calibrate_floor
from amr_perception.commissioning.setup import CameraSetup, Judged, file_of, hangs_at, judge, parse_setup
from amr_perception.commissioning.trial import DryRun, Still
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.rules import areas_out_of_view, blind_rules
from amr_perception.people.boxes import PictureBox
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import parse_world

VIEW = fixed_view(bench.crossing_site().cameras[0])
FLOOR = Floor.of(VIEW)
PLACES = [(8.0, 8.0), (12.0, 8.0), (9.0, 6.5), (11.5, 6.0), (8.5, 4.5), (12.5, 4.0), (10.0, 5.0)]
FIELD = math.degrees(2.0 * math.atan(VIEW.width / 2.0 / VIEW.focal))
SQUARE = [(9.2, 6.8), (10.8, 6.8), (10.8, 5.2), (9.2, 5.2)]


def pixel(x: float, y: float) -> tuple[float, float]:
    found = FLOOR.pixel(x, y)
    assert found is not None
    return found


def points(places: list[tuple[float, float]] = PLACES) -> list[dict[str, float]]:
    return [{"u": pixel(x, y)[0], "v": pixel(x, y)[1], "x": x, "y": y} for x, y in places]


def area(places: list[tuple[float, float]] = SQUARE, **facts: Any) -> dict[str, Any]:
    return {"id": "gap", "action": "hold", "polygon": [pixel(x, y) for x, y in places], **facts}


def judged(**facts: Any) -> Judged:
    good = {"place": {"x": 10.0, "y": 11.5, "height": 3.5}, "field_deg": FIELD, "size": [640, 480], "points": points()}
    return judge(CameraSetup.model_validate({**good, **facts}), "C09", site())


def site() -> Site:
    return bench.crossing_site()


def codes(found: Judged) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_good_setup_gives_floor_residuals_place_and_a_file_that_can_be_read_back() -> None:
    found = judged(areas=[area(action="slow", max_speed=0.4)])
    assert (codes(found), found.savable) == ([], True)
    assert found.fit is not None
    assert found.fit.rms < 0.001
    assert found.seen_from == pytest.approx((10.0, 11.5, 3.5), abs=0.05)
    facts = json.loads(json.dumps(file_of(found, "hung", 12.3), allow_nan=False))
    assert facts["saved"] == {"by": "hung", "at": 12.3}
    assert facts["place"]["looks_at"] == pytest.approx([10.0, 6.0], abs=0.1)
    (kept,) = facts["areas"]
    assert (kept["id"], kept["max_speed"]) == ("gap", 0.4)
    assert np.allclose(kept["polygon"], SQUARE, atol=0.02)


def test_four_points_show_a_floor_that_cannot_be_saved_and_three_show_none() -> None:
    four = judged(points=points(PLACES[:2] + PLACES[4:6]))
    assert (codes(four), four.savable, four.floor is not None) == (["points_few"], False, True)
    with pytest.raises(AmrError, match=r"camera\.bad_setup") as refused:
        file_of(four, "hung", 0.0)
    assert refused.value.facts["reason"] == "points_few"
    assert codes(judged(points=points(PLACES[:3]))) == ["points_missing"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"points": points([(8.0 + k, 8.0 - k) for k in range(7)])}, "points_bad"),
        ({"points": [*points()[:6], {**points()[6], "x": 11.0}]}, "points_bad"),
        ({"points": [*points()[:6], {**points()[6], "u": 700.0}]}, "points_outside"),
        ({"points": [*points()[:6], {**points()[6], "x": 900.0}]}, "points_off_site"),
        ({"place": {"x": 10.0, "y": 8.0, "height": 3.0}}, "place_off"),
        ({"field_deg": 30.0}, "place_off"),
        ({"points": [{**p, "u": 639.0 - p["u"]} for p in points()]}, "place_off"),
        ({"place": {"x": -50.0, "y": 8.0, "height": 3.0}}, "place_outside"),
        ({"place": None}, "no_place"),
        ({"lens": {"matrix": [[1, 0, 0]], "distortion": [0, 0, 0, 0], "size": [640, 480]}}, "lens_bad"),
        ({"lens": {"matrix": VIEW.matrix.tolist(), "distortion": [0] * 5, "size": [1280, 720]}}, "lens_bad"),
        ({"areas": [area([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])]}, "area_crosses"),
        ({"areas": [area(polygon=[(0, 0), (700, 0), (0, 400)])]}, "area_outside"),
        ({"areas": [area(polygon=[(100, 1), (300, 1), (200, 400)])]}, "area_horizon"),
        ({"areas": [area([(9.2, 6.8), (9.3, 6.8), (9.3, 6.7)])]}, "area_small"),
        ({"areas": [area(), area()]}, "area_twice"),
        ({"areas": [area(id="crossing")]}, "area_twice"),
    ],
)
def test_what_is_wrong_is_said_by_a_code_and_not_saved(wrong: dict[str, Any], code: str) -> None:
    found = judged(**wrong)
    assert code in codes(found)
    assert not found.savable
    with pytest.raises(AmrError, match=r"camera\.bad_setup"):
        file_of(found, "hung", 0.0)


def test_points_of_a_picture_of_another_size_are_not_saved() -> None:
    setup = CameraSetup.model_validate({"size": [640, 480], "points": points(), "field_deg": FIELD})
    assert codes(judge(setup, "C01", site(), (640, 480))) == []
    found = judge(setup, "C01", site(), (1280, 960))
    assert (codes(found), found.savable) == (["picture_size"], False)


def test_a_lens_that_makes_no_numbers_of_points_is_refused() -> None:
    bent = [1e-300, 74.7, 365.2, 355.7, 378.4, 553.4, 539.4, 3.5]
    lens = {"matrix": [[500, 7, 274.7], [0, 1, 100], [0, 0, 1]], "distortion": bent, "size": [640, 480]}
    found = judged(lens=lens, field_deg=None)
    assert (codes(found), found.fit) == (["points_bad"], None)
    with np.errstate(all="ignore"):
        assert hangs_at(np.full((3, 3), 1e200), np.diag((1e-200, 1e-200, 1.0))) is None


def test_a_horizon_in_the_picture_does_not_turn_the_floor_round() -> None:
    """OpenCV's matrix is positive at pixel (0, 0), which looks at the sky here."""
    view = PinholeView(10.0, 11.5, 3.0, -math.pi / 2.0, 0.25)
    floor = Floor.of(view)
    assert floor.place(320.0, 0.0) is None
    pixels = [p for x, y in PLACES if (p := floor.pixel(x, y)) is not None and p[1] < 480]
    places = [(x, y) for x, y in PLACES if (p := floor.pixel(x, y)) is not None and p[1] < 480]
    fit = calibrate_floor(pixels, places)
    assert Floor(fit.to_picture, (10.0, 11.5)).place(*pixels[0]) == pytest.approx(places[0], abs=0.01)


def test_a_blind_camera_holds_its_own_areas_wherever_they_are_and_knows_those_out_of_view() -> None:
    behind = CameraArea(id="behind", polygon=((9.0, 14.0), (11.0, 14.0), (10.0, 16.0)))
    (seen,) = judged(areas=[area()]).camera.areas  # type: ignore[union-attr]
    assert areas_out_of_view(FLOOR, (seen, behind)) == ["behind"]
    assert {"gap", "behind", "crossing"} <= {rule.area for rule in blind_rules(site(), FLOOR, (seen, behind))}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "{}", '{"size": [640]}', '{"size": [0, 0]}', '{"size": [1e9, 5]}',
        '{"size": [640, 480], "x": 1}',
        '{"size": [640, 480], "points": [{"u": NaN, "v": 1, "x": 1, "y": 1}]}',
        '{"size": [640, 480], "place": {"x": 1, "y": 1, "height": -3}}',
        '{"size": [640, 480], "areas": [{"id": "a b", "polygon": [[1, 1], [2, 2], [3, 1]]}]}',
        '{"size": [640, 480], "areas": [{"id": "a", "polygon": [[1, 1], [2, 2]]}]}',
        '{"size": [640, 480], "areas": [{"id": "a", "action": "permit", "polygon": [[1, 1], [2, 2], [3, 1]]}]}',
        '{"size": [640, 480], "field_deg": 1e999}',
        # The fleet would refuse the zone, and nobody would be slowed.
        '{"size": [640, 480], "areas": [{"id": "a", "action": "slow", "max_speed": 0.01, "polygon": '
        "[[1, 1], [2, 2], [3, 1]]}]}",
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_where(text: str) -> None:
    with pytest.raises(AmrError, match=r"camera\.bad_setup") as refused:
        parse_setup(text, "C09")
    assert refused.value.facts["where"]


@pytest.fixture(scope="module")
def camera() -> FixedCamera:
    model = site()
    return FixedCamera(model.cameras[0], parse_world(world_sdf(model)), 1)


def live(picture: np.ndarray, k: int) -> np.ndarray:
    shown = picture.copy()
    shown[k % 480] ^= 1
    return shown


def test_a_dry_run_tells_whom_it_would_have_stopped_for_and_when_that_ended(camera: FixedCamera) -> None:
    model = site()
    known = model.cameras[0]
    found = judge(
        CameraSetup.model_validate({
            "size": [640, 480], "points": points(), "field_deg": FIELD,
            "areas": [area([(9.0, 4.8), (11.0, 4.8), (11.0, 3.4), (9.0, 3.4)])],
        }), known.id, model,
    )  # fmt: skip
    assert codes(found) == []
    assert found.floor is not None
    assert found.camera is not None
    run = DryRun(model, found.floor, found.camera.areas)
    empty, walker = camera.render([]), camera.render(bench.person(10.0, 4.2))
    for k in range(60):
        run.take(live(walker if 20 <= k < 30 else empty, k), 0.2 * k, 0.2 * k)
    facts = json.loads(json.dumps(run.facts(), allow_nan=False))
    assert (facts["pictures"], facts["blind"], facts["seconds"]) == (60, "", 11.8)
    mine = [event for event in facts["events"] if event["area"] == "gap"]
    assert [event["event"] for event in mine] == ["person_near", "blind"]  # the newest first; it began by learning
    assert (mine[1]["reason"], mine[1]["end"] is not None) == ("learning", True)
    assert mine[0]["action"] == "hold"
    assert 4.0 <= mine[0]["begin"] <= 5.0
    assert mine[0]["end"] is not None


def test_a_dry_run_on_a_folder_of_recorded_pictures_tells_the_same_and_names_those_of_no_use(
    camera: FixedCamera, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "site.yaml").write_text(yaml.safe_dump(site().model_dump(mode="json"), allow_unicode=True))
    drawn = area([(9.0, 4.8), (11.0, 4.8), (11.0, 3.4), (9.0, 3.4)])
    setup = {"size": [640, 480], "points": points(), "field_deg": FIELD, "areas": [drawn]}
    (tmp_path / "setup.json").write_text(json.dumps(setup))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    empty, walker = camera.render([]), camera.render(bench.person(10.0, 4.2))
    for k in range(30):
        cv2.imwrite(str(pictures / f"{k:03d}.png"), live(walker if 15 <= k < 22 else empty, k))
    (pictures / "030.jpg").write_bytes(cv2.imencode(".jpg", empty)[1].tobytes()[:4000])
    cv2.imwrite(str(pictures / "031.png"), empty.astype(np.uint16) * 256)
    told = ["dry-run", str(pictures), "--site", str(tmp_path / "site"), "--camera", site().cameras[0].id]
    answer = CliRunner().invoke(calibrate_app, [*told, "--setup", str(tmp_path / "setup.json")])
    assert answer.exit_code == 0, answer.exception
    lines = answer.output.splitlines()
    assert lines[0].startswith("030.jpg: cannot be used, a JPEG of 4000 bytes without its end")
    assert lines[1].startswith("031.png: cannot be used, 16 bits a channel")
    assert any(line.endswith("s: gap: person_near, hold") for line in lines)
    assert lines[-1] == "32 pictures, 6.2 s, 2 of no use"

    def refused(*changed: str) -> str:
        error = CliRunner().invoke(calibrate_app, [*told, *changed]).exception
        assert isinstance(error, AmrError)
        return error.code

    assert refused() == "calibration.bad"  # it has no file yet
    assert refused("--setup", str(pictures / "000.png")) == "camera.bad_setup"
    (tmp_path / "few.json").write_text(json.dumps({**setup, "points": points()[:3]}))
    assert refused("--setup", str(tmp_path / "few.json")) == "camera.bad_setup"
    told[1] = str(tmp_path)
    assert refused("--setup", str(tmp_path / "setup.json")) == "run.bad_option"
    told[-1] = "C99"
    assert refused() == "request.not_found"


def test_a_still_is_small_needs_some_pictures_and_shows_nobody_who_walks() -> None:
    rng = np.random.default_rng(2)
    floor = cv2.GaussianBlur(rng.integers(0, 256, (480, 640)).astype(np.uint8), (0, 0), 8)
    still = Still()
    for k in range(9):
        picture = floor.copy()
        picture[100:300, 60 * k : 60 * k + 40] = 255  # somebody walks by
        assert bool(still.jpeg()) == (k >= 5)
        still.take(picture, 0.6 * k)
        still.take(np.zeros_like(picture), 0.6 * k + 0.1)  # too soon: not taken
    shown = cv2.imdecode(np.frombuffer(still.jpeg(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown.shape == (180, 240)
    assert still.size == (640, 480)
    assert shown.max() < 215
    blotted = cv2.imdecode(
        np.frombuffer(still.jpeg((PictureBox("person", 0.9, 100.0, 100.0, 500.0, 400.0),)), np.uint8), 0
    )
    assert blotted[60:120, 60:160].std() < 0.9 * shown[60:120, 60:160].std()
    with pytest.raises(AmrError, match=r"message\.invalid"):
        still.take(np.zeros((4096, 16, 3), np.uint8), 99.0)  # small, it would be 240 x 61,440 px
    assert still.size == (640, 480)
    still.take(np.zeros((100, 100, 3), np.uint8), 100.0)
    assert still.jpeg() == b""  # another camera's size: anew
