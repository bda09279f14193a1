"""A walker in scans of a real lidar that stands still (leg recordings, ROS bags), tracked as the robots' lidars do."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

import numpy as np

from amr_core.geometry import FloatArray, Pose2D
from amr_core.gridmap import OCCUPIED, GridMap
from amr_core.robots import LidarSpec
from amr_lab.perception_bench.real.bag import BagPoses, BagScan, read_bag
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.scan.segmenter import Segmenter
from amr_perception.scan.static_map import BackgroundMap
from amr_perception.tracking.track import Track
from amr_perception.tracking.tracker import Tracker

_NAME = "a walker in scans of a real lidar"
_GOAL: Goal = {"tracked_share": (">=", 0.9), "person_share": (">=", 0.85)}
_NEAR_M, _FIRST_S, _SAME_S = 0.5, 1.0, 0.01
_CELL_M, _HALF_M = 0.05, 12.8
_WALL_SHARE = 0.35  # of all scans that hit a cell: nobody stands still for that long
_REACH_M = 12.0


def legs(folder: Path, step: int) -> list[FigureRow]:
    """Return the row of all bags below legs; their pose arrays say where the walker's legs are."""
    bags = sorted((folder / "legs").rglob("*.bag"))[::step]
    if not bags:
        why = "no recordings: legs/*.bag with scans and pose arrays of the walker's legs (mowito/ros2_leg_detector)"
        return [missing(_NAME, why, _GOAL)]
    try:
        return [_row(path) for path in bags]
    except ValueError as error:
        return [missing(_NAME, str(error), _GOAL)]


def _row(path: Path) -> FigureRow:
    messages = read_bag(path)
    scans = [m for m in messages if isinstance(m, BagScan)]
    truth = sorted((m for m in messages if isinstance(m, BagPoses) and len(m.places)), key=lambda m: m.time)
    if not scans or not truth:
        return missing(f"{_NAME}, {path.stem}", "no scans, or nobody says where the legs are", _GOAL)
    spec = LidarSpec(name="lidar", mount=Pose2D(0.0, 0.0, 0.0), range_min=scans[0].least, range_max=_REACH_M)
    segmenter, tracker, taken = Segmenter(spec, background(scans)), Tracker(), list[float]()
    began, found, people, off, owners, others = scans[0].time, 0, 0, list[float](), list[int](), list[int]()
    counted = 0
    for scan in scans:
        tracks: list[Track] = []
        taken.append(cpu_ms(lambda s=scan, t=tracks: t.extend(_update(segmenter, tracker, s))))  # type: ignore[misc]
        walker = _walker(truth, scan.time)
        if walker is None or scan.time - began < _FIRST_S:
            continue
        counted += 1
        away = {t.id: math.hypot(t.x - walker[0], t.y - walker[1]) for t in tracks}
        best = min(tracks, key=lambda t: away[t.id], default=None)
        others.append(sum(t.kind == "person" for t in tracks if t is not best))
        if best is not None and away[best.id] < _NEAR_M:
            found, people = found + 1, people + (best.kind == "person")
            off.append(away[best.id])
            owners.append(best.id)
    metrics = {
        "scans": counted, "seconds": round(scans[-1].time - began, 1),
        "tracked_share": round(found / max(1, counted), 3),
        "person_share": round(people / max(1, counted), 3), "off_m_median": median(off),
        "switches": sum(a != b for a, b in pairwise(owners)),
        "other_people_a_scan": round(float(np.mean(others)) if others else 0.0, 2), "ms": median(taken),
    }  # fmt: skip
    before = 'before: .94 to .98 within 0.5 m, 0.10 m, 1 to 2 switches, 1.8 to 3.4 more "people" a scan'
    return FigureRow(f"{_NAME}, {path.stem}", "real", metrics, _GOAL, before)


def _update(segmenter: Segmenter, tracker: Tracker, scan: BagScan) -> list[Track]:
    ranges = scan.ranges.astype(np.float32)
    parts = segmenter.cut(ranges, scan.angle_min, scan.increment, scan.least, Pose2D(0.0, 0.0, 0.0))
    return tracker.update(scan.time, parts, (0.0, 0.0))


def _walker(truth: list[BagPoses], time: float) -> FloatArray | None:
    """Return the middle of the labelled legs at a time; None when nobody says where they are."""
    near = bisect_left([poses.time for poses in truth], time)
    best = min(truth[max(0, near - 1) : near + 1], key=lambda poses: abs(poses.time - time), default=None)
    return best.places.mean(axis=0) if best is not None and abs(best.time - time) < _SAME_S else None


def background(scans: list[BagScan]) -> BackgroundMap:
    """Return what stands still: cells that a large share of the scans of a resting lidar hit."""
    side = round(2.0 * _HALF_M / _CELL_M)
    hits = np.zeros((side, side), dtype=np.int64)
    for scan in scans:
        angles = scan.angle_min + scan.increment * np.arange(len(scan.ranges))
        good = np.isfinite(scan.ranges) & (scan.ranges > scan.least) & (scan.ranges < _REACH_M)
        places = scan.ranges[good, None] * np.column_stack((np.cos(angles[good]), np.sin(angles[good])))
        columns, rows = np.floor((places + _HALF_M) / _CELL_M).astype(int).T
        once = np.unique(rows * side + columns)
        hits.ravel()[once[(once >= 0) & (once < side * side)]] += 1
    walls = np.where(hits > _WALL_SHARE * len(scans), OCCUPIED, 0).astype(np.uint8)
    return BackgroundMap.from_grid(GridMap(walls, _CELL_M, (-_HALF_M, -_HALF_M)))
