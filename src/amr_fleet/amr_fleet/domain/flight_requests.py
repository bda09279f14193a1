"""What people ask about flights: plan, start, call off, recover; permit, stock list, differences."""

from __future__ import annotations

import json
import math
from typing import Final, get_args

import shapely

from amr_core.errors import AmrError, Fact
from amr_fleet.domain import cargo_ids, flight_control, flight_plans
from amr_fleet.domain.flight_book import IN_THE_AIR, RECOVERED, FlightRecord
from amr_fleet.domain.flight_eyes import desk_of, gate_of
from amr_fleet.domain.flight_views import view_of
from amr_fleet.domain.world import World
from amr_fleet.flight_requests import (
    AbortFlight,
    CheckDifference,
    CreateFlight,
    RecoverFlight,
    SetFlightPermit,
    SetStock,
    StartFlight,
)
from amr_fleet.flight_views import FlightView
from amr_fleet.vocabulary import FlightTask

_MAX_TEXT: Final = 128
_MAX_LIST: Final = 200
_MAX_LOADS: Final = 20_000
_MOST_LUX: Final = 200_000.0  # twice the brightest sun outdoors (100,000): what is above was typed wrong


def create(world: World, request: CreateFlight) -> FlightView:
    """Plan a flight; raises flight.invalid, flight.no_fly or flight.too_high."""
    desk = desk_of(world)
    if request.task not in get_args(FlightTask):
        raise AmrError("flight.invalid", where="task", reason="inventory_flight or inspect")
    if len(request.places) > _MAX_LIST or len(request.levels) > _MAX_LIST:
        raise AmrError("flight.invalid", where="places", reason=f"more than {_MAX_LIST}")
    if request.task == "inspect" and request.places:
        raise AmrError("flight.invalid", where="places", reason="an inspection has points")
    flight = flight_plans.add(world, desk, FlightRecord(
        flight_id="", task=request.task, places=tuple(dict.fromkeys(request.places)), levels=request.levels,
        points=request.points, user=request.user, created=world.now,
    ))  # fmt: skip
    desk.gates = {**desk.gates, flight.flight_id: tuple(gate_of(world, flight))}
    return view_of(desk, flight)


def start(world: World, request: StartFlight) -> FlightView:
    """Note the checklist; when nothing but robots below speaks against it, clear the ground and take off."""
    desk, flight = desk_of(world), world.state.flights.get(request.flight_id)
    if flight.state != "PLANNED":
        raise AmrError("flight.wrong_state", flight=flight.flight_id, state=flight.state)
    checks = request.checklist
    if not math.isfinite(checks.wind) or not 0.0 <= checks.wind < 100.0:
        raise AmrError("flight.invalid", where="wind", reason="not a speed in m/s")
    if checks.light is not None and not 0.0 <= checks.light <= _MOST_LUX:
        raise AmrError("flight.invalid", where="light", reason="not a light in lux")
    if len(checks.pilot) > _MAX_TEXT:
        raise AmrError("flight.invalid", where="pilot", reason=f"longer than {_MAX_TEXT} characters")
    facts: dict[str, Fact] = {
        "flight": flight.flight_id, "pilot": checks.pilot, "licence": checks.licence, "wind": checks.wind,
        "rain": checks.rain, "cleared": checks.cleared, "present": checks.present, "user": request.user,
    }  # fmt: skip
    if checks.light is not None:
        facts["light"] = checks.light
    world.emit("flight_started", facts=facts)
    flight = world.state.flights.flights[flight.flight_id]
    refused = [one for one in gate_of(world, flight) if one.code != "flight.robot_under"]
    if refused:
        raise refused[0].error()
    flight = flight_control.move(world, flight, "CLEARING", user=request.user)
    flight_control.reserve(world, desk, flight)
    return view_of(desk, flight)


def abort(world: World, request: AbortFlight) -> FlightView:
    """Call a flight off: cancelled on the ground, home from the air; raises flight.wrong_state for one that is over."""
    desk, flight = desk_of(world), world.state.flights.get(request.flight_id)
    if flight.state in ("PLANNED", "CLEARING"):
        flight = flight_control.move(world, flight, "CANCELLED", "flight.called_off", request.user)
    elif flight.state in IN_THE_AIR:
        if flight.state == "FLYING":
            flight = flight_control.move(world, flight, "RETURNING", "flight.called_off", request.user)
        desk.told = ""
        desk.tell(world.now, "return", flight)
    else:
        raise AmrError("flight.wrong_state", flight=flight.flight_id, state=flight.state)
    return view_of(desk, flight)


def recover(world: World, request: RecoverFlight) -> FlightView:
    """A person has looked: the ground is free again. Only for an aircraft that was lost or came down elsewhere."""
    desk, flight = desk_of(world), world.state.flights.get(request.flight_id)
    if flight.state not in RECOVERED:
        raise AmrError("flight.wrong_state", flight=flight.flight_id, state=flight.state)
    return view_of(desk, flight_control.move(world, flight, "ABORTED", "flight.recovered", request.user))


def check_difference(world: World, request: CheckDifference) -> FlightView:
    """Note who has looked after a difference; raises flight.no_difference."""
    desk, flight = desk_of(world), world.state.flights.get(request.flight_id)
    if not 0 <= request.number < len(flight.differences):
        raise AmrError("flight.no_difference", flight=flight.flight_id, number=request.number)
    if not flight.differences[request.number].checked_by:
        facts: dict[str, Fact] = {"flight": flight.flight_id, "number": request.number, "user": request.user}
        world.emit("flight_checked", facts=facts)
    return view_of(desk, world.state.flights.flights[flight.flight_id])


def set_permit(world: World, request: SetFlightPermit) -> None:
    """Note a permit to fly; raises flight.invalid."""
    desk_of(world)
    p = request.permit
    for where in ("number", "issuer", "registration"):
        if not 0 < len(getattr(p, where)) <= _MAX_TEXT:
            raise AmrError("flight.invalid", where=where, reason=f"needs 1 to {_MAX_TEXT} characters")
    if not math.isfinite(p.until) or p.until <= world.now:
        raise AmrError("flight.invalid", where="until", reason="not a time to come")
    if not math.isfinite(p.ceiling) or not 0.0 < p.ceiling <= 500.0:
        raise AmrError("flight.invalid", where="ceiling", reason="not in 0..500 m")
    if p.polygon:
        numbers = [v for point in p.polygon for v in point]
        if not 3 <= len(p.polygon) <= _MAX_LIST or not all(map(math.isfinite, numbers)):
            raise AmrError("flight.invalid", where="polygon", reason=f"needs 3 to {_MAX_LIST} points of finite numbers")
        if not shapely.Polygon(p.polygon).is_valid:
            raise AmrError("flight.invalid", where="polygon", reason="crosses itself")
    facts: dict[str, Fact] = {
        "number": p.number, "issuer": p.issuer, "registration": p.registration, "until": p.until, "ceiling": p.ceiling,
        "area": json.dumps(p.polygon), "user": request.user,
    }  # fmt: skip
    world.emit("flight_permitted", facts=facts)


def set_stock(world: World, request: SetStock) -> int:
    """Put loads of a stock list into the book, all or none; those on robots or in open orders are refused."""
    if len(request.loads) > _MAX_LOADS:
        raise AmrError("flight.invalid", where="loads", reason=f"more than {_MAX_LOADS}")
    loads = world.state.cargo.loads
    for load_id, place in request.loads:
        if place not in world.places:
            raise AmrError("order.unknown_place", place=place[:64])
        if cargo_ids.sscc(load_id) != load_id:
            raise AmrError("flight.invalid", where="loads", reason=f"{load_id[:32]}: 18 digits only")
        busy = world.state.moving.get(load_id)
        if busy is None and load_id in loads and loads[load_id].robot:
            busy = world.state.cargo.last_order(load_id)
        if busy is not None:
            raise AmrError("cargo.busy", load_id=load_id, order_id=busy)
    changed = [(load, place) for load, place in request.loads if load not in loads or loads[load].place != place]
    for load_id, place in changed:
        world.emit("cargo_stocked", facts={"load_id": load_id, "place": place, "user": request.user})
    return len(changed)
