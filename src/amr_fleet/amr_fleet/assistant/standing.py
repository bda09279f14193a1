"""Where robots stand, in the names that people have for it: station and place, lane, zones and halls of the site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from amr_core.site import Site
from amr_fleet.assistant.halls import halls_of
from amr_fleet.ports import RobotView

_AT: Final = "@"
"""What stands between a lane and the metres of a node on it."""


def standings(robots: Sequence[RobotView], site: Site) -> list[tuple[str, ...]]:
    """Return for each robot what it is at: what people call it first, then its station, other lanes, zones.

    One that is not localized is where it was known last. () for one that never said where it is.
    """
    x, y = np.array([robot.x for robot in robots]), np.array([robot.y for robot in robots])
    points = shapely.points(x, y)
    lanes = {
        lane.id: (lane.width / 2.0, np.asarray(shapely.distance(LineString(lane.points), points)))
        for lane in site.lanes
    }
    areas = {**{zone.id: tuple(zone.polygon) for zone in site.zones}, **halls_of(site)}
    zones = [(name, shapely.intersects_xy(Polygon(corners), x, y)) for name, corners in areas.items()]
    places = {station.id: place.id for place in site.places for station in place.stations}
    found = []
    for at, robot in enumerate(robots):
        sure = robot.localized and robot.node != ""
        on = sorted((far[at], name) for name, (half, far) in lanes.items() if sure and far[at] <= half)
        inside = [name for name, within in zones if sure and within[at]]
        found.append((*_named(robot.node, [name for _, name in on], places), *inside))
    return found


def _named(node: str, lanes: Sequence[str], places: dict[str, str]) -> tuple[str, ...]:
    if node in places:
        return (places[node], node)
    lane, apart, _ = node.partition(_AT)
    if not apart:  # a charger, a parking place, a cabin
        return (node,) if node else ()
    return tuple(lanes) or (lane,)
