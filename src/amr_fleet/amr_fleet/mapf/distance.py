"""Cost-to-go rows: Dial's bucket search backwards from a goal, kept in a bounded least-recently-used store."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amr_fleet.mapf.grid import Motion
from amr_fleet.mapf.jit import njit

FAR = 65535
"""Cost of a state that is not known or cannot reach the goal."""
RING = 256
"""Buckets: one more than the largest cost of an action."""


@njit
def fill_row(
    row: Any,
    goal: int,
    headings: int,
    pred: Any,
    pred_cost: Any,
    until: int,
    margin: int,
    head: Any,
    link: Any,
    item: Any,
) -> int:
    """Fill row [states] uint16 with the cost to reach the goal cell; return up to which cost it is exact.

    Stops margin cost units after the state until was settled; until < 0 fills the row. head [RING], link and item
    [states * preds + headings] int32 are scratch memory.
    """
    row[:] = FAR
    head[:] = -1
    count = 0
    for h in range(headings):
        row[goal * headings + h] = 0
        item[count] = goal * headings + h
        link[count] = head[0]
        head[0] = count
        count += 1
    d, idle, limit = 0, 0, FAR - 1
    while idle < RING and d <= limit:
        slot = d % RING
        entry = head[slot]
        head[slot] = -1
        idle = idle + 1 if entry < 0 else 0
        while entry >= 0:
            state = item[entry]
            entry = link[entry]
            if row[state] != d:
                continue
            if state == until:
                limit = min(limit, d + margin)
            for k in range(pred.shape[1]):
                before = pred[state, k]
                if before >= 0:
                    value = d + pred_cost[state, k]
                    if value < row[before]:
                        row[before] = value
                        item[count] = before
                        link[count] = head[value % RING]
                        head[value % RING] = count
                        count += 1
        d += 1
    return d - 1 if d > limit else FAR - 1


@njit
def missing(states: Any, slot_of_goal: Any, goals: Any, rows: Any, radius: Any, used: Any, now: int, out: Any) -> int:
    """Write into out the robots whose row is absent or ends before their state; mark the others' rows as used."""
    count = 0
    for i in range(len(goals)):
        slot = slot_of_goal[goals[i]]
        if slot >= 0 and (radius[slot] == FAR - 1 or rows[slot, states[i]] <= radius[slot]):
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

    def __init__(self, motion: Motion, costs: NDArray[np.uint8], robots: int, max_bytes: int) -> None:
        self.motion = motion
        cells = motion.states // motion.headings
        # Every robot needs its own row at the same time, whatever the bound says.
        self.slots = int(min(cells, max(robots + 64, max_bytes // (2 * motion.states))))
        self.rows = np.empty((self.slots, motion.states), np.uint16)
        self.slot_of_goal = np.full(cells, -1, np.int32)
        self.goal_of_slot = np.full(self.slots, -1, np.int32)
        self.radius = np.zeros(self.slots, np.int32)
        self.used = np.full(self.slots, -1, np.int64)
        self.computed = 0
        self._filled = 0
        self._now = 0
        self._pred_cost = np.where(motion.pred >= 0, costs[motion.pred, motion.pred_action], 0).astype(np.int32)
        size = motion.states * motion.pred.shape[1] + motion.headings
        self._scratch = (np.empty(RING, np.int32), np.empty(size, np.int32), np.empty(size, np.int32))
        self._out = np.empty(robots, np.int32)
        self.margin = 60 * int(costs[:, -1].max())
        self.partial = motion.states > 40_000

    def require(self, goals: NDArray[np.int32], states: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the slot of each robot's row, computing what is missing (goals: cells, states: where they are)."""
        self._now += 1
        while True:
            count = missing(states, self.slot_of_goal, goals, self.rows, self.radius, self.used, self._now, self._out)
            if not count:
                return self.slot_of_goal[goals]
            for robot in self._out[:count].tolist():
                self._compute(int(goals[robot]), int(states[robot]))

    def prepare(self, goals: NDArray[np.int32]) -> None:
        """Compute full rows of these goals ahead, as far as they fit."""
        for goal in goals[: self.slots].tolist():
            if self.slot_of_goal[goal] < 0 and self._filled < self.slots:
                self._compute(goal, -1)

    def _compute(self, goal: int, state: int) -> None:
        slot = int(self.slot_of_goal[goal])
        if slot >= 0 and (self.radius[slot] == FAR - 1 or self.rows[slot, state] <= self.radius[slot]):
            self.used[slot] = self._now
            return
        if slot < 0:
            slot = self._free_slot()
            self.slot_of_goal[goal], self.goal_of_slot[slot] = slot, goal
        until = state if self.partial else -1
        self.radius[slot] = fill_row(
            self.rows[slot],
            goal,
            self.motion.headings,
            self.motion.pred,
            self._pred_cost,
            until,
            self.margin,
            *self._scratch,
        )
        self.used[slot] = self._now
        self.computed += 1

    def _free_slot(self) -> int:
        if self._filled < self.slots:
            self._filled += 1
            return self._filled - 1
        slot = int(np.argmin(self.used[: self.slots]))
        self.slot_of_goal[self.goal_of_slot[slot]] = -1
        return slot
