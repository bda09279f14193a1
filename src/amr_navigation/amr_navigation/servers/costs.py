"""Costmaps in Nav2's values, made from distance grids only when somebody wants to see one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_core.geometry import Pose2D
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.footprint import is_free
from amr_navigation.costmap.static_map import DistanceGrid

FREE, INSCRIBED, LETHAL, UNKNOWN = 0, 253, 254, 255
INFLATION_RADIUS, COST_SCALING = 1.2, 3.0  # m, 1/m: Nav2's inflation layer

Costs = npt.NDArray[np.uint8]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Costmap:
    """Costs (uint8, rows x columns, row 0 in the south), resolution (m) and lower left corner (m)."""

    costs: Costs
    resolution: float
    origin_x: float
    origin_y: float


def costs_of(distance: npt.NDArray[np.float32], inscribed: float) -> Costs:
    """Return Nav2's inflated costs of distances (m) to obstacles: 254 in them, 253 within the inscribed radius."""
    falling = 252.0 * np.exp(-COST_SCALING * np.maximum(distance - inscribed, 0.0))
    costs = np.where(distance > INFLATION_RADIUS, 0.0, falling)
    costs = np.where(distance <= inscribed, INSCRIBED, costs)
    out: Costs = np.where(distance <= 0.0, LETHAL, costs).astype(np.uint8)
    return out


def occupancy_of(costs: Costs) -> npt.NDArray[np.int8]:
    """Return a costmap as nav_msgs/OccupancyGrid values: 0 free, 1..98 inflated, 99, 100 lethal, -1 unknown."""
    table = np.empty(256, dtype=np.int8)
    table[0] = 0
    table[1:253] = 1 + (97 * (np.arange(1, 253) - 1)) // 251
    table[INSCRIBED], table[LETHAL], table[UNKNOWN] = 99, 100, -1
    out: npt.NDArray[np.int8] = table[costs]
    return out


def window(grid: DistanceGrid, x: float, y: float, side: float) -> DistanceGrid:
    """Return the square of side (m) around (x, y) on the grid's cells; what lies off the grid counts as solid."""
    cells = round(side / grid.resolution)
    column = round((x - grid.origin_x) / grid.resolution - 0.5 * cells)
    row = round((y - grid.origin_y) / grid.resolution - 0.5 * cells)
    out = np.full((cells, cells), -grid.resolution, dtype=np.float32)
    rows, columns = grid.sdf.shape
    r0, r1, c0, c1 = max(row, 0), min(row + cells, rows), max(column, 0), min(column + cells, columns)
    if r0 < r1 and c0 < c1:
        out[r0 - row : r1 - row, c0 - column : c1 - column] = grid.sdf[r0:r1, c0:c1]
    origin_x, origin_y = grid.origin_x + column * grid.resolution, grid.origin_y + row * grid.resolution
    return DistanceGrid(out, grid.resolution, origin_x, origin_y)


def merged(grid: DistanceGrid, local: DistanceGrid | None) -> npt.NDArray[np.float32]:
    """Return the distances of grid with the nearer ones of local where the two overlap."""
    if local is None:
        return grid.sdf
    out = grid.sdf.copy()
    columns = _cells(grid.origin_x, grid.resolution, grid.sdf.shape[1], local.origin_x, local.resolution)
    rows = _cells(grid.origin_y, grid.resolution, grid.sdf.shape[0], local.origin_y, local.resolution)
    keep_c = np.flatnonzero((columns >= 0) & (columns < local.sdf.shape[1]))
    keep_r = np.flatnonzero((rows >= 0) & (rows < local.sdf.shape[0]))
    if len(keep_c) and len(keep_r):
        there = local.sdf[np.ix_(rows[keep_r], columns[keep_c])]
        target = np.ix_(keep_r, keep_c)
        out[target] = np.minimum(out[target], there)
    return out


def _cells(origin: float, res: float, count: int, other_origin: float, other_res: float) -> Index:
    centres = origin + (np.arange(count) + 0.5) * res
    out: Index = np.floor((centres - other_origin) / other_res).astype(np.intp)
    return out


def costmap_of(grid: DistanceGrid, local: DistanceGrid | None, inscribed: float) -> Costmap:
    """Return the costmap of a grid with local obstacles; inscribed is the body's inscribed radius (m)."""
    return Costmap(costs_of(merged(grid, local), inscribed), grid.resolution, grid.origin_x, grid.origin_y)


def cost_at(grid: DistanceGrid, local: DistanceGrid | None, body: Body, pose: Pose2D, *, footprint: bool) -> float:
    """Return the cost at a pose: of its cell, or of the whole body (254 when it touches something); -1 off the map."""
    if not grid.contains(pose.x, pose.y):
        return -1.0
    inscribed = min(body.left, body.right)
    if footprint and not (is_free(grid, pose, body) and (local is None or is_free(local, pose, body, outside=9.0))):
        return float(LETHAL)
    distance: Any = _distance(grid, pose)
    if local is not None and local.contains(pose.x, pose.y):
        distance = min(distance, _distance(local, pose))
    return float(costs_of(np.array([distance], dtype=np.float32), inscribed)[0])


def _distance(grid: DistanceGrid, pose: Pose2D) -> float:
    row, column = int((pose.y - grid.origin_y) / grid.resolution), int((pose.x - grid.origin_x) / grid.resolution)
    return float(grid.sdf[row, column])
