"""What the assistant's routes and its MCP front share: the facts of now, and answers that take the rehearsal."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.api.auth import Session
from amr_fleet.api.context import ApiContext
from amr_fleet.api.foreseeing import foreseen
from amr_fleet.assistant import foresight, fronts, tools
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.clocks import clock, fleet_second
from amr_fleet.assistant.dialogue import EXPIRES_S, MAY_COMMAND
from amr_fleet.assistant.live import facts_of, order_row, requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts, OrderRow
from amr_fleet.assistant.trials import trials_of
from amr_fleet.ports import FleetSnapshot
from amr_fleet.report.figures import Report
from amr_fleet.report.people import Intervention

ENDED_ORDERS: Final = 200
"""Orders that ended, the newest, which a question is answered from: about a shift of a small fleet."""
MOST_DIGITS: Final = 10
LOADING_SECONDS: Final = 4.0
"""s that a first question waits for the grammar."""
PROPOSAL_SECONDS: Final = 0.4
"""s to look a proposal up, before its effects are rehearsed."""
QUESTION_SECONDS: Final = 20.0
"""s of patience for an answer: the reads of other pages may stand before it on a small computer."""

BUSY: Final = "Máy tính đang bận, chưa trả lời kịp và chưa làm gì cả. Hãy hỏi lại sau ít giây."


def load_grammar(context: ApiContext) -> Future[None]:
    """Begin to load the grammar in the background, or return the one that does."""
    return context.assistant.learn(lambda: facts_now(context))


async def grammar_loaded(context: ApiContext) -> None:
    """Wait until the grammar is loaded; assistant.loading when it takes long."""
    try:
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(load_grammar(context))), LOADING_SECONDS)
    except TimeoutError as error:
        raise AmrError("assistant.loading") from error


def facts_now(
    context: ApiContext, session: Session | None = None, snapshot: FleetSnapshot | None = None, *, cargo: bool = True
) -> Facts:
    """Return what the assistant may tell a session now, or at a snapshot; blocking: it asks for orders and figures.

    cargo: with the book of loads, which never gets shorter; no command needs it.
    """
    snapshot = snapshot or context.fleet.snapshot()

    def older(name: str) -> OrderRow | None:
        order_id = f"T{int(name):06d}" if name.isdecimal() and len(name) < MOST_DIGITS else name.upper()
        try:
            return order_row(context.fleet.order(order_id))
        except AmrError:
            return None

    ended = context.fleet.orders("ended", ENDED_ORDERS)
    loads = context.fleet.cargo().values() if cargo else ()
    facts = facts_of(snapshot, loads, context.site, ended, ENDED_ORDERS)
    if session is not None:
        trials, needed = context.fleet.trials(), context.site.trial.required
        told = trials_of(trials, snapshot.permit, needed=needed, user=session.user, role=session.role)
        facts = facts.model_copy(update={"trial": told})
    ops = context.ops
    if ops is None:
        return facts.model_copy(update={"older": older})

    def figures(begin: datetime, end: datetime) -> Report:
        return ops.report(*(fleet_second(at, snapshot.t) for at in (begin, end)))

    def happened(begin: datetime, end: datetime) -> list[Intervention]:
        return ops.interventions(*(fleet_second(at, snapshot.t) for at in (begin, end)))

    return facts.model_copy(update={"figures": figures, "happened": happened, "older": older})


async def supposed(call: Call, context: ApiContext, role: str) -> ToolResult:
    """Answer a what-if with the fleet's rehearsal, or say why it cannot be; its page is only for who may order."""
    result = await _supposed(call, context, elsewhere="; xem trang Thử trước" if role in MAY_COMMAND else "")
    return result if role in MAY_COMMAND else replace(result, link="")


async def _supposed(call: Call, context: ApiContext, elsewhere: str) -> ToolResult:
    snapshot = context.fleet.snapshot()
    at = clock(snapshot.t).isoformat(timespec="seconds")
    try:
        scenario, assumed = foresight.supposed(call.args, snapshot, context.site)
        return replace(foresight.told(await foreseen(context, snapshot, scenario), assumed), at=at)
    except (AmrError, foresight.CannotSupposeError) as error:
        code = error.code if isinstance(error, AmrError) else ""
        text = _CANNOT.get(code, "Chưa thử trước được điều này")
        return ToolResult(text=f"{text}{elsewhere}.", link=foresight.LINK, known=False, at=at)


async def read_tool(call: Call, context: ApiContext, session: Session) -> ToolResult:
    """Run a reading tool for a front that is no person."""
    if call.name == "what_if":
        return await supposed(call, context, session.role)
    return await context.read(lambda: tools.run(facts_now(context, session), call))


async def propose(call: Call, context: ApiContext, session: Session, front: str) -> tuple[dict[str, Any], Call]:
    """Make a proposal to the session's user, for the dashboard's button; return what a program is told, and the call.

    Raises BadArgumentsError for a robot, order or alarm that is not there, AmrError for what the site does not have or
    an order cannot be, LookupError with assistant.too_many: the program hears it, not the person at the button.
    """
    snapshot = context.fleet.snapshot()
    facts = await context.read(lambda: facts_now(context, session, snapshot, cargo=False))
    call = fronts.meant(facts, call)
    requests_of(call, snapshot, context.site, session.user)
    made = context.assistant.offer(session.user, session.role, front, call, facts, at=time.monotonic())
    try:
        late, _ = await late_with(call, context)
    except AmrError as error:  # where the fleet would refuse it, that is said when it is confirmed
        late = [_CANNOT["internal"]] if error.code == "internal" else []
    told = fronts.ToldProposal(
        proposal_id=made.proposal_id, text_vi=made.text_vi, effects=[*made.effects, *late], expires=EXPIRES_S
    )
    return told.model_dump(), call


_CANNOT: Final = {
    "robot.not_found": "Không có robot đó",
    "order.unknown_place": "Không có chỗ đó",
    "request.not_found": "Ở đây không thử trước được",
    "internal": "Chương trình thử trước hỏng nhiều lần, cần kỹ sư xem nhật ký máy chủ",
}


async def late_with(call: Call, context: ApiContext) -> tuple[list[str], list[str]]:
    """Return sentences on who becomes late with a command, and those orders; both empty where nothing can tell."""
    snapshot = context.fleet.snapshot()
    scenario = foresight.effects_of(call, snapshot, context.site)
    if scenario is None or context.ops is None or context.ops.what_if is None:
        return [], []
    answer = await foreseen(context, snapshot, scenario)
    return list(foresight.effects_told(answer)), [order.order_id for order in foresight.newly_late(answer)]
