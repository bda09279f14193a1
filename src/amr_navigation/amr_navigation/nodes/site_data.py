"""What the navigation needs of a site, read once per process and shared by all robots in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from amr_core.gridmap import GridMap
from amr_core.roadmap import build_roadmap
from amr_core.robots import robot_type
from amr_core.site import load_site, site_dir
from amr_navigation.costmap.static_map import SpeedZones, StaticMap, build_static_map
from amr_navigation.docking.database import Dock, docks_of
from amr_navigation.planning import choice
from amr_navigation.planning.planner import GlobalPlanner
from amr_navigation.warmup import warm_up


@dataclass(frozen=True, eq=False)
class SiteData:
    """Map, planner and docks of a site; keepout is its mask, folder holds its files."""

    static_map: StaticMap
    planner: GlobalPlanner
    docks: Mapping[str, Dock]
    folder: Path
    keepout: GridMap | None = None


def speed_zones(mask: Path, fastest: float) -> SpeedZones | None:
    """Read a speed filter mask (base 100, multiplier -1, percent of fastest, m/s); None when there is no file."""
    if not mask.is_file():
        return None
    grid = GridMap.load(mask)
    percent = grid.data.astype(np.float32)
    limits = np.where((percent > 0) & (percent <= 100), (100.0 - percent) / 100.0 * fastest, np.inf)
    return SpeedZones(limits.astype(np.float32), grid.resolution, *grid.origin)


@lru_cache(maxsize=4)
def site_data(site: str) -> SiteData:
    """Return the data of the site called site (a name under maps/ or a path); raises site.* and map.* errors."""
    warm_up()
    folder = site_dir(site)
    grid = GridMap.load(folder / "map.yaml")
    keepout = GridMap.load(folder / "keepout.yaml") if (folder / "keepout.yaml").is_file() else None
    if keepout is not None and keepout.data.shape != grid.data.shape:
        keepout = None
    mask = None if keepout is None else keepout.occupied
    model = load_site(site)
    zones = speed_zones(folder / "speed.yaml", max(robot_type(r.type).max_speed for r in model.fleet))
    static_map = build_static_map(grid.occupied, grid.resolution, grid.origin, mask, zones)
    docks = docks_of(model, build_roadmap(model))
    return SiteData(static_map, choice.make_planner(static_map.driveable), docks, folder, keepout)
