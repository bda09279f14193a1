"""Walkers in scans of a real lidar that stands still (leg recordings, ROS bags), tracked as the robots' lidars do."""

from __future__ import annotations

import math
from bisect import bisect_left
from pathlib import Path

import numpy as np

from amr_core.geometry import FloatArray, Pose2D
from amr_core.gridmap import OCCUPIED, GridMap
from amr_core.robots import LidarSpec
from amr_lab.perception_bench.real.bag import BagPoses, BagScan, read_bag
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.scan.segmenter import MAX_RANGE_M, Segmenter
from amr_perception.scan.static_map import BackgroundMap
from amr_perception.tracking.track import Track
from amr_perception.tracking.tracker import Tracker

_NAME = "a walker in scans of a real lidar"
_GOAL: Goal = {"tracked_share": (">=", 0.9), "person_share": (">=", 0.85)}
# chosen: a track is of a walker within a stride; a second to confirm it; labels are of the same scan
_NEAR_M, _FIRST_S, _SAME_S = 0.5, 1.0, 0.01
_TAKEN_OUT_S = 0.9  # scans are missing: whoever walks there now is new to the tracker, as at the beginning
_STRIDE_M = 0.7  # legs nearer to each other are of one walker
_CELL_M, _HALF_M = 0.05, 12.8  # as the maps' cells; MAX_RANGE_M and a margin to each side, 512 cells
_WALL_SHARE = 0.35  # of all scans that hit a cell: nobody stands still for that long


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
    spec = LidarSpec(name="lidar", mount=Pose2D(0.0, 0.0, 0.0), range_min=scans[0].least, range_max=MAX_RANGE_M)
    segmenter, tracker, taken, seen = Segmenter(spec, background(scans)), Tracker(), list[float](), _Seen()
    began = last = scans[0].time
    for scan in scans:
        tracks: list[Track] = []
        taken.append(cpu_ms(lambda s=scan, t=tracks: t.extend(_update(segmenter, tracker, s))))  # type: ignore[misc]
        if scan.time - last > _TAKEN_OUT_S:
            began = scan.time
        last = scan.time
        if scan.time - began >= _FIRST_S:
            seen.take(tracks, _walkers(truth, scan.time))
    metrics = {
        "scans": seen.scans, "walkers": seen.walkers, "seconds": round(scans[-1].time - scans[0].time, 1),
        "tracked_share": round(len(seen.off) / max(1, seen.walkers), 3),
        "person_share": round(seen.people / max(1, seen.walkers), 3), "off_m_median": median(seen.off),
        "switches": seen.switches, "other_people_a_scan": round(seen.others / max(1, seen.scans), 2),
        "ms": median(taken),
    }  # fmt: skip
    before = 'before: .94 to .98 within 0.5 m, 0.10 m, 1 to 2 switches, 1.8 to 3.4 more "people" a scan'
    return FigureRow(f"{_NAME}, {path.stem}", "real", metrics, _GOAL, before)


def _update(segmenter: Segmenter, tracker: Tracker, scan: BagScan) -> list[Track]:
    ranges = scan.ranges.astype(np.float32)
    parts = segmenter.cut(ranges, scan.angle_min, scan.increment, scan.least, Pose2D(0.0, 0.0, 0.0))
    return tracker.update(scan.time, parts, (0.0, 0.0))


def _walkers(truth: list[BagPoses], time: float) -> list[FloatArray]:
    """Return the middle of the labelled legs of each walker at a time; none when nobody says where they are."""
    near = bisect_left([poses.time for poses in truth], time)
    best = min(truth[max(0, near - 1) : near + 1], key=lambda poses: abs(poses.time - time), default=None)
    if best is None or abs(best.time - time) >= _SAME_S:
        return []
    walkers = list[list[FloatArray]]()
    for leg in best.places:
        mine = next((w for w in walkers if any(math.dist(leg, other) < _STRIDE_M for other in w)), None)
        if mine is None:
            walkers.append([leg])
        else:
            mine.append(leg)
    return [np.mean(w, axis=0) for w in walkers]


class _Seen:
    """Counts what the tracker said of the walkers. walkers: of all scans; others: people without a label."""

    def __init__(self) -> None:
        self.scans = self.walkers = self.people = self.others = self.switches = 0
        self.off: list[float] = []
        self._owners: list[tuple[FloatArray, int]] = []

    def take(self, tracks: list[Track], walkers: list[FloatArray]) -> None:
        """Look at one scan; each track belongs to one walker at most."""
        if not walkers:
            return
        self.scans, self.walkers = self.scans + 1, self.walkers + len(walkers)
        left, owners = list(tracks), list[tuple[FloatArray, int]]()
        for walker in walkers:
            best = min(left, key=lambda t: math.dist((t.x, t.y), walker), default=None)
            away = math.inf if best is None else math.dist((best.x, best.y), walker)
            if best is None or away >= _NEAR_M:
                continue
            left.remove(best)
            self.off.append(away)
            self.people += best.kind == "person"
            owners.append((walker, best.id))
            self.switches += self._changed(walker, best.id)
        self.others += sum(track.kind == "person" for track in left)
        # Whom nobody tracked in this scan may come back under another name.
        self._owners = owners + [o for o in self._owners if all(math.dist(o[0], new[0]) >= _STRIDE_M for new in owners)]

    def _changed(self, walker: FloatArray, owner: int) -> bool:
        near = min(self._owners, key=lambda o: math.dist(o[0], walker), default=None)
        return near is not None and math.dist(near[0], walker) < _STRIDE_M and near[1] != owner


def background(scans: list[BagScan]) -> BackgroundMap:
    """Return what stands still: cells that a large share of the scans of a resting lidar hit."""
    side = round(2.0 * _HALF_M / _CELL_M)
    hits = np.zeros((side, side), dtype=np.int64)
    for scan in scans:
        angles = scan.angle_min + scan.increment * np.arange(len(scan.ranges))
        good = np.isfinite(scan.ranges) & (scan.ranges > scan.least) & (scan.ranges < MAX_RANGE_M)
        places = scan.ranges[good, None] * np.column_stack((np.cos(angles[good]), np.sin(angles[good])))
        columns, rows = np.floor((places + _HALF_M) / _CELL_M).astype(int).T
        once = np.unique(rows * side + columns)
        hits.ravel()[once[(once >= 0) & (once < side * side)]] += 1
    walls = np.where(hits > _WALL_SHARE * len(scans), OCCUPIED, 0).astype(np.uint8)
    return BackgroundMap.from_grid(GridMap(walls, _CELL_M, (-_HALF_M, -_HALF_M)))
