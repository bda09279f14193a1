"""Webhooks: how each target does, dead letters, sending them again."""

from __future__ import annotations

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Engineer
from amr_fleet.api.models.webhooks import (
    DeadLetter,
    DropBody,
    LetterDropped,
    ResendBody,
    Resent,
    WebhooksShown,
    WebhookStanding,
)
from amr_fleet.api.problems import problems
from amr_fleet.ops import WebhookDesk

router = APIRouter(prefix="/api/v1")


@router.get("/webhooks", responses=problems("store.failed"))
def webhooks(context: Context, _session: Engineer) -> WebhooksShown:
    """Return how each target of webhooks does, and the dead letters."""
    hooks = _hooks(context)
    if hooks is None:
        return WebhooksShown(targets=[], dead=[])
    hosts = hooks.hosts()
    standings = [
        WebhookStanding(
            name=s.name, host=hosts[s.name], waiting=s.waiting, dead=s.dead, sent=s.sent, stopped=s.stopped,
            oldest=s.oldest,
        )
        for s in hooks.standings()
    ]  # fmt: skip
    return WebhooksShown(targets=standings, dead=[DeadLetter.model_validate(one) for one in hooks.dead()])


@router.post("/webhooks/{target}/resend", responses=problems("webhook.not_found", "store.failed"))
def resend(target: str, context: Context, _session: Engineer, body: ResendBody | None = None) -> Resent:
    """Send dead letters of a target again, and resume it when it was stopped."""
    hooks = _hooks(context)
    if hooks is None:
        raise AmrError("webhook.not_found", target=target[:64])
    return Resent(count=hooks.resend(target, body.row if body is not None else None))


@router.post("/webhooks/{target}/drop", responses=problems("webhook.not_found", "store.failed"))
def drop(target: str, context: Context, _session: Engineer, body: DropBody) -> LetterDropped:
    """Give a dead letter up for good: its receiver is never told of it."""
    hooks = _hooks(context)
    if hooks is None:
        raise AmrError("webhook.not_found", target=target[:64])
    hooks.drop(target, body.row)
    return LetterDropped(row=body.row)


def _hooks(context: Context) -> WebhookDesk | None:
    return context.ops.webhooks if context.ops is not None else None
