"""Escalation of alarms over the API: what is on, who is told, what became of the last messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from amr_fleet.api.models.base import Answer, RequestBody


class EscalationChannel(Answer):
    """A channel. host: where it is; people: who has an address for it; stopped: why nothing is sent, "" = it is."""

    name: str
    kind: Literal["email", "http", "webhook"]
    host: str
    people: list[str]
    waiting: int
    dead: int
    sent: int
    stopped: str


class EscalationStep(Answer):
    """After so many minutes without anybody taking an alarm, these channels."""

    after: float
    channels: list[str]


class EscalationDuty(Answer):
    """Who is on call when, by the site's clock."""

    begin: str
    end: str
    days: list[str]
    people: list[str]


class EscalationDelivery(Answer):
    """A message. at: Unix seconds; person "": a program; state: moot = not sent, the alarm was taken or over."""

    at: float
    channel: str
    person: str
    kind: Literal["escalation.alarm", "escalation.test"]
    text: str
    state: Literal["waiting", "sent", "dead", "moot"]
    attempts: int
    reason: str


class EscalationShown(Answer):
    """Answer of GET /escalation. on: whether it is set up; alarms: codes that are told, none = all; deliveries: newest
    first, 50 at most. No addresses are shown."""

    on: bool
    channels: list[EscalationChannel]
    steps: list[EscalationStep]
    on_call: list[EscalationDuty]
    now: list[str]
    alarms: list[str]
    deliveries: list[EscalationDelivery]


class EscalationTest(RequestBody):
    """Body of POST /escalation/test. person: whose address is tried; of a webhook nobody's."""

    channel: Annotated[str, Field(min_length=1, max_length=32)]
    person: Annotated[str, Field(max_length=64)] = ""
