"""A simulated site with the navigation engines of some robots in it, stepped together. Ground truth is at hand.

The order of a step is that of the contract: last commands act, sensors are read, engines step. Perception is the real
one (segments and tracks from the lidars), without the other robots' positions unless the trial tells them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from amr_core.geometry import Pose2D, Twist2D, distance
from amr_core.site import Site, load_site
from amr_core.site.generators.world import world_sdf
from amr_navigation.control.ahead import MovingObject
from amr_navigation.costmap.body import body_of
from amr_navigation.motion import Motion, MotionOutcome
from amr_navigation.navigator.engine import Navigator, Output
from amr_navigation.nodes.site_data import site_data
from amr_perception.scan.segmenter import Segmenter
from amr_perception.scan.static_map import static_map
from amr_perception.tracking.tracker import Tracker
from amr_sim.collision import Contact
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.lidar import RangeArray
from amr_sim.world import Shape, SimWorld, parse_world

DT = 0.05  # s, a step of the embedded simulator
SCAN_TICKS, TRACK_TICKS = 2, 4


@lru_cache(maxsize=4)
def _site(name: str) -> tuple[Site, SimWorld]:
    site = load_site(name)
    return site, parse_world(world_sdf(site))


def pallet(name: str, x: float, y: float, size_x: float, size_y: float) -> Shape:
    """Return a box on the floor (m, map frame) that no map shows."""
    return Shape(name, Pose2D(x, y, 0.0), size_x, size_y, 0.0, 1.2)


class Eyes:
    """The perception of one robot."""

    def __init__(self, site: str, nav: Navigator) -> None:
        walls = static_map(site)
        self._cutters = [Segmenter(spec, walls) for spec in nav.robot.lidars]
        self._tracker = Tracker()
        self._specs = nav.robot.lidars

    def look(
        self, now: float, pose: Pose2D, ranges: RangeArray, others: list[tuple[float, float]]
    ) -> tuple[MovingObject, ...]:
        """Return the tracks seen from pose with the ranges (2, beams) of both lidars."""
        parts = [np.empty((0, 7))]
        for cutter, spec, row in zip(self._cutters, self._specs, ranges, strict=True):
            step = spec.field_of_view / (spec.beams - 1)
            parts.append(cutter.cut(row, -0.5 * spec.field_of_view, step, spec.range_min, pose))
        tracks = self._tracker.update(now, np.vstack(parts), (pose.x, pose.y), others)
        return tuple(
            MovingObject(t.x, t.y, t.vx, t.vy, t.radius, "unknown" if t.kind == "clutter" else t.kind) for t in tracks
        )


@dataclass
class Driver:
    """One robot: its engine, what it is doing and what came of it, its trace of (time, truth, estimate, v).

    off: it is switched off, its engine hears nothing and its wheels stand.
    """

    nav: Navigator
    eyes: Eyes | None
    out: Output = field(default_factory=Output)
    outcome: MotionOutcome | None = None
    motion: Motion | None = None
    off: bool = False
    trace: list[tuple[float, Pose2D, Pose2D, float]] = field(default_factory=list)

    def start(self, motion: Motion) -> None:
        """Give the robot something to do."""
        self.motion, self.outcome = motion, None
        self.nav.start(motion)


class Hall:
    """Robots of a site's fleet at given poses (map frame), one engine each."""

    def __init__(
        self,
        site: str,
        starts: Sequence[Pose2D],
        *,
        seed: int,
        extra: Sequence[Shape] = (),
        people: bool = False,
        eyes: bool = True,
        loaded: bool = False,
    ) -> None:
        model, world = _site(site)
        data = site_data(site)
        robots = fleet_robots(model, len(starts))
        self.sim = SimEngine(model, SimWorld((*world.shapes, *extra)), robots, seed)
        if not people:
            self.sim.movers.all.clear()
        for door in self.sim.doors.all.values():
            door.share = 1.0
        self.contacts: list[Contact] = []
        self.actors: list[Callable[[Hall], None]] = []
        self.drivers: list[Driver] = []
        self.cpu = 0.0
        self.tell_robots = True
        self._ticks = 0
        for index, start in enumerate(starts):
            self.sim.teleport(index, start)
            kind = self.sim.types[index]
            nav = Navigator(kind, data.static_map, data.planner, seed=seed * 64 + index)
            nav.set_initial_pose(start, (0.1, 0.1, 0.05))
            if loaded:
                nav.set_body(body_of(kind, loaded=True))
                self.sim.loads.on_board[index] = f"load_{index}"
            self.drivers.append(Driver(nav, Eyes(site, nav) if eyes else None))

    @property
    def now(self) -> float:
        """Simulated seconds since the start."""
        return self.sim.time

    def step(self) -> None:
        """Advance by one control period. Doors stand open: the fleet, which asks for them, is not here."""
        for door in self.sim.doors.all.values():
            door.tell(self.sim.time, open_it=True)
        for actor in self.actors:
            actor(self)
        self.contacts += self.sim.step(DT).contacts
        ranges = self.sim.scan() if self._ticks % SCAN_TICKS == 0 else None
        places = [(float(x), float(y)) for x, y in self.sim.bases.state[:, :2]]
        began = time.process_time()
        for index, driver in enumerate(self.drivers):
            rows = None if ranges is None else ranges[2 * index : 2 * index + 2]
            others = [p for i, p in enumerate(places) if i != index] if self.tell_robots else []
            self._feed(index, driver, rows, others)
        self.cpu += time.process_time() - began
        self._ticks += 1

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Step for some seconds; stop and return True as soon as until() holds."""
        for _ in range(round(seconds / DT)):
            self.step()
            if until is not None and until():
                return True
        return False

    def carry(self, robot: int, way: Sequence[tuple[float, float]], speed: float) -> None:
        """Carry a robot along points (m, map frame) at speed (m/s) without turning it; its wheels do not notice."""
        pose = self.sim.pose(robot)
        x, y = pose.x, pose.y
        for goal_x, goal_y in way:
            while (left := math.hypot(goal_x - x, goal_y - y)) > 1e-9:
                step = min(1.0, speed * DT / left)
                x, y = x + step * (goal_x - x), y + step * (goal_y - y)
                self.sim.teleport(robot, Pose2D(x, y, pose.theta))
                self.step()
        self.drivers[robot].trace.clear()  # it has not driven this way

    def finished(self) -> bool:
        """Return whether every robot that was given something to do has ended it."""
        return all(d.motion is None or d.outcome is not None for d in self.drivers)

    def pose_error(self, index: int = 0) -> float:
        """Return how far (m) a robot's estimate is from the truth now."""
        pose = self.drivers[index].nav.pose
        return math.inf if pose is None else distance(pose, self.sim.pose(index))

    def _feed(self, index: int, driver: Driver, ranges: RangeArray | None, others: list[tuple[float, float]]) -> None:
        nav, now = driver.nav, self.sim.time
        if driver.off:
            return
        x, y, theta, v, w = self.sim.bases.odometry[index].tolist()
        nav.add_odometry(now, Pose2D(x, y, theta), Twist2D(v, w))
        nav.charging = False
        if ranges is not None:
            for lidar in (0, 1):
                nav.add_scan(lidar, now, ranges[lidar])
            if driver.eyes is not None and self._ticks % TRACK_TICKS == 0 and nav.pose is not None:
                nav.tracks = driver.eyes.look(now, nav.pose, ranges, others)
        driver.out = out = nav.step(now)
        if out.command is not None:
            self.sim.command(index, out.command.v, out.command.w)
        if out.ended is not None and out.ended is driver.motion:
            driver.outcome = out.outcome
        estimate = nav.pose
        if estimate is not None:
            driver.trace.append((now, self.sim.pose(index), estimate, float(self.sim.bases.state[index, 3])))
