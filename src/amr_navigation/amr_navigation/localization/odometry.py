"""The last odometry poses, to look one up at a sensor's stamp."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from amr_core.geometry import Pose2D, wrap_angle


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
