"""Checks of levels and lifts: what is on which floor, and whether robots fit in cabins and come to all floors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from amr_core.roadmap import Roadmap
from amr_core.roadmap.conflicts import MARGIN, envelope
from amr_core.roadmap.doorways import LEAF_HALF_DEPTH
from amr_core.roadmap.model import Landing
from amr_core.roadmap.splitting import leaves
from amr_core.site import Level, Lift, Point, Site
from amr_core.site.lint.findings import Finding, finding, finding_why

_LEAST_RISE = 0.1  # m; nearer than this a cabin would stand at both stops, or at none


def check_levels(site: Site) -> Iterator[Finding]:
    """Find levels that overlap, what lies on none of them or on two, and lifts that do not stop where they say."""
    for i, level in enumerate(site.levels):
        if not _within(site, level):
            yield finding("site.level_outside", level.origin, level=level.id)
        for other in site.levels[i + 1 :]:
            if _overlap(level, other):
                yield finding("site.level_overlap", other.origin, level=level.id, other=other.id)
    if site.levels:
        yield from _off_level(site)
        stopped = {stop.level for lift in site.lifts for stop in lift.stops}
        for level in site.levels if len(site.levels) > 1 else ():
            if level.id not in stopped:
                yield finding("site.level_cut_off", level.origin, level=level.id)
    for lift in site.lifts:
        yield from _stops(site, lift)


def _within(site: Site, level: Level) -> bool:
    (x, y), (width, depth) = level.origin, level.size
    return x >= 0 and y >= 0 and x + width <= site.size[0] and y + depth <= site.size[1]


def _overlap(a: Level, b: Level) -> bool:
    """Touching counts: a lidar would see over the line between them."""
    return all(p <= q + m and q <= p + n for p, n, q, m in zip(a.origin, a.size, b.origin, b.size, strict=True))


def _off_level(site: Site) -> Iterator[Finding]:
    things: list[tuple[str, str, list[Point]]] = [("Lane", lane.id, list(lane.points)) for lane in site.lanes]
    things += [("Station", s.id, [(s.x, s.y)]) for _, _, s in leaves(site)]
    things += [("Wall", wall.id, list(wall.points)) for wall in site.walls]
    things += [("Box", box.id, [(box.x, box.y)]) for box in site.boxes]
    things += [("Door", door.id, [(door.x, door.y)]) for door in site.doors]
    things += [("Mover", mover.id, list(mover.route)) for mover in site.movers]
    things += [("Zone", zone.id, list(zone.polygon)) for zone in site.zones]
    things += [("Camera", camera.id, [(camera.x, camera.y), camera.looks_at]) for camera in site.cameras]
    for what, name, points in things:
        levels = {None if (level := site.level_at(*p)) is None else level.id for p in points}
        if len(levels) != 1 or None in levels:
            yield finding("site.off_level", points[0], what=what, id=name)


def _stops(site: Site, lift: Lift) -> Iterator[Finding]:
    known, lanes = {level.id: level for level in site.levels}, {lane.id: lane for lane in site.lanes}
    count = Counter(stop.level for stop in lift.stops)
    for stop in lift.stops:
        at, lane = (stop.x, stop.y), lanes.get(stop.lane)
        wrong = {
            "no_level": stop.level not in known,
            "twice": count[stop.level] > 1,
            "off_level": stop.level in known and not known[stop.level].holds(*at),
            "same_height": any(
                abs(known[other.level].height - known[stop.level].height) < _LEAST_RISE
                for other in lift.stops
                if stop.level in known and other.level in known and other.level != stop.level
            ),
            "no_stop_lane": lane is None,
            "lane_off_level": lane is not None and stop.level in known and not known[stop.level].holds(*lane.points[0]),
        }
        why = next((word for word, found in wrong.items() if found), "")
        if why:
            yield finding_why("site.lift_stop", at, why, lift=lift.id, level=stop.level, lane=stop.lane)


def check_lifts(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find cabins that are too small for the fleet, and landings where a robot would be in the door's way."""
    body = envelope(site)
    depth = 2 * (max(body.front, body.rear) + MARGIN + LEAF_HALF_DEPTH)
    width = 2 * (body.half_width + MARGIN)
    for lift in site.lifts:
        if lift.size[0] < depth - 1e-6 or lift.size[1] < width - 1e-6:
            yield finding("site.lift_small", lift=lift.id, depth=round(depth, 2), width=round(width, 2))
    for way in roadmap.lifts:
        for stop in way.stops:
            yield from _landing(roadmap, way.id, stop)


def _landing(roadmap: Roadmap, lift: str, stop: Landing) -> Iterator[Finding]:
    node = roadmap.nodes[stop.node]
    own = {e.id for e in roadmap.edges.values() if stop.node in (e.start, e.end)} | {stop.node}
    for name in sorted(stop.elements - own):
        facts = {"lift": lift, "level": stop.level, "station": name}
        yield finding_why("site.lift_stop", (node.x, node.y), "in_doorway", **facts)
        return
