"""A robot's camera whose picture, or a part of it, stands still: told by its noise at rest and by the way."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from amr_core.geometry import Pose2D
from amr_perception.lens.watch import LensWatch

Grey = np.ndarray[Any, np.dtype[np.uint8]]


def room() -> Grey:
    """A room (416 x 312) with edges everywhere."""
    rng = np.random.default_rng(3)
    grey = np.full((312, 416), 120, np.uint8)
    for _ in range(500):
        x, y, w = (int(v) for v in (rng.integers(0, 400), rng.integers(0, 290), rng.integers(4, 40)))
        cv2.rectangle(grey, (x, y), (x + w, y + w), (int(rng.integers(20, 235)),), -1)
    return grey


def flickering(grey: Grey, n: int) -> Grey:
    """Return a picture in which every other tile (26 px) has a spot that differs from look to look."""
    out = grey.copy()
    for row in range(8, 312, 26):
        for column in range(8, 416, 52):
            out[row : row + 5, column : column + 5] = 100 + 10 * (n % 3)
    return out


def noisy(grey: Grey, rng: np.random.Generator) -> Grey:
    """Return what a camera with noise makes of it."""
    return np.asarray(grey // 2 + rng.integers(0, 6, grey.shape, np.uint8), dtype=np.uint8)


class Drive:
    """A camera without tags to read on a robot that looks ten times a second."""

    def __init__(self) -> None:
        self.watch, self.now, self.x = LensWatch(fixed=False), 100.0, 0.0

    def look(self, grey: Grey, *, forward: float = 0.0, known: bool = True) -> str:
        """Return what is said of a picture after a step of forward (m). known: somebody knows where the robot is."""
        self.now, self.x = self.now + 0.1, self.x + forward
        pose = Pose2D(self.x, 0.0, 0.0) if known else None
        return self.watch.look(grey, self.now, self.now, pose).reason

    def arrives(self) -> Grey:
        """Drive up to a dock: everything in the picture moves. Return what is seen last."""
        grey = room()
        for n in range(30):
            assert self.look(np.roll(grey, 3 * n, axis=1), forward=0.03) == ""
        return np.roll(grey, 90, axis=1)


def test_a_camera_without_noise_does_not_stand_still_because_its_robot_does() -> None:
    """In Gazebo one was called frozen for 4 s at its dock: all had moved on the way, and there little flickered."""
    drive = Drive()
    at_dock = drive.arrives()
    said = [drive.look(flickering(at_dock, n)) for n in range(60)]
    assert said == [""] * 60
    drive = Drive()
    at_dock = drive.arrives()
    assert [drive.look(at_dock) for _ in range(80)] == [""] * 80, "nor where nothing flickers"


def test_a_picture_that_stays_while_the_robot_drives_on_is_told_at_once() -> None:
    drive = Drive()
    last = drive.arrives()
    assert [drive.look(last, forward=0.03) for _ in range(6)] == [""] * 4 + ["frozen"] * 2


def test_a_picture_that_stays_is_told_after_ten_seconds_where_nobody_knows_the_way() -> None:
    drive = Drive()
    last = drive.arrives()
    said = [drive.look(last, known=False) for _ in range(110)]
    assert said[:95] == [""] * 95
    assert said[-5:] == ["frozen"] * 5


def test_what_stands_still_of_a_camera_with_noise_is_told_within_two_seconds() -> None:
    """Whole or half of it, at rest or on the way: its noise was learnt where the robot stood."""
    for half in (False, True):
        for step in (0.0, 0.01):
            drive, rng = Drive(), np.random.default_rng(5)
            at_dock = drive.arrives()
            for _ in range(60):
                assert drive.look(noisy(at_dock, rng)) == ""
            stuck = noisy(at_dock, rng)
            said = []
            for _ in range(30):
                now = noisy(at_dock, rng)
                now[:, : 208 if half else None] = stuck[:, : 208 if half else None]
                said.append(drive.look(now, forward=step))
            assert said[0] == ""
            assert set(said[20:]) == {"frozen"}, (half, step, said)
