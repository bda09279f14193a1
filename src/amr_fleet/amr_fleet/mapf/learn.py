"""Finds the guidance of a map by itself: lays lanes by rule, learns from simulated flow, keeps what finishes most.

The simulation draws its goals at random from the places where tasks may lie, as often as they occur there: it knows
where the work is, as a warehouse does, but not the order of the tasks. The number of simulations follows from the size
of the problem, not from the clock, so that the result depends on the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amr_fleet.mapf.distance import FAR
from amr_fleet.mapf.grid import Grid, Motion
from amr_fleet.mapf.guidance import Weights, costs_of, lanes, weights_of_flow
from amr_fleet.mapf.planner import Settings, TrafficPlanner

TRIAL_STEPS = 200
WORK_SECONDS = 30.0
"""About so much CPU time may be spent on a two-core office machine, estimated from the sizes."""
MAX_TRIALS = 12
SPARSE = 0.12
"""Share of occupied cells below which trials use the windowed search as well: there it changes what is best."""
BETTER = 1.005
CONTRA, CROWD, FLOOR = 8.0, 1.0, 0.05
RULES = (("none", 1.0), ("lanes x4", 4.0), ("lanes x2", 2.0), ("lanes x8", 8.0))


@dataclass(frozen=True, slots=True)
class Trial:
    """What a simulation showed: tasks finished, flow [cells, 4] and waits [cells] in robots a step."""

    tasks: int
    flow: NDArray[np.float64]
    waits: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learned:
    """The chosen costs [states, actions] uint8, what they are, and how many simulations it took."""

    costs: NDArray[np.uint8]
    kind: str
    trials: int


class Guide:
    """Tries guidance on one problem. starts [n] int32 states, tasks [m] int32 cells."""

    def __init__(
        self, grid: Grid, moves: Motion, starts: NDArray[np.int32], tasks: NDArray[np.int32], settings: Settings
    ) -> None:
        self.grid, self.moves, self.starts, self.tasks, self.settings = grid, moves, starts, tasks, settings
        self.trials = 0
        sparse = len(starts) < SPARSE * grid.cells
        self.rounds = len(starts) // 2 if sparse and settings.searches(len(starts)) else 0
        self._part = grid.components()

    @property
    def affordable(self) -> int:
        """How many simulations fit into the bound; at least the rule and no guidance."""
        n, steps = len(self.starts), TRIAL_STEPS
        rows = min(len(np.unique(self.tasks)), n + steps * n / 40)
        seconds = rows * self.moves.states * 25e-9 + steps * (2.5e-6 * n + self.rounds * 1.5e-4)
        return int(np.clip(WORK_SECONDS / seconds, 3, MAX_TRIALS))

    def run(self, weights: Weights) -> Trial:
        """Simulate some steps under the weights."""
        self.trials += 1
        rng = np.random.default_rng((self.settings.seed, 7))
        costs = costs_of(self.moves, weights)
        how = Settings(iterations=self.rounds, seed=self.settings.seed)
        planner = TrafficPlanner(self.grid, self.moves, self.starts, costs, how)
        n, headings = len(self.starts), self.moves.headings
        flow, waits = np.zeros((self.grid.cells, 4)), np.zeros(self.grid.cells)
        states, still, done = self.starts, np.zeros(n, np.bool_), 0
        goals = self._goals(rng, np.arange(n))
        for _ in range(TRIAL_STEPS):
            after = planner.plan(states, goals, still)
            self._count(states, after, flow, waits)
            states = after
            there = np.flatnonzero(states // headings == goals)
            done += len(there)
            goals = goals.copy()
            goals[there] = self._goals(rng, there)
        return Trial(done, flow / TRIAL_STEPS, waits / TRIAL_STEPS)

    def _goals(self, rng: np.random.Generator, robots: NDArray[np.int64]) -> NDArray[np.int32]:
        """Draw goals for robots, each in its own part of the map."""
        out = self.tasks[rng.integers(0, len(self.tasks), len(robots))]
        home = self.starts[robots] // self.moves.headings
        return np.where(self._part[out] == self._part[home], out, home).astype(np.int32)

    def _count(
        self,
        before: NDArray[np.int32],
        after: NDArray[np.int32],
        flow: NDArray[np.float64],
        waits: NDArray[np.float64],
    ) -> None:
        here, there = before // self.moves.headings, after // self.moves.headings
        moved = here != there
        way = (self.grid.neighbours[here[moved]] == there[moved][:, None]).argmax(axis=1)
        np.add.at(flow, (here[moved], way), 1.0)
        np.add.at(waits, here[~moved], 1.0)


def _rules(guide: Guide, kind: str) -> list[tuple[str, float]]:
    if kind == "none":
        return [RULES[0]]
    rules = [rule for rule in RULES if kind != "lanes" or rule[1] > 1.0]
    return rules[: max(1, min(len(rules), guide.affordable - 1))]


def learn(guide: Guide, kind: str, tell: Callable[[str], object] = str) -> Learned:
    """Return the best guidance of a kind: auto (any), none, lanes (by rule) or flow (learned)."""
    rules = _rules(guide, kind)
    best_weights, best_name = lanes(guide.grid, rules[0][1]), rules[0][0]
    if kind != "none":
        best: Trial | None = None
        for name, strength in rules:
            weights = lanes(guide.grid, strength)
            trial = guide.run(weights)
            tell(f"guidance {name}: {trial.tasks} tasks in {TRIAL_STEPS} steps")
            if best is None or trial.tasks > BETTER * best.tasks:
                best, best_weights, best_name = trial, weights, name
        if kind != "lanes" and best is not None:
            best_weights, best_name = _refine(guide, best, best_weights, best_name, tell)
    costs = costs_of(guide.moves, best_weights)
    if not _in_range(guide, costs):
        costs, best_name = costs_of(guide.moves, lanes(guide.grid, 1.0), 1), "none (the map is too long)"
    return Learned(costs, best_name, guide.trials)


def _refine(
    guide: Guide, best: Trial, weights: Weights, name: str, tell: Callable[[str], object]
) -> tuple[Weights, str]:
    """Make opposing and crowded moves dearer, again and again from the flow that this causes; keep the best."""
    prior, flow, waits = np.sqrt(weights), best.flow, best.waits
    for number in range(1, guide.affordable - guide.trials + 1):
        tried = np.clip(weights_of_flow(guide.grid, flow, waits, CONTRA, CROWD, FLOOR) * prior, 1.0, 12.0)
        trial = guide.run(tried)
        tell(f"guidance flow {number}: {trial.tasks} tasks in {TRIAL_STEPS} steps")
        flow, waits = 0.5 * (flow + trial.flow), 0.5 * (waits + trial.waits)
        if trial.tasks > BETTER * best.tasks:
            best, weights, name = trial, tried.astype(np.float32), f"{name.split(' + ')[0]} + flow {number}"
    return weights, name


def _in_range(guide: Guide, costs: NDArray[np.uint8]) -> bool:
    """Tell whether the costs of the longest ways fit into a row."""
    probe = TrafficPlanner(guide.grid, guide.moves, guide.starts[:1], costs, Settings(iterations=0))
    probe.rows.partial = False
    home = guide.starts[:1] // guide.moves.headings
    row = probe.rows.rows[probe.rows.require(home, guide.starts[:1])[0]]
    same = np.repeat(guide._part == guide._part[home[0]], guide.moves.headings)
    return bool(row[same].max() < FAR // 2)
