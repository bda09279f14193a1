"""Escalation of alarms over the API: what is on, who is told, what became of the last messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from amr_fleet.api.models.base import Answer, Name, RequestBody


class EscalationChannel(Answer):
    """A channel. host: where it is; people: who has an address for it; stopped: why nothing is sent, "" = it is.

    silent: those of people whom push reaches in no browser; error: of the last try, "" = it went well, or none yet.
    """

    name: str
    kind: Literal["email", "http", "push", "webhook"]
    host: str
    people: list[str]
    waiting: int
    dead: int
    sent: int
    stopped: str
    silent: list[str]
    error: str


class EscalationStep(Answer):
    """After so many minutes without anybody taking an alarm, these channels to these people, none = who is on call."""

    after: float
    channels: list[str]
    people: list[str]


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


class AlarmBrowser(Answer):
    """A browser that shows alarms. id: the first 32 hex digits of the SHA-256 of its endpoint, which nobody is shown.

    since: switched on; sent: a service last took a message for it, 0 = none yet (Unix seconds); error: of the last try;
    ended: the server has another key since, so it is told nothing until it is switched on again.
    """

    id: str
    label: str
    since: float
    sent: float
    error: str
    ended: bool


class PushShown(Answer):
    """Answer of GET /escalation/push: of who asks. on: a channel goes to browsers; key: the server's public one.

    listed: alarms are sent to this person at all.
    """

    on: bool
    key: str
    listed: bool
    devices: list[AlarmBrowser]


class PushOn(RequestBody):
    """Body of POST /escalation/push: what the browser's PushManager gave. label: what its owner calls it."""

    label: Name
    endpoint: Annotated[str, Field(min_length=1, max_length=1000)]
    p256dh: Annotated[str, Field(min_length=1, max_length=100)]
    auth: Annotated[str, Field(min_length=1, max_length=40)]
