"""Carries the paths of all robots from one step to the next, whatever really happened in between.

Where everyone did as planned, the paths lose their first action. Where somebody was late, everyone keeps his way and
every cell is passed in the planned order: the late one moves later, and so do those who have to wait for him. This is
what an action-dependency graph does; the retimed paths conflict as little as the former ones did.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.jit import njit

NONE = -1


@njit
def release(f: Any, i: int) -> None:
    """Take the path of robot i out of the table."""
    for t in range(1, f.path.shape[1]):
        f.held[t, f.path[i, t] >> f.bits] = NONE


@njit
def reserve(f: Any, i: int) -> None:
    """Put the path of robot i into the table."""
    for t in range(1, f.path.shape[1]):
        f.held[t, f.path[i, t] >> f.bits] = i


@njit
def carry_over(f: Any, states: Any, index: Any, go: Any, fresh: Any) -> None:
    """Bring the paths to the measured states [n].

    index [n] int32, go [n] bool and fresh [n, W+1] int32 are scratch memory. Robots that were moved by hand make all
    paths void: everyone stands still then.
    """
    late = locate(f, states, index)
    if late >= 0:
        retime(f, states, index, go, fresh, late > 0)
    for i in range(len(states)):
        for t in range(f.path.shape[1]):
            f.held[t, f.path[i, t] >> f.bits] = NONE
    for i in range(len(states)):
        if late < 0:
            f.path[i, :] = states[i]
        else:
            f.path[i] = fresh[i]
    for i in range(len(states)):
        f.held[0, states[i] >> f.bits] = i
        reserve(f, i)


@njit
def locate(f: Any, states: Any, index: Any) -> int:
    """Find how far along its path every robot is; return how many are late or held, -1 if one is off its path."""
    late = 0
    for i in range(len(states)):
        if f.path[i, 1] == states[i]:
            index[i] = 1
        elif f.path[i, 0] == states[i]:
            index[i] = 0
            late += 1
        else:
            return -1
        late += f.hold[i] > 0
    return late


@njit
def retime(f: Any, states: Any, index: Any, go: Any, fresh: Any, late: bool) -> None:
    """Write into fresh how everyone goes on along the former paths in the planned order."""
    last = f.path.shape[1] - 1
    n = len(states)
    for i in range(n):
        fresh[i, 0] = states[i]
    for t in range(1, last + 1):
        for i in range(n):
            go[i] = index[i] < last and f.hold[i] < t
        changed = late
        while changed:
            changed = False
            for i in range(n):
                if go[i] and not may_go(f, i, index, go):
                    go[i] = False
                    changed = True
        for i in range(n):
            index[i] += go[i]
            fresh[i, t] = f.path[i, index[i]]


@njit
def may_go(f: Any, i: int, index: Any, go: Any) -> bool:
    """Tell whether whoever was to pass robot i's next cell before it has left it, or leaves it now."""
    k = index[i]
    cell = f.path[i, k + 1] >> f.bits
    if cell == f.path[i, k] >> f.bits:
        return True
    for t in range(k, -1, -1):
        other = f.held[t, cell]
        if other >= 0 and other != i:
            gone: bool = index[other] + go[other] > t
            return gone
    return True


def carry_scratch(robots: int, actions: int) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int32]]:
    """Return the scratch memory of carry_over for paths of so many actions."""
    return np.zeros(robots, np.int32), np.zeros(robots, np.bool_), np.zeros((robots, actions + 1), np.int32)
