"""Docking targets, pallets, boards, localisation fixes and obstacles on synthetic data; rubbish gives None."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D, compose, relative
from amr_lab.perception_bench import depth as scenes
from amr_lab.perception_bench import lidar_targets as lidar
from amr_lab.perception_bench import markers as tags
from amr_lab.perception_bench.closed_loop import dock
from amr_perception.depth.obstacles import ObstacleFinder
from amr_perception.depth.rays import DepthMount, DepthRays
from amr_perception.docking.pallet_depth import EUR, find_pallet
from amr_perception.docking.reflectors import reflector_pair
from amr_perception.docking.template import fit, pallet_feet, v_dock
from amr_perception.markers.board import TagBoard, solve_board
from amr_perception.markers.detector import MarkerDetector
from amr_sim.imaging import DepthNoise, PictureNoise, spoil_depth, spoil_picture
from amr_sim.scene import cast

Points = npt.NDArray[np.float64]


@pytest.mark.parametrize("target", ["v_dock", "pallet_feet"])
def test_lidar_targets(target: str) -> None:
    outline = v_dock() if target == "v_dock" else pallet_feet()
    measured = lidar.measure(outline, 1.5, 0.01, 12)
    assert measured["found_share"] == 1.0
    assert measured["wrong_poses"] == measured["false_found"] == 0
    assert measured["lateral_mm_p95"] < 15.0
    assert measured["deg_p95"] < 1.5


def test_a_pallet_with_a_hidden_foot_is_no_target_one_foot_off() -> None:
    """Two feet of three fit the outline in two places: neither is taken, and without the tests one foot off is."""
    outline, at = pallet_feet(), Pose2D(1.2, 0.0, 0.0)
    rng = np.random.default_rng(2)
    feet = outline.pieces
    for hidden, off in ((-1, 0.3), (1, -0.3)):
        points = []
        for x0, y0, x1, y1 in feet:
            if hidden * (y0 + y1) > 0.45:
                continue
            share = np.linspace(0.0, 1.0, max(3, int(np.hypot(x1 - x0, y1 - y0) / 0.008)))[:, None]
            points.append(np.array((x0, y0)) + share * np.array((x1 - x0, y1 - y0)) + np.array((at.x, at.y)))
        seen = np.vstack(points)
        seen = seen + rng.normal(0, 0.004, seen.shape)
        trusting = replace(outline, repeats=0.0, feet=())
        one_off = fit(trusting, seen, Pose2D(at.x, off, 0.0), least_coverage=0.5)
        assert one_off is not None
        assert abs(one_off.pose.y) > 0.3
        assert fit(outline, seen, Pose2D(at.x, off, 0.0), least_coverage=0.5) is None
        assert fit(replace(outline, repeats=0.0), seen, Pose2D(at.x, off, 0.0), least_coverage=0.5) is None


def test_what_is_no_foot_one_foot_beside_does_not_draw_the_pallet_there() -> None:
    """A rough thing stands where a fourth foot would, and of the foot at the other end little is seen."""
    outline, beside = pallet_feet(), Pose2D(1.2, -0.35, 0.0)
    taken = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)

        def drawn(x0: float, y0: float, x1: float, y1: float, sigma: float, rng: np.random.Generator = rng) -> Points:
            share = np.linspace(0.0, 1.0, max(3, int(math.hypot(x1 - x0, y1 - y0) / 0.006)))[:, None]
            points = np.array((x0, y0)) + share * np.array((x1 - x0, y1 - y0))
            return np.asarray(points + rng.normal(0, sigma, points.shape))

        x0, y0, x1, y1 = outline.pieces[6]
        feet = [drawn(a, b, c, d, 0.003) for a, b, c, d in outline.pieces[:5]]
        feet.append(drawn(x0, y0, x1, y0 + 0.35 * (y1 - y0), 0.003))
        rough = [drawn(0.0, -0.75, 0.0, -0.65, 0.016), drawn(0.0, -0.65, 0.1, -0.65, 0.016)]
        seen = np.vstack([*feet, *rough]) + np.array((1.2, 0.0))
        found = fit(outline, seen, beside)
        assert found is None or abs(found.pose.y) < 0.05, seed
        found = fit(outline, seen, Pose2D(1.2, 0.0, 0.0))
        assert found is None or abs(found.pose.y) < 0.05, seed
        taken += found is not None
    assert taken >= 2


def test_lidar_rubbish_is_no_target() -> None:
    prior = Pose2D(1.0, 0.0, 0.0)
    rng = np.random.default_rng(1)
    for points in (np.empty((0, 2)), np.full((40, 2), np.nan), rng.uniform(0.5, 1.5, (200, 2)), np.ones((50, 2))):
        assert fit(v_dock(), points, prior) is None


def test_two_pairs_of_reflectors_are_no_answer() -> None:
    wall = np.column_stack((np.full(200, 2.0), np.linspace(-2.0, 2.0, 200)))
    bright = np.zeros(200)
    for y in (-0.3, 0.3):
        bright[np.abs(wall[:, 1] - y) < 0.025] = 1.0
    found = reflector_pair(wall, bright)
    assert found is not None
    assert found.pose == pytest.approx((2.0, 0.0, 0.0), abs=0.01)
    bright[np.abs(wall[:, 1] - 0.9) < 0.025] = 1.0
    assert reflector_pair(wall, bright) is None


def test_pallet_pockets_and_their_absence() -> None:
    rng = np.random.default_rng(3)
    truth = Pose2D(DepthMount().x + 1.5, 0.08, -0.1)
    found = find_pallet(scenes.points_of(scenes.pallet(EUR, truth), rng, step=1))
    assert found is not None
    off = relative(truth, found.pose)
    assert abs(off.y) < 0.012
    assert abs(off.theta) < 0.02
    crate = scenes.box("crate", compose(truth, Pose2D(0.5, 0, 0)), (1.0, 0.8), (0.0, 0.9))
    assert find_pallet(scenes.points_of([crate], rng, step=1)) is None
    assert find_pallet(np.full((480, 640, 3), np.nan, np.float32)) is None


def test_obstacles_and_free_floor() -> None:
    rng = np.random.default_rng(4)
    finder = ObstacleFinder()
    empty = finder.find(scenes.points_of([], rng))
    assert empty.trusted
    assert len(empty.obstacles) == 0
    assert len(empty.clearing) > 1000
    thing = scenes.box("thing", Pose2D(2.0, 0.3, 0.2), (0.1, 0.1), (0.0, 0.1))
    scene = finder.find(scenes.points_of([thing], rng))
    assert scenes.seen(scene, 2.0, 0.3, 0.2)


@pytest.mark.parametrize("value", [np.nan, 0.0, np.inf, -1.0])
def test_a_blind_depth_camera_frees_nothing(value: float) -> None:
    depth = np.full((480, 640), value, np.float32)
    view = scenes.camera_view()
    scene = ObstacleFinder().find(DepthRays(DepthMount()).points(depth, view.matrix))
    assert not scene.trusted
    assert len(scene.clearing) == 0
    assert scene.reason


def test_a_wall_before_the_camera_is_an_obstacle_and_frees_nothing() -> None:
    depth = np.full((480, 640), 0.3, np.float32)
    scene = ObstacleFinder().find(DepthRays(DepthMount()).points(depth, scenes.camera_view().matrix))
    assert not scene.trusted
    assert len(scene.obstacles) > 1000
    assert len(scene.clearing) == 0


def test_bad_depth_pictures_are_refused() -> None:
    rays = DepthRays(DepthMount())
    with pytest.raises(AmrError, match=r"message\.invalid"):
        rays.points(np.zeros((0, 0), np.float32), scenes.camera_view().matrix)
    with pytest.raises(AmrError, match=r"message\.invalid"):
        rays.points(np.ones((480, 640), np.float32), np.full((3, 3), np.nan))


def test_board_is_steadier_than_a_tag() -> None:
    rng = np.random.default_rng(5)
    board = TagBoard.pair(10, 11)
    rvec, tvec = tags.pose_of(2.0, 0.3, rng)
    image = tags.picture_of(dict(board.tags), rvec, tvec, tags.VGA, rng)
    markers = MarkerDetector().detect(image, tags.camera(tags.VGA), np.zeros(5))
    pose = solve_board(board, markers, tags.camera(tags.VGA), np.zeros(5))
    assert pose is not None
    mm, deg, _ = tags.errors(pose, rvec, tvec)
    assert mm < 3.0
    assert deg < 0.6
    assert np.trace(pose.covariance) < min(np.trace(m.pose.covariance) for m in markers)
    assert solve_board(TagBoard.pair(1, 2), markers, tags.camera(tags.VGA), np.zeros(5)) is None


def test_covariance_tells_of_the_mirrored_pose() -> None:
    rng = np.random.default_rng(6)
    sure: list[float] = []
    unsure: list[float] = []
    for distance, out in ((0.8, sure), (4.5, unsure)):
        for _ in range(5):
            rvec, tvec = tags.pose_of(distance, 0.1, rng)
            image = tags.picture_of({3: (0, 0)}, rvec, tvec, tags.VGA, rng)
            found = MarkerDetector().detect(image, tags.camera(tags.VGA), np.zeros(5))
            out += [math.sqrt(np.trace(m.pose.covariance[3:, 3:])) for m in found]
    assert max(sure) < 0.02
    assert np.median(unsure) > 0.05


@pytest.mark.parametrize("target", ["tag", "v_dock", "pallet"])
def test_closed_loop_docking(target: str) -> None:
    for result in dock(target, 2):  # type: ignore[arg-type]
        assert result.docked
        assert math.hypot(result.along, result.across) < 0.012
        assert abs(result.heading) < 0.02
        assert result.entered


def test_pictures_are_bit_identical_for_a_seed() -> None:
    view = scenes.camera_view()
    solids = scenes.pallet(EUR, Pose2D(2.0, 0.1, 0.1))

    def shot(seed: int) -> tuple[bytes, bytes]:
        rng = np.random.default_rng(seed)
        depth, grey, _ = cast(view, solids, 5.0)
        noisy = spoil_depth(depth, view.focal, DepthNoise(dust=0.01), rng)
        picture = spoil_picture(grey.astype(np.uint8), PictureNoise(light=0.2, blur_px=5, dust=0.3), rng)
        return noisy.tobytes(), picture.tobytes()

    assert shot(1) == shot(1)
    assert shot(1)[0] != shot(2)[0]
