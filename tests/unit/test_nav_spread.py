"""What the localisation says of its own error, and of a direction that nothing holds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.geometry import FloatArray, Pose2D, distance
from amr_navigation.localization import spread as module
from amr_navigation.localization.confidence import PoseJudge, told_doubt
from amr_navigation.localization.matching import Matcher
from amr_navigation.localization.spread import by_wheels, carried_along, honest, support, widest
from amr_navigation.navigator.follow import FollowPath
from tests.unit.nav_world import Rect, World, aisle_world, cast, polyline, static_map

AISLE: list[Rect] = [(0.0, 0.0, 120.0, 0.2), (0.0, 3.2, 120.0, 3.4), (0.0, 0.0, 0.2, 3.4), (119.8, 0.0, 120.0, 3.4)]
"""120 m long, ends beyond the lidars' reach when in the middle."""
STILL = Pose2D(0.0, 0.0, 0.0)
MIDDLE = Pose2D(60.0, 1.7, 0.0)


def rough(rects: list[Rect], size: tuple[float, float], seed: int) -> list[Rect]:
    """The same walls as SLAM draws them: single cells stick out of them."""
    rng, out = np.random.default_rng(seed), list(rects)
    for _ in range(int(8 * size[0])):
        x, y = rng.uniform(0.3, size[0] - 0.3), rng.choice((0.2, 3.15))
        out.append((x, float(y), x + 0.05, float(y) + 0.05))
    return out


def beams(pose: Pose2D, rects: list[Rect]) -> FloatArray:
    angles = np.linspace(-math.pi, math.pi, 271)[:-1]
    ranges = cast((pose.x, pose.y), angles + pose.theta, rects, 25.0)
    good = ranges < 25.0
    noise = np.random.default_rng(3).normal(0.0, 0.01, good.sum())
    return np.column_stack((np.cos(angles[good]), np.sin(angles[good]))) * (ranges[good] + noise)[:, None]


@pytest.mark.parametrize("noisy", [False, True])
def test_a_long_aisle_does_not_observe_the_way_along_it(noisy: bool) -> None:
    drawn = rough(AISLE, (120.0, 3.4), 1) if noisy else AISLE
    walls = static_map(drawn, (120.0, 3.4)).walls
    found = support(beams(MIDDLE, AISLE), walls, MIDDLE)
    assert found.degenerate
    assert found.unobserved is not None
    assert abs(math.sin(found.unobserved)) < 0.1
    assert found.observed[1] > 0.4
    wheels = by_wheels(found, np.diag((0.04, 0.04, 0.01)), 0.0, STILL, STILL)
    spread = honest(found, wheels)
    assert spread[0, 0] == pytest.approx(0.04, rel=0.1)
    assert math.sqrt(spread[1, 1]) < 0.06
    assert carried_along(found, wheels, Pose2D(60.3, 1.72, 0.0), MIDDLE).x == pytest.approx(60.0, abs=0.05)
    assert carried_along(found, wheels, Pose2D(60.3, 1.72, 0.0), MIDDLE).y == pytest.approx(1.72, abs=0.05)


def test_the_ends_of_the_aisle_hold_the_way_along_it() -> None:
    pose = Pose2D(8.0, 1.7, 0.0)
    found = support(beams(pose, AISLE), static_map(AISLE, (120.0, 3.4)).walls, pose)
    assert not found.degenerate
    assert found.unobserved is None


def test_the_spread_grows_along_the_aisle_until_the_robot_slows() -> None:
    w = World(AISLE, (120.0, 3.4), Pose2D(8.0, 1.7, 0.0))
    w.run(None, 1.0)
    motion = FollowPath(polyline((8.0, 1.7), (112.0, 1.7)))
    w.nav.start(motion)
    seen, sigmas, speeds, reasons = [], [], [], set()
    told = [""]
    for _ in range(4000):
        w.tick()
        estimate, pose = w.nav.localizer.estimate, w.nav.pose
        assert pose is not None
        sigma = math.sqrt(float(np.linalg.eigvalsh(estimate.covariance[:2, :2])[-1]))
        seen.append(estimate.unobserved is not None)
        sigmas.append(sigma)
        speeds.append(w.twist.v)
        reasons.add(w.nav.localizer.confidence.reason)
        told.append(told_doubt(w.nav.localizer.confidence, told[-1]))
        assert distance(pose, w.pose) < 3.0 * sigma + 0.05
        if w.nav.motion is None or w.pose.x > 110.0:
            break
    assert any(seen)
    assert max(sigmas) > 3 * sigmas[0]
    assert "unobserved" in reasons
    assert min(v for v, sigma in zip(speeds, sigmas, strict=True) if sigma > 0.5) < 0.4, "speed is held back"
    assert "unobserved" in told, "and why is told"


def test_the_error_is_within_three_sigma_nearly_always() -> None:
    w = World(*aisle_world(), Pose2D(3.0, 6.5, 0.0))
    w.extra = [(x, 6.5 + side, x + 0.8, 7.3 + side) for x in (10.0, 16.0, 22.0) for side in (0.6, -1.45)]
    w.nav.start(FollowPath(polyline((3, 6.5), (26, 6.5))))
    inside = []
    for _ in range(800):
        w.tick()
        pose, c = w.nav.pose, w.nav.localizer.estimate.covariance
        assert pose is not None
        e = np.array((pose.x - w.pose.x, pose.y - w.pose.y))
        inside.append(e @ np.linalg.solve(c[:2, :2], e) <= 9.0)
    assert np.mean(inside) >= 0.95


def test_support_that_is_missing_widens_the_spread() -> None:
    rects, size = aisle_world()
    walls = static_map(rects, size).walls
    pose = Pose2D(3.0, 6.5, 0.0)
    good = beams(pose, rects)
    half = good.copy()
    half[::2] *= 0.6
    assert support(half, walls, pose).sigma[1] > 2.0 * support(good, walls, pose).sigma[1]
    assert support(np.empty((0, 2)), walls, pose).degenerate


def test_where_no_map_is_the_wheels_hold_the_pose_and_its_spread() -> None:
    """A room that was built after the map: in Freiburg's a spread of 50 m made the robot settle half a metre off."""
    rects, size = aisle_world()
    walls, pose = static_map(rects, size).walls, Pose2D(3.0, 6.5, 0.0)
    strange = beams(pose, rects) * 0.4
    found = support(strange, walls, pose)
    assert min(found.sigma[:2]) > 1.0
    step = Pose2D(0.1, 0.0, 0.02)
    wheels = by_wheels(found, np.diag((0.01, 0.01, 0.0004)), 0.0, step, Pose2D(0.5, -0.4, 0.0))
    assert wheels.hold == (True, True)
    assert 0.1 < widest(honest(found, wheels)) < 0.11, "it grows as the wheels slip, not to 50 m"
    held = carried_along(found, wheels, Pose2D(3.6, 6.1, 0.01), Pose2D(3.1, 6.5, 0.02))
    assert (held.x, held.y, held.theta) == pytest.approx((3.1, 6.5, 0.01)), "and no match pulls it away"
    good = support(beams(pose, rects), walls, pose)
    assert by_wheels(good, np.diag((0.01, 0.01, 0.0004)), 0.0, step, STILL).hold == (False, False)


def test_among_goods_a_match_that_agrees_with_the_wheels_is_known_as_well_as_they_are() -> None:
    """Otherwise a robot past a few stacks would be as unsure as the worst of its scans, and no pull would be told."""
    rects, size = aisle_world()
    pose, step = Pose2D(3.0, 6.5, 0.0), Pose2D(0.1, 0.0, 0.0)
    among = beams(pose, rects)
    among[::4] *= 0.6
    found = support(among, static_map(rects, size).walls, pose)
    narrow = np.diag((1e-4, 1e-4, 1e-4))
    agrees, pulls = (by_wheels(found, narrow, 0.0, step, pull) for pull in (STILL, Pose2D(0.05, 0.05, 0.03)))
    assert agrees.hold == (False, False), "the scan moves the pose: wheels may be worn"
    assert widest(honest(found, agrees)) < 0.02 < found.sigma[1]
    assert min(np.subtract(pulls.sigma, agrees.sigma)) >= 0.03, "and by what it moves it, something was wrong"
    assert widest(honest(found, by_wheels(found, narrow, 0.0, step, Pose2D(3.0, 3.0, 1.0)))) <= found.sigma[0] + 1e-9


def test_a_heading_that_is_off_carries_the_wheels_aside_by_the_whole_way() -> None:
    rects, size = aisle_world()
    pose = Pose2D(3.0, 6.5, 0.0)
    nothing = support(np.empty((0, 2)), static_map(rects, size).walls, pose)
    covariance = np.diag((1e-4, 1e-4, 0.05**2))
    for _ in range(50):
        covariance = honest(nothing, by_wheels(nothing, covariance, 0.0, Pose2D(0.2, 0.0, 0.0), STILL))
    assert math.sqrt(covariance[1, 1]) == pytest.approx(0.01 + 10.0 * (0.05 + 0.01), rel=0.05)
    assert math.sqrt(covariance[0, 0]) < 0.7


def test_a_pose_that_may_be_astray_is_found_again_where_the_map_explains_the_scan() -> None:
    rects, size = aisle_world()
    walls, pose = static_map(rects, size).walls, Pose2D(3.0, 6.5, 0.0)
    matcher, seen = Matcher(walls, beams=270, sigma=0.12, inlier=0.12), beams(pose, rects)
    off = Pose2D(3.45, 6.1, 0.0)
    assert matcher.astray(seen, off, np.diag((0.04, 0.04, 0.01)), 0.3) is None, "it is not that far off"
    again = matcher.astray(seen, off, np.diag((0.16, 0.16, 0.01)), 0.3)
    assert again is not None
    assert distance(again.pose, pose) < 0.05
    assert matcher.astray(seen, off, np.diag((0.16, 0.16, 0.01)), again.score) is None, "no better than near by"
    assert matcher.astray(seen * 0.4, off, np.diag((0.16, 0.16, 0.01)), 0.0) is None, "nothing of the map is in it"


def test_an_unobserved_direction_lowers_the_confidence_and_is_the_reason() -> None:
    judge, crowd = PoseJudge(), PoseJudge()
    for _ in range(10):
        judge.see(0.9, 0.0, 0.9, observed=False)
        crowd.see(0.3, 0.0, 0.45)
    assert judge.confidence.value < 0.25
    assert judge.confidence.reason == "unobserved"
    assert crowd.confidence.value >= 0.35


def test_the_widest_direction_is_that_of_the_eigenvalues() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        root = rng.normal(size=(2, 2)) * rng.choice([1e-3, 1.0])
        covariance = root @ root.T
        assert widest(covariance) == pytest.approx(math.sqrt(np.linalg.eigvalsh(covariance)[-1]))


def test_what_is_held_are_eigenvalues_and_axes_of_the_normals() -> None:
    rng = np.random.default_rng(6)
    walls = static_map(AISLE, (120.0, 3.4)).walls
    for _ in range(20):
        points, pose = rng.uniform(-2.0, 2.0, (60, 2)), Pose2D(1.5, 1.7, float(rng.uniform(-3, 3)))
        at = (points, walls.sdf, walls.resolution, walls.origin_x, walls.origin_y, *pose)
        plane = module._normals(*at)[0]
        held, axes, *_ = module._held(*at)
        values, vectors = np.linalg.eigh(plane)
        assert np.allclose(held, values, atol=1e-9)
        assert np.allclose(np.abs(np.sum(axes * vectors, axis=0)), 1.0)
