"""What-if: close places, lose robots, add lots, and see how it would go on."""

from __future__ import annotations

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Operator
from amr_fleet.api.foreseeing import foreseen
from amr_fleet.api.models.what_if import Foresight, WhatIfBody
from amr_fleet.api.problems import problems
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.whatif.scenario import ForeseenAnswer, NewLots, Scenario

router = APIRouter(prefix="/api/v1")


@router.post(
    "/what-if",
    response_model=Foresight,
    responses=problems(
        "request.not_found", "order.unknown_place", "order.same_place", "robot.not_found", "zone.invalid"
    ),
)
async def what_if(body: WhatIfBody, context: Context, session: Operator) -> ForeseenAnswer:
    """Answer with the end of every order as it is and with the changes. Nothing is changed."""
    ops = ops_of(context)
    snapshot = context.fleet.snapshot()
    if ops.what_if is None:
        raise AmrError("request.not_found", path="what-if")
    for place in (*body.closed_places, *(p for lot in body.new_lots for p in (lot.pick_place, lot.drop_place))):
        ops.site.place(place)
    for lot in body.new_lots:
        if lot.pick_place == lot.drop_place:
            raise AmrError("order.same_place", place=lot.pick_place)
        if {lot.pick_place, lot.drop_place} & set(body.closed_places):
            raise AmrError("request.invalid", where="new_lots", reason="a lot uses a closed place")
    known = {robot.name for robot in snapshot.robots}
    for robot in (*body.lost_robots, *body.resting_robots, *body.paused_robots):
        if robot not in known:
            raise AmrError("robot.not_found", robot=robot)
    scenario = Scenario(
        closed_places=tuple(body.closed_places),
        lost_robots=tuple(body.lost_robots),
        resting_robots=tuple(body.resting_robots),
        new_lots=tuple(NewLots(**lot.model_dump()) for lot in body.new_lots),
        paused_robots=tuple(body.paused_robots),
        cancelled_orders=tuple(body.cancelled_orders),
        zones=tuple(z.request(f"what-if {i}", snapshot.t, session.user) for i, z in enumerate(body.zones)),
    )
    return await foreseen(context, snapshot, scenario)
