"""Checks of the doors that robots drive through."""

from __future__ import annotations

from collections.abc import Iterator

from amr_core.roadmap import Roadmap
from amr_core.roadmap.air_locks import troubles
from amr_core.roadmap.doorways import crossed, leaf
from amr_core.site import Site
from amr_core.site.lint.findings import Finding, finding, finding_why


def check_doors(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find lanes that a door names and does not stand across, lanes that it bars unnamed, and robots in doorways."""
    known = {lane.id for lane in site.lanes}
    doors = site.driven_doors
    for door in doors:
        at, through = (door.x, door.y), set(crossed(door, roadmap.nodes, roadmap.edges))
        for lane in door.lanes:
            if lane not in known:
                yield finding_why("site.door_lane", at, "no_lane", lane=lane, door=door.id)
            elif lane not in through:
                yield finding_why("site.door_lane", at, "not_through", lane=lane, door=door.id)
        for lane in sorted(through - set(door.lanes)):
            yield finding_why("site.door_lane", at, "not_named", lane=lane, door=door.id)
        ways = {way.id: way for way in roadmap.doors}
        for name in sorted(ways[door.id].elements):
            node = roadmap.nodes.get(name)
            if node is not None and node.theta is not None:
                yield finding("site.door_blocked", at, station=name, door=door.id)
    for i, door in enumerate(doors):
        for other in doors[i + 1 :]:
            if leaf(door).intersects(leaf(other)):
                facts = {"lane": door.lanes[0], "door": door.id, "other": other.id}
                yield finding_why("site.door_lane", (door.x, door.y), "in_door", **facts)


def check_air_locks(roadmap: Roadmap) -> Iterator[Finding]:
    """Find air-locks in which no robot can stand, and those that do not keep their two sides apart."""
    ways = {way.id: way for way in roadmap.doors}
    for lock in roadmap.air_locks:
        first, second = (ways[door] for door in lock.doors)
        for why in troubles(lock, (first, second), roadmap.nodes, roadmap.edges):
            yield finding_why("site.air_lock", (first.x, first.y), why, lock=lock.id)
