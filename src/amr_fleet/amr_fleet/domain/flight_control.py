"""One flight from the cleared ground to the count: who must be away, what the aircraft is told, what becomes of it.

The ground below belongs to a flight from `flight_requests.start` until the aircraft is down on its pad, or a person
says that it is out of the way: a closed zone that nobody can lift. Nothing here flies: the autopilot does, and its
failsafes work without the fleet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import shapely

from amr_core.errors import Fact
from amr_fleet.domain import flight_eyes, zone_entries, zones
from amr_fleet.domain.events import UavCommand
from amr_fleet.domain.flight_book import IN_THE_AIR, FlightRecord
from amr_fleet.domain.flight_count import close_count
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.flight_views import STRAY
from amr_fleet.domain.world import World
from amr_fleet.domain.zone_entries import zone_facts
from amr_fleet.ports import ZoneRequest
from amr_fleet.vocabulary import FlightState
from amr_uav.gate import LINK_S, UNDER_M, GateRefusal, on_pad, robots_under
from amr_uav.guard import findings, people_below
from amr_uav.model import Telemetry
from amr_uav.plan import seconds_home

GATE_PERIOD: Final = 1.0  # s: people read the gate; each look asks for all that it checks
CLEAR_S: Final = 2.0
"""s that the ground must have been empty before take-off."""
PATIENCE_S: Final = 300.0
"""s that robots may take to leave the ground below a flight."""
TAKE_OFF_S: Final = 20.0
"""s that an aircraft may take to leave the ground once it was told to."""
_RESUME_S: Final = 5.0  # chosen: who walked out of the picture may turn back; longer empties a battery that hovers
_SLACK: Final = 0.1  # m or s: corners of outlines, the time between two steps
_MAX_ID: Final = 64
_WHO_WAITS: Final = "flight.robot_under"
_WAITED_FOR: Final = (_WHO_WAITS, "flight.door_open")
"""What ends by itself while the ground is cleared: a robot below leaves, also through a door, which then closes."""


def step(world: World, ready: bool) -> None:
    """Look at the flight that is under way and at those that could start; ready: the fleet knows where robots are."""
    desk = world.flights
    if desk is None:
        return
    desk.began = world.now if desk.began is None else desk.began
    _call_stray(world, desk)
    flight = world.state.flights.reserving
    if flight is not None and zone_entries.FLIGHT + flight.flight_id not in world.state.zones:
        _close(world, desk, flight)  # lifted while this fleet had no aircraft
    if flight is None:
        desk.found = ()
    elif flight.state == "CLEARING":
        _clear(world, desk, flight, ready)
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


def ground_below(world: World, desk: FlightDesk, flight: FlightRecord) -> tuple[tuple[float, float], ...]:
    """Return the outline (m) of a zone that bars all lanes on which a robot would count as below a flight.

    And the doors that lead into it: a robot that drove through one would open it, and send the aircraft home.
    """
    plan = desk.plan_of(flight)
    area = plan.volume.area.buffer(UNDER_M - zones.REACH + _SLACK, quad_segs=2)
    doors = flight_eyes.leaves(world, plan)
    if doors:
        hull = shapely.union_all([area, *(leaf.buffer(_SLACK, quad_segs=1) for leaf in doors)]).convex_hull
        assert isinstance(hull, shapely.Polygon)
        area = hull
    return tuple((round(x, 3), round(y, 3)) for x, y in list(area.exterior.coords)[:-1])


def reserve(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    """Give a flight the air and the ground below: robots inside leave, nobody else enters."""
    _close(world, desk, flight)
    desk.told = ""
    desk.people_since = desk.quiet_since = desk.clear_since = desk.landed_since = None


def _close(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    zone = ZoneRequest(
        zone_id=zone_entries.FLIGHT + flight.flight_id, kind="closed", polygon=ground_below(world, desk, flight),
        code="flight.reserved", text=flight.flight_id, user=flight.user,
    )  # fmt: skip
    world.emit("zone_set", facts=zone_facts(zone))
    zones.enforce(world)


def move(world: World, flight: FlightRecord, state: FlightState, why: str = "", user: str = "") -> FlightRecord:
    """Bring a flight into another state; one that is over gives the ground back."""
    facts: dict[str, Fact] = {"flight": flight.flight_id, "state": state, "why": why, "user": user}
    world.emit("flight_state", facts=facts)
    after = world.state.flights.flights[flight.flight_id]
    if not after.open and after.task == "inventory_flight":
        close_count(world, after)
    zone_id = zone_entries.FLIGHT + flight.flight_id
    if not after.open and zone_id in world.state.zones:
        world.emit("zone_cleared", facts={"zone": zone_id, "why": "cleared", "user": user})
        zones.enforce(world)
    return world.state.flights.flights[flight.flight_id]


def _call_stray(world: World, desk: FlightDesk) -> None:
    """Call home an aircraft that flies what is not under way; the ground below a known flight is closed again.

    An order to fly may have been on its way for long, a person may have given up an aircraft that flew on.
    """
    told, flight = desk.telemetry, world.state.flights.reserving
    desk.stray = None
    if told is None or not told.flying or world.now - told.t > LINK_S:
        return
    if flight is not None and flight.state in IN_THE_AIR and told.flight_id in ("", flight.flight_id):
        return
    known = world.state.flights.flights.get(told.flight_id)
    if known is None or flight not in (None, known):
        desk.stray = told.flight_id[:_MAX_ID]
        desk.recall(world.now, told.flight_id)
        return
    known = move(world, known, "RETURNING", STRAY)
    if flight is None:
        reserve(world, desk, known)


def _clear(world: World, desk: FlightDesk, flight: FlightRecord, ready: bool) -> None:
    """Wait until nobody is below, then let it take off; whatever else comes up calls it off."""
    refused = flight_eyes.gate_of(world, flight)
    others = [one for one in refused if one.code not in _WAITED_FOR]
    if others:
        move(world, flight, "CANCELLED", others[0].code)
        return
    if refused or not ready or _held(world, desk, flight):
        desk.clear_since = None
        if world.now - flight.checked > PATIENCE_S:
            move(world, flight, "CANCELLED", refused[0].code if refused else _WHO_WAITS)
        return
    desk.clear_since = world.now if desk.clear_since is None else desk.clear_since
    if world.now - desk.clear_since >= CLEAR_S:
        move(world, flight, "FLYING")
        desk.since, desk.flown = world.now, False
        desk.tell(world.now, "fly", flight)


def _held(world: World, desk: FlightDesk, flight: FlightRecord) -> bool:
    """Return whether a robot holds, or has yet to leave, part of the ground below."""
    ground = zones.area_mask(world.graph, ground_below(world, desk, flight), ())
    return any(mover.held & ground for mover in world.traffic.movers.values())


def _supervise(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    told = desk.telemetry
    seen = flight_eyes.surroundings(world, flight)
    plan, limits = desk.plan_of(flight), desk.site.aircraft.limits()
    if told is None or world.now - told.t > LINK_S:
        if desk.began is not None and world.now - desk.began <= LINK_S:
            return  # this fleet has just started
        desk.found = findings(plan, limits, seen, 0.0, None)
        desk.landed_since = None
        if flight.state != "LOST":
            move(world, flight, "LOST", "alarm.flight_link")
        if told is None or told.mode != "LAND":
            desk.tell(world.now, "return", flight)  # it may hear us
        return
    desk.flown = desk.flown or told.flying or _flew_before(desk, flight, told)
    if not told.flying:
        desk.landed_since = world.now if desk.landed_since is None else desk.landed_since
        if flight.state == "FLYING" and not desk.flown:
            _await_take_off(world, desk, flight)
        else:
            _landed(world, desk, flight, told, desk.landed_since)
        return
    if flight.state == "LOST":
        flight = move(world, flight, "RETURNING")
    if people_below(plan, limits, seen):
        desk.people_since, desk.quiet_since = desk.people_since or world.now, None
    else:
        desk.people_since, desk.quiet_since = None, desk.quiet_since or world.now
    home = seconds_home(desk.site, told.x, told.y, told.z)
    desk.found = findings(plan, limits, seen, home, desk.people_since)
    # A robot below in spite of the closed zone is a reason to come home.
    _answer(world, desk, flight, told, bool(robots_under(plan.volume, seen.robots)))


def _flew_before(desk: FlightDesk, flight: FlightRecord, told: Telemetry) -> bool:
    """Return whether it flew this flight while another fleet, before a restart, supervised it."""
    started_here = desk.began is not None and desk.since >= desk.began
    return not started_here and told.flight_id == flight.flight_id and told.item > 0


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
        if told.mode != "HOLD":
            desk.tell(world.now, "hold", flight)
    elif told.mode == "MISSION":
        desk.told = ""
    elif told.mode == "HOLD" and desk.told in ("hold", "resume") and _quiet(world, desk):
        desk.tell(world.now, "resume", flight)  # what its pilot holds is not ours to resume


def _quiet(world: World, desk: FlightDesk) -> bool:
    return desk.quiet_since is not None and world.now - desk.quiet_since >= _RESUME_S


def _leave(world: World, desk: FlightDesk, flight: FlightRecord, command: str, why: str) -> None:
    if flight.state == "FLYING":
        flight = move(world, flight, "RETURNING", why)
    desk.tell(world.now, command, flight)


def _await_take_off(world: World, desk: FlightDesk, flight: FlightRecord) -> None:
    refused: list[GateRefusal] = [r for r in flight_eyes.gate_of(world, flight) if r.code != "flight.not_landed"]
    if refused or world.now - desk.since > TAKE_OFF_S:
        flight = move(world, flight, "RETURNING", refused[0].code if refused else "flight.no_take_off")
        desk.tell(world.now, "land", flight)  # the order to fly may still be under way
        return
    desk.tell(world.now, "fly", flight)


def _landed(world: World, desk: FlightDesk, flight: FlightRecord, told: Telemetry, since: float) -> None:
    """It stands. One that never left the ground may still get an order to fly, until that is too old to be obeyed."""
    desk.found = ()
    if not desk.flown:
        desk.tell(world.now, "land", flight)
        if world.now - max(since, desk.fly_at) <= LINK_S + _SLACK:
            return
    if not on_pad(told, desk.site.pad):
        move(world, flight, "DOWN", flight.why or "flight.off_pad")
        return
    own = told.flight_id in ("", flight.flight_id)
    whole = own and flight.state == "FLYING" and told.item >= len(desk.plan_of(flight).waypoints)
    move(world, flight, "DONE" if whole else "ABORTED")
