"""The lens watch: every way to be blind is told within two seconds and ends by itself; light and weather are not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench import cameras as bench
from amr_perception.fixed.areas import AreaEvent
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.watch import CameraWatch, Sight, blind_for
from amr_perception.lens.learnt import read_learnt
from amr_perception.lens.watch import LensWatch
from amr_perception.people.boxes import PictureBox, check_answers
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.imaging import PictureNoise, spoil_picture
from amr_sim.world import parse_world

Picture = np.ndarray
RNG = np.random.default_rng(4)


def hall() -> Picture:
    """Return a hall with racks, lines and goods: details in most of the picture."""
    rng = np.random.default_rng(11)
    picture = np.full((480, 640), 120, np.uint8)
    for _ in range(260):
        x, y = (int(v) for v in rng.integers((0, 0), (620, 460)))
        w, h = (int(v) for v in rng.integers(6, 70, 2))
        cv2.rectangle(picture, (x, y), (x + w, y + h), int(rng.integers(40, 230)), -1)
    return cv2.GaussianBlur(picture, (3, 3), 0.7)


def noisy(picture: Picture, sigma: float = 1.5) -> Picture:
    return np.clip(picture + RNG.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def mud(picture: Picture, share: float) -> Picture:
    """Return a picture through a lens with smears over this share of it."""
    rng = np.random.default_rng(3)
    mask = np.zeros(picture.shape, np.uint8)
    while mask.mean() < share:
        cv2.circle(mask, (int(rng.integers(640)), int(rng.integers(480))), int(rng.integers(40, 90)), 1, -1)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 6.0)
    return np.clip(picture * (1 - soft) + 70 * soft, 0, 255).astype(np.uint8)


def blurred(picture: Picture, part: float) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / part)


BLIND: dict[str, tuple[str, Callable[[Picture], Picture]]] = {
    "dark x 0.10": ("dark", lambda p: (p * 0.1).astype(np.uint8)),
    "dark x 0.03": ("dark", lambda p: (p * 0.03).astype(np.uint8)),
    "black": ("dark", lambda p: p * 0),
    "defocus of width/100": ("blurred", lambda p: blurred(p, 100)),
    "defocus of width/40": ("blurred", lambda p: blurred(p, 40)),
    "covered": ("covered", lambda p: np.full_like(p, 90)),
    "mud on 60 %": ("dirty", lambda p: mud(p, 0.6)),
    "mud on 90 %": ("dirty", lambda p: mud(p, 0.9)),
    "sun into the lens": ("dazzled", lambda p: np.clip(p * 0.2 + 245.0, 0, 255).astype(np.uint8)),
}


def lamp_light() -> Picture:
    """Return the share of light of a hall by night: one lamp over a part of it."""
    rows, columns = np.mgrid[:480, :640].astype(np.float32)
    return 0.25 + 0.5 * np.exp(-((rows - 150.0) ** 2 + (columns - 200.0) ** 2) / (2 * 180.0**2))


LIGHTS: dict[str, Callable[[Picture], Picture]] = {
    "dusk x 0.3": lambda p: (0.3 * p).astype(np.uint8),
    "lamps": lambda p: (lamp_light() * p).astype(np.uint8),
}


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("case", BLIND)
def test_a_blind_lens_is_told_in_dim_light_too(light: str, case: str) -> None:
    """A camera that was set up by day and gets its mud in the evening, and one that knows no other light."""
    clear, (reason, spoil) = LIGHTS[light](hall()), BLIND[case]
    for known in (hall(), clear):
        watch = LensWatch((640, 480))
        for picture in (known, clear):
            for _ in range(10):
                assert watch.look(noisy(picture)).reason == ""
        told = watch.look(noisy(spoil(clear))).reason
        assert told == reason if reason in ("covered", "dazzled", "dark") else told, (light, case, told)


class Nobody:
    """A detector that finds nobody and has no opinion on the picture, as NanoDet and the SSD."""

    name = "nobody"

    def detect(self, image: Picture) -> list[PictureBox]:
        return []


def camera() -> CameraWatch:
    site = bench.crossing_site()
    view = Floor.of(FixedCamera(site.cameras[0], parse_world(world_sdf(site)), 1).view)
    return CameraWatch(site, view, Nobody())


@pytest.mark.parametrize("case", BLIND)
@pytest.mark.parametrize("noise", [0.0, 1.5])
def test_every_blind_lens_holds_the_crossing_within_two_seconds_and_ends(case: str, noise: float) -> None:
    reason, spoil = BLIND[case]
    watch, clear = camera(), hall()
    now, told = 0.0, list[tuple[float, AreaEvent]]()

    def look(picture: Picture) -> Sight:
        nonlocal now
        now += 0.1
        sight = watch.look(picture, [], now=now, stamp=now - 0.05)
        told.extend((now, event) for event in watch.events(now, sight) if event.rule.area == "crossing")
        return sight

    for _ in range(15):
        assert look(noisy(clear)).reason == ""
    began, bad = now, spoil(clear)
    for _ in range(19):
        sight = look(noisy(bad, noise) if noise else bad)
        assert sight.seen is None
    assert sight.reason == reason
    held = [(t, e) for t, e in told if e.active]
    assert held
    assert held[0][0] - began <= 2.0
    assert (held[0][1].rule.event, held[0][1].rule.action, held[0][1].reason) == ("blind", "hold", reason)
    learnt = watch.lens.learnt.count
    for _ in range(80):  # what is blind never becomes normal
        assert look(bad if not noise else noisy(bad, noise)).seen is None
    assert watch.lens.learnt.count == learnt
    told.clear()
    for _ in range(14):
        look(noisy(clear))
    assert [e.active for _, e in told if not e.active] == [False]


def test_a_blind_lens_is_told_from_the_very_first_picture() -> None:
    for case, (reason, spoil) in BLIND.items():
        if not case.startswith("mud"):  # that takes a picture to compare with
            assert LensWatch().look(spoil(hall())).reason == reason, case
    assert LensWatch().look(hall()).reason == ""


def snow() -> Picture:
    """Return a white scene, most of it at the end of the scale, with some dark things in it."""
    picture = np.full((480, 640), 255, np.uint8)
    picture[300:, 200:560] = hall()[300:, 200:560]
    cv2.rectangle(picture, (60, 80), (120, 260), 20, -1)
    return picture


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


def test_a_soft_lens_is_no_blurred_one_and_the_first_picture_tells_a_blurred_one() -> None:
    soft = blurred(hall(), 420)  # a cheap lens, or a picture of half the size
    watch = LensWatch((640, 480))
    assert [watch.look(noisy(soft)).reason for _ in range(10)] == [""] * 10
    assert LensWatch().look(noisy(blurred(hall(), 100))).reason == "blurred"


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_some_dirt_rain_glare_and_compression_are_no_blindness(share: float) -> None:
    clear = hall()
    rows, columns = np.mgrid[:480, :640]
    glow = 255 * np.exp(-((rows - 120.0) ** 2 + (columns - 400.0) ** 2) / (2 * 120.0**2))
    watch = LensWatch((640, 480))
    for _ in range(10):
        watch.look(noisy(clear))
    packed = cv2.imdecode(cv2.imencode(".jpg", clear, (cv2.IMWRITE_JPEG_QUALITY, 15))[1], cv2.IMREAD_GRAYSCALE)
    half = cv2.resize(cv2.resize(clear, (320, 240), interpolation=cv2.INTER_AREA), (640, 480))
    for picture in (packed, half, np.clip(clear * 0.6 + 60 + glow, 0, 255).astype(np.uint8), mud(clear, share)):
        assert watch.look(noisy(picture)).reason == ""


def test_a_day_with_its_lights_raises_no_alarm() -> None:
    """24 h, a picture every three minutes: the sun rises and sets, lamps, shadows, rain on the glass, people."""
    watch, clear = LensWatch((640, 480)), hall()
    rows, columns = np.mgrid[:480, :640].astype(np.float32)
    lamps = 0.25 + 0.5 * np.exp(-((rows - 150.0) ** 2 + (columns - 200.0) ** 2) / (2 * 180.0**2))
    rng = np.random.default_rng(6)
    said = []
    for minute in range(0, 24 * 60, 3):
        hour = minute / 60.0
        sun = max(0.0, math.sin(math.pi * (hour - 6.0) / 12.0))
        slant = 0.8 + 0.2 * np.sin(columns / 90.0 + hour)  # shadows wander
        light = sun * slant + (lamps if sun < 0.3 else 0.0)
        picture = clear.copy()
        for _ in range(int(rng.integers(0, 4))):
            x, y = int(rng.integers(0, 580)), int(rng.integers(100, 340))
            cv2.rectangle(picture, (x, y), (x + 40, y + 130), int(rng.integers(20, 240)), -1)
        rain = 0.25 if 14.0 < hour < 16.0 else 0.0
        lit = np.clip(picture * np.clip(light, 0.12, 1.0), 0, 255).astype(np.uint8)
        shown = spoil_picture(lit, PictureNoise(sigma=2.0, dust=rain), rng)
        state = watch.look(shown, 60.0 * minute, 60.0 * minute - 0.1)
        if state.reason:
            said.append((hour, state.reason, state.brightness, state.dirty))
    assert said == []


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
@pytest.mark.parametrize("fault", ["frozen", "turned"])
def test_a_camera_of_five_pictures_a_second_holds_its_crossing_within_two_seconds(fault: str, phase: int) -> None:
    watch, clear = camera(), hall()
    elsewhere = np.ascontiguousarray(clear[::-1, ::-1])
    began, held = 0.0, list[float]()
    for k in range(51 + phase):  # whichever of three pictures is the first bad one: one of three is looked at
        now = 0.2 * k
        if k < 40 + phase:
            shown, began = noisy(clear), now
        elif fault == "turned":
            shown = noisy(elsewhere)
        sight = watch.look(shown, [], now=now, stamp=now)
        held += [now for event in watch.events(now, sight) if event.active and event.rule.area == "crossing"]
    assert held
    assert held[0] - began <= 2.0


def test_half_a_picture_that_never_changes_is_told() -> None:
    watch, clear = LensWatch((640, 480)), hall()
    reasons = []
    for k in range(450):
        shown = noisy(clear)
        if k >= 300:
            shown[:300] = clear[:300]  # the decoder hangs: the upper part stays as it was
        reasons.append(watch.look(shown, 0.1 * k, 0.1 * k).reason)
    assert set(reasons[:300]) == {""}
    assert reasons[-1] == "frozen"


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


def test_a_moment_of_blindness_holds_nobody() -> None:
    watch = camera()
    assert [e for k in range(8) for e in watch.events(0.1 * k, blind_for("dark"))] == []
    assert watch.events(0.9, Sight(())) == []


def test_a_camera_that_watches_lanes_only_slows_robots_in_its_view() -> None:
    site = bench.crossing_site()
    site = site.model_copy(update={"zones": [], "places": []})
    view = Floor.of(FixedCamera(site.cameras[0], parse_world(world_sdf(site)), 1).view)
    watch = CameraWatch(site, view, Nobody())
    told = [e for k in range(12) for e in watch.events(0.1 * k, blind_for("dark"))]
    assert [(e.rule.action, e.rule.area) for e in told] == [("slow", "view")]
    assert len(told[0].polygon) >= 3
