"""Scan matching against one map: where a scan ends up from a start, how well it fits there, what speaks against it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.kernels import evidence, inliers, match_scored
from amr_navigation.localization.odometry import further, slip
from amr_navigation.localization.search import PoseCandidate
from amr_navigation.localization.spread import widest

COARSE = np.array((0.5, 0.35, 0.25, 0.2, 0.15, 0.15))  # m: width of the robust weight, step by step
FINE = np.array((0.25, 0.15, 0.12))  # m: the same near the right pose
LOOSE = np.diag((0.09, 0.09, 0.03))
ASTRAY, MOSTLY, CLEARLY = 0.25, 0.75, 0.05
"""A pose that may be ASTRAY (m) off is also looked for from further away, and believed there where the map explains
MOSTLY (share) of the scan, and CLEARLY more than near by."""
EXACT = 0.05  # m from a surface: a cell of the map


class ScanMatch(NamedTuple):
    """Result of a match: pose, its 3 x 3 covariance as the filter needs it, share of beams near a surface."""

    pose: Pose2D
    covariance: FloatArray
    score: float


class Matcher:
    """Matches scans (N x 2, base_link) to the surfaces of a map."""

    def __init__(self, walls: DistanceGrid, *, beams: int, sigma: float, inlier: float) -> None:
        self._grid = (walls.sdf, walls.resolution, walls.origin_x, walls.origin_y)
        self._beams, self._sigma, self._inlier = beams, sigma, inlier

    def thinned(self, points: FloatArray) -> FloatArray:
        """Return about as many of the points as a match takes."""
        return points[:: max(1, len(points) // self._beams)]

    def matched(self, beams: FloatArray, start: Pose2D, covariance: FloatArray, widths: FloatArray) -> ScanMatch:
        """Match from start, held there by its covariance (3 x 3); widths: robust width (m) of each step."""
        (x, y, theta), spread, score = match_scored(
            beams, *self._grid, tuple(start), covariance, self._sigma, widths, self._inlier
        )
        return ScanMatch(Pose2D(x, y, wrap_angle(theta)), spread, score)

    def refined(self, start: Pose2D, points: FloatArray, origins: FloatArray) -> PoseCandidate:
        """Return where a loosely held match from start ends, and its merit."""
        pose, covariance, score = self.matched(self.thinned(points), start, LOOSE, COARSE)
        explained, through = self.weighed(points, origins, pose)
        return PoseCandidate(pose, covariance, score, explained - through)

    def astray(self, beams: FloatArray, predicted: Pose2D, prior: FloatArray, score: float) -> ScanMatch | None:
        """Match from further away where the pose may be far off; None unless that explains the scan, and far better.

        prior: covariance (3 x 3) of the prediction; score: what a match near by came to.
        """
        if widest(prior) <= ASTRAY:
            return None
        found = self.matched(beams, predicted, prior, COARSE)
        return found if found.score >= max(MOSTLY, score + CLEARLY) else None

    def carried(
        self, beams: FloatArray, delta: Pose2D, predicted: Pose2D, pose: Pose2D, standing: tuple[float, float]
    ) -> bool:
        """Return whether the scan shows the robot elsewhere than its wheels can have brought it.

        A robot that stands has no reason to be anywhere else (standing: m, rad): there the scan alone decides, without
        the prior. In any case the scan must fit there much better: among unmapped things a match may lead anywhere.
        """
        limits = slip(delta)
        if math.hypot(delta.x, delta.y) <= 0.02 and abs(delta.theta) <= 0.01:
            limits = standing
            pose = self.matched(beams, predicted, LOOSE, COARSE).pose
        return further(predicted, pose, *limits) and self.close(beams, pose) >= max(
            self.close(beams, predicted) + 0.06, 0.5
        )

    def weighed(
        self, points: FloatArray, origins: FloatArray, pose: Pose2D, beams: int | None = None
    ) -> tuple[float, float]:
        """Return the shares of points that the map explains, and that contradict it, seen from pose."""
        every = 1 if beams is None else max(1, len(points) // beams)
        found = evidence(points[::every], origins[::every], *self._grid, tuple(pose), self._inlier)
        return float(found[0]), float(found[1])

    def close(self, beams: FloatArray, pose: Pose2D) -> float:
        """Return the share of beams that end within EXACT m of the map's surfaces, seen from pose."""
        keep = np.empty(len(beams), dtype=np.bool_)
        return float(inliers(beams, *self._grid, np.array(pose), EXACT, keep)) / len(beams)
