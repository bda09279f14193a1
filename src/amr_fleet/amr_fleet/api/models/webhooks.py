"""Webhooks over the API: how each target does, what was given up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from amr_fleet.api.models.base import Answer, RequestBody


class WebhookStanding(Answer):
    """A target of webhooks. host: where it is; stopped: why nothing is sent to it, "" = it is; oldest: Unix seconds."""

    name: str
    host: str
    waiting: int
    dead: int
    sent: int
    stopped: str
    oldest: float


class DeadLetter(Answer):
    """An event that was given up. row: its number for resending; at: Unix seconds; reason: the last refusal."""

    row: int
    target: str
    event_id: str
    type: str
    line: str
    number: int
    attempts: int
    reason: str
    at: float


class WebhooksShown(Answer):
    """Answer of GET /webhooks; both lists are empty when webhooks are off. dead: newest first, 200 at most."""

    targets: list[WebhookStanding]
    dead: list[DeadLetter]


class ResendBody(RequestBody):
    """Body of POST /webhooks/{target}/resend. row: one dead letter; none = all of the target."""

    row: Annotated[int, Field(ge=1, le=2**53)] | None = None


class DropBody(RequestBody):
    """Body of POST /webhooks/{target}/drop. row: the dead letter."""

    row: Annotated[int, Field(ge=1, le=2**53)]


class LetterDropped(Answer):
    """Answer of POST /webhooks/{target}/drop. row: the letter that is no more."""

    row: int


class Resent(Answer):
    """Answer of POST /webhooks/{target}/resend: how many dead letters are sent again."""

    count: int
