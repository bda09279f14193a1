"""Flights: plan, start, call off, and what a count has found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Engineer, Operator, Viewer
from amr_fleet.api.made import MINUTE, made
from amr_fleet.api.models.flights import (
    AircraftState,
    ChecklistBody,
    Flight,
    FlightBody,
    FlightPermitBody,
    Flights,
    NoFly,
    PermitShown,
    PlanShown,
    StockBody,
    Stocked,
)
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import file, problems
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.domain.flight_book import RESERVED
from amr_fleet.flight_requests import (
    AbortFlight,
    CheckDifference,
    RecoverFlight,
    SetFlightPermit,
    SetStock,
    StartFlight,
)
from amr_fleet.flight_views import FlightView
from amr_fleet.report.count_order import CountOrder
from amr_fleet.report.texts import Lang

router = APIRouter(prefix="/api/v1")

_GATE = (
    "flight.no_permit", "flight.permit_expired", "flight.permit_area", "flight.not_registered", "flight.fire",
    "flight.not_checked", "flight.no_pilot", "flight.wind", "flight.rain", "flight.light", "flight.light_unknown",
    "flight.pilot_away", "flight.not_cleared", "flight.no_link",
    "flight.no_position", "flight.not_landed", "flight.off_pad", "flight.battery", "flight.volume_taken",
    "flight.people_unknown", "flight.people", "flight.people_zone", "flight.door_open", "flight.home_taken",
)  # fmt: skip

_Newest = Annotated[int, Query(ge=1, le=50)]


def shown(view: FlightView) -> Flight:
    """Return a flight as the API gives it."""
    plan = view.plan
    parts = [cell.split("-") for cell in plan.cells] if view.task == "inventory_flight" else []
    rows = {name: getattr(view, name) for name in Flight.model_fields if name not in ("plan", "places")}
    drawn = PlanShown.model_validate({
        "waypoints": plan.waypoints, "area": plan.volume.polygon, "height": plan.volume.z1,
        "rows": list(dict.fromkeys(row for row, _bay, _level in parts)),
        "levels": sorted({int(level) for _row, _bay, level in parts}), "cells": len(plan.cells),
        "length": plan.length, "seconds": plan.seconds, "energy": round(plan.energy, 3),
    })  # fmt: skip
    return Flight.model_validate({**rows, "plan": drawn, "places": plan.places})


def newest_of(flights: Sequence[FlightView], count: int) -> list[FlightView]:
    """Return so many of the newest, and before them an older one that has the air: whoever flies is always shown."""
    return [*(one for one in flights[:-count] if one.state in RESERVED), *flights[-count:]]


@router.get("/flights", responses=problems("flight.none"))
async def flights(context: Context, _session: Viewer, newest: _Newest = 50) -> Flights:
    """Return the aircraft of the site and so many of its newest flights; flight.none where nobody flies."""
    found = context.fleet.snapshot().flights
    if found is None:
        raise AmrError("flight.none")
    return Flights(
        vehicle=found.vehicle, pad=found.pad, ceiling=found.ceiling, places=list(found.places), levels=found.levels,
        spare=found.spare, reserve=found.reserve,
        no_fly=[NoFly(name=name, area=v.polygon, low=v.z0, high=v.z1) for name, v in found.no_fly],
        permit=PermitShown.model_validate(found.permit) if found.permit else None,
        telemetry=AircraftState.model_validate(found.telemetry) if found.telemetry else None,
        flights=[shown(view) for view in newest_of(found.flights, newest)],
    )  # fmt: skip


@router.post(
    "/flights",
    status_code=201,
    responses=problems("flight.none", "flight.invalid", "flight.no_fly", "flight.too_high"),
)
async def create_flight(body: FlightBody, context: Context, session: Operator) -> Flight:
    """Plan a flight; nothing takes off yet."""
    answer = context.answer(context.fleet.ask(body.request(session.user)))
    return shown(await answer)


@router.post(
    "/flights/{flight_id}/start",
    responses=problems("flight.none", "flight.not_found", "flight.wrong_state", "flight.invalid", *_GATE),
)
async def start_flight(flight_id: str, body: ChecklistBody, context: Context, session: Operator) -> Flight:
    """Clear the ground below and take off; refused with the first thing that speaks against it."""
    request = StartFlight(flight_id=flight_id, checklist=body.checklist(), user=session.user)
    answer = context.answer(context.fleet.ask(request))
    return shown(await answer)


@router.post("/flights/{flight_id}/abort", responses=problems("flight.none", "flight.not_found", "flight.wrong_state"))
async def abort_flight(flight_id: str, context: Context, session: Operator) -> Flight:
    """Call a flight off: on the ground it is cancelled, in the air it comes home."""
    answer = context.answer(context.fleet.ask(AbortFlight(flight_id=flight_id, user=session.user)))
    return shown(await answer)


@router.post(
    "/flights/{flight_id}/recover", responses=problems("flight.none", "flight.not_found", "flight.wrong_state")
)
async def recover_flight(flight_id: str, context: Context, session: Engineer) -> Flight:
    """Say that a lost aircraft, or one that came down elsewhere, is out of the way: robots may drive there again."""
    answer = context.answer(context.fleet.ask(RecoverFlight(flight_id=flight_id, user=session.user)))
    return shown(await answer)


@router.post(
    "/flights/{flight_id}/differences/{number}/check",
    responses=problems("flight.none", "flight.not_found", "flight.no_difference"),
)
async def check_difference(flight_id: str, number: int, context: Context, session: Operator) -> Flight:
    """Note that a person has looked after a difference (numbers from 0)."""
    request = CheckDifference(flight_id=flight_id, number=number, user=session.user)
    return shown(await context.answer(context.fleet.ask(request)))


@router.get(
    "/flights/{flight_id}/count.pdf",
    response_class=Response,
    responses=file(
        "application/pdf",
        "The record of a count.",
        "flight.not_found",
        "flight.wrong_state",
        "request.not_found",
        "request.too_many",
        "report.too_large",
    ),
)
async def count_pdf(
    flight_id: str, request: Request, context: Context, _session: Viewer, lang: Lang = "vi"
) -> Response:
    """Return what a flight counted and where racks and book differ, to print and sign; of flights that are over.

    Signed where the records have a key (`amr report verify`).
    """
    ops = ops_of(context)
    order = CountOrder(flight_id, lang, str(request.base_url).rstrip("/"))
    content = await made(request, context, ops.reports, order, lambda: order.make(ops.read_journal(), ops.site))
    head = {"Content-Disposition": f'attachment; filename="kiem-ke-{flight_id}.pdf"'}
    signed = await context.read(lambda: ops.signed(content, "count"), MINUTE)
    return Response(signed, media_type="application/pdf", headers=head)


@router.post("/flight-permit", responses=problems("flight.none", "flight.invalid"))
async def set_flight_permit(body: FlightPermitBody, context: Context, session: Engineer) -> Done:
    """Note the permit to fly; it replaces the one before."""
    permit = body.permit(context.fleet.snapshot().t)
    answer = context.answer(context.fleet.ask(SetFlightPermit(permit=permit, user=session.user)))
    await answer
    return Done()


@router.post(
    "/cargo/stock",
    responses=problems("flight.invalid", "order.unknown_place", "cargo.bad_sscc", "cargo.busy"),
)
async def set_stock(body: StockBody, context: Context, session: Operator) -> Stocked:
    """Put the loads of a stock list into the book, all or none."""
    loads = tuple((row.load_id, row.place) for row in body.rows)
    request = SetStock(loads=loads, user=session.user)
    answer = context.answer(context.fleet.ask(request))
    return Stocked(changed=await answer)
