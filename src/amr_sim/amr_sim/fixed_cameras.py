"""Pictures of the site's fixed cameras: the static world once, with what moves cast over it in every picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from amr_core.cameras import fixed_view
from amr_core.geometry import FloatArray, Pose2D
from amr_core.robots import RobotType
from amr_core.site import Camera
from amr_sim.imaging import PictureNoise, spoil_picture
from amr_sim.movers import FORKLIFT_FRONT, FORKLIFT_HALF_WIDTH, MovingActor
from amr_sim.scene import GreyImage, GreySolid, cast, draw
from amr_sim.world import Shape, SimWorld

REACH = 30.0  # m from the camera: whoever is farther is a few pixels, and the setup takes no area beyond it either
_PERSON = ((0.16, 0.0, 0.85, 70.0), (0.22, 0.85, 1.45, 215.0), (0.11, 1.45, 1.75, 180.0))  # radius, z0, z1, grey


class FixedCamera:
    """One fixed camera. seed and what happens in the world decide every byte of its pictures."""

    def __init__(self, camera: Camera, world: SimWorld, seed: int, noise: PictureNoise | None = None) -> None:
        self.id = camera.id
        self.view = v = fixed_view(camera)
        near = [s for s in world.shapes if math.hypot(s.pose.x - v.x, s.pose.y - v.y) < REACH + max(s.size_x, s.size_y)]
        # What hangs on the wall with the camera must not stand in its eye.
        clear = [s for s in near if not (s.z_min < v.z < s.z_max and _covers(s, v.x, v.y))]
        self._static = cast(self.view, [GreySolid(s, 120.0 + 17.0 * (k % 5)) for k, s in enumerate(clear)], REACH)
        self._noise = noise or PictureNoise(sigma=1.5)
        self._rng = np.random.default_rng((seed, 11, *camera.id.encode()))

    def render(self, moving: Sequence[GreySolid]) -> GreyImage:
        """Return the mono8 picture (height, width) with these solids in the world."""
        return spoil_picture(self.perfect(moving), self._noise, self._rng)

    def perfect(self, moving: Sequence[GreySolid]) -> GreyImage:
        """Return the mono8 picture (height, width) as it was before any noise and in full light."""
        depth, grey, labels = self._static
        near = [s for s in moving if math.hypot(s.shape.pose.x - self.view.x, s.shape.pose.y - self.view.y) < REACH]
        return draw(self.view, near, (depth.copy(), grey.copy(), labels.copy()), REACH)


def _covers(shape: Shape, x: float, y: float) -> bool:
    c, s = math.cos(shape.pose.theta), math.sin(shape.pose.theta)
    dx, dy = x - shape.pose.x, y - shape.pose.y
    return abs(c * dx + s * dy) < shape.size_x / 2 + 0.05 and abs(-s * dx + c * dy) < shape.size_y / 2 + 0.05


def mover_solids(mover: MovingActor) -> list[GreySolid]:
    """Return a person as three cylinders, a forklift as body and mast."""
    pose = Pose2D(mover.x, mover.y, mover.theta)
    if mover.kind == "person":
        return [GreySolid(Shape(mover.name, pose, 2 * r, 2 * r, z0, z1, r), grey) for r, z0, z1, grey in _PERSON]
    length, width = 2 * FORKLIFT_FRONT, 2 * FORKLIFT_HALF_WIDTH
    body = GreySolid(Shape(mover.name, pose, length, width, 0.1, 1.2), 205.0)
    return [body, GreySolid(Shape(mover.name, pose, 0.5, width, 1.2, 2.1), 60.0)]


def robot_solids(kind: RobotType, pose: Pose2D, load: str, name: str = "") -> list[GreySolid]:
    """Return a robot (name: whose) as a low box, with its load on top."""
    length, width = kind.front + kind.rear, 2 * kind.half_width
    solids = [GreySolid(Shape(kind.name, pose, length, width, 0.03, 0.35), 230.0, name)]
    if load:
        solids.append(GreySolid(Shape(load, pose, 1.2, 1.0, 0.35, 1.3), 165.0, name))
    return solids


def goods_solid(outline: FloatArray) -> GreySolid:
    """Return goods that lie on the floor within an outline (4, 2), m, map frame, as a low box."""
    x, y = outline.mean(axis=0).tolist()
    front, side = outline[1] - outline[0], outline[2] - outline[1]
    pose = Pose2D(x, y, math.atan2(front[1], front[0]))
    length, width = float(np.hypot(*front)), float(np.hypot(*side))
    return GreySolid(Shape("goods", pose, length, width, 0.0, 0.6), 140.0)
