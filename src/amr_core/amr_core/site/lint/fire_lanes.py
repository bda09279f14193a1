"""Checks of fire lanes: a robot in one drives on along its route until it is out, so no route may end in there."""

from __future__ import annotations

from collections.abc import Iterator

from amr_core.roadmap import Roadmap
from amr_core.roadmap.conflicts import areas
from amr_core.site import Site
from amr_core.site.lint.findings import Finding, finding
from amr_core.site.solids import zone_area


def check_fire_lanes(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find places where robots stand that reach into a fire lane, and fire lanes that no robot ever drives into."""
    zones = [zone for zone in site.zones if zone.kind == "fire_lane"]
    if not zones:
        return
    in_doorways = frozenset[str]().union(*(way.elements for way in roadmap.doors if not way.station))
    for name in sorted(roadmap.fire_lanes - in_doorways):
        node = roadmap.nodes.get(name)
        if node is not None and node.theta is not None:
            yield finding("site.fire_lane_blocked", (node.x, node.y), station=name)
    shapes = areas(site, roadmap.nodes, roadmap.edges).values()
    for zone in zones:
        area = zone_area(zone)
        if not any(shape.intersects(area) for shape in shapes):
            yield finding("site.fire_lane_unused", (area.centroid.x, area.centroid.y), zone=zone.id)
