"""Alarms that nobody takes: what is set up, who is told now, what became of messages, and a test."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathPart

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Engineer, Operator
from amr_fleet.api.models.escalation import (
    AlarmBrowser,
    EscalationChannel,
    EscalationDelivery,
    EscalationDuty,
    EscalationShown,
    EscalationStep,
    EscalationTest,
    PushOn,
    PushShown,
)
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.escalation.desk import ChannelPlan
from amr_fleet.ops import AlarmDesk
from amr_fleet.store.outgoing import TargetStanding

router = APIRouter(prefix="/api/v1")
Device = Annotated[str, PathPart(pattern=r"^[0-9a-f]{32}$")]


@router.get("/escalation", responses=problems("store.failed"))
def escalation(context: Context, _session: Operator) -> EscalationShown:
    """Return what is set up for alarms that nobody takes, who is told now, and the last messages."""
    desk = _desk(context)
    if desk is None:
        return EscalationShown(on=False, channels=[], steps=[], on_call=[], now=[], alarms=[], deliveries=[])
    plan = desk.plan()
    return EscalationShown(
        on=True, channels=_channels(plan.channels, desk.standings()), now=desk.on_duty(), alarms=plan.alarms,
        steps=[EscalationStep(after=step.after, channels=step.channels, people=step.people) for step in plan.steps],
        on_call=[
            EscalationDuty(begin=duty.begin, end=duty.end, days=list(duty.days), people=duty.people)
            for duty in plan.on_call
        ],
        deliveries=[EscalationDelivery.model_validate(one) for one in desk.deliveries()],
    )  # fmt: skip


def _channels(planned: list[ChannelPlan], standings: list[TargetStanding]) -> list[EscalationChannel]:
    return [
        EscalationChannel(
            name=channel.name, kind=channel.kind, waiting=standing.waiting, dead=standing.dead, sent=standing.sent,
            host=channel.host, people=channel.people, stopped=standing.stopped, silent=channel.silent,
            error=channel.error,
        )
        for channel, standing in zip(planned, standings, strict=True)
    ]  # fmt: skip


@router.post("/escalation/test", responses=problems("escalation.not_found", "store.failed", "request.too_many"))
def try_escalation(body: EscalationTest, context: Context, session: Engineer) -> Done:
    """Send a message that says that it is a test; whether it arrived is in the list of messages."""
    desk = _desk(context)
    if desk is None:
        raise AmrError("escalation.not_found", channel=body.channel, person=body.person)
    context.escalation_tests.take(session.user)
    desk.test(body.channel, body.person, session.user)
    return Done()


@router.get("/escalation/push", responses=problems("store.failed"))
def push(context: Context, session: Operator) -> PushShown:
    """Return in which browsers who asks is told of alarms."""
    desk = _desk(context)
    standing = desk.push_standing(session.user) if desk is not None else None
    if standing is None:
        return PushShown(on=False, key="", listed=False, devices=[])
    devices = [AlarmBrowser.model_validate(one) for one in standing.devices]
    return PushShown(on=True, key=standing.key, listed=standing.listed, devices=devices)


@router.post(
    "/escalation/push",
    responses=problems("escalation.not_found", "push.with_pin", "push.too_many", "store.failed", "request.too_many"),
)
def push_on(body: PushOn, context: Context, session: Operator) -> AlarmBrowser:
    """Tell a browser of alarms from now on, or renew it; it is the one's who asks, whoever's it was."""
    context.push_changes.take(session.user)
    if session.kind == "pin":  # a tablet that everybody uses: one person's alarms would come over the work of the next
        raise AmrError("push.with_pin")
    given = (body.label, body.endpoint, body.p256dh, body.auth)
    return AlarmBrowser.model_validate(_browsers(context).push_on(session.user, session.id, *given))


@router.delete(
    "/escalation/push/{device}", responses=problems("escalation.not_found", "store.failed", "request.too_many")
)
def push_off(device: Device, context: Context, session: Operator) -> Done:
    """Tell a browser of who asks nothing more."""
    context.push_changes.take(session.user)
    _browsers(context).push_off(session.user, device)
    return Done()


@router.post(
    "/escalation/push/{device}/test", responses=problems("escalation.not_found", "store.failed", "request.too_many")
)
def try_push(device: Device, context: Context, session: Operator) -> Done:
    """Send a message that says that it is a test to a browser of who asks."""
    context.escalation_tests.take(session.user)
    _browsers(context).push_test(session.user, device)
    return Done()


def _browsers(context: Context) -> AlarmDesk:
    desk = _desk(context)
    if desk is None:
        raise AmrError("escalation.not_found", channel="push", person="")
    return desk


def _desk(context: Context) -> AlarmDesk | None:
    return context.ops.escalation if context.ops is not None else None
