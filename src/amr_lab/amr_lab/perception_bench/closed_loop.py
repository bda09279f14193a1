"""Docking and pallet pick-up in the embedded simulator, in one process: what the detectors are worth to the drive."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D, Twist2D, compose, relative
from amr_core.site import FleetRobot, load_site
from amr_core.site.generators.world import world_sdf
from amr_core.site.v_dock import MARKER_AHEAD, V_HEIGHT, V_PLATE, v_dock_plates
from amr_lab.perception_bench.depth import FOCAL, pallet
from amr_lab.perception_bench.rows import FigureRow, Goal, p95
from amr_navigation.docking.dock import DockRobot
from amr_navigation.motion import DockDetection
from amr_navigation.navigator.engine import Navigator
from amr_navigation.nodes.site_data import site_data
from amr_perception.depth.rays import DepthMount, DepthRays
from amr_perception.docking.pallet_depth import EUR, find_pallet
from amr_perception.docking.template import fit, scan_points, v_dock
from amr_perception.markers.detector import MarkerDetector, best_marker
from amr_sim.engine import SimEngine
from amr_sim.imaging import DepthNoise, spoil_depth
from amr_sim.scene import cast
from amr_sim.world import Shape, SimWorld, parse_world

DockingTarget = Literal["tag", "v_dock", "pallet"]
STATION = "A1_1"
DT = 0.05  # s, a step of the embedded simulator
_LONGEST_S = 90.0  # as long as docking looks for markers (AUTO_STOP_S): what takes longer has failed
_FORK_ROOM_M = 0.03  # a 160 mm fork in a 227 mm pocket
# chosen: so deep a fork goes below a 1.2 m pallet; a longer one touches its feet at a smaller turn
_FORK_LENGTH_M = 1.0


@dataclass(frozen=True)
class Result:
    """How one docking ended: error along and across (m), heading (rad), retries; detections used."""

    docked: bool
    along: float
    across: float
    heading: float
    retries: int
    detections: int

    @property
    def entered(self) -> bool:
        """Whether forks of 1 m length driven straight on stay clear of the pallet's feet."""
        return self.docked and abs(self.across) + _FORK_LENGTH_M * abs(math.sin(self.heading)) < _FORK_ROOM_M


class DockingTrial:
    """One robot in the lab, at a random start before a station. seed decides start, noise and the pallet's place."""

    def __init__(self, target: DockingTarget, seed: int) -> None:
        self._rng = np.random.default_rng((seed, 17))
        self._target: DockingTarget = target
        site = load_site("lab").model_copy(update={"movers": []})
        kind = "fork_robot" if target == "pallet" else "lift_amr"
        data = site_data("lab")
        self.dock = data.docks[STATION]
        self.goal = self.dock.pose if target != "pallet" else self._shifted()
        self._face = compose(self.goal, Pose2D(MARKER_AHEAD, 0.0, 0.0))
        world = parse_world(world_sdf(site))
        self._pallet = pallet(EUR, self._face, depth=0.5) if target == "pallet" else []
        extra = _v_shapes(self._face) if target == "v_dock" else [s.shape for s in self._pallet]
        robots = [FleetRobot(name="amr_01", type=kind, parking="P1")]
        self.engine = SimEngine(site, SimWorld((*world.shapes, *extra)), robots, seed)
        self._type = self.engine.types[0]
        start = self._start()
        self.engine.bases.put(0, start)
        self.navigator = Navigator(self._type, data.static_map, data.planner, seed=seed)
        guess = self._rng.normal(0.0, 1.0, 3) * (0.05, 0.05, 0.02)
        self.navigator.set_initial_pose(Pose2D(start.x + guess[0], start.y + guess[1], start.theta + guess[2]))
        self._markers = MarkerDetector()
        self._rays = DepthRays(DepthMount(x=self._type.camera.x), step=1)
        self.detections = 0

    def _shifted(self) -> Pose2D:
        off = self._rng.uniform(-1.0, 1.0, 3) * (0.05, 0.08, 0.05)
        face = compose(self.dock.pose, Pose2D(MARKER_AHEAD + off[0], off[1], off[2]))
        return compose(face, Pose2D(-MARKER_AHEAD, 0.0, 0.0))

    def _start(self) -> Pose2D:
        staging = self.dock.staging
        off = self._rng.uniform(-1.0, 1.0, 3) * (1.0, 0.3, 0.6)
        return Pose2D(staging.x + off[0], staging.y + off[1], staging.theta + off[2])

    def run(self) -> Result:
        """Dock; return how it ended."""
        motion = DockRobot(self.dock)
        looks: dict[DockingTarget, Callable[[float], DockDetection | None]] = {
            "tag": self._see_tag,
            "v_dock": self._see_v,
            "pallet": self._see_pallet,
        }
        look = looks[self._target]
        self.navigator.start(motion)
        succeeded = False
        for step in range(round(_LONGEST_S / DT)):
            now = self.engine.time
            state, odometry = self.engine.bases.state[0], self.engine.bases.odometry[0]
            measured = Twist2D(float(odometry[3]), float(odometry[4]))
            self.navigator.add_odometry(now, Pose2D(*odometry[:3].tolist()), measured)
            if step % 2 == 0:
                self._sense(now, motion, look)
            out = self.navigator.step(now)
            command = out.command or Twist2D(0.0, 0.0)
            self.engine.command(0, command.v, command.w)
            self.engine.step(DT)
            if out.ended is motion:
                succeeded = out.outcome is not None and out.outcome.succeeded
                break
        for _ in range(20):
            self.engine.command(0, 0.0, 0.0)
            self.engine.step(DT)
            if abs(float(state[3])) < 1e-4:
                break
        off = relative(self.goal, self.engine.pose(0))
        return Result(succeeded, float(off.x), float(off.y), float(off.theta), motion.retries, self.detections)

    def _sense(self, now: float, motion: DockRobot, look: Callable[[float], DockDetection | None]) -> None:
        self._ranges = self.engine.scan()
        for lidar in range(2):
            self.navigator.add_scan(lidar, now, self._ranges[lidar])
        if motion.looking:
            detection = look(now)
            if detection is not None:
                self.detections += 1
                self.navigator.add_detection(detection)

    def _see_tag(self, now: float) -> DockDetection | None:
        camera = self._type.camera
        matrix = np.array([(camera.focal, 0.0, (camera.width - 1) / 2), (0.0, camera.focal, (camera.height - 1) / 2),
                           (0.0, 0.0, 1.0)])  # fmt: skip
        found = [m for m in self._markers.detect(self.engine.camera(0), matrix, np.zeros(5)) if m.refined]
        best = best_marker(found, camera.width, camera.height)
        if best is None:
            return None
        x, _, z = best.pose.tvec.tolist()
        out = best.pose.rotation[:, 2]
        return DockDetection(now, camera.x + z, -x, math.atan2(out[0], -out[2]))

    def _see_v(self, now: float) -> DockDetection | None:
        pose = self.navigator.pose
        if pose is None:
            return None
        lidar = self._type.lidars[0]
        ranges = self._ranges[0].astype(np.float64)
        step = lidar.field_of_view / (lidar.beams - 1)
        points = scan_points(ranges, -lidar.field_of_view / 2, step, lidar.mount, 4.0)
        prior = relative(pose, compose(self.dock.pose, Pose2D(MARKER_AHEAD, 0.0, 0.0)))
        found = fit(v_dock(), points, prior)
        return None if found is None else DockDetection(now, found.pose.x, found.pose.y, found.pose.theta)

    def _see_pallet(self, now: float) -> DockDetection | None:
        base, mount = self.engine.pose(0), DepthMount(x=self._type.camera.x)
        eye = compose(base, Pose2D(mount.x, 0.0, 0.0))
        view = PinholeView(eye.x, eye.y, mount.z, base.theta, mount.pitch, 640, 480, FOCAL)
        depth, _, _ = cast(view, self._pallet, 5.0)
        points = self._rays.points(spoil_depth(depth, FOCAL, DepthNoise(), self._rng), view.matrix)
        found = find_pallet(points, EUR, mount=mount)
        return None if found is None else DockDetection(now, found.pose.x, found.pose.y, found.pose.theta)


def _v_shapes(face: Pose2D) -> list[Shape]:
    """Return the plates of a V-dock whose mouth is at face."""
    return [Shape("v_dock", pose, length, V_PLATE, 0.0, V_HEIGHT) for pose, length in v_dock_plates(face)]


def dock(target: DockingTarget, trials: int, first: int = 0) -> list[Result]:
    """Return the results of dockings from random starts, seeds first, first + 1, ..."""
    return [DockingTrial(target, seed).run() for seed in range(first, first + trials)]


def _metrics(results: list[Result]) -> dict[str, float]:
    done = [r for r in results if r.docked]
    return {
        "runs": len(results),
        "docked": len(done),
        "docked_share": round(len(done) / len(results), 4),
        "mm_p95": p95([1000.0 * math.hypot(r.along, r.across) for r in done]),
        "across_mm_p95": p95([1000.0 * abs(r.across) for r in done]),
        "deg_p95": p95([math.degrees(abs(r.heading)) for r in done]),
        "retries": sum(r.retries for r in results),
    }


_TITLES: dict[DockingTarget, str] = {
    "tag": "docking by tag, closed loop",
    "v_dock": "docking by V-shape, closed loop",
    "pallet": "pallet pick-up by depth, closed loop",
}


def row(target: DockingTarget, results: list[Result]) -> FigureRow:
    """Return the row of these dockings; its goals hold for 100 runs."""
    goal: Goal = {"runs": (">=", 100.0), "docked_share": (">=", 1.0), "mm_p95": ("<=", 10.0), "deg_p95": ("<=", 1.0)}
    metrics: dict[str, float] = _metrics(results)
    if target == "pallet":
        metrics["picked_share"] = round(sum(r.entered for r in results) / len(results), 4)
        goal = {"runs": (">=", 100.0), "picked_share": (">=", 0.99)}
    return FigureRow(_TITLES[target], "simulated run", metrics, goal, "synthetic sensors of the embedded simulator")


def rows_of(target: DockingTarget) -> Callable[[int], list[FigureRow]]:
    """Return the part of the bench with the dockings by one kind of target.

    AMR_BENCH_RUNS names a folder that keeps every docking by its seed: a long run can be made in pieces.
    """

    def part(trials: int) -> list[FigureRow]:
        folder = os.environ.get("AMR_BENCH_RUNS", "")
        if not folder:
            return [row(target, dock(target, trials))]
        kept = Path(folder) / f"{target}.jsonl"
        known = {seed: Result(**facts) for seed, facts in map(json.loads, _lines(kept))}
        with kept.open("a") as file:
            for seed in (s for s in range(trials) if s not in known):
                known[seed] = DockingTrial(target, seed).run()
                file.write(json.dumps([seed, asdict(known[seed])]) + "\n")
                file.flush()
        return [row(target, [known[seed] for seed in range(trials)])]

    return part


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.is_file() else []
