"""What leaves a camera: a picture too coarse to know anybody, and what the fleet takes of what cameras tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_fleet.nodes.camera_wall import LARGEST_FRAME, CameraWall
from amr_perception.fixed.blur import WIDTH, blurred_jpeg
from amr_perception.people.boxes import PictureBox

JPEG = b"\xff\xd8\xff\xe0 picture"


def test_a_face_becomes_a_few_blocks() -> None:
    rng = np.random.default_rng(1)
    picture = np.full((480, 640), 120, np.uint8)
    face = cv2.resize(rng.integers(0, 256, (10, 10)).astype(np.uint8), (40, 40), interpolation=cv2.INTER_NEAREST)
    picture[200:240, 300:340] = face
    small = cv2.imdecode(np.frombuffer(blurred_jpeg(picture, []), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert small.shape == (180, WIDTH)
    blotted = blurred_jpeg(picture, [PictureBox("vehicle", 0.9, 300.0, 200.0, 340.0, 300.0)])
    coarse = cv2.imdecode(np.frombuffer(blotted, np.uint8), cv2.IMREAD_GRAYSCALE)
    scale = WIDTH / 640
    part = np.s_[round(200 * scale) : round(240 * scale), round(300 * scale) : round(340 * scale)]
    # Blurred, most of the face's contrast is gone; blotted, hardly any is left.
    assert small[part].std() < 0.5 * face.std()
    assert coarse[part].std() < 0.25 * face.std()
    assert len(blotted) < LARGEST_FRAME


@pytest.mark.parametrize("box", [(-50.0, -50.0, 10.0, 10.0), (630.0, 470.0, 900.0, 900.0), (700.0, 0.0, 800.0, 10.0)])
def test_boxes_beyond_the_picture_do_no_harm(box: tuple[float, float, float, float]) -> None:
    assert blurred_jpeg(np.zeros((480, 640, 3), np.uint8), [PictureBox("person", 0.5, *box)]).startswith(b"\xff\xd8")


def thing(**facts: Any) -> Any:
    good = {"kind": "person", "score": 0.9, "x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0, "x": 5.0, "y": 6.0}
    return SimpleNamespace(**{**good, "radius": 0.3, **facts})


def message(**facts: Any) -> Any:
    good: dict[str, Any] = {"camera": "C01", "seeing": True, "blind": "", "width": 640, "height": 480}
    good |= {"reason": "", "blind_for": 0.0, "picture_age": 0.1, "sharpness": 0.4, "usual_sharpness": 0.5}
    good |= {"brightness": 90.0, "dirty": 0.02, "shift": 0.3, "guards_m": 12.0, "guards_day_m": 12.0}
    good |= {"light": "day", "detector": "motion", "setup_version": 3, "setup_for": 4.0}
    return SimpleNamespace(**{**good, "detections": [thing()], "frame": b"", **facts})


BLIND = {"seeing": False, "blind": "too dark to see", "reason": "dark", "detections": []}


def test_how_a_camera_is_comes_with_what_it_shows() -> None:
    wall = CameraWall(["C01"])
    wall.on_view(message(detector="x" * 200), 10.0)
    (shown,) = wall.frames(10.5)
    health = shown.health
    assert (health.reason, health.since, health.picture_age, health.guards) == ("", 0.0, 0.1, 12.0)
    assert (health.light, len(health.detector)) == ("day", 64)
    assert (health.setup, health.setup_since) == (3, 6.0)


def test_since_when_a_camera_is_blind_survives_its_silence_and_a_restart_of_its_node() -> None:
    wall = CameraWall(["C01"])
    wall.on_view(message(**BLIND, blind_for=4.0), 10.0)
    (blind,) = wall.frames(10.0)
    assert (blind.health.reason, blind.health.since) == ("dark", 6.0)
    (silent,) = wall.frames(15.0)
    assert (silent.health.reason, silent.health.since) == ("silent", 6.0)
    wall.on_view(message(**BLIND, blind_for=0.0), 16.0)  # a new node has never seen, and does not know since when
    assert wall.frames(16.0)[0].health.since == 6.0
    wall.on_view(message(), 17.0)
    assert wall.frames(17.0)[0].health.since == 0.0
    (gone,) = wall.frames(20.0)
    assert (gone.health.reason, gone.health.since) == ("silent", 17.0)


def test_the_newest_view_counts_and_silence_is_blind() -> None:
    wall = CameraWall(["C01", "C02"])
    wall.on_view(message(frame=JPEG), 10.0)
    wall.on_view(message(), 10.5)  # no picture in this one: the last stays for a while
    (shown,) = wall.frames(10.6)
    assert (shown.frame, shown.frame_t, shown.t, len(shown.things)) == (JPEG, 10.0, 10.5, 1)
    (quiet,) = wall.frames(13.0)
    assert (quiet.blind, quiet.things) == ("silent", ())
    (later,) = wall.frames(16.0)
    assert later.frame == b""


@pytest.mark.parametrize(
    "bad",
    [
        {"camera": "C99"},
        {"camera": ""},
        {"seeing": False},
        {"width": 0},
        {"detections": [thing(kind="face")]},
        {"detections": [thing(x=float("nan"))]},
        {"detections": [thing()] * 101},
        {"reason": "dark"},
        {**BLIND, "reason": ""},
        {**BLIND, "reason": "silent"},
        {**BLIND, "reason": "tired"},
        {"light": "night"},
        {"brightness": float("nan")},
        {"brightness": 256.0},
        {"picture_age": float("inf")},
        {"picture_age": -2.0},
        {"blind_for": -1.0},
        {"setup_version": -2},
        {"setup_for": float("nan")},
        {"sharpness": float("nan")},
        {"usual_sharpness": -0.1},
        {"dirty": 1.5},
        {"shift": float("-inf")},
        {"guards_m": 1e9},
        {"guards_day_m": float("nan")},
        {"detector": "a\u202emodel"},
        {"frame": b"GIF89a"},
        {"frame": JPEG + bytes(LARGEST_FRAME)},
    ],
)
def test_rubbish_is_refused_and_changes_nothing(bad: dict[str, Any]) -> None:
    wall = CameraWall(["C01"])
    wall.on_view(message(), 1.0)
    with pytest.raises(AmrError, match=r"message\.invalid"):
        wall.on_view(message(**bad), 2.0)
    (shown,) = wall.frames(2.0)
    assert shown.t == 1.0
