"""Checks of the doors that robots drive through."""

from __future__ import annotations

from collections.abc import Iterator

from amr_core.roadmap import Roadmap
from amr_core.roadmap.doorways import crossed, leaf
from amr_core.site import Site
from amr_core.site.lint.findings import Finding, finding


def check_doors(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find lanes that a door names and does not stand across, lanes that it bars unnamed, and robots in doorways."""
    known = {lane.id for lane in site.lanes}
    doors = site.driven_doors
    for door in doors:
        at, through = (door.x, door.y), set(crossed(door, roadmap.nodes, roadmap.edges))
        for lane in door.lanes:
            if lane not in known:
                yield finding("site.door_lane", at, lane=lane, door=door.id, reason="there is no such lane")
            elif lane not in through:
                yield finding("site.door_lane", at, lane=lane, door=door.id, reason="it does not lead through the door")
        for lane in sorted(through - set(door.lanes)):
            yield finding("site.door_lane", at, lane=lane, door=door.id, reason="it leads through, and is not named")
        ways = {way.id: way for way in roadmap.doors}
        for name in sorted(ways[door.id].elements):
            node = roadmap.nodes.get(name)
            if node is not None and node.theta is not None:
                yield finding("site.door_blocked", at, station=name, door=door.id)
    for i, door in enumerate(doors):
        for other in doors[i + 1 :]:
            if leaf(door).intersects(leaf(other)):
                reason = f"it stands in door {other.id}"
                yield finding("site.door_lane", (door.x, door.y), lane=door.lanes[0], door=door.id, reason=reason)
