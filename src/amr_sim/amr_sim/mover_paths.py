"""Local detours of simulated people and forklifts: a shortest way through a window of square cells."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray
from amr_sim.kernel import kernel
from amr_sim.mover_rules import FOOTPRINT, in_the_way, robot_gap

CELL = 0.25  # m; chosen: finer than the gaps that people take, coarse enough for a search in each step
HALF = 32  # cells from the middle of the window to its rim: 8 m
SIDE = 2 * HALF + 1
KEEP = 0.55  # m to robots on a detour; chosen above YIELD_GAP, so that a way found can be walked
KEEP_AT_LEAST = 0.1  # m that who is too close to a robot keeps all the same; chosen
KEEP_MOVERS = 0.35  # m between bodies on a detour; chosen above MOVER_GAP, so that a way found can be walked
OFF_ROUTE = 0.3  # m; chosen: below a step; who is put down farther off has to find back to the route first

BoolGrid = npt.NDArray[np.bool_]


@kernel
def window(
    x: float,
    y: float,
    radius: float,
    room: float,
    clearance: npt.NDArray[np.float32],
    origin_x: float,
    origin_y: float,
    resolution: float,
    robots: FloatArray,
    discs: FloatArray,
    own: int,
) -> tuple[BoolGrid, BoolGrid]:
    """Return (blocked, aside), SIDE x SIDE each, for the cells around (x, y).

    blocked: closer than room to the static world or too close to robots and others; aside: free and in no robot's way.
    """
    blocked = np.zeros((SIDE, SIDE), dtype=np.bool_)
    aside = np.zeros((SIDE, SIDE), dtype=np.bool_)
    here = robot_gap(x, y, radius, robots, FOOTPRINT)
    rows, columns = clearance.shape
    for i in range(SIDE):
        for j in range(SIDE):
            px, py = x + (j - HALF) * CELL, y + (i - HALF) * CELL
            column, row = int((px - origin_x) / resolution), int((py - origin_y) / resolution)
            if column < 0 or row < 0 or column >= columns or row >= rows or clearance[row, column] < room:
                blocked[i, j] = True
                continue
            gap = robot_gap(px, py, radius, robots, FOOTPRINT)
            # who is too close already may go along at that distance, or away
            if gap < KEEP and gap < here + 0.01 and gap < max(KEEP_AT_LEAST, here - 0.01):
                blocked[i, j] = True
                continue
            for d in range(len(discs)):
                near = math.hypot(px - discs[d, 0], py - discs[d, 1]) - discs[d, 2] - radius
                if int(discs[d, 3]) != own and near < KEEP_MOVERS:
                    blocked[i, j] = True
                    break
            aside[i, j] = not blocked[i, j] and not in_the_way(px, py, radius, robots)
    return blocked, aside


@kernel
def shortest(blocked: BoolGrid, goals: BoolGrid) -> npt.NDArray[np.int64]:
    """Return the cells (N, 2: row, column) of the shortest way from the middle to any goal, without the middle.

    (0, 2) when there is none.
    """
    cost = np.full((SIDE, SIDE), np.inf)
    came = np.full((SIDE, SIDE), -1)
    cost[HALF, HALF] = 0.0
    queue = [(0.0, HALF, HALF)]
    end = -1
    while len(queue) > 0:
        so_far, i, j = heapq.heappop(queue)
        if so_far > cost[i, j]:
            continue
        if goals[i, j] and so_far > 0.0:
            end = i * SIDE + j
            break
        for di in range(-1, 2):
            for dj in range(-1, 2):
                k, m = i + di, j + dj
                if k < 0 or m < 0 or k >= SIDE or m >= SIDE or blocked[k, m]:
                    continue
                if di != 0 and dj != 0 and (blocked[k, j] or blocked[i, m]):
                    continue  # no cutting of corners
                new = so_far + math.hypot(di, dj)
                if new < cost[k, m]:
                    cost[k, m] = new
                    came[k, m] = i * SIDE + j
                    heapq.heappush(queue, (new, k, m))
    count, cell = 0, end
    while cell >= 0 and cell != HALF * SIDE + HALF:
        count, cell = count + 1, came[cell // SIDE, cell % SIDE]
    way = np.empty((count, 2), dtype=np.int64)
    cell = end
    for n in range(count - 1, -1, -1):
        way[n, 0], way[n, 1] = cell // SIDE, cell % SIDE
        cell = came[cell // SIDE, cell % SIDE]
    return way


def next_leg(route: Sequence[tuple[float, float]], x: float, y: float) -> tuple[int, bool]:
    """Return which waypoint of a closed route comes next for who stands at (x, y), and whether they are off the route.

    At a waypoint it is the one behind it.
    """
    best, off = 0, math.inf
    for leg, (bx, by) in enumerate(route):
        ax, ay = route[leg - 1]
        length = (bx - ax) ** 2 + (by - ay) ** 2
        u = 0.0 if length == 0.0 else min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
        gap = math.hypot(ax + u * (bx - ax) - x, ay + u * (by - ay) - y)
        if gap < off - 1e-9 or (gap < off + 1e-9 and u < 1.0):
            best, off = leg, gap
    return best, off > OFF_ROUTE
