"""What the navigation needs of a site, read once per process and shared by all robots in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from amr_core.gridmap import GridMap
from amr_core.site import load_site, site_dir
from amr_core.site_build.roadmap import build_roadmap
from amr_navigation.costmap.static_map import StaticMap, build_static_map
from amr_navigation.docking.database import Dock, docks_of
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
    static_map = build_static_map(grid.occupied, grid.resolution, grid.origin, mask)
    model = load_site(site)
    docks = docks_of(model, build_roadmap(model))
    return SiteData(static_map, GlobalPlanner(static_map.driveable), docks, folder, keepout)
