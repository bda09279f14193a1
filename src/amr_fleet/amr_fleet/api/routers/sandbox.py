"""Controlled trials (sandbox): permits, decisions, incidents, conditions, proofs and test cards."""

from __future__ import annotations

import json
import time

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.robots import STANDSTILL
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Decider, Engineer, Viewer
from amr_fleet.api.models.trials import (
    Trial,
    TrialBody,
    TrialMoveBody,
    TrialNoteBody,
    TrialNow,
    TrialReview,
    Trials,
    TrialSimulation,
    TrialSketchBody,
)
from amr_fleet.api.problems import problems
from amr_fleet.domain.orders import OPEN_STATES
from amr_fleet.domain.trial_review import review
from amr_fleet.domain.trial_simulation import simulate
from amr_fleet.fleet_time import UNIX
from amr_fleet.sandbox.book import Trial as Kept
from amr_fleet.sandbox.book import may_read
from amr_fleet.sandbox.checks import check, sketch_faults
from amr_fleet.sandbox.record import parse
from amr_fleet.trial_requests import MoveTrial, NoteTrial, SaveTrial

router = APIRouter(prefix="/api/v1")
_RECORD = (
    "sandbox.invalid", "sandbox.self_crossing", "sandbox.outside_site", "sandbox.unknown_name", "sandbox.time_zone",
    "sandbox.time_order",
)  # fmt: skip
_SKETCH = ("sandbox.invalid", "sandbox.self_crossing", "sandbox.outside_site", "sandbox.unknown_name")
_STEP = (
    "sandbox.not_found", "sandbox.invalid", "sandbox.wrong_state", "sandbox.second_person", "sandbox.authority",
    "sandbox.running", "sandbox.outside", "sandbox.moving", "sandbox.out_of_time",
    "sandbox.duties", "sandbox.incomplete", "sandbox.overlap",
)  # fmt: skip


@router.get("/sandbox", responses=problems())
async def trials(context: Context, session: Viewer) -> Trials:
    """Return the trials that the asker may see, and what is allowed now."""
    book = context.fleet.trials()
    shown = [Trial.of(t) for t in book.trials.values() if may_read(t, session.user, session.role)]
    return Trials(now=_now(context), trials=shown)


def _now(context: ApiContext) -> TrialNow:
    snapshot, book = context.fleet.snapshot(), context.fleet.trials()
    now = book.utc(snapshot.t)
    moving = sum(robot.v is not None and abs(robot.v) > STANDSTILL for robot in snapshot.robots)
    required = context.site.trial.required
    return TrialNow.of(
        book, snapshot.permit, now=now if now >= UNIX else time.time(), required=required, moving=moving
    )  # fmt: skip


@router.get("/sandbox/{trial_id}", responses=problems("sandbox.not_found"))
async def one_trial(trial_id: str, context: Context, session: Viewer) -> Trial:
    """Return one trial."""
    return Trial.of(_visible(context, trial_id, session))


@router.post("/sandbox/check", responses=problems(*_RECORD))
async def check_trial(body: TrialBody, context: Context, _session: Engineer) -> TrialReview:
    """Say what is wrong with a record and which stations robots would not reach. Nothing is kept."""
    record, book = parse(body.record), context.fleet.trials()
    found = await context.read(lambda: review(record, context.site, book.signed(record.trial_id)))
    return TrialReview.model_validate(
        {
            "findings": [{"code": f.code, "facts": f.facts} for f in found.findings],
            "missing": found.missing, "out_of_reach": found.out_of_reach, "stations": found.stations,
            "sha256": record.sha256(),
        }
    )  # fmt: skip


@router.post("/sandbox/simulate", responses=problems(*_SKETCH))
async def simulate_trial(body: TrialSketchBody, context: Context, _session: Decider) -> TrialSimulation:
    """Say what an envelope would refuse: stations, open orders, ways between places. Nothing is kept."""
    sketch, site = body.sketch(), context.site
    for fault in sketch_faults(sketch, site):
        raise fault.error()
    found = await context.read(lambda: simulate(sketch, site, build_roadmap(site)))
    orders = [order for order in context.fleet.snapshot().orders if order.state in OPEN_STATES]
    return TrialSimulation.of(found, orders, sketch)


@router.post("/sandbox", status_code=201, responses=problems(*_RECORD, "sandbox.wrong_state"))
async def save_trial(body: TrialBody, context: Context, session: Engineer) -> Trial:
    """Save a version of a record; the trial is a draft by that."""
    record = parse(body.record)
    check(record, context.site)
    request = SaveTrial(record=record, user=session.user, role=session.role, utc=time.time())
    return Trial.of(await context.answer(context.fleet.ask(request)))


@router.post("/sandbox/{trial_id}/move", responses=problems(*_STEP))
async def move_trial(trial_id: str, body: TrialMoveBody, context: Context, session: Decider) -> Trial:
    """Bring a trial into another state; where two persons have to, the first call is the wish of the first."""
    _visible(context, trial_id, session)
    request = MoveTrial(
        trial_id=trial_id, to=body.to, reason=body.reason, hard=body.hard, user=session.user, role=session.role,
        utc=time.time(),
    )  # fmt: skip
    return Trial.of(await context.answer(context.fleet.ask(request)))


@router.post("/sandbox/{trial_id}/notes", status_code=201, responses=problems("sandbox.not_found", "sandbox.invalid"))
async def note_trial(trial_id: str, body: TrialNoteBody, context: Context, session: Decider) -> Trial:
    """Note an incident, conditions, a proof, a test card, or that a supervisor is there."""
    _visible(context, trial_id, session)
    try:
        row = json.dumps(body.row, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise AmrError("sandbox.invalid", where="row", reason="not JSON") from error
    request = NoteTrial(
        trial_id=trial_id, kind=body.kind, row=row, user=session.user, role=session.role, utc=time.time()
    )  # fmt: skip
    return Trial.of(await context.answer(context.fleet.ask(request)))


def _visible(context: ApiContext, trial_id: str, session: auth.Session) -> Kept:
    trial = context.fleet.trials().get(trial_id)
    if not may_read(trial, session.user, session.role):
        raise AmrError("sandbox.not_found", trial=trial_id[:64])
    return trial
