"""Cost-to-go rows: Dial's bucket search backwards from a goal, kept in a bounded least-recently-used store."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amr_fleet.mapf.grid import Grid, Motion
from amr_fleet.mapf.jit import njit

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
def fill_row(
    row: Any,
    goal: int,
    headings: int,
    pred: Any,
    pred_cost: Any,
    place: Any,
    until: int,
    least: int,
    margin: int,
    head: Any,
    link: Any,
    item: Any,
) -> int:
    """Fill row [states] uint16 with the cost to reach the goal cell; return up to which estimate it is exact.

    With until < 0 the whole row is filled. Otherwise the search heads for the state until (A*) and stops margin cost
    units after it: exact is where cost + ahead(cell, cell of until) is at most the number returned. least is the
    smallest cost of a step; head [RING], link and item [states * preds + headings] int32 are scratch memory.
    """
    row[:] = FAR
    head[:] = -1
    to = until // headings if until >= 0 else goal
    if until < 0:
        least = 0
    d = ahead(place, goal, to, least)
    count = 0
    for h in range(headings):
        row[goal * headings + h] = 0
        item[count] = goal * headings + h
        link[count] = head[d % RING]
        head[d % RING] = count
        count += 1
    idle, limit = 0, EXACT
    while idle < RING and d <= limit:
        entry = head[d % RING]
        head[d % RING] = -1
        if entry < 0:
            idle += 1
            d += 1
            continue
        # Steps towards the robot do not raise the estimate: they join the bucket that is being emptied.
        idle = 0
        while entry >= 0:
            state = item[entry]
            entry = link[entry]
            cost = np.int64(row[state])
            if cost + ahead(place, state // headings, to, least) != d:
                continue
            if state == until:
                limit = min(limit, d + margin)
            for k in range(pred.shape[1]):
                before = pred[state, k]
                if before >= 0:
                    value = cost + pred_cost[state, k]
                    if value < row[before]:
                        row[before] = value
                        slot = (value + ahead(place, before // headings, to, least)) % RING
                        item[count] = before
                        link[count] = head[slot]
                        head[slot] = count
                        count += 1
    return limit


@njit
def missing(
    states: Any, slots: Any, rows: Any, radius: Any, to: Any, place: Any, least: int, used: Any, out: Any
) -> int:
    """Write into out the robots whose row is absent or not exact at their state; return how many they are.

    slots [n] are their rows, -1 = none; used [slots] becomes the present time, used[-1], for the rows of the others.
    """
    count = 0
    headings = rows.shape[1] // len(place)
    now = used[-1]
    for i in range(len(states)):
        slot = slots[i]
        if slot >= 0 and (
            radius[slot] == EXACT
            or rows[slot, states[i]] + ahead(place, states[i] // headings, to[slot], least) <= radius[slot]
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

    def __init__(self, grid: Grid, motion: Motion, costs: NDArray[np.uint8], robots: int, max_bytes: int) -> None:
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
        self._pred_cost = np.where(motion.pred >= 0, costs[motion.pred, motion.pred_action], 0).astype(np.uint8)
        self._place = np.stack(np.divmod(grid.linear_of, grid.width), axis=1).astype(np.int32)
        self._least = int(costs.min())
        self._margin = MARGIN * self._least
        size = motion.states * motion.pred.shape[1] + motion.headings
        self._scratch = (np.empty(RING, np.int32), np.empty(size, np.int32), np.empty(size, np.int32))
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
        known = self._radius, self._to, self._place, self._least
        return int(missing(states, slots, self.rows, *known, self._used, out))

    def _compute(self, goal: int, state: NDArray[np.int32]) -> None:
        """Compute a row unless another robot with the same goal has just brought it about."""
        slot = self.slot_of_goal[goal : goal + 1]
        if self._missing(state, slot, np.empty(1, np.int32)):
            # A row that heads for one robot does not serve another far from it: both get a whole one.
            shared = slot[0] >= 0 and self._used[slot[0]] == self._used[-1]
            self._fill(self._slot_for(goal), goal, int(state[0]) if self.partial and not shared else -1)

    def _fill(self, slot: int, goal: int, until: int) -> None:
        moves = self.motion
        graph = moves.headings, moves.pred, self._pred_cost, self._place
        self._radius[slot] = fill_row(self.rows[slot], goal, *graph, until, self._least, self._margin, *self._scratch)
        self._to[slot] = max(until, 0) // moves.headings
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
