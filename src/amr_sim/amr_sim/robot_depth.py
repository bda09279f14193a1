"""The robots' depth cameras: solids near the robot cast into a small picture, with the noise of a stereo camera."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D, compose
from amr_core.robots import DepthCameraSpec
from amr_sim.imaging import DepthNoise, spoil_depth
from amr_sim.scene import DepthImage, GreySolid, cast
from amr_sim.world import SimWorld

# A stereo picture twice as wide, binned 2 x 2: half the pixels, half the noise.
NOISE = DepthNoise(disparity_sigma=0.03)


class RobotDepth:
    """Renders depth (m along the optical axis, NaN = none) of one world. Same seed and scene, same bytes."""

    def __init__(self, world: SimWorld, seed: int, noise: DepthNoise = NOISE) -> None:
        self._static = [GreySolid(shape) for shape in world.shapes]
        self._places = np.array([s.pose[:2] for s in world.shapes], dtype=float).reshape(-1, 2)
        self._sizes = np.array([math.hypot(s.size_x, s.size_y) / 2.0 for s in world.shapes])
        self._noise = noise
        self._rng = np.random.default_rng((seed, 21))

    def render(self, spec: DepthCameraSpec, base: Pose2D, moving: Sequence[GreySolid]) -> DepthImage:
        """Return what a camera on a base_link pose (map frame) sees of the static world and of moving."""
        eye = compose(base, Pose2D(spec.x, 0.0, 0.0))
        view = PinholeView(eye.x, eye.y, spec.z, eye.theta, spec.pitch, spec.width, spec.height, spec.focal)
        depth, _, _ = cast(view, [*self._near(eye, spec.range_max), *_ahead(eye, moving, spec.range_max)], math.inf)
        depth[(depth < spec.range_min) | (depth > spec.range_max)] = np.inf
        return spoil_depth(depth, spec.focal, self._noise, self._rng)

    def _near(self, eye: Pose2D, reach: float) -> list[GreySolid]:
        """Return the static solids within reach that are not wholly behind the camera."""
        away = self._places - (eye.x, eye.y)
        ahead = away @ (math.cos(eye.theta), math.sin(eye.theta))
        chosen = (np.hypot(away[:, 0], away[:, 1]) < reach + self._sizes) & (ahead > -self._sizes)
        return [self._static[i] for i in np.flatnonzero(chosen)]


def _ahead(eye: Pose2D, solids: Sequence[GreySolid], reach: float) -> list[GreySolid]:
    c, s = math.cos(eye.theta), math.sin(eye.theta)
    chosen = []
    for solid in solids:
        dx, dy = solid.shape.pose.x - eye.x, solid.shape.pose.y - eye.y
        if -1.0 < c * dx + s * dy < reach + 2.0 and abs(c * dy - s * dx) < reach:
            chosen.append(solid)
    return chosen
