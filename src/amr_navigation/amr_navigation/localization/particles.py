"""A particle filter for the times of doubt: it holds the alternatives, scan matching gives the accuracy."""

from __future__ import annotations

import math

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.kernels import log_weights, resample

TEMPER = 0.25  # power of a scan's likelihood: its beams are not independent
SIGMA_HIT = 0.2  # m: wider than a beam's noise, so that few particles suffice
FEWEST, MOST = 100, 1500


class ParticleFilter:
    """Particles (P x 3: x, y, theta in the map frame) and their weights (P, sum 1)."""

    def __init__(self, field: DistanceGrid, *, count: int = FEWEST, seed: int = 0) -> None:
        self._field = field
        self._rng = np.random.default_rng(seed)
        self.poses: FloatArray = np.zeros((count, 3))
        self.weights: FloatArray = np.full(count, 1.0 / count)

    def reset(self, pose: Pose2D, sigma: tuple[float, float, float]) -> None:
        """Spread particles around pose with standard deviations sigma (m, m, rad): the wider, the more of them."""
        volume = (sigma[0] / 0.15) * (sigma[1] / 0.15) * (sigma[2] / 0.12)
        count = int(min(max(volume * 60.0, FEWEST), MOST))
        self.poses = np.array(pose) + self._rng.standard_normal((count, 3)) * np.array(sigma)
        self.weights = np.full(count, 1.0 / count)

    def draw(self, pose: Pose2D, covariance: FloatArray, count: int = FEWEST) -> None:
        """Draw particles from a normal distribution around pose with a 3 x 3 covariance."""
        self.poses = self._rng.multivariate_normal(np.array(pose), covariance, count)
        self.weights = np.full(count, 1.0 / count)

    def take(self, poses: FloatArray) -> None:
        """Hold these poses (P x 3, map frame), all equally likely."""
        self.poses = poses.copy()
        self.weights = np.full(len(poses), 1.0 / max(len(poses), 1))

    def scatter(self, clearance: float = 0.5) -> None:
        """Spread the particles evenly over what is at least clearance (m) from every wall."""
        f, count = self._field, MOST
        rows, columns = np.nonzero(f.sdf > clearance)
        pick = self._rng.integers(0, len(rows), count)
        self.poses = np.column_stack(
            (
                f.origin_x + (columns[pick] + self._rng.random(count)) * f.resolution,
                f.origin_y + (rows[pick] + self._rng.random(count)) * f.resolution,
                self._rng.uniform(-math.pi, math.pi, count),
            )
        )
        self.weights = np.full(count, 1.0 / count)

    def predict(self, delta: Pose2D) -> None:
        """Move every particle by delta (in the robot's frame) plus odometry noise that grows with the motion."""
        way, turn = math.hypot(delta.x, delta.y), abs(delta.theta)
        sigma = (0.002 + 0.08 * way + 0.01 * turn, 0.002 + 0.05 * way + 0.01 * turn, 0.001 + 0.05 * turn + 0.02 * way)
        noise = self._rng.standard_normal(self.poses.shape) * sigma + delta
        c, s = np.cos(self.poses[:, 2]), np.sin(self.poses[:, 2])
        self.poses[:, 0] += c * noise[:, 0] - s * noise[:, 1]
        self.poses[:, 1] += s * noise[:, 0] + c * noise[:, 1]
        self.poses[:, 2] += noise[:, 2]

    def weigh(self, points: FloatArray) -> None:
        """Multiply the weights by the tempered likelihood of points (N x 2, base_link)."""
        f = self._field
        logs = np.empty(len(self.weights))
        log_weights(self.poses, points, f.sdf, f.resolution, f.origin_x, f.origin_y, SIGMA_HIT, logs)
        logs *= TEMPER
        weights = self.weights * np.exp(logs - logs.max()) + 1e-12
        self.weights = weights / weights.sum()

    def resample(self) -> None:
        """Draw the particles anew when fewer than half of them still carry weight."""
        count = len(self.weights)
        if 1.0 / float(np.sum(self.weights**2)) < 0.5 * count:
            self.poses = resample(self.poses, self.weights, float(self._rng.random()))
            self.weights = np.full(count, 1.0 / count)

    def top(self, count: int, apart: tuple[float, float] = (0.3, 0.2)) -> list[Pose2D]:
        """Return up to count heavy particles that lie at least apart (m, rad) from each other."""
        found: list[Pose2D] = []
        for k in np.argsort(-self.weights)[: 40 * count]:
            x, y, theta = (float(v) for v in self.poses[k])
            if all(
                math.hypot(x - p.x, y - p.y) > apart[0] or abs(wrap_angle(theta - p.theta)) > apart[1] for p in found
            ):
                found.append(Pose2D(x, y, wrap_angle(theta)))
                if len(found) == count:
                    break
        return found

    def mean(self) -> Pose2D:
        """Return the weighted mean pose."""
        x, y = self.weights @ self.poses[:, :2]
        theta = math.atan2(self.weights @ np.sin(self.poses[:, 2]), self.weights @ np.cos(self.poses[:, 2]))
        return Pose2D(float(x), float(y), theta)
