"""The static map as arrays that the kernels read: signed distance and occupancy.

Grid arrays are (rows, cols), row 0 at the smallest y, so cell (r, c) covers
[origin_x + c * res, origin_x + (c + 1) * res) x [origin_y + r * res, ...). All lengths in metres, map frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DistanceGrid:
    """Signed distance (m, float32, rows x cols) to the nearest obstacle surface: positive in free space."""

    sdf: Float32Array
    resolution: float
    origin_x: float
    origin_y: float

    @property
    def size(self) -> tuple[float, float]:
        """Width (x) and height (y) in metres."""
        rows, cols = self.sdf.shape
        return cols * self.resolution, rows * self.resolution

    def contains(self, x: float, y: float) -> bool:
        """Return whether the point (m, map frame) lies on the grid."""
        width, height = self.size
        return 0.0 <= x - self.origin_x < width and 0.0 <= y - self.origin_y < height


def distance_grid(occupied: BoolArray, resolution: float, origin_x: float, origin_y: float) -> DistanceGrid:
    """Build the signed distance grid of an occupancy array. Distances are measured to the edges of occupied cells.

    A cell centre that touches an occupied cell is half a cell from its surface, so half a cell is taken off the
    centre-to-centre distance; the zero crossing then lies on the surface the map was drawn from.
    """
    outside = distance_transform_edt(~occupied) if occupied.any() else np.full(occupied.shape, 1e3)
    inside = distance_transform_edt(occupied) if not occupied.all() else np.full(occupied.shape, 1e3)
    sdf = np.where(occupied, 0.5 - inside, outside - 0.5) * resolution
    return DistanceGrid(np.ascontiguousarray(sdf, dtype=np.float32), resolution, origin_x, origin_y)


@dataclass(frozen=True, eq=False)
class SpeedZones:
    """The speed layer: the limit (m/s, rows x cols, inf = none) at the robot's centre."""

    limits: Float32Array
    resolution: float
    origin_x: float
    origin_y: float

    def limit(self, x: float, y: float) -> float:
        """Return the limit (m/s) at a point of the map frame; inf outside the mask."""
        col, row = int((x - self.origin_x) / self.resolution), int((y - self.origin_y) / self.resolution)
        rows, cols = self.limits.shape
        return float(self.limits[row, col]) if 0 <= row < rows and 0 <= col < cols else math.inf


@dataclass(frozen=True, eq=False)
class StaticMap:
    """What a site's map says, prepared once and shared by all robots of a process.

    walls: what the lidars see. driveable: walls plus keep-out areas, for planning. speed: the speed filter, if any.
    """

    walls: DistanceGrid
    driveable: DistanceGrid
    speed: SpeedZones | None = None


def build_static_map(
    occupied: BoolArray,
    resolution: float,
    origin: tuple[float, float] = (0.0, 0.0),
    keepout: BoolArray | None = None,
    speed: SpeedZones | None = None,
) -> StaticMap:
    """Prepare the map from an occupancy array (rows x cols, True = solid) and a keep-out mask of its shape."""
    walls = distance_grid(occupied, resolution, *origin)
    if keepout is None or not keepout.any():
        return StaticMap(walls, walls, speed)
    return StaticMap(walls, distance_grid(occupied | keepout, resolution, *origin), speed)
