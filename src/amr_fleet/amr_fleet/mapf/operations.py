"""Operations: short action sequences among which the fast step chooses for each robot."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from amr_fleet.mapf.grid import STEPS, Model


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


@cache
def operations(model: Model, length: int) -> NDArray[np.int8]:
    """Return the sequences of actions [count, length] int8 worth trying.

    Of those that occupy the same cells at the same times and end alike, the one that acts earliest is kept. Sequences
    with a turn after the last step are left out: the cost-to-go of the shorter turn-free one ranks them already.
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
    kept = sorted(best.values(), key=lambda a: (sum(action == wait for action in a), a))
    return np.array(kept, np.int8)
