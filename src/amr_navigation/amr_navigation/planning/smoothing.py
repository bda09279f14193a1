"""From lattice states to a path worth driving: drop needless vertices, round corners, sample poses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle

RADII = (1.5, 1.0, 0.7)  # m, the widest that fits is taken; chosen: below 0.7 a turn on the spot takes less room
SAMPLE = 0.1  # m between two poses, as the cells of the lattice

Straight = Callable[[tuple[float, float], tuple[float, float], float, int], bool]
Turn = Callable[[float, float, float, float], bool]


@dataclass(frozen=True)
class Checks:
    """straight(a, b, heading, rank) and turn(x, y, from, to): whether the body can do that without touching anything.

    rank, from 0 on, says how much room the body is to have: the most first, the least last.
    """

    straight: Straight
    turn: Turn
    ranks: int = 1

    def rank(self, a: tuple[float, float], b: tuple[float, float], heading: float) -> int:
        """Return how much room there is on the straight drive from a to b at heading."""
        return next((k for k in range(self.ranks - 1) if self.straight(a, b, heading, k)), self.ranks - 1)


@dataclass(frozen=True)
class Vertex:
    """A point of a polyline; direction (+1, -1) of the segment that leads to it."""

    x: float
    y: float
    direction: int


def vertices(states: FloatArray, start: Pose2D, goal: Pose2D, last_direction: int) -> list[Vertex]:
    """Return the vertices of a state sequence (N x 3) with the exact start and goal at its ends.

    last_direction: +1 or -1, how the last drive leads from the last state to the goal.
    """
    points = [Vertex(start.x, start.y, 1)]
    for a, b in itertools.pairwise(states.tolist()):
        dx, dy = b[0] - a[0], b[1] - a[1]
        if abs(dx) + abs(dy) < 1e-6:
            continue
        direction = 1 if dx * math.cos(a[2]) + dy * math.sin(a[2]) > 0.0 else -1
        last = points[-1]
        if len(points) > 1 and direction == last.direction and _in_line(points[-2], last, b):
            points.pop()
        points.append(Vertex(b[0], b[1], direction))
    if math.hypot(goal.x - points[-1].x, goal.y - points[-1].y) > 1e-3 or len(points) == 1:
        points.append(Vertex(goal.x, goal.y, last_direction))
    return points


def _in_line(a: Vertex, b: Vertex, c: Sequence[float]) -> bool:
    cross = (b.x - a.x) * (c[1] - b.y) - (b.y - a.y) * (c[0] - b.x)
    return abs(cross) < 1e-6 and (b.x - a.x) * (c[0] - b.x) + (b.y - a.y) * (c[1] - b.y) > 0.0


def shortcut(points: list[Vertex], start: Pose2D, goal: Pose2D, checks: Checks) -> list[Vertex]:
    """Join vertices by straight forward drives wherever the body fits, farthest first.

    A join keeps as much room around the body as the drives that it replaces: who was led around a corner at a distance
    does not cut it.
    """
    ranks = [_rank(a, b, checks) for a, b in itertools.pairwise(points)]
    out = [points[0]]
    heading, i = start.theta, 0
    while i < len(points) - 1:
        tightest = list(itertools.accumulate(ranks[i:], max))
        far = range(len(points) - 1, i + 1, -1)
        j = next((j for j in far if _joins(points, i, j, heading, goal, checks, tightest[j - i - 1])), i + 1)
        a, b = points[i], points[j]
        direction = b.direction if j == i + 1 else 1
        heading = math.atan2(b.y - a.y, b.x - a.x) + (0.0 if direction > 0 else math.pi)
        out.append(Vertex(b.x, b.y, direction))
        i = j
    return out


def _rank(a: Vertex, b: Vertex, checks: Checks) -> int:
    heading = math.atan2(b.y - a.y, b.x - a.x) + (0.0 if b.direction > 0 else math.pi)
    return checks.rank((a.x, a.y), (b.x, b.y), heading)


def _joins(points: list[Vertex], i: int, j: int, heading: float, goal: Pose2D, checks: Checks, rank: int) -> bool:
    a, b = points[i], points[j]
    bearing = math.atan2(b.y - a.y, b.x - a.x)
    if not checks.straight((a.x, a.y), (b.x, b.y), bearing, rank) or not checks.turn(a.x, a.y, heading, bearing):
        return False
    onward = goal.theta
    if j + 1 < len(points):
        onward = math.atan2(points[j + 1].y - b.y, points[j + 1].x - b.x)
        onward += 0.0 if points[j + 1].direction > 0 else math.pi
    return checks.turn(b.x, b.y, bearing, onward)


def sample(points: list[Vertex], goal: Pose2D, checks: Checks) -> FloatArray:
    """Return body poses (N x 3) every SAMPLE m or so along the vertices, corners rounded where the body fits."""
    rows: list[tuple[float, float, float]] = []
    x, y = points[0].x, points[0].y
    for k in range(1, len(points)):
        b = points[k]
        flip = 0.0 if b.direction > 0 else math.pi
        heading = math.atan2(b.y - y, b.x - x) + flip
        arc = _fillet((x, y), b, points[k + 1], checks) if k + 1 < len(points) else []
        stop = (arc[0][0], arc[0][1]) if arc else (b.x, b.y)
        rows += _line((x, y), stop, heading)
        rows += arc[1:]
        x, y = (arc[-1][0], arc[-1][1]) if arc else (b.x, b.y)
    rows.append((goal.x, goal.y, goal.theta))
    poses = np.array(rows)
    poses[:, 2] = np.arctan2(np.sin(poses[:, 2]), np.cos(poses[:, 2]))
    return poses


def _line(a: tuple[float, float], b: tuple[float, float], heading: float) -> list[tuple[float, float, float]]:
    count = max(1, round(math.hypot(b[0] - a[0], b[1] - a[1]) / SAMPLE))
    return [(a[0] + (b[0] - a[0]) * i / count, a[1] + (b[1] - a[1]) * i / count, heading) for i in range(count + 1)]


def _fillet(a: tuple[float, float], b: Vertex, c: Vertex, checks: Checks) -> list[tuple[float, float, float]]:
    """Return poses of an arc that replaces the corner b between a and c, or [] when it must stay a turn on the spot."""
    before, after = math.hypot(b.x - a[0], b.y - a[1]), math.hypot(c.x - b.x, c.y - b.y)
    h0, h1 = math.atan2(b.y - a[1], b.x - a[0]), math.atan2(c.y - b.y, c.x - b.x)
    turn = wrap_angle(h1 - h0)
    if b.direction < 0 or c.direction < 0 or not 0.05 < abs(turn) < 2.1:
        return []
    for radius in RADII:
        cut = radius * math.tan(0.5 * abs(turn))
        if cut > 0.48 * min(before, after):
            continue
        sign = math.copysign(1.0, turn)
        cx = b.x - cut * math.cos(h0) - sign * radius * math.sin(h0)
        cy = b.y - cut * math.sin(h0) + sign * radius * math.cos(h0)
        count = max(2, math.ceil(radius * abs(turn) / SAMPLE))
        headings = [h0 + turn * i / count for i in range(count + 1)]
        arc = [(cx + sign * radius * math.sin(h), cy - sign * radius * math.cos(h), h) for h in headings]
        if all(checks.straight((p[0], p[1]), (p[0], p[1]), p[2], checks.ranks - 1) for p in arc):
            return arc
    return []
