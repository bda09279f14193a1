"""What the navigation needs of a site, read once per process and shared by all robots in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from amr_core.gridmap import GridMap
from amr_core.site import load_site, site_dir
from amr_core.site_build.roadmap import build_roadmap
from amr_navigation.costmap.static_map import StaticMap, build_static_map
from amr_navigation.docking.database import Dock, docks_of
from amr_navigation.planning.planner import GlobalPlanner
from amr_navigation.warmup import warm_up


@dataclass(frozen=True, eq=False)
class SiteData:
    """Map, planner and docks of a site."""

    static_map: StaticMap
    planner: GlobalPlanner
    docks: Mapping[str, Dock]


@lru_cache(maxsize=4)
def site_data(site: str) -> SiteData:
    """Return the data of the site called site (a name under maps/ or a path); raises site.* and map.* errors."""
    warm_up()
    folder = site_dir(site)
    grid = GridMap.load(folder / "map.yaml")
    keepout = GridMap.load(folder / "keepout.yaml").occupied if (folder / "keepout.yaml").is_file() else None
    if keepout is not None and keepout.shape != grid.data.shape:
        keepout = None
    static_map = build_static_map(grid.occupied, grid.resolution, grid.origin, keepout)
    model = load_site(site)
    return SiteData(static_map, GlobalPlanner(static_map.driveable), docks_of(model, build_roadmap(model)))
