"""Which lanes and zones of a site an area of the floor covers, by the rule that the fleet closes them by. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely.geometry import LineString, Polygon

from amr_core.site import Site
from amr_core.site.solids import area_of
from amr_fleet.domain.zones import REACH


def covered(polygon: Sequence[tuple[float, float]], site: Site) -> tuple[str, ...]:
    """Return the lanes on which a robot could reach into a polygon (m, map frame), and the zones that it overlaps."""
    if len(polygon) < 3:
        return ()
    area = area_of(polygon)
    lanes = [lane.id for lane in site.lanes if shapely.dwithin(LineString(lane.points), area, REACH)]
    return (*lanes, *(zone.id for zone in site.zones if Polygon(zone.polygon).intersects(area)))
