"""Checks an executed history on its own: it shares nothing with the planner but the problem's plain numbers.

Rules of the League of Robot Runners 2023: no two robots in one cell, no two robots exchanging cells, every action
legal for the model, a task is finished in the step after which its robot stands on it, one task a step at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class GridViolation:
    """What is wrong at which step; robots are those involved, cell is linear (row * width + column)."""

    kind: str
    step: int
    robots: tuple[int, ...]
    cell: int


@dataclass(frozen=True, slots=True)
class History:
    """What was executed. T steps, n robots.

    passable [height, width] bool, cells [T+1, n] linear cells, headings [T+1, n] 0 to 3 (east, south, west, north) or
    None for the plain model, tasks [m] linear cells dealt round robin, finished: (step, robot, k-th task) as claimed.
    """

    passable: NDArray[np.bool_]
    cells: NDArray[np.int64]
    headings: NDArray[np.int64] | None
    tasks: NDArray[np.int64]
    finished: NDArray[np.int64]


def validate(history: History) -> list[GridViolation]:
    """Return every violation of a history; an empty list means that it is sound."""
    found: list[GridViolation] = []
    for step, row in enumerate(history.cells):
        found += _standing(history, step, row)
    for step, (before, after) in enumerate(pairwise(history.cells), start=1):
        found += _swaps(step, before, after)
        found += _moves(history, step, before, after)
    found += _tasks(history)
    return found


def _standing(history: History, step: int, row: NDArray[np.int64]) -> Iterator[GridViolation]:
    flat = history.passable.ravel()
    inside = (row >= 0) & (row < flat.size)
    blocked = ~inside | ~flat[np.where(inside, row, 0)]
    for robot in np.flatnonzero(blocked).tolist():
        yield GridViolation("blocked cell", step, (robot,), int(row[robot]))
    order = np.argsort(row, kind="stable")
    same = np.flatnonzero(row[order][1:] == row[order][:-1])
    for place in same.tolist():
        pair = (int(order[place]), int(order[place + 1]))
        yield GridViolation("vertex", step, pair, int(row[pair[0]]))


def _swaps(step: int, before: NDArray[np.int64], after: NDArray[np.int64]) -> Iterator[GridViolation]:
    moving = np.flatnonzero(before != after).tolist()
    edges = {(int(before[robot]), int(after[robot])): robot for robot in moving}
    for (a, b), robot in edges.items():
        other = edges.get((b, a))
        if other is not None and robot < other:
            yield GridViolation("edge", step, (robot, other), a)


def _moves(history: History, step: int, before: NDArray[np.int64], after: NDArray[np.int64]) -> Iterator[GridViolation]:
    width = history.passable.shape[1]
    rows, columns = after // width - before // width, after % width - before % width
    far = np.abs(rows) + np.abs(columns) > 1
    if history.headings is not None:
        old, new = history.headings[step - 1], history.headings[step]
        moved = before != after
        ahead = (rows == np.array([0, 1, 0, -1])[old % 4]) & (columns == np.array([1, 0, -1, 0])[old % 4])
        # Forward along the heading and not turning, or staying and turning by a quarter at most.
        far |= moved & (~ahead | (old != new))
        far |= ~moved & ((new - old) % 4 == 2)
        far |= (new < 0) | (new > 3)
    for robot in np.flatnonzero(far).tolist():
        yield GridViolation("illegal move", step, (robot,), int(after[robot]))


def _tasks(history: History) -> Iterator[GridViolation]:
    """Count the tasks anew and compare with what was claimed."""
    count, robots = len(history.tasks), history.cells.shape[1]
    index = np.arange(robots)
    done = np.zeros(robots, np.int64)
    real: set[tuple[int, int, int]] = set()
    for step in range(1, len(history.cells)):
        there = np.flatnonzero(history.cells[step] == history.tasks[(done * robots + index) % count])
        real.update((step, int(robot), int(done[robot])) for robot in there)
        done[there] += 1
    claimed = [(int(step), int(robot), int(k)) for step, robot, k in history.finished]
    for step, robot, k in sorted(real.symmetric_difference(claimed)):
        kind = "task not counted" if (step, robot, k) in real else "task not done"
        yield GridViolation(kind, step, (robot,), int(history.tasks[(k * robots + robot) % count]))
    for step, robot, _ in claimed if len(set(claimed)) < len(claimed) else ():
        if claimed.count((step, robot, _)) > 1:
            yield GridViolation("task counted twice", step, (robot,), -1)
