"""Cost-to-go rows: Dial's bucket search backwards from a goal, kept in a bounded least-recently-used store."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.grid import Grid, GridMotion
from amr_lab.mapf.jit import njit

FAR = 65535
"""Cost of a state that is not known or cannot reach the goal."""
EXACT = 1 << 30
"""Stands for a row that is exact everywhere."""
MARGIN = 20
"""How many steps further than its robot a row reaches: robots are pushed off their way."""
LARGE = 40_000
"""From so many states on, rows reach only as far as their robot needs."""
RING = 256
"""Buckets: more than the largest cost of an action and twice the least together."""


@njit
def ahead(place: Any, cell: int, to: int, least: int) -> Any:
    """Return what is needed at least from one cell to another, place [cells, 2] being row and column."""
    return least * (abs(place[cell, 0] - place[to, 0]) + abs(place[cell, 1] - place[to, 1]))


@njit
def offer(entry: Any, head: Any, estimate: Any, count: int, state: Any, cost: Any) -> Any:
    """Put a state into the bucket of its estimate; return the number of entries."""
    slot = estimate & (RING - 1)
    entry[count, 0] = state
    entry[count, 1] = cost
    entry[count, 2] = head[slot]
    head[slot] = count
    return count + 1


@njit
def fill_row(
    row: Any,
    goal: int,
    bits: int,
    pred: Any,
    place: Any,
    until: int,
    least: int,
    margin: int,
    head: Any,
    entry: Any,
) -> int:
    """Fill row [states] uint16 with the cost to reach the goal cell; return up to which estimate it is exact.

    With until < 0 the whole row is filled. Otherwise the search heads for the state until (A*) and stops margin cost
    units after it: exact is where cost + ahead(cell, cell of until) is at most the number returned. least is the
    smallest cost of a step; pred [states, k] is (state before << 8) + cost of the action, negative where there is none;
    head [RING] and entry [states * k + headings, 3] int32 (state, cost, next in bucket) are scratch memory.
    """
    row[:] = FAR
    head[:] = -1
    to = until >> bits if until >= 0 else goal
    if until < 0:
        least = 0
    d = ahead(place, goal, to, least)
    count = 0
    for h in range(1 << bits):
        count = offer(entry, head, d, count, (goal << bits) + h, 0)
        row[(goal << bits) + h] = 0
    idle, limit = 0, EXACT
    while idle < RING and d <= limit:
        at = head[d & (RING - 1)]
        head[d & (RING - 1)] = -1
        if at < 0:
            idle += 1
            d += 1
            continue
        # Steps towards the robot do not raise the estimate: they join the bucket that is being emptied.
        idle = 0
        while at >= 0:
            state, cost, at = entry[at, 0], entry[at, 1], entry[at, 2]
            if cost != row[state]:
                continue
            if state == until:
                limit = min(limit, d + margin)
            for k in range(pred.shape[1]):
                before = pred[state, k] >> 8
                value = cost + (pred[state, k] & 255)
                if before >= 0 and value < row[before]:
                    row[before] = value
                    estimate = value + ahead(place, before >> bits, to, least)
                    count = offer(entry, head, estimate, count, before, value)
    return limit


@njit
def missing(
    states: Any, slots: Any, rows: Any, radius: Any, to: Any, place: Any, least: int, bits: int, used: Any, out: Any
) -> int:
    """Write into out the robots whose row is absent or not exact at their state; return how many they are.

    slots [n] are their rows, -1 = none; used [slots] becomes the present time, used[-1], for the rows of the others.
    """
    count = 0
    now = used[-1]
    for i in range(len(states)):
        slot = slots[i]
        if slot >= 0 and (
            radius[slot] == EXACT
            or rows[slot, states[i]] + ahead(place, states[i] >> bits, to[slot], least) <= radius[slot]
        ):
            used[slot] = now
        else:
            out[count] = i
            count += 1
    return count


class DistanceRows:
    """Rows per goal cell under one set of action costs.

    rows [slots, states] uint16, slot_of_goal [cells] int32 (-1 = none).
    Holds max_bytes, or one row a robot if that is more.
    """

    def __init__(self, grid: Grid, motion: GridMotion, costs: NDArray[np.uint8], robots: int, max_bytes: int) -> None:
        self.motion = motion
        # Every robot needs its own row at the same time, whatever the bound says.
        self.slots = int(min(grid.cells, max(robots + 64, max_bytes // (2 * motion.states))))
        self.rows = np.empty((self.slots, motion.states), np.uint16)
        self.slot_of_goal = np.full(grid.cells, -1, np.int32)
        self.computed = 0
        self.partial = motion.states > LARGE
        self._goal_of_slot = np.full(self.slots, -1, np.int32)
        self._radius = np.zeros(self.slots, np.int32)
        self._to = np.zeros(self.slots, np.int32)
        self._used = np.full(self.slots + 1, -1, np.int64)
        self._filled = 0
        packed = (motion.pred.astype(np.int64) << 8) + costs[motion.pred, motion.pred_action]
        width = np.int32 if motion.states < 1 << 23 else np.int64
        self._pred = np.where(motion.pred >= 0, packed, -1).astype(width)
        self._place = np.stack(np.divmod(grid.linear_of, grid.width), axis=1).astype(np.int32)
        self._least = int(costs.min())
        self._margin = MARGIN * self._least
        size = motion.states * motion.pred.shape[1] + motion.headings
        self._scratch = np.empty(RING, np.int32), np.empty((size, 3), np.int32)
        self._out = np.empty(robots, np.int32)

    def require(self, goals: NDArray[np.int32], states: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the slot of each robot's row, computing what is missing (goals: cells, states: where they are)."""
        self._used[-1] += 1
        while True:
            slots = self.slot_of_goal[goals]
            lacking = self._out[: self._missing(states, slots, self._out)]
            if not len(lacking):
                return slots
            for robot in lacking.tolist():
                self._compute(int(goals[robot]), states[robot : robot + 1])

    def prepare(self, goals: NDArray[np.int32]) -> None:
        """Compute full rows of these goals ahead, as far as they fit."""
        for goal in goals[: self.slots].tolist():
            if self.slot_of_goal[goal] < 0 and self._filled < self.slots:
                self._fill(self._slot_for(goal), goal, -1)

    def _missing(self, states: NDArray[np.int32], slots: NDArray[np.int32], out: NDArray[np.int32]) -> int:
        known = self._radius, self._to, self._place, self._least, self.motion.bits
        return int(missing(states, slots, self.rows, *known, self._used, out))

    def _compute(self, goal: int, state: NDArray[np.int32]) -> None:
        """Compute a row unless another robot with the same goal has just brought it about."""
        slot = self.slot_of_goal[goal : goal + 1]
        if self._missing(state, slot, np.empty(1, np.int32)):
            # A row that heads for one robot does not serve another far from it: both get a whole one.
            shared = slot[0] >= 0 and self._used[slot[0]] == self._used[-1]
            self._fill(self._slot_for(goal), goal, int(state[0]) if self.partial and not shared else -1)

    def _fill(self, slot: int, goal: int, until: int) -> None:
        bits = self.motion.bits
        graph = bits, self._pred, self._place
        self._radius[slot] = fill_row(self.rows[slot], goal, *graph, until, self._least, self._margin, *self._scratch)
        self._to[slot] = max(until, 0) >> bits
        self._used[slot] = self._used[-1]
        self.computed += 1

    def _slot_for(self, goal: int) -> int:
        """Return the slot of a goal: the one it has, a new one, or that of the row not used for longest."""
        slot = int(self.slot_of_goal[goal])
        if slot >= 0:
            return slot
        if self._filled < self.slots:
            slot = self._filled
            self._filled += 1
        else:
            slot = int(np.argmin(self._used[: self.slots]))
            self.slot_of_goal[self._goal_of_slot[slot]] = -1
        self.slot_of_goal[goal], self._goal_of_slot[slot] = slot, goal
        return slot
