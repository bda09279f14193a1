"""SmoothPath: pulls each point of a path towards the middle of its neighbours, ends and cusps stay where they are."""

from __future__ import annotations

import itertools
import math
import time
from typing import NamedTuple

import numpy as np

from amr_core.geometry import FloatArray

# shares of a step, m, steps: those of Nav2's simple smoother but for tolerance
KEEP, SMOOTH, TOLERANCE, MAX_ITERATIONS = 0.2, 0.3, 1e-5, 1000


class Smoothed(NamedTuple):
    """Poses (N x 3); completed is False when the time ran out first."""

    poses: FloatArray
    completed: bool


def smooth(poses: FloatArray, allowed: float) -> Smoothed:
    """Smooth poses (N x 3, N >= 1) for at most allowed seconds of wall time, one driving direction at a time."""
    end = time.monotonic() + max(allowed, 0.0)
    out, completed = poses.copy(), True
    for first, last in segments(poses):
        if last - first >= 3:
            completed &= _relax(out[first : last + 1, :2], end)
        _orient(out, poses, first, last)
    return Smoothed(out, completed)


def segments(poses: FloatArray) -> list[tuple[int, int]]:
    """Return (first, last) index of the parts of a path between cusps and turns on the spot."""
    steps = np.diff(poses[:, :2], axis=0)
    moved = np.hypot(steps[:, 0], steps[:, 1]) > 1e-4
    along = steps[:, 0] * np.cos(poses[:-1, 2]) + steps[:, 1] * np.sin(poses[:-1, 2])
    sign = np.where(moved, np.where(along >= 0.0, 1, -1), 0)
    cuts = [0, *(int(i) + 1 for i in np.flatnonzero(sign[1:] != sign[:-1])), len(poses) - 1]
    return [(a, b) for a, b in itertools.pairwise(cuts) if b > a]


def _relax(points: FloatArray, end: float) -> bool:
    """Smooth points (N x 2) in place with fixed ends; return whether it converged in time."""
    original = points.copy()
    for _ in range(MAX_ITERATIONS):
        middle = points[1:-1]
        change = KEEP * (original[1:-1] - middle) + SMOOTH * (points[:-2] + points[2:] - 2.0 * middle)
        middle += 0.8 * change
        if float(np.abs(change).max()) < TOLERANCE:
            return True
        if time.monotonic() > end:
            return False
    return True


def _orient(out: FloatArray, poses: FloatArray, first: int, last: int) -> None:
    """Point the inner poses of a segment along it, backwards where it is driven in reverse."""
    if last - first < 2:
        return
    steps = out[first + 2 : last + 1, :2] - out[first : last - 1, :2]
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    given = poses[first + 1 : last, 2]
    reverse = np.cos(heading - given) < 0.0
    heading = np.where(reverse, heading + math.pi, heading)
    out[first + 1 : last, 2] = np.arctan2(np.sin(heading), np.cos(heading))
