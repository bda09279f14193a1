"""Distance to the next wall or rack of the map, one table per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from amr_core.gridmap import GridMap
from amr_core.site import site_dir

_UNIT_M = 0.02  # 255 of them are 5.1 m in a byte; a finer one is finer than the map's cells of 5 cm


@dataclass(frozen=True, eq=False)
class BackgroundMap:
    """table: uint8 (rows, columns), row 0 southernmost: distance to the next occupied cell in 2 cm, at most 5.1 m."""

    table: npt.NDArray[np.uint8]
    resolution: float
    origin: tuple[float, float]
    unit: float = _UNIT_M

    @staticmethod
    def from_grid(grid: GridMap) -> BackgroundMap:
        """Build the table; what is not free counts as occupied only where the map is sure."""
        if not grid.occupied.any():
            return BackgroundMap(np.full(grid.data.shape, 255, np.uint8), grid.resolution, grid.origin)
        metres = distance_transform_edt(~grid.occupied) * grid.resolution
        table = np.minimum(metres / _UNIT_M, 255.0).astype(np.uint8)
        return BackgroundMap(table, grid.resolution, grid.origin)


@lru_cache(maxsize=2)
def static_map(site: str) -> BackgroundMap:
    """Return the table of a site's map, built once per process. Raises site.* or map.mismatch."""
    return BackgroundMap.from_grid(GridMap.load(site_dir(site) / "map.yaml"))
