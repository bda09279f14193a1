"""Makes benchmark problems from a seed: maps of several kinds, start cells and tasks, and writes them as League files.

Every robot gets tasks in its own part of the map only, so every problem can be solved.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amr_core.errors import AmrError
from amr_lab.mapf.grid import Grid
from amr_lab.mapf.problem import MAX_CELLS, GridProblem

Passable = NDArray[np.bool_]
SMALLEST = 8


def _blocks(height: int, width: int, block: tuple[int, int], margin: tuple[int, int]) -> Passable:
    """Blocks of shelves [rows, columns] with aisles one cell wide between them and a free margin round them."""
    image = np.ones((height, width), np.bool_)
    for row in range(margin[0], height - margin[0] - block[0] + 1, block[0] + 1):
        for column in range(margin[1], width - margin[1] - block[1] + 1, block[1] + 1):
            image[row : row + block[0], column : column + block[1]] = False
    return image


def _warehouse(height: int, width: int, rng: np.random.Generator) -> Passable:
    """Shelves of 2 x 3 cells and a margin for stations."""
    del rng
    return _blocks(height, width, (2, 3), (4, min(6, width // 6)))


def _kiva(height: int, width: int, rng: np.random.Generator) -> Passable:
    """Long pods of 2 x 10 cells and wide fields for stations on both sides."""
    del rng
    return _blocks(height, width, (2, 10), (1, max(2, width // 10)))


def _sortation(height: int, width: int, rng: np.random.Generator) -> Passable:
    """Single chutes two cells apart, a free margin."""
    del rng
    return _blocks(height, width, (1, 1), (3, 3))


def _random(height: int, width: int, rng: np.random.Generator) -> Passable:
    """A fifth of the cells blocked at random."""
    return rng.random((height, width)) >= 0.2


def _rooms(height: int, width: int, rng: np.random.Generator) -> Passable:
    """Rooms of 7 x 7 cells with doors one cell wide."""
    image = np.ones((height, width), np.bool_)
    image[7:-1:8], image[:, 7:-1:8] = False, False
    for row in range(7, height - 1, 8):
        for column in range(0, width, 8):
            image[row, min(column + int(rng.integers(0, 7)), width - 1)] = True
    for column in range(7, width - 1, 8):
        for row in range(0, height, 8):
            image[min(row + int(rng.integers(0, 7)), height - 1), column] = True
    return image


def _maze(height: int, width: int, rng: np.random.Generator) -> Passable:
    """Corridors one cell wide with dead ends; a tenth of the walls between them is open, so there are loops too."""
    image = np.zeros((height, width), np.bool_)
    image[::2, ::2] = True
    image[1::2, ::2] = rng.random(image[1::2, ::2].shape) < 0.1
    image[::2, 1::2] = rng.random(image[::2, 1::2].shape) < 0.1
    seen = np.zeros_like(image)
    trail = [(0, 0)]
    seen[0, 0] = True
    while trail:
        row, column = trail[-1]
        ways = [
            (row + dr, column + dc)
            for dr, dc in ((0, 2), (2, 0), (0, -2), (-2, 0))
            if 0 <= row + dr < height and 0 <= column + dc < width and not seen[row + dr, column + dc]
        ]
        if not ways:
            trail.pop()
            continue
        to = ways[int(rng.integers(0, len(ways)))]
        image[(row + to[0]) // 2, (column + to[1]) // 2] = True
        seen[to] = True
        trail.append(to)
    return image


def _islands(height: int, width: int, rng: np.random.Generator) -> Passable:
    """Two warehouses that are not connected, and a single free cell that nobody can leave."""
    image = _warehouse(height, width, rng)
    image[:, width // 2 - 1 : width // 2 + 2] = False
    image[height // 2, width // 2] = True
    return image


KINDS: dict[str, Callable[[int, int, np.random.Generator], Passable]] = {
    "warehouse": _warehouse,
    "kiva": _kiva,
    "sortation": _sortation,
    "random": _random,
    "rooms": _rooms,
    "maze": _maze,
    "islands": _islands,
}
AT_SHELVES = frozenset({"kiva", "sortation"})
"""Kinds whose tasks lie beside a blocked cell only, as in a warehouse."""


def make_problem(kind: str, height: int, width: int, robots: int, tasks: int, seed: int) -> GridProblem:
    """Return a problem of a kind with about so many tasks (a multiple of robots). Raises AmrError run.bad_option."""
    _check("--kind", kind, kind in KINDS, ", ".join(KINDS))
    _check("--height", height, SMALLEST <= height <= MAX_CELLS, f"{SMALLEST} to {MAX_CELLS}")
    _check("--width", width, width >= SMALLEST and height * width <= MAX_CELLS, f"at most {MAX_CELLS} cells")
    rng = np.random.default_rng(seed)
    grid = Grid.from_passable(KINDS[kind](height, width, rng))
    part = grid.components()
    # Cells that lie alone would hold a robot that can go nowhere.
    roomy = np.flatnonzero(np.bincount(part)[part] > SMALLEST)
    _check("--robots", robots, 1 <= robots <= len(roomy), f"1 to {len(roomy)}, so many cells are free")
    _check("--tasks", tasks, robots <= tasks <= 100 * MAX_CELLS, f"{robots} (one a robot) or more")
    starts = rng.permutation(roomy)[:robots].astype(np.int32)
    places = roomy
    if kind in AT_SHELVES:
        places = roomy[(grid.neighbours[roomy] < 0).any(axis=1)]
    dealt = np.zeros((tasks // robots, robots), np.int32)
    for number in np.unique(part[starts]).tolist():
        mine = np.flatnonzero(part[starts] == number)
        dealt[:, mine] = rng.choice(places[part[places] == number], (len(dealt), len(mine)))
    return GridProblem(f"{kind}_{height}x{width}_{robots}", grid, starts, dealt.ravel())


def _check(option: str, value: str | int, good: bool, reason: str) -> None:
    if not good:
        raise AmrError("run.bad_option", option=option, value=value, reason=f"give {reason}")


def write_problem(problem: GridProblem, folder: Path) -> Path:
    """Write the four files of a problem; return the JSON file. Raises AmrError run.bad_option."""
    grid, name = problem.grid, problem.name
    image = (grid.cell_of >= 0).reshape(grid.height, grid.width)
    rows = ["".join(row) for row in np.where(image, ".", "@")]
    files = {f"{name}.map": ["type octile", f"height {grid.height}", f"width {grid.width}", "map", *rows]}
    for ending, cells in (("agents", problem.starts), ("tasks", problem.tasks)):
        files[f"{name}.{ending}"] = [str(value) for value in (len(cells), *grid.linear_of[cells].tolist())]
    data = {"mapFile": f"{name}.map", "agentFile": f"{name}.agents", "taskFile": f"{name}.tasks"}
    more = {"teamSize": problem.robots, "numTasksReveal": 1, "taskAssignmentStrategy": "roundrobin"}
    files[f"{name}.json"] = [json.dumps(data | more, indent=1)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, lines in files.items():
            (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise AmrError("run.bad_option", option="--out", value=str(folder), reason=reason) from error
    return folder / f"{name}.json"
