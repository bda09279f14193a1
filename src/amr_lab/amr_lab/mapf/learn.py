"""Finds the guidance of a map by itself: lays lanes by rule, learns from simulated flow, keeps what finishes most.

The simulation draws its goals at random from the places where tasks may lie, as often as they occur there: it knows
where the work is, as a warehouse does, but not the order of the tasks. Number and length of the simulations follow
from the size of the problem, not from the clock, so that the result depends on the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.distance import FAR
from amr_lab.mapf.grid import Grid, GridMotion
from amr_lab.mapf.guidance import Weights, costs_of, lanes, weights_of_flow
from amr_lab.mapf.planner import Settings, TrafficPlanner
from amr_lab.mapf.problem import GridProblem
from amr_lab.mapf.simulate import GridWorld

STEPS = (800, 600, 400, 300, 200)
"""How long a simulation may be: as long as affordable, since queues take hundreds of steps to grow."""
WORK_SECONDS = 30.0
"""About so much CPU time may be spent on a two-core office machine, estimated from the sizes."""
MAX_TRIALS = 12
SPARSE = 0.12
"""Share of occupied cells below which trials use the windowed search as well: there it changes what is best."""
BETTER = 1.005  # times the tasks; chosen: half a percent is noise
CONTRA, CROWD, FLOOR = 8.0, 1.0, 0.05  # times the cost: of a flow against one's own, of a crowd, at least; chosen
# name, and times the cost of a step against the lane
RULES = (("none", 1.0), ("lanes x4", 4.0), ("lanes x2", 2.0), ("lanes x8", 8.0))


@dataclass(frozen=True, slots=True)
class GuideTrial:
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
    """Tries guidance on one problem.

    starts [n] int32 states, tasks [m] int32 cells, stop_rate: share of moves in which people stop the robot.
    """

    def __init__(
        self,
        grid: Grid,
        moves: GridMotion,
        starts: NDArray[np.int32],
        tasks: NDArray[np.int32],
        settings: Settings,
        stop_rate: float = 0.0,
    ) -> None:
        self.grid, self.moves, self.starts, self.settings, self.stop_rate = grid, moves, starts, settings, stop_rate
        self.trials = 0
        n = len(starts)
        sparse = n < SPARSE * grid.cells
        self.rounds = n // 2 if sparse and settings.searches(n) else 0
        self._part = grid.components()
        self._places = len(np.unique(tasks))
        long = [steps for steps in STEPS if MAX_TRIALS * self._seconds(steps) <= WORK_SECONDS]
        self.steps = long[0] if long else STEPS[-1]
        rng = np.random.default_rng((settings.seed, 7))
        self._problem = GridProblem("trial", grid, starts // moves.headings, self._draw(tasks, rng))

    @property
    def affordable(self) -> int:
        """How many simulations fit into the bound; at least the rule and no guidance."""
        return int(np.clip(WORK_SECONDS / self._seconds(self.steps), 3, MAX_TRIALS))

    def _seconds(self, steps: int) -> float:
        """Estimate the CPU time of a simulation: rows of the goals, and steps."""
        n = len(self.starts)
        rows = min(self._places, n + steps * n / 40)
        return rows * self.moves.states * 12e-9 + steps * (2e-6 * n + self.rounds * 1.5e-4)

    def run(self, weights: Weights) -> GuideTrial:
        """Simulate some steps under the weights."""
        self.trials += 1
        costs = costs_of(self.moves, weights)
        how = Settings(iterations=self.rounds, seed=self.settings.seed)
        planner = TrafficPlanner(self.grid, self.moves, self.starts, costs, how)
        world = GridWorld(self._problem, self.moves, self.stop_rate, self.settings.seed)
        flow, waits = np.zeros((self.grid.cells, 4)), np.zeros(self.grid.cells)
        for _ in range(self.steps):
            before = world.states
            world.execute(planner.plan(before, world.goals, world.stopped))
            self._count(before, world.states, flow, waits)
        return GuideTrial(int(world.done.sum()), flow / self.steps, waits / self.steps)

    def _draw(self, tasks: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
        """Draw goals, some for every robot, each in its own part of the map."""
        home = self.starts // self.moves.headings
        drawn = tasks[rng.integers(0, len(tasks), (self.steps // 8, len(home)))]
        return np.where(self._part[drawn] == self._part[home], drawn, home).astype(np.int32).ravel()

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
    rules = [rule for rule in RULES if kind != "lanes" or rule[1] > 1.0]
    return rules[: max(1, min(len(rules), guide.affordable - 1))]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Guidance and what it led to."""

    name: str
    weights: Weights
    trial: GuideTrial

    def or_better(self, other: _Choice) -> _Choice:
        """Return the other if it finishes more than noise."""
        return other if other.trial.tasks > BETTER * self.trial.tasks else self


class _Search:
    """Tries one guidance after another and says so."""

    def __init__(self, guide: Guide, tell: Callable[[str], object]) -> None:
        self._guide, self._tell = guide, tell

    def best(self, kind: str) -> _Choice:
        """Return the best of the rules, and unless kind is lanes what learned flow makes of it."""
        rules = _rules(self._guide, kind)
        best = self._try(rules[0][0], lanes(self._guide.grid, rules[0][1]))
        for name, strength in rules[1:]:
            best = best.or_better(self._try(name, lanes(self._guide.grid, strength)))
        return best if kind == "lanes" else self._refine(best)

    def _refine(self, best: _Choice) -> _Choice:
        """Make opposing and crowded moves dearer, again and again from the flow that this causes; keep the best."""
        guide, rule = self._guide, best
        prior, flow, waits = np.sqrt(rule.weights), rule.trial.flow, rule.trial.waits
        for number in range(1, guide.affordable - guide.trials + 1):
            tried = np.clip(weights_of_flow(guide.grid, flow, waits, CONTRA, CROWD, FLOOR) * prior, 1.0, 12.0)
            new = self._try(f"{rule.name} + flow {number}", tried.astype(np.float32))
            flow, waits = 0.5 * (flow + new.trial.flow), 0.5 * (waits + new.trial.waits)
            best = best.or_better(new)
        return best

    def _try(self, name: str, weights: Weights) -> _Choice:
        trial = self._guide.run(weights)
        self._tell(f"guidance {name}: {trial.tasks} tasks in {self._guide.steps} steps")
        return _Choice(name, weights, trial)


def learn(guide: Guide, kind: str, tell: Callable[[str], object] = str) -> Learned:
    """Return the best guidance of a kind: auto (any), none, lanes (by rule) or flow (learned)."""
    if kind == "none":
        name, costs = kind, costs_of(guide.moves, lanes(guide.grid, 1.0))
    else:
        best = _Search(guide, tell).best(kind)
        name, costs = best.name, costs_of(guide.moves, best.weights)
    if not _in_range(guide, costs):
        name, costs = "none (the map is too long)", costs_of(guide.moves, lanes(guide.grid, 1.0), 1)
    return Learned(costs, name, guide.trials)


def _in_range(guide: Guide, costs: NDArray[np.uint8]) -> bool:
    """Tell whether the costs of the longest ways fit into a row."""
    probe = TrafficPlanner(guide.grid, guide.moves, guide.starts[:1], costs, Settings(iterations=0))
    probe.rows.partial = False
    home = guide.starts[:1] // guide.moves.headings
    row = probe.rows.rows[probe.rows.require(home, guide.starts[:1])[0]]
    same = np.repeat(guide._part == guide._part[home[0]], guide.moves.headings)
    return bool(row[same].max() < FAR // 2)
