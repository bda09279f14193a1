"""Everything that is built from a site file: roadmap, maps, masks, route graph and simulation world."""

from amr_core.site_build.files import build_site, check_fresh
from amr_core.site_build.raster import occupied_at
from amr_core.site_build.roadmap import build_roadmap

__all__ = ["build_roadmap", "build_site", "check_fresh", "occupied_at"]
