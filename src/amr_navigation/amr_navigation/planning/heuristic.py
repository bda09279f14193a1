"""Cost-to-go on a coarse grid: Dijkstra with a bucket queue (Dial 1969), from the goal outwards."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from amr_navigation.costmap.footprint import njit

UNIT = 0.1
"""Cost units per cell side: a straight step over one free cell costs 10 units."""
WIDE = 1.0
"""Clearance (m) from which a cell costs nothing extra."""
CLOSE = 1.6
"""Extra cost (share of the way) for each metre that the centre line is closer than WIDE."""


@njit
def closeness(d: float) -> float:
    """Return the extra cost (share of the way) of driving with clearance d (m) of the centre line."""
    return 0.0 if d >= WIDE else CLOSE * (WIDE - d)


@njit
def coarse_costs(sdf: Any, res: float, factor: int, inscribed: float) -> Any:
    """Return the cost per coarse cell (int32, 10 = free), 0 where the body's inscribed circle fits nowhere in it."""
    rows, cols = sdf.shape[0] // factor, sdf.shape[1] // factor
    out = np.zeros((rows, cols), np.int32)
    for r in range(rows):
        for c in range(cols):
            best = -9.0
            for i in range(factor):
                for k in range(factor):
                    best = max(best, sdf[r * factor + i, c * factor + k])
            if best > inscribed - res:
                out[r, c] = int(10.0 * (1.0 + closeness(best)))
    return out


@njit
def block(costs: Any, cell: float, ox: float, oy: float, local: Any, meta: Any, inscribed: float) -> None:
    """Close coarse cells whose centre is closer than inscribed (m) to a local obstacle (signed distance grid, meta)."""
    res, lx, ly = meta[0], meta[1], meta[2]
    for r in range(local.shape[0]):
        for c in range(local.shape[1]):
            if local[r, c] < inscribed:
                col = math.floor((lx + (c + 0.5) * res - ox) / cell)
                row = math.floor((ly + (r + 0.5) * res - oy) / cell)
                if 0 <= row < costs.shape[0] and 0 <= col < costs.shape[1]:
                    costs[row, col] = 0


@njit
def cost_to_go(costs: Any, goal_r: int, goal_c: int, start_r: int, start_c: int, slack: int) -> Any:
    """Return the cost (int32 units, -1 not reached) from every cell to the goal.

    Stops slack units after the start was reached. The goal and the start count as passable.
    """
    rows, cols = costs.shape
    ring = 64
    togo = np.full((rows, cols), np.int32(2147483647), np.int32)
    flat, price, start = togo.reshape(-1), costs.reshape(-1), start_r * cols + start_c
    head = np.full(ring, -1, np.int64)
    capacity = 8 * rows * cols + 1
    following = np.empty(capacity, np.int32)
    cells = np.empty(capacity, np.int32)
    used, waiting, level, limit = 1, 1, 0, 2147483000
    cells[0] = goal_r * cols + goal_c
    following[0] = -1
    head[0] = 0
    togo[goal_r, goal_c] = 0
    while waiting > 0 and level <= limit:
        entry = head[level % ring]
        if entry < 0:
            level += 1
            continue
        head[level % ring] = following[entry]
        waiting -= 1
        if flat[cells[entry]] != level:
            continue
        cell = cells[entry]
        r, c = cell // cols, cell % cols
        if cell == start:
            limit = level + slack
        for dr in range(-1 if r > 0 else 0, 2 if r < rows - 1 else 1):
            for dc in range(-1 if c > 0 else 0, 2 if c < cols - 1 else 1):
                beside = cell + dr * cols + dc
                here = price[beside] if beside != start else max(price[beside], 10)
                if here <= 0 or level + here >= flat[beside]:
                    continue
                new = level + (here if dr == 0 or dc == 0 else (here * 14) // 10)
                if new < flat[beside] and used < capacity:
                    flat[beside] = new
                    cells[used] = beside
                    following[used] = head[new % ring]
                    head[new % ring] = used
                    used += 1
                    waiting += 1
    return np.where(togo > level, np.int32(-1), togo)
