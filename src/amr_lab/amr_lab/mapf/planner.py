"""The planner of a run: cost-to-go rows, priorities, the fast step and, within the budget, the windowed search."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amr_core.errors import AmrError
from amr_lab.mapf.distance import DistanceRows
from amr_lab.mapf.fast import FastStep, GridScene
from amr_lab.mapf.grid import MODELS, Grid, GridMotion, motion
from amr_lab.mapf.guidance import BASE, costs_of, lanes
from amr_lab.mapf.lookahead import Limit, Lookahead

ROW_BYTES = 3 << 30
AHEAD_BYTES = 300 << 20
GUIDANCE = ("auto", "none", "lanes", "flow")
SEARCH_US = 20.0
"""Below this much time a robot and step (us) the window would not pay: the fast step alone is used."""
CLEARING = 13
"""Steps that a person is expected to hold a robot."""
# chosen: what a step does after the search, and one round that was begun; more is taken from the search
MARGIN_MS = 1.0
PATIENCE = 200
"""A robot that needs this many steps more than four times its way becomes urgent."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to plan. budget_ms: time a step, 0 = the fast step alone; iterations: search rounds instead of time."""

    budget_ms: float = 100.0
    iterations: int | None = None
    guidance: str = "none"
    seed: int = 1

    def __post_init__(self) -> None:
        if self.guidance not in GUIDANCE:
            reason = f"give {', '.join(GUIDANCE)}"
            raise AmrError("run.bad_option", option="--guidance", value=self.guidance, reason=reason)
        if self.iterations is not None and not 0 <= self.iterations <= 10_000_000:
            raise AmrError("run.bad_option", option="--iterations", value=self.iterations, reason="give 0 to 10000000")

    def searches(self, robots: int) -> bool:
        """Tell whether there is enough time for the windowed search."""
        if self.iterations is not None:
            return self.iterations > 0
        return 1000.0 * self.budget_ms >= SEARCH_US * robots and self.budget_ms > MARGIN_MS


def window_width(robots: int, cells: int) -> int:
    """Return how many actions the window holds: the fewer robots, the further ahead the same time and crowd allow."""
    if robots >= 0.45 * cells:
        return 5
    if robots >= 0.25 * cells:
        return 10
    for limit, width in ((120, 20), (250, 15), (1000, 12), (2500, 10)):
        if robots <= limit:
            return width
    return 8


class TrafficPlanner:
    """Plans one step for all robots, every step anew from the measured states.

    starts [n] int32 are states, costs [states, actions] uint8 the guided costs of actions.
    """

    def __init__(
        self,
        grid: Grid,
        moves: GridMotion,
        starts: NDArray[np.int32],
        costs: NDArray[np.uint8],
        settings: Settings,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        n = len(starts)
        self.settings, self._clock = settings, clock
        self.rows = DistanceRows(grid, moves, costs, n, ROW_BYTES)
        length = 3 if moves.model == "rotation" else 2
        self.fast: FastStep | None = None
        self.lookahead: Lookahead | None = None
        if settings.searches(n):
            width = window_width(n, grid.cells)
            self.lookahead = Lookahead(grid, moves, costs, starts, width, length, settings.seed)
        else:
            self.fast = FastStep(grid, moves, costs, starts, length)
        self.goals = np.full(n, -1, np.int32)
        self.since = np.zeros(n, np.int64)
        self.patience = np.zeros(n, np.int64)
        self.stood = np.zeros(n, np.int64)
        self.now = 0
        self.longest_wait = 0

    def prepare(self, states: NDArray[np.int32], goals: NDArray[np.int32], places: NDArray[np.int32]) -> None:
        """Compute the first rows ahead, and those of all places if that takes little memory."""
        if len(places) * 2 * self.rows.motion.states <= AHEAD_BYTES:
            self.rows.prepare(places)
        self.rows.require(goals, states)

    def plan(
        self, states: NDArray[np.int32], goals: NDArray[np.int32], stopped: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """Return the next state of every robot; always a valid move (see simulate.Planner)."""
        until = self._clock() + 1e-3 * (self.settings.budget_ms - MARGIN_MS)
        slot = self.rows.require(goals, states)
        left = self.rows.rows[slot, states].astype(np.int64)
        urgent = self._note_goals(goals, left)
        order = np.argsort(np.where(urgent, self.since - (1 << 40), left), kind="stable").astype(np.int32)
        scene = GridScene(states, goals, self.rows.rows, slot, order, self._holds(stopped))
        if self.fast is not None:
            return self.fast.step(scene)[:, 1].copy()
        assert self.lookahead is not None
        np.copyto(self.lookahead.weight, np.where(urgent, 4, 1))
        rounds = self.settings.iterations
        limit = Limit(until, 1 << 30, self._clock) if rounds is None else Limit(np.inf, rounds, self._clock)
        return self.lookahead.step(scene, limit)[:, 1].copy()

    def _holds(self, stopped: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Return how many steps every stopped robot is expected to stand: the longer it has stood, the fewer."""
        self.stood = np.where(stopped, self.stood + 1, 0)
        left = np.maximum(CLEARING - 3 * self.stood // 5, 1)
        return np.where(stopped, left, 0).astype(np.int32)

    def _note_goals(self, goals: NDArray[np.int32], left: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Keep how long every robot has had its goal; return who has waited too long: no robot starves."""
        self.now += 1
        fresh = goals != self.goals
        self.since[fresh] = self.now
        self.patience[fresh] = PATIENCE + 4 * left[fresh] // BASE
        self.goals = goals.copy()
        waited = self.now - self.since
        self.longest_wait = max(self.longest_wait, int(waited.max()))
        late: NDArray[np.bool_] = waited > self.patience
        return late


def warm_up() -> None:
    """Compile (or load from the cache) every kernel on a hall of 6 x 6 cells with four robots."""
    grid = Grid.from_passable(np.ones((6, 6), np.bool_))
    for model in MODELS:
        moves = motion(grid, model)
        starts = np.array([0, 5, 30, 35], np.int32) * np.int32(moves.headings)
        goals = np.array([35, 30, 5, 0], np.int32)
        costs = costs_of(moves, lanes(grid, 4.0))
        for iterations in (0, 8):
            planner = TrafficPlanner(grid, moves, starts, costs, Settings(iterations=iterations))
            states = starts
            for _ in range(6):
                states = planner.plan(states, goals, np.zeros(4, np.bool_))
