"""Asks the rehearsal of the fleet how it would go on, for the page What-if and for the assistant."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import BrokenExecutor
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.ports import FleetSnapshot
from amr_fleet.whatif.scenario import ForeseenAnswer, Question, Scenario, unseen

ANSWER_SECONDS: Final = 4.5
"""s until there is an answer, also on a computer that is busy: what was seen until then, maybe nothing."""
_ON_ITS_WAY: Final = 0.1
"""Share of them that the answer's way out of the other process may take."""


async def foreseen(context: ApiContext, snapshot: FleetSnapshot, scenario: Scenario) -> ForeseenAnswer:
    """Return how it goes on, as far as was seen in ANSWER_SECONDS; request.not_found where nothing can rehearse.

    Raises what the fleet would refuse the scenario with, internal where the other process dies again and again.
    """
    ops = context.ops
    if ops is None or ops.what_if is None:
        raise AmrError("request.not_found", path="what-if")
    until = time.monotonic() + ANSWER_SECONDS * (1.0 - _ON_ITS_WAY)
    question = Question(site=ops.site, snapshot=snapshot, scenario=scenario, until=until)
    try:
        return await asyncio.wait_for(asyncio.wrap_future(ops.what_if.ask(question)), ANSWER_SECONDS)
    except (TimeoutError, BrokenExecutor):
        if ops.what_if.trouble:
            raise AmrError("internal", reason=ops.what_if.trouble) from None
        # Another question stands before it, its process only starts or was killed: that is no fault of the fleet's.
        return unseen(question)
