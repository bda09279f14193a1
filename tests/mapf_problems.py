"""Makes small benchmark problems on disk or in memory, each from a seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.grid import Grid
from amr_lab.mapf.problem import GridProblem

HALL = ("........", ".@@.@@..", ".@@.@@..", "........", ".@@.@@..", "........")
"""Aisles one cell wide round blocks of shelves: every free cell lies on a loop."""


def passable_of(rows: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([[character == "." for character in row] for row in rows], np.bool_)


def random_problem(rows: tuple[str, ...], robots: int, seed: int, tasks: int = 200) -> GridProblem:
    grid = Grid.from_passable(passable_of(rows))
    rng = np.random.default_rng(seed)
    starts = rng.choice(grid.cells, robots, replace=False).astype(np.int32)
    return GridProblem("made", grid, starts, rng.integers(0, grid.cells, tasks).astype(np.int32))


def write_problem(folder: Path, rows: tuple[str, ...] = HALL, robots: int = 6, seed: int = 1) -> Path:
    problem = random_problem(rows, robots, seed)
    head = f"type octile\nheight {len(rows)}\nwidth {len(rows[0])}\nmap\n"
    (folder / "m.map").write_text(head + "\n".join(rows) + "\n")
    for name, cells in (("m.agents", problem.starts), ("m.tasks", problem.tasks)):
        linear = problem.grid.linear_of[cells].tolist()
        (folder / name).write_text("\n".join(str(value) for value in [len(linear), *linear]) + "\n")
    path = folder / "m.json"
    data = {"mapFile": "m.map", "agentFile": "m.agents", "taskFile": "m.tasks", "teamSize": robots}
    path.write_text(json.dumps(data | {"numTasksReveal": 1, "taskAssignmentStrategy": "roundrobin"}))
    return path
