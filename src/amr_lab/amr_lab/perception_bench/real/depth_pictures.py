"""Real depth pictures in which no pallet stands: none may be found, and a floor is trusted or said not to be there."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from amr_lab.perception_bench.real.tags import DEPTH_VARIABLE, KINECT
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.depth.obstacles import ObstacleFinder
from amr_perception.depth.rays import DepthMount, DepthRays, Points
from amr_perception.docking.pallet_depth import TYPES, find_pallet

_NAME = "depth pictures of tables and rooms, no pallet there"
_GOAL: Goal = {"false_pallets": ("<=", 0)}


def depth_pictures(_folder: Path, step: int) -> list[FigureRow]:
    """Return how many pallets are found where there are none; needs AMR_REAL_TAG_DEPTH.

    Nobody knows how those cameras hung: they are taken for a robot's, so a floor is seldom where it must be.
    """
    chosen = os.environ.get(DEPTH_VARIABLE, "")
    paths = sorted(Path(chosen).rglob("depth_frame*.png"))[::step] if chosen else []
    if not paths:
        return [missing(_NAME, f"set {DEPTH_VARIABLE} to folders with depth_frame*.png (16 bits, mm)", _GOAL)]
    counts, taken, seen = Counter[str](), list[float](), set[bytes]()
    rays = DepthRays(DepthMount())
    for path in paths:
        raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if raw is None or raw.ndim != 2 or raw.tobytes() in seen:  # some stand in two folders
            continue
        seen.add(raw.tobytes())
        points = rays.points(np.asarray(raw, dtype=np.float32) / np.float32(1000.0), KINECT)
        taken.append(cpu_ms(lambda p=points, c=counts: _look(p, c)))  # type: ignore[misc]
    metrics = {
        "pictures": len(seen), "false_pallets": counts["pallets"], "floor_trusted": counts["floor"],
        "no_floor": counts["none"], "ms": median(taken),
    }  # fmt: skip
    return [FigureRow(_NAME, "real", metrics, _GOAL, "before: 85 pictures, 0 false; floor trusted in 46, none in 39")]


def _look(points: Points, counts: Counter[str]) -> None:
    counts["pallets"] += any(find_pallet(points, kind) is not None for kind in TYPES.values())
    counts["floor" if ObstacleFinder().find(points).trusted else "none"] += 1
