"""Compiled plane geometry on convex polygons, padded to CORNERS corners so that they stack into one array."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray
from amr_sim.kernel import kernel

IntArray = npt.NDArray[np.int64]

CORNERS = 8
_ANGLES = np.arange(CORNERS) * (math.tau / CORNERS) + math.pi / CORNERS
_OCTAGON = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))


def pack(polygons: list[FloatArray]) -> tuple[FloatArray, IntArray]:
    """Stack convex polygons (Nx2, counter-clockwise, N <= 8) into (P, 8, 2) corners and (P,) corner counts."""
    corners = np.zeros((len(polygons), CORNERS, 2))
    counts = np.zeros(len(polygons), dtype=np.int64)
    for i, polygon in enumerate(polygons):
        corners[i, : len(polygon)] = polygon
        counts[i] = len(polygon)
    return corners, counts


def octagon(x: float, y: float, radius: float) -> FloatArray:
    """Return the 8x2 corners of the regular octagon with the same area as the circle, so both agree within 4 %."""
    circumradius = radius * math.sqrt(math.pi / (2.0 * math.sqrt(2.0)))
    return np.asarray(circumradius * _OCTAGON + np.array((x, y)))


@kernel
def bounds(polygon: FloatArray, n: int) -> tuple[float, float, float, float]:
    """Return the bounding box (x0, y0, x1, y1) of the first n corners."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for k in range(n):
        x0, y0 = min(x0, polygon[k, 0]), min(y0, polygon[k, 1])
        x1, y1 = max(x1, polygon[k, 0]), max(y1, polygon[k, 1])
    return x0, y0, x1, y1


@kernel
def gap_of_boxes(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Return the larger of the gaps in x and y between two bounding boxes: polygons in them are no closer."""
    return float(max(max(a[0] - b[2], b[0] - a[2]), max(a[1] - b[3], b[1] - a[3])))


@kernel
def point_segment_distance(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the distance of a point to the segment a-b."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    u = 0.0 if length2 == 0.0 else ((px - ax) * dx + (py - ay) * dy) / length2
    u = min(1.0, max(0.0, u))
    return math.hypot(px - ax - u * dx, py - ay - u * dy)


@kernel
def _separated_by_an_edge_of(a: FloatArray, na: int, b: FloatArray, nb: int) -> bool:
    for i in range(na):
        j = i + 1 if i + 1 < na else 0
        # the outward normal of a counter-clockwise edge points to its right
        nx, ny = a[j, 1] - a[i, 1], a[i, 0] - a[j, 0]
        outside = True
        for k in range(nb):
            if (b[k, 0] - a[i, 0]) * nx + (b[k, 1] - a[i, 1]) * ny <= 0.0:
                outside = False
                break
        if outside:
            return True
    return False


@kernel
def overlap(a: FloatArray, na: int, b: FloatArray, nb: int) -> bool:
    """Return whether two convex polygons touch (separating-axis theorem)."""
    return not (_separated_by_an_edge_of(a, na, b, nb) or _separated_by_an_edge_of(b, nb, a, na))


@kernel
def _corner_distance(a: FloatArray, na: int, b: FloatArray, nb: int) -> float:
    best = np.inf
    for k in range(nb):
        for i in range(na):
            j = i + 1 if i + 1 < na else 0
            d = point_segment_distance(b[k, 0], b[k, 1], a[i, 0], a[i, 1], a[j, 0], a[j, 1])
            best = min(best, d)
    return best


@kernel
def separation(a: FloatArray, na: int, b: FloatArray, nb: int) -> float:
    """Return the distance between two convex polygons in metres; 0 when they touch."""
    if overlap(a, na, b, nb):
        return 0.0
    return min(_corner_distance(a, na, b, nb), _corner_distance(b, nb, a, na))
