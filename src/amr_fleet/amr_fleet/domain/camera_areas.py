"""What a fixed camera guards, as the site's file says it: for the fleet, when the camera is silent, and for people."""

from __future__ import annotations

import shapely

from amr_core.cameras import BLIND_SPEED, DOCK_AROUND_M, DOCK_SPEED, FARTHEST_M, PinholeView, fixed_view
from amr_core.site import Camera, Site

Guarded = tuple[str, tuple[tuple[float, float], ...], float]
"""An area that a camera guards: its name, polygon (m, map frame), and the speed (m/s) there, 0 = hold."""


def guarded_areas(site: Site, camera: Camera) -> list[Guarded]:
    """Return its own areas, and crossings to hold and docks to slow in that are in its picture; without any, its view.

    The view is that of the site's file: a surveyed camera may see a little more or less.
    """
    view = fixed_view(camera)
    areas = [(zone.id, shapely.Polygon(zone.polygon), 0.0) for zone in site.zones if zone.kind == "crossing"]
    for place in site.places:
        if place.kind == "dock":
            around = shapely.MultiPoint([(s.x, s.y) for s in place.stations]).envelope
            areas.append((place.id, around.buffer(DOCK_AROUND_M, join_style="mitre"), DOCK_SPEED))
    found: list[Guarded] = [(area.id, area.polygon, area.max_speed) for area in camera.areas]
    found += [(name, _corners(shape), speed) for name, shape, speed in areas if _in_view(view, shape)]
    if found:
        return found
    floor = shapely.MultiPoint(view.outline(FARTHEST_M)).convex_hull
    return [("view", _corners(floor), BLIND_SPEED)] if isinstance(floor, shapely.Polygon) else []


def _corners(shape: shapely.Polygon) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in shape.exterior.coords[:-1])


def _in_view(view: PinholeView, shape: shapely.Polygon) -> bool:
    middle = shape.representative_point()
    return any(view.sees(x, y, FARTHEST_M) for x, y in (*_corners(shape), (middle.x, middle.y)))
