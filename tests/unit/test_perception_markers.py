"""Marker poses on rendered pictures of known geometry."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from amr_core.site.generators.tags import TAG_SIDE
from amr_lab.perception_bench.real.tags import normal_error
from amr_perception.markers.detector import MarkerDetector, best_marker
from amr_perception.markers.pose import CornerNoise, solve_pose, square_points

MATRIX = np.array([(554.0, 0.0, 319.5), (0.0, 554.0, 239.5), (0.0, 0.0, 1.0)])
NO_DISTORTION = np.zeros(5)
OVER = 4


def render(
    rvec: npt.NDArray[np.float64], tvec: npt.NDArray[np.float64], tag: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """A mono8 VGA picture of a tag on a white board, 4 x 4 supersampled, blurred and noisy."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    module = 16
    board = np.pad(cv2.aruco.generateImageMarker(dictionary, tag, 8), 2, constant_values=255)
    texture = np.kron(np.where(board > 127, 205, 35).astype(np.uint8), np.ones((module, module), np.uint8))
    corners = square_points(TAG_SIDE * 12 / 8)
    places = cv2.projectPoints(corners, rvec, tvec, MATRIX, NO_DISTORTION)[0].reshape(4, 2)
    # Pixel i of the picture covers supersampled pixels OVER * i .. OVER * i + OVER - 1.
    target = (OVER * places + (OVER - 1) / 2).astype(np.float32)
    n = texture.shape[0]
    source = np.array([(-0.5, -0.5), (n - 0.5, -0.5), (n - 0.5, n - 0.5), (-0.5, n - 0.5)], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    large = np.full((480 * OVER, 640 * OVER), 110, np.uint8)
    cv2.warpPerspective(
        texture, warp, (640 * OVER, 480 * OVER), dst=large, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )
    small = cv2.resize(large, (640, 480), interpolation=cv2.INTER_AREA).astype(np.float64)
    small = cv2.GaussianBlur(small, (0, 0), 0.6) + rng.normal(0.0, 2.0, small.shape)
    return np.clip(np.round(small), 0, 255).astype(np.uint8)


def pose_of(distance: float, yaw: float, rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], ...]:
    """A tag that faces the camera, turned by yaw (rad) about the vertical."""
    facing = cv2.Rodrigues(np.array((math.pi, 0.0, 0.0)))[0]
    tilt = cv2.Rodrigues(np.array((rng.uniform(-0.03, 0.03), yaw, rng.uniform(-0.03, 0.03))))[0]
    rvec = cv2.Rodrigues(tilt @ facing)[0].ravel()
    return rvec, np.array((rng.uniform(-0.15, 0.15) * distance, rng.uniform(-0.1, 0.1) * distance, distance))


def angle_between(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    relative = cv2.Rodrigues(a)[0].T @ cv2.Rodrigues(b)[0]
    return math.degrees(float(np.linalg.norm(cv2.Rodrigues(relative)[0])))


@pytest.mark.parametrize(("distance", "limit_mm", "limit_deg"), [(0.6, 1.0, 0.5), (1.0, 1.5, 0.6), (2.0, 3.0, 1.2)])
def test_accuracy(distance: float, limit_mm: float, limit_deg: float) -> None:
    rng = np.random.default_rng(1)
    detector = MarkerDetector()
    shifts, turns = [], []
    for i in range(40):
        rvec, tvec = pose_of(distance, math.radians(rng.uniform(-35, 35)), rng)
        detector.reset()
        markers = detector.detect(render(rvec, tvec, i, rng), MATRIX, NO_DISTORTION)
        assert [m.tag for m in markers] == [i]
        shifts.append(1000.0 * float(np.linalg.norm(markers[0].pose.tvec - tvec)))
        turns.append(angle_between(markers[0].pose.rvec, rvec))
    assert np.percentile(shifts, 95) <= limit_mm
    assert np.percentile(turns, 95) <= limit_deg


def searched(detector: MarkerDetector, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list in which each search writes how many pixels it looked at."""
    pixels: list[int] = []
    find = detector._find

    def noted(image: npt.NDArray[np.uint8], window: tuple[int, int, int, int] | None) -> object:
        x0, y0, x1, y1 = window or (0, 0, image.shape[1], image.shape[0])
        pixels.append((x1 - x0) * (y1 - y0))
        return find(image, window)

    monkeypatch.setattr(detector, "_find", noted)
    return pixels


def test_the_window_gives_the_same_answer_from_a_tenth_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    rvec, tvec = pose_of(2.0, 0.2, rng)
    image = render(rvec, tvec, 7, rng)
    detector = MarkerDetector()
    pixels = searched(detector, monkeypatch)
    poses = [detector.detect(image, MATRIX, NO_DISTORTION)[0].pose for _ in range(9)]
    assert all(np.allclose(pose.tvec, poses[0].tvec, atol=2e-4) for pose in poses)
    assert pixels[0] == image.size
    assert len(pixels) == 9
    assert max(pixels[1:]) < image.size / 10
    detector.detect(image, MATRIX, NO_DISTORTION)
    assert pixels[9:] == [image.size], "every tenth looks everywhere: another tag may have come"
    detector.detect(image, MATRIX, NO_DISTORTION)
    detector.reset()
    detector.detect(image, MATRIX, NO_DISTORTION)
    assert pixels[-1] == image.size


def test_a_tag_that_left_the_window_is_found_in_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    rvec, _ = pose_of(2.0, 0.2, rng)
    left, right = (render(rvec, np.array((x, 0.0, 2.0)), 7, rng) for x in (-0.7, 0.7))
    detector = MarkerDetector()
    pixels = searched(detector, monkeypatch)
    assert detector.detect(left, MATRIX, NO_DISTORTION)[0].pose.tvec[0] == pytest.approx(-0.7, abs=0.01)
    assert detector.detect(right, MATRIX, NO_DISTORTION)[0].pose.tvec[0] == pytest.approx(0.7, abs=0.01)
    assert len(pixels) == 3
    assert detector.detect(np.full_like(left, 110), MATRIX, NO_DISTORTION) == []


def test_a_tag_of_13_px_is_found_more_often_than_not() -> None:
    """A cell is 1.6 px wide there: the grid laid over it must be finer than that."""
    rng, found = np.random.default_rng(8), 0
    for tag in range(20):
        rvec, tvec = pose_of(554.0 * TAG_SIDE / 13.0, 0.2, rng)
        image = render(rvec, tvec, tag, rng)
        found += tag in [marker.tag for marker in MarkerDetector().detect(image, MATRIX, NO_DISTORTION)]
    assert found >= 14


def test_covariance_and_ambiguity_grow_with_distance() -> None:
    rng = np.random.default_rng(3)
    poses = []
    for distance in (0.8, 3.0):
        rvec, tvec = pose_of(distance, 0.3, rng)
        poses.append(MarkerDetector().detect(render(rvec, tvec, 3, rng), MATRIX, NO_DISTORTION)[0].pose)
    near, far = poses
    assert near.covariance[2, 2] < far.covariance[2, 2]
    assert 0.0 <= near.ambiguity < far.ambiguity <= 1.0
    assert np.all(np.linalg.eigvalsh(near.covariance) > 0.0)


def test_the_normal_of_a_small_tag_is_known_well_enough_and_no_better_than_it_is() -> None:
    """15 to 26 px, as a depth camera judged real ones: a sigma of 15 degrees in the median, within 2 sigma."""
    rng, sigmas, beyond = np.random.default_rng(8), [], 0
    for _ in range(40):
        rvec, tvec = pose_of(rng.uniform(3.3, 5.0), rng.uniform(-0.5, 0.5), rng)
        found = MarkerDetector().detect(render(rvec, tvec, 3, rng), MATRIX, NO_DISTORTION)
        if not found:
            continue
        assert 12.0 < math.sqrt(abs(cv2.contourArea(found[0].corners.astype(np.float32)))) < 30.0
        error, sigma = normal_error(found[0], cv2.Rodrigues(rvec)[0][:, 2])
        sigmas.append(sigma)
        beyond += error > 2.0 * sigma
        # Blur moves all corners together: the distance is worse than the corners by themselves say.
        assert abs(float(np.linalg.norm(found[0].pose.tvec - tvec))) < 4.0 * math.sqrt(
            found[0].pose.covariance[:3, :3].trace()
        )
    assert len(sigmas) > 30
    assert 2.0 < float(np.median(sigmas)) <= 15.0
    assert beyond <= 2


def test_what_is_known_of_the_corners_is_in_the_covariance() -> None:
    corners = np.array([(300.0, 220.0), (320.0, 221.0), (319.0, 241.0), (301.0, 240.0)])

    def sigma(noise: CornerNoise) -> tuple[float, float]:
        pose = solve_pose(corners, TAG_SIDE, MATRIX, NO_DISTORTION, noise)
        assert pose is not None
        return math.sqrt(pose.covariance[2, 2]), math.sqrt(np.linalg.eigvalsh(pose.covariance[3:, 3:])[0])

    plain, thick, bent = (sigma(CornerNoise(0.1, size=s, tilt=t)) for s, t in ((0, 0), (0.5, 0), (0, 2.0)))
    assert thick[0] > 2.0 * plain[0]
    assert thick[1] < 1.5 * plain[1]
    assert bent[0] == pytest.approx(plain[0])
    assert bent[1] == pytest.approx(math.hypot(plain[1], 2.0 / 19.5), rel=0.1)


def test_best_marker_is_the_large_one() -> None:
    rng = np.random.default_rng(4)
    rvec, _ = pose_of(1.0, 0.0, rng)
    near = MarkerDetector().detect(render(rvec, np.array((0.0, 0.0, 1.0)), 1, rng), MATRIX, NO_DISTORTION)
    far = MarkerDetector().detect(render(rvec, np.array((0.3, 0.0, 2.0)), 2, rng), MATRIX, NO_DISTORTION)
    best = best_marker(far + near, 640, 480)
    assert best is not None
    assert best.tag == 1
    assert best_marker([], 640, 480) is None


def test_nothing_in_noise() -> None:
    rng = np.random.default_rng(5)
    image = rng.integers(0, 255, (480, 640)).astype(np.uint8)
    assert MarkerDetector().detect(image, MATRIX, NO_DISTORTION) == []
