"""Ground truth of contacts: robots against the static world, against each other and against what moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from amr_core.geometry import FloatArray
from amr_sim.kernel import kernel
from amr_sim.polygon import IntArray, bounds, gap_of_boxes, separation

CLEAR_SECONDS = 1.0  # s without contact end an episode
HORIZON = 0.5  # m: separations beyond it are not measured
BUCKET = 2.0  # m, the hash's cells: larger than a body


@dataclass(frozen=True)
class Contact:
    """The start of a collision episode: time (s) and the names of the two bodies."""

    time: float
    first: str
    second: str


@dataclass(frozen=True)
class Buckets:
    """Static polygons sorted by their bounding boxes into square buckets, row-major."""

    origin: FloatArray
    columns: int
    rows: int
    starts: IntArray
    items: IntArray

    @classmethod
    def build(cls, corners: FloatArray, counts: IntArray) -> Buckets:
        """Sort polygons (P, 8, 2), grown by HORIZON, into buckets."""
        boxes = [
            (c[:n].min(axis=0) - HORIZON, c[:n].max(axis=0) + HORIZON) for c, n in zip(corners, counts, strict=True)
        ]
        origin = np.min([low for low, _ in boxes], axis=0) if boxes else np.zeros(2)
        top = np.max([high for _, high in boxes], axis=0) if boxes else np.ones(2)
        columns, rows = (int(n) + 1 for n in np.floor((top - origin) / BUCKET))
        cells: list[list[int]] = [[] for _ in range(columns * rows)]
        for index, (low, high) in enumerate(boxes):
            (c0, r0), (c1, r1) = (np.floor((p - origin) / BUCKET).astype(int) for p in (low, high))
            for row in range(r0, r1 + 1):
                for column in range(c0, c1 + 1):
                    cells[row * columns + column].append(index)
        starts = np.concatenate(([0], np.cumsum([len(cell) for cell in cells]))).astype(np.int64)
        return cls(origin, columns, rows, starts, np.array([i for cell in cells for i in cell], dtype=np.int64))


class Episodes:
    """Counts episodes of contact; one starts when two bodies touch and ends after CLEAR_SECONDS without."""

    def __init__(self) -> None:
        self._touching: dict[tuple[str, str], float] = {}
        self.episodes = 0
        self.log: list[Contact] = []

    def touch(self, now: float, first: str, second: str) -> list[Contact]:
        """Note that two bodies touch at a time (s); return the episode that starts, if one does."""
        key = (first, second)
        new = key not in self._touching
        self._touching[key] = now
        if not new:
            return []
        contact = Contact(now, first, second)
        self.episodes += 1
        self.log = [*self.log[-19:], contact]
        return [contact]

    def forget(self, now: float) -> None:
        """Drop the pairs whose episodes have ended."""
        self._touching = {pair: t for pair, t in self._touching.items() if now - t <= CLEAR_SECONDS}


class CollisionCounter(Episodes):
    """Counts the collisions of outlines. Body r < R is robot r; then come the movers, then the static polygons."""

    def __init__(self, corners: FloatArray, counts: IntArray, names: tuple[str, ...]) -> None:
        super().__init__()
        self._corners = corners
        self._counts = counts
        self._names = names
        self._buckets = Buckets.build(corners, counts)
        self.min_separation = math.inf
        self.robot_separation = np.zeros(0)

    def check(self, now: float, corners: FloatArray, counts: IntArray, robots: int, names: list[str]) -> list[Contact]:
        """Measure all separations at time now and return the episodes that start.

        corners (B, 8, 2), counts (B,), names: first the robots, then the movers. robot_separation (R,) afterwards
        holds each robot's smallest separation (inf beyond HORIZON).
        """
        buckets = self._buckets
        pairs, gaps = measure(
            corners,
            counts,
            robots,
            self._corners,
            self._counts,
            buckets.origin,
            buckets.columns,
            buckets.rows,
            buckets.starts,
            buckets.items,
        )
        self.robot_separation = np.full(robots, np.inf)
        started = []
        for (first, second), gap in zip(pairs.tolist(), gaps.tolist(), strict=True):
            self.robot_separation[first] = min(self.robot_separation[first], gap)
            if second < robots:
                self.robot_separation[second] = min(self.robot_separation[second], gap)
            if gap <= 0.0:
                other = names[second] if second < len(names) else self._names[second - len(names)]
                started += self.touch(now, names[first], other)
        if len(gaps):
            self.min_separation = min(self.min_separation, float(gaps.min()))
        self.forget(now)
        return started


@kernel
def measure(
    corners: FloatArray,
    counts: IntArray,
    robots: int,
    static_corners: FloatArray,
    static_counts: IntArray,
    origin: FloatArray,
    columns: int,
    rows: int,
    starts: IntArray,
    items: IntArray,
) -> tuple[IntArray, FloatArray]:
    """Return the pairs (N, 2) of bodies closer than HORIZON, a robot first, and their separations (N,) in metres."""
    pairs, gaps = [(0, 0)], [0.0]
    bodies = len(corners)
    boxes = [bounds(corners[i], counts[i]) for i in range(bodies)]
    seen = np.full(len(static_corners), -1)
    for i in range(robots):
        for j in range(i + 1, bodies):
            if gap_of_boxes(boxes[i], boxes[j]) < HORIZON:
                gap = separation(corners[i], counts[i], corners[j], counts[j])
                if gap < HORIZON:
                    pairs.append((i, j))
                    gaps.append(gap)
        first_column = max(0, math.floor((boxes[i][0] - origin[0]) / BUCKET))
        last_column = min(columns - 1, math.floor((boxes[i][2] - origin[0]) / BUCKET))
        first_row = max(0, math.floor((boxes[i][1] - origin[1]) / BUCKET))
        last_row = min(rows - 1, math.floor((boxes[i][3] - origin[1]) / BUCKET))
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                cell = row * columns + column
                for k in range(starts[cell], starts[cell + 1]):
                    s = items[k]
                    if seen[s] == i:
                        continue
                    seen[s] = i
                    if gap_of_boxes(boxes[i], bounds(static_corners[s], static_counts[s])) >= HORIZON:
                        continue
                    gap = separation(corners[i], counts[i], static_corners[s], static_counts[s])
                    if gap < HORIZON:
                        pairs.append((i, bodies + s))
                        gaps.append(gap)
    return np.array(pairs)[1:], np.array(gaps)[1:]
