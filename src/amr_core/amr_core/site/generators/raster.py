"""Grids of a site: occupancy at lidar height, keepout mask, speed mask."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from amr_core.errors import AmrError
from amr_core.gridmap import FREE, MAX_CELLS, OCCUPIED, UNKNOWN, GridMap
from amr_core.robots import robot_type
from amr_core.site import Site
from amr_core.site.solids import solids, zone_area

BORDER = 1.0
"""Metres around the building that the grids reach beyond it."""

LIDAR_HEIGHT = 0.2
"""Height (m) of the robots' safety lidars, where occupancy is taken."""


def empty_grid(site: Site, value: int = FREE) -> GridMap:
    """Return a grid of the site's size with a border, filled with value."""
    columns = math.ceil((site.size[0] + 2 * BORDER) / site.resolution - 1e-6)
    rows = math.ceil((site.size[1] + 2 * BORDER) / site.resolution - 1e-6)
    if rows * columns > MAX_CELLS:
        raise AmrError("site.invalid", where="resolution", reason=f"{rows} x {columns} cells are too many")
    return GridMap(np.full((rows, columns), value, np.uint8), site.resolution, (-BORDER, -BORDER))


def paint(grid: GridMap, area: BaseGeometry, value: int, *, lower: bool = True) -> None:
    """Set the cells that the area touches to value; with lower = False only cells below it."""
    reach = area.buffer(0.495 * grid.resolution, join_style="mitre")
    x0, y0, x1, y1 = reach.bounds
    columns = _span(x0, x1, grid.origin[0], grid.resolution, grid.columns)
    rows = _span(y0, y1, grid.origin[1], grid.resolution, grid.rows)
    if not len(columns) or not len(rows):
        return
    xs = grid.origin[0] + (columns + 0.5) * grid.resolution
    ys = grid.origin[1] + (rows + 0.5) * grid.resolution
    shapely.prepare(reach)
    inside = shapely.contains_xy(reach, *np.meshgrid(xs, ys))
    window = grid.data[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    window[inside & (window < value) if not lower else inside] = value


def _span(low: float, high: float, origin: float, resolution: float, count: int) -> npt.NDArray[np.int64]:
    first = max(0, math.floor((low - origin) / resolution))
    last = min(count, math.ceil((high - origin) / resolution))
    return np.arange(first, last, dtype=np.int64)


def floors(site: Site) -> list[tuple[float, float, float, float]]:
    """Return x, y, width, depth (m) of what is inside the building: the levels' rectangles, or the whole sheet."""
    levels = [(*level.origin, *level.size) for level in site.levels]
    return levels or [(0.0, 0.0, *site.size)]


def occupied_at(site: Site, height: float = LIDAR_HEIGHT) -> GridMap:
    """Return what a lidar at a height (m) sees as occupied; outside the building is unknown."""
    grid = empty_grid(site, UNKNOWN)
    for x, y, width, depth in floors(site):
        paint(grid, box(x, y, x + width, y + depth), FREE)
    for solid in solids(site):
        if solid.height >= height:
            paint(grid, solid.outline, OCCUPIED)
    return grid


def keepout_mask(site: Site) -> GridMap:
    """Return the keepout filter mask: OCCUPIED in keepout zones."""
    grid = empty_grid(site)
    for zone in site.zones:
        if zone.kind == "keepout":
            paint(grid, zone_area(zone), OCCUPIED)
    return grid


def speed_percent(site: Site, max_speed: float) -> int:
    """Return a limit (m/s) in whole percent of the fastest robot's speed, rounded down, at least 1."""
    fastest = max(robot_type(robot.type).max_speed for robot in site.fleet)
    return max(1, min(100, math.floor(100.0 * max_speed / fastest + 1e-9)))


def speed_mask(site: Site) -> GridMap:
    """Return the speed filter mask for base 100, multiplier -1: 0 no limit, else 100 - percent of top speed."""
    grid = empty_grid(site)
    for zone in site.zones:
        if zone.max_speed is not None:
            paint(grid, zone_area(zone), 100 - speed_percent(site, zone.max_speed), lower=False)
    return grid
