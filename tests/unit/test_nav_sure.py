"""How sure the robot is of its pose: it finds itself, says when two places look alike, notices being carried."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from amr_core.geometry import Pose2D, Twist2D, distance
from amr_navigation.behaviors import behaviors
from amr_navigation.localization.confidence import Confidence, PoseJudge, SpeedGate
from amr_navigation.motion import CONTROLLER_TIMED_OUT, TF_ERROR, Motion, MotionView, Step
from amr_navigation.navigator.follow import FollowPath
from tests.unit.nav_world import World, aisle_world, polyline

TWINS = [(0.0, 0.0, 30.0, 0.2), (0.0, 9.8, 30.0, 10.0), (0.0, 0.0, 0.2, 10.0), (29.8, 0.0, 30.0, 10.0)]


class Creep(Motion):
    """The smallest motion that the README allows: a step and nothing else."""

    def step(self, view: MotionView) -> Step:
        return Step(Twist2D(0.2, 0.0))


def test_the_smallest_motion_is_held_while_the_robot_is_lost() -> None:
    w = World(TWINS, (30.0, 10.0), Pose2D(6.0, 5.0, 0.3))
    w.nav.localizer.scatter()
    out = w.run(Creep(), 60.0)
    assert out is not None
    assert out.outcome == (False, TF_ERROR)
    assert distance(w.pose, Pose2D(6.0, 5.0, 0.0)) < 0.01


def test_the_smallest_motion_is_held_while_a_lidar_is_blind() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.run(Creep(), 3.0)
    add = w.nav.add_scan
    w.nav.add_scan = lambda lidar, stamp, ranges: add(lidar, stamp, np.full_like(ranges, np.inf) if lidar else ranges)  # type: ignore[method-assign]
    w.run(None, 2.0)
    assert w.tick().hold == "blind"
    assert abs(w.twist.v) < 0.01
    out = w.run(None, 12.0, until=lambda: w.nav.motion is None)
    assert out is not None
    assert out.outcome == (False, CONTROLLER_TIMED_OUT)


def test_whatever_is_asked_of_a_motion_has_its_default_in_the_base_class() -> None:
    """What is looked for with getattr is missed in a motion that lacks it, and no type check says so."""
    sources = list((Path(__file__).resolve().parents[2] / "src/amr_navigation/amr_navigation").rglob("*.py"))
    assert len(sources) > 80, "looked for in the wrong place"
    asked = re.compile(r"(?:getattr|hasattr)\((?:\w+\.)*_?motion\b")
    assert [path.name for path in sources if asked.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("fault", ["a lidar is late", "odometry is silent", "odometry is ahead"])
def test_it_does_not_drive_on_a_pose_that_nothing_corrects_any_more(fault: str) -> None:
    """The localisation takes no scan then, and its confidence stays what it was."""
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    motion = FollowPath(polyline((3, 6.5), (28, 6.5)))
    w.run(motion, 4.0)
    scan, odometry = w.nav.add_scan, w.nav.add_odometry
    if fault == "a lidar is late":
        w.nav.add_scan = lambda lidar, stamp, ranges: scan(lidar, stamp - 0.3 * lidar, ranges)  # type: ignore[method-assign]
    elif fault == "odometry is silent":
        w.nav.add_odometry = lambda stamp, pose, twist: None  # type: ignore[method-assign]
    else:
        w.nav.add_odometry = lambda stamp, pose, twist: odometry(stamp + 2.5, pose, twist)  # type: ignore[method-assign]
    w.run(None, 3.0)
    assert w.tick().hold == "blind"
    assert abs(w.twist.v) < 0.01
    out = w.run(None, 12.0, until=lambda: w.nav.motion is None)
    assert out is not None
    assert out.outcome == (False, CONTROLLER_TIMED_OUT)


@pytest.mark.parametrize(
    ("motion", "code"),
    [
        (behaviors.Spin(40.0), 702),
        (behaviors.back_up(8.0, 0.0, 0.0, 0.2, 0.0), 712),
        (behaviors.drive_on_heading(8.0, 0.0, 0.0, 0.2, 0.0), 722),
    ],
    ids=["spin", "back up", "drive straight"],
)
def test_what_goes_by_the_odometry_alone_ends_within_about_a_second_when_that_is_silent(
    motion: Motion, code: int
) -> None:
    """It turned on and on beside racks: by what the wheels had said last it was never there."""
    w = World(*aisle_world(), Pose2D(15.0, 6.5, 0.0))
    assert w.run(motion, 3.0) is None, "it drives"
    assert w.twist != Twist2D(0.0, 0.0)
    add = w.nav.add_odometry
    w.nav.add_odometry = lambda stamp, pose, twist: None  # type: ignore[method-assign]
    w.run(None, 0.3)
    w.nav.add_odometry = add  # type: ignore[method-assign]
    assert w.run(None, 1.0) is None, "a few lost readings end nothing"
    w.nav.add_odometry = lambda stamp, pose, twist: None  # type: ignore[method-assign]
    out = w.run(None, 1.3, until=lambda: w.nav.motion is None)
    assert out is not None
    assert out.outcome == (False, code)
    w.run(None, 1.0)
    assert w.twist == Twist2D(0.0, 0.0)


def test_waiting_needs_no_odometry() -> None:
    w = World(*aisle_world(), Pose2D(15.0, 6.5, 0.0))
    w.run(None, 1.0)
    w.nav.add_odometry = lambda stamp, pose, twist: None  # type: ignore[method-assign]
    out = w.run(behaviors.Wait(3.0), 5.0)
    assert out is not None
    assert out.outcome == (True, 0)


def test_it_finds_itself_anywhere_on_the_map() -> None:
    w = World(*aisle_world(), Pose2D(31.5, 10.0, 0.7))
    w.nav.localizer.scatter()
    w.run(None, 4.0)
    assert w.nav.localizer.confidence.value > 0.7
    assert w.errors()[-1] < 0.05


def test_it_does_not_guess_in_a_hall_that_looks_the_same_from_both_ends() -> None:
    w = World(TWINS, (30.0, 10.0), Pose2D(6.0, 5.0, 0.3))
    w.nav.localizer.scatter()
    motion = FollowPath(polyline((6.0, 5.0), (12.0, 5.0)))
    out = w.run(motion, 60.0)
    assert out is not None
    assert out.outcome == (False, TF_ERROR)
    assert w.nav.localizer.confidence.reason == "ambiguous"
    assert distance(w.pose, Pose2D(6.0, 5.0, 0.0)) < 0.01


def test_it_notices_that_it_was_carried() -> None:
    w = World(*aisle_world(), Pose2D(20.0, 6.5, 0.0))
    w.run(None, 2.0)
    w.pose = Pose2D(20.2, 11.55, 0.05)
    w.run(None, 2.0)
    assert w.nav.localizer.confidence.value < 0.25 or w.errors()[-1] < 0.1


def test_a_blind_lidar_stops_the_robot_and_is_told() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    motion = FollowPath(polyline((3, 6.5), (28, 6.5)))
    w.run(motion, 5.0)
    add = w.nav.add_scan
    w.nav.add_scan = lambda lidar, stamp, ranges: add(lidar, stamp, np.full_like(ranges, np.inf) if lidar else ranges)  # type: ignore[method-assign]
    out = w.run(None, 12.0, until=lambda: w.nav.motion is None)
    assert out is not None
    assert out.outcome == (False, CONTROLLER_TIMED_OUT)
    assert abs(w.twist.v) < 0.01


def test_confidence_falls_with_contradiction_not_with_crowds() -> None:
    crowd, wrong = PoseJudge(), PoseJudge()
    for _ in range(8):
        crowd.see(0.3, 0.0, 0.01)
        wrong.see(0.3, 0.25, 0.01)
    assert crowd.confidence.value > 0.5
    assert wrong.confidence.value < 0.1
    assert wrong.confidence.reason == "contradiction"


def test_the_speed_follows_the_confidence_with_hysteresis() -> None:
    gate = SpeedGate()
    speeds = [gate.allowed(Confidence(v, ""), 1.2) for v in (0.9, 0.4, 0.2, 0.3, 0.4, 0.9)]
    assert speeds == [1.2, 0.35, 0.0, 0.0, 0.35, 1.2]


@pytest.mark.parametrize(("shift", "stands"), [(0.5, True), (5.0, True), (-0.6, True), (0.15, False), (-0.3, False)])
def test_scans_of_another_clock_are_refused_and_named(shift: float, stands: bool) -> None:
    """Seen before: a sensor computer 0.5 s ahead was silent, and its lidar's death unnoticed for as long."""
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.run(None, 1.0)
    add = w.nav.add_scan
    w.nav.add_scan = lambda lidar, stamp, ranges: add(lidar, stamp + shift, ranges)  # type: ignore[method-assign]
    w.run(FollowPath(polyline((3, 6.5), (12, 6.5))), 3.0)
    assert (abs(w.twist.v) < 0.01) is stands
    fault = w.nav.clock_fault
    assert (fault is not None) is stands
    if fault is not None:
        assert fault[0] == w.robot.lidars[0].name
        assert fault[1] == pytest.approx(-shift, abs=0.06)
        assert w.tick().blocked == "clock"


def test_a_dead_lidar_that_was_stamped_ahead_stops_the_robot_in_time() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.run(None, 1.0)
    add = w.nav.add_scan
    w.nav.add_scan = lambda lidar, stamp, ranges: add(lidar, stamp + 0.19, ranges)  # type: ignore[method-assign]
    w.run(FollowPath(polyline((3, 6.5), (28, 6.5))), 4.0)
    assert w.twist.v > 0.5
    w.nav.add_scan = lambda lidar, stamp, ranges: None  # type: ignore[method-assign]
    w.run(None, 2.2)
    assert abs(w.twist.v) < 0.01
