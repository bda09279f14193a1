"""State lattice search for a body that drives straight and turns on the spot (Numba kernels).

States are (row, column, heading) on a 0.1 m grid with 16 headings whose directions are exact lattice vectors, so
straight steps end on grid points. Source: Pivtoraiko, Knepper, Kelly 2009 (state lattices); weighted A* (Pohl 1970).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from amr_navigation.costmap.footprint import lookup, njit, rect_free
from amr_navigation.planning.heuristic import UNIT, closeness

CELL = 0.1  # m between two states: two cells of the map; chosen, since each finer step costs states
STEPS = np.array(
    (
        (3, 0), (2, 1), (2, 2), (1, 2), (0, 3), (-1, 2), (-2, 2), (-2, 1),
        (-3, 0), (-2, -1), (-2, -2), (-1, -2), (0, -3), (1, -2), (2, -2), (2, -1),
    ),
    dtype=np.int64,
)  # fmt: skip
HEADINGS = np.arctan2(STEPS[:, 1], STEPS[:, 0]).astype(np.float64)
EASED = 1.3  # m from start and goal; chosen: about a robot's length, so that it gets out of where it stands
# m that a turn to the next of 16 headings costs; chosen: turns stop the robot, so a detour of as much is better
TURN_COST = 0.4
REVERSE_FACTOR = 2.5  # times the way driven backwards; chosen: only where turning round costs more
GREED = 1.4  # times the cost-to-go, weighted A*; chosen: a slightly longer way for far fewer states
BACKWARDS = 3.0
"""Distance (m) to the goal from which it may be reached backwards."""
AT_THE_GOAL = 1.5
"""Distance (m) to the goal from which the last straight drive may pass as close to things as the search itself."""


@njit
def clear(world: Any, meta: Any, local: Any, lmeta: Any, x: float, y: float, theta: float, body: Any) -> bool:
    """Return whether the body at (x, y, theta) is free on the static map and on the local obstacle grid.

    meta: resolution and origin (m) of the map, then start x, y and goal x, y, and by how much (m) the body may be
    smaller within EASED m of the start and of the goal.
    """
    less = 0.0
    if meta[7] > 0.0 and math.hypot(x - meta[3], y - meta[4]) < EASED:
        less = meta[7]
    if meta[8] > less and math.hypot(x - meta[5], y - meta[6]) < EASED:
        less = meta[8]
    pose = (x, y, theta)
    front, rear, left, right = body[0] - less, body[1] - less, body[2] - less, body[3] - less
    if not rect_free(world, meta[0], meta[1], meta[2], -9.0, pose, front, rear, left, right):
        return False
    if local.shape[0] < 2:
        return True
    return bool(rect_free(local, lmeta[0], lmeta[1], lmeta[2], 9.0, pose, front, rear, left, right))


@njit
def straight_free(world: Any, meta: Any, local: Any, lmeta: Any, a: Any, b: Any, theta: float, body: Any) -> bool:
    """Return whether the body can slide from a to b (x, y) at heading theta."""
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    count = math.ceil(length / CELL) + 1
    for k in range(count + 1):
        f = k / count
        if not clear(world, meta, local, lmeta, a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1]), theta, body):
            return False
    return True


@njit
def turn_free(
    world: Any, meta: Any, local: Any, lmeta: Any, x: float, y: float, start: float, stop: float, body: Any
) -> bool:
    """Return whether the body can turn on the spot from heading start to stop the short way."""
    turn = (stop - start + math.pi) % (2.0 * math.pi) - math.pi
    count = int(abs(turn) / 0.12) + 1
    free, k = True, 1
    while free and k <= count:
        free = clear(world, meta, local, lmeta, x, y, start + turn * k / count, body)
        k += 1
    return free


@njit
def _push(heap_f: Any, heap_n: Any, size: int, f: float, node: int) -> int:
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if heap_f[up] <= f:
            break
        heap_f[i], heap_n[i] = heap_f[up], heap_n[up]
        i = up
    heap_f[i], heap_n[i] = f, node
    return size + 1


@njit
def _pop(heap_f: Any, heap_n: Any, size: int) -> int:
    """Drop the root; the caller has read it. Return the new size."""
    size -= 1
    f, node = heap_f[size], heap_n[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap_f[child + 1] < heap_f[child]:
            child += 1
        if heap_f[child] >= f:
            break
        heap_f[i], heap_n[i] = heap_f[child], heap_n[child]
        i = child
    heap_f[i], heap_n[i] = f, node
    return size


@njit
def _slot(keys: Any, key: int) -> int:
    """Return the slot of key in the open-addressing table, or the free slot it belongs in."""
    mask = keys.shape[0] - 1
    i = (key * 2654435761) & mask
    while keys[i] != -1 and keys[i] != key:
        i = (i + 1) & mask
    return int(i)


@njit
def _shot(
    world: Any, meta: Any, local: Any, lmeta: Any, x: float, y: float, theta: float, goal: Any, body: Any, back: bool
) -> bool:
    """Return whether the goal is reached from here by turn, straight drive (backwards if back), turn."""
    way = math.hypot(goal[0] - x, goal[1] - y)
    bearing = theta
    if way > 0.02:
        bearing = math.atan2(goal[1] - y, goal[0] - x) + (math.pi if back else 0.0)
    return bool(
        turn_free(world, meta, local, lmeta, goal[0], goal[1], bearing, goal[2], body)
        and turn_free(world, meta, local, lmeta, x, y, theta, bearing, body)
        and straight_free(world, meta, local, lmeta, (x, y), (goal[0], goal[1]), bearing, body)
    )


@njit
def _last_drive(
    world: Any, meta: Any, local: Any, lmeta: Any, x: float, y: float, theta: float, goal: Any, body: Any
) -> int:
    """Return how the goal is reached from here without a search: 1 forwards, -1 backwards, 0 not at all."""
    if _shot(world, meta, local, lmeta, x, y, theta, goal, body, False):
        return 1
    near = math.hypot(goal[0] - x, goal[1] - y) < BACKWARDS
    return -1 if near and _shot(world, meta, local, lmeta, x, y, theta, goal, body, True) else 0


@njit
def _reach(
    world: Any, meta: Any, local: Any, lmeta: Any, x: float, y: float, nx: float, ny: float, a: int, b: int, body: Any
) -> bool:
    """Return whether the body gets from (x, y, heading a) to (nx, ny, heading b), by a turn or a straight step."""
    if a != b:
        return bool(turn_free(world, meta, local, lmeta, x, y, HEADINGS[a], HEADINGS[b], body))
    return bool(
        clear(world, meta, local, lmeta, 0.5 * (x + nx), 0.5 * (y + ny), HEADINGS[b], body)
        and clear(world, meta, local, lmeta, nx, ny, HEADINGS[b], body)
    )


@njit
def _move(
    world: Any, meta: Any, local: Any, lmeta: Any, togo: Any, cell: float, r: int, c: int, k: int, move: int, body: Any
) -> tuple[int, int, int, float]:
    """Return (key, coarse row, coarse column, cost) of the state that move leads to; key -1 when it cannot be reached.

    Moves: 0 turn left, 1 turn right, 2 forwards, 3 backwards.
    """
    rows, cols = int(world.shape[0] * meta[0] / CELL), int(world.shape[1] * meta[0] / CELL)
    nk, nr, nc, cost = k, r, c, TURN_COST
    if move < 2:
        nk = (k + (1 if move == 0 else 15)) % 16
    else:
        way = 1 if move == 2 else -1
        nr, nc = r + way * STEPS[k, 1], c + way * STEPS[k, 0]
        cost = CELL * math.hypot(float(STEPS[k, 0]), float(STEPS[k, 1]))
    if nr < 0 or nc < 0 or nr >= rows or nc >= cols:
        return -1, 0, 0, 0.0
    nx, ny = meta[1] + (nc + 0.5) * CELL, meta[2] + (nr + 0.5) * CELL
    tr, tc = int((ny - meta[2]) / cell), int((nx - meta[1]) / cell)
    if tr >= togo.shape[0] or tc >= togo.shape[1] or togo[tr, tc] < 0:
        return -1, 0, 0, 0.0
    if move >= 2:
        cost *= 1.0 + closeness(lookup(world, meta[0], meta[1], meta[2], -9.0, nx, ny))
    if move == 3:
        cost *= REVERSE_FACTOR
    x, y = meta[1] + (c + 0.5) * CELL, meta[2] + (r + 0.5) * CELL
    if not _reach(world, meta, local, lmeta, x, y, nx, ny, k, nk, body):
        return -1, 0, 0, 0.0
    return (nr * cols + nc) * 16 + nk, tr, tc, cost


@njit
def _start_key(cols: int, meta: Any, start: Any) -> int:
    """Return the key of the state closest to start (x, y, theta)."""
    nearest = 0
    for k in range(16):
        if math.cos(HEADINGS[k] - start[2]) > math.cos(HEADINGS[nearest] - start[2]):
            nearest = k
    column, row = int((start[0] - meta[1]) / CELL), int((start[1] - meta[2]) / CELL)
    return (row * cols + column) * 16 + nearest


@njit
def _place(key: int, cols: int) -> tuple[int, int, int]:
    """Return heading, column and row of a state."""
    return key % 16, (key // 16) % cols, (key // 16) // cols


@njit
def _spread(
    world: Any,
    meta: Any,
    local: Any,
    lmeta: Any,
    togo: Any,
    cell: float,
    body: Any,
    table: tuple[Any, Any, Any, Any],
    heap: tuple[Any, Any, int],
    node: int,
    cols: int,
) -> int:
    """Put the states that moves from a node reach better than before into the heap; return its new count."""
    (keys, g, parent, done), (heap_f, heap_n, count) = table, heap
    k, c, r = _place(keys[node], cols)
    for move in range(4):
        key, tr, tc, cost = _move(world, meta, local, lmeta, togo, cell, r, c, k, move, body)
        if key < 0:
            continue
        slot, new = _slot(keys, key), g[node] + cost
        if keys[slot] == key and (done[slot] or g[slot] <= new):
            continue
        keys[slot], g[slot], parent[slot] = key, new, node
        if count < heap_f.shape[0]:
            count = _push(heap_f, heap_n, count, new + GREED * togo[tr, tc] * cell * UNIT, slot)
    return count


@njit
def search(
    world: Any,
    meta: Any,
    local: Any,
    lmeta: Any,
    togo: Any,
    cell: float,
    start: Any,
    goal: Any,
    body: Any,
    wide: Any,
    limit: int,
) -> tuple[Any, int, int]:
    """Search from start to goal (x, y, theta, map frame).

    Returns (poses N x 3 without the goal, direction +1 or -1 of the last drive to the goal, expansions).

    wide is the body with the room that it is given where there is room: the last drive keeps it, unless it begins close
    to the goal or where wide does not fit, or unless there is no other way.

    togo holds the cost-to-go on cells of side cell (m). An empty result means: no way, or more than limit expansions.
    """
    cols = int(world.shape[1] * meta[0] / CELL)
    size = 1 << 19
    keys = np.full(size, -1, np.int64)
    g = np.empty(size, np.float32)
    parent = np.empty(size, np.int64)
    done = np.zeros(size, np.uint8)
    heap_f, heap_n = np.empty(4 * size, np.float32), np.empty(4 * size, np.int64)
    key = _start_key(cols, meta, start)
    first = _slot(keys, key)
    keys[first], g[first], parent[first] = key, 0.0, -1
    count, expanded = _push(heap_f, heap_n, 0, 0.0, first), 0
    spare, spare_way = -1, 1
    while count > 0 and expanded < limit:
        node = heap_n[0]
        count = _pop(heap_f, heap_n, count)
        if done[node]:
            continue
        done[node] = 1
        expanded += 1
        k, c, r = _place(keys[node], cols)
        x, y = meta[1] + (c + 0.5) * CELL, meta[2] + (r + 0.5) * CELL
        way_left = math.hypot(goal[0] - x, goal[1] - y)
        if way_left < 4.0 or expanded % 64 == 1:
            roomy = way_left >= AT_THE_GOAL and clear(world, meta, local, lmeta, x, y, HEADINGS[k], wide)
            last = _last_drive(world, meta, local, lmeta, x, y, HEADINGS[k], goal, wide if roomy else body)
            if last != 0:
                return _trace(keys, parent, node, cols, meta), last, expanded
            if roomy and spare < 0:  # into a place between cells and headings of the lattice nothing else may lead
                spare_way = _last_drive(world, meta, local, lmeta, x, y, HEADINGS[k], goal, body)
                spare = node if spare_way != 0 else -1
        table, heap = (keys, g, parent, done), (heap_f, heap_n, count)
        count = _spread(world, meta, local, lmeta, togo, cell, body, table, heap, node, cols)
        if expanded > size // 5:
            break
    if spare >= 0:
        return _trace(keys, parent, spare, cols, meta), spare_way, expanded
    return np.empty((0, 3)), 1, expanded


@njit
def _trace(keys: Any, parent: Any, node: int, cols: int, meta: Any) -> Any:
    """Return the poses from the first state to node."""
    n, at = 0, node
    while at >= 0:
        n += 1
        at = parent[at]
    out = np.empty((n, 3))
    at = node
    for i in range(n - 1, -1, -1):
        k, c, r = _place(keys[at], cols)
        out[i, 0] = meta[1] + (c + 0.5) * CELL
        out[i, 1] = meta[2] + (r + 0.5) * CELL
        out[i, 2] = HEADINGS[k]
        at = parent[at]
    return out
