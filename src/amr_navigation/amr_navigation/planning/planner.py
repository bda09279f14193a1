"""The global planner: one instance per process and site, shared by its robots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.planning.heuristic import block, coarse_costs, cost_to_go
from amr_navigation.planning.lattice import clear, search, straight_free, turn_free
from amr_navigation.planning.smoothing import Checks, sample, shortcut, vertices

START_OUTSIDE_MAP, GOAL_OUTSIDE_MAP, START_OCCUPIED, GOAL_OCCUPIED = 203, 204, 205, 206
TIMEOUT, NO_VALID_PATH = 207, 208

START_GRACE = 0.06  # m off the body itself: a cell of the map and the noise of a lidar may lie within its outline
NOTHING = np.full((1, 1), 9.0, dtype=np.float32)


@dataclass(frozen=True)
class Plan:
    """Body poses (N x 3, map frame) from start to goal; error_code is Nav2's (0 = NONE) and poses is empty on error."""

    poses: FloatArray
    error_code: int = 0

    @property
    def length(self) -> float:
        """Length in metres."""
        steps = np.diff(self.poses[:, :2], axis=0)
        return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def failed(code: int) -> Plan:
    """Return an empty plan with a Nav2 error code."""
    return Plan(np.empty((0, 3)), code)


class GlobalPlanner:
    """Plans for a rectangular body on the static map, optionally around local obstacles."""

    def __init__(
        self, grid: DistanceGrid, *, margin: float = 0.1, room: float = 0.3, max_expansions: int = 60000
    ) -> None:
        """margin and room (m): what stays free around the body always, and wherever the way is wide enough."""
        self._grid = grid
        self._meta = (grid.resolution, grid.origin_x, grid.origin_y)
        self._margin = margin
        self._margins = (room, 0.5 * (room + margin), margin)
        self._limit = max_expansions
        self._factor = max(1, round(0.2 / grid.resolution))
        self._coarse: dict[float, np.ndarray] = {}

    @property
    def grid(self) -> DistanceGrid:
        """The map that is planned on: walls and keep-out areas."""
        return self._grid

    def plan(self, start: Pose2D, goal: Pose2D, body: Body, local: DistanceGrid | None = None) -> Plan:
        """Plan from start to goal; see Plan for errors. local holds obstacles that the map does not know."""
        if not self._grid.contains(start.x, start.y):
            return failed(START_OUTSIDE_MAP)
        if not self._grid.contains(goal.x, goal.y):
            return failed(GOAL_OUTSIDE_MAP)
        world = self._world(local, start, goal, (0.0, 0.0))
        if not clear(*world, *goal, tuple(body)):
            return failed(GOAL_OCCUPIED)
        bodies = [tuple(body.grown(margin)) for margin in self._margins]
        ease_start = self._ease(world, start, body)
        if ease_start is None:
            return failed(START_OCCUPIED)
        eases = (ease_start, 0.0 if clear(*world, *goal, bodies[-1]) else self._margin)
        return self._search(start, goal, body, bodies, self._world(local, start, goal, eases))

    def _ease(self, world: tuple[object, ...], start: Pose2D, body: Body) -> float | None:
        """Return how much of the margin and of the body (m) must be left off for the start to be free; None = never."""
        for ease in (0.0, 0.5 * self._margin, self._margin, self._margin + START_GRACE):
            if clear(*world, *start, tuple(body.grown(self._margin - ease))):
                return ease
        return None

    def _world(
        self, local: DistanceGrid | None, start: Pose2D, goal: Pose2D, eases: tuple[float, float]
    ) -> tuple[object, ...]:
        meta = (*self._meta, start.x, start.y, goal.x, goal.y, *eases)
        if local is None:
            return self._grid.sdf, meta, NOTHING, (1.0, 0.0, 0.0)
        return self._grid.sdf, meta, local.sdf, (local.resolution, local.origin_x, local.origin_y)

    def _search(
        self, start: Pose2D, goal: Pose2D, body: Body, bodies: list[tuple[float, ...]], world: tuple[object, ...]
    ) -> Plan:
        togo, cell = self._cost_to_go(start, goal, body, world)
        if togo is None:
            return failed(NO_VALID_PATH)
        wide, tight = bodies[0], bodies[-1]
        states, last, expanded = search(*world, togo, cell, tuple(start), tuple(goal), tight, wide, self._limit)
        if len(states) == 0:
            return failed(TIMEOUT if expanded >= self._limit else NO_VALID_PATH)
        checks = Checks(
            straight=lambda a, b, heading, rank: bool(straight_free(*world, a, b, heading, bodies[rank])),
            turn=lambda x, y, a, b: bool(turn_free(*world, x, y, a, b, tight)),
            ranks=len(bodies),
        )
        points = shortcut(vertices(states, start, goal, last), start, goal, checks)
        goal = Pose2D(goal.x, goal.y, wrap_angle(goal.theta))
        return Plan(sample(points, goal, checks))

    def _cost_to_go(
        self, start: Pose2D, goal: Pose2D, body: Body, world: tuple[object, ...]
    ) -> tuple[np.ndarray | None, float]:
        inscribed = min(body.left, body.right)
        res, ox, oy = self._meta
        cell = self._factor * res
        costs = self._coarse.get(inscribed)
        if costs is None:
            costs = self._coarse[inscribed] = coarse_costs(self._grid.sdf, res, self._factor, inscribed)
        if world[2] is not NOTHING:
            costs = costs.copy()
            block(costs, cell, ox, oy, world[2], world[3], 0.8 * inscribed)
        gr, gc = self._cell(goal, cell, costs.shape)
        sr, sc = self._cell(start, cell, costs.shape)
        togo = cost_to_go(costs, gr, gc, sr, sc, int(3.0 / cell * 10))
        return (None if togo[sr, sc] < 0 else togo), cell

    def _cell(self, pose: Pose2D, cell: float, shape: tuple[int, ...]) -> tuple[int, int]:
        row, col = int((pose.y - self._meta[2]) / cell), int((pose.x - self._meta[1]) / cell)
        return min(row, shape[0] - 1), min(col, shape[1] - 1)
