"""Transport orders: list, look at, create, import, change, hold, reassign, cancel."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, OnceKey, Operator, Viewer
from amr_fleet.api.models.orders import (
    CancelBody,
    ChangeBody,
    HoldBody,
    ImportBody,
    Imported,
    ImportRow,
    OrderBody,
    OrderDetail,
    OrderFilter,
    Orders,
    RobotBody,
    TransportOrder,
)
from amr_fleet.api.order_list import parse_rows, read_table
from amr_fleet.api.problems import problems
from amr_fleet.api.tables import Rows
from amr_fleet.ports import ImportVerdict, OrderRequest, OrderView, Request
from amr_fleet.requests import CancelOrder, ChangeOrder, CreateOrder, HoldOrder, ImportOrders, ReassignOrder

router = APIRouter(prefix="/api/v1")
_NEW = (
    "order.unknown_place", "order.same_place", "order.unreachable", "order.invalid", "order.unknown_cutoff",
    "robot.not_found", "robot.unavailable", "cargo.bad_sscc", "cargo.bad_container", "cargo.busy",
)  # fmt: skip
_OLD = ("order.not_found", "order.finished")


@router.get("/orders", response_model=Orders, responses=problems())
async def orders(
    context: Context,
    _session: Viewer,
    state: OrderFilter = "open",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    reference: Annotated[str, Query(max_length=64)] = "",
) -> dict[str, Any]:
    """Return the newest orders first; with a reference the order that another system knows by it, if there is one."""
    reference = unicodedata.normalize("NFC", reference.strip())
    return {"orders": await context.read(lambda: context.fleet.orders(state, limit, reference))}


@router.get("/orders/{order_id}", response_model=OrderDetail, responses=problems("order.not_found"))
async def order(order_id: str, context: Context, _session: Viewer) -> dict[str, Any]:
    """Return one order with its history."""
    view = await context.order(order_id)
    history = await context.read(lambda: context.fleet.order_history(order_id))
    return {**vars(view), "history": history}


@router.post("/orders", response_model=TransportOrder, status_code=201, responses=problems(*_NEW))
async def create_order(body: OrderBody, context: Context, session: Operator, once: OnceKey) -> OrderView:
    """Create a transport order; answers when it is in the journal."""
    for place in (body.pick_place, body.drop_place):
        context.site.place(place)
    if body.pick_place == body.drop_place:
        raise AmrError("order.same_place", place=body.pick_place)
    request = body.request(context.fleet.snapshot().t, session.user)
    request = replace(request, key=request.key or once)
    return await context.answer(context.fleet.ask(CreateOrder(order=request)))


@router.post("/orders/import", responses=problems("import.bad_table"))
async def import_orders(body: ImportBody, context: Context, session: Operator, once: OnceKey) -> Imported:
    """Create the orders of a list, or with dry_run only say what would become of each row."""
    now, table = context.fleet.snapshot().t, Rows(list(body.rows), [""] * len(body.rows), [])
    if body.csv or body.xlsx:
        table = await context.read(lambda: read_table(body.csv, base64.b64decode(body.xlsx), context.site, now))
    parsed = await context.read(lambda: parse_rows(table.rows, now, session.user))
    good = tuple(
        replace(row, key=row.key or (once and f"{once}-{i}"))
        for i, row in enumerate(parsed)
        if isinstance(row, OrderRequest)
    )
    asked = ImportOrders(orders=good, dry_run=body.dry_run, user=session.user)
    answers = iter(await context.answer(context.fleet.ask(asked)))
    verdicts = [
        ImportVerdict(verdict="refused", error=row) if isinstance(row, AmrError) else next(answers) for row in parsed
    ]
    counts = {name: sum(v.verdict == name for v in verdicts) for name in ("created", "known", "refused")}
    judged = zip(table.lines, parsed, verdicts, strict=True)
    rows = [ImportRow.of(i, text, wish, verdict) for i, (text, wish, verdict) in enumerate(judged, start=1)]
    return Imported(dry_run=body.dry_run, **counts, ignored=table.ignored, rows=rows)


async def _order(context: ApiContext, request: Request[OrderView]) -> OrderView:
    return await context.answer(context.fleet.ask(request))


@router.post(
    "/orders/{order_id}/cancel",
    response_model=TransportOrder,
    responses=problems(*_OLD, "order.load_on_board", "robot.moving", "robot.unavailable"),
)
async def cancel_order(order_id: str, context: Context, session: Operator, body: CancelBody | None = None) -> OrderView:
    """Cancel an order: after what the robot does at a station, or now, when it stands."""
    mode = body.mode if body is not None else "after_leg"
    return await _order(context, CancelOrder(order_id=order_id, mode=mode, user=session.user))


@router.post(
    "/orders/{order_id}/change",
    response_model=TransportOrder,
    responses=problems(*_OLD, "order.invalid", "order.unknown_cutoff"),
)
async def change_order(order_id: str, body: ChangeBody, context: Context, session: Operator) -> OrderView:
    """Give an open order another priority, deadline, earliest start or cut-off."""
    now = context.fleet.snapshot().t

    def moment(in_s: float | None) -> float | None:
        return None if in_s is None else now + in_s if in_s else 0.0

    change = ChangeOrder(
        order_id=order_id,
        priority=body.priority,
        deadline=moment(body.deadline_in_s),
        earliest=moment(body.earliest_in_s),
        cutoff=body.cutoff,
        user=session.user,
    )
    return await _order(context, change)


@router.post(
    "/orders/{order_id}/hold",
    response_model=TransportOrder,
    responses=problems(*_OLD, "order.load_on_board", "order.at_pick", "order.held_by"),
)
async def hold_order(order_id: str, context: Context, session: Operator, body: HoldBody | None = None) -> OrderView:
    """Keep an order from starting; one on its way to its load goes back to the queue. instead_of takes a hold over."""
    return await _hold(context, order_id, session.user, body or HoldBody(), hold=True)


@router.post("/orders/{order_id}/release", response_model=TransportOrder, responses=problems(*_OLD, "order.held_by"))
async def release_order(order_id: str, context: Context, session: Operator, body: HoldBody | None = None) -> OrderView:
    """Let a held order go on; what another person put on hold only in the place of that person."""
    return await _hold(context, order_id, session.user, body or HoldBody(), hold=False)


async def _hold(context: ApiContext, order_id: str, user: str, body: HoldBody, hold: bool) -> OrderView:
    asked = HoldOrder(
        order_id=order_id, hold=hold, user=user, text=body.text, instead_of=body.instead_of, seen=body.seen
    )
    return await _order(context, asked)


@router.post(
    "/orders/{order_id}/reassign",
    response_model=TransportOrder,
    responses=problems(*_OLD, "order.load_on_board", "order.at_pick", "robot.not_found", "robot.unavailable"),
)
async def reassign_order(order_id: str, body: RobotBody, context: Context, session: Operator) -> OrderView:
    """Give an order that is not picked up to a certain robot, or to any."""
    return await _order(context, ReassignOrder(order_id=order_id, robot=body.robot, user=session.user))
