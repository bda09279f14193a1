"""Figures of one picture that tell a clear lens from a dark, covered, blurred or dirty one. No memory."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amr_perception.people.boxes import ColourImage, FloatImage

SIZE = (416, 312)  # px: all figures are taken from a picture of this size, whatever the camera's
TILES = (16, 12)
VIEW = (104, 78)
_WEAK = 0.5  # added to the coarse energy: without any structure sharpness means nothing


@dataclass(frozen=True, eq=False)
class Measure:
    """What one picture shows of its lens.

    sharpness: energy of details of 1 to 2 px over that of shapes of 16 to 32 px. Both fall alike with light, haze and
    glare, but only the first with focus: real pictures 0.19 to 0.9, out of focus by a hundredth of the width < 0.08.
    bright: 98th percentile, contrast: that less the 2nd (grey levels). saturated: share of pixels at the upper end.
    details, light: energy of details and mean grey level by tile (12 x 16). grey: 312 x 416 mono8. view: 78 x 104,
    shapes at their places with the light taken out, for comparison with the scene that was learnt.
    """

    sharpness: float
    bright: float
    contrast: float
    saturated: float
    details: FloatImage
    light: FloatImage
    grey: ColourImage
    view: FloatImage


def measure(image: ColourImage) -> Measure:
    """Return the figures of a bgr8 (height, width, 3) or mono8 (height, width) picture; about 1 ms of CPU."""
    small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY) if small.ndim == 3 else small
    fine = cv2.GaussianBlur(grey, (5, 5), 1.0)
    edges = cv2.absdiff(fine, cv2.GaussianBlur(fine, (9, 9), 1.73))
    energy = cv2.multiply(edges, edges, dtype=cv2.CV_16U)
    details = cv2.resize(energy, TILES, interpolation=cv2.INTER_AREA).astype(np.float32)
    quarter = cv2.resize(grey, VIEW, interpolation=cv2.INTER_AREA)
    soft = quarter.astype(np.float32)
    middle = cv2.GaussianBlur(soft, (5, 5), 1.0)
    shapes = middle - cv2.GaussianBlur(middle, (9, 9), 1.73)
    power = cv2.multiply(shapes, shapes)
    around = cv2.sqrt(cv2.blur(power, (13, 13)))
    below = np.cumsum(np.bincount(quarter.ravel(), minlength=256))
    low, high = (float(np.searchsorted(below, share * quarter.size)) for share in (0.02, 0.98))
    return Measure(
        sharpness=float(cv2.mean(energy)[0]) / (float(cv2.mean(power)[0]) + _WEAK),
        bright=high,
        contrast=high - low,
        saturated=float(np.count_nonzero(quarter >= 250)) / quarter.size,
        details=details,
        light=cv2.resize(quarter, TILES, interpolation=cv2.INTER_AREA).astype(np.float32),
        grey=grey,
        view=np.asarray(shapes / (around + 1.0), dtype=np.float32),
    )
