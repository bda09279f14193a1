"""Transport orders: list, look at, create, import, change, hold, reassign, cancel."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models import Json, history_json, order_json
from amr_fleet.api.order_models import (
    CancelBody,
    ChangeBody,
    ImportBody,
    OrderBody,
    RobotBody,
    csv_rows,
    parse_rows,
    verdict_json,
)
from amr_fleet.ports import OrderRequest, OrderView, Request
from amr_fleet.requests import CancelOrder, ChangeOrder, CreateOrder, HoldOrder, ImportOrders, ReassignOrder, Verdict

router = APIRouter(prefix="/api/v1")


@router.get("/orders")
async def orders(
    context: Context,
    _session: Viewer,
    state: Literal["open", "all"] = "open",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    reference: Annotated[str, Query(max_length=64)] = "",
) -> Json:
    """Return the newest orders first; with a reference the order that another system knows by it, if there is one."""
    found = await context.read(lambda: context.fleet.orders(state, 100_000 if reference else limit))
    found = [order for order in found if order.reference == reference] if reference else found
    return {"orders": [order_json(order) for order in found]}


@router.get("/orders/{order_id}")
async def order(order_id: str, context: Context, _session: Viewer) -> Json:
    """Return one order with its history."""
    view = await context.order(order_id)
    history = await context.read(lambda: context.fleet.order_history(order_id))
    return {**order_json(view), "history": history_json(history)}


@router.post("/orders", status_code=201)
async def create_order(body: OrderBody, context: Context, session: Operator) -> Json:
    """Create a transport order; answers when it is in the journal."""
    for place in (body.pick_place, body.drop_place):
        context.site.place(place)
    if body.pick_place == body.drop_place:
        raise AmrError("order.same_place", place=body.pick_place)
    request = body.request(context.fleet.snapshot().t, session.user)
    return order_json(await context.answer(context.fleet.ask(CreateOrder(order=request))))


@router.post("/orders/import")
async def import_orders(body: ImportBody, context: Context, session: Operator) -> Json:
    """Create the orders of a list, or with dry_run only say what would become of each row."""
    rows = csv_rows(body.csv) if body.csv else list(body.rows)
    now = context.fleet.snapshot().t
    parsed = await context.read(lambda: parse_rows(rows, now, session.user))
    good = tuple(row for row in parsed if isinstance(row, OrderRequest))
    asked = ImportOrders(orders=good, dry_run=body.dry_run, user=session.user)
    answers = iter(await context.answer(context.fleet.ask(asked)))
    verdicts = [Verdict(verdict="refused", error=row) if isinstance(row, AmrError) else next(answers) for row in parsed]
    counts = {name: sum(v.verdict == name for v in verdicts) for name in ("created", "known", "refused")}
    return {"dry_run": body.dry_run, **counts, "rows": [verdict_json(i, v) for i, v in enumerate(verdicts, start=1)]}


async def _order(context: ApiContext, request: Request[OrderView]) -> Json:
    return order_json(await context.answer(context.fleet.ask(request)))


@router.post("/orders/{order_id}/cancel")
async def cancel_order(order_id: str, context: Context, session: Operator, body: CancelBody | None = None) -> Json:
    """Cancel an order: after what the robot does at a station, or now, when it stands."""
    mode = body.mode if body is not None else "after_leg"
    return await _order(context, CancelOrder(order_id=order_id, mode=mode, user=session.user))


@router.post("/orders/{order_id}/change")
async def change_order(order_id: str, body: ChangeBody, context: Context, session: Operator) -> Json:
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


@router.post("/orders/{order_id}/hold")
async def hold_order(order_id: str, context: Context, session: Operator) -> Json:
    """Keep an order from starting; one on its way to its load goes back to the queue."""
    return await _order(context, HoldOrder(order_id=order_id, hold=True, user=session.user))


@router.post("/orders/{order_id}/release")
async def release_order(order_id: str, context: Context, session: Operator) -> Json:
    """Let a held order go on."""
    return await _order(context, HoldOrder(order_id=order_id, hold=False, user=session.user))


@router.post("/orders/{order_id}/reassign")
async def reassign_order(order_id: str, body: RobotBody, context: Context, session: Operator) -> Json:
    """Give an order that is not picked up to a certain robot, or to any."""
    return await _order(context, ReassignOrder(order_id=order_id, robot=body.robot, user=session.user))
