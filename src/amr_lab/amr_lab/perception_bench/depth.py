"""Pallet pockets and obstacles in synthetic depth images with stereo noise."""

from __future__ import annotations

import math

import numpy as np

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D, compose, relative
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, p95
from amr_perception.depth.obstacles import DepthScene, ObstacleFinder
from amr_perception.depth.rays import DepthMount, DepthRays, Points
from amr_perception.docking.pallet_depth import TYPES, PalletPose, PalletType, find_pallet
from amr_sim.imaging import DepthNoise, spoil_depth
from amr_sim.scene import GreySolid, cast
from amr_sim.world import Shape

FOCAL = 385.0  # px at 640 wide, as depth.obstacles reckons: 79 degrees from left to right
MOUNT = DepthMount()


def box(name: str, pose: Pose2D, size: tuple[float, float], z: tuple[float, float]) -> GreySolid:
    """Return an upright box solid; size: x, y (m)."""
    return GreySolid(Shape(name, pose, size[0], size[1], z[0], z[1]))


def pallet(kind: PalletType, pose: Pose2D, depth: float = 1.2, load: float = 0.8) -> list[GreySolid]:
    """Return a loaded pallet: pose is the middle of its front, x points into the pockets."""
    solids = [box("deck", compose(pose, Pose2D(depth / 2, 0, 0)), (depth, kind.width), (0.1, 0.144))]
    for left, right in kind.feet:
        middle = compose(pose, Pose2D(depth / 2, (left + right) / 2, 0))
        solids.append(box("foot", middle, (depth, right - left), (0.0, 0.1)))
    if load > 0.0:
        middle = compose(pose, Pose2D(depth / 2, 0, 0))
        solids.append(box("load", middle, (depth, kind.width), (0.144, 0.144 + load)))
    return solids


def camera_view(pitch: float = 0.0, mount: DepthMount = MOUNT) -> PinholeView:
    """Return the view of the depth camera of a robot at the origin; pitch: error of its mount (rad)."""
    return PinholeView(mount.x, 0.0, mount.z, 0.0, mount.pitch + pitch, 640, 480, FOCAL)


def points_of(
    solids: list[GreySolid],
    rng: np.random.Generator,
    *,
    pitch: float = 0.0,
    step: int = 2,
    noise: DepthNoise | None = None,
) -> Points:
    """Return the points (rows, columns, 3; base_link) that the depth camera sees."""
    view = camera_view(pitch)
    depth, _, _ = cast(view, solids, 6.0)
    spoiled = spoil_depth(depth, FOCAL, noise or DepthNoise(), rng)
    return DepthRays(MOUNT, step).points(spoiled, view.matrix)


def _pallets(kind: PalletType, distance: float, trials: int) -> dict[str, float]:
    rng = np.random.default_rng(int(100 * distance) + len(kind.name))
    lateral, along, yaw, taken = [], [], [], []
    wrong = false = 0
    for _ in range(trials):
        truth = Pose2D(MOUNT.x + distance, rng.uniform(-0.15, 0.15), rng.uniform(-0.35, 0.35))
        clutter = [box("clutter", Pose2D(rng.uniform(2.5, 4.5), s * rng.uniform(0.9, 1.8), rng.uniform(-1, 1)),
                       (0.5, 0.5), (0.0, 1.5)) for s in (-1, 1)]  # fmt: skip
        points = points_of([*pallet(kind, truth), *clutter], rng, step=1)
        found: list[PalletPose | None] = []
        taken.append(cpu_ms(lambda p=points, f=found: f.append(find_pallet(p, kind))))  # type: ignore[misc]
        if found[0] is not None:
            off = relative(truth, found[0].pose)
            if abs(off.y) > 0.05 or abs(off.theta) > 0.12:
                wrong += 1
                continue
            lateral.append(1000.0 * abs(off.y))
            along.append(1000.0 * abs(off.x))
            yaw.append(math.degrees(abs(off.theta)))
        plain = box("crate", compose(truth, Pose2D(0.5, 0, 0)), (1.0, rng.uniform(0.5, 1.2)), (0.0, 0.9))
        false += find_pallet(points_of([plain, *clutter], rng, step=1), kind) is not None
    return {
        "lateral_mm_p95": p95(lateral),
        "along_mm_p95": p95(along),
        "deg_p95": p95(yaw),
        "found_share": round(len(yaw) / trials, 4),
        "wrong_poses": wrong,
        "false_found": false,
        "ms": median(taken),
    }


def seen(scene: DepthScene, x: float, y: float, reach: float) -> bool:
    """Return whether at least two obstacle points lie within reach (m) of a place."""
    off = scene.obstacles[:, :2] - np.array((x, y))
    return int((np.hypot(off[:, 0], off[:, 1]) < reach).sum()) >= 2


def _obstacles(size: float, distance: float, trials: int) -> dict[str, float]:
    rng = np.random.default_rng((int(1000 * size), int(10 * distance)))
    found = 0
    for _ in range(trials):
        x, y = MOUNT.x + distance, rng.uniform(-0.4, 0.4)
        thing = box("thing", Pose2D(x, y, rng.uniform(-1, 1)), (size, size), (0.0, size))
        tilt = rng.uniform(-math.radians(1), math.radians(1))
        scene = ObstacleFinder().find(points_of([thing], rng, pitch=tilt))
        found += seen(scene, x, y, 0.15 + size)
    return {"found_share": round(found / trials, 4)}


def _empty(trials: int) -> dict[str, float]:
    rng = np.random.default_rng(77)
    false = blind = 0
    taken = []
    finder = ObstacleFinder()
    for _ in range(trials):
        tilt = rng.uniform(-math.radians(2), math.radians(2))
        points = points_of([], rng, pitch=tilt)
        scenes: list[DepthScene] = []
        taken.append(cpu_ms(lambda p=points, s=scenes: s.append(finder.find(p))))  # type: ignore[misc]
        false += len(scenes[0].obstacles) > 0
        blind += not scenes[0].trusted
    return {"false_frames": false, "blind_frames": blind, "frames": trials, "ms": median(taken)}


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of depth; trials: pictures per figure."""
    goal: Goal = {"lateral_mm_p95": ("<=", 8.0), "deg_p95": ("<=", 1.0), "found_share": (">=", 0.99), 
            "ms": ("<=", 20.0), "wrong_poses": ("<=", 0.0), "false_found": ("<=", 0.0)}  # fmt: skip
    result = [
        FigureRow(f"pallet pockets ({name}) from depth at {d:g} m", "synthetic", _pallets(TYPES[name], d, trials), goal)
        for name, d in (("eur", 1.0), ("eur", 2.0), ("t11", 2.0))
    ]
    full: Goal = {"found_share": (">=", 1.0)}
    for size, distance in ((0.05, 2.0), (0.10, 3.0), (0.30, 3.0)):
        metrics = _obstacles(size, distance, trials)
        result.append(
            FigureRow(f"obstacle of {100 * size:g} cm from depth at {distance:g} m", "synthetic", metrics, full)
        )
    empty: Goal = {"false_frames": ("<=", 0.0), "blind_frames": ("<=", 0.0), "ms": ("<=", 10.0)}
    note = "goal of the reference: under one false cluster in 1,000 frames"
    result.append(FigureRow("empty floor from depth, pitch within 2 deg", "synthetic", _empty(4 * trials), empty, note))
    return result
