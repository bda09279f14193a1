"""Localisation on a known map: odometry prediction, particle filter, robust scan matching.

The tracked pose follows an extended Kalman scheme: odometry predicts, a scan match against the distance field corrects.
The particle filter runs beside it and takes over when its best hypothesis explains the scan better (wrong start, slip).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose, inverse, relative, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.kernels import inliers, match
from amr_navigation.localization.particles import ParticleFilter

COARSE = np.array((0.5, 0.35, 0.25, 0.2, 0.15, 0.15))
FINE = np.array((0.25, 0.15, 0.12))


@dataclass(frozen=True, kw_only=True)
class LocalizerParams:
    """Tuning: update thresholds (m, rad, s), particle count, beams of the filter, noise of one beam (m)."""

    min_distance: float = 0.08
    min_angle: float = 0.04
    standing_period: float = 2.0
    particles: int = 180
    filter_beams: int = 60
    match_beams: int = 270
    beam_sigma: float = 0.12
    inlier: float = 0.12


@dataclass
class Estimate:
    """A pose in the map frame, its 3 x 3 covariance, the stamp (s) it holds for, the share of explained beams."""

    pose: Pose2D
    covariance: FloatArray
    stamp: float = -math.inf
    score: float = 0.0
    converged: bool = False


@dataclass
class OdometryBuffer:
    """The last odometry poses, to look one up at a scan's stamp."""

    samples: deque[tuple[float, Pose2D]] = field(default_factory=lambda: deque(maxlen=40))

    def add(self, stamp: float, pose: Pose2D) -> None:
        """Append a sample; stamps rise."""
        self.samples.append((stamp, pose))

    def at(self, stamp: float) -> Pose2D | None:
        """Return the pose at stamp, interpolated; the newest when stamp is later; None when too old or empty."""
        newer: tuple[float, Pose2D] | None = None
        for t, pose in reversed(self.samples):
            if t <= stamp:
                return pose if newer is None else _between(t, pose, *newer, stamp)
            newer = (t, pose)
        return None


def _between(t0: float, a: Pose2D, t1: float, b: Pose2D, t: float) -> Pose2D:
    f = (t - t0) / (t1 - t0)
    return Pose2D(a.x + f * (b.x - a.x), a.y + f * (b.y - a.y), wrap_angle(a.theta + f * wrap_angle(b.theta - a.theta)))


class Localizer:
    """Keeps map -> odom. Feed odometry and scans; ask for the pose at any time."""

    def __init__(self, walls: DistanceGrid, params: LocalizerParams, *, seed: int = 0) -> None:
        self._walls = walls
        self._params = params
        self._filter = ParticleFilter(walls, count=params.particles, seed=seed)
        self.odometry = OdometryBuffer()
        self.estimate = Estimate(Pose2D(0.0, 0.0, 0.0), np.eye(3))
        self.map_to_odom = Pose2D(0.0, 0.0, 0.0)
        self._last: Pose2D | None = None
        self._pending: tuple[Pose2D, tuple[float, float, float]] | None = None
        self._asked = False

    def set_pose(self, pose: Pose2D, sigma: tuple[float, float, float] = (0.15, 0.15, 0.09)) -> None:
        """Start over from pose (map frame) known with standard deviations sigma (m, m, rad)."""
        self._pending = (pose, sigma)
        if self.odometry.samples:
            self._restart(self.odometry.samples[-1][1])

    def request_update(self) -> None:
        """Use the next scan even if the robot stands still."""
        self._asked = True

    def scatter(self) -> None:
        """Forget where the robot is: spread the particles over all free space."""
        self._filter.scatter()
        self.estimate = Estimate(self.estimate.pose, np.diag((100.0, 100.0, 3.0)), self.estimate.stamp)
        self._asked = True

    @property
    def particles(self) -> tuple[FloatArray, FloatArray]:
        """The particle filter's poses (P x 3, map frame) and weights (P)."""
        return self._filter.poses, self._filter.weights

    def add_odometry(self, stamp: float, pose: Pose2D) -> None:
        """Take in the odometry pose (odom frame) of base_link at stamp (s)."""
        self.odometry.add(stamp, pose)
        if self._pending is not None:
            self._restart(pose)

    def pose(self) -> Pose2D | None:
        """Return the newest pose in the map frame, extrapolated with odometry; None before the first odometry."""
        return compose(self.map_to_odom, self.odometry.samples[-1][1]) if self.odometry.samples else None

    def pose_at(self, stamp: float) -> Pose2D | None:
        """Return the pose in the map frame at stamp (s)."""
        odom = self.odometry.at(stamp)
        return None if odom is None else compose(self.map_to_odom, odom)

    def add_scan(self, stamp: float, points: FloatArray) -> bool:
        """Update with points (N x 2, base_link at stamp) when the robot has moved enough; return whether it did."""
        odom = self.odometry.at(stamp)
        if odom is None or len(points) < 10:
            return False
        last = self._last if self._last is not None else odom
        delta = relative(last, odom)
        p = self._params
        moved = math.hypot(delta.x, delta.y) >= p.min_distance or abs(delta.theta) >= p.min_angle
        standing = not moved and self.estimate.converged and stamp - self.estimate.stamp < p.standing_period
        if standing and not self._asked:
            return False
        self._last, self._asked = odom, False
        self._update(stamp, odom, delta, points)
        return True

    def _restart(self, odom: Pose2D) -> None:
        assert self._pending is not None
        pose, sigma = self._pending
        self._pending = None
        self.map_to_odom = compose(pose, inverse(odom))
        self.estimate = Estimate(pose, np.diag(np.square(sigma)))
        self._filter.reset(pose, sigma)
        self._last = odom

    def _update(self, stamp: float, odom: Pose2D, delta: Pose2D, points: FloatArray) -> None:
        p = self._params
        before = self.estimate
        covariance = _grown(before.covariance, before.pose.theta, delta)
        predicted = compose(before.pose, delta)
        beams = points[:: max(1, len(points) // p.match_beams)]
        sparse = points[:: max(1, len(points) // p.filter_beams)]
        self._filter.predict(delta)
        self._filter.weigh(sparse)
        widths = FINE if before.converged else COARSE
        best = self._matched(beams, predicted, covariance, widths)
        if not before.converged or best[2] < 0.6:
            best = max((best, *self._alternatives(beams)), key=lambda found: found[2])
        self._filter.resample()
        pose, covariance, score = best
        if score > 0.5:
            self._filter.pull(pose)
        converged = score > 0.5 and (before.converged or before.score > 0.5)
        self.estimate = Estimate(pose, covariance, stamp, score, converged)
        self.map_to_odom = compose(pose, inverse(odom))

    def _alternatives(self, beams: FloatArray) -> list[tuple[Pose2D, FloatArray, float]]:
        """Return scan matches started from the particle filter's hypotheses."""
        loose = np.diag((0.04, 0.04, 0.01))
        return [self._matched(beams, start, loose, COARSE) for start in (self._filter.mean(), self._filter.best())]

    def _matched(
        self, beams: FloatArray, start: Pose2D, covariance: FloatArray, widths: FloatArray
    ) -> tuple[Pose2D, FloatArray, float]:
        """Return (pose, covariance, score) of a scan match from start."""
        w = self._walls
        grid = (w.sdf, w.resolution, w.origin_x, w.origin_y)
        found, information = match(
            beams, *grid, np.array(start), np.linalg.inv(covariance), self._params.beam_sigma, widths
        )
        keep = np.empty(len(beams), dtype=np.bool_)
        score = inliers(beams, *grid, found, self._params.inlier, keep) / len(beams)
        pose = Pose2D(float(found[0]), float(found[1]), wrap_angle(float(found[2])))
        return pose, np.linalg.inv(information), float(score)


def _grown(covariance: FloatArray, theta: float, delta: Pose2D) -> FloatArray:
    """Return the covariance after a motion delta (robot frame) with odometry noise; floors keep the filter awake."""
    way, turn = math.hypot(delta.x, delta.y), abs(delta.theta)
    c, s = math.cos(theta), math.sin(theta)
    jacobian = np.eye(3)
    jacobian[0, 2] = -s * delta.x - c * delta.y
    jacobian[1, 2] = c * delta.x - s * delta.y
    along, across = 0.004 + 0.05 * way + 0.005 * turn, 0.004 + 0.03 * way + 0.005 * turn
    turning = np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))
    noise = np.diag((along**2, across**2, (0.002 + 0.03 * turn + 0.01 * way) ** 2))
    grown: FloatArray = jacobian @ covariance @ jacobian.T + turning @ noise @ turning.T
    return grown
