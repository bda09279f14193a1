"""The way along released nodes: lengths, progress that never runs backwards, poses for the path tracker."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_core.vda5050 import OrderEdge, OrderNode

_STEP_M = 0.1  # two cells of the maps (0.05 m): finer only makes longer messages, see _MAX_POSES
_MAX_POSES = 500  # a longer message would lose its order against /clock
# far above what is driven between two poses; longer, a way that comes back beside itself counts as driven
_WINDOW_M = 1.5
# chosen: so far into its way an order may find the robot; longer takes a later part that lies beside it
_FIRST_WINDOW_M = 3.0


@dataclass(frozen=True)
class Projection:
    """A place on a route: distance from its start and the point's distance from it, metres."""

    s: float
    offset: float


class Route:
    """A polyline over the nodes of one leg."""

    def __init__(self, nodes: Sequence[OrderNode], edges: Sequence[OrderEdge], *, reverse: bool = False) -> None:
        self.nodes = tuple(nodes)
        self.edges = tuple(edges)
        self.reverse = reverse
        self._xy = [(n.x, n.y) for n in nodes]
        self.s = [0.0]
        for a, b in zip(self._xy, self._xy[1:], strict=False):
            self.s.append(self.s[-1] + math.dist(a, b))

    @property
    def length(self) -> float:
        """Length in metres."""
        return self.s[-1]

    def project(self, pose: Pose2D, after: float | None) -> Projection:
        """Return the nearest place to pose that is not before after (m) and not far behind it."""
        low = 0.0 if after is None else after
        high = low + _WINDOW_M if after is not None else max(_FIRST_WINDOW_M, self.s[min(1, len(self.s) - 1)])
        best = Projection(min(low, self.length), math.inf)
        for i in range(len(self._xy) - 1):
            if self.s[i] > high or (self.s[i + 1] < low and i + 2 < len(self._xy)):
                continue
            found = self._on_segment(i, pose, low, high)
            if found.offset < best.offset - 1e-9:
                best = found
        if math.isinf(best.offset):
            best = Projection(best.s, math.dist(self._xy[-1], (pose.x, pose.y)))
        return best

    def _on_segment(self, i: int, pose: Pose2D, low: float, high: float) -> Projection:
        (ax, ay), (bx, by) = self._xy[i], self._xy[i + 1]
        length = self.s[i + 1] - self.s[i]
        if length <= 1e-9:
            return Projection(self.s[i], math.dist((ax, ay), (pose.x, pose.y)))
        ux, uy = (bx - ax) / length, (by - ay) / length
        along = (pose.x - ax) * ux + (pose.y - ay) * uy
        along = min(max(along, 0.0, low - self.s[i]), length, max(0.0, high - self.s[i]))
        return Projection(self.s[i] + along, math.hypot(ax + ux * along - pose.x, ay + uy * along - pose.y))

    def point(self, s: float) -> tuple[float, float, float]:
        """Return x, y and the heading of the robot at s metres."""
        i = min(max(0, int(np.searchsorted(self.s, s, side="right")) - 1), max(0, len(self._xy) - 2))
        while i + 2 < len(self._xy) and self.s[i + 1] - self.s[i] <= 1e-9:
            i += 1
        (ax, ay), (bx, by) = self._xy[i], self._xy[min(i + 1, len(self._xy) - 1)]
        length = math.dist((ax, ay), (bx, by))
        part = min(max((s - self.s[i]) / length, 0.0), 1.0) if length > 1e-9 else 0.0
        return ax + part * (bx - ax), ay + part * (by - ay), self._heading(ax, ay, bx, by)

    def _heading(self, ax: float, ay: float, bx: float, by: float) -> float:
        if ax == bx and ay == by:
            return self.nodes[-1].theta or 0.0
        heading = math.atan2(by - ay, bx - ax)
        return wrap_angle(heading + math.pi) if self.reverse else heading

    def poses(self, start: float) -> FloatArray:
        """Return N x 3 (x, y, theta) from start (m) to the end: every vertex exactly, steps of about 0.1 m between."""
        step = max(_STEP_M, (self.length - start) / _MAX_POSES)
        marks = [start, *(s for s in self.s if s > start + 1e-6)]
        rows: list[tuple[float, float, float]] = [self.point(marks[0])]
        for a, b in itertools.pairwise(marks):
            count = max(1, math.ceil((b - a) / step - 1e-6))
            heading = self.point((a + b) / 2.0)[2]
            rows.extend((*self.point(a + (b - a) * k / count)[:2], heading) for k in range(1, count + 1))
        poses = np.array(rows)
        poses[0, 2] = poses[min(1, len(rows) - 1), 2]
        last = self.nodes[-1].theta
        if last is not None:
            poses[-1, 2] = last
        return poses

    def speed_limit(self, s: float, deceleration: float) -> float:
        """Return the limit (m/s) at s, low early enough to brake (m/s^2) before a slower edge."""
        limit = math.inf
        for i, edge in enumerate(self.edges):
            if self.s[i + 1] <= s and i + 1 < len(self.edges):
                continue
            ahead = max(0.0, self.s[i] - s)
            braking = max(0.0, limit**2 - edge.max_speed**2) / (2.0 * deceleration) + 0.3 if limit < 10.0 else 0.0
            if ahead <= braking or limit == math.inf:
                limit = min(limit, edge.max_speed)
        return limit
