"""What the simulated cameras and the calibration are worth: speed, equal bytes for equal seeds, residuals, refusals."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from amr_core.cameras import PinholeView, fixed_view
from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D
from amr_core.robots import LIFT_AMR
from amr_core.site import Camera
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median
from amr_perception.calibration.camera import calibrate_camera, charuco_board
from amr_perception.calibration.floor import calibrate_floor
from amr_sim.imaging import DepthNoise, PictureNoise, spoil_depth, spoil_picture
from amr_sim.robot_depth import RobotDepth
from amr_sim.scene import GreySolid, cast
from amr_sim.world import Shape, SimWorld, load_world

_BOX = (
    '<model name="b{k}"><static>true</static><pose>{x} {y} 0.5 0 0 {t}</pose><link name="l"><collision name="c">'
    "<geometry><box><size>0.5 0.4 1</size></box></geometry></collision></link></model>"
)


def _solids(count: int) -> list[GreySolid]:
    rng = np.random.default_rng(9)
    return [
        GreySolid(
            Shape(f"b{k}", Pose2D(rng.uniform(2, 14), rng.uniform(-6, 6), rng.uniform(-3, 3)), 0.5, 0.4, 0.0, 1.0)
        )
        for k in range(count)
    ]


def _picture(seed: int, solids: list[GreySolid]) -> bytes:
    """Return the bytes of an RGB-like grey and a depth picture with noise, 640 x 480."""
    rng = np.random.default_rng(seed)
    view = PinholeView(0.0, 0.0, 1.2, 0.0, 0.2, 640, 480, 554.0)
    depth, grey, _ = cast(view, solids, 20.0)
    shown = spoil_picture(np.clip(grey, 0, 255).astype(np.uint8), PictureNoise(), rng)
    return shown.tobytes() + spoil_depth(depth, view.focal, DepthNoise(), rng).tobytes()


def _pictures(times: int) -> FigureRow:
    solids = _solids(60)
    taken = [cpu_ms(lambda: _picture(1, solids)) for _ in range(times)]
    same = hashlib.sha256(_picture(1, solids)).digest() == hashlib.sha256(_picture(1, solids)).digest()
    other = _picture(1, solids) != _picture(2, solids)
    ms = median(taken)
    metrics = {"ms": ms, "fps_per_core": round(1000.0 / ms, 1), "bit_identical": int(same), "seed_counts": int(other)}
    goal: Goal = {"fps_per_core": (">=", 60.0), "bit_identical": (">=", 1.0), "seed_counts": (">=", 1.0)}
    note = "grey and depth at 640 x 480, 60 boxes, with noise; CPU without a GPU, by ray casting in Numba"
    return FigureRow("simulated camera: grey and depth, VGA", "synthetic", metrics, goal, note)


def _robot_depth(times: int) -> FigureRow:
    camera = RobotDepth(SimWorld(tuple(s.shape for s in _solids(60))), 1)
    ms = median([cpu_ms(lambda: camera.render(LIFT_AMR.depth_camera, Pose2D(0, 0, 0), [])) for _ in range(times)])
    metrics = {"ms": ms, "fps_per_core": round(1000.0 / ms, 1)}
    return FigureRow(
        "simulated depth camera of a robot, 320 x 240", "synthetic", metrics, {"fps_per_core": (">=", 60.0)},
        "rendered only while somebody looks, five times a second",
    )  # fmt: skip


def _loading() -> FigureRow:
    models = "".join(_BOX.format(k=k, x=k % 25, y=k // 25, t=0.1 * k) for k in range(500))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.sdf"
        path.write_text(f'<sdf version="1.10"><world name="w">{models}</world></sdf>')
        began = time.process_time()
        world = load_world(path)
        seconds = time.process_time() - began
    metrics = {"boxes": len(world.shapes), "seconds": round(seconds, 3)}
    goal: Goal = {"boxes": (">=", 500.0), "seconds": ("<=", 1.0)}
    return FigureRow("an SDF world of 500 boxes is read", "synthetic", metrics, goal)


def _board_pictures(count: int, focal: float) -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    board = charuco_board(8, 6, 0.04)
    flat = board.generateImage((960, 720), marginSize=0)
    matrix = np.array([(focal, 0.0, 319.5), (0.0, focal, 239.5), (0.0, 0.0, 1.0)])
    corners = np.array([(0, 0, 0), (0.32, 0, 0), (0.32, 0.24, 0), (0, 0.24, 0)], dtype=np.float64)
    pictures = []
    for _ in range(count):
        rvec = rng.uniform(-0.5, 0.5, 3)
        tvec = np.array((rng.uniform(-0.25, -0.05), rng.uniform(-0.2, -0.05), rng.uniform(0.45, 0.7)))
        pixels, _ = cv2.projectPoints(corners, rvec, tvec, matrix, np.zeros(5))
        source = np.array([(0, 0), (960, 0), (960, 720), (0, 720)], dtype=np.float32) - 0.5
        warp = cv2.getPerspectiveTransform(source, pixels.reshape(4, 2).astype(np.float32))
        picture = cv2.warpPerspective(flat, warp, (640, 480), flags=cv2.INTER_AREA, borderValue=128)
        noise = rng.normal(0, 2.0, picture.shape)
        pictures.append(np.clip(cv2.GaussianBlur(picture, (3, 3), 0) + noise, 0, 255).astype(np.uint8))
    return pictures


def _refused(call: object, *arguments: object) -> int:
    try:
        call(*arguments)  # type: ignore[operator]
    except AmrError:
        return 1
    return 0


def _camera() -> FigureRow:
    pictures, board = _board_pictures(20, 554.0), charuco_board(8, 6, 0.04)
    found = calibrate_camera(pictures, board)
    blank = [np.full((480, 640), 128, np.uint8)] * 20
    refused = _refused(calibrate_camera, pictures[:2], board) + _refused(calibrate_camera, blank, board)
    metrics = {
        "rms_px": round(found.rms, 3),
        "focal_error_pct": round(abs(float(found.matrix[0, 0]) - 554.0) / 5.54, 3),
        "bad_sets_refused": refused,
    }
    goal: Goal = {"rms_px": ("<=", 0.5), "focal_error_pct": ("<=", 1.0), "bad_sets_refused": (">=", 2.0)}
    return FigureRow(
        "camera calibration from a ChArUco board", "synthetic", metrics, goal, "bad: two pictures, no board"
    )


def _floor() -> FigureRow:
    view = fixed_view(Camera(id="C", x=10.0, y=8.0, height=6.0, looks_at=(10.0, 2.0)))
    rng = np.random.default_rng(6)
    places = np.column_stack((rng.uniform(6, 14, 10), rng.uniform(0, 5, 10)))
    ahead = np.column_stack((places, np.ones(10))) @ view.floor_to_picture.T
    pixels = ahead[:, :2] / ahead[:, 2:] + rng.normal(0, 0.5, (10, 2))
    found = calibrate_floor(_pairs(pixels), _pairs(places))
    checks = np.column_stack((rng.uniform(7, 13, 50), rng.uniform(1, 4, 50)))
    metrics = {"error_cm_p95": _floor_error(found.to_picture, view.floor_to_picture, checks)}
    line = np.column_stack((np.linspace(6, 14, 10), np.full(10, 2.0)))
    wrong = pixels[rng.permutation(10)]
    metrics["bad_sets_refused"] = float(
        _refused(calibrate_floor, _pairs(pixels), _pairs(line))
        + _refused(calibrate_floor, _pairs(wrong), _pairs(places))
        + _refused(calibrate_floor, _pairs(pixels[:3]), _pairs(places[:3]))
    )
    goal: Goal = {"error_cm_p95": ("<=", 5.0), "bad_sets_refused": (">=", 3.0)}
    return FigureRow(
        "floor of a fixed camera from ten surveyed points", "synthetic", metrics, goal, "points read to 0.5 px"
    )


def _pairs(points: FloatArray) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in points]


def _floor_error(found: FloatArray, true: FloatArray, places: FloatArray) -> float:
    """Return the 95th percentile of how far (cm) places on the floor come out wrong."""
    ahead = np.column_stack((places, np.ones(len(places)))) @ true.T
    back = ahead @ np.linalg.inv(found).T
    return round(100.0 * float(np.percentile(np.hypot(*(back[:, :2] / back[:, 2:] - places).T), 95)), 2)


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of simulation and calibration."""
    times = max(10, min(trials, 50))
    return [_pictures(times), _robot_depth(times), _loading(), _camera(), _floor()]
