"""V-docks, reflector pairs and pallet feet in synthetic scans of 0.25 degrees resolution."""

from __future__ import annotations

import math

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, relative, transform, wrap_angle
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, p95
from amr_perception.docking.reflectors import reflector_pair
from amr_perception.docking.template import DockOutline, OutlinePose, fit, pallet_feet, v_dock

_STEP = math.radians(0.25)  # rad between two beams; chosen: a quarter of our lidars' own


def scan(segments: FloatArray, sigma: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return the echoes (N x 2 m) of a lidar at the origin that looks along x, 180 degrees wide, and their segments."""
    angles = np.arange(-math.pi / 2, math.pi / 2, _STEP)
    direction = np.column_stack((np.cos(angles), np.sin(angles)))
    start, along = segments[:, :2], segments[:, 2:] - segments[:, :2]
    det = direction[:, None, 0] * along[None, :, 1] - direction[:, None, 1] * along[None, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (start[:, 0] * along[:, 1] - start[:, 1] * along[:, 0])[None, :] / det
        u = (start[None, :, 0] * direction[:, None, 1] - start[None, :, 1] * direction[:, None, 0]) / det
    t = np.where((np.abs(det) > 1e-12) & (t > 0.05) & (u >= 0.0) & (u <= 1.0), t, np.inf)
    nearest, hit = t.min(axis=1), t.argmin(axis=1)
    seen = np.isfinite(nearest) & (nearest < 15.0)
    ranges = nearest[seen] + rng.normal(0.0, sigma, int(seen.sum()))
    return direction[seen] * ranges[:, None], hit[seen]


def _placed(pieces: FloatArray, pose: Pose2D) -> FloatArray:
    return np.hstack((transform(pieces[:, :2], pose), transform(pieces[:, 2:], pose)))


def _truth(distance: float, rng: np.random.Generator) -> Pose2D:
    return Pose2D(distance, rng.uniform(-0.2, 0.2) * distance, rng.uniform(-0.25, 0.25))


def _surroundings(truth: Pose2D, half: float, depth: float, rng: np.random.Generator) -> FloatArray:
    """Return a wall behind the target, with an opening for it, and two boxes beside it."""
    wall = np.array([(depth, -4.0, depth, -half), (depth, half, depth, 4.0)])
    boxes = []
    for side in (-1.0, 1.0):
        y = side * (half + rng.uniform(0.25, 0.6))
        x = rng.uniform(-0.3, 0.0)
        boxes += [(x, y, x, y + side * 0.3), (x, y, depth, y)]
    return _placed(np.vstack((wall, np.array(boxes))), truth)


def _prior(truth: Pose2D, rng: np.random.Generator) -> Pose2D:
    off, turn = rng.uniform(-0.2, 0.2, 2), rng.uniform(-0.2, 0.2)
    return Pose2D(truth.x + off[0], truth.y + off[1], truth.theta + turn)


def _trial(
    outline: DockOutline, distance: float, sigma: float, rng: np.random.Generator, *, present: bool = True
) -> tuple[Pose2D, OutlinePose | None, float]:
    truth = _truth(distance, rng)
    half = float(np.abs(outline.pieces[:, [1, 3]]).max())
    depth = float(outline.pieces[:, [0, 2]].max())
    world = _surroundings(truth, half, depth + (0.0 if outline.name == "v_dock" else 0.4), rng)
    if present:
        world = np.vstack((world, _placed(outline.pieces, truth)))
    points, _ = scan(world, sigma, rng)
    prior = _prior(truth, rng)
    found: list[OutlinePose | None] = []
    ms = cpu_ms(lambda: found.append(fit(outline, points, prior)))
    return truth, found[0], ms


def measure(outline: DockOutline, distance: float, sigma: float, trials: int) -> dict[str, float]:
    """Return errors of an outline: lateral, along and heading p95, share found, share wrong, CPU."""
    rng = np.random.default_rng((int(distance * 10), int(sigma * 1000)))
    lateral, along, yaw, taken = [], [], [], []
    wrong = false = 0
    for _ in range(trials):
        truth, found, ms = _trial(outline, distance, sigma, rng)
        taken.append(ms)
        if found is not None:
            off = relative(truth, found.pose)
            if math.hypot(off.x, off.y) > 0.06 or abs(off.theta) > 0.1:
                wrong += 1
                continue
            along.append(1000.0 * abs(off.x))
            lateral.append(1000.0 * abs(off.y))
            yaw.append(math.degrees(abs(off.theta)))
        false += _trial(outline, distance, sigma, rng, present=False)[1] is not None
    return {
        "lateral_mm_p95": p95(lateral),
        "along_mm_p95": p95(along),
        "deg_p95": p95(yaw),
        "found_share": round(len(yaw) / trials, 4),
        "wrong_poses": wrong,
        "false_found": false,
        "ms": median(taken),
    }


def _reflectors(distance: float, sigma: float, trials: int) -> dict[str, float]:
    rng = np.random.default_rng(int(distance * 10) + 3)
    lateral, yaw, taken = [], [], []
    wrong = 0
    for _ in range(trials):
        truth = Pose2D(distance, rng.uniform(-0.2, 0.2) * distance, rng.uniform(-0.25, 0.25))
        pieces = np.array([(0, -0.325, 0, -0.275), (0, 0.275, 0, 0.325), (0, -2, 0, -0.325), (0, -0.275, 0, 0.275),
                           (0, 0.325, 0, 2)], dtype=float)  # fmt: skip
        points, hit = scan(_placed(pieces, truth), sigma, rng)
        bright = np.where(hit < 2, 0.9, 0.2) + rng.normal(0.0, 0.05, len(hit))
        found: list[OutlinePose | None] = []
        taken.append(cpu_ms(lambda p=points, b=bright, f=found: f.append(reflector_pair(p, b))))  # type: ignore[misc]
        if found[0] is not None:
            off = relative(truth, found[0].pose)
            wrong += math.hypot(off.x, off.y) > 0.06 or abs(wrap_angle(off.theta)) > 0.1
            lateral.append(1000.0 * abs(off.y))
            yaw.append(math.degrees(abs(off.theta)))
    return {
        "lateral_mm_p95": p95(lateral),
        "deg_p95": p95(yaw),
        "found_share": round(len(yaw) / trials, 4),
        "wrong_poses": wrong,
        "ms": median(taken),
    }


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of the lidar targets; trials: scans per figure."""
    none_wrong: Goal = {"wrong_poses": ("<=", 0.0), "false_found": ("<=", 0.0)}
    v_goal: Goal = {"lateral_mm_p95": ("<=", 5.0), "deg_p95": ("<=", 0.5), "found_share": (">=", 0.9), **none_wrong}
    feet_goal: Goal = {
        "lateral_mm_p95": ("<=", 19.0),
        "deg_p95": ("<=", 1.9),
        "found_share": (">=", 0.93),
        **none_wrong,
    }
    pair_goal: Goal = {"lateral_mm_p95": ("<=", 4.3), "deg_p95": ("<=", 0.75), "found_share": (">=", 0.99)}
    feet_note = "needs a lidar 5 to 9 cm above the floor; the standard ones look over a pallet"
    return [
        FigureRow("V-dock from lidar at 1 m, sigma 10 mm", "synthetic", measure(v_dock(), 1.0, 0.01, trials), v_goal),
        FigureRow(
            "V-dock from lidar at 2 m, sigma 10 mm", "synthetic", measure(v_dock(), 2.0, 0.01, trials), none_wrong
        ),
        FigureRow("bare V without shoulders at 1 m, sigma 10 mm", "synthetic",
            measure(v_dock(shoulder=0.0), 1.0, 0.01, trials), v_goal, "one scan; docking filters over scans"),
        FigureRow("reflector pair at 2 m, sigma 20 mm", "synthetic", _reflectors(2.0, 0.02, trials),
            {**pair_goal, "wrong_poses": ("<=", 0.0)}),
        FigureRow("pallet feet from lidar with a prior at 1.5 m, sigma 10 mm", "synthetic",
            measure(pallet_feet(), 1.5, 0.01, trials), feet_goal, feet_note),
    ]  # fmt: skip
