"""Windowed search: large-neighbourhood search over paths of W actions (in the manner of WPPL, arXiv 2404.16162).

All robots always hold paths that conflict with nobody. A round takes a delayed robot and those in its way out of the
table, plans them one after another by time-expanded A*, and keeps the result if the weighted sum of delays does not
grow. Delay = cost along the window + cost-to-go at its end - cost-to-go now; it is 0 for an undisturbed robot.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amr_lab.mapf.carry import NONE, release, reserve
from amr_lab.mapf.distance import FAR
from amr_lab.mapf.jit import njit

NODES = 4096
TABLE = 16384
LEVELS = 512
GROUP = 8
LOST = 1 << 30


class Window(NamedTuple):
    """What the kernels work on. n robots, W actions, V cells, S states: cell = state >> bits.

    succ [S, A] int32, cost [S, A] uint8, rows [slots, S] uint16, slot [n], goal [n] int32, path [n, W+1] int32, held
    [W+1, V] int32, hold [n] int32 (steps that a stopped robot has to stand; they are no delay), delay [n] int32, weight
    [n] int32 (how much a robot's delay counts), dice [1] uint64 (random state). Scratch: node [NODES, 6] int32 (state,
    time, delay, parent, next in bucket, arrived), head [LEVELS] int32, table [TABLE, 2] int32 (stamp, node), stamp [1]
    int32, team [GROUP] int32, former [GROUP, W+1] int32, member [n] bool, trial [GROUP] int32.
    """

    bits: int
    succ: NDArray[np.int32]
    cost: NDArray[np.uint8]
    rows: NDArray[np.uint16]
    slot: NDArray[np.int32]
    goal: NDArray[np.int32]
    path: NDArray[np.int32]
    held: NDArray[np.int32]
    hold: NDArray[np.int32]
    delay: NDArray[np.int32]
    weight: NDArray[np.int32]
    dice: NDArray[np.uint64]
    node: NDArray[np.int32]
    head: NDArray[np.int32]
    table: NDArray[np.int32]
    stamp: NDArray[np.int32]
    team: NDArray[np.int32]
    former: NDArray[np.int32]
    member: NDArray[np.bool_]
    trial: NDArray[np.int32]


@njit
def draw(w: Any, below: int) -> Any:
    """Return a random number from 0 to below - 1 (xorshift64)."""
    x = w.dice[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    w.dice[0] = x
    return np.int64((x >> np.uint64(16)) & np.uint64(0x7FFFFFFF)) % below


@njit
def togo(w: Any, i: int, state: int) -> Any:
    """Return the cost-to-go of robot i at a state."""
    return np.int64(w.rows[w.slot[i], state])


@njit
def delay_of(w: Any, i: int) -> Any:
    """Return the delay of the path that robot i holds, LOST if it leaves what is known."""
    state = w.path[i, 0]
    total = -togo(w, i, state)
    for t in range(w.hold[i], w.path.shape[1] - 1):
        after = w.path[i, t + 1]
        total += step_cost(w, state, after)
        if after >> w.bits == w.goal[i]:
            return total
        state = after
    left = togo(w, i, state)
    return total + left if left < FAR else LOST


@njit
def step_cost(w: Any, state: int, after: int) -> Any:
    """Return the cost of the action between two states."""
    for action in range(w.succ.shape[1]):
        if w.succ[state, action] == after:
            return np.int64(w.cost[state, action])
    return np.int64(LOST)


@njit
def free(w: Any, t: int, cell: int, target: int) -> Any:
    """Tell whether a robot that is not in the table may go from cell at t to target at t + 1."""
    if w.held[t + 1, target] >= 0:
        return False
    if cell == target:
        return True
    facing = w.held[t, target]
    return facing < 0 or w.held[t + 1, cell] != facing


@njit
def find(w: Any, key_state: int, t: int, arrived: int) -> Any:
    """Return the place of a node in the hash table: its own, or the empty one for it."""
    mask = TABLE - 1
    place = ((key_state * 40503 + t * 7919 + arrived * 104729) * 31) & mask
    while w.table[place, 0] == w.stamp[0]:
        k = w.table[place, 1]
        if w.node[k, 0] == key_state and w.node[k, 1] == t and w.node[k, 5] == arrived:
            return place
        place = (place + 1) & mask
    return place


@njit
def offer(w: Any, count: int, parent: int, state: int, delay: Any, arrived: int) -> Any:
    """Add a node unless it is known with as little delay; return the number of nodes."""
    t = w.node[parent, 1] + 1 if parent >= 0 else 0
    place = find(w, state, t, arrived)
    if w.table[place, 0] == w.stamp[0] and w.node[w.table[place, 1], 2] <= delay:
        return count
    w.table[place, 0] = w.stamp[0]
    w.table[place, 1] = count
    w.node[count, 0] = state
    w.node[count, 1] = t
    w.node[count, 2] = delay
    w.node[count, 3] = parent
    w.node[count, 4] = w.head[delay]
    w.node[count, 5] = arrived
    w.head[delay] = count
    return count + 1


@njit
def expand(w: Any, i: int, k: int, count: int, bound: int) -> Any:
    """Add the successors of node k of robot i; return the number of nodes."""
    state, t, delay, arrived = w.node[k, 0], w.node[k, 1], w.node[k, 2], w.node[k, 5]
    cell = state >> w.bits
    if t < w.hold[i]:
        return offer(w, count, k, state, delay, arrived) if free(w, t, cell, cell) else count
    here = 0 if arrived else togo(w, i, state)
    # The last one added is looked at first: forward before turns before waiting.
    for back in range(w.succ.shape[1]):
        action = w.succ.shape[1] - 1 - back
        after = w.succ[state, action]
        if after < 0:
            continue
        target = after >> w.bits
        now_arrived = 1 if arrived or target == w.goal[i] else 0
        value = np.int64(delay)
        if not arrived:
            left = 0 if now_arrived else togo(w, i, after)
            value += w.cost[state, action] + left - here
        if value <= bound and free(w, t, cell, target):
            count = offer(w, count, k, after, value, now_arrived)
    return count


@njit
def route(w: Any, i: int, bound: int) -> Any:
    """Give robot i, which is not in the table, its best path with a delay of at most bound; return it or LOST."""
    last = w.path.shape[1] - 1
    bound = min(bound, LEVELS - 1)
    if bound < 0:
        return LOST
    w.stamp[0] += 1
    w.head[: bound + 1] = NONE
    count = offer(w, 0, -1, w.path[i, 0], 0, 0)
    level = 0
    while level <= bound:
        k = w.head[level]
        if k < 0:
            level += 1
            continue
        w.head[level] = w.node[k, 4]
        if w.table[find(w, w.node[k, 0], w.node[k, 1], w.node[k, 5]), 1] != k:
            continue
        if w.node[k, 1] == last:
            while k >= 0:
                w.path[i, w.node[k, 1]] = w.node[k, 0]
                k = w.node[k, 3]
            return level
        if count + w.succ.shape[1] > NODES:
            return LOST
        count = expand(w, i, k, count, bound)
    return LOST


@njit
def join(w: Any, size: int, robot: int) -> Any:
    """Add a robot to the team unless it is in it or may not move; return the size."""
    if robot < 0 or w.member[robot] or w.hold[robot] >= w.path.shape[1] - 1 or size >= GROUP:
        return size
    w.member[robot] = True
    w.team[size] = robot
    return size + 1


@njit
def in_the_way(w: Any, i: int, size: int, limit: int) -> Any:
    """Follow the undisturbed way of robot i and let those join whom it would hit; return the size."""
    state = w.path[i, 0]
    for t in range(w.path.shape[1] - 1):
        if size >= limit or state >> w.bits == w.goal[i]:
            break
        best, after = LOST, state
        turn = draw(w, w.succ.shape[1])
        for k in range(w.succ.shape[1]):
            action = (k + turn) % w.succ.shape[1]
            if w.succ[state, action] >= 0:
                value = w.cost[state, action] + togo(w, i, w.succ[state, action])
                if value < best:
                    best, after = value, w.succ[state, action]
        cell, target = state >> w.bits, after >> w.bits
        size = join(w, size, w.held[t + 1, target])
        facing = w.held[t, target]
        if facing >= 0 and facing != i and w.held[t + 1, cell] == facing:
            size = join(w, size, facing)
        state = after
    return size


@njit
def wander(w: Any, i: int, size: int, limit: int) -> Any:
    """Let robots join that are met on a random walk from some point of robot i's path; return the size."""
    last = w.path.shape[1] - 1
    for _ in range(2):
        t = draw(w, last)
        state = w.path[i, t]
        while t < last and size < limit:
            after = w.succ[state, draw(w, w.succ.shape[1])]
            if after >= 0:
                state = after
                t += 1
                size = join(w, size, w.held[t, state >> w.bits])
    return size


@njit
def shuffle(w: Any, size: int) -> None:
    """Put the team into a random order."""
    for k in range(size - 1, 0, -1):
        other = draw(w, k + 1)
        w.team[k], w.team[other] = w.team[other], w.team[k]


@njit
def replan(w: Any, size: int) -> bool:
    """Plan the team anew in its order; keep the outcome if the weighted delay does not grow."""
    before = np.int64(0)
    for k in range(size):
        i = w.team[k]
        before += np.int64(w.weight[i]) * w.delay[i]
        w.former[k] = w.path[i]
        release(w, i)
    left, done = before, 0
    while done < size:
        i = w.team[done]
        value = route(w, i, left // w.weight[i])
        if value == LOST:
            break
        left -= np.int64(w.weight[i]) * value
        w.trial[done] = value
        reserve(w, i)
        done += 1
    if done == size:
        for k in range(size):
            w.delay[w.team[k]] = w.trial[k]
        return True
    for k in range(done):
        release(w, w.team[k])
    for k in range(size):
        w.path[w.team[k]] = w.former[k]
        reserve(w, w.team[k])
    return False


@njit
def pick(w: Any) -> Any:
    """Return a delayed robot: of several drawn the most delayed; -1 if none of them is."""
    best, most = -1, 0
    n = len(w.delay)
    found = 0
    for _ in range(60):
        i = draw(w, n)
        if w.delay[i] > 0 and w.hold[i] < w.path.shape[1] - 1:
            found += 1
            if w.delay[i] > most:
                best, most = i, w.delay[i]
            if found == 2:
                break
    return best


@njit
def search(w: Any, rounds: int) -> Any:
    """Do some rounds; return how many were kept, -1 if nobody is delayed."""
    kept = 0
    for _ in range(rounds):
        i = pick(w)
        if i < 0:
            return -1
        limit = 2 + draw(w, GROUP - 1)
        size = join(w, 0, i)
        size = in_the_way(w, i, size, limit)
        if size < limit:
            size = wander(w, i, size, limit)
        for k in range(size):
            w.member[w.team[k]] = False
        if draw(w, 2):
            shuffle(w, size)
        kept += replan(w, size)
    return kept


@njit
def assess(w: Any) -> Any:
    """Compute every robot's delay; return the weighted sum."""
    total = np.int64(0)
    for i in range(len(w.delay)):
        w.delay[i] = min(delay_of(w, i), 1 << 20)
        total += np.int64(w.delay[i]) * w.weight[i]
    return total


@njit
def renew(w: Any, who: Any) -> None:
    """Plan these robots alone, one after another."""
    for k in range(len(who)):
        i = who[k]
        if w.hold[i] >= w.path.shape[1] - 1:
            continue
        w.team[0] = i
        replan(w, 1)
