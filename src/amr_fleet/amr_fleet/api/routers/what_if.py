"""What-if: close places, lose robots, add lots, and see how it would go on."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Operator, audited
from amr_fleet.api.models import Json, Name
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.whatif.scenario import Answer, NewLots, Outcome, Question, Scenario

router = APIRouter(prefix="/api/v1")
ANSWER_SECONDS: Final = 120.0


class LotsBody(BaseModel):
    """Orders to add."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    count: Annotated[int, Field(strict=True, ge=1, le=100)]
    pick_place: Name
    drop_place: Name
    priority: Annotated[int, Field(strict=True, ge=0, le=9)] = 9


class WhatIfBody(BaseModel):
    """Body of POST /what-if."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    closed_places: Annotated[list[Name], Field(max_length=100)] = []
    lost_robots: Annotated[list[Name], Field(max_length=500)] = []
    new_lots: Annotated[list[LotsBody], Field(max_length=20)] = []


@router.post("/what-if")
async def what_if(body: WhatIfBody, context: Context, session: Operator) -> Json:
    """Answer with the end of every order as it is and with the changes. Nothing is changed."""
    return await audited(_answer(body, context), session.user, "what_if")


async def _answer(body: WhatIfBody, context: Context) -> Json:
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
    for robot in body.lost_robots:
        if robot not in known:
            raise AmrError("robot.not_found", robot=robot)
    scenario = Scenario(
        closed_places=tuple(body.closed_places),
        lost_robots=tuple(body.lost_robots),
        new_lots=tuple(NewLots(**lot.model_dump()) for lot in body.new_lots),
    )
    question = Question(site_name=ops.site_name, site=ops.site, snapshot=snapshot, scenario=scenario)
    future = asyncio.wrap_future(ops.what_if.ask(question))
    try:
        return answer_json(await asyncio.wait_for(future, ANSWER_SECONDS))
    except TimeoutError as error:
        raise AmrError("fleet.no_answer", seconds=ANSWER_SECONDS) from error


def answer_json(answer: Answer) -> Json:
    """Return {now, before, after}; finish and deadline in fleet seconds, 0 = none."""
    return {"now": answer.now, "before": _outcome(answer.before), "after": _outcome(answer.after)}


def _outcome(o: Outcome) -> Json:
    orders = [
        {
            "order_id": r.order_id, "pick_place": r.pick_place, "drop_place": r.drop_place, "deadline": r.deadline,
            "finish": round(r.finish, 1), "late": r.late, "stuck": r.stuck, "is_new": r.is_new,
        }
        for r in o.orders
    ]  # fmt: skip
    return {
        "orders": orders, "robots": o.robots, "left_out": list(o.left_out), "finish": round(o.finish, 1),
        "late": o.late, "stuck": o.stuck, "simulated_s": round(o.simulated_s), "cpu_s": round(o.cpu_s, 2),
    }  # fmt: skip
