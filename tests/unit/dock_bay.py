"""A robot before a dock, without lidars: pictures, odometry and commands come late, and a picture may be wrong."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from amr_core.geometry import Pose2D, Twist2D, compose, distance, inverse, relative
from amr_core.robots import FORK_ROBOT
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.control.limits import limits_of
from amr_navigation.costmap.body import body_of
from amr_navigation.docking.database import Dock, DockKind, straight_behind
from amr_navigation.docking.dock import DockRobot
from amr_navigation.motion import STOP, DockDetection, MotionOutcome, MotionView

DT = 0.01
DOCK = Pose2D(0.0, 0.0, 0.0)
START = Pose2D(-2.0, 0.15, 0.1)
EMPTY = np.empty((0, 2))
ROBOT = FORK_ROBOT
Spoil = Callable[["Bay", list[float]], list[float]]


class DockEnd(NamedTuple):
    """How a docking ended: by the truth, once the robot stands, off the dock as it is then (m, degrees)."""

    outcome: MotionOutcome | None
    retries: int
    off: float
    turned: float


@dataclass
class Bay:
    """One docking. rate: pictures a second; late: s until a picture is told, odometry is, a command is obeyed; step: s
    between two steps of the navigation; spoil: changes what a picture says (x, y, heading); slip: what
    the localisation is off by, jitter (m, m, rad): how much more by chance,
    another time every located seconds; furthest: how far along the dock's line (m) the robot ever was;
    held: whether the collision monitor lets nothing but backwards; blockers: all that it said was in its way;
    charging: whether the battery tells of current, without: as it flows."""

    rate: float = 10.0
    pictures_late: float = 0.0
    odometry_late: float = 0.0
    commands_late: float = 0.0
    step: float = 0.05
    spoil: Spoil | None = None
    held: Callable[[Bay], bool] = lambda _: False
    charging: Callable[[Bay], bool] = lambda bay: distance(bay.pose, bay.dock) < 0.05
    kind: DockKind = "station"
    seed: int = 0
    pose: Pose2D = START
    dock: Pose2D = DOCK
    now: float = 0.0
    twist: Twist2D = STOP
    odom: Pose2D = DOCK
    slip: Pose2D = DOCK
    jitter: tuple[float, float, float] = (0.004, 0.004, 0.002)
    located: float = 0.0
    furthest: float = -math.inf
    blockers: set[str] = field(default_factory=set)
    drawn: tuple[float, Pose2D] = (-math.inf, DOCK)
    told: deque[tuple[float, Pose2D]] = field(default_factory=lambda: deque(maxlen=200))
    pictures: list[tuple[float, list[float]]] = field(default_factory=list)

    def run(self, seconds: float = 120.0) -> DockEnd:
        """Dock; return how it ended a second and a half later."""
        self.rng = np.random.default_rng(self.seed)
        motion = DockRobot(Dock("d", DOCK, straight_behind(DOCK), self.kind), stage=False)
        limits, last, outcome, ended = limits_of(ROBOT), STOP, None, math.inf
        commands: deque[tuple[float, Twist2D]] = deque([(-9.0, STOP)], maxlen=100)
        shot = stepped = -9.0
        for tick in range(round(seconds / DT)):
            self.now = tick * DT
            self._move(next(c for stamp, c in reversed(commands) if stamp + self.commands_late <= self.now + 1e-9))
            if motion.looking and self.now - shot > 1.0 / self.rate - 1e-9:
                shot = self.now
                self._look()
            if self.now - stepped > self.step - 1e-9:
                stepped, wanted = self.now, STOP
                if outcome is None:
                    wanted, outcome = motion.step(self.view(last, limits))
                    ended = math.inf if outcome is None else self.now
                last = wanted if outcome is None else limits.towards(last, STOP, self.step)
                last = STOP if last.v >= 0.0 and self.held(self) else last
                self.blockers.add(motion.blocked)
                commands.append((self.now, last))
            if self.now > ended + 1.5:
                break
        off = relative(self.dock, self.pose)
        return DockEnd(outcome, motion.retries, math.hypot(off.x, off.y), abs(math.degrees(off.theta)))

    def _move(self, command: Twist2D) -> None:
        dv, dw = 1.2 * ROBOT.deceleration * DT, 1.2 * ROBOT.turn_acceleration * DT
        v = min(max(command.v, self.twist.v - dv), self.twist.v + dv)
        w = min(max(command.w, self.twist.w - dw), self.twist.w + dw)
        self.twist = Twist2D(v, w)
        self.pose = compose(self.pose, Pose2D(v * DT, 0.5 * v * w * DT**2, w * DT))
        self.furthest = max(self.furthest, self.pose.x)
        self.odom = compose(self.odom, Pose2D(1.01 * v * DT, 0.5 * v * w * DT**2, 1.01 * w * DT))
        self.told.append((self.now, self.odom))

    def _look(self) -> None:
        seen = relative(self.pose, compose(self.dock, Pose2D(MARKER_AHEAD, 0.0, 0.0)))
        way = seen.x - ROBOT.camera.x
        noise = self.rng.normal(0.0, 1.0, 3) * (0.001 + 0.001 * way**2, 0.0005 + 0.001 * way, 0.005 * way**2)
        said = [float(s + n) for s, n in zip(seen, noise, strict=True)]
        self.pictures.append((self.now, said if self.spoil is None else self.spoil(self, said)))

    def view(self, last: Twist2D, limits: Any) -> MotionView:
        """Return what the navigation knows now."""
        heard = [(stamp, odom) for stamp, odom in self.told if stamp + self.odometry_late <= self.now + 1e-9]
        stamp, odom = heard[-1] if heard else self.told[0]
        come = [p for p in self.pictures if p[0] + self.pictures_late <= self.now + 1e-9 and p[0] <= stamp + 1e-9]
        self.pictures = [p for p in self.pictures if p not in come]
        bases = dict(self.told)
        if self.now - self.drawn[0] >= self.located - 1e-9:
            self.drawn = self.now, Pose2D(*(self.rng.normal(0.0, 1.0, 3) * self.jitter).tolist())
        map_odom = compose(compose(compose(self.slip, self.pose), self.drawn[1]), inverse(self.odom))
        return MotionView(
            now=self.now, dt=self.step, pose=compose(map_odom, odom), odom=odom, odom_stamp=stamp, last=last,
            limits=limits, body=body_of(ROBOT), cloud=EMPTY, unmapped=EMPTY, fresh=True, tracks=(), score=0.9,
            charging=self.charging(self),
            detections=[DockDetection(at, x, y, heading, bases[at]) for at, (x, y, heading) in come],
            planner=None, obstacles=None,  # type: ignore[arg-type]  # a docking that does not stage plans nothing
        )  # fmt: skip


def once_near(near: float, wrong: tuple[float, float, float]) -> Spoil:
    """Spoil the first picture nearer than near (m) to the dock by so much (m, m, rad)."""
    spoilt: list[bool] = []

    def spoil(bay: Bay, said: list[float]) -> list[float]:
        if spoilt or bay.pose.x < -near:
            return said
        spoilt.append(True)
        return [s + w for s, w in zip(said, wrong, strict=True)]

    return spoil


def bump_near(near: float, dock: Pose2D) -> Spoil:
    """Let somebody push the dock to another place as soon as the robot is nearer than near (m)."""

    def spoil(bay: Bay, said: list[float]) -> list[float]:
        if bay.pose.x >= -near:
            bay.dock = dock
        return said

    return spoil
