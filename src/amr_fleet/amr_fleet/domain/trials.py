"""Controlled trials: versions, steps from state to state, notes, and what the watch or a missing person ends."""

from __future__ import annotations

from collections.abc import Mapping

import shapely

from amr_core.errors import AmrError
from amr_fleet.domain import zones
from amr_fleet.domain.permit import envelope_of
from amr_fleet.domain.robot_requests import pause
from amr_fleet.domain.world import World
from amr_fleet.fleet_time import UNIX
from amr_fleet.sandbox import rows
from amr_fleet.sandbox.book import Breach, Trial
from amr_fleet.sandbox.checks import check, missing
from amr_fleet.sandbox.floor import floor
from amr_fleet.sandbox.record import TrialRecord, local
from amr_fleet.sandbox.states import EDITABLE, MOVES, starts
from amr_fleet.trial_requests import MoveTrial, NoteKind, NoteTrial, ReportBreach, SaveTrial
from amr_fleet.vocabulary import JournalKind, PauseScope, Role, TrialState

LONGEST_REASON = 500
_AUTHORS: frozenset[Role] = frozenset({"engineer", "admin"})
_NOTERS: frozenset[Role] = frozenset({"operator", "engineer", "admin"})


def save(world: World, request: SaveTrial) -> Trial:
    """Save a version; an approved or suspended trial is a draft again by that."""
    _allowed(request.role, _AUTHORS)
    record, book = request.record, world.state.trials
    old = book.trials.get(record.trial_id)
    if old is not None and old.state not in EDITABLE:
        raise AmrError("sandbox.wrong_state", trial=record.trial_id, state=old.state, to="draft")
    check(record)
    _anchor(world, request.utc)
    sha256 = record.sha256()
    if old is None or old.versions[-1].sha256 != sha256:
        world.emit(
            "trial_version", trial=record.trial_id, version=1 if old is None else old.version + 1, sha256=sha256,
            record=record.canonical(), user=request.user,
        )  # fmt: skip
        _enforce(world)
    return book.get(record.trial_id)


def move(world: World, request: MoveTrial) -> Trial:
    """Bring a trial into another state, or note that the first of two persons wants it."""
    trial = world.state.trials.get(request.trial_id)
    _may_decide(trial, request)
    reason = " ".join(request.reason.split())
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise AmrError("sandbox.invalid", where="reason", reason=f"at most {LONGEST_REASON} printable characters")
    _anchor(world, request.utc)
    _ready(world, trial, request)
    if MOVES[request.to].two or (request.to == "running" and trial.breach is not None):
        asked = trial.asked
        if asked is None or asked.to != request.to:
            world.emit(
                "trial_asked", trial=trial.trial_id, to=request.to, reason=reason, role=request.role, user=request.user
            )
            return world.state.trials.get(trial.trial_id)
        if asked.user == request.user:
            raise AmrError("sandbox.second_person", trial=trial.trial_id, user=request.user)
        _needs_authority(trial, request, (asked.role, request.role))
        _emit(world, trial, request.to, asked.user, asked.role, reason or asked.reason, request.user)
    else:
        _needs_authority(trial, request, (request.role,))
        _emit(world, trial, request.to, request.user, request.role, reason)
    if request.hard and request.to in ("suspended", "revoked"):
        if request.to == "suspended":
            _stop_now(world, "trial", trial.trial_id)
        else:
            _stop_now(world, "one", request.user)  # no trial is left that could let them go: a person does
    return world.state.trials.get(trial.trial_id)


def note(world: World, request: NoteTrial) -> Trial:
    """Note an incident, conditions, a proof, a card, or that a supervisor is there."""
    trial = world.state.trials.get(request.trial_id)
    authority_only = request.role == "authority" and request.kind == "incident"  # it may report what it saw
    _allowed(request.role, _NOTERS | ({"authority"} if authority_only else set()))
    if request.role == "authority":
        _own(trial, request.user)
    _anchor(world, request.utc)
    if request.kind == "watched":
        world.emit("trial_watched", trial=trial.trial_id, user=request.user)
        return world.state.trials.get(trial.trial_id)
    row = rows.checked(request.kind, request.row, trial)
    world.emit(_NOTED[request.kind], trial=trial.trial_id, row=row, user=request.user)
    if request.kind == "condition" and trial.state == "running":
        out = rows.outside(row, trial.record)
        if out is not None:
            _breach(world, trial, Breach(rule="condition", value=out[0], limit=out[1]))
    return world.state.trials.get(trial.trial_id)


def report_breach(world: World, request: ReportBreach) -> None:
    """Suspend a running trial for what the watch saw; one that runs no longer is left as it is."""
    trial = world.state.trials.trials.get(request.trial_id)
    if trial is not None and trial.state == "running":
        _breach(world, trial, request.breach)


def supervise(world: World) -> None:
    """Suspend a running trial whose supervisor has not said for too long that somebody is there."""
    trial = world.state.trials.in_force()
    if trial is None or trial.state != "running":
        return
    limit = trial.record.envelope.supervision.heartbeat_s
    if limit and world.permit.bar == "" and world.now - trial.watched > limit:
        _breach(world, trial, Breach(rule="supervision", value=round(world.now - trial.watched, 1), limit=limit))


_NOTED: Mapping[NoteKind, JournalKind] = {
    "incident": "trial_incident", "condition": "trial_condition", "proof": "trial_proof", "card": "trial_card",
}  # fmt: skip


def _breach(world: World, trial: Trial, breach: Breach) -> None:
    """Journal the breach, its incident and the suspension, in this order, in this step."""
    where = {"x": breach.x, "y": breach.y, "value": breach.value, "limit": breach.limit}
    world.emit("trial_breach", robot=breach.robot, facts={"trial": trial.trial_id, "rule": breach.rule, **where})
    row = rows.of_breach(trial, breach, world.state.trials.utc(world.now))
    world.emit("trial_incident", trial=trial.trial_id, row=row, user="")
    _emit(world, trial, "suspended", "", "", f"breach: {breach.rule}")


def _emit(
    world: World, trial: Trial, to: TrialState, user: str, role: str, reason: str, second: str = ""
) -> None:  # fmt: skip
    more = {"second": second} if second else {}
    world.emit("trial_state", trial=trial.trial_id, state=to, reason=reason, role=role, user=user, facts=dict(more))
    _enforce(world)


def _enforce(world: World) -> None:
    world.permit_due = -1e9
    zones.enforce(world)


def _stop_now(world: World, scope: PauseScope, by: str) -> None:
    for robot in world.robots.values():
        if robot.report is not None:
            pause(world, robot, scope, by)


def _anchor(world: World, utc: float) -> None:
    """Journal once what time it is outside, when the fleet's clock is a simulated one."""
    book = world.state.trials
    if book.anchor is None and world.now < UNIX and utc > 0.0:
        world.emit("clock_anchor", utc=utc, fleet_t=world.now, ntp_offset=None)


# Who may --------------------------------------------------------------------------------------------------------


def _allowed(role: Role, roles: frozenset[Role] | set[Role]) -> None:
    if role not in roles:
        raise AmrError("auth.forbidden", role=role)


def _own(trial: Trial, user: str) -> None:
    """An account of the authority knows only the trials that name it."""
    if user not in trial.record.authority.accounts:
        raise AmrError("sandbox.not_found", trial=trial.trial_id)


def _may_decide(trial: Trial, request: MoveTrial) -> None:
    step = MOVES.get(request.to)
    if request.role == "authority":
        _own(trial, request.user)
    if step is None or trial.state not in step.before:
        raise AmrError("sandbox.wrong_state", trial=trial.trial_id, state=trial.state, to=request.to)
    roles = step.roles - {"authority"} if starts(trial.state, request.to) else step.roles
    _allowed(request.role, roles)


def _needs_authority(trial: Trial, request: MoveTrial, roles: tuple[str, ...]) -> None:
    """What the authority suspended is resumed with the authority, as one of the two or alone."""
    if request.to == "running" and trial.suspended_by == "authority" and "authority" not in roles:
        raise AmrError("sandbox.authority", trial=trial.trial_id)


def _ready(world: World, trial: Trial, request: MoveTrial) -> None:
    """Raise what keeps a trial from its next state."""
    record, book = trial.record, world.state.trials
    if request.to in ("submitted", "approved"):
        lacking = missing(record)
        if lacking:
            raise AmrError("sandbox.incomplete", trial=trial.trial_id, missing=", ".join(lacking))
        check(record, others=book.signed(but=trial.trial_id))
    if request.to == "running":
        _ready_to_run(world, trial)


def _ready_to_run(world: World, trial: Trial) -> None:
    record, book = trial.record, world.state.trials
    other = book.in_force()
    if other is not None and other.trial_id != trial.trial_id:
        raise AmrError("sandbox.running", other=other.trial_id)
    if not record.begin <= book.utc(world.now) < record.end:
        raise AmrError(
            "sandbox.out_of_time", trial=trial.trial_id, begin=local(record.begin).isoformat(),
            end=local(record.end).isoformat(),
        )  # fmt: skip
    today = local(book.utc(world.now)).date().isoformat()
    due = [d.id for d in record.control.duties if d.id not in trial.proofs and (not d.due or d.due < today)]
    if due:
        raise AmrError("sandbox.duties", trial=trial.trial_id, duties=", ".join(due))
    _robots_in_place(world, record)


def _robots_in_place(world: World, record: TrialRecord) -> None:
    """Robots of the trial stand inside, room to turn included, and nothing drives that was sent off without it."""
    barrier, _ = envelope_of(world, record)
    area, forbidden = floor(record.envelope)
    for robot in world.robots.values():
        report = robot.report
        if report is None or not world.online(robot):
            continue
        if robot.moving:
            raise AmrError("sandbox.moving", robot=robot.name)
        here = shapely.Point(report.x, report.y)
        mover = world.mover(robot.name)
        barred = mover is not None and barrier.mask >> mover.nodes[mover.at] & 1
        inside = area.covers(here) and not forbidden.covers(here) and not barred
        if robot.name in record.envelope.serials and not inside:
            raise AmrError("sandbox.outside", robot=robot.name, trial=record.trial_id)
