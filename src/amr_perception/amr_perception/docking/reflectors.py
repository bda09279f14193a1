"""A pair of reflectors beside a dock, from a lidar that reports intensity."""

from __future__ import annotations

import math

import numpy as np

from amr_core.geometry import FloatArray, Pose2D
from amr_perception.docking.template import SIGMA_M, OutlinePose

_GAP_M = 0.15  # chosen: beams on one reflector are closer, two reflectors of a pair farther apart
_WALL_GATE_M = 0.05  # chosen: five times the lidar's noise; what stands before the wall must not turn it


def reflector_pair(
    points: FloatArray,
    intensities: FloatArray,
    *,
    apart: float = 0.6,
    bright: float = 0.6,
    tolerance: float = 0.05,
) -> OutlinePose | None:
    """Return the middle of the one pair of reflectors that is apart (m), x pointing away from the sensor side.

    points: N x 2 m in scan order, the sensor near (0, 0). intensities: N, 0..1; bright: least of a reflector. None when
    there is no such pair, or more than one: a guess would be worse than none.
    """
    spots = _spots(points, intensities >= bright)
    pairs = [
        (spots[i], spots[j])
        for i in range(len(spots))
        for j in range(i + 1, len(spots))
        if abs(float(np.hypot(*(spots[i] - spots[j]))) - apart) < tolerance
    ]
    if len(pairs) != 1:
        return None
    a, b = pairs[0]
    middle = (a + b) / 2.0
    along, wall = _wall(points, a, b)
    normal = np.array((-along[1], along[0]))
    if float(normal @ middle) < 0.0:
        normal = -normal
    # The wall gives the direction, the reflectors the place along it.
    depth = float(np.mean((wall - middle) @ normal)) if len(wall) else 0.0
    middle = middle + depth * normal
    sigma = SIGMA_M / math.sqrt(max(1, len(wall)))
    spread = apart / math.sqrt(12.0)
    covariance = np.diag((sigma**2, SIGMA_M**2 / 2.0, (sigma / spread) ** 2))
    turn = np.eye(3)
    turn[:2, :2] = np.column_stack((normal, (-normal[1], normal[0])))
    pose = Pose2D(float(middle[0]), float(middle[1]), math.atan2(normal[1], normal[0]))
    return OutlinePose(pose, turn @ covariance @ turn.T, sigma, 1.0, len(wall))


def _spots(points: FloatArray, bright: np.ndarray) -> list[FloatArray]:
    """Return the middles of runs of bright points."""
    spots: list[list[FloatArray]] = []
    for point in points[bright]:
        if spots and float(np.hypot(*(spots[-1][-1] - point))) < _GAP_M:
            spots[-1].append(point)
        else:
            spots.append([point])
    return [np.mean(spot, axis=0) for spot in spots]


def _wall(points: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the unit direction of the wall between a and b, and its points."""
    along = (b - a) / float(np.hypot(*(b - a)))
    for _ in range(3):
        normal = np.array((-along[1], along[0]))
        off = points - (a + b) / 2.0
        keep = (np.abs(off @ normal) < _WALL_GATE_M) & (np.abs(off @ along) < 1.3 * float(np.hypot(*(b - a))))
        wall = points[keep]
        if len(wall) < 6:
            return along, wall
        direction = np.linalg.svd(wall - wall.mean(axis=0), full_matrices=False)[2][0]
        along = direction if float(direction @ along) > 0.0 else -direction
    return along, wall
