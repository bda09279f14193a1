"""Keeps a window of conflict-free paths from step to step and improves it as long as the budget lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.carry import NONE, carry_over, carry_scratch
from amr_lab.mapf.fast import Field, GridScene, field_parts, improve
from amr_lab.mapf.grid import Grid, GridMotion
from amr_lab.mapf.window import GROUP, LEVELS, NODES, TABLE, Window, assess, renew, search

CHUNK = 256


@dataclass(frozen=True, slots=True)
class Limit:
    """When to stop searching: at a time of the clock (s) or after some rounds, whichever is first."""

    until: float
    rounds: int
    clock: Callable[[], float] = time.perf_counter


class Lookahead:
    """Paths of width actions for all robots; the last few are laid by the fast step, then the search improves all."""

    def __init__(
        self,
        grid: Grid,
        moves: GridMotion,
        costs: NDArray[np.uint8],
        starts: NDArray[np.int32],
        width: int,
        length: int,
        seed: int,
    ) -> None:
        n = len(starts)
        self.width, self.length, self.now, self.rounds = width, length, 0, 0
        held = np.full((width + 1, grid.cells), NONE, np.int32)
        self.path = np.repeat(starts[:, None], width + 1, axis=1).astype(np.int32)
        self.weight = np.ones(n, np.int32)
        self._tail = field_parts(grid, moves, costs, starts, length) | {"held": held[width - length :]}
        self._scratch = carry_scratch(n, width)
        self._goal = np.full(n, -1, np.int32)
        self._parts: dict[str, Any] = {
            "bits": moves.bits,
            "succ": moves.succ,
            "cost": costs,
            "path": self.path,
            "held": held,
            "delay": np.zeros(n, np.int32),
            "weight": self.weight,
            "dice": np.array([seed * 2654435761 + 88172645463325252], np.uint64),
            "node": np.zeros((NODES, 6), np.int32),
            "head": np.zeros(LEVELS, np.int32),
            "table": np.zeros((TABLE, 2), np.int32),
            "stamp": np.zeros(1, np.int32),
            "team": np.zeros(GROUP, np.int32),
            "former": np.zeros((GROUP, width + 1), np.int32),
            "member": np.zeros(n, np.bool_),
            "trial": np.zeros(GROUP, np.int32),
        }

    def step(self, scene: GridScene, limit: Limit) -> NDArray[np.int32]:
        """Return the paths [n, width+1] of states from now on; the first action is to be executed."""
        self.now += 1
        window = Window(rows=scene.rows, slot=scene.slot, goal=scene.goal, hold=scene.hold, **self._parts)
        expected = self.path[:, 1:].copy()
        carry_over(window, scene.states, *self._scratch)
        upset = (self.path[:, :-1] != expected).any(axis=1) | (scene.goal != self._goal)
        self._goal = scene.goal.copy()
        self._extend(scene)
        assess(window)
        order = scene.order
        renew(window, order[upset[order]])
        self._search(window, limit)
        return self.path

    def _extend(self, scene: GridScene) -> None:
        """Let the fast step lay the end of the window: the carried paths end with a wait."""
        field = Field(rows=scene.rows, slot=scene.slot, goal=scene.goal, hold=scene.hold, **self._tail)
        first = self.width - self.length
        field.path[:] = self.path[:, first:]
        # Those nearest to their goals go first; who has been there already makes room.
        left = scene.rows[scene.slot, self.path[:, -1]].astype(np.int64)
        reached = (self.path[:, 1:] >> field.bits == scene.goal[:, None]).any(axis=1)
        left[reached] += 1 << 20
        left -= (self.weight.astype(np.int64) - 1) << 17
        improve(field, np.argsort(left, kind="stable").astype(np.int32), self.now)
        self.path[:, first:] = field.path

    def _search(self, window: Window, limit: Limit) -> None:
        """Search in chunks that take a quarter of the time left at most."""
        left, chunk = limit.rounds, 4
        now = limit.clock()
        took = 0.0
        while left > 0 and now + took < limit.until:
            count = min(chunk, left)
            if search(window, count) < 0:
                return
            self.rounds += count
            left -= count
            then, now = now, limit.clock()
            each = max((now - then) / count, 1e-7)
            chunk = int(min(CHUNK, max(1.0, 0.25 * (limit.until - now) / each)))
            took = each * chunk
