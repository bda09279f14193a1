"""The fast step: priority inheritance over operations of several actions (EPIBT, arXiv 2511.09193).

Every robot always holds a path of K actions that conflicts with no other; each step the paths are carried over, and
robots in order of priority look for better ones, pushing at most one robot a time out of the way. So there is always
a valid move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.carry import NONE, carry_over, carry_scratch, release, reserve
from amr_lab.mapf.grid import TURN_LEFT, TURN_RIGHT, WAIT, Grid, GridMotion
from amr_lab.mapf.jit import njit
from amr_lab.mapf.operations import operations, reach

MANY = -2
MAX_VISITS = 10
MAX_CHAIN = 64
BLOCKED = 1 << 24


@dataclass(frozen=True, slots=True)
class GridScene:
    """What holds in one step.

    states, goal (cells), slot, order (most urgent first), hold (steps that a stopped robot is expected to stand, 0 =
    free) [n] int32, rows [slots, states] uint16.
    """

    states: NDArray[np.int32]
    goal: NDArray[np.int32]
    rows: NDArray[np.uint16]
    slot: NDArray[np.int32]
    order: NDArray[np.int32]
    hold: NDArray[np.int32]


class Field(NamedTuple):
    """What the kernel works on. n robots, K actions, O operations, V cells, S states: cell = state >> bits.

    succ [S, A] int32, cost [S, A] uint8, ops [O, K] int8, reach [O] int32 (see operations), rows [slots, S] uint16,
    slot [n] and goal [n] int32 (row and goal cell of a robot), path [n, K+1] int32 states, held [K+1, V] int32 (who is
    where when, -1 nobody), rank [n] int32 (0 = first), hold [n] int32 (steps that a stopped robot has to stand), choice
    and value [n, O] int32 (operations by cost and their costs, sorted when first needed), sorted_at [n] and visits [n]
    int32, busy [n] bool (being moved by the current chain), chain [depth, 3] and kept [depth, K+1] int32: the stack of
    a chain (robot, next operation, whom it pushed; its former path).
    """

    bits: int
    succ: NDArray[np.int32]
    cost: NDArray[np.uint8]
    ops: NDArray[np.int8]
    reach: NDArray[np.int32]
    rows: NDArray[np.uint16]
    slot: NDArray[np.int32]
    goal: NDArray[np.int32]
    path: NDArray[np.int32]
    held: NDArray[np.int32]
    rank: NDArray[np.int32]
    hold: NDArray[np.int32]
    choice: NDArray[np.int32]
    value: NDArray[np.int32]
    sorted_at: NDArray[np.int32]
    visits: NDArray[np.int32]
    busy: NDArray[np.bool_]
    chain: NDArray[np.int32]
    kept: NDArray[np.int32]


@njit
def onward(succ: Any, cost: Any, row: Any, state: int) -> Any:
    """Return the turn by which the cheapest way goes on from a state, WAIT where that begins with a step."""
    for turn in (TURN_RIGHT, TURN_LEFT):
        if cost[state, turn] + np.int64(row[succ[state, turn]]) == np.int64(row[state]):
            return turn
    return WAIT


@njit
def operation_cost(f: Any, i: int, o: int) -> Any:
    """Return cost along operation o plus cost-to-go at its end; what comes after the goal is free."""
    state, total, arrived, row = f.path[i, 0], np.int64(0), False, f.rows[f.slot[i]]
    for t in range(f.reach[o]):
        action = f.ops[o, t]
        after = f.succ[state, action]
        if after < 0:
            return BLOCKED
        if not arrived:
            total += f.cost[state, action]
        state = after
        arrived = arrived or state >> f.bits == f.goal[i]
    if arrived:
        return total
    for t in range(f.reach[o], f.ops.shape[1]):
        action = f.ops[o, t] if f.ops[o, t] != WAIT else onward(f.succ, f.cost, row, state)
        total += f.cost[state, action]
        state = f.succ[state, action]
    return total + np.int64(row[state])


@njit
def sort_operations(f: Any, i: int) -> None:
    """Order the operations of robot i by cost (insertion sort, stable)."""
    count = f.ops.shape[0]
    for o in range(count):
        value = operation_cost(f, i, o)
        k = o
        while k > 0 and f.value[i, k - 1] > value:
            f.value[i, k] = f.value[i, k - 1]
            f.choice[i, k] = f.choice[i, k - 1]
            k -= 1
        f.value[i, k] = value
        f.choice[i, k] = o if value < BLOCKED else -1


@njit
def conflict(f: Any, i: int, o: int) -> int:
    """Return NONE, MANY or the one robot that operation o of robot i collides with."""
    state, other = f.path[i, 0], NONE
    for t in range(f.ops.shape[1]):
        cell = state >> f.bits
        state = f.succ[state, f.ops[o, t]]
        target = state >> f.bits
        there = f.held[t + 1, target]
        if there >= 0:
            if other >= 0 and other != there:
                return MANY
            other = there
        if target != cell:
            facing = f.held[t, target]
            if facing >= 0 and facing != i and f.held[t + 1, cell] == facing:
                if other >= 0 and other != facing:
                    return MANY
                other = facing
    return other


@njit
def write(f: Any, i: int, o: int) -> None:
    """Give robot i the path of operation o."""
    for t in range(f.ops.shape[1]):
        state = f.path[i, t]
        action = f.ops[o, t]
        if t >= f.reach[o] and action == WAIT:
            action = onward(f.succ, f.cost, f.rows[f.slot[i]], state)
        f.path[i, t + 1] = f.succ[state, action]


@njit
def enter(f: Any, i: int, depth: int, now: int) -> None:
    """Begin to look for a path of robot i at this depth of the chain."""
    if f.sorted_at[i] != now:
        sort_operations(f, i)
        f.sorted_at[i] = now
        f.visits[i] = 0
    f.visits[i] += 1
    f.busy[i] = True
    f.chain[depth, 0] = i
    f.chain[depth, 1] = 0
    f.chain[depth, 2] = NONE
    f.kept[depth] = f.path[i]


@njit
def next_try(f: Any, depth: int, root: int, now: int) -> int:
    """Give the robot at this depth its next possible operation; return whom it pushes, NONE, or MANY at the end."""
    i = f.chain[depth, 0]
    for k in range(f.chain[depth, 1], f.ops.shape[0]):
        o = f.choice[i, k]
        if o < 0:
            return MANY
        other = conflict(f, i, o)
        if other == MANY:
            continue
        if other >= 0:
            if f.busy[other] or f.hold[other] or f.rank[other] <= root or depth + 1 == len(f.chain):
                continue
            if f.sorted_at[other] == now and f.visits[other] >= MAX_VISITS:
                continue
            release(f, other)
        write(f, i, o)
        reserve(f, i)
        f.chain[depth, 1] = k + 1
        f.chain[depth, 2] = other
        return other
    return MANY


@njit
def push(f: Any, first: int, root: int, now: int) -> bool:
    """Find a path for a robot whose old one is not in the table; each robot of the chain pushes at most one further.

    A stack of our own instead of recursion: compiled recursion cannot be kept on disk.
    """
    depth = 0
    enter(f, first, 0, now)
    while True:
        i = f.chain[depth, 0]
        other = next_try(f, depth, root, now)
        if other == NONE:
            for d in range(depth + 1):
                f.busy[f.chain[d, 0]] = False
            return True
        if other >= 0:
            depth += 1
            enter(f, other, depth, now)
            continue
        f.path[i] = f.kept[depth]
        f.busy[i] = False
        depth -= 1
        if depth < 0:
            return False
        release(f, f.chain[depth, 0])
        reserve(f, i)


@njit
def improve(f: Any, order: Any, now: int) -> None:
    """Let every robot look for a better path, most urgent first."""
    for place in range(len(order)):
        f.rank[order[place]] = place
    for place in range(len(order)):
        i = order[place]
        if f.hold[i]:
            continue
        release(f, i)
        if not push(f, i, place, now):
            reserve(f, i)


def field_parts(
    grid: Grid, moves: GridMotion, costs: NDArray[np.uint8], starts: NDArray[np.int32], length: int
) -> dict[str, Any]:
    """Return the members of a Field that last from step to step; everyone stands at starts (states)."""
    n = len(starts)
    ops = operations(moves.model, length)
    return {
        "bits": moves.bits,
        "succ": moves.succ,
        "cost": costs,
        "ops": ops,
        "reach": reach(moves.model, ops),
        "path": np.repeat(starts[:, None], length + 1, axis=1).astype(np.int32),
        "held": np.full((length + 1, grid.cells), NONE, np.int32),
        "rank": np.zeros(n, np.int32),
        "choice": np.zeros((n, len(ops)), np.int32),
        "value": np.zeros((n, len(ops)), np.int32),
        "sorted_at": np.full(n, -1, np.int32),
        "visits": np.zeros(n, np.int32),
        "busy": np.zeros(n, np.bool_),
        "chain": np.zeros((MAX_CHAIN, 3), np.int32),
        "kept": np.zeros((MAX_CHAIN, length + 1), np.int32),
    }


class FastStep:
    """Holds the paths of all robots from step to step."""

    def __init__(
        self, grid: Grid, moves: GridMotion, costs: NDArray[np.uint8], starts: NDArray[np.int32], length: int
    ) -> None:
        self.now = 0
        self._parts = field_parts(grid, moves, costs, starts, length)
        self._scratch = carry_scratch(len(starts), length)

    def step(self, scene: GridScene) -> NDArray[np.int32]:
        """Return the paths [n, K+1] of states from now on; the first action is to be executed."""
        self.now += 1
        field = Field(rows=scene.rows, slot=scene.slot, goal=scene.goal, hold=scene.hold, **self._parts)
        carry_over(field, scene.states, *self._scratch)
        improve(field, scene.order, self.now)
        path: NDArray[np.int32] = field.path
        return path
