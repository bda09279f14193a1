"""The parts of the navigation one by one: map, localisation, planner, path splitting."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D, distance, wrap_angle
from amr_core.robots import LIFT_AMR
from amr_navigation.control.path import split_path
from amr_navigation.costmap.body import body_of
from amr_navigation.costmap.footprint import is_free
from amr_navigation.costmap.obstacles import ObstacleGrid
from amr_navigation.costmap.scan import Projector, Sweep
from amr_navigation.costmap.static_map import build_static_map
from amr_navigation.localization.localizer import OdometryBuffer
from amr_navigation.navigator.follow import FollowPath
from amr_navigation.planning.planner import GlobalPlanner
from tests.unit.nav_world import RES, World, aisle_world, clearance, occupancy, polyline, static_map

BODY = body_of(LIFT_AMR, loaded=True)


def test_signed_distances_are_measured_to_the_surface() -> None:
    grid = static_map([(1.0, 1.0, 2.0, 2.0)], (4.0, 4.0)).walls
    assert grid.sdf[round(1.5 / RES), round(2.525 / RES)] == pytest.approx(0.55, abs=0.026)
    assert grid.sdf[30, 30] < -0.4


@pytest.mark.parametrize("theta", [0.0, 0.4, math.pi / 2, 2.5])
def test_the_footprint_check_agrees_with_geometry(theta: float) -> None:
    rects = [(5.0, 5.0, 5.1, 5.1)]
    grid = static_map(rects, (10.0, 10.0)).walls
    rng = np.random.default_rng(1)
    for x, y in rng.uniform(3.5, 6.5, (200, 2)):
        pose = Pose2D(x, y, theta)
        inside = _touches(pose, rects)
        gap = clearance(pose, rects)
        if gap > 0.06 and not inside:
            assert is_free(grid, pose, body_of(LIFT_AMR))
        elif inside or gap == 0.0:
            assert not is_free(grid, pose, body_of(LIFT_AMR).grown(0.05))


def _touches(pose: Pose2D, rects: list[tuple[float, float, float, float]]) -> bool:
    x0, y0, x1, y1 = rects[0]
    c, s = math.cos(pose.theta), math.sin(pose.theta)
    dx, dy = 0.5 * (x0 + x1) - pose.x, 0.5 * (y0 + y1) - pose.y
    return abs(c * dx + s * dy) < LIFT_AMR.front and abs(c * dy - s * dx) < LIFT_AMR.half_width


def test_localisation_converges_from_a_wrong_start_and_stays_accurate() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.nav.set_initial_pose(Pose2D(3.25, 6.35, math.radians(10.0)), (0.3, 0.3, 0.2))
    w.run(FollowPath(polyline((3, 6.5), (26, 6.5))), 60.0)
    late = w.errors()[40:]
    assert np.percentile(late, 95) < 0.03
    yaw = [abs(wrap_angle(true.theta - estimate.theta)) for true, _, estimate in w.trace[40:]]
    assert math.degrees(float(np.percentile(yaw, 95))) < 0.5
    assert w.nav.localizer.estimate.score > 0.9


def test_localisation_holds_among_unmapped_objects() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.extra = [(x, 6.5 + side, x + 0.8, 7.3 + side) for x in (10.0, 16.0, 22.0) for side in (0.6, -1.45)]
    w.run(FollowPath(polyline((3, 6.5), (26, 6.5))), 60.0)
    assert np.percentile(w.errors(), 95) < 0.05
    assert w.nav.localizer.estimate.score < 0.97


def test_a_false_initial_pose_is_not_believed() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.nav.set_initial_pose(Pose2D(3.0, 17.6, 1.0), (0.05, 0.05, 0.02))
    motion = FollowPath(polyline((3, 6.5), (12, 6.5)))
    out = w.run(motion, 0.2)
    assert out is None
    assert w.nav.localizer.confidence.value < 0.25
    out = w.run(None, 40.0, until=lambda: w.nav.motion is None)
    assert out is not None
    assert out.outcome == (True, 0)
    wrong = [distance(true, estimate) > 0.3 and abs(twist.v) > 0.05 for true, twist, estimate in w.trace]
    assert not any(wrong)


def test_odometry_is_interpolated_at_the_stamp() -> None:
    buffer = OdometryBuffer()
    buffer.add(1.0, Pose2D(0.0, 0.0, 3.1))
    buffer.add(1.1, Pose2D(1.0, 0.0, -3.1))
    found = buffer.at(1.05)
    assert found is not None
    assert found.x == pytest.approx(0.5)
    assert abs(abs(found.theta) - math.pi) < 1e-6
    assert buffer.at(0.5) is None


def test_the_planner_fits_the_body_through_the_aisles() -> None:
    rects, size = aisle_world()
    planner = GlobalPlanner(static_map(rects, size).driveable)
    plan = planner.plan(Pose2D(3.0, 1.6, 0.0), Pose2D(20.0, 11.5, math.pi), BODY)
    assert plan.error_code == 0
    assert min(clearance(Pose2D(*row), rects) for row in plan.poses) > 0.03
    assert plan.poses[0, :2] == pytest.approx((3.0, 1.6))
    assert plan.poses[-1] == pytest.approx((20.0, 11.5, math.pi))
    assert plan.length < 32.0
    assert np.hypot(*np.diff(plan.poses[:, :2], axis=0).T).max() < 0.2


def test_the_planner_keeps_room_around_a_corner_and_goes_through_a_gap_without_any() -> None:
    size = (20.0, 12.0)
    corner = [(7.0, 3.0, 12.0, 9.0)]
    around = GlobalPlanner(static_map(corner, size).driveable)
    ways = [
        (Pose2D(3.46, 9.12, 2.6), Pose2D(15.43, 6.57, -1.07)),
        (Pose2D(4.66, 3.81, -2.25), Pose2D(15.15, 6.69, 0.32)),
        (Pose2D(2.45, 9.78, 2.34), Pose2D(17.29, 5.84, -1.61)),
        (Pose2D(4.41, 9.39, -1.4), Pose2D(16.16, 5.54, 2.59)),
    ]
    plans = [around.plan(*way, BODY) for way in ways]
    nearest = [min(clearance(Pose2D(*row), corner) for row in plan.poses) for plan in plans]
    assert min(nearest) > 0.27, nearest
    half = BODY.left + 0.14
    gap = [(9.0, 0.0, 11.0, 6.0 - half), (9.0, 6.0 + half, 11.0, 12.0)]
    through = GlobalPlanner(static_map(gap, size).driveable)
    for goal in (Pose2D(17.0, 6.0, 0.0), Pose2D(17.0, 3.0, 1.0), Pose2D(12.8, 8.0, 0.0)):
        plan = through.plan(Pose2D(3.0, 8.0, 0.0), goal, BODY)
        assert plan.error_code == 0
        assert min(clearance(Pose2D(*row), gap) for row in plan.poses) > 0.03


def test_the_last_drive_to_a_goal_cuts_no_corner() -> None:
    stack = [(5.6, 5.4, 8.4, 6.6)]
    planner = GlobalPlanner(static_map(stack, (20.0, 12.0)).driveable)
    plan = planner.plan(Pose2D(10.0, 8.0, math.pi), Pose2D(4.0, 6.0, -math.pi / 2), BODY)
    assert min(clearance(Pose2D(*row), stack) for row in plan.poses) > 0.27


def test_a_deep_slot_with_next_to_no_slack_is_driven_into_even_where_no_lattice_cell_fits_inside() -> None:
    half, depth, y = BODY.left + 0.15, 5.5, 6.1
    slot = [
        (8.0, 0.0, 8.3 + depth, y - half),
        (8.0, y + half, 8.3 + depth, 12.0),
        (8.0 + depth, 0.0, 8.3 + depth, 12.0),
    ]
    planner = GlobalPlanner(static_map(slot, (16.0, 12.0)).driveable)
    goal = Pose2D(8.0 + depth - BODY.front - 0.2, y, 0.0)
    for start in (Pose2D(6.6, 3.0, 1.57), Pose2D(3.0, 8.0, 1.57), Pose2D(6.6, 9.0, 1.57)):
        plan = planner.plan(start, goal, BODY)
        assert plan.error_code == 0
        assert min(clearance(Pose2D(*row), slot) for row in plan.poses) > 0.03


def test_planner_codes() -> None:
    rects, size = aisle_world()
    closed = [*rects, (32.0, 0.0, 32.2, 20.0)]
    planner = GlobalPlanner(static_map(closed, size).driveable)
    start = Pose2D(3.0, 1.6, 0.0)
    cases = [
        (Pose2D(-3.0, 1.6, 0.0), start, 203),
        (start, Pose2D(3.0, 21.0, 0.0), 204),
        (Pose2D(15.0, 4.0, 0.0), start, 205),
        (start, Pose2D(15.0, 4.0, 0.0), 206),
        (start, Pose2D(37.0, 10.0, 0.0), 208),
    ]
    assert [planner.plan(a, b, BODY).error_code for a, b, _ in cases] == [code for _, _, code in cases]


def test_keepout_areas_are_planned_around() -> None:
    rects, size = aisle_world()
    keepout = occupancy([(8.0, 5.0, 30.0, 8.0)], size)
    planner = GlobalPlanner(build_static_map(occupancy(rects, size), RES, keepout=keepout).driveable)
    plan = planner.plan(Pose2D(3.0, 6.5, 0.0), Pose2D(32.5, 6.5, 0.0), BODY)
    assert plan.error_code == 0
    assert min(clearance(Pose2D(*row), [(8.0, 5.0, 30.0, 8.0)]) for row in plan.poses) > 0.0


def test_obstacles_are_remembered_and_cleared_by_beams() -> None:
    rects, size = aisle_world()
    memory = ObstacleGrid(static_map(rects, size).walls)
    pose = Pose2D(20.0, 17.0, 0.0)
    box = np.array([(2.04, y) for y in np.arange(-0.26, 0.3, 0.05)])
    lidar = (0.6, 0.4)
    memory.update(0.0, pose, (Sweep(0.0, box, box, lidar),))
    found = memory.distances(1.0)
    assert found is not None
    row, col = (int((v - o) / 0.1) for v, o in ((17.0, found.origin_y), (22.04, found.origin_x)))
    assert found.sdf[row, col] < 0.0
    beyond = np.array(lidar) + 2.0 * (box - np.array(lidar))
    memory.update(2.0, pose, (Sweep(2.0, np.empty((0, 2)), beyond, lidar),))
    assert memory.distances(2.0) is None


def test_scan_points_skip_the_own_body_and_empty_beams() -> None:
    lidar = LIFT_AMR.lidars[0]
    projector = Projector(lidar, body_of(LIFT_AMR))
    ranges = np.full(lidar.beams, np.inf, dtype=np.float32)
    ranges[135], ranges[270] = 2.0, 0.3
    sweep = projector.sweep(0.0, ranges)
    assert len(sweep.hits) == 1
    assert sweep.hits[0] == pytest.approx((0.645 + 2.0 * math.sqrt(0.5), 0.43 + 2.0 * math.sqrt(0.5)), abs=1e-6)


def test_paths_are_cut_at_corners_and_changes_of_direction() -> None:
    path = np.concatenate((polyline((0, 0), (2, 0), (2, 2)), polyline((2, 2), (2, 1), reverse=True)))
    legs = split_path(path).legs
    assert [leg.direction for leg in legs] == [1, 1, -1]
    assert [leg.length for leg in legs] == pytest.approx([2.0, 2.0, 1.0])
    gentle = split_path(polyline((0, 0), (2, 0), (4, 0.7)))
    assert len(gentle.legs) == 1
    assert distance(gentle.final, Pose2D(4, 0.7, 0)) < 1e-9
