"""Poses of one lidar in the map over a drive: each scan matched by itself, without a mount on the robot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose, inverse, relative
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.matching import COARSE, FINE, Matcher

_LOOSE = np.diag((1.0, 1.0, 0.3))
_SIGMA, _BEAMS, _INLIER = 0.05, 600, 0.1  # m, beams, m: of two scans, which fit closer than scan and map do


def lidar_track(
    walls: DistanceGrid, odometry: Sequence[Pose2D], scans: Sequence[FloatArray], start: Pose2D, mount: Pose2D
) -> tuple[FloatArray, FloatArray]:
    """Return the lidar's poses (N x 3, map frame) and how well each fits (N, share of beams near a surface).

    odometry: base_link at each scan (odom frame); scans: points (M x 2 m) in the lidar's own frame; start: base_link at
    the first scan (map frame), roughly; mount: where the lidar should be, which only leads the search.
    """
    matcher = Matcher(walls, beams=_BEAMS, sigma=_SIGMA, inlier=_INLIER)
    guess, poses, scores = compose(start, mount), list[tuple[float, ...]](), list[float]()
    for k, points in enumerate(scans):
        if k:
            step = relative(odometry[k - 1], odometry[k])
            guess = compose(guess, compose(inverse(mount), compose(step, mount)))
        beams = matcher.thinned(points)
        # Wheels may slip and clocks differ: each scan is searched widely before it is matched finely.
        guess = matcher.matched(beams, guess, _LOOSE, COARSE).pose
        found = matcher.matched(beams, guess, _LOOSE, FINE)
        guess = found.pose
        poses.append(tuple(guess))
        scores.append(found.score)
    return np.array(poses, dtype=np.float64).reshape(-1, 3), np.array(scores)
