"""The whole simulated site: robots, people, forklifts, sensors and ground truth. No ROS, no wall clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D
from amr_core.robots import RobotType, robot_type
from amr_core.site import FleetRobot, Site
from amr_core.site.v_dock import MARKER_HEIGHT
from amr_sim.battery import Batteries
from amr_sim.camera import Image, MarkerCamera, site_markers
from amr_sim.collision import CollisionCounter, Contact
from amr_sim.doors import SimDoors
from amr_sim.fixed_cameras import goods_solid, mover_solids, robot_solids
from amr_sim.kinematics import Bases
from amr_sim.lidar import Bodies, Lidars, RangeArray
from amr_sim.lifts import SimLifts
from amr_sim.load import Handling, LoadBook, LoadCode
from amr_sim.mover_rules import robot_rows
from amr_sim.movers import PERSON_RADIUS, MovingActor, MovingActors
from amr_sim.polygon import IntArray, pack
from amr_sim.robot_depth import RobotDepth
from amr_sim.scene import DepthImage, GreySolid
from amr_sim.truth import DockingLog
from amr_sim.wet_floor import WetFloor
from amr_sim.world import SimWorld

LOWEST_START_SOC = 0.75  # share: a shift begins with charged robots, none alike


@dataclass(frozen=True)
class SimStep:
    """What a step brought: new time (s), collision episodes that started, load operations that ended."""

    time: float
    contacts: list[Contact]
    handled: list[Handling]


def fleet_robots(site: Site, count: int) -> list[FleetRobot]:
    """Return the first count robots of the site's fleet (-1: all), or raise run.robot_count."""
    if count != -1 and not 1 <= count <= len(site.fleet):
        raise AmrError("run.robot_count", count=count, minimum=1, maximum=len(site.fleet))
    return site.fleet if count == -1 else site.fleet[:count]


def parking_pose(site: Site, robot: FleetRobot) -> Pose2D:
    """Return where a robot starts, or raise site.invalid."""
    for bay in site.parking:
        if bay.id == robot.parking:
            return bay.pose
    raise AmrError("site.invalid", where=f"fleet.{robot.name}", reason=f"no parking place {robot.parking}")


class SimEngine:
    """The simulated site. Robots are numbered in the order given; all times are seconds since the start."""

    def __init__(self, site: Site, world: SimWorld, robots: Sequence[FleetRobot], seed: int) -> None:
        self.names = [robot.name for robot in robots]
        self.types: list[RobotType] = [robot_type(robot.type) for robot in robots]
        self.time = 0.0
        bodies = [[kind.footprint(loaded=loaded) for loaded in (False, True)] for kind in self.types]
        self._bodies = np.array(bodies, dtype=float).reshape(-1, 2, 4, 2)  # of each robot: without a load, with one
        count = len(self.names)
        static = world.slice()
        rng = np.random.default_rng((seed, 0))
        self.bases = Bases(self.types, [parking_pose(site, robot) for robot in robots], seed, WetFloor(site.conditions))
        self.lidars = Lidars(self.types, static.segments, seed)
        self.collisions = CollisionCounter(static.corners, static.counts, static.names)
        soc = rng.uniform(LOWEST_START_SOC, 1.0, size=count)
        self.batteries = Batteries(self.types, [charger.pose for charger in site.chargers], soc)
        self.loads = LoadBook(site, self.types)
        self.dockings = DockingLog.of(site)
        self.movers = MovingActors(site.movers, static, seed, self._rows())
        self._camera = MarkerCamera(site_markers(site), world.slice(MARKER_HEIGHT).segments, seed)
        self._depth = RobotDepth(world, seed)
        self.doors = SimDoors(site)
        self.lifts = SimLifts(site)
        self._stopped = np.zeros(count, dtype=np.bool_)
        self.goods: FloatArray | None = None
        """Corners (4, 2) of goods that lie where they should not, m, map frame."""

    # --- the step

    def step(self, dt: float) -> SimStep:
        """Advance everything by dt seconds."""
        before = self.bases.state[:, :3].copy()
        busy = np.array([self.loads.busy(i) for i in range(len(self.names))], dtype=np.bool_)
        self.bases.step(self.time, dt, self._stopped | busy | self.batteries.empty)
        self.movers.step(dt, self._rows())
        self.time += dt
        outlines = self._outlines()
        packed = pack(outlines)
        self.doors.step(self.time, dt, *packed, len(self.names))
        if self.lifts.all and self._carry(dt, before, outlines):
            packed = pack(self._outlines())
        contacts = self._check(before, *packed)
        self.batteries.step(dt, self.bases.state)
        poses = self.bases.poses()
        handled = self.loads.step(dt, poses)
        for handling in handled:
            if handling.code is LoadCode.NONE:
                self.dockings.note(poses[handling.robot])
        self.doors.serve(zip(poses, map(bool, self.loads.on_board), strict=True))
        return SimStep(self.time, contacts, handled)

    def _carry(self, dt: float, before: FloatArray, outlines: list[FloatArray]) -> bool:
        """Move the lifts, and the robots in them from floor to floor; tell whether one was carried."""
        carried = self.lifts.step(self.time, dt, outlines, self.bases.poses())
        for robot, pose in carried:
            self.bases.state[robot, :3] = before[robot] = pose
        return bool(carried)

    def _check(self, before: FloatArray, corners: FloatArray, counts: IntArray) -> list[Contact]:
        """Find contacts; a robot that touches something is set back to where it was, its wheels stall.

        corners, counts: of all robots, then of all that else moves.
        """
        others = self.doors.bodies() + self.lifts.bodies()
        if self.goods is not None:
            others.append(("goods", self.goods))
        if others:
            more = pack([body for _, body in others])
            corners, counts = np.concatenate((corners, more[0])), np.concatenate((counts, more[1]))
        names = self.names + [mover.name for mover in self.movers.all] + [name for name, _ in others]
        contacts = self.collisions.check(self.time, corners, counts, len(self.names), names)
        for i in np.flatnonzero(self.collisions.robot_separation <= 0.0):
            self.bases.stall(int(i), before[i])
        return contacts

    def _rows(self) -> FloatArray:
        return robot_rows(self.bases.state, self.types, [bool(load) for load in self.loads.on_board])

    def _outlines(self) -> list[FloatArray]:
        """Return the outlines of all robots, then of all people and forklifts."""
        return self._robot_outlines() + [mover.outline() for mover in self.movers.all]

    def _robot_outlines(self) -> list[FloatArray]:
        loaded = np.array([bool(load) for load in self.loads.on_board], dtype=np.int64)
        bodies = self._bodies[np.arange(len(loaded)), loaded]
        poses = self.bases.poses()
        turns = [((c, s), (-s, c)) for c, s in ((math.cos(p.theta), math.sin(p.theta)) for p in poses)]
        places = [((p.x, p.y),) for p in poses]
        return list(bodies @ np.array(turns).reshape(-1, 2, 2) + np.array(places).reshape(-1, 1, 2))

    # --- robots

    def index(self, robot: str) -> int:
        """Return the number of a robot, or raise robot.not_found."""
        if robot not in self.names:
            raise AmrError("robot.not_found", robot=robot)
        return self.names.index(robot)

    def pose(self, robot: int) -> Pose2D:
        """Return the true pose of base_link in the map frame."""
        return self.bases.pose(robot)

    def located(self) -> FloatArray:
        """Return x, y (m) of all robots (R, 2) to judge estimates by; NaN in a cabin, where the level may be either."""
        places = self.bases.state[:, :2].copy()
        if self.lifts.all:
            inside = [self.lifts.inside(self.pose(i)) for i in range(len(self.names))]
            places[np.array(inside, dtype=np.bool_)] = np.nan
        return places

    def command(self, robot: int, v: float, w: float) -> None:
        """Give a velocity command in base_link, m/s and rad/s."""
        self.bases.command(robot, v, w, self.time)

    def handle_load(self, robot: int, operation: int, load_id: str) -> Handling:
        """Start HandleLoad; see Loads.start."""
        return self.loads.start(robot, operation, load_id, self.pose(robot), float(self.bases.state[robot, 3]))

    def scan(self) -> RangeArray:
        """Return the ranges (2 R, beams) of all lidars in metres; row 2 r + k is lidar k of robot r."""
        polygons = self._robot_outlines()
        owners = list(range(len(polygons)))
        circles = []
        for mover in self.movers.all:
            if mover.kind == "person":
                circles.append((mover.x, mover.y, PERSON_RADIUS))
            else:
                polygons.append(mover.outline())
                owners.append(-1)
        for body in self.doors.seen() + self.lifts.seen() + ([] if self.goods is None else [self.goods]):
            polygons.append(body)
            owners.append(-1)
        bodies = Bodies(
            *pack(polygons), np.array(owners, dtype=np.int64), np.array(circles, dtype=float).reshape(-1, 3)
        )
        return self.lidars.scan(self.bases.state[:, :3], bodies)

    def camera(self, robot: int) -> Image:
        """Return the mono8 picture of the robot's camera."""
        return self._camera.render(self.types[robot].camera, self.pose(robot))

    def depth(self, robot: int, moving: Sequence[GreySolid] | None = None) -> DepthImage:
        """Return the picture (m, NaN = none) of the robot's depth camera. moving: moving_solids(), when at hand."""
        solids = self.moving_solids() if moving is None else moving
        others = [solid for solid in solids if solid.owner != self.names[robot]]
        return self._depth.render(self.types[robot].depth_camera, self.pose(robot), others)

    def moving_solids(self) -> list[GreySolid]:
        """Return people, forklifts and robots as solids."""
        solids = [solid for mover in self.movers.all for solid in mover_solids(mover)]
        for i, kind in enumerate(self.types):
            solids += robot_solids(kind, self.pose(i), self.loads.on_board[i], self.names[i])
        if self.goods is not None:
            solids.append(goods_solid(self.goods))
        return solids

    # --- faults

    def stop_robot(self, robot: int, *, stopped: bool = True) -> None:
        """Press (or release) the emergency stop of a robot."""
        self._stopped[robot] = stopped

    def teleport(self, robot: int, pose: Pose2D) -> None:
        """Put a robot elsewhere, as people do by hand: its odometry does not notice."""
        self.bases.put(robot, pose)

    def add_person(self, x: float, y: float) -> MovingActor:
        """Let a person stand at a point of the map frame until a robot has waited for long enough."""
        self.movers.add_person(f"person_added_{len(self.movers.all)}", x, y)
        return self.movers.all[-1]

    def dust(self, range_factor: float) -> None:
        """Shorten the range of all lidars: 1 is clear air."""
        self.lidars.range_factor = float(np.clip(range_factor, 0.0, 1.0))

    def lidar_off(self, robot: int, lidar: int, *, off: bool = True) -> None:
        """Blind (or restore) a lidar: it reports no echo at all."""
        self.lidars.off[2 * robot + lidar] = off

    def veil(self, robot: int, *, veiled: bool = True) -> None:
        """Hang film over both lidars of a robot (or take it off)."""
        self.lidars.veiled[2 * robot : 2 * robot + 2] = veiled
