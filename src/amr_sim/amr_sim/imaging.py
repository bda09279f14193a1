"""What real sensors add to a perfect picture: noise, holes, dust, darkness, motion blur. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amr_sim.scene import DepthImage, GreyImage


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


def spoil_depth(depth: DepthImage, focal: float, noise: DepthNoise, rng: np.random.Generator) -> DepthImage:
    """Return the depth (m) as a stereo camera would report it; NaN where it has no value."""
    shape = depth.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        disparity = focal * noise.baseline / depth
        disparity = disparity + rng.standard_normal(shape, dtype=np.float32) * np.float32(noise.disparity_sigma)
        spoiled = np.asarray(focal * noise.baseline / disparity, dtype=np.float32)
    if noise.dust > 0.0:
        echo = rng.random(shape, dtype=np.float32) < noise.dust
        near = rng.uniform(0.3, 3.0, shape).astype(np.float32)
        spoiled = np.where(echo & (near < depth), near, spoiled)
    bad = ~np.isfinite(depth) | (disparity <= 0.5) | (rng.random(shape, dtype=np.float32) < noise.holes)
    # Stereo finds no match beside a step in depth.
    flat = np.where(np.isfinite(depth), depth, np.float32(99.0))
    steps = cv2.dilate(flat, np.ones((1, 3), np.uint8)) - cv2.erode(flat, np.ones((1, 3), np.uint8))
    bad |= (steps > noise.edge_m) & (rng.random(shape, dtype=np.float32) < 0.5)
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
    sigma = np.float32(noise.sigma) * np.sqrt(np.maximum(grey, 1.0) / 100.0 + 0.5)
    grey += rng.standard_normal(grey.shape, dtype=np.float32) * sigma
    return np.clip(np.round(grey), 0.0, 255.0).astype(np.uint8)
