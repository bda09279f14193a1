"""Reads League of Robot Runners 2023 problem files: JSON, MovingAI map, start cells, tasks.

Source: https://github.com/MAPF-Competition/Benchmark-Archive (2023) and https://movingai.com/benchmarks/formats.html.
Cells are linear: row * width + column. Task k belongs to robot k mod n (round robin, wrapping round at the end).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amr_core.errors import AmrError
from amr_lab.mapf.grid import Grid

FREE = frozenset(".GSE")
BLOCKED = frozenset("@OTW")
MAX_CELLS = 4_000_000
MAX_NUMBERS = 20_000_000


@dataclass(frozen=True, slots=True)
class GridProblem:
    """One instance: map, start cells and tasks as compact cell ids of the grid (int32)."""

    name: str
    grid: Grid
    starts: NDArray[np.int32]
    tasks: NDArray[np.int32]

    @property
    def robots(self) -> int:
        """How many robots take part."""
        return len(self.starts)

    def goal(self, robot: int, k: int) -> int:
        """Return the compact cell of the k-th task of a robot."""
        return int(self.tasks[(k * self.robots + robot) % len(self.tasks)])

    def goals(self, done: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return every robot's current goal, given how many tasks each has finished."""
        index = (done * self.robots + np.arange(self.robots)) % len(self.tasks)
        goals: NDArray[np.int32] = self.tasks[index]
        return goals


def _invalid(path: Path, reason: str) -> AmrError:
    return AmrError("traffic.invalid", file=path.name, reason=reason)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AmrError("traffic.unreadable", file=str(path), reason=reason) from error


def read_map(path: Path) -> Grid:
    """Read a MovingAI map (type octile); diagonal moves are not used. Raises AmrError traffic.*."""
    lines = [line.rstrip("\r\n") for line in _text(path).splitlines()]
    head = [line.split() for line in lines[:8]]
    if ["map"] not in head:
        raise _invalid(path, "there is no line 'map' that ends the header")
    body = head.index(["map"]) + 1
    header = {words[0]: words[1] for words in head[:body] if len(words) == 2}
    height, width = (_size(path, header, key) for key in ("height", "width"))
    if height * width > MAX_CELLS:
        raise _invalid(path, f"{height} x {width} cells are more than {MAX_CELLS}")
    rows = lines[body:]
    while rows and not rows[-1].strip():
        rows.pop()
    if len(rows) != height:
        raise _invalid(path, f"height is {height}, but there are {len(rows)} rows")
    for number, row in enumerate(rows):
        if len(row) != width:
            raise _invalid(path, f"row {number} has {len(row)} characters instead of {width}")
        strange = set(row) - FREE - BLOCKED
        if strange:
            raise _invalid(path, f"row {number} has the unknown character {min(strange)!r}")
    passable = np.array([[character in FREE for character in row] for row in rows], dtype=np.bool_)
    if not passable.any():
        raise _invalid(path, "no cell is free")
    return Grid.from_passable(passable)


def _size(path: Path, header: dict[str, str], key: str) -> int:
    text = header.get(key, "")
    if not text.isascii() or not text.isdigit() or len(text) > 7 or int(text) < 1:
        raise _invalid(path, f"{key} must be a whole number above 0, not {text!r}")
    return int(text)


def _numbers(path: Path, what: str) -> NDArray[np.int64]:
    """Read a count and that many whole numbers, one a line; # starts a comment."""
    words = [line.split("#")[0].strip() for line in _text(path).splitlines()]
    words = [word for word in words if word]
    if not words:
        raise _invalid(path, f"the file has no {what}")
    if len(words) > MAX_NUMBERS:
        raise _invalid(path, f"more than {MAX_NUMBERS} lines")
    for number, word in enumerate(words):
        if not word.isascii() or not word.isdigit() or len(word) > 12:
            raise _invalid(path, f"entry {number} is {word[:40]!r}, not a whole number")
    values = np.array([int(word) for word in words], dtype=np.int64)
    if values[0] != len(values) - 1:
        raise _invalid(path, f"the first line says {values[0]} {what}, the file has {len(values) - 1}")
    return values[1:]


def _cells(path: Path, grid: Grid, linear: NDArray[np.int64], what: str) -> NDArray[np.int32]:
    for value in linear[linear >= grid.width * grid.height]:
        raise _invalid(path, f"{what} cell {value} is outside the map of {grid.width} x {grid.height}")
    cells = grid.cell_of[linear]
    for value in linear[cells < 0]:
        raise _invalid(path, f"{what} cell {value} (row {value // grid.width}) is blocked on the map")
    return cells


def _check_apart(path: Path, grid: Grid, starts: NDArray[np.int32]) -> None:
    order = np.argsort(starts, kind="stable")
    same = np.flatnonzero(starts[order][1:] == starts[order][:-1])
    if len(same):
        first, second = order[same[0]], order[same[0] + 1]
        cell = grid.linear_of[starts[first]]
        raise _invalid(path, f"robots {first} and {second} start in the same cell {cell}")


def _check_reach(path: Path, grid: Grid, starts: NDArray[np.int32], tasks: NDArray[np.int32]) -> None:
    part = grid.components()
    if part.max() == 0:
        return
    turns = -(-len(tasks) // len(starts)) if len(tasks) % len(starts) == 0 else len(tasks)
    for k in range(turns):
        goals = tasks[(k * len(starts) + np.arange(len(starts))) % len(tasks)]
        apart = np.flatnonzero(part[goals] != part[starts])
        if len(apart):
            robot = int(apart[0])
            goal = int(grid.linear_of[goals[robot]])
            raise _invalid(path, f"robot {robot} cannot reach its task at cell {goal}: another part of the map")


def _field(path: Path, data: dict[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value or "\0" in value:
        raise _invalid(path, f"{key} must be a file name")
    return value


def read_problem(path: Path) -> GridProblem:
    """Read a problem and the files it names, which lie beside it. Raises AmrError traffic.*."""
    try:
        data = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise _invalid(path, f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise _invalid(path, "the file must hold one JSON object")
    map_path, agent_path, task_path = (
        path.parent / _field(path, data, key) for key in ("mapFile", "agentFile", "taskFile")
    )
    strategy = data.get("taskAssignmentStrategy", "roundrobin")
    if strategy not in ("roundrobin", "roundrobin_fixed"):
        raise _invalid(path, f"taskAssignmentStrategy {strategy!r} is not known; tasks are dealt by roundrobin")
    team = data.get("teamSize")
    if isinstance(team, bool) or not isinstance(team, int) or team < 1:
        raise _invalid(path, "teamSize must be a whole number above 0")
    grid = read_map(map_path)
    agents = _numbers(agent_path, "start cells")
    if len(agents) < team:
        raise _invalid(agent_path, f"teamSize is {team}, but there are {len(agents)} start cells")
    starts = _cells(agent_path, grid, agents[:team], "start")
    _check_apart(agent_path, grid, starts)
    tasks = _cells(task_path, grid, _numbers(task_path, "tasks"), "task")
    if not len(tasks):
        raise _invalid(task_path, "there are no tasks")
    _check_reach(task_path, grid, starts, tasks)
    return GridProblem(path.stem, grid, starts, tasks)
