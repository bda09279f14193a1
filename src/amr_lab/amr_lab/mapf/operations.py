"""Operations: short action sequences among which the fast step chooses for each robot."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.grid import FORWARD, STEPS, Model


def _trace(model: Model, actions: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Return (row, column, heading) after each action on an empty grid, from the origin facing east."""
    row, column, heading = 0, 0, 0
    out = []
    for action in actions:
        if model == "plain" and action < 4:
            row, column = row + STEPS[action][0], column + STEPS[action][1]
        elif model == "rotation" and action == 0:
            row, column = row + STEPS[heading][0], column + STEPS[heading][1]
        elif model == "rotation" and action in (1, 2):
            heading = (heading + (1 if action == 1 else 3)) % 4
        out.append((row, column, heading))
    return tuple(out)


def _effort(actions: tuple[int, ...], wait: int) -> tuple[int, tuple[int, ...]]:
    return sum(action != wait for action in actions), actions


def _waits(actions: tuple[int, ...], wait: int) -> int:
    """Return how many waits come before the last other action."""
    while actions and actions[-1] == wait:
        actions = actions[:-1]
    return actions.count(wait)


@cache
def operations(model: Model, length: int) -> NDArray[np.int8]:
    """Return the sequences of actions [count, length] int8 worth trying.

    Of those that occupy the same cells at the same times and end alike, the one that acts earliest is kept. Sequences
    with a turn after the last step are left out: where they wait, the fast step turns as the way goes on (see reach).
    The first of several as good ones is the one that waits least before it has acted. So a robot that is held up turns
    this way and that: it costs no more than to wait, and it is what dissolves the queues of a crowd.
    """
    wait = 4 if model == "plain" else 3
    best: dict[tuple[object, ...], tuple[int, ...]] = {}
    for actions in product(range(wait + 1), repeat=length):
        moves = [t for t, action in enumerate(actions) if (action < 4 if model == "plain" else action == 0)]
        last = moves[-1] if moves else -1
        if model == "rotation" and moves and any(action != wait for action in actions[last + 1 :]):
            continue
        states = _trace(model, actions)
        key = (tuple(state[:2] for state in states), states[-1])
        # Fewest actions, and those as early as the cells allow: waiting sorts last.
        if key not in best or _effort(actions, wait) < _effort(best[key], wait):
            best[key] = actions
    return np.array(sorted(best.values(), key=lambda actions: (_waits(actions, wait), actions)), np.int8)


def reach(model: Model, ops: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return how many actions [count] each operation needs up to its last step; all of them where nothing can turn."""
    if model == "plain":
        return np.full(len(ops), ops.shape[1], np.int32)
    steps = np.where(ops == FORWARD, np.arange(1, ops.shape[1] + 1), 0)
    last: NDArray[np.int32] = steps.max(axis=1).astype(np.int32)
    return last
