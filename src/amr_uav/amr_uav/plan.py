"""Plans: an inventory of racks, bay by bay, and an inspection of points; with their volume, time and energy."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, pairwise
from typing import Final

import shapely

from amr_core.errors import AmrError
from amr_uav.model import FAR, FlightLimits, FlightPlan, Point3, Volume, Waypoint
from amr_uav.site import FlightSite, ShelfRow

MOST_WAYPOINTS: Final = 2000
MOST_POINTS: Final = 200
_SIDES: Final = 4  # of each quarter circle of a volume's corners


def inventory_plan(
    site: FlightSite, places: Sequence[str], levels: Sequence[int] = (), *, again: Collection[str] = ()
) -> FlightPlan:
    """Return the flight along all racks of some places; levels from 1, none = all. Raises flight.invalid.

    again: only these cells, from nearer. An aisle is entered and left from above, at the height of ways; between its
    two sides it is only crossed.
    """
    wanted = list(dict.fromkeys(places))
    rows = [row for place in wanted for row in site.rows if row.place == place]
    known = {row.place for row in site.rows}
    for place in wanted:
        if place not in known:
            raise AmrError("flight.invalid", where="places", reason=f"{place[:64]} has no racks that can be counted")
    if not rows:
        raise AmrError("flight.invalid", where="places", reason="none")
    waypoints: list[Waypoint] = []
    for _place, aisle in groupby(rows, key=lambda row: row.place):
        spots = [spot for i, row in enumerate(aisle) for spot in _along(row, levels, again, backwards=i % 2 == 1)]
        if spots:
            waypoints += [_above(spots[0], site.transit), *spots, _above(spots[-1], site.transit)]
    if not waypoints:
        raise AmrError("flight.invalid", where="levels", reason="none of the racks has such a level")
    return _finished(site, waypoints, wanted)


def _along(row: ShelfRow, levels: Sequence[int], again: Collection[str], *, backwards: bool) -> Iterable[Waypoint]:
    """Yield the spots of a row, bay by bay, up in one and down in the next."""
    chosen = [i for i in range(len(row.levels)) if not levels or i + 1 in levels]
    bays = range(row.bays)
    for turn, bay in enumerate(reversed(bays) if backwards else bays):
        for level in reversed(chosen) if turn % 2 else chosen:
            cell, away = row.cell(bay, level), row.nearer if again else row.stand_off
            if not again or cell in again:
                yield Waypoint(*row.spot(bay, level, away), math.radians(row.yaw), cell)


def inspection_plan(site: FlightSite, points: Sequence[Point3]) -> FlightPlan:
    """Return the flight to points (x, y, z in m), each reached from above. Raises flight.invalid."""
    if not 0 < len(points) <= MOST_POINTS:
        raise AmrError("flight.invalid", where="points", reason=f"1 to {MOST_POINTS}")
    waypoints: list[Waypoint] = []
    for i, (x, y, z) in enumerate(points):
        if not all(map(math.isfinite, (x, y, z))) or max(abs(x), abs(y)) > FAR or not 0.5 <= z <= site.ceiling:
            raise AmrError("flight.invalid", where=f"points.{i}", reason="not a point between floor and ceiling")
        spot = Waypoint(x, y, z, 0.0, f"P{i + 1}")
        waypoints += [_above(spot, site.transit), spot, _above(spot, site.transit)]
    return _finished(site, waypoints, [])


def _above(spot: Waypoint, height: float) -> Waypoint:
    return Waypoint(spot.x, spot.y, max(spot.z, height), spot.yaw)


def _finished(site: FlightSite, middle: list[Waypoint], places: list[str]) -> FlightPlan:
    limits = site.aircraft.limits()
    pad = Waypoint(*site.pad, site.transit)
    waypoints = (pad, *middle, pad)
    if len(waypoints) > MOST_WAYPOINTS:
        raise AmrError("flight.invalid", where="places", reason=f"more than {MOST_WAYPOINTS} waypoints")
    length, seconds = _effort((Waypoint(*site.pad, 0.0), *waypoints, Waypoint(*site.pad, 0.0)), limits)
    plan = FlightPlan(
        waypoints=waypoints, volume=volume_of(waypoints, limits.margin),
        places=tuple(places), length=length, seconds=seconds,
        energy=seconds / limits.endurance, transit=site.transit,
    )  # fmt: skip
    check_air(site, plan)
    return plan


def volume_of(waypoints: Sequence[Waypoint], margin: float) -> Volume:
    """Return the air over all waypoints, from the floor up, with a margin (m)."""
    hull = shapely.MultiPoint([(w.x, w.y) for w in waypoints]).convex_hull.buffer(margin, quad_segs=_SIDES)
    corners = tuple((round(x, 3), round(y, 3)) for x, y in list(hull.exterior.coords)[:-1])
    return Volume(corners, 0.0, max(w.z for w in waypoints) + margin)


def _effort(way: Sequence[Waypoint], limits: FlightLimits) -> tuple[float, float]:
    """Return the length (m) and the time (s) of a way."""
    length = seconds = 0.0
    for a, b in pairwise(way):
        flat, up = math.hypot(b.x - a.x, b.y - a.y), abs(b.z - a.z)
        length += math.hypot(flat, up)
        # A stop at each waypoint: half a second to gain speed and to lose it.
        seconds += max(flat / limits.cruise, up / limits.climb) + (0.5 if flat + up > 0 else 0.0)
        seconds += limits.look if b.scan else 0.0
    return length, seconds


def seconds_home(site: FlightSite, x: float, y: float, z: float) -> float:
    """Return how long the way home takes (s): up to the height of ways, over to the pad, down."""
    limits = site.aircraft.limits()
    way = [Waypoint(x, y, z), Waypoint(x, y, max(z, site.transit)), Waypoint(*site.pad, max(z, site.transit))]
    return _effort([*way, Waypoint(*site.pad, 0.0)], limits)[1]


def check_air(site: FlightSite, plan: FlightPlan) -> None:
    """Raise flight.no_fly or flight.too_high when the plan, or its way home from anywhere, is not possible."""
    if plan.volume.z1 > site.ceiling:
        raise AmrError("flight.too_high", height=round(plan.volume.z1, 1), ceiling=site.ceiling)
    legs = pairwise((Waypoint(*site.pad, 0.0), *plan.waypoints))
    ways = [way for a, b in legs for way in _ways(a, b, site)]
    for region in site.no_fly:
        closed = region.volume()
        if any(closed.meets(*way) for way in ways):
            raise AmrError("flight.no_fly", volume=region.name)


def _ways(a: Waypoint, b: Waypoint, site: FlightSite) -> list[tuple[shapely.Geometry, float, float]]:
    """Return where an aircraft is on a leg and on the way home from any of its points: ground, heights.

    Home leads straight up to the height of ways and straight over to the pad: a wall over the leg, and a triangle.
    Where the leg slopes, or is above the height of ways, both are taken a little too large.
    """
    low, high = min(a.z, b.z), max(a.z, b.z, site.transit)
    wall = shapely.MultiPoint([(a.x, a.y), (b.x, b.y)]).convex_hull
    fan = shapely.MultiPoint([(a.x, a.y), (b.x, b.y), site.pad]).convex_hull
    return [(wall, low, high), (fan, site.transit, high)]
