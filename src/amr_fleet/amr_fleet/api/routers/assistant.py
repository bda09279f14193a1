"""The assistant: ask, and confirm what it proposes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from fastapi import APIRouter, Request

from amr_core.errors import AmrError
from amr_fleet.api.assisting import (
    BUSY,
    PROPOSAL_SECONDS,
    QUESTION_SECONDS,
    facts_now,
    grammar_loaded,
    late_with,
    supposed,
)
from amr_fleet.api.auth import Session
from amr_fleet.api.consulting import consult
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, OperatorHere, Viewer
from amr_fleet.api.models.assistant import (
    AskBody,
    Asked,
    ChooseBody,
    ConfirmBody,
    Confirmed,
    Effects,
    History,
    Said,
    Suggestions,
    ToolCall,
    Waiting,
    WrongBody,
)
from amr_fleet.api.models.base import Name
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.assistant.audited import audited, told_call
from amr_fleet.assistant.clocks import clock
from amr_fleet.assistant.dialogue import DialogueReply
from amr_fleet.assistant.foresight import NOTHING_SEEN
from amr_fleet.assistant.live import requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.record import Turn
from amr_fleet.assistant.reports import wanted_report
from amr_fleet.assistant.suggestions import suggested
from amr_fleet.ports import FleetSnapshot, ImportVerdict, OrderView

router = APIRouter(prefix="/api/v1")


@router.post(
    "/assistant/ask",
    response_model=Said,
    responses=problems("robot.not_found", "assistant.no_model", "assistant.model_failed", "assistant.loading"),
)
async def ask_assistant(body: AskBody, request: Request, context: Context, session: Viewer) -> Said:
    """Answer a question in Vietnamese. Commands only become proposals, but one robot's pause by an operator.

    model: ask the site's language model, whose commands are proposals without exception.
    """
    request.state.audit_facts = {"text": body.text}
    answer = consult(body.text, context, session) if body.model else _ask(body.text, context, session)
    return _kept(body.text, await answer, request, context, session)


def _kept(asked: str, reply: DialogueReply, request: Request, context: ApiContext, session: Session) -> Said:
    """Remember an answer for its person, and put into the audit trail what it did and what it proposed."""
    request.state.audit_facts = {"text": asked, **audited(reply)}
    time_of_day = clock(context.fleet.snapshot().t).isoformat(timespec="seconds")
    turn = context.assistant.keep(session.user, session.role, asked, reply, at=time.monotonic(), time=time_of_day)
    return _said(turn)


@router.post("/assistant/choose", response_model=Said, responses=problems("assistant.no_answer"))
async def choose_reading(body: ChooseBody, request: Request, context: Context, session: Viewer) -> Said:
    """Answer one of the readings that this person was asked about; a command is proposed, without exception."""
    desk = context.assistant

    def answer() -> DialogueReply:
        call, facts = desk.choice(session.user, body.id, body.choice, at=time.monotonic()), facts_now(context, session)
        return desk.choose(session.id, session.user, session.role, call, facts, at=time.monotonic())

    try:
        reply = await context.read(answer, QUESTION_SECONDS)
    except LookupError as error:
        raise AmrError(str(error.args[0])) from error
    return _kept(body.choice, await _supposed(reply, context, session), request, context, session)


def _said(turn: Turn) -> Said:
    return Said.model_validate(turn.reply).model_copy(update={"id": turn.id})


@router.get("/assistant/history", response_model=History, responses=problems())
async def asked_before(context: Context, session: Viewer) -> History:
    """Return what this person asked in the last twelve hours, oldest first."""
    turns = context.assistant.history(session.user, at=time.monotonic())
    return History(turns=[Asked(id=one.id, time=one.time, asked=one.asked, said=_said(one)) for one in turns])


@router.get("/assistant/suggestions", response_model=Suggestions, responses=problems())
async def suggestions(context: Context, session: Viewer) -> Suggestions:
    """Return questions worth asking now."""
    facts = await context.read(lambda: facts_now(context, session, cargo=False))
    return Suggestions(questions=list(suggested(facts, session.role)), model=context.language_model is not None)


@router.post("/assistant/wrong", response_model=Done, responses=problems("assistant.no_answer", "store.failed"))
async def report_wrong(body: WrongBody, context: Context, session: Viewer) -> Done:
    """Put a wrong answer of this person's into the review file; nothing learns from it by itself."""
    kept = await context.read(lambda: context.assistant.report(session.user, body.id, body.note, at=time.monotonic()))
    if not kept:
        raise AmrError("assistant.no_answer")
    return Done()


async def _ask(text: str, context: ApiContext, session: Session) -> DialogueReply:
    def answer() -> DialogueReply:
        return context.assistant.ask(
            session.id, session.user, session.role, text, facts_now(context, session), at=time.monotonic()
        )

    await grammar_loaded(context)
    try:
        reply = await context.read(answer, QUESTION_SECONDS)
    except AmrError as error:
        if error.code != "fleet.no_answer":
            raise
        return DialogueReply(kind="refuse", text=BUSY)  # the fleet was not even asked
    for call in reply.executed:
        await _do(call, context, session, context.fleet.snapshot())
    return await _supposed(reply, context, session)


async def _supposed(reply: DialogueReply, context: ApiContext, session: Session) -> DialogueReply:
    """Return the reply with what the fleet's rehearsal says of each what-if in it."""
    if any(call.name == "what_if" for call in reply.calls):
        results = [
            await supposed(call, context, session.role) if call.name == "what_if" else result
            for call, result in zip(reply.calls, reply.results, strict=True)
        ]
        reply = replace(reply, results=tuple(results), text=" ".join(result.text for result in results))
    return reply


@router.get(
    "/assistant/effects/{proposal_id}",
    response_model=Effects,
    responses=problems("assistant.no_proposal", "assistant.expired"),
)
async def proposal_effects(proposal_id: Name, context: Context, session: Operator) -> Effects:
    """Say which orders become late when a proposal of this session is confirmed. At most 5 s."""
    found = asyncio.to_thread(context.assistant.waiting, session.id, session.user, proposal_id, at=time.monotonic())
    try:
        proposal = await asyncio.wait_for(found, PROPOSAL_SECONDS)
    except LookupError as error:
        raise AmrError(str(error.args[0])) from error
    except TimeoutError:  # this session's next question is being read
        return Effects(proposal_id=proposal_id, effects=[NOTHING_SEEN], late=[])
    effects, late = await late_with(proposal.call, context)
    return Effects(proposal_id=proposal_id, effects=effects, late=late)


@router.get("/assistant/proposals", response_model=Waiting, responses=problems())
async def waiting_proposals(context: Context, session: Operator) -> Waiting:
    """Return what programs (MCP, a language model) propose to this person and still waits for the button."""
    now = time.monotonic()
    return Waiting.of(context.assistant.offered(session.user, at=now), now)


@router.post(
    "/assistant/confirm",
    response_model=Confirmed,
    responses=problems(
        "assistant.no_proposal", "assistant.expired", "assistant.changed", "order.not_found", "order.finished",
        "order.unknown_place", "order.same_place", "order.unreachable", "order.invalid", "zone.invalid",
        "zone.not_found", "alarm.not_found", "cargo.busy", "cargo.bad_sscc", "cargo.bad_container", "robot.held_by",
        "robot.to_unload", "report.bad_period", "request.not_found",
    ),
)  # fmt: skip
async def confirm_proposal(body: ConfirmBody, request: Request, context: Context, session: OperatorHere) -> Confirmed:
    """Do what the assistant proposed to this person in this session, within 60 s, if the fleet is as it was."""
    snapshot = context.fleet.snapshot()  # what is asked for is what was confirmed: a pause set after it stays

    def confirmed() -> Call:
        facts, at = facts_now(context, session, snapshot, cargo=False), time.monotonic()
        return context.assistant.confirm(session.id, session.user, body.proposal_id, facts, at=at)

    try:
        call = await context.read(confirmed)
    except LookupError as error:
        raise AmrError(str(error.args[0])) from error
    facts = {"confirmed": told_call(call)}
    request.state.audit_facts = facts  # also where the fleet refuses it
    made, refused = await _do(call, context, session, snapshot)
    request.state.audit_facts = facts | ({"orders": made} if made else {})
    link = ""
    if call.name == "report_make":
        ops_of(context)  # without a journal there is no report
        link = wanted_report(call.args, clock(snapshot.t)).link(snapshot.t)
    return Confirmed(call=ToolCall(name=call.name, args=call.args), orders=made, refused=refused, link=link)


async def _do(call: Call, context: ApiContext, session: Session, snapshot: FleetSnapshot) -> tuple[list[str], int]:
    """Ask the fleet for what a command says of a snapshot; return the orders that it made or changed, and how many not.

    Where it made none of several, why not is raised. Of several closures one may be over by itself meanwhile.
    """
    made: list[str] = []
    refused: list[AmrError] = []
    requests = requests_of(call, snapshot, context.site, session.user)
    for request in requests:
        try:
            answer = await context.answer(context.fleet.ask(request))
        except AmrError as error:
            if error.code == "zone.not_found" and len(requests) > 1:
                continue
            raise
        if isinstance(answer, OrderView):
            made.append(answer.order_id)
        elif isinstance(answer, tuple):
            verdicts = [one for one in answer if isinstance(one, ImportVerdict)]
            made += [verdict.order_id for verdict in verdicts if verdict.error is None]
            refused += [verdict.error for verdict in verdicts if verdict.error is not None]
    if refused and not made:
        raise refused[0]
    return made, len(refused)
