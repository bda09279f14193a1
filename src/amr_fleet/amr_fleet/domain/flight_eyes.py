"""What the engine hears of its aircraft, and what it knows of the air and the ground below a flight."""

from __future__ import annotations

import math
from typing import Final

import shapely

from amr_core.errors import AmrError, Fact
from amr_core.roadmap import Doorway
from amr_core.site.solids import area_of
from amr_fleet.domain.events import PeopleSeen, PointPictured, ShelfRead, UavReport
from amr_fleet.domain.flight_book import IN_THE_AIR, RESERVED, FlightRecord
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.world import World
from amr_uav.gate import UNDER_M, FlightSurroundings, GateRefusal, refusals
from amr_uav.model import FlightPlan

JITTER: Final = 1.0
"""s by which stamps of an aircraft may be out of order, or ahead."""
LATE_S: Final = 60.0
"""s after a flight within which pictures of its points are taken in."""
CAMERA_CODES: Final = ("camera.person_near", "camera.blind")
"""Beginnings of the codes of zones that say that a camera sees somebody, or nothing."""


def desk_of(world: World) -> FlightDesk:
    """Return the desk, or raise flight.none: nobody flies at this site."""
    if world.flights is None:
        raise AmrError("flight.none")
    return world.flights


def on_event(world: World, event: UavReport | ShelfRead | PointPictured | PeopleSeen) -> None:
    """Take over what the aircraft, its reader or eyes on the floor say; what cannot be is counted and not used."""
    if world.flights is None:
        return
    desk = desk_of(world)
    if isinstance(event, PeopleSeen):
        desk.people, desk.sighted = event.people, world.now
        return
    if isinstance(event, ShelfRead):
        _read(world, desk, event)
        return
    if isinstance(event, PointPictured):
        _pictured(world, desk, event)
        return
    told = event.telemetry
    before = desk.telemetry
    # A clock that jumps, and a stranger, are no reports of this aircraft.
    stale = before is not None and told.t < before.t - JITTER
    if told.vehicle != desk.site.aircraft.name or told.fault() or stale or told.t > world.now + JITTER:
        desk.ignored += 1
        return
    if before is None or told.t >= before.t:  # an older one on its way must not bring a landed aircraft into the air
        desk.telemetry = told


def _read(world: World, desk: FlightDesk, event: ShelfRead) -> None:
    flight = world.state.flights.flights.get(event.flight_id)
    if flight is None or flight.state not in IN_THE_AIR or flight.task == "inspect":
        desk.ignored += 1
        return
    reading = event.reading
    if reading.cell not in desk.plan_of(flight).cells or reading.cell in flight.readings:
        desk.ignored += reading.cell not in flight.readings
        return
    facts = {"flight": flight.flight_id, "cell": reading.cell, "found": reading.state, "sscc": reading.sscc}
    world.emit("flight_cell", facts=facts)


def _pictured(world: World, desk: FlightDesk, event: PointPictured) -> None:
    """Note the picture of a point, or of a cell where a count differs, once; cameras and disks take their time."""
    flight, shot = world.state.flights.flights.get(event.flight_id), event.picture
    late = flight is not None and not flight.open and world.now - flight.finished > LATE_S
    if flight is None or not flight.started or late:
        desk.ignored += 1
        return
    inspects = flight.task == "inspect"
    wanted = desk.plan_of(flight).cells if inspects else [one.cell for one in flight.differences if one.cell]
    if shot.point not in wanted or shot.point in flight.pictures:
        desk.ignored += shot.point not in flight.pictures
        return
    facts: dict[str, Fact] = {
        "flight": flight.flight_id, "point": shot.point, "photo": shot.photo, "taken": shot.taken,
        "x": round(shot.x, 2), "y": round(shot.y, 2), "z": round(shot.z, 2), "refused": shot.refused,
    }  # fmt: skip
    world.emit("flight_picture", facts=facts)


def surroundings(world: World, flight: FlightRecord) -> FlightSurroundings:
    """Return all that is known around a flight now."""
    desk, plan = desk_of(world), desk_of(world).plan_of(flight)
    robots = [(r.name, r.report.x, r.report.y) for r in world.robots.values() if r.report is not None]
    flights = world.state.flights.flights.values()
    others = [one.flight_id for one in flights if one.state in RESERVED and one.flight_id != flight.flight_id]
    return FlightSurroundings(
        now=world.now, telemetry=desk.telemetry, permit=world.state.flights.permit, checklist=flight.checklist,
        checked=flight.checked, people=desk.people, sighted=desk.sighted, robots=robots,
        zones=_camera_zones(world, plan), doors=_doors(world, flight, plan), taken=others, fire=world.fire,
    )  # fmt: skip


def _camera_zones(world: World, plan: FlightPlan) -> list[str]:
    seen = (zone for zone in world.state.zones.values() if zone.code.startswith(CAMERA_CODES) and zone.polygon)
    areas = ((zone.zone_id, area_of(zone.polygon)) for zone in seen)
    return [zone_id for zone_id, area in areas if area.intersects(plan.volume.area)]


def _doors(world: World, flight: FlightRecord, plan: FlightPlan) -> list[str]:
    """Return the doors that lead into a flight's volume and are not closed.

    One that says nothing is no closed door before take-off; in the air it counts once it is given up.
    """
    aloft = flight.state in IN_THE_AIR
    leading = (door for door in world.doors.values() if not door.way.station and _leads_into(door.way, plan))
    return [
        door.way.id for door in leading
        if (mode := door.mode(world.now)) != "CLOSED" and (door.dead or not aloft or mode != "UNKNOWN")
    ]  # fmt: skip


def leaves(world: World, plan: FlightPlan) -> list[shapely.LineString]:
    """Return the leaves of the doors that lead into a flight's volume."""
    ways = (door.way for door in world.doors.values() if not door.way.station)
    return [_leaf(way) for way in ways if _leads_into(way, plan)]


def _leads_into(way: Doorway, plan: FlightPlan) -> bool:
    return bool(plan.volume.area.distance(_leaf(way)) <= UNDER_M)


def _leaf(way: Doorway) -> shapely.LineString:
    across = (-math.sin(way.theta) * way.width / 2, math.cos(way.theta) * way.width / 2)
    return shapely.LineString([(way.x + s * across[0], way.y + s * across[1]) for s in (-1.0, 1.0)])


def gate_of(world: World, flight: FlightRecord) -> list[GateRefusal]:
    """Return everything that speaks against a take-off now."""
    desk = desk_of(world)
    plan = desk.plan_of(flight)
    return refusals(plan, desk.site.aircraft.limits(), desk.site.pad, surroundings(world, flight))
