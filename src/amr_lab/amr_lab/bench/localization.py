"""`amr bench localization --real FOLDER`: localisation on recorded laser logs, against their corrected poses.

CARMEN logs whose poses a SLAM program has corrected: the even scans make the map, the odd ones are driven through it
with an odometry made from the corrected poses (2 % bias, 3 % noise). Judged are the pose and what it says of itself.
"""

from __future__ import annotations

import gzip
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, compose, relative, wrap_angle
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_lab.trial.hall import Hall
from amr_navigation.costmap.footprint import njit
from amr_navigation.costmap.static_map import StaticMap, build_static_map
from amr_navigation.localization.localizer import Localizer, LocalizerParams
from amr_navigation.navigator.navigate import Navigate

RES = 0.05  # m a cell, as our own maps have it
SOLID_SHARE = 0.25
"""A cell of the map is occupied when at least this share of the beams that came to it ended there."""
USABLE = 30.0
"""m: of a reading beyond that the scanners of these logs say that there was no echo."""
GOAL_WITHIN, GOAL_TRACKED = 0.95, 0.95  # share of the scans; chosen goals
SIGMAS = 3.0  # standard deviations within which an error counts as expected
PACE, TURNING = 1.0, 0.8
"""m/s, rad/s: how fast a log is driven. Its scans may be metres and minutes apart, which wheels that leap would be."""
# chosen: a lidar of 5 Hz, the slowest that is driven by (doctor_scans), and wheels of 25 Hz
_SCAN_S, _ODOM_S = 0.2, 0.04


@dataclass(frozen=True)
class Scan:
    """A scan of a log: stamp (s), corrected pose (map frame), its returns (N x 2, m, in the frame of the scanner)."""

    stamp: float
    pose: Pose2D
    points: FloatArray


@dataclass(frozen=True)
class Figures:
    """What one log came to. Errors in m and degrees, sigma in m; within: share of scans within SIGMAS."""

    log: str
    scans: int
    tracking: float
    median: float
    p95: float
    worst: float
    turn: float
    sigma: float
    ratio: float
    within: float
    sure_wrong: float
    cpu_ms: float


def read_log(path: Path) -> list[Scan]:
    """Return the scans of a CARMEN log (also .gz), oldest first; lines that are none are left out."""
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("ascii", "replace").splitlines()
    return [scan for line in lines if line.startswith("FLASER ") and (scan := _scan(line)) is not None]


def _scan(line: str) -> Scan | None:
    words = line.split()
    try:
        count = int(words[1])
        numbers = np.array([float(w) for w in words[2 : count + 9]])
        stamp = float(words[count + 8])
    except (ValueError, IndexError):
        return None
    if count < 90 or len(numbers) < count + 6 or not np.isfinite(numbers[: count + 3]).all():
        return None
    ranges = numbers[:count]
    # 180, 360 (half degrees): the last reading of the half circle is missing; 181, 361: it is there.
    step = math.pi / (count - count % 2)
    angles = -0.5 * math.pi + np.arange(count) * step
    good = (ranges > 0.05) & (ranges < USABLE)
    points = np.column_stack((np.cos(angles[good]), np.sin(angles[good]))) * ranges[good, None]
    x, y, theta = (float(v) for v in numbers[count : count + 3])
    return Scan(stamp, Pose2D(x, y, wrap_angle(theta)), points)


def map_of(scans: list[Scan]) -> StaticMap:
    """Return an occupancy map of the scans, cells of RES: occupied where enough of the beams that came there ended."""
    clouds = [(_moved(s.points, s.pose), s.pose) for s in scans]
    hits = np.concatenate([cloud for cloud, _ in clouds])
    low, high = hits.min(axis=0) - 2.0, hits.max(axis=0) + 2.0
    shape = tuple(int(v) for v in np.ceil((high - low) / RES)[::-1])
    ended, passed = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    for cloud, pose in clouds:
        _count(cloud, pose.x, pose.y, float(low[0]), float(low[1]), ended, passed)
    occupied = (ended > 0) & (ended >= SOLID_SHARE * (ended + passed))
    return build_static_map(occupied, RES, (float(low[0]), float(low[1])))


@njit
def _count(cloud: Any, x: float, y: float, ox: float, oy: float, ended: Any, passed: Any) -> None:
    """Count in each cell the beams from (x, y) that ended there, and those that went through it."""
    for i in range(cloud.shape[0]):
        dx, dy = cloud[i, 0] - x, cloud[i, 1] - y
        length = math.hypot(dx, dy)
        steps = int(length / RES)
        for k in range(steps):
            f = k * RES / length
            passed[int((y + f * dy - oy) / RES), int((x + f * dx - ox) / RES)] += 1
        ended[int((cloud[i, 1] - oy) / RES), int((cloud[i, 0] - ox) / RES)] += 1


def _moved(points: FloatArray, pose: Pose2D) -> FloatArray:
    c, s = math.cos(pose.theta), math.sin(pose.theta)
    turned: FloatArray = points @ np.array(((c, s), (-s, c))) + (pose.x, pose.y)
    return turned


def drive(walls: StaticMap, scans: list[Scan], seed: int) -> Iterator[tuple[Localizer, Scan, float]]:
    """Drive through the scans; yield the localiser after each, with its CPU time (s)."""
    rng = np.random.default_rng(seed)
    localizer = Localizer(walls.walls, LocalizerParams(), seed=seed)
    localizer.set_pose(scans[0].pose)
    odom, stamp = Pose2D(0.0, 0.0, 0.0), 0.0
    localizer.add_odometry(stamp, odom)
    for index, scan in enumerate(scans):
        if index:
            delta = _with_errors(relative(scans[index - 1].pose, scan.pose), rng)
            for seconds, at in _on_the_way(delta):
                localizer.add_odometry(stamp + seconds, compose(odom, at))
            stamp += seconds
            odom = compose(odom, delta)
        localizer.request_update()
        began = time.process_time()
        localizer.add_scan(stamp, scan.points)
        yield localizer, scan, time.process_time() - began


def _on_the_way(delta: Pose2D) -> Iterator[tuple[float, Pose2D]]:
    """Yield what wheels read on a motion: seconds since it began, pose seen from there."""
    seconds = max(_SCAN_S, math.hypot(delta.x, delta.y) / PACE, abs(delta.theta) / TURNING)
    steps = math.ceil(seconds / _ODOM_S)
    for k in range(1, steps + 1):
        part = k / steps
        yield part * seconds, Pose2D(part * delta.x, part * delta.y, part * delta.theta)


def _with_errors(delta: Pose2D, rng: np.random.Generator) -> Pose2D:
    scale = 1.02 + 0.03 * rng.standard_normal(3)
    return Pose2D(delta.x * scale[0], delta.y * scale[1], delta.theta * scale[2])


def within(error: Pose2D, covariance: FloatArray) -> bool:
    """Return whether an error (map frame) is within SIGMAS of its covariance, in the plane and in heading."""
    xy = np.array((error.x, error.y))
    plane = float(xy @ np.linalg.solve(covariance[:2, :2], xy))
    return plane <= SIGMAS**2 and abs(error.theta) <= SIGMAS * math.sqrt(covariance[2, 2])


@dataclass
class Tally:
    """Errors of tracked poses and what was said of them."""

    rows: list[tuple[float, float, float, bool, bool]] = field(default_factory=list)

    def add(self, localizer: Localizer, pose: Pose2D, truth: Pose2D) -> None:
        """Take in one pose (map frame) beside the true one."""
        error = Pose2D(pose.x - truth.x, pose.y - truth.y, wrap_angle(pose.theta - truth.theta))
        off, covariance = math.hypot(error.x, error.y), localizer.estimate.covariance
        sigma = math.sqrt(float(np.linalg.eigvalsh(covariance[:2, :2])[-1]))
        wrong = off > 0.5 and localizer.confidence.value > 0.5
        self.rows.append((off, abs(error.theta), sigma, within(error, covariance), wrong))

    def figures(self, name: str, scans: int, cpu: float) -> Figures:
        """Return the figures of scans scans that took cpu s each."""
        off, turn, sigma, inside, wrong = (np.array(column, dtype=float) for column in zip(*self.rows, strict=True))
        return Figures(
            name, scans, len(off) / scans, float(np.median(off)), float(np.percentile(off, 95)), float(off.max()),
            math.degrees(float(np.median(turn))), float(np.median(sigma)), float(np.percentile(off / sigma, 95)),
            float(inside.mean()), float(wrong.sum()) / scans, 1e3 * cpu,
        )  # fmt: skip


def figures(path: Path, seed: int = 1, first: float = 0.0) -> Figures:
    """Measure one log. first: share of its scans that make the map, the rest is driven; 0 = even ones, odd ones."""
    scans, tally, cpu, count = read_log(path), Tally(), 0.0, 0
    cut = round(first * len(scans))
    mapped, driven = (scans[:cut], scans[cut:]) if cut else (scans[::2], scans[1::2])
    for localizer, scan, took in drive(map_of(mapped), driven, seed):
        pose, count = localizer.pose(), count + 1
        cpu += took
        if pose is not None and localizer.mode == "tracking":
            tally.add(localizer, pose, scan.pose)
    name = path.name.split("-corrected")[0]
    return tally.figures(f"{name}, map of the first {first:.0%}" if cut else name, count, cpu / max(count, 1))


def site_figures(site: str, seed: int = 1, seconds: float = 120.0) -> Figures:
    """Measure one robot that drives along a site's lanes in the simulator, people about, against ground truth."""
    model = load_site(site)
    bay = model.parking[0]
    level = model.level_at(bay.x, bay.y)  # no plan leads through a lift
    lanes = (n for n in build_roadmap(model).nodes.values() if n.kind in ("lane", "junction"))
    nodes = [n for n in lanes if model.level_at(n.x, n.y) == level]
    hall = Hall(site, [Pose2D(bay.x, bay.y, bay.theta)], seed=seed, people=True)
    driver, rng, tally, took = hall.drivers[0], np.random.default_rng(seed), Tally(), 0
    while hall.now < seconds:
        if driver.motion is None or driver.outcome is not None:
            node = nodes[int(rng.integers(len(nodes)))]
            driver.start(Navigate([Pose2D(node.x, node.y, 0.0)]))
        hall.step()
        took += 1
        pose = driver.nav.pose
        if pose is not None and driver.nav.localizer.mode == "tracking":
            tally.add(driver.nav.localizer, pose, hall.sim.pose(0))
    return tally.figures(f"site {site}", took, hall.cpu / took)


def run_localization(folder: Path | None, sites: tuple[str, ...], output: Path | None) -> bool:
    """Measure all logs below folder and the sites, print the table; return whether all reach the goal.

    A robot that is sure and over 0.5 m off misses it, however seldom that is.
    """
    logs = sorted(p for p in folder.rglob("*") if p.name.endswith((".log", ".log.gz"))) if folder else []
    if folder is not None and not logs:
        raise AmrError("run.bad_option", option="--real", value=str(folder), reason="there are no CARMEN logs in it")
    found = [figures(path) for path in logs] + [site_figures(site) for site in sites]
    table = Table(
        "log", "scans", "tracked %", "error median m", "p95", "worst", "turn deg", "sigma m", "error/sigma p95",
        "within 3 sigma %", "sure and > 0.5 m off %", "CPU ms", title="Localisation, judged by corrected poses",
    )  # fmt: skip
    for f in found:
        table.add_row(
            f.log, str(f.scans), f"{100 * f.tracking:.1f}", f"{f.median:.3f}", f"{f.p95:.3f}", f"{f.worst:.2f}",
            f"{f.turn:.2f}", f"{f.sigma:.3f}", f"{f.ratio:.1f}", f"{100 * f.within:.1f}", f"{100 * f.sure_wrong:.1f}",
            f"{f.cpu_ms:.2f}",
        )  # fmt: skip
    Console(width=160).print(table)
    if output is not None:
        output.write_text(json.dumps([asdict(f) for f in found], indent=2) + "\n")
    return all(f.within >= GOAL_WITHIN and f.tracking >= GOAL_TRACKED and not f.sure_wrong for f in found)
