"""One flight from the cleared ground to the count: who must be away, what the aircraft is told, what becomes of it.

The ground below belongs to a flight from `flight_requests.start` until the aircraft is down on its pad, or a person
says that it is out of the way: a closed zone that nobody can lift. Nothing here flies: the autopilot does, and its
failsafes work without the fleet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_core.errors import Fact
from amr_fleet.domain import flight_eyes, zones
from amr_fleet.domain.events import UavCommand
from amr_fleet.domain.flight_book import IN_THE_AIR, FlightRecord
from amr_fleet.domain.flight_count import note_differences
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.world import World
from amr_fleet.domain.zone_entries import zone_facts
from amr_fleet.ports import ZoneRequest
from amr_fleet.vocabulary import FlightState
from amr_uav.gate import LINK_S, GateRefusal, robots_under
from amr_uav.guard import findings, people_below
from amr_uav.model import Telemetry
from amr_uav.plan import seconds_home

GATE_PERIOD: Final = 1.0
CLEAR_S: Final = 2.0
"""s that the ground must have been empty before take-off."""
PATIENCE_S: Final = 300.0
"""s that robots may take to leave the ground below a flight."""
TAKE_OFF_S: Final = 20.0
"""s that an aircraft may take to leave the ground once it was told to."""
_RESUME_S: Final = 5.0
_AT_HOME: Final = 1.5  # m
_WHO_WAITS: Final = "flight.robot_under"


def step(world: World) -> None:
    """Look at the flight that is under way and at those that could start."""
    desk = world.flights
    if desk is None:
        return
    flight = world.state.flights.reserving
    if flight is None:
        desk.found = ()
    elif flight.state == "CLEARING":
        _clear(world, desk, flight)
    elif flight.state in IN_THE_AIR:
        _supervise(world, desk, flight)
    if world.now >= desk.due:
        desk.due = world.now + GATE_PERIOD
        shown = [f for f in world.state.flights.flights.values() if f.state in ("PLANNED", "CLEARING")]
        desk.gates = {f.flight_id: tuple(flight_eyes.gate_of(world, f)) for f in shown}


def take_commands(world: World) -> Sequence[UavCommand]:
    """Return what the aircraft is to be told, once."""
    if world.flights is None:
        return ()
    commands, world.flights.commands = world.flights.commands, []
    return commands


def reserve(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    """Close the ground below: robots inside leave, nobody else enters."""
    zone = ZoneRequest(
        zone_id=zones.FLIGHT + flight.flight_id, kind="closed", polygon=desk.plan_of(flight).volume.polygon,
        code="flight.reserved", text=flight.flight_id, user=flight.user,
    )  # fmt: skip
    world.emit("zone_set", facts=zone_facts(zone))
    zones.enforce(world)
    desk.since, desk.flown, desk.told = world.now, False, ""
    desk.people_since = desk.quiet_since = desk.clear_since = None


def move(world: World, flight: FlightRecord, state: FlightState, why: str = "", user: str = "") -> FlightRecord:
    """Bring a flight into another state; one that is over gives the ground back."""
    facts: dict[str, Fact] = {"flight": flight.flight_id, "state": state, "why": why, "user": user}
    world.emit("flight_state", facts=facts)
    after = world.state.flights.flights[flight.flight_id]
    if state in ("DONE", "ABORTED") and after.task == "inventory_flight":
        note_differences(world, after)
    zone_id = zones.FLIGHT + flight.flight_id
    if not after.open and zone_id in world.state.zones:
        world.emit("zone_cleared", facts={"zone": zone_id, "why": "cleared", "user": user})
        zones.enforce(world)
    return world.state.flights.flights[flight.flight_id]


def _clear(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    """Wait until nobody is below, then let it take off; whatever else comes up calls it off."""
    refused = flight_eyes.gate_of(world, flight)
    others = [one for one in refused if one.code != _WHO_WAITS]
    if others:
        move(world, flight, "CANCELLED", others[0].code)
        return
    if refused or _held(world, flight):
        desk.clear_since = None
        if world.now - flight.checked > PATIENCE_S:
            move(world, flight, "CANCELLED", _WHO_WAITS)
        return
    desk.clear_since = world.now if desk.clear_since is None else desk.clear_since
    if world.now - desk.clear_since >= CLEAR_S:
        move(world, flight, "FLYING")
        desk.since, desk.flown, desk.told = world.now, False, ""
        desk.tell(world.now, "fly", flight)


def _held(world: World, flight: FlightRecord) -> bool:
    """Return whether a robot holds, or has yet to leave, part of the ground below."""
    desk = world.flights
    assert desk is not None
    if desk.ground[0] != flight.flight_id:
        desk.ground = (flight.flight_id, zones.area_mask(world.graph, desk.plan_of(flight).volume.polygon, ()))
    return any(mover.held & desk.ground[1] for mover in world.traffic.movers.values())


def _supervise(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    told = desk.telemetry
    seen = flight_eyes.surroundings(world, flight)
    plan, limits = desk.plan_of(flight), desk.site.aircraft.limits()
    if told is None or world.now - told.t > LINK_S:
        desk.found = findings(plan, limits, seen, 0.0, None)
        if flight.state != "LOST":
            move(world, flight, "LOST", "alarm.flight_link")
        return
    if told.mode == "LANDED" and (desk.flown or flight.state != "FLYING"):
        _landed(world, desk, flight, told)
        return
    desk.flown = desk.flown or told.flying
    if not desk.flown:
        _await_take_off(world, desk, flight)
        return
    if flight.state == "LOST":
        flight = move(world, flight, "RETURNING")
    if people_below(plan, limits, seen):
        desk.people_since, desk.quiet_since = desk.people_since or world.now, None
    else:
        desk.people_since, desk.quiet_since = None, desk.quiet_since or world.now
    home = seconds_home(desk.site, told.x, told.y, told.z)
    desk.found = findings(plan, limits, seen, home, desk.people_since)
    _answer(world, desk, flight, told, _robots(world, desk, flight))


def _robots(world: World, desk: FlightDesk, flight: FlightRecord) -> bool:
    """Return whether a robot is below in spite of the closed zone: an unexpected one is a reason to come home."""
    reports = [(r.name, r.report.x, r.report.y) for r in world.robots.values() if r.report is not None]
    return bool(robots_under(desk.plan_of(flight).volume, reports))


def _answer(world: World, desk: FlightDesk, flight: FlightRecord, told: Telemetry, intruded: bool) -> None:
    """Tell the aircraft what the gravest finding asks for; a flight that comes home goes on coming home."""
    order = next((one.order for one in desk.found if one.order), "")
    why = desk.found[0].code if desk.found else ""
    if order == "land":
        _leave(world, desk, flight, "land", why)
    elif order == "return" or intruded or flight.state == "RETURNING" or told.mode in ("RETURN", "LAND"):
        why = why or (_WHO_WAITS if intruded else "")
        if told.mode not in ("RETURN", "LAND"):
            _leave(world, desk, flight, "return", why)
        elif flight.state == "FLYING" and (told.failsafe or told.item < len(desk.plan_of(flight).waypoints)):
            move(world, flight, "RETURNING", why)
    elif order == "hold":
        desk.tell(world.now, "hold", flight)
    elif told.mode == "HOLD" and desk.quiet_since is not None and world.now - desk.quiet_since >= _RESUME_S:
        desk.tell(world.now, "resume", flight)


def _leave(world: World, desk: FlightDesk, flight: FlightRecord, command: str, why: str) -> None:
    if flight.state == "FLYING":
        flight = move(world, flight, "RETURNING", why)
    desk.tell(world.now, command, flight)


def _await_take_off(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    refused: list[GateRefusal] = [r for r in flight_eyes.gate_of(world, flight) if r.code != "flight.not_landed"]
    if refused or world.now - desk.since > TAKE_OFF_S or flight.state != "FLYING":
        desk.tell(world.now, "land", flight)  # the order to fly may still be under way
        move(world, flight, "ABORTED", refused[0].code if refused else "flight.no_take_off")
        return
    desk.tell(world.now, "fly", flight)


def _landed(world: World, desk: FlightDesk, flight: FlightRecord, told: Telemetry) -> None:
    desk.found = ()
    x, y = desk.site.pad
    if max(abs(told.x - x), abs(told.y - y)) > _AT_HOME or not told.position_ok:
        move(world, flight, "DOWN", flight.why or "flight.off_pad")
        return
    whole = flight.state == "FLYING" and told.item >= len(desk.plan_of(flight).waypoints)
    move(world, flight, "DONE" if whole else "ABORTED")
