"""Which areas a fixed camera watches: the crossings, docks and lanes of the site that are in its picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import shapely

from amr_core.cameras import BLIND_SPEED, DOCK_AROUND_M, DOCK_SPEED
from amr_core.site import CameraArea, Site
from amr_perception.fixed.areas import AreaRule, Polygon
from amr_perception.fixed.floor import Floor
from amr_perception.people.boxes import BoxKind

_LANE_HALF_M = 0.7  # chosen: half a laden robot (0.5 m) and 0.2 m; wider holds robots for who stands beside the lane
# chosen: who crosses is gone in 5 s, who puts down a load goes away in 10; longer, a robot is there first
_BLOCKED_AFTER_S, FALLEN_AFTER_S = 5.0, 10.0
_EVERYBODY: frozenset[BoxKind] = frozenset({"person", "vehicle"})


def rules_for(site: Site, floor: Floor, areas: Sequence[CameraArea] = ()) -> list[AreaRule]:
    """Return the rules of a camera with areas of its own. They only slow or hold."""
    rules = [*_crossings(site), *_own(areas), *_docks(site), *_lanes(site)]
    return [rule for rule in rules if _visible(floor, rule.polygon)]


def blind_rules(site: Site, floor: Floor, own: Sequence[CameraArea] = ()) -> list[AreaRule]:
    """Return what must be done while a camera cannot see: as if somebody stood in each crossing and dock it watches.

    A camera that watches lanes only slows robots in its view: they have their own lidars there. Its own areas count
    wherever they are: a blind camera's floor may be wrong.
    """
    watched = [rule for rule in (*_crossings(site), *_docks(site)) if _visible(floor, rule.polygon)]
    areas = {rule.area: rule for rule in (*_own(own), *watched)}
    rules = [replace(rule, event="blind", kinds=frozenset()) for rule in areas.values()]
    view = floor.outline()
    if rules or len(view) < 3:
        return rules
    return [AreaRule("view", "blind", frozenset(), view, "slow", BLIND_SPEED)]


def areas_out_of_view(floor: Floor, own: Sequence[CameraArea]) -> list[str]:
    """Return the areas of a camera's own of which its picture shows nothing: nobody would be found there."""
    return [area.id for area in own if not _visible(floor, area.polygon)]


def crossings_beyond(site: Site, floor: Floor, guards: float) -> list[tuple[str, float]]:
    """Return the crossings in view whose farthest corner in view is more than guards (m) away, and how far it is."""
    found = []
    for rule in _crossings(site):
        seen = [math.dist(corner, floor.eye) for corner in rule.polygon if floor.sees(*corner)]
        if rule.event == "person_near" and seen and max(seen) > guards:
            found.append((rule.area, max(seen)))
    return found


def _visible(floor: Floor, polygon: Polygon) -> bool:
    middle = shapely.Polygon(polygon).representative_point()
    points = [(middle.x, middle.y), *polygon]
    return any(floor.sees(x, y) for x, y in points)


def _crossings(site: Site) -> Iterator[AreaRule]:
    for zone in site.zones:
        if zone.kind == "crossing":
            area = tuple(zone.polygon)
            yield AreaRule(zone.id, "person_near", frozenset({"person"}), area, "hold")
            yield AreaRule(zone.id, "vehicle_near", frozenset({"vehicle"}), area, "hold")


def _own(areas: Sequence[CameraArea]) -> Iterator[AreaRule]:
    for area in areas:
        yield AreaRule(area.id, "person_near", frozenset({"person"}), area.polygon, area.action, area.max_speed)
        yield AreaRule(area.id, "vehicle_near", frozenset({"vehicle"}), area.polygon, area.action, area.max_speed)


def _docks(site: Site) -> Iterator[AreaRule]:
    for place in site.places:
        if place.kind == "dock":
            points = shapely.MultiPoint([(s.x, s.y) for s in place.stations])
            area = _corners(points.envelope.buffer(DOCK_AROUND_M, join_style="mitre"))
            yield AreaRule(place.id, "person_near", frozenset({"person"}), area, "slow", DOCK_SPEED)
            yield AreaRule(place.id, "vehicle_near", frozenset({"vehicle"}), area, "slow", DOCK_SPEED)


def _lanes(site: Site) -> Iterator[AreaRule]:
    for lane in site.lanes:
        area = _corners(shapely.LineString(lane.points).buffer(_LANE_HALF_M, cap_style="flat", join_style="mitre"))
        yield AreaRule(
            lane.id, "lane_blocked", _EVERYBODY, area, "hold", after_s=_BLOCKED_AFTER_S, still=True, around_thing=True
        )
        yield AreaRule(
            lane.id, "fallen_load", frozenset({"load"}), area, "hold", after_s=FALLEN_AFTER_S, still=True,
            clear_s=5.0, around_thing=True, alone=True,
        )  # fmt: skip


def _corners(shape: Any) -> Polygon:
    # A lane that closes on itself has a hole; its outline is enough to watch.
    outline = shapely.Polygon(shape.exterior) if shape.geom_type == "Polygon" else shape.convex_hull
    return tuple((float(x), float(y)) for x, y in outline.exterior.coords[:-1])
