"""Asks the rehearsal of the fleet how it would go on, for the page What-if and for the assistant."""

from __future__ import annotations

import asyncio
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.ports import FleetSnapshot
from amr_fleet.whatif.scenario import ForeseenAnswer, Question, Scenario

ANSWER_SECONDS: Final = 20.0  # an answer takes 5; the first one also starts a process


async def foreseen(
    context: ApiContext, snapshot: FleetSnapshot, scenario: Scenario, *, seconds: float = ANSWER_SECONDS
) -> ForeseenAnswer:
    """Return how it goes on; request.not_found where nothing can rehearse, fleet.no_answer when it takes too long."""
    ops = context.ops
    if ops is None or ops.what_if is None:
        raise AmrError("request.not_found", path="what-if")
    question = Question(site_name=ops.site_name, site=ops.site, snapshot=snapshot, scenario=scenario)
    try:
        return await asyncio.wait_for(asyncio.wrap_future(ops.what_if.ask(question)), seconds)
    except TimeoutError as error:
        raise AmrError("fleet.no_answer", seconds=seconds) from error
