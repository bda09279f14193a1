"""Sites for a study: with the robots it asks for, and doubled (two buildings joined by a covered link)."""

from __future__ import annotations

from functools import lru_cache

from amr_core.errors import AmrError
from amr_core.site import FleetRobot, Lane, Place, Site, Station, load_site

LINK = 40.0
"""Length of the link between the two buildings of a doubled site, m."""


@lru_cache(maxsize=8)
def study_site(name: str, robots: int, doubled: bool = False) -> Site:
    """Return the site with a fleet of so many robots; raises run.robot_count when it cannot park them."""
    site = load_site(name)
    if doubled:
        site = double(site)
    return with_fleet(site, robots)


def with_fleet(site: Site, robots: int) -> Site:
    """Return the site with the first robots of its fleet and as many more as it has free parking places for."""
    if not 1 <= robots <= len(site.parking):
        raise AmrError("run.robot_count", count=robots, minimum=1, maximum=len(site.parking))
    fleet = list(site.fleet[:robots])
    used = {r.parking for r in fleet}
    free = [p.id for p in site.parking if p.id not in used]
    types = [r.type for r in site.fleet]
    for k in range(len(fleet), robots):
        fleet.append(FleetRobot(name=f"study_{k + 1:02d}", type=types[k % len(types)], parking=free.pop(0)))
    return site.model_copy(update={"id": f"{site.id}-{robots}", "fleet": fleet})


def double(site: Site) -> Site:
    """Return two of the site side by side; the lanes that reach furthest east and west are joined by links."""
    shift = site.size[0] + LINK

    def moved(s: Station) -> Station:
        return s.model_copy(update={"id": f"N_{s.id}", "x": s.x + shift, "lane": f"N_{s.lane}", "marker": None})

    def place(p: Place) -> Place:
        return p.model_copy(update={"id": f"N_{p.id}", "stations": [moved(s) for s in p.stations]})

    lanes = [
        lane.model_copy(update={"id": f"N_{lane.id}", "points": [(x + shift, y) for x, y in lane.points]})
        for lane in site.lanes
    ]
    zones = [
        z.model_copy(update={"id": f"N_{z.id}", "polygon": [(x + shift, y) for x, y in z.polygon]}) for z in site.zones
    ]
    fleet = [
        r.model_copy(update={"name": f"{r.name}_n", "parking": f"N_{r.parking}"}) for r in site.fleet
    ]  # fmt: skip
    return site.model_copy(
        update={
            "id": f"{site.id}-doubled",
            "size": (2 * site.size[0] + LINK, site.size[1]),
            "lanes": [*site.lanes, *lanes, *_links(site, shift)],
            "zones": [*site.zones, *zones],
            "places": [*site.places, *(place(p) for p in site.places)],
            "chargers": [*site.chargers, *(moved(c) for c in site.chargers)],
            "parking": [*site.parking, *(moved(p) for p in site.parking)],
            "fleet": [*site.fleet, *fleet],
        }
    )


def _links(site: Site, shift: float) -> list[Lane]:
    """Join the ends of the long lanes of the one building with those of the other, in their directions."""
    east = max(x for lane in site.lanes for x, _ in lane.points)
    west = min(x for lane in site.lanes for x, _ in lane.points) + shift
    links = []
    for lane in site.lanes:
        (ax, ay), (bx, by) = lane.points[0], lane.points[-1]
        if abs(bx - ax) < (east + shift - west) * 0.9:
            continue
        points = [(bx, by), (ax + shift, ay)] if bx > ax else [(bx + shift, by), (ax, ay)]
        links.append(lane.model_copy(update={"id": f"link_{lane.id}", "points": points}))
    return links
