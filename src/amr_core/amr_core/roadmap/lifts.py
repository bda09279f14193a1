"""Lifts of a roadmap: a cabin node and a landing door on each level, and rides between the cabins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import permutations

from shapely.geometry import Polygon

from amr_core.errors import AmrError
from amr_core.roadmap.doorways import leaf
from amr_core.roadmap.model import Doorway, Edge, Landing, LiftWay
from amr_core.site import Door, Lift, LiftStop, Site


def landing_door(lift: Lift, stop: LiftStop) -> Door:
    """Return the door of the cabin at a stop, half a cabin behind a robot in it; its passage leads into the cabin."""
    back = lift.size[0] / 2
    x, y = stop.x - back * math.cos(stop.theta), stop.y - back * math.sin(stop.theta)
    name = lift.node(stop)
    return Door(
        id=name, kind="roller", x=x, y=y, width=lift.size[1], theta=stop.theta, lanes=[name], open_s=lift.open_s
    )


def check_stops(site: Site) -> None:
    """Raise site.invalid for a lift that stops at a level that the site has not, or twice at one."""
    known = {level.id for level in site.levels}
    for lift in site.lifts:
        seen = set[str]()
        for stop in lift.stops:
            wrong = "" if stop.level in known else f"there is no level {stop.level}"
            wrong = f"it stops at {stop.level} twice" if stop.level in seen else wrong
            if wrong:
                raise AmrError("site.invalid", where=f"lift {lift.id}", reason=wrong)
            seen.add(stop.level)


def rides(site: Site) -> dict[str, Edge]:
    """Return the edges from cabin to cabin of all lifts, by id."""
    heights = {level.id: level.height for level in site.levels}
    found: dict[str, Edge] = {}
    for lift in site.lifts:
        for a, b in permutations(lift.stops, 2):
            metres = max(0.1, abs(heights[a.level] - heights[b.level]))
            seconds = metres / lift.speed + 2.0 * lift.open_s
            name = f"{lift.node(a)}>{lift.node(b)}"
            found[name] = Edge(name, lift.node(a), lift.node(b), round(metres, 4), metres / seconds, "ride", lift.id)
    return found


def lift_ways(site: Site, edges: Mapping[str, Edge], shapes: Mapping[str, Polygon]) -> tuple[LiftWay, ...]:
    """Return the lifts of a site. shapes: `conflicts.areas` of its roadmap."""
    heights = {level.id: level.height for level in site.levels}
    found = []
    for lift in site.lifts:
        stops = tuple(_stop(lift, stop, heights[stop.level], edges, shapes) for stop in lift.stops)
        found.append(LiftWay(lift.id, stops, lift.speed, lift.open_s))
    return tuple(found)


def _stop(
    lift: Lift, stop: LiftStop, height: float, edges: Mapping[str, Edge], shapes: Mapping[str, Polygon]
) -> Landing:
    door, node = landing_door(lift, stop), lift.node(stop)
    area = leaf(door)
    inside = {name for name, shape in shapes.items() if shape.intersects(area)}
    inside |= {e.id for e in edges.values() if e.end == node or (e.start == node and e.manoeuvre != "ride")}
    inside.add(node)
    way = Doorway(door.id, frozenset(inside), door.x, door.y, door.theta, door.width, door.open_s)
    return Landing(stop.level, node, height, way, frozenset(inside))
