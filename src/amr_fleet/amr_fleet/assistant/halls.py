"""Halls of a site that names none: where several zones end in one letter, storage_a and dock_apron_a, hall A. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from amr_core.site import Site
from amr_fleet.assistant.covering import covered

_LETTER: Final = re.compile(r"\w+_([a-z])")
_LEAST: Final = 2
"""Zones with the letter: one alone says nothing of a hall."""
Corners = tuple[tuple[float, float], ...]


def halls_of(site: Site) -> dict[str, Corners]:
    """Return the halls by their letters, each as the corners (m, map frame) of the rectangle around its zones."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    count: dict[str, int] = defaultdict(int)
    for zone in site.zones:
        match = _LETTER.fullmatch(zone.id)
        if match:
            points[match[1].upper()] += zone.polygon
            count[match[1].upper()] += 1
    lanes, zones = {lane.id for lane in site.lanes}, {zone.id for zone in site.zones}
    named = lanes | zones | {place.id for place in site.places}  # a lane A is what "A" means there
    letters = [letter for letter in points if count[letter] >= _LEAST and letter not in named]
    return {letter: _around(points[letter]) for letter in letters}


def in_halls(site: Site) -> dict[str, tuple[str, ...]]:
    """Return for each hall the places and stations that lie in it, and the lanes that close with it."""
    lanes = {lane.id for lane in site.lanes}
    found = {}
    for name, corners in halls_of(site).items():
        (west, south), (east, north) = corners[0], corners[2]
        names: dict[str, None] = {}
        for place in site.places:
            for station in place.stations:
                if west <= station.x <= east and south <= station.y <= north:
                    names |= {place.id: None, station.id: None}
        found[name] = (*names, *(lane for lane in covered(corners, site) if lane in lanes))
    return found


def _around(points: list[tuple[float, float]]) -> Corners:
    xs, ys = zip(*points, strict=True)
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    return (west, south), (east, south), (east, north), (west, north)
