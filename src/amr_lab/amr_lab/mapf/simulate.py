"""Executes plans step by step, with people who stop robots, and records what really happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.grid import Grid, GridMotion
from amr_lab.mapf.problem import GridProblem
from amr_lab.mapf.validate import History

STOP_STEPS = (5, 20)


class Planner(Protocol):
    """Anything that says where every robot should be after one step."""

    def plan(
        self, states: NDArray[np.int32], goals: NDArray[np.int32], stopped: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """Return the next state [n] of every robot from measured states, goal cells and who is held by a person."""
        ...


def held_back(now: NDArray[np.int32], wanted: NDArray[np.int32], stays: NDArray[np.bool_], cells: int) -> None:
    """Make everyone wait who would enter a cell that is not being left (stays and wanted are changed in place).

    now and wanted are cells [n]. This is the order of passage that a robot keeps by its own sensors: a follower
    moves only if the one ahead does.
    """
    occupant = np.full(cells, -1, np.int64)
    occupant[now] = np.arange(len(now))
    while True:
        ahead = occupant[wanted]
        blocked = ~stays & (ahead >= 0) & (ahead != np.arange(len(now))) & stays[ahead]
        if not blocked.any():
            return
        stays |= blocked
        wanted[blocked] = now[blocked]


@dataclass
class GridWorld:
    """The state of a run: states [n] int32, tasks finished by each robot, how long each is still held by a person."""

    problem: GridProblem
    motion: GridMotion
    stop_rate: float = 0.0
    seed: int = 1
    states: NDArray[np.int32] = field(init=False)
    done: NDArray[np.int64] = field(init=False)
    held: NDArray[np.int64] = field(init=False)
    step: int = 0
    stops: int = 0

    def __post_init__(self) -> None:
        self.states = self.problem.starts * np.int32(self.motion.headings)
        self.done = np.zeros(self.problem.robots, np.int64)
        self.held = np.zeros(self.problem.robots, np.int64)
        self.goals = self.problem.goals(self.done)
        self.trace = [self.states.copy()]
        self.finished: list[tuple[int, int, int]] = []
        self._rng = np.random.default_rng(self.seed)

    @property
    def stopped(self) -> NDArray[np.bool_]:
        """Who is held by a person now."""
        return self.held > 0

    def execute(self, wanted: NDArray[np.int32]) -> None:
        """Carry out one step towards the wanted states [n]; the stopped stay, and so does who would run into them."""
        headings = self.motion.headings
        now, cell = self.states // headings, wanted // headings
        moving = now != cell
        if self.stop_rate > 0.0:
            struck = moving & ~self.stopped & (self._rng.random(len(now)) < self.stop_rate)
            length = self._rng.integers(STOP_STEPS[0], STOP_STEPS[1] + 1, len(now))
            self.held[struck] = length[struck]
            self.stops += int(struck.sum())
            stays = self.stopped | ~moving
            cell = np.where(stays, now, cell)
            held_back(now, cell, stays, self.problem.grid.cells)
            # A turn needs no other cell: only a person prevents it.
            kept = self.stopped | (moving & (cell == now))
            wanted = np.where(kept, self.states, wanted)
            self.held[self.held > 0] -= 1
        self.states = wanted.astype(np.int32)
        self.step += 1
        self.trace.append(self.states.copy())
        there = np.flatnonzero(self.states // headings == self.goals)
        if len(there):
            self.finished += [(self.step, int(robot), int(self.done[robot])) for robot in there]
            self.done[there] += 1
            self.goals = self.problem.goals(self.done)

    def history(self) -> History:
        """Return what happened as plain numbers for the validator."""
        trace = np.stack(self.trace)
        headings = self.motion.headings
        return history_of(self.problem.grid, self.problem, trace, headings, self.finished)


def history_of(
    grid: Grid, problem: GridProblem, trace: NDArray[np.int32], headings: int, finished: list[tuple[int, int, int]]
) -> History:
    """Translate compact states [T+1, n] into linear cells and headings."""
    return History(
        passable=(grid.cell_of >= 0).reshape(grid.height, grid.width),
        cells=grid.linear_of[trace // headings].astype(np.int64),
        headings=(trace % headings).astype(np.int64) if headings == 4 else None,
        tasks=grid.linear_of[problem.tasks].astype(np.int64),
        finished=np.array(finished, np.int64).reshape(-1, 3),
    )
