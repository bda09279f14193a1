"""Global search: where on the whole map does a scan fit? In slices, so that no control period waits for it.

A coarse pass over free cells and headings on a distance grid of 0.2 m, then scan matching from the best places. Two
places that explain the scan about equally well are an honest "I do not know".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.kernels import coarse_scores

STEP, ROOM = 0.5, 0.4  # m between places; m from walls that a robot's centre keeps
HEADINGS = 36
SLICE = 20000
BEAMS, NEAR, REACH = 60, 12.0, 0.6  # beams that judge a place, those within so many m first; m off that still count
SHRINK = 4
KEEP, REFINE = 1500, 120
APART = (0.4, 0.26)  # m, rad: nearer than this is the same place


@dataclass(frozen=True)
class PoseCandidate:
    """A pose (map frame) that may be the robot's, and its merit: beams explained less those that contradict."""

    pose: Pose2D
    covariance: FloatArray
    score: float
    merit: float


Refine = Callable[[Pose2D], PoseCandidate]


@dataclass(frozen=True, eq=False)
class Lattice:
    """Free places of a map (C x 2, m) and its coarse distance grid."""

    cells: FloatArray
    grid: DistanceGrid


@lru_cache(maxsize=4)
def lattice_of(walls: DistanceGrid) -> Lattice:
    """Return the search lattice of a map: every STEP m where a robot's centre may be."""
    k = SHRINK
    rows, cols = walls.sdf.shape[0] // k * k, walls.sdf.shape[1] // k * k
    centre = walls.sdf[:rows, :cols].reshape(rows // k, k, cols // k, k)
    grid = DistanceGrid(
        np.ascontiguousarray(centre.mean(axis=(1, 3))), walls.resolution * k, walls.origin_x, walls.origin_y
    )
    width, height = walls.size
    xs, ys = np.meshgrid(np.arange(0.5 * STEP, width, STEP), np.arange(0.5 * STEP, height, STEP))
    at = (ys / walls.resolution).astype(int), (xs / walls.resolution).astype(int)
    free = walls.sdf[at] > ROOM
    cells = np.column_stack((xs[free] + walls.origin_x, ys[free] + walls.origin_y))
    return Lattice(cells, grid)


class GlobalSearch:
    """One search with one scan (N x 2, base_link); the robot stands still meanwhile."""

    def __init__(self, lattice: Lattice, points: FloatArray, headings: FloatArray | None = None) -> None:
        self._lattice = lattice
        near = points[np.hypot(points[:, 0], points[:, 1]) < NEAR]
        chosen = near if len(near) >= BEAMS else points
        self._points = chosen[:: max(1, len(chosen) // BEAMS)]
        self._headings = np.arange(HEADINGS) * math.tau / HEADINGS if headings is None else headings
        self._heading = 0
        self._cell = 0
        self._found: list[tuple[float, float, float, float]] = []

    @property
    def done(self) -> bool:
        """Whether every place has been looked at."""
        return self._heading >= len(self._headings) or not len(self._lattice.cells)

    def advance(self, budget: int = SLICE) -> None:
        """Look at up to budget more places."""
        while budget > 0 and not self.done:
            cells = self._lattice.cells[self._cell : self._cell + budget]
            theta = float(self._headings[self._heading])
            out = self._scores(cells, theta)
            best = np.argsort(-out)[: KEEP // 4]
            self._found += [(float(out[k]), float(cells[k, 0]), float(cells[k, 1]), theta) for k in best]
            self._found = sorted(self._found, reverse=True)[:KEEP]
            budget -= len(cells)
            self._cell += len(cells)
            if self._cell >= len(self._lattice.cells):
                self._cell, self._heading = 0, self._heading + 1

    def best_of(self, cells: FloatArray, theta: float, count: int) -> list[Pose2D]:
        """Return the count cells (C x 2) where the scan fits best at heading theta, not two beside each other."""
        out, found = self._scores(cells, theta), list[Pose2D]()
        for k in np.argsort(-out)[: 8 * count]:
            pose = Pose2D(float(cells[k, 0]), float(cells[k, 1]), wrap_angle(theta))
            if not any(same_place(pose, other, (1.1, 0.1)) for other in found):
                found.append(pose)
            if len(found) == count:
                break
        return found

    def _scores(self, cells: FloatArray, theta: float) -> FloatArray:
        grid, out = self._lattice.grid, np.empty(len(cells))
        coarse_scores(cells, theta, self._points, grid.sdf, grid.resolution, grid.origin_x, grid.origin_y, REACH, out)
        return out

    def places(self, refine: Refine) -> list[PoseCandidate]:
        """Return the distinct places that fit, best first; refine matches the scan from a start."""
        starts: list[Pose2D] = []
        for _, x, y, theta in self._found:
            pose = Pose2D(x, y, wrap_angle(theta))
            if not any(same_place(pose, other) for other in starts):
                starts.append(pose)
            if len(starts) == REFINE:
                break
        return distinct([refine(start) for start in starts])


def same_place(a: Pose2D, b: Pose2D, apart: tuple[float, float] = APART) -> bool:
    """Return whether two poses are closer than apart (m, rad)."""
    return math.hypot(a.x - b.x, a.y - b.y) < apart[0] and abs(wrap_angle(a.theta - b.theta)) < apart[1]


def distinct(places: list[PoseCandidate]) -> list[PoseCandidate]:
    """Return the best of each group of places that are the same, best first."""
    out: list[PoseCandidate] = []
    for place in sorted(places, key=lambda p: -p.merit):
        if not any(same_place(place.pose, other.pose) for other in out):
            out.append(place)
    return out
