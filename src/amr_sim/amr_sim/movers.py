"""Simulated people and manned forklifts: they follow closed routes and keep the rules of the road.

A mover waits when a robot or another mover is in its path, walks around it after a while, turns back when there is no
way around, and leaves a robot's way when it has stood there too long. So it never blocks a robot for ever and never
walks into one; a robot that drives into a mover does so by its own fault.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, rectangle, transform, wrap_angle
from amr_core.site import Actor as MoverSpec
from amr_core.site import Point
from amr_sim.mover_paths import CELL, HALF, SIDE, BoolGrid, next_leg, shortest, window
from amr_sim.mover_rules import (
    DANGER,
    FOOTPRINT,
    MOVER_GAP,
    YIELD_LOOK,
    body_gap,
    in_the_way,
    may_back_off,
    may_move,
    may_turn,
    mover_gap,
    robot_gap,
)
from amr_sim.polygon import octagon
from amr_sim.world import RESOLUTION, Slice

PERSON_RADIUS = 0.2  # m; chosen: shoulders are some 0.4 m wide
FORKLIFT_FRONT, FORKLIFT_HALF_WIDTH = 1.2, 0.55  # m from its middle, to the front as to the rear; chosen: 2.4 x 1.1 m
PATIENCE = 3.0  # s that somebody who is held up waits before looking for another way, up to 1 s more by chance; chosen
STAND_LIMIT = 4.0  # s in a robot's way until a mover steps aside; chosen just above PATIENCE
WALKED_FREE = 1.5  # s of walking after which earlier tries are forgotten; chosen
MAX_TRIES = 1
GIVE_UP_TRIES = 15
STEP_ASIDE_SECONDS = 6.0  # chosen: twice PATIENCE, so that a robot passes first; longer keeps walkers off their routes
BACK_OFF = (2.5, -2.5, 1.2, -1.2, 0.6, -0.6, 0.3, -0.3)  # m, the first of equals is taken
SAMPLE = 0.5  # m between points of the route; chosen: a step
LOOK_AHEAD = 14.0  # m of the route in which a detour may end; chosen: its window is 8 m to each side
MOST_GOALS = 8


@dataclass(frozen=True)
class ActorKind:
    """What a kind of mover needs: radius of its disc, room to walls (m), limits (m/s^2, rad/s)."""

    radius: float
    room: float
    acceleration: float
    braking: float
    turn_rate: float


KINDS = {
    "person": ActorKind(PERSON_RADIUS, 0.3, math.inf, math.inf, math.inf),
    "forklift": ActorKind(math.hypot(FORKLIFT_FRONT, FORKLIFT_HALF_WIDTH), 0.75, 1.0, 2.0, 1.2),
}


@dataclass
class MovingActor:
    """One mover: where it is, which waypoint it heads for and how long it has been held up."""

    name: str
    kind: str
    route: list[Point]
    speed: float
    yields: bool
    pause: float
    x: float
    y: float
    patience: float
    theta: float = 0.0
    v: float = 0.0
    leg: int = 0
    direction: int = 1
    plan: list[Point] = field(default_factory=list)
    resting: float = 0.0
    waited: float = 0.0
    in_way: float = 0.0
    walked: float = 0.0
    tries: int = 0
    away: bool = False
    backing: bool = False

    @property
    def body(self) -> ActorKind:
        """The mover's body and manners."""
        return KINDS[self.kind]

    def outline(self) -> FloatArray:
        """Return the convex outline (N, 2) in the map frame."""
        if self.kind == "person":
            return octagon(self.x, self.y, PERSON_RADIUS)
        return transform(
            rectangle(FORKLIFT_FRONT, FORKLIFT_FRONT, FORKLIFT_HALF_WIDTH), Pose2D(self.x, self.y, self.theta)
        )


class MovingActors:
    """All movers of a site."""

    def __init__(self, specs: Sequence[MoverSpec], static: Slice, seed: int, robots: FloatArray) -> None:
        self._clearance = static.clearance()
        self._origin = static.origin
        self._rng = np.random.default_rng((seed, 3))
        self.all: list[MovingActor] = []
        for spec in specs:
            self._add_on_route(spec, robots)

    def add_person(self, name: str, x: float, y: float) -> None:
        """Put a person down who stands there and leaves only when a robot has waited for long enough."""
        self.all.append(MovingActor(name, "person", [(x, y)], 1.0, True, 0.0, x, y, PATIENCE))

    def add(self, spec: MoverSpec, pose: Pose2D) -> None:
        """Let a mover go on from where it stands: along its route, or back to it first."""
        mover = self._of(spec)
        mover.x, mover.y, mover.theta = pose
        mover.leg, mover.away = next_leg(spec.route, pose.x, pose.y)
        mover.resting = 1e-9 if mover.away else 0.0
        self.all.append(mover)

    def remove(self, name: str) -> None:
        """Take a mover away."""
        self.all = [mover for mover in self.all if mover.name != name]

    def step(self, dt: float, robots: FloatArray) -> None:
        """Move all movers over dt; robots (R, 13) as in mover_rules."""
        everybody = self._discs()
        nobody = everybody[:0]
        for index, mover in enumerate(self.all):
            # people and drivers who are stuck with each other sort that out between them: here they pass through
            discs = nobody if mover.tries > MAX_TRIES else everybody
            held = self._walk(mover, index, dt, robots, discs)
            everybody[index, :2] = mover.x, mover.y
            self._count(mover, dt, robots, held=held)
            if mover.tries > GIVE_UP_TRIES:
                self._start_again(mover, index, robots, everybody)
            if mover.in_way > STAND_LIMIT:
                mover.in_way, mover.tries = 0.0, mover.tries + 1
                self._step_aside(mover, index, robots, discs)
            elif mover.waited > mover.patience:
                mover.waited, mover.tries = 0.0, mover.tries + 1
                self._go_around(mover, index, robots, discs)

    @staticmethod
    def _count(mover: MovingActor, dt: float, robots: FloatArray, *, held: bool) -> None:
        """Keep the times that the mover has been held up, has walked and has stood in a robot's way."""
        standing = mover.v == 0.0
        in_way = standing and in_the_way(mover.x, mover.y, mover.body.radius, robots)
        mover.waited = mover.waited + dt if held else 0.0
        mover.in_way = mover.in_way + dt if in_way else 0.0
        mover.walked = 0.0 if standing else mover.walked + dt
        if mover.walked > WALKED_FREE:
            mover.tries = 0

    # --- walking

    def _walk(self, mover: MovingActor, index: int, dt: float, robots: FloatArray, discs: FloatArray) -> bool:
        """Advance along plan or route; return whether the mover is held up."""
        if mover.resting > 0.0:
            mover.resting -= dt
            mover.v = 0.0
            if mover.resting <= 0.0 and mover.away:
                mover.away = False
                self._rejoin(mover, index, robots, discs)
            return False
        goal = mover.plan[0] if mover.plan else mover.route[mover.leg]
        dx, dy = goal[0] - mover.x, goal[1] - mover.y
        away = math.hypot(dx, dy)
        if away < 1e-6:
            self._arrive(mover)
            return False
        heading = self._heading(mover, math.atan2(dy, dx), dt)
        speed = self._speed(mover, heading, math.atan2(dy, dx), dt)
        step = min(away, speed * dt)
        x, y = mover.x + dx / away * step, mover.y + dy / away * step
        if not self._may_go(mover, index, (x, y, heading), away, speed, robots, discs):
            mover.v = 0.0
            return True
        mover.x, mover.y, mover.theta, mover.v = x, y, heading, speed
        if step >= away:
            self._arrive(mover)
        return False

    @staticmethod
    def _may_go(
        mover: MovingActor,
        index: int,
        to: tuple[float, float, float],
        away: float,
        speed: float,
        robots: FloatArray,
        discs: FloatArray,
    ) -> bool:
        """Return whether the rules allow the step to a pose, on the way to a goal that is away metres off."""
        x, y, heading = to
        goal = mover.plan[0] if mover.plan else mover.route[mover.leg]
        ux, uy = (goal[0] - mover.x) / away, (goal[1] - mover.y) / away
        brake = speed * speed / (2 * mover.body.braking)
        if mover.backing:
            way = math.copysign(brake + 0.1, ux * math.cos(heading) + uy * math.sin(heading))
            return may_back_off(mover.x, mover.y, heading, way, robots)
        if mover.kind == "forklift" and not may_turn(mover.x, mover.y, mover.theta, x, y, heading, robots):
            return False
        # no farther than the next corner: a robot that stands behind it is in nobody's way
        look = min(YIELD_LOOK + brake, away) if mover.yields and not mover.away else 0.0
        ahead = max(math.hypot(x - mover.x, y - mover.y), 0.01)
        return may_move(mover.x, mover.y, ux, uy, ahead, brake, look, mover.body.radius, robots, discs, index)

    @staticmethod
    def _heading(mover: MovingActor, wanted: float, dt: float) -> float:
        error = wrap_angle(wanted - mover.theta)
        if mover.kind == "forklift" and abs(error) > math.pi / 2:
            error = wrap_angle(error + math.pi)  # it drives as well in reverse
        limit = mover.body.turn_rate * dt
        return wrap_angle(mover.theta + max(-limit, min(limit, error)))

    @staticmethod
    def _speed(mover: MovingActor, heading: float, wanted: float, dt: float) -> float:
        aligned = abs(math.cos(heading - wanted))
        top = mover.speed if aligned > 0.9 else 0.0
        return min(top, mover.v + mover.body.acceleration * dt)

    @staticmethod
    def _arrive(mover: MovingActor) -> None:
        if mover.plan:
            mover.plan.pop(0)
            mover.backing = False
            if not mover.plan and mover.away:
                mover.resting = STEP_ASIDE_SECONDS
            if not mover.plan and len(mover.route) == 1:
                mover.route, mover.resting, mover.away = [(mover.x, mover.y)], math.inf, False
            return
        mover.resting = mover.pause
        mover.leg = (mover.leg + mover.direction) % len(mover.route)
        if len(mover.route) == 1:
            mover.resting = math.inf  # a person who just stands there

    # --- what to do when held up

    def _go_around(self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray) -> None:
        mover.backing = False
        if mover.kind == "forklift" and mover.tries % 2 == 0 and self._back_off(mover, index, robots, discs):
            return
        if len(mover.route) < 2 or mover.away:
            self._step_aside(mover, index, robots, discs)
        elif not self._detour(mover, index, robots, discs, behind_block=not mover.plan):
            self._turn_back(mover, index, robots, discs)

    def _turn_back(self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray) -> None:
        on_route = not mover.plan
        mover.direction = -mover.direction
        mover.leg = (mover.leg + mover.direction) % len(mover.route)
        if not on_route:
            self._rejoin(mover, index, robots, discs)

    def _back_off(self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray) -> bool:
        """Plan to drive straight away from what is close, without the turn that a long body has no room for."""
        c, s = math.cos(mover.theta), math.sin(mover.theta)
        best = body_gap(mover.x, mover.y, mover.theta, robots, FOOTPRINT) + 0.02
        goal: Point | None = None
        for way in BACK_OFF:
            x, y = mover.x + way * c, mover.y + way * s
            gap = body_gap(x, y, mover.theta, robots, FOOTPRINT)
            free = mover_gap(x, y, mover.body.radius, discs, index) > MOVER_GAP and self._room_ahead(mover, way)
            if free and gap > best and may_back_off(mover.x, mover.y, mover.theta, way, robots):
                best, goal = gap, (x, y)
        if goal is None:
            return False
        mover.plan, mover.away, mover.backing, mover.resting = [goal], True, True, 0.0
        return True

    def _room_ahead(self, mover: MovingActor, way: float) -> bool:
        """Return whether the static world leaves room for the body on a straight way (m, negative: in reverse)."""
        steps = np.linspace(0.0, way + math.copysign(FORKLIFT_FRONT, way), 12)[1:]
        columns = ((mover.x + steps * math.cos(mover.theta) - self._origin[0]) / RESOLUTION).astype(int)
        rows = ((mover.y + steps * math.sin(mover.theta) - self._origin[1]) / RESOLUTION).astype(int)
        height, width = self._clearance.shape
        if rows.min() < 0 or columns.min() < 0 or rows.max() >= height or columns.max() >= width:
            return False
        return bool(np.all(self._clearance[rows, columns] >= FORKLIFT_HALF_WIDTH))

    def _rejoin(self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray) -> None:
        mover.plan = []
        if not self._detour(mover, index, robots, discs, behind_block=False):
            mover.away = True  # nowhere to go yet: try again after another rest
            mover.resting = PATIENCE

    def _step_aside(self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray) -> None:
        mover.backing = False
        if mover.kind == "forklift" and mover.tries % 2 == 0 and self._back_off(mover, index, robots, discs):
            return
        blocked, aside = self._window(mover, index, robots, discs)
        way = shortest(blocked, aside)
        if len(way):
            mover.plan = _points(mover, way)
            mover.away, mover.resting = True, 0.0
        elif len(mover.route) > 1 and not mover.plan:
            mover.resting = 0.0
            self._turn_back(mover, index, robots, discs)

    def _detour(
        self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray, *, behind_block: bool
    ) -> bool:
        """Plan a way back to the route, behind_block: only to where it goes on behind what blocks it."""
        blocked, _ = self._window(mover, index, robots, discs)
        goals = np.zeros((SIDE, SIDE), dtype=np.bool_)
        leg_at: dict[tuple[int, int], int] = {}
        passed = not behind_block
        for x, y, leg in self._route_ahead(mover):
            i, j = HALF + round((y - mover.y) / CELL), HALF + round((x - mover.x) / CELL)
            if not (0 <= i < SIDE and 0 <= j < SIDE):
                break
            passed = passed or bool(blocked[i, j])
            if passed and not blocked[i, j]:
                goals[i, j] = True
                leg_at.setdefault((i, j), leg)
            if len(leg_at) == MOST_GOALS:
                break
        if not passed:
            return True  # the way is free again
        way = shortest(blocked, goals)
        if not len(way):
            return False
        mover.plan = _points(mover, way)
        mover.leg = leg_at[(int(way[-1, 0]), int(way[-1, 1]))]
        return True

    @staticmethod
    def _route_ahead(mover: MovingActor) -> list[tuple[float, float, int]]:
        """Return points (x, y, next waypoint) every SAMPLE metres along the route ahead."""
        points: list[tuple[float, float, int]] = []
        count = len(mover.route)
        leg = mover.leg
        ax, ay = mover.route[(leg - mover.direction) % count] if mover.plan else (mover.x, mover.y)
        while len(points) * SAMPLE < LOOK_AHEAD:
            bx, by = mover.route[leg]
            steps = max(1, math.ceil(math.hypot(bx - ax, by - ay) / SAMPLE))
            points += [(ax + (bx - ax) * k / steps, ay + (by - ay) * k / steps, leg) for k in range(1, steps + 1)]
            ax, ay, leg = bx, by, (leg + mover.direction) % count
        return points

    def _window(
        self, mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray
    ) -> tuple[BoolGrid, BoolGrid]:
        body = mover.body
        x0, y0 = self._origin
        clearance = self._clearance
        return window(mover.x, mover.y, body.radius, body.room, clearance, x0, y0, RESOLUTION, robots, discs, index)

    @staticmethod
    def _start_again(mover: MovingActor, index: int, robots: FloatArray, discs: FloatArray) -> None:
        """Put a mover that has been wedged in for a minute to a waypoint far from everybody: nobody blocks for ever."""
        for leg, (x, y) in enumerate(mover.route):
            radius = mover.body.radius
            alone = mover_gap(x, y, radius, discs, index) > 1.0
            if alone and robot_gap(x, y, radius, robots, DANGER) > 3.0:
                mover.x, mover.y, mover.leg, mover.v = x, y, leg, 0.0
                mover.plan, mover.away, mover.backing = [], False, False
                mover.resting, mover.waited, mover.tries = 1.0, 0.0, 0
                return

    # --- setting up

    def _discs(self) -> FloatArray:
        rows = [(mover.x, mover.y, mover.body.radius, float(index)) for index, mover in enumerate(self.all)]
        return np.array(rows, dtype=float).reshape(-1, 4)

    def _of(self, spec: MoverSpec) -> MovingActor:
        patience = PATIENCE + float(self._rng.uniform(0.0, 1.0))
        return MovingActor(
            spec.id, spec.kind, list(spec.route), spec.speed, spec.yields, spec.pause, 0.0, 0.0, patience
        )

    def _add_on_route(self, spec: MoverSpec, robots: FloatArray) -> None:
        """Set a mover down at a seeded point of its route, clear of robots and of the others."""
        mover = self._of(spec)
        discs = self._discs()
        for _ in range(30):
            mover.leg = int(self._rng.integers(len(mover.route)))
            (ax, ay), (bx, by) = mover.route[mover.leg - 1], mover.route[mover.leg]
            u = float(self._rng.uniform())
            mover.x, mover.y, mover.theta = ax + u * (bx - ax), ay + u * (by - ay), math.atan2(by - ay, bx - ax)
            near = mover_gap(mover.x, mover.y, mover.body.radius, discs, -1)
            gap = robot_gap(mover.x, mover.y, mover.body.radius, robots, FOOTPRINT)
            if gap > 1.0 and near > 1.0:
                break
        self.all.append(mover)


def _points(mover: MovingActor, way: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[Point]:
    return [(mover.x + (int(j) - HALF) * CELL, mover.y + (int(i) - HALF) * CELL) for i, j in way]
