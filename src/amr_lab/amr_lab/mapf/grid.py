"""A four-connected grid as compact arrays, and the motion models on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Model = Literal["plain", "rotation"]
MODELS: tuple[Model, ...] = ("plain", "rotation")
STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""Row and column change to the east, south, west and north: the order of headings 0 to 3."""
TILE = 4
"""Cells along the side of a tile; a cost-to-go of one tile fills two cache lines at most."""
FORWARD, TURN_RIGHT, TURN_LEFT, WAIT = 0, 1, 2, 3
"""Actions of the rotation model. Plain: 0 to 3 are moves in the order of STEPS, wait is 4."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The free cells of a map, numbered tile by tile: cells that are near each other lie near each other in memory.

    cell_of [height * width] int32 gives the compact id or -1, linear_of [cells] the way back, neighbours [cells, 4]
    int32 the compact id to the east, south, west and north or -1.
    """

    width: int
    height: int
    cell_of: NDArray[np.int32]
    linear_of: NDArray[np.int32]
    neighbours: NDArray[np.int32]

    @classmethod
    def from_passable(cls, passable: NDArray[np.bool_]) -> Grid:
        """Build from a boolean image [height, width]."""
        height, width = passable.shape
        linear_of = np.flatnonzero(passable).astype(np.int32)
        row, column = np.divmod(linear_of, width)
        linear_of = linear_of[np.lexsort((column, row, column // TILE, row // TILE))]
        cell_of = np.full(height * width, -1, np.int32)
        cell_of[linear_of] = np.arange(len(linear_of), dtype=np.int32)
        framed = np.full((height + 2, width + 2), -1, np.int32)
        framed[1:-1, 1:-1] = cell_of.reshape(height, width)
        rows, cols = linear_of // width + 1, linear_of % width + 1
        neighbours = np.stack([framed[rows + dr, cols + dc] for dr, dc in STEPS], axis=1).astype(np.int32)
        return cls(width, height, cell_of, linear_of, neighbours)

    @property
    def cells(self) -> int:
        """How many cells are free."""
        return len(self.linear_of)

    def components(self) -> NDArray[np.int32]:
        """Return for each cell the number of its connected part of the map (int32, from 0)."""
        part = np.full(self.cells, -1, np.int32)
        count = 0
        for seed in range(self.cells):
            if part[seed] >= 0:
                continue
            part[seed] = count
            edge = np.array([seed], np.int32)
            while len(edge):
                around = self.neighbours[edge].ravel()
                around = np.unique(around[around >= 0])
                edge = around[part[around] < 0]
                part[edge] = count
            count += 1
        return part


@dataclass(frozen=True, slots=True)
class GridMotion:
    """States and actions of a robot: state = cell * headings + heading.

    succ [states, actions] int32 is the next state or -1; the last action waits. pred [states, k] int32 are the states
    from which one action (pred_action, int8) leads here, waits left out, -1 where there are fewer.
    """

    model: Model
    headings: int
    succ: NDArray[np.int32]
    pred: NDArray[np.int32]
    pred_action: NDArray[np.int8]

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.succ)

    @property
    def bits(self) -> int:
        """How far to shift a state right for its cell: kernels do that in a fraction of the time of a division."""
        return self.headings.bit_length() - 1

    @property
    def wait(self) -> int:
        """The action that stays."""
        return int(self.succ.shape[1]) - 1


def motion(grid: Grid, model: Model) -> GridMotion:
    """Return the states and actions of a model on a grid."""
    cells = np.arange(grid.cells, dtype=np.int32)
    if model == "plain":
        succ = np.concatenate([grid.neighbours, cells[:, None]], axis=1)
        # The grid is undirected: who can be reached can come back, by the opposite move.
        pred_action = np.where(grid.neighbours >= 0, np.array([2, 3, 0, 1], np.int8), -1).astype(np.int8)
        return GridMotion(model, 1, np.ascontiguousarray(succ), grid.neighbours, pred_action)
    states = np.arange(grid.cells * 4, dtype=np.int32)
    cell, heading = states // 4, states % 4
    ahead = grid.neighbours[cell, heading]
    forward = np.where(ahead >= 0, ahead * 4 + heading, -1)
    right, left = cell * 4 + (heading + 1) % 4, cell * 4 + (heading + 3) % 4
    behind = grid.neighbours[cell, (heading + 2) % 4]
    before = np.where(behind >= 0, behind * 4 + heading, -1)
    succ = np.stack([forward, right, left, states], axis=1).astype(np.int32)
    pred = np.stack([before, left, right], axis=1).astype(np.int32)
    action = np.where(pred >= 0, np.array([FORWARD, TURN_RIGHT, TURN_LEFT], np.int8), -1).astype(np.int8)
    return GridMotion(model, 4, succ, pred, action)
