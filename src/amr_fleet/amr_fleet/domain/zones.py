"""Restrictions at run time: areas that are closed, on hold or slow, set by people, cameras or other systems.

closed: out of service; routes lead around it, work behind it waits. hold: nobody enters for the moment; robots under
way wait at its border. slow: a speed limit. In all of them the robots inside may drive on and leave.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final, get_args

import shapely

from amr_core.errors import AmrError
from amr_core.site.model import FASTEST_ZONE, SLOWEST_ZONE
from amr_core.site.solids import area_of
from amr_fleet.domain.camera_alarms import BLIND, CAMERA, owner_of
from amr_fleet.domain.gates import LIFT, PREFIX
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.orders import BEFORE_PICK
from amr_fleet.domain.permit import envelope_of
from amr_fleet.domain.returns import served
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.domain.zone_entries import FLIGHT, zone_facts
from amr_fleet.ports import ZoneRequest, ZoneView
from amr_fleet.requests import ClearZone, SetZone
from amr_fleet.sandbox.permit import BARRIER
from amr_fleet.vocabulary import MissionKind, ZoneKind

REACH: Final = 0.62
"""m: half the width of a loaded robot with its margin."""
_MAX_TEXT, _MAX_POINTS, _MAX_ELEMENTS, _MAX_ZONES = 128, 200, 2000, 500
_OF_ONE_CAMERA = 50  # these it has below the limit of all, for what it sees and once more for where it is blind
_ALL_CAMERAS = 2000  # more than any site has; names of cameras can be made up, too
_HEARD_S = 5.0  # s (fleet): cameras renew what they hold every 2 s; the journal does not know how long they did
_MAX_AREAS = 1000  # cameras renew the same few outlines every 2 s
_FAR, _LEAST_AREA = 1e5, 1e-4  # m, m2: beyond any site; less is a line, or one point again and again


def set_zone(world: World, request: SetZone) -> ZoneView:
    """Put a restriction into force, or replace the one with the same id; raises zone.invalid."""
    zone = request.zone
    _check(world, zone)
    known = world.state.zones.get(zone.zone_id)
    said = known and replace(known, until=zone.until)
    if said is not None and owner_of(zone.zone_id) and zone_facts(said) == zone_facts(zone):
        # A camera says every 2 s that all is as before: it holds on, since it began, and is not journaled again.
        world.state.zones[zone.zone_id] = said
    else:
        world.emit("zone_set", facts=zone_facts(zone))
        enforce(world)
    return world.state.zones[zone.zone_id]


def clear_zone(world: World, request: ClearZone) -> None:
    """Lift a restriction; raises zone.not_found, or zone.invalid for one that belongs to a flight.

    A fleet without an aircraft cannot end a flight that another run left behind: there a person lifts its zone.
    """
    if request.zone_id.startswith(FLIGHT) and world.flights is not None:
        raise AmrError("zone.invalid", where="zone_id", reason=f"begins with {FLIGHT}: it ends with its flight")
    if request.zone_id not in world.state.zones:
        raise AmrError("zone.not_found", zone=request.zone_id[:_MAX_TEXT])
    world.emit("zone_cleared", facts={"zone": request.zone_id, "why": "cleared", "user": request.user})
    enforce(world)


def expire(world: World) -> None:
    """Lift the restrictions whose time is over; those of cameras not before a camera could renew them after a start."""
    early = world.started is not None and world.now - world.started < _HEARD_S
    over = [z.zone_id for z in world.state.zones.values() if 0.0 < z.until <= world.now]
    over = [zone_id for zone_id in over if not (early and owner_of(zone_id))]
    for zone_id in over:
        world.emit("zone_cleared", facts={"zone": zone_id, "why": "expired", "user": ""})
    if over:
        enforce(world)


def enforce(world: World) -> None:
    """Make the roadmap obey what is in force now."""
    barriers, limits = [], dict[int, float]()
    for zone in world.state.zones.values():
        mask = area_mask(world.graph, zone.polygon, zone.elements)
        if zone.kind != "slow":
            barriers.append(Barrier(zone.zone_id, mask, zone.kind == "closed"))
            continue
        for edge in range(len(world.graph.edge_ids)):
            if mask & world.graph.edge_bit(edge):
                limits[edge] = min(limits.get(edge, math.inf), zone.max_speed)
    trial = world.state.trials.in_force()
    if trial is not None:
        barrier, caps = envelope_of(world, trial.record)
        barriers.append(barrier)
        limits = {edge: min(cap, limits.get(edge, math.inf)) for edge, cap in caps.items()}
    barriers += [Barrier(PREFIX + name, door.mask, lasting=True) for name, door in world.doors.items() if door.dead]
    barriers += [Barrier(LIFT + name, lift.mask, lasting=True) for name, lift in world.lifts.items() if lift.dead]
    world.graph.restrict(barriers, limits)
    world.dispatch_due = world.now


def area_mask(graph: TrafficGraph, polygon: Sequence[tuple[float, float]], elements: Sequence[str]) -> int:
    """Return the nodes and edges on which a robot could reach into the polygon (m), or the named ones."""
    if not polygon:
        return graph.mask(elements)
    outline = tuple(polygon)
    if outline not in graph.areas:
        if len(graph.areas) >= _MAX_AREAS:
            graph.areas.clear()
        near = shapely.dwithin(graph.shapes, area_of(outline), REACH)
        graph.areas[outline] = sum(1 << i for i in near.nonzero()[0].tolist())
    return graph.areas[outline]


def replan(world: World) -> None:
    """Lead robots around closed areas: the same goal, else another station, else home until the area opens again.

    So it is for one that would get to its goal, and not home from there any more.
    """
    closed = world.graph.closed
    if not closed:
        return
    for robot in world.robots.values():
        mover, mission = world.mover(robot.name), world.state.missions.get(robot.name)
        if mover is None or mission is None or mover.wall:
            continue
        if mover.rest() & closed & world.graph.barred(mover.end):
            if not world.traffic.retarget(robot.name, mover.goal):
                _elsewhere(world, robot, mission.kind)
        elif mover.end != mover.goal and _ends_there(world, robot, mover, mission.kind):
            _elsewhere(world, robot, mission.kind)


def _ends_there(world: World, robot: Robot, mover: Mover, kind: MissionKind) -> bool:
    """Return whether a robot that can still get home would not come back from its goal, or from the drop after it."""
    graph, order = world.graph, world.state.order_of(robot.name)
    if kind == "park" or not graph.homeward(robot.home) >> mover.end & 1:
        return False
    after = order.request.drop_place if order is not None and kind == "pick" else ""
    drops = world.stations[after] if after else 1 << mover.goal
    return not served(graph, world.returning(robot, mover.end), [mover.goal], drops)


def _elsewhere(world: World, robot: Robot, kind: MissionKind) -> None:
    order, mover = world.state.order_of(robot.name), world.traffic.movers[robot.name]
    if kind in ("pick", "drop") and order is not None:
        pick, drop = order.request.pick_place, order.request.drop_place
        way = (pick, drop) if kind == "pick" else (drop, "")
        station = world.free_station(way[0], robot.name, mover.end, then=way[1])
        if station is not None and world.start_mission(robot, kind, station, order):
            return
    if kind == "park" or not world.start_mission(robot, "park", robot.home):
        return
    if order is not None and order.state in BEFORE_PICK:
        world.give_back(robot, order)


def zone_of_place(world: World, place: str) -> str:
    """Return the zone that bars a whole place, "" when one of its stations is open."""
    barriers = [world.graph.barrier_at(s) for s in world.places[place]]
    found = [b.zone_id for b in barriers if b is not None]
    return found[0] if len(found) == len(barriers) else ""


def _check(world: World, request: ZoneRequest) -> None:
    for where, wrong, reason in chain(_wrong_rule(world, request), _wrong_area(world, request)):
        if wrong:
            raise AmrError("zone.invalid", where=where, reason=reason)


def _wrong_rule(world: World, r: ZoneRequest) -> Iterator[tuple[str, bool, str]]:
    yield "zone_id", not 0 < len(r.zone_id) <= _MAX_TEXT, f"needs 1 to {_MAX_TEXT} characters"
    for taken, whose in ((PREFIX, "doors"), (LIFT, "lifts"), (BARRIER, "trials"), (FLIGHT, "flights")):
        yield "zone_id", r.zone_id.startswith(taken), f"begins with {taken}, as {whose} do"
    yield "kind", r.kind not in get_args(ZoneKind), "not closed, hold or slow"
    for where in ("code", "text", "user"):
        yield where, len(getattr(r, where)) > _MAX_TEXT, f"longer than {_MAX_TEXT} characters"
    late = not math.isfinite(r.until) or r.until < 0 or 0 < r.until <= world.now
    yield "until", late, "not a time to come"
    slow = r.kind != "slow" or SLOWEST_ZONE <= r.max_speed <= FASTEST_ZONE
    yield "max_speed", not slow, f"not in {SLOWEST_ZONE}..{FASTEST_ZONE} m/s"
    full = "" if r.zone_id in world.state.zones else _full(world, r)
    yield "zone_id", bool(full), full


def _full(world: World, r: ZoneRequest) -> str:
    """Return why there is no room for one zone more, "" when there is. People and cameras have a number of their own.

    No camera keeps another one out, nor what it sees that it is blind.
    """
    camera, blind = owner_of(r.zone_id), r.code.startswith(BLIND)
    alike = [z for z in world.state.zones.values() if z.zone_id.startswith(CAMERA) == r.zone_id.startswith(CAMERA)]
    if len(alike) < _MAX_ZONES:
        return ""
    if not camera:
        return f"there are {len(alike)} zones already"
    if len(alike) >= _ALL_CAMERAS:
        return f"there are {len(alike)} zones of cameras already"
    own = sum(owner_of(z.zone_id) == camera and z.code.startswith(BLIND) == blind for z in alike)
    what = "where it is blind" if blind else "for what it sees"
    return f"there are {own} zones of this camera already {what}" if own >= _OF_ONE_CAMERA else ""


def _wrong_area(world: World, r: ZoneRequest) -> Iterator[tuple[str, bool, str]]:
    yield "polygon", bool(r.polygon) == bool(r.elements), "give either a polygon or elements"
    yield "elements", len(r.elements) > _MAX_ELEMENTS, f"more than {_MAX_ELEMENTS}"
    known = all(world.graph.mask([e]) for e in r.elements[:_MAX_ELEMENTS])
    yield "elements", not known, "not all are on the roadmap"
    if r.polygon:
        yield "polygon", not 3 <= len(r.polygon) <= _MAX_POINTS, f"needs 3 to {_MAX_POINTS} points"
        flat = [v for point in r.polygon for v in point]
        finite = all(math.isfinite(v) and abs(v) < _FAR for v in flat) and all(len(point) == 2 for point in r.polygon)
        yield "polygon", not finite, "not all points are two finite numbers"
        yield "polygon", area_of(r.polygon).area < _LEAST_AREA, "has no area"
