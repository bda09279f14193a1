"""The camera pictures of both simulators: what is said of how far apart they are, and where ours show a tag."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import FORK_ROBOT, LIFT_AMR
from amr_core.site import load_site
from amr_lab.sim_peer.drives import DRIVES, FORK, LOADED, WheelDrive, pictured
from amr_lab.sim_peer.embedded import WheelTrack, compared, picture
from amr_lab.sim_peer.pictures import OWN, PictureGap, SimPicture, compare_pictures, picture_table
from amr_sim.camera import site_markers

BLANK = np.zeros((480, 640), dtype=np.uint8)


def named(name: str, robot: str = "lift") -> WheelDrive:
    return next(drive for drive in DRIVES if drive.name == name and drive.robot == robot)


def at_start(drive: WheelDrive, eye: str = OWN) -> SimPicture:
    return picture(drive, SimPicture(eye, "start", drive.start, BLANK, np.eye(3)))


def gap(drive: WheelDrive, theirs: SimPicture, ours: SimPicture) -> PictureGap:
    kind = FORK_ROBOT if drive.robot == FORK else LIFT_AMR
    return compare_pictures(drive, theirs, ours, site_markers(load_site("lab")), kind.camera)


def test_dockings_are_seen_far_and_near_and_a_load_is_not_seen_twice() -> None:
    seen = {(drive.name, drive.robot): pictured(drive) for drive in DRIVES}
    assert seen["dock at CH1", "lift"] == ("start", "rest")
    assert seen["an S", "lift"] == ("rest",)
    assert seen["0.8 rad/s on the spot", FORK] == ("rest",)
    assert not any(when for (_, robot), when in seen.items() if robot == LOADED)
    assert 12 <= sum(map(len, seen.values())) <= 24, "cameras are slow in Gazebo"


@pytest.mark.parametrize("robot", ["lift", FORK])
def test_the_embedded_picture_shows_the_tag_where_it_is(robot: str) -> None:
    drive = named("dock at A1_1", robot)
    row = gap(drive, at_start(drive), at_start(drive))
    assert row.tags == ((3,), (3,))
    assert row.corners < 0.3, "two pictures of one place differ by noise only"
    assert max(map(abs, row.distance)) < 0.02
    assert max(map(abs, row.bearing)) < 0.1
    assert row.lens == ("", "")


def test_a_tag_that_is_too_large_and_beside_its_place_is_said() -> None:
    drive = named("dock at B1_1")
    ours = at_start(drive)
    move = np.array([[1.1, 0.0, 3.0 - 0.1 * 319.5], [0.0, 1.1, -2.0 - 0.1 * 239.5]])
    theirs = replace(ours, picture=cv2.warpAffine(ours.picture, move, (640, 480), borderMode=cv2.BORDER_REPLICATE))
    row = gap(drive, theirs, ours)
    assert row.larger == pytest.approx(0.1, abs=0.02)
    assert row.shift == pytest.approx((3.0, -2.0), abs=0.3)
    assert row.distance[0] - row.distance[1] == pytest.approx(-2.0 * 0.1 / 1.1, abs=0.03)
    assert row.bearing[0] - row.bearing[1] == pytest.approx(-math.degrees(3.0 / 554.0), abs=0.05)


def test_a_mirrored_picture_has_no_tag_and_a_dark_one_is_said() -> None:
    drive = named("dock at B1_1")
    ours = at_start(drive)
    mirrored = gap(drive, replace(ours, picture=np.ascontiguousarray(ours.picture[:, ::-1])), ours)
    assert mirrored.tags == ((), (5,))
    assert math.isnan(mirrored.corners)
    dark = gap(drive, replace(ours, picture=(ours.picture // 20).astype(np.uint8)), ours)
    assert dark.lens == ("dark", "")
    assert dark.light[0] < 0.1 * dark.light[1]
    blurred = gap(drive, replace(ours, picture=cv2.GaussianBlur(ours.picture, (0, 0), 6.0)), ours)
    assert blurred.sharpness[0] < 0.3 * blurred.sharpness[1]


def test_edges_are_found_again_only_where_they_are() -> None:
    drive = named("dock at CH1")
    ours = at_start(drive)
    same = gap(drive, ours, ours)
    assert same.again == (1.0, 1.0)
    elsewhere = replace(ours, picture=np.roll(ours.picture, 40, axis=0))
    assert max(gap(drive, elsewhere, ours).again) < 0.6
    empty = gap(drive, replace(ours, picture=BLANK), ours)
    assert empty.again[0] == 0.0
    assert math.isnan(empty.again[1])


def test_the_fixed_camera_shows_the_robot_where_it_stands() -> None:
    drive = named("an S")
    east, west = (
        picture(drive, SimPicture("C01", "rest", Pose2D(x, 2.5, 0.0), BLANK, np.eye(3))).picture.astype(float)
        for x in (11.0, 9.0)
    )
    changed = np.nonzero(np.abs(east - west) > 40.0)[1]
    assert len(changed) > 600
    assert np.sum(changed < 320) > 200, "it looks south: what is east of it is at its left"
    assert np.sum(changed > 320) > 200


def test_the_table_says_median_and_worst() -> None:
    drive = named("dock at A1_1")
    ours = at_start(drive)
    track = WheelTrack(pictures=[ours, replace(ours, eye="C01", at=Pose2D(10.0, 4.0, 0.0))])
    rows = compared(drive, track)
    apart = replace(rows[0], corners=4.0, distance=(0.05, 0.0), tags=((3,), ()))
    text = picture_table([rows[0], rows[0], apart, rows[1]], "about")
    assert text.count("| dock at A1_1, start | lift |") == 3
    assert text.count("| dock at A1_1, start, camera C01 | lift |") == 1
    assert "3 pictures with one that both read, 2 in which one reads a tag that the other does not" in text
    assert "at most 4.00 (sideways 0.0" in text
    assert "at most 50.0; bearing" in text
    assert all(line.count("|") == 10 for line in text.splitlines() if line.startswith("| dock"))
