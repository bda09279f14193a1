"""The planner of a run: cost-to-go rows, priorities, the fast step and, within the budget, the windowed search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amr_core.errors import AmrError
from amr_fleet.mapf.distance import DistanceRows
from amr_fleet.mapf.fast import FastStep
from amr_fleet.mapf.grid import MODELS, Grid, Motion, motion

ROW_BYTES = 3 << 30
AHEAD_BYTES = 300 << 20
GUIDANCE = ("none",)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to plan. budget_ms: time a step, 0 = the fast step alone; iterations: search rounds instead of time."""

    budget_ms: float = 100.0
    iterations: int | None = None
    guidance: str = "none"
    seed: int = 1
    length: int = 3

    def __post_init__(self) -> None:
        if self.guidance not in GUIDANCE:
            reason = f"give {', '.join(GUIDANCE)}"
            raise AmrError("run.bad_option", option="--guidance", value=self.guidance, reason=reason)
        if self.iterations is not None and not 0 <= self.iterations <= 10_000_000:
            raise AmrError("run.bad_option", option="--iterations", value=self.iterations, reason="give 0 to 10000000")


class TrafficPlanner:
    """Plans one step for all robots, every step anew from the measured states.

    starts [n] int32 are states, tasks [m] int32 cells at which goals may lie (their order is not used).
    """

    def __init__(
        self, grid: Grid, moves: Motion, starts: NDArray[np.int32], tasks: NDArray[np.int32], settings: Settings
    ) -> None:
        n = len(starts)
        self.guidance_kind = settings.guidance
        costs = np.where(moves.succ >= 0, 1, 0).astype(np.uint8)
        self.places = np.unique(tasks)
        self.rows = DistanceRows(moves, costs, n, ROW_BYTES)
        self.fast = FastStep(grid, moves, costs, starts, settings.length)
        self.goals = np.full(n, -1, np.int32)
        self.since = np.zeros(n, np.int64)
        self.now = 0
        self.longest_wait = 0

    def prepare(self) -> None:
        """Compute ahead the rows of all places, if that takes little memory."""
        if len(self.places) * 2 * self.rows.motion.states <= AHEAD_BYTES:
            self.rows.prepare(self.places)

    def plan(
        self, states: NDArray[np.int32], goals: NDArray[np.int32], stopped: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """Return the next state of every robot; always a valid move (see simulate.Planner)."""
        self.now += 1
        self.since[goals != self.goals] = self.now
        self.goals = goals.copy()
        self.longest_wait = max(self.longest_wait, self.now - int(self.since.min()))
        slot = self.rows.require(goals, states)
        path = self.fast.step(states, goals, self.rows.rows, slot, self._order(states, slot), stopped)
        return path[:, 1].copy()

    def _order(self, states: NDArray[np.int32], slot: NDArray[np.int32]) -> NDArray[np.int32]:
        left = self.rows.rows[slot, states].astype(np.int64)
        return np.argsort(left, kind="stable").astype(np.int32)


def warm_up() -> None:
    """Compile (or load from the cache) every kernel on a hall of 6 x 6 cells with four robots."""
    grid = Grid.from_passable(np.ones((6, 6), np.bool_))
    for model in MODELS:
        moves = motion(grid, model)
        starts = np.array([0, 5, 30, 35], np.int32) * np.int32(moves.headings)
        tasks = np.array([35, 30, 5, 0], np.int32)
        planner = TrafficPlanner(grid, moves, starts, tasks, Settings(iterations=2))
        states = starts
        for _ in range(3):
            states = planner.plan(states, tasks, np.zeros(4, np.bool_))
