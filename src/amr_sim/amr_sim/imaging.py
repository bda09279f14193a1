"""What real sensors add to a perfect picture: noise, holes, dust, darkness, motion blur. Seeded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import cv2
import numpy as np
import numpy.typing as npt

from amr_sim.scene import DepthImage, GreyImage

_ROOM = 128


@dataclass(frozen=True)
class DepthNoise:
    """A stereo-like depth camera: baseline (m), disparity noise (px, 1 sigma), share of holes, share of dust echoes."""

    baseline: float = 0.05
    disparity_sigma: float = 0.08
    holes: float = 0.01
    dust: float = 0.0
    edge_m: float = 0.15


@dataclass(frozen=True)
class PictureNoise:
    """sigma: grey levels; light: 1 = lit hall, 0.1 = night; blur_px: length of horizontal motion blur; dust: haze."""

    sigma: float = 2.0
    light: float = 1.0
    blur_px: int = 0
    dust: float = 0.0


@lru_cache(maxsize=8)
def _tile(height: int, width: int) -> npt.NDArray[np.float32]:
    """Return normal noise of a size and some room around it: drawing it anew would cost more than the picture."""
    return np.random.default_rng(20_261_125).standard_normal((height + _ROOM, width + _ROOM), dtype=np.float32)


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return noise (1 sigma) of a shape: a part of the tile at a place that rng chooses, as it is or mirrored."""
    row, column, mirror = rng.integers((_ROOM, _ROOM, 2)).tolist()
    part = _tile(shape[0], shape[1])[row : row + shape[0], column : column + shape[1]]
    return part[:, ::-1] if mirror else part


def _chosen(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return a random choice of about this share of all pixels."""
    return np.asarray(np.abs(_normal(shape, rng)) > np.float32(NormalDist().inv_cdf(1.0 - share / 2.0)))


def spoil_depth(depth: DepthImage, focal: float, noise: DepthNoise, rng: np.random.Generator) -> DepthImage:
    """Return the depth (m) as a stereo camera would report it; NaN where it has no value."""
    shape = depth.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        disparity = focal * noise.baseline / depth
        disparity = disparity + _normal(shape, rng) * np.float32(noise.disparity_sigma)
        spoiled = np.asarray(focal * noise.baseline / disparity, dtype=np.float32)
    if noise.dust > 0.0:
        echo = rng.random(shape, dtype=np.float32) < noise.dust
        near = rng.uniform(0.3, 3.0, shape).astype(np.float32)
        spoiled = np.where(echo & (near < depth), near, spoiled)
    bad = ~np.isfinite(depth) | (disparity <= 0.5)
    if noise.holes > 0.0:
        bad |= _chosen(shape, noise.holes, rng)
    # Stereo finds no match beside a step in depth.
    flat = np.where(np.isfinite(depth), depth, np.float32(99.0))
    steps = cv2.dilate(flat, np.ones((1, 3), np.uint8)) - cv2.erode(flat, np.ones((1, 3), np.uint8))
    bad |= (steps > noise.edge_m) & (_normal(shape, rng) > 0.0)
    spoiled[bad] = np.nan
    return np.asarray(spoiled, dtype=np.float32)


def spoil_picture(picture: GreyImage, noise: PictureNoise, rng: np.random.Generator) -> GreyImage:
    """Return a grey picture as a real camera would give it."""
    grey = picture.astype(np.float32) * np.float32(noise.light)
    if noise.dust > 0.0:
        grey += np.float32(noise.dust) * (np.float32(150.0 * noise.light) - grey)
    if noise.blur_px > 1:
        grey = cv2.blur(grey, (noise.blur_px, 1))
    # Photon noise: relatively stronger in the dark.
    sigma = np.float32(noise.sigma) * cv2.sqrt(np.maximum(grey, 1.0) * np.float32(0.01) + np.float32(0.5))
    grey += _normal(grey.shape, rng) * sigma
    return np.asarray(np.clip(grey + np.float32(0.5), 0.0, 255.0).astype(np.uint8))
