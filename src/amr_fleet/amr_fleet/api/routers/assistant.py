"""The assistant: ask, and confirm what it proposes."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import Final

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api.auth import Session
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer, audited
from amr_fleet.api.foreseeing import foreseen
from amr_fleet.api.models.assistant import AskBody, ConfirmBody, Confirmed, Effects, Said, ToolCall
from amr_fleet.api.models.base import Name
from amr_fleet.api.problems import problems
from amr_fleet.assistant import foresight
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.clocks import clock, fleet_second
from amr_fleet.assistant.dialogue import DialogueReply
from amr_fleet.assistant.live import facts_of, requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts
from amr_fleet.ports import OrderView
from amr_fleet.report.figures import Report
from amr_fleet.report.people import Intervention

router = APIRouter(prefix="/api/v1")


def _facts(context: ApiContext) -> Facts:
    snapshot = context.fleet.snapshot()
    facts = facts_of(snapshot, context.fleet.cargo().values(), context.site)
    ops = context.ops
    if ops is None:
        return facts

    def figures(begin: datetime, end: datetime) -> Report:
        return ops.report(*(fleet_second(at, snapshot.t) for at in (begin, end)))

    def happened(begin: datetime, end: datetime) -> list[Intervention]:
        return ops.interventions(*(fleet_second(at, snapshot.t) for at in (begin, end)))

    return facts.model_copy(update={"figures": figures, "happened": happened})


@router.post("/assistant/ask", response_model=Said, responses=problems("robot.not_found"))
async def ask_assistant(body: AskBody, context: Context, session: Viewer) -> DialogueReply:
    """Answer a question in Vietnamese. Commands only become proposals, but one robot's pause by an operator."""
    return await audited(_ask(body.text, context, session), session.user, "ask_assistant")


async def _ask(text: str, context: ApiContext, session: Session) -> DialogueReply:
    def answer() -> DialogueReply:
        return context.assistant.ask(session.id, session.user, session.role, text, _facts(context), at=time.monotonic())

    reply = await context.read(answer)
    for call in reply.executed:
        await _do(call, context, session)
    if any(call.name == "what_if" for call in reply.calls):
        results = [
            await _supposed(call, context) if call.name == "what_if" else result
            for call, result in zip(reply.calls, reply.results, strict=True)
        ]
        reply = replace(reply, results=tuple(results), text=" ".join(result.text for result in results))
    return reply


async def _supposed(call: Call, context: ApiContext) -> ToolResult:
    """Answer a what-if with the fleet's rehearsal, or say why it cannot be."""
    snapshot = context.fleet.snapshot()
    at = clock(snapshot.t).isoformat(timespec="seconds")
    try:
        scenario, assumed = foresight.supposed(call.args, snapshot, context.site)
        return replace(foresight.told(await foreseen(context, snapshot, scenario), assumed), at=at)
    except (AmrError, foresight.CannotSupposeError) as error:
        code = error.code if isinstance(error, AmrError) else ""
        text = _CANNOT.get(code, "Chưa thử trước được điều này")
        return ToolResult(text=f"{text}; xem trang Thử trước.", link=foresight.LINK, known=False, at=at)


_CANNOT: Final = {
    "robot.not_found": "Không có robot đó",
    "order.unknown_place": "Không có chỗ đó",
    "fleet.no_answer": "Chưa tính xong kịp",
    "request.not_found": "Ở đây không thử trước được",
}


@router.get(
    "/assistant/effects/{proposal_id}",
    response_model=Effects,
    responses=problems("assistant.no_proposal", "assistant.expired", "fleet.no_answer"),
)
async def proposal_effects(proposal_id: Name, context: Context, session: Operator) -> Effects:
    """Say which orders become late when a proposal of this session is confirmed. Takes some seconds."""
    try:
        proposal = context.assistant.waiting(session.id, session.user, proposal_id, at=time.monotonic())
    except LookupError as error:
        raise AmrError(str(error.args[0])) from error
    snapshot = context.fleet.snapshot()
    scenario = foresight.effects_of(proposal.call, snapshot, context.site)
    if scenario is None or context.ops is None or context.ops.what_if is None:
        return Effects(proposal_id=proposal_id, effects=[], late=[])
    answer = await foreseen(context, snapshot, scenario)
    late = [order.order_id for order in foresight.newly_late(answer)]
    return Effects(proposal_id=proposal_id, effects=list(foresight.effects_told(answer)), late=late)


@router.post(
    "/assistant/confirm",
    response_model=Confirmed,
    responses=problems(
        "assistant.no_proposal", "assistant.expired", "assistant.changed", "order.not_found", "order.finished",
        "order.unknown_place", "order.invalid", "zone.invalid", "zone.not_found", "alarm.not_found", "cargo.busy",
    ),
)  # fmt: skip
async def confirm_proposal(body: ConfirmBody, context: Context, session: Operator) -> Confirmed:
    """Do what the assistant proposed to this person in this session, within 60 s, if the fleet is as it was."""
    return await audited(_confirm(body.proposal_id, context, session), session.user, "confirm_proposal")


async def _confirm(proposal_id: str, context: ApiContext, session: Session) -> Confirmed:
    facts = await context.read(lambda: _facts(context))
    try:
        call = context.assistant.confirm(session.id, session.user, proposal_id, facts, at=time.monotonic())
    except LookupError as error:
        raise AmrError(str(error.args[0])) from error
    return Confirmed(call=ToolCall(name=call.name, args=call.args), orders=await _do(call, context, session))


async def _do(call: Call, context: ApiContext, session: Session) -> list[str]:
    """Ask the fleet for what a command says; return the orders that it made or changed."""
    requests = requests_of(call, context.fleet.snapshot(), context.site, session.user)
    answers = [await context.answer(context.fleet.ask(request)) for request in requests]
    return [answer.order_id for answer in answers if isinstance(answer, OrderView)]
