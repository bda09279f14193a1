"""A tiny world for the navigation tests: rectangles, ideal lidars with noise, a unicycle with drifting odometry."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, Twist2D, compose, distance, relative, transform, wrap_angle
from amr_core.robots import LIFT_AMR, RobotType
from amr_navigation.control.ahead import MovingObject
from amr_navigation.costmap.static_map import StaticMap, build_static_map
from amr_navigation.motion import DockDetection, Motion
from amr_navigation.navigator.engine import Navigator, Output
from amr_navigation.planning.planner import GlobalPlanner

RES = 0.05
Rect = tuple[float, float, float, float]
DT = 0.05


def aisle_world() -> tuple[list[Rect], tuple[float, float]]:
    """Two rack rows with 3 m aisles in a 40 x 20 m hall. Rectangles are (x0, y0, x1, y1)."""
    hall: list[Rect] = [(0, 0, 40, 0.2), (0, 19.8, 40, 20), (0, 0, 0.2, 20), (39.8, 0, 40, 20)]
    racks: list[Rect] = [(8, y, 30, y + 2) for y in (3.0, 8.0, 13.0)]
    racks += [(34, 4, 34.6, 4.6), (34, 12, 34.6, 12.6), (4, 10, 4.4, 10.4)]
    return hall + racks, (40.0, 20.0)


def occupancy(rects: list[Rect], size: tuple[float, float]) -> npt.NDArray[np.bool_]:
    occupied = np.zeros((round(size[1] / RES), round(size[0] / RES)), dtype=bool)
    for x0, y0, x1, y1 in rects:
        occupied[round(y0 / RES) : round(y1 / RES), round(x0 / RES) : round(x1 / RES)] = True
    return occupied


def static_map(rects: list[Rect], size: tuple[float, float]) -> StaticMap:
    return build_static_map(occupancy(rects, size), RES)


def cast(origin: tuple[float, float], angles: FloatArray, rects: list[Rect], reach: float) -> FloatArray:
    """Distance (m) along each angle to the nearest rectangle (slab method); reach when none."""
    boxes = np.array(rects)
    with np.errstate(divide="ignore", invalid="ignore"):
        ix, iy = 1.0 / np.cos(angles)[:, None], 1.0 / np.sin(angles)[:, None]
        tx0, tx1 = (boxes[:, 0] - origin[0]) * ix, (boxes[:, 2] - origin[0]) * ix
        ty0, ty1 = (boxes[:, 1] - origin[1]) * iy, (boxes[:, 3] - origin[1]) * iy
    near = np.maximum(np.minimum(tx0, tx1), np.minimum(ty0, ty1))
    far = np.minimum(np.maximum(tx0, tx1), np.maximum(ty0, ty1))
    hit = np.where((far >= near) & (far > 0.0), np.maximum(near, 0.0), reach)
    return np.minimum(hit.min(axis=1), reach)


class World:
    """One robot among rectangles; extra holds unmapped ones and may change while running."""

    def __init__(
        self, rects: list[Rect], size: tuple[float, float], start: Pose2D, robot: RobotType = LIFT_AMR
    ) -> None:
        self.robot = robot
        self.rects, self.extra = rects, list[Rect]()
        self.map = static_map(rects, size)
        self.nav = Navigator(robot, self.map, GlobalPlanner(self.map.driveable), seed=3)
        self.pose, self.odom, self.twist = start, Pose2D(0.0, 0.0, 0.0), Twist2D(0.0, 0.0)
        self.now, self.ticks = 0.0, 0
        self.rng = np.random.default_rng(7)
        self.tracks: tuple[MovingObject, ...] = ()
        self.dock_marker: Pose2D | None = None
        self.outputs: list[Output] = []
        self.trace: list[tuple[Pose2D, Twist2D, Pose2D]] = []
        self.nav.set_initial_pose(start)

    def run(self, motion: Motion | None, seconds: float, until: Callable[[], bool] | None = None) -> Output | None:
        """Run until motion has ended; return that output, or None when the time is over."""
        if motion is not None:
            self.nav.start(motion)
        for _ in range(round(seconds / DT)):
            out = self.tick()
            if motion is not None and out.ended is motion:
                return out
            if until is not None and until():
                return out
        return None

    def tick(self) -> Output:
        self._move()
        self.nav.add_odometry(self.now, self.odom, self.twist)
        if self.ticks % 2 == 0:
            self._scan()
            self._detect()
        self.nav.tracks = self.tracks
        out = self.nav.step(self.now)
        if out.command is not None:
            self.command = out.command
        estimate = self.nav.pose
        assert estimate is not None
        self.trace.append((self.pose, self.twist, estimate))
        self.now, self.ticks = self.now + DT, self.ticks + 1
        return out

    command = Twist2D(0.0, 0.0)

    def _move(self) -> None:
        r, c = self.robot, self.command
        dv, dw = 1.2 * r.deceleration * DT, 1.2 * r.turn_acceleration * DT
        v = min(max(c.v, self.twist.v - dv), self.twist.v + dv)
        w = min(max(c.w, self.twist.w - dw), self.twist.w + dw)
        self.twist = Twist2D(v, w)
        half = 0.5 * w * DT
        delta = Pose2D(v * DT * math.cos(half), v * DT * math.sin(half), w * DT)
        self.pose = compose(self.pose, delta)
        slip = 1.0 + self.rng.normal(0.01, 0.01)
        self.odom = compose(self.odom, Pose2D(delta.x * slip, delta.y, delta.theta * 1.01 + 0.0005 * abs(v) * DT))

    def _scan(self) -> None:
        for index, lidar in enumerate(self.robot.lidars):
            at = compose(self.pose, lidar.mount)
            half = 0.5 * lidar.field_of_view
            angles = np.linspace(-half, half, lidar.beams) + at.theta
            ranges = cast((at.x, at.y), angles, self.rects + self.extra, lidar.range_max)
            ranges = np.where(ranges < lidar.range_max, ranges + self.rng.normal(0.0, 0.01, len(ranges)), np.inf)
            self.nav.add_scan(index, self.now, ranges.astype(np.float32))

    def _detect(self) -> None:
        if self.dock_marker is None:
            return
        seen = relative(self.pose, self.dock_marker)
        if 0.8 < seen.x < 5.0 and abs(math.atan2(seen.y, seen.x)) < 0.5:
            noise = self.rng.normal(0.0, 1.0, 3) * (0.005, 0.004, 0.02)
            self.nav.add_detection(
                DockDetection(self.now, seen.x + noise[0], seen.y + noise[1], wrap_angle(seen.theta + noise[2]))
            )

    def errors(self) -> FloatArray:
        """Localisation errors so far (m)."""
        return np.array([distance(true, estimate) for true, _, estimate in self.trace])


def clearance(pose: Pose2D, rects: list[Rect], robot: RobotType = LIFT_AMR) -> float:
    """Return the distance (m) of the body's outline, sampled every 5 cm, to the rectangles; 0 when it touches one."""
    corners = robot.footprint()
    outline = np.concatenate([np.linspace(a, b, 28) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)])
    points = transform(outline, pose)
    best = math.inf
    for x0, y0, x1, y1 in rects:
        dx = np.maximum(np.maximum(x0 - points[:, 0], points[:, 0] - x1), 0.0)
        dy = np.maximum(np.maximum(y0 - points[:, 1], points[:, 1] - y1), 0.0)
        best = min(best, float(np.hypot(dx, dy).min()))
    return best


def polyline(*points: tuple[float, float], reverse: bool = False) -> FloatArray:
    """Return path poses every 0.1 m along points; headings point along, or against when reverse."""
    rows: list[tuple[float, float, float]] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        heading = math.atan2(y1 - y0, x1 - x0) + (math.pi if reverse else 0.0)
        count = max(1, round(math.hypot(x1 - x0, y1 - y0) / 0.1))
        rows += [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count, heading) for i in range(count + 1)]
    return np.array(rows)
