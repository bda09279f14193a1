"""Transport orders: list, look at, create, cancel."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Operator, Viewer, audited
from amr_fleet.api.models import Json, OrderBody, history_json, order_json
from amr_fleet.ports import OrderRequest

router = APIRouter(prefix="/api/v1")


@router.get("/orders")
async def orders(
    context: Context,
    _session: Viewer,
    state: Literal["open", "all"] = "open",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Json:
    """Return the newest orders first."""
    found = await context.read(lambda: context.fleet.orders(state, limit))
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

    async def create() -> Json:
        for place in (body.pick_place, body.drop_place):
            context.site.place(place)
        if body.pick_place == body.drop_place:
            raise AmrError("order.same_place", place=body.pick_place)
        deadline = context.fleet.snapshot().t + body.deadline_in_s if body.deadline_in_s else 0.0
        request = OrderRequest(
            pick_place=body.pick_place,
            drop_place=body.drop_place,
            reference=body.reference,
            load_id=body.load_id,
            priority=body.priority,
            deadline=deadline,
            user=session.user,
        )
        return order_json(await context.answer(context.fleet.create_order(request)))

    return await audited(create(), session.user, "create_order", order=body.model_dump(exclude_defaults=True))


@router.post("/orders/{order_id}/cancel")
async def cancel_order(order_id: str, context: Context, session: Operator) -> Json:
    """Cancel an order that has not been picked up."""
    answer = context.answer(context.fleet.cancel_order(order_id, session.user))
    return order_json(await audited(answer, session.user, "cancel_order", order_id=order_id))
