"""Escalation at work: one thread looks at the alarms, one for each channel sends what is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Literal, Protocol

from amr_core.errors import AmrError
from amr_fleet.escalation.channels import send
from amr_fleet.escalation.engine import Escalation, Notice
from amr_fleet.escalation.messages import PREFIX, AlarmMessage, escalated, message_of, tried
from amr_fleet.escalation.push_desk import NO_DEVICE, PushDesk, PushStanding, PushSubscription, ShownDevice
from amr_fleet.escalation.settings import (
    AnyChannel,
    EmailChannel,
    EscalationSettings,
    OnCallShift,
    PushChannel,
    StepAfter,
)
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.fleet_time import LOCAL
from amr_fleet.ports import AnswerT, FleetSnapshot, Request
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore, TargetStanding
from amr_fleet.webhooks.delivery import DeliveryOutcome
from amr_fleet.webhooks.sending import Sender
from amr_fleet.webhooks.threads import Threads

DELAYS: Final = (5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 300.0, 600.0, 900.0, 1200.0)
"""s before the second, third ... try of a message: an hour in all; an alarm that old has other steps."""
SHOWN: Final = 50
_REMEMBERED: Final = 2000
_LOOK_EVERY: Final = 1.0  # s; chosen: steps are minutes apart
_SEND_EVERY: Final = 0.5  # s between two looks at a channel's outbox; chosen: soon for a person, rare for a database
_FORGET_EVERY: Final = 3600.0  # s: what is forgotten is days old
MOOT: Final = "taken or over"
NO_ADDRESS: Final = "there is no such address any more"
UNREADABLE: Final = "it cannot be read any more"


class AlarmSource(Protocol):
    """What this needs of the fleet."""

    def snapshot(self) -> FleetSnapshot:
        """Return the fleet as it is."""

    def ask(self, request: Request[AnswerT]) -> Future[AnswerT]:
        """Hand a request to the engine."""


@dataclass(frozen=True)
class Delivery:
    """A message as the page shows it: no address, only whom. at: Unix seconds; state: waiting, sent, dead or moot."""

    at: float
    channel: str
    person: str
    kind: str
    text: str
    state: str
    attempts: int
    reason: str


@dataclass(frozen=True)
class ChannelPlan:
    """A channel as the page shows it. host: of the server that is told; people: who has an address for it.

    silent: those of them whom push reaches in no browser; error: of the last try, "" = it went well, or none yet.
    """

    name: str
    kind: Literal["email", "http", "push", "webhook"]
    host: str
    people: list[str]
    silent: list[str]
    error: str


@dataclass(frozen=True)
class EscalationPlan:
    """What is set up, without secrets and addresses. alarms: codes, none = all."""

    channels: list[ChannelPlan]
    steps: list[StepAfter]
    on_call: list[OnCallShift]
    alarms: list[str]


class EscalationDesk(Threads):
    """Looks, sends, tells how it goes. site: its name in messages; log: what an engineer should know."""

    def __init__(
        self,
        settings: EscalationSettings,
        fleet: AlarmSource,
        store: OutgoingStore,
        *,
        site: str,
        log: Callable[[str], object],
        clock: Callable[[], float] = time.time,
        deliver: Callable[..., DeliveryOutcome] = send,
        push: PushDesk | None = None,
    ) -> None:
        """clock: Unix seconds; push: for a channel of that kind. What was told before a restart is not told again."""
        self.settings = settings
        self._fleet, self._store, self._site, self._clock, self._deliver = fleet, store, site, clock, deliver
        self._push, self._errors = push, dict[str, str]()
        super().__init__("escalation", lambda about, text: self._sender.say(about, text))
        self._targets = [PREFIX + channel.name for channel in settings.channels]
        for target in self._targets:
            store.begin(target, 0)
            store.stop(target, "")  # a 410 of before this was mended had ended it
        self._sender = Sender(
            "escalation", store, self._targets, DELAYS, log=log, clock=clock, stopping=self._stop.is_set
        )
        told: set[str] = set()
        for event, _ in store.recent(self._targets, _REMEMBERED):
            with suppress(AmrError):  # what cannot be read any more is told once more rather than never
                told.update(message_of(event).keys)
        self._engine = Escalation(settings, told)
        self._forget_at = 0.0

    def start(self) -> None:
        """Start the threads."""
        self._thread("look", self.look, _LOOK_EVERY)
        for channel in self.settings.channels:
            self._thread(channel.name, partial(self.send_due, channel.name), _SEND_EVERY)

    def close(self) -> None:
        """End the threads; what waits is sent after the next start, unless it is moot by then."""
        self.end()
        self._store.close()
        if self._push is not None:
            self._push.close()

    def look(self) -> int:
        """Put what is due into the outbox; return how many messages that are.

        Raises store.failed: what could not be written down is due again at the next look.
        """
        now, snapshot = self._clock(), self._fleet.snapshot()
        notices = self._engine.step(now, datetime.fromtimestamp(now, LOCAL), snapshot.t, snapshot.alarms)
        failure: AmrError | None = None
        for notice in notices:
            message = escalated(notice, self._site, self.settings.language, now, snapshot.t)
            try:
                self._keep(notice.channel, message, now)
            except AmrError as error:
                failure = error
                continue
            self._engine.said(notice, now)
            self._write_down(notice)
        if failure is not None:
            raise failure
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY
            self._store.forget_whole(PREFIX, now)
        return len(notices)

    def _write_down(self, notice: Notice) -> None:
        """Put into the journal who is told. Nobody waits for it: the message goes out, whatever becomes of that."""
        ids = tuple(alarm.alarm_id for alarm in notice.alarms)
        asked = NoteEscalation(alarms=ids, step=notice.step, channel=notice.channel, person=notice.person)
        self._fleet.ask(asked).add_done_callback(self._written)

    def _written(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        # Taken or over by now: then the message is not sent either.
        if error is not None and not (isinstance(error, AmrError) and error.code == "alarm.not_found"):
            self._sender.say("journal", f"a message is not in the journal: {error}")

    def send_due(self, channel: str) -> int:
        """Send what is due on a channel; return how many messages were taken."""
        return self._sender.send_due(PREFIX + channel, partial(self._noted, channel))

    def _noted(self, name: str, event: OutgoingEvent) -> DeliveryOutcome:
        outcome = self._try(name, event)
        if outcome.verdict != "moot":
            self._errors[name] = "" if outcome.reason == NO_DEVICE else outcome.reason  # `silent` says that, with names
        return outcome

    def _try(self, name: str, event: OutgoingEvent) -> DeliveryOutcome:
        try:
            message = message_of(event)
        except AmrError:
            return DeliveryOutcome("moot", UNREADABLE)
        if message.kind == "escalation.alarm":
            wanted = self._still_wanted(name, message)
            if wanted is None:
                return DeliveryOutcome("moot", MOOT)
            message = wanted
        channel = self.settings.channel(name)
        to = str(message.facts.get("account", "")) or self.settings.address(message.person, name)
        if channel is None or (channel.kind != "webhook" and not to):
            return DeliveryOutcome("moot", NO_ADDRESS)
        if isinstance(channel, PushChannel):
            device = str(message.facts.get("device", ""))
            return self._browsers().send(message, event.event_id, to, device, self.settings.language)
        return self._deliver(channel, event, message, to, self._clock(), loopback=self.settings.loopback)

    def _still_wanted(self, channel: str, message: AlarmMessage) -> AlarmMessage | None:
        """Return a message about those of its alarms that still wait for somebody; None when none does."""
        snapshot = self._fleet.snapshot()
        left = {alarm.alarm_id: alarm for alarm in snapshot.alarms if not alarm.acked_by}
        still = tuple(left[alarm_id] for alarm_id in message.alarms if alarm_id in left)
        if len(still) in (0, len(message.alarms)):
            return message if still else None
        notice = Notice(channel, message.person, still, message.keys, int(message.facts.get("step", 1)))
        return escalated(notice, self._site, self.settings.language, self._clock(), snapshot.t)

    def _keep(self, channel: str, message: AlarmMessage, now: float) -> None:
        self._store.add(PREFIX + channel, [message.event(channel, now)], 0)

    # What people see and decide ---------------------------------------------------------------------------------------

    def test(self, channel: str, person: str, user: str) -> None:
        """Send a message that says that it is a test. Raises escalation.not_found."""
        found = self.settings.channel(channel)
        if found is None or (found.kind != "webhook" and not self.settings.address(person, channel)):
            raise AmrError("escalation.not_found", channel=channel[:64], person=person[:64])
        now = self._clock()
        whom = "" if found.kind == "webhook" else person
        self._keep(channel, tried(whom, user, self._site, self.settings.language, now), now)

    def plan(self) -> EscalationPlan:
        """Return what is set up."""
        settings = self.settings
        channels = [
            ChannelPlan(
                channel.name, channel.kind, _host(channel),
                [person.name for person in settings.people if channel.name in person.addresses],
                self._silent(channel), self._errors.get(channel.name, ""),
            )
            for channel in settings.channels
        ]  # fmt: skip
        return EscalationPlan(channels, settings.steps, settings.on_call, list(settings.alarms))

    def _silent(self, channel: AnyChannel) -> list[str]:
        if not isinstance(channel, PushChannel):
            return []
        named = {one.name: one.addresses[channel.name] for one in self.settings.people if channel.name in one.addresses}
        return self._browsers().silent(named)

    def on_duty(self) -> list[str]:
        """Return who is told now."""
        return [person.name for person in self.settings.on_duty(datetime.fromtimestamp(self._clock(), LOCAL))]

    def standings(self) -> list[TargetStanding]:
        """Return how each channel does, in the order of the settings."""
        return [self._store.standing(target) for target in self._targets]

    def deliveries(self) -> list[Delivery]:
        """Return the last messages, newest first."""
        made = []
        for event, state in self._store.recent(self._targets, SHOWN):
            try:
                message = message_of(event)
            except AmrError:
                continue
            # Before there was that state, what needed no sending was a dead letter.
            shown = "moot" if state == "dead" and event.reason in (MOOT, NO_ADDRESS) else state
            made.append(
                Delivery(
                    event.at, event.target.removeprefix(PREFIX), message.person, message.kind, message.subject, shown,
                    event.attempts, event.reason,
                )
            )  # fmt: skip
        return made

    # Browsers ---------------------------------------------------------------------------------------------------------

    def push_standing(self, user: str) -> PushStanding | None:
        """Return what somebody sees of browsers, None where no channel goes to them."""
        channel = self.settings.push()
        if channel is None:
            return None
        listed = any(one.addresses.get(channel.name) == user for one in self.settings.people)
        return self._browsers().standing(user, listed=listed)

    def push_on(self, user: str, session: str, label: str, endpoint: str, p256dh: str, auth: str) -> ShownDevice:
        """Tell a browser from now on. Raises request.invalid, push.too_many, escalation.not_found, auth.required."""
        return self._browsers().put(user, PushSubscription(session, label, endpoint, p256dh, auth))

    def push_off(self, user: str, device: str) -> None:
        """Tell a browser nothing more. Raises escalation.not_found."""
        self._browsers().drop(user, device)

    def push_test(self, user: str, device: str) -> None:
        """Send a message that says that it is a test to one browser. Raises escalation.not_found."""
        channel = self.settings.push()
        if channel is None or not self._browsers().has(user, device):
            raise AmrError("escalation.not_found", channel=channel.name if channel else "push", person=device[:64])
        now = self._clock()
        self._keep(channel.name, tried(user, user, self._site, self.settings.language, now, device), now)

    def _browsers(self) -> PushDesk:
        if self._push is None:
            raise AmrError("escalation.not_found", channel="push", person="")
        return self._push


def _host(channel: AnyChannel) -> str:
    match channel:
        case EmailChannel():
            return channel.host
        case PushChannel():
            return ""
        case _:
            return channel.parts.hostname or ""
