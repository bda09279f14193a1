"""Which planner robots have: sites and what compiles its kernels (`warmup`) take it from here."""

from __future__ import annotations

from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.planning.planner import GlobalPlanner


def make_planner(grid: DistanceGrid) -> GlobalPlanner:
    """Return the planner of a map of walls and keep-out areas."""
    return GlobalPlanner(grid)
