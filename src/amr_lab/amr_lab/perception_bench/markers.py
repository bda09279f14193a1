"""Tags and two-tag boards in synthetic pictures with blur, noise and JPEG."""

from __future__ import annotations

import math

import cv2
import numpy as np

from amr_core.geometry import FloatArray
from amr_core.site.generators.tags import BOARD_SIDE
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, p95
from amr_perception.markers.board import TagBoard, solve_board
from amr_perception.markers.detector import MarkerDetector
from amr_perception.markers.pose import MarkerPose, square_points
from amr_sim.camera import Image, draw_board

VGA = (640, 480, 554.0)  # px: width, height, focal length, as CameraSpec
HD = (1280, 720, 920.0)  # px: width, height, focal length of 70 degrees
_NO_DISTORTION = np.zeros(5)


def camera(size: tuple[int, int, float]) -> FloatArray:
    """Return the 3 x 3 matrix of a camera of width, height (px) and focal length (px)."""
    width, height, focal = size
    return np.array([(focal, 0.0, (width - 1) / 2), (0.0, focal, (height - 1) / 2), (0.0, 0.0, 1.0)])


def pose_of(distance: float, yaw: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return rvec and tvec of a board that faces the camera, turned by yaw about the vertical."""
    c, s = math.cos(yaw), math.sin(yaw)
    facing = np.array([(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)])
    turn = np.array([(c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)])
    roll = cv2.Rodrigues(np.array((0.0, 0.0, rng.uniform(-0.05, 0.05))))[0]
    place = np.array((rng.uniform(-0.15, 0.15) * distance, rng.uniform(-0.1, 0.1) * distance, distance))
    return np.ravel(cv2.Rodrigues(roll @ turn @ facing)[0]), place


def picture_of(
    tags: dict[int, tuple[float, float]],
    rvec: FloatArray,
    tvec: FloatArray,
    size: tuple[int, int, float],
    rng: np.random.Generator,
) -> Image:
    """Return a picture (mono8) of tags at places (m) on a board, blurred, noisy and through JPEG."""
    ramp = np.linspace(70.0, 130.0, size[0])[None, :] + rng.uniform(-20, 20)
    image = np.repeat(ramp, size[1], axis=0).astype(np.uint8)
    for tag, (x, y) in tags.items():
        corners = square_points(BOARD_SIDE) + np.array((x, y, 0.0))
        pixels = cv2.projectPoints(corners, rvec, tvec, camera(size), _NO_DISTORTION)[0].reshape(4, 2)
        draw_board(image, pixels, tag)
    soft = cv2.GaussianBlur(image, (0, 0), 0.7).astype(np.float32)
    noisy = np.clip(soft + rng.normal(0.0, 3.0, soft.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, 90))[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def errors(pose: MarkerPose, rvec: FloatArray, tvec: FloatArray) -> tuple[float, float, float]:
    """Return the error of place (mm), of rotation (deg) and the Mahalanobis distance squared over its 6 numbers."""
    turn = cv2.Rodrigues(cv2.Rodrigues(rvec)[0] @ pose.rotation.T)[0].ravel()
    off = np.concatenate((tvec - pose.tvec, turn))
    consistent = float(off @ np.linalg.pinv(pose.covariance) @ off)
    return 1000.0 * float(np.linalg.norm(off[:3])), math.degrees(float(np.linalg.norm(turn))), consistent


def _single(distance: float, trials: int, size: tuple[int, int, float] = VGA) -> dict[str, float]:
    rng = np.random.default_rng(int(distance * 10))
    place: list[float] = []
    turn: list[float] = []
    hidden = wrong = 0
    for k in range(trials):
        rvec, tvec = pose_of(distance, rng.uniform(-0.61, 0.61), rng)
        detector = MarkerDetector()
        found = detector.detect(picture_of({k % 500: (0, 0)}, rvec, tvec, size, rng), camera(size), _NO_DISTORTION)
        wrong += sum(marker.tag != k % 500 for marker in found)
        mine = [marker for marker in found if marker.tag == k % 500]
        if mine:
            mm, deg, _ = errors(mine[0].pose, rvec, tvec)
            place.append(mm)
            turn.append(deg)
            # A mirrored pose must not come with a small covariance.
            sigma = math.degrees(math.sqrt(float(np.trace(mine[0].pose.covariance[3:, 3:]))))
            hidden += deg > max(4.0 * sigma, 3.0) and not mine[0].pose.ambiguous
    return {
        "mm_p95": p95(place),
        "mm_median": median(place),
        "deg_p95": p95(turn),
        "found_share": round(len(place) / trials, 4),
        "wrong_ids": wrong,
        "flips_not_reported": hidden,
    }


def _board(distance: float, trials: int) -> dict[str, float]:
    rng = np.random.default_rng(int(distance * 10) + 1)
    board = TagBoard.pair(10, 11)
    place, turn = [], []
    for _ in range(trials):
        rvec, tvec = pose_of(distance, rng.uniform(-0.61, 0.61), rng)
        image = picture_of(dict(board.tags), rvec, tvec, VGA, rng)
        markers = MarkerDetector().detect(image, camera(VGA), _NO_DISTORTION)
        pose = solve_board(board, markers, camera(VGA), _NO_DISTORTION)
        if pose is not None and len(markers) == 2:
            mm, deg, _ = errors(pose, rvec, tvec)
            place.append(mm)
            turn.append(deg)
    return {"mm_p95": p95(place), "deg_p95": p95(turn), "found_share": round(len(place) / trials, 4)}


def _speed(trials: int) -> dict[str, float]:
    rng = np.random.default_rng(5)
    rvec, tvec = pose_of(1.5, 0.2, rng)
    image = picture_of({7: (0, 0)}, rvec, tvec, HD, rng)
    full = [cpu_ms(lambda: MarkerDetector().detect(image, camera(HD), _NO_DISTORTION)) for _ in range(trials)]
    detector = MarkerDetector()
    small = picture_of({7: (0, 0)}, rvec, tvec, VGA, rng)
    window = [cpu_ms(lambda: detector.detect(small, camera(VGA), _NO_DISTORTION)) for _ in range(trials * 2)]
    return {"ms_720p": median(full), "ms_window_vga": median(window)}


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of tags and boards; trials: pictures per distance."""
    result = []
    for distance, mm, deg in ((1.0, 2.0, 0.5), (2.0, 6.0, 1.5)):
        metrics = _single(distance, trials)
        goal: Goal = {
            "mm_p95": ("<=", mm),
            "deg_p95": ("<=", deg),
            "wrong_ids": ("<=", 0.0),
            "found_share": (">=", 0.99),
        }
        result.append(FigureRow(f"tag 36h11, 0.16 m, at {distance:g} m, VGA", "synthetic", metrics, goal))
    far: Goal = {"flips_not_reported": ("<=", 0.0), "wrong_ids": ("<=", 0.0)}
    note = "past 25 tag sides a single tag may flip: it must say so"
    result.append(FigureRow("tag 36h11, 0.16 m, at 4 m, VGA", "synthetic", _single(4.0, trials), far, note))
    board: Goal = {"mm_p95": ("<=", 2.0), "deg_p95": ("<=", 0.5), "found_share": (">=", 0.99)}
    result.append(FigureRow("two-tag board at 2 m, VGA", "synthetic", _board(2.0, trials), board))
    speed: Goal = {"ms_720p": ("<=", 40.0), "ms_window_vga": ("<=", 10.0)}
    result.append(FigureRow("tag detection, CPU time a picture", "synthetic", _speed(max(5, trials // 5)), speed))
    return result
