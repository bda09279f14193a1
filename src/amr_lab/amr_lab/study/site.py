"""Sites for a study: with the robots it asks for, and doubled (two buildings joined by a covered link)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from amr_core.errors import AmrError
from amr_core.site import FleetRobot, Lane, Place, Site, Station, load_site

PAIR = 49  # robots that a pair of buildings parks
LINK = 40.0
"""Length of the link between the two buildings of a doubled site, m."""

LISTS = ("lanes", "zones", "places", "chargers", "parking", "fleet")
"""What of a site `moved` moves."""

BAY_PITCH = 2.3
"""Distance between two rest bays in the link, m: as far apart as turning robots need."""


@lru_cache(maxsize=8)
def study_site(name: str, robots: int, doubled: bool = False) -> Site:
    """Return the site with a fleet of so many robots, doubled when asked for or when one building cannot park them.

    Raises run.robot_count when two buildings cannot park them either.
    """
    site = load_site(name)
    if doubled or robots > len(site.parking):
        site = double(site)
    return with_fleet(site, robots)


def needs_double(name: str, robots: int) -> bool:
    """Return whether a fleet does not fit the parking of one building."""
    return robots > len(load_site(name).parking)


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
    """Return two of the site side by side; the lanes that reach furthest east and west are joined by links.

    Along the links are rest bays, beside those lanes that have parking places in the buildings, too.
    """
    shift = site.size[0] + LINK
    second = moved(site, "N", shift)
    links = _links(site, shift)
    lists = {name: [*getattr(site, name), *getattr(second, name)] for name in LISTS}
    lists["lanes"] += links
    lists["parking"] += _bays(site, links)
    return site.model_copy(
        update={**lists, "id": f"{site.id}-doubled", "size": (2 * site.size[0] + LINK, site.size[1])}
    )


def moved(site: Site, letter: str, dx: float) -> Site:
    """Return the site dx (m) further east, without markers; ids begin with the letter, names of robots end with it."""

    def station(s: Station) -> Station:
        return s.model_copy(
            update={"id": f"{letter}_{s.id}", "x": s.x + dx, "lane": f"{letter}_{s.lane}", "marker": None}
        )

    def place(p: Place) -> Place:
        return p.model_copy(update={"id": f"{letter}_{p.id}", "stations": [station(s) for s in p.stations]})

    def east(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x + dx, y) for x, y in points]

    return site.model_copy(
        update={
            "lanes": [v.model_copy(update={"id": f"{letter}_{v.id}", "points": east(v.points)}) for v in site.lanes],
            "zones": [v.model_copy(update={"id": f"{letter}_{v.id}", "polygon": east(v.polygon)}) for v in site.zones],
            "places": [place(p) for p in site.places],
            "chargers": [station(c) for c in site.chargers],
            "parking": [station(p) for p in site.parking],
            "fleet": [
                r.model_copy(update={"name": f"{r.name}_{letter.lower()}", "parking": f"{letter}_{r.parking}"})
                for r in site.fleet
            ],
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


def _bays(site: Site, links: Sequence[Lane]) -> list[Station]:
    """Return rest bays along the links, as far from their lanes and turned as the parking places of the building."""
    found: list[Station] = []
    for link in links:
        like = next((p for p in site.parking if f"link_{p.lane}" == link.id), None)
        if like is None:
            continue
        y, first = link.points[0][1], site.size[0] + BAY_PITCH / 2
        beside = like.y - next(lane.points[0][1] for lane in site.lanes if lane.id == like.lane)
        found += [
            like.model_copy(update={"id": f"{link.id}_{k + 1:02d}", "x": first + k * BAY_PITCH, "y": y + beside,
                                    "lane": link.id})
            for k in range(int(LINK / BAY_PITCH))
        ]  # fmt: skip
    return found


def side_by_side(site: Site, copies: int) -> Site:
    """Return so many of the site in a row, without ways between them; each has a letter of its own."""
    pitch = site.size[0] + LINK
    parts = [moved(site, chr(ord("P") + k), k * pitch) for k in range(copies)]
    lists = {name: [item for part in parts for item in getattr(part, name)] for name in LISTS}
    return site.model_copy(update={**lists, "size": (copies * pitch, site.size[1])})
