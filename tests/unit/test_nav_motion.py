"""Motions of the engine in a simulated hall: tracking, corners, reverse, extension, obstacles, replanning, docking."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D, compose, distance, wrap_angle
from amr_navigation.behaviors import behaviors
from amr_navigation.control.ahead import MovingObject
from amr_navigation.docking.database import Dock, straight_behind
from amr_navigation.docking.dock import DockRobot, UndockRobot
from amr_navigation.navigator.follow import FAILED_TO_MAKE_PROGRESS, INVALID_PATH, FollowPath
from amr_navigation.navigator.navigate import Navigate
from tests.unit.nav_world import World, aisle_world, clearance, polyline

AISLE = 6.5


def world(x: float = 3.0, y: float = AISLE, theta: float = 0.0) -> World:
    return World(*aisle_world(), Pose2D(x, y, theta))


def across(path: np.ndarray, world: World) -> np.ndarray:
    """Distance (m) of every true position so far to the path's polyline (points every 0.1 m, so within 2 mm)."""
    truth = np.array([pose[:2] for pose, _, _ in world.trace])
    a, b = path[:-1, None, :2], path[1:, None, :2]
    step = b - a
    length2 = np.maximum((step**2).sum(-1), 1e-12)
    t = np.clip(((truth - a) * step).sum(-1) / length2, 0.0, 1.0)
    return np.hypot(*np.moveaxis(truth - a - t[..., None] * step, -1, 0)).min(axis=0)


def test_tracks_a_lane_with_a_sharp_corner() -> None:
    w = world()
    path = polyline((3, AISLE), (32, AISLE), (32, 11.5), (24, 11.5))
    out = w.run(FollowPath(path), 90.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert np.percentile(across(path, w), 95) < 0.03
    assert max(twist.v for _, twist, _ in w.trace) > 1.15
    assert distance(w.pose, Pose2D(24, 11.5, math.pi)) < 0.05
    turning = [pose for pose, twist, _ in w.trace if abs(twist.v) < 0.02 and abs(twist.w) > 0.3]
    assert (
        max(
            distance(p, min((Pose2D(32, AISLE, 0), Pose2D(32, 11.5, 0)), key=lambda c: distance(c, p))) for p in turning
        )
        < 0.08
    )


def test_turns_on_the_spot_before_it_sets_off() -> None:
    w = world(6.0, AISLE, math.pi / 2)
    out = w.run(FollowPath(polyline((6, AISLE), (12, AISLE))), 30.0)
    assert out is not None
    assert out.outcome == (True, 0)
    first = next(pose for pose, twist, _ in w.trace if twist.v > 0.05)
    assert abs(first.theta) < 0.1


def test_drives_a_reversed_path_backwards() -> None:
    w = world(12.0, AISLE, 0.0)
    out = w.run(FollowPath(polyline((12, AISLE), (6, AISLE), reverse=True)), 30.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert distance(w.pose, Pose2D(6, AISLE, 0)) < 0.05
    assert abs(w.pose.theta) < 0.05
    assert max(twist.v for _, twist, _ in w.trace) < 0.05


def test_an_extended_path_is_taken_over_without_a_stop() -> None:
    w = world()
    w.run(FollowPath(polyline((3, AISLE), (12, AISLE))), 60.0, until=lambda: w.pose.x > 10.0)
    start = len(w.trace)
    out = w.run(FollowPath(polyline((9, AISLE), (24, AISLE))), 60.0)
    assert out is not None
    assert out.outcome == (True, 0)
    speeds = [twist.v for pose, twist, _ in w.trace[start:] if pose.x < 20.0]
    assert min(speeds) > 1.0


@pytest.mark.parametrize("goal_yaw", [0.0, 1.2])
def test_stops_at_the_end_with_the_final_heading(goal_yaw: float) -> None:
    w = world(3.0, AISLE)
    path = polyline((3, AISLE), (6.5, AISLE))
    path[-1, 2] = goal_yaw
    out = w.run(FollowPath(path), 30.0)
    assert out is not None
    assert distance(w.pose, Pose2D(6.5, AISLE, 0.0)) < 0.04
    assert abs(wrap_angle(w.pose.theta - goal_yaw)) < 0.06


def test_waits_before_an_obstacle_and_goes_on_when_it_has_gone() -> None:
    w = world()
    box = (15.0, AISLE - 0.3, 15.6, AISLE + 0.3)
    w.extra = [box]
    w.tracks = (MovingObject(15.3, AISLE, 0.0, 0.0, 0.3, "person"),)
    motion = FollowPath(polyline((3, AISLE), (24, AISLE)))
    assert w.run(motion, 25.0) is None
    assert motion.blocked == "person"
    assert abs(w.twist.v) < 0.01
    assert 0.35 < clearance(w.pose, w.extra) < 0.7
    w.extra, w.tracks = [], ()
    out = w.run(None, 30.0, until=lambda: w.nav.motion is None)
    assert out is not None
    assert w.pose.x > 23.9


def test_something_that_comes_head_on_is_not_met() -> None:
    """A box comes at 1 m/s, brakes late as another robot would, and no track announces it."""
    w = world()
    gaps: list[float] = []
    at = [22.0]

    def approach() -> bool:
        ahead = at[0] - w.pose.x - 0.675
        at[0] -= 0.05 * min(1.0, max(0.0, ahead - 0.45))
        w.extra = [(at[0], AISLE - 0.45, at[0] + 1.3, AISLE + 0.45)]
        gaps.append(clearance(w.pose, w.extra))
        return False

    approach()
    w.run(FollowPath(polyline((3, AISLE), (24, AISLE))), 20.0, until=approach)
    assert min(gaps) > 0.1
    assert abs(w.twist.v) < 0.01


def test_gives_up_when_it_makes_no_progress() -> None:
    w = world()
    w.extra = [(8.0, AISLE - 0.5, 8.6, AISLE + 0.5)]
    out = w.run(FollowPath(polyline((3, AISLE), (24, AISLE)), patience=5.0), 30.0)
    assert out is not None
    assert out.outcome == (False, FAILED_TO_MAKE_PROGRESS)


def test_refuses_paths_it_cannot_follow() -> None:
    for path in (np.empty((0, 3)), polyline((20, 18), (25, 18))):
        out = world().run(FollowPath(path), 1.0)
        assert out is not None
        assert out.outcome == (False, INVALID_PATH)


def test_a_person_about_to_cross_slows_the_robot_early() -> None:
    w = world(3.0, 1.6)
    path = polyline((3, 1.6), (26, 1.6))

    def person() -> bool:
        y = 5.0 - 0.9 * max(0.0, w.now - 5.0)
        w.extra = [(12.0, y - 0.2, 12.4, y + 0.2)]
        w.tracks = (MovingObject(12.2, y, 0.0, -0.9 if w.now > 5.0 else 0.0, 0.3, "person"),)
        gaps.append(clearance(w.pose, w.extra))
        return False

    gaps: list[float] = []
    motion = FollowPath(path)
    person()
    w.run(motion, 12.0, until=person)
    assert min(gaps) > 0.15
    slow = [pose.x for pose, twist, _ in w.trace if twist.v < 0.7 and pose.x > 6.0]
    assert slow


def test_plans_a_way_and_replans_around_what_blocks_it() -> None:
    w = world(3.0, 17.0)
    w.extra = [(18.0, 16.3, 19.0, 17.6)]
    out = w.run(Navigate([Pose2D(33.0, 17.0, 0.0)]), 120.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert distance(w.pose, Pose2D(33.0, 17.0, 0.0)) < 0.06
    assert min(clearance(pose, w.rects + w.extra) for pose, _, _ in w.trace) > 0.02


def test_navigation_codes() -> None:
    for goal, code in ((Pose2D(100, 5, 0), 204), (Pose2D(15, 4, 0), 206)):
        out = world().run(Navigate([goal]), 1.0)
        assert out is not None
        assert out.outcome == (False, code)


def test_docks_on_the_marker_even_when_the_dock_has_moved() -> None:
    mapped = Pose2D(20.0, 17.8, math.pi / 2)
    real = Pose2D(20.06, 17.8, math.pi / 2 + 0.03)
    w = world(20.0, 15.8, math.pi / 2)
    w.dock_marker = compose(real, Pose2D(1.2, 0.0, 0.0))
    dock = Dock("d", mapped, straight_behind(mapped), "station")
    motion = DockRobot(dock)
    out = w.run(motion, 60.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert motion.retries == 0
    assert distance(w.pose, real) < 0.02
    assert abs(wrap_angle(w.pose.theta - real.theta)) < 0.03
    out = w.run(UndockRobot(dock), 30.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert distance(w.pose, dock.staging) < 0.1


def test_a_charger_needs_a_marker_and_current() -> None:
    pose = Pose2D(20.0, 17.8, math.pi / 2)
    w = world(20.0, 15.8, math.pi / 2)
    dock = Dock("c", pose, straight_behind(pose), "charger")
    motion = DockRobot(dock)
    out = w.run(motion, 60.0)
    assert out is not None
    assert out.outcome == (False, 904)
    w.dock_marker = compose(pose, Pose2D(1.2, 0.0, 0.0))
    out = w.run(DockRobot(dock), 200.0)
    assert out is not None
    assert out.outcome == (False, 906)
    w.nav.charging = True
    out = w.run(DockRobot(dock), 60.0)
    assert out is not None
    assert out.outcome == (True, 0)


def test_behaviours_do_what_nav2s_do() -> None:
    w = world(5.0, AISLE)
    out = w.run(behaviors.Spin(1.57), 20.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert abs(wrap_angle(w.pose.theta - 1.57)) < 0.08
    out = w.run(behaviors.back_up(0.3, 0.0, 0.0, 0.15, 10.0), 20.0)
    assert out is not None
    assert out.outcome == (True, 0)
    assert w.pose.y == pytest.approx(AISLE - 0.3, abs=0.04)
    for motion, code in (
        (behaviors.drive_on_heading(0.5, 0.1, 0.0, 0.2, 0.0), 724),
        (behaviors.drive_on_heading(0.5, 0.0, 0.0, -0.2, 0.0), 724),
        (behaviors.back_up(0.5, 0.1, 0.0, 0.2, 0.0), 713),
        (behaviors.drive_on_heading(1.0, 0.0, 0.0, 0.2, 0.1), 721),
        (behaviors.Spin(3.0, 0.1), 701),
    ):
        out = w.run(motion, 5.0)
        assert out is not None
        assert out.outcome == (False, code)
    out = w.run(behaviors.Wait(1.0), 5.0)
    assert out is not None
    assert out.outcome == (True, 0)


def test_behaviours_refuse_to_hit_something() -> None:
    w = world(5.0, AISLE)
    w.extra = [(5.9, AISLE - 0.3, 6.2, AISLE + 0.3)]
    w.run(None, 0.5)
    out = w.run(behaviors.drive_on_heading(1.0, 0.0, 0.0, 0.2, 0.0), 10.0)
    assert out is not None
    assert out.outcome == (False, 723)
