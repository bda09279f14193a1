"""Checks of names and numbers that need no geometry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from amr_core.roadmap.air_locks import wrong_doors
from amr_core.roadmap.doorways import wrong_conveyors
from amr_core.roadmap.splitting import leaves
from amr_core.robots import ROBOT_TYPES
from amr_core.site import Site
from amr_core.site.lint.findings import Finding, finding, finding_why


def check_references(site: Site) -> Iterator[Finding]:
    """Find what is named twice, named but not there, or too few."""
    yield from _duplicates(site)
    yield from _lanes(site)
    yield from _fleet(site)
    yield from _markers(site)
    yield from _demand(site)
    yield from _outside(site)
    for conveyor, why in wrong_conveyors(site):
        yield finding_why("site.conveyor", None, why, conveyor=conveyor.id, station=conveyor.station)
    for lock, door, why in wrong_doors(site):
        yield finding_why("site.air_lock", None, why, lock=lock, door=door)


def _duplicates(site: Site) -> Iterator[Finding]:
    groups: dict[str, Iterable[str]] = {
        "Wall": (w.id for w in site.walls),
        "Box": (b.id for b in site.boxes),
        "Door": (d.id for d in site.doors),
        "Conveyor": (c.id for c in site.conveyors),
        "Air-lock": (lock.id for lock in site.air_locks),
        "Load type": (kind.id for kind in site.load_types),
        "Lane": (lane.id for lane in site.lanes),
        "Zone": (z.id for z in site.zones),
        "Place": (p.id for p in site.places),
        "Station": (s.id for _, _, s in leaves(site)),
        "Camera": (c.id for c in site.cameras),
        "Gate": (gate.id for gate in site.gates),
        "Mover": (m.id for m in site.movers),
        "Robot": (r.name for r in site.fleet),
        "Robot type": (kind.name for kind in site.robot_types),
        "Level": (level.id for level in site.levels),
        "Lift": (lift.id for lift in site.lifts),
    }
    for what, ids in groups.items():
        for name, count in Counter(ids).items():
            if count > 1:
                yield finding("site.duplicate_id", what=what, id=name, count=count)


def _lanes(site: Site) -> Iterator[Finding]:
    known = {lane.id for lane in site.lanes}
    for _, _, station in leaves(site):
        if station.lane not in known:
            yield finding("site.unknown_lane", (station.x, station.y), station=station.id, lane=station.lane)


def _fleet(site: Site) -> Iterator[Finding]:
    parking = {p.id for p in site.parking}
    taken: dict[str, str] = {}
    types = {*ROBOT_TYPES, *(kind.name for kind in site.robot_types)}
    for robot in site.fleet:
        if robot.type not in types:
            yield finding("site.unknown_robot_type", robot=robot.name, type=robot.type)
        if robot.parking not in parking:
            yield finding("site.fleet_parking", robot=robot.name, parking=robot.parking, reason="which does not exist")
        elif robot.parking in taken:
            reason = f"like {taken[robot.parking]}"
            yield finding("site.fleet_parking", robot=robot.name, parking=robot.parking, reason=reason)
        taken.setdefault(robot.parking, robot.name)
    for kind in site.load_types:
        for name in sorted(set(kind.robots) - types):
            yield finding("site.load_type", load_type=kind.id, type=name)
    if len(site.parking) < len(site.fleet):
        yield finding("site.too_few_parking", parking=len(site.parking), robots=len(site.fleet))


def _markers(site: Site) -> Iterator[Finding]:
    users: dict[int, list[str]] = {}
    for kind, _, station in leaves(site):
        if station.marker is not None:
            users.setdefault(station.marker, []).append(station.id)
        elif kind != "parking" and station.target == "tag":
            yield finding("site.no_marker", (station.x, station.y), station=station.id)
    for marker, stations in users.items():
        if len(stations) > 1:
            yield finding("site.duplicate_marker", marker=marker, stations=", ".join(stations))


def _demand(site: Site) -> Iterator[Finding]:
    kinds = Counter(place.kind for place in site.places)
    for flow in site.demand.mix:
        short = {kind for kind in (flow.pick, flow.drop) if kinds[kind] < 1 + (flow.pick == flow.drop)}
        for kind in sorted(short):  # from a place of a kind to another one of it takes two
            yield finding("site.demand_without_place", pick=flow.pick, drop=flow.drop, kind=kind)


def _outside(site: Site) -> Iterator[Finding]:
    points = [("Lane", lane.id, p) for lane in site.lanes for p in lane.points]
    points += [("Station", s.id, (s.x, s.y)) for _, _, s in leaves(site)]
    points += [("Mover", m.id, p) for m in site.movers for p in m.route]
    reported: set[tuple[str, str]] = set()
    for what, name, (x, y) in points:
        if not (0 <= x <= site.size[0] and 0 <= y <= site.size[1]) and (what, name) not in reported:
            reported.add((what, name))
            yield finding("site.outside", (x, y), what=what, id=name)
