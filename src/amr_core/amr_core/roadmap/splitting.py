"""Where lanes are cut into nodes: at corners, where they meet other lanes, at spur roots, and every few metres."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import shapely
from shapely.geometry import LineString, Point

from amr_core.errors import AmrError
from amr_core.roadmap.model import NodeKind
from amr_core.site import Lane, Site, Station

MERGE_DISTANCE = 0.3
"""Cuts closer than this (m) are one node."""

MAX_EDGE = 3.0
"""Longest lane edge (m)."""

MAX_SPUR = 12.0
"""Longest straight way (m) from a lane to a station."""


class Cut(NamedTuple):
    """A node on a lane: distance from the lane's start and position (m)."""

    along: float
    x: float
    y: float


def leaves(site: Site) -> list[tuple[NodeKind, str | None, Station]]:
    """Return (node kind, place id, station) of every station, charger and parking place, in the order of the file."""
    found: list[tuple[NodeKind, str | None, Station]] = [("station", p.id, s) for p in site.places for s in p.stations]
    found += [("charger", None, s) for s in site.chargers]
    return found + [("parking", None, s) for s in site.parking]


def cabins(site: Site) -> list[Station]:
    """Return the stops of all lifts as what a spur leads to, in the order of the file; id: that of the cabin's node."""
    return [
        Station(id=lift.node(stop), x=stop.x, y=stop.y, theta=stop.theta, lane=stop.lane)
        for lift in site.lifts
        for stop in lift.stops
    ]


def spur_root(station: Station, lane: LineString) -> Point | None:
    """Return where the line back from the docked pose meets the lane first, or None."""
    back = (station.x - MAX_SPUR * math.cos(station.theta), station.y - MAX_SPUR * math.sin(station.theta))
    hits = shapely.get_parts(LineString([(station.x, station.y), back]).intersection(lane))
    points = [Point(c) for hit in hits for c in hit.coords]
    here = Point(station.x, station.y)
    return min(points, key=here.distance) if points else None


def _crossings(lane: Lane, lines: Mapping[str, LineString]) -> list[Point]:
    own = lines[lane.id]
    found: list[Point] = []
    for other_id, other in lines.items():
        if other_id == lane.id or not own.intersects(other):
            continue
        for hit in shapely.get_parts(own.intersection(other)):
            found += [Point(c) for c in hit.coords]
    return found


def _merge(candidates: Sequence[float]) -> list[float]:
    """Return the candidates without those closer than MERGE_DISTANCE to an earlier one, sorted."""
    kept: list[float] = []
    for value in candidates:
        if all(abs(value - other) >= MERGE_DISTANCE for other in kept):
            kept.append(value)
    return sorted(kept)


def _fill(marks: Sequence[float]) -> list[float]:
    """Return the marks with evenly spaced ones between, so that no gap is longer than MAX_EDGE."""
    filled = [marks[0]]
    for a, b in pairwise(marks):
        pieces = max(1, math.ceil((b - a) / MAX_EDGE - 1e-6))
        filled += [a + (b - a) * k / pieces for k in range(1, pieces + 1)]
    return filled


def split_lanes(site: Site) -> dict[str, list[Cut]]:
    """Return the cuts of every lane from its start to its end. Raises site.invalid when a station has no root."""
    lines = {lane.id: LineString(lane.points) for lane in site.lanes}
    roots: dict[str, list[Point]] = {lane.id: [] for lane in site.lanes}
    for station in [*(found for _, _, found in leaves(site)), *cabins(site)]:
        root = spur_root(station, lines[station.lane]) if station.lane in lines else None
        if root is None:
            reason = f"no straight way back to lane {station.lane} within {MAX_SPUR} m"
            raise AmrError("site.invalid", where=f"station {station.id}", reason=reason)
        roots[station.lane].append(root)
    return {lane.id: _cuts(lane, lines, roots[lane.id]) for lane in site.lanes}


def _cuts(lane: Lane, lines: Mapping[str, LineString], roots: Sequence[Point]) -> list[Cut]:
    own = lines[lane.id]
    corners = [Point(p) for p in (lane.points[0], lane.points[-1], *lane.points[1:-1])]
    wanted = [own.project(p) for p in (*corners, *_crossings(lane, lines), *roots)]
    # project() maps the end of a closed lane to its start.
    wanted.append(own.length)
    marks = _fill(_merge([round(w, 4) for w in wanted]))
    points = [own.interpolate(m) for m in marks]
    return [Cut(m, round(p.x, 4), round(p.y, 4)) for m, p in zip(marks, points, strict=True)]
