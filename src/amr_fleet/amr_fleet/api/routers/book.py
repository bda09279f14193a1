"""Cut-off groups, templates, recurring orders, and cargo."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models.book import Book, CutoffBody, ScheduleBody
from amr_fleet.api.models.cargo import HoldCargoBody, Load, Loads
from amr_fleet.api.models.orders import OrderBody
from amr_fleet.api.problems import problems
from amr_fleet.cargo_views import CargoView
from amr_fleet.ports import BookView, Request
from amr_fleet.requests import HoldCargo, SetSchedule, SetTemplate
from amr_fleet.visit_requests import SetCutoff

router = APIRouter(prefix="/api/v1")


_ORDER = (
    "order.unknown_place",
    "order.invalid",
    "order.unknown_cutoff",
    "order.same_place",
    "order.unreachable",
    "robot.not_found",
    "cargo.bad_sscc",
    "cargo.bad_container",
)


async def _book(context: ApiContext, request: Request[BookView]) -> BookView:
    return await context.answer(context.fleet.ask(request))


@router.get("/book", response_model=Book, responses=problems())
async def book(context: Context, _session: Viewer) -> BookView:
    """Return cut-off groups, templates and recurring orders."""
    return context.fleet.book()


@router.put(
    "/cutoffs/{name}", response_model=Book, responses=problems("order.invalid", "book.not_found", "cutoff.in_use")
)
async def set_cutoff(name: str, body: CutoffBody, context: Context, session: Operator) -> BookView:
    """Add or move a cut-off; the deadlines of its orders move with it."""
    at = context.fleet.snapshot().t + body.in_s
    return await _book(context, SetCutoff(name=name, kind=body.kind, at=at, user=session.user))


@router.delete(
    "/cutoffs/{name}", response_model=Book, responses=problems("order.invalid", "book.not_found", "cutoff.in_use")
)
async def remove_cutoff(name: str, context: Context, session: Operator) -> BookView:
    """Remove a cut-off without open orders."""
    return await _book(context, SetCutoff(name=name, at=None, user=session.user))


@router.put("/templates/{name}", response_model=Book, responses=problems(*_ORDER, "book.not_found"))
async def set_template(name: str, body: OrderBody, context: Context, session: Operator) -> BookView:
    """Keep an order to be sent again; one without load number and reference."""
    return await _book(context, SetTemplate(name=name, request=body.request(0.0, ""), user=session.user))


@router.delete("/templates/{name}", response_model=Book, responses=problems(*_ORDER, "book.not_found"))
async def remove_template(name: str, context: Context, session: Operator) -> BookView:
    """Remove a template."""
    return await _book(context, SetTemplate(name=name, user=session.user))


@router.put("/schedules/{name}", response_model=Book, responses=problems(*_ORDER, "book.not_found"))
async def set_schedule(name: str, body: ScheduleBody, context: Context, session: Operator) -> BookView:
    """Create an order again and again."""
    first = context.fleet.snapshot().t + body.first_in_s
    request = SetSchedule(
        name=name,
        request=body.order.request(0.0, ""),
        first=first,
        every=body.every_s,
        due_in=body.due_in_s,
        user=session.user,
    )
    return await _book(context, request)


@router.delete("/schedules/{name}", response_model=Book, responses=problems(*_ORDER, "book.not_found"))
async def remove_schedule(name: str, context: Context, session: Operator) -> BookView:
    """End a recurring order; orders that it made stay."""
    return await _book(context, SetSchedule(name=name, user=session.user))


@router.get("/cargo", responses=problems())
async def cargo(
    context: Context,
    _session: Viewer,
    search: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Loads:
    """Return the loads whose number, lot, container or customer contains a text, newest first."""
    wanted = search.strip().lower()

    def looked_for() -> list[Load]:
        all_loads = reversed(list(context.fleet.cargo().values()))
        return [Load.of(load) for load in islice((one for one in all_loads if _matches(one, wanted)), limit)]

    return Loads(cargo=await context.read(looked_for))


def _matches(load: CargoView, wanted: str) -> bool:
    c = load.cargo
    return any(wanted in text.lower() for text in (load.load_id, c.lot, c.container, c.customer))


@router.get("/cargo/{load_id}", responses=problems("cargo.not_found"))
async def one_cargo(load_id: str, context: Context, _session: Viewer) -> Load:
    """Return one load with its chain of custody."""
    load = (await context.read(context.fleet.cargo)).get(load_id)
    if load is None:
        raise AmrError("cargo.not_found", load_id=load_id[:128])
    return Load.of(load)


@router.post("/cargo/{load_id}/hold", responses=problems("cargo.not_found", "cargo.on_robot"))
async def hold_cargo(load_id: str, context: Context, session: Operator, body: HoldCargoBody | None = None) -> Load:
    """Put a customs hold on a load."""
    return await _hold(context, HoldCargo(load_id=load_id, hold=True, document=_doc(body), user=session.user))


@router.post("/cargo/{load_id}/release", responses=problems("cargo.not_found", "cargo.on_robot"))
async def release_cargo(load_id: str, context: Context, session: Operator, body: HoldCargoBody | None = None) -> Load:
    """Lift a customs hold."""
    return await _hold(context, HoldCargo(load_id=load_id, hold=False, document=_doc(body), user=session.user))


async def _hold(context: ApiContext, request: HoldCargo) -> Load:
    return Load.of(await context.answer(context.fleet.ask(request)))


def _doc(body: HoldCargoBody | None) -> str:
    return body.document if body is not None else ""
