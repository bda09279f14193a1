"""Guidance: what each directed move costs, so that robots prefer to flow along each other instead of head on.

weights [cells, 4] float32, at least 1: how many times the cost of a free move the step to the east, south, west or
north costs. The costs only steer; a robot may still go against them, so guidance never makes a place unreachable.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.grid import Grid, GridMotion

BASE = 4
"""Cost units of an unweighted action."""
HIGHEST = 12.0
"""Largest weight."""
Weights = NDArray[np.float32]


def costs_of(moves: GridMotion, weights: Weights, base: int = BASE) -> NDArray[np.uint8]:
    """Return the costs [states, actions] uint8 of the actions under the weights."""
    costs = np.full(moves.succ.shape, base, np.uint8)
    scaled = np.rint(base * np.clip(weights, 1.0, HIGHEST)).astype(np.uint8)
    if moves.headings == 1:
        costs[:, :4] = scaled
    else:
        costs[:, 0] = scaled.ravel()
    return costs


def reverse(grid: Grid, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each directed edge [cells, 4] the value of the opposite edge, 0 where there is no edge."""
    out = np.zeros_like(values)
    for heading in range(4):
        target = grid.neighbours[:, heading]
        there = target >= 0
        out[there, heading] = values[target[there], (heading + 2) % 4]
    return out


def lanes(grid: Grid, strength: float) -> Weights:
    """Lay lanes by rule: straight corridors of the map alternate their direction, going against one costs strength.

    A row (column) is a corridor where at least three quarters of the map's used columns (rows) are free in it.
    """
    rows, columns = grid.linear_of // grid.width, grid.linear_of % grid.width
    weights = np.ones((grid.cells, 4), np.float32)
    for lines, others, forth, back in ((rows, columns, 0, 2), (columns, rows, 1, 3)):
        length = np.bincount(lines)
        span = others.max() - others.min() + 1
        corridor = np.flatnonzero(length > 0.75 * span)
        for order, line in enumerate(corridor.tolist()):
            weights[lines == line, back if order % 2 == 0 else forth] = strength
    return weights


def weights_of_flow(
    grid: Grid, flow: NDArray[np.float64], waits: NDArray[np.float64], contra: float, crowd: float, floor: float
) -> Weights:
    """Turn measured use into weights.

    flow [cells, 4]: robots a step over each directed edge, waits [cells]: robots a step that stand there. contra
    weighs the share of opposing traffic, crowd the occupancy of the cell that is entered; floor is the flow below
    which an edge counts as unused.
    """
    against = reverse(grid, flow)
    share = against / (flow + against + floor)
    weights = 1.0 + contra * share**2
    occupancy = np.minimum(flow.sum(axis=1) + waits, 1.0)
    target = np.maximum(grid.neighbours, 0)
    weights += crowd * occupancy[target] * (grid.neighbours >= 0)
    return np.clip(weights, 1.0, HIGHEST).astype(np.float32)
