"""Pictures of a hall as a lens in each state gives them, and a camera that guards a crossing."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench import cameras as bench
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.watch import CameraWatch
from amr_perception.people.boxes import PictureBox
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import parse_world

Picture = np.ndarray
RNG = np.random.default_rng(4)


def hall() -> Picture:
    """Return a hall with racks, lines and goods: details in most of the picture."""
    rng = np.random.default_rng(11)
    picture = np.full((480, 640), 120, np.uint8)
    for _ in range(260):
        x, y = (int(v) for v in rng.integers((0, 0), (620, 460)))
        w, h = (int(v) for v in rng.integers(6, 70, 2))
        cv2.rectangle(picture, (x, y), (x + w, y + h), int(rng.integers(40, 230)), -1)
    return cv2.GaussianBlur(picture, (3, 3), 0.7)


def noisy(picture: Picture, sigma: float = 1.5) -> Picture:
    return np.clip(picture + RNG.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def mud(picture: Picture, share: float) -> Picture:
    """Return a picture through a lens with smears over this share of it."""
    rng = np.random.default_rng(3)
    mask = np.zeros(picture.shape, np.uint8)
    while mask.mean() < share:
        cv2.circle(mask, (int(rng.integers(640)), int(rng.integers(480))), int(rng.integers(40, 90)), 1, -1)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 6.0)
    return np.clip(picture * (1 - soft) + 70 * soft, 0, 255).astype(np.uint8)


def blurred(picture: Picture, part: float) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / part)


BLIND: dict[str, tuple[str, Callable[[Picture], Picture]]] = {
    "dark x 0.10": ("dark", lambda p: (p * 0.1).astype(np.uint8)),
    "dark x 0.03": ("dark", lambda p: (p * 0.03).astype(np.uint8)),
    "black": ("dark", lambda p: p * 0),
    "defocus of width/100": ("blurred", lambda p: blurred(p, 100)),
    "defocus of width/40": ("blurred", lambda p: blurred(p, 40)),
    "covered": ("covered", lambda p: np.full_like(p, 90)),
    "mud on 60 %": ("dirty", lambda p: mud(p, 0.6)),
    "mud on 90 %": ("dirty", lambda p: mud(p, 0.9)),
    "sun into the lens": ("dazzled", lambda p: np.clip(p * 0.2 + 245.0, 0, 255).astype(np.uint8)),
}


def snow() -> Picture:
    """Return a white scene, most of it at the end of the scale, with some dark things in it."""
    picture = np.full((480, 640), 255, np.uint8)
    picture[300:, 200:560] = hall()[300:, 200:560]
    cv2.rectangle(picture, (60, 80), (120, 260), 20, -1)
    return picture


class Nobody:
    """A detector that finds nobody and has no opinion on the picture, as NanoDet and the SSD."""

    name = "nobody"

    def detect(self, image: Picture) -> list[PictureBox]:
        return []


def camera() -> CameraWatch:
    site = bench.crossing_site()
    view = Floor.of(FixedCamera(site.cameras[0], parse_world(world_sdf(site)), 1).view)
    return CameraWatch(site, view, Nobody())
