"""Webhooks at work: one thread reads the journal into the outbox, one for each target sends from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore, TargetStanding
from amr_fleet.webhooks.delivery import DeliveryOutcome, deliver
from amr_fleet.webhooks.happenings import KINDS, Narrator
from amr_fleet.webhooks.sending import AT_ONCE, Sender
from amr_fleet.webhooks.settings import WebhookSettings, WebhookTarget
from amr_fleet.webhooks.threads import Threads

DELAYS: Final = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 43200.0, 86400.0, 86400.0)
"""s before the second, third ... try of an event: 3.15 days in all."""
DEAD_SHOWN: Final = 200
_READ_EVERY: Final = 0.5  # s between two looks into the journal; chosen: soon for a program, rare for a database
_SEND_EVERY: Final = 0.5  # s between two looks at a target's outbox; as above
_FORGET_EVERY: Final = 3600.0  # s: what is forgotten is days old


class EventSource(Protocol):
    """What webhooks need of the journal."""

    def last_seq(self) -> int:
        """Return the number of the last entry, 0 = there is none."""

    def after(self, seq: int, kinds: Sequence[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        """Return entries of some kinds behind entry seq, and up to which entry that is all there is."""

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        """Return the entries of one order."""


class Webhooks(Threads):
    """Reads, sends, tells how it goes. log: what an engineer should know; never anything secret."""

    def __init__(
        self,
        settings: WebhookSettings,
        journal: EventSource,
        store: OutgoingStore,
        *,
        site: str,
        log: Callable[[str], object],
        clock: Callable[[], float] = time.time,
        send: Callable[..., DeliveryOutcome] = deliver,
    ) -> None:
        """clock: Unix seconds. A new target begins with what happens from now on."""
        self._settings, self._journal, self._store, self._log = settings, journal, store, log
        self._clock, self._send = clock, send
        self._narrator = Narrator(site, journal.read)
        super().__init__("webhook", self._wrong)
        self._forget_at = 0.0
        self._names = [target.name for target in settings.targets]
        for name in self._names:
            store.begin(name, journal.last_seq())
        self._sender = Sender("webhooks", store, self._names, DELAYS, log=log, clock=clock, stopping=self._stop.is_set)

    @property
    def targets(self) -> Sequence[WebhookTarget]:
        """Those of the settings."""
        return self._settings.targets

    def _wrong(self, about: str, text: str) -> None:
        self._sender.say(about, text)

    def start(self) -> None:
        """Start the threads."""
        self._thread("read", self._read_all, _READ_EVERY)
        for target in self.targets:
            self._thread(target.name, partial(self.send_due, target), _SEND_EVERY)

    def close(self) -> None:
        """End the threads; what waits is sent after the next start."""
        self.end()
        self._store.close()

    # Reading --------------------------------------------------------------------------------------------------------

    def _read_all(self) -> None:
        for target in self.targets:
            while self.read(target) and not self._stop.is_set():
                pass
        if self._clock() >= self._forget_at:
            self._forget_at = self._clock() + _FORGET_EVERY
            self._store.forget(self._clock())

    def read(self, target: WebhookTarget) -> bool:
        """Take the next entries of the journal into the outbox; True when there may be more."""
        now = self._clock()
        seq = self._store.begin(target.name, self._journal.last_seq())
        entries, until = self._journal.after(seq, KINDS, AT_ONCE)
        if until == seq:
            return False
        if until < seq:
            self._sender.say(target.name, f"the journal is shorter than before ({until} of {seq} entries)")
        made = (self._narrator.event(target.name, number, entry, now) for number, entry in entries)
        self._store.add(target.name, [event for event in made if event is not None and target.wants(event.type)], until)
        return len(entries) == AT_ONCE

    # Sending --------------------------------------------------------------------------------------------------------

    def send_due(self, target: WebhookTarget) -> int:
        """Send what is due; return how many events were taken. It ends at the first sign that the target is away."""
        send = partial(self._try, target)
        return self._sender.send_due(target.name, send)

    def _try(self, target: WebhookTarget, event: OutgoingEvent) -> DeliveryOutcome:
        return self._send(target, event, self._clock(), loopback=self._settings.loopback)

    # What people see and decide ---------------------------------------------------------------------------------------

    def hosts(self) -> dict[str, str]:
        """Return the host of each target, in the order of the settings."""
        return {target.name: target.parts.hostname or "" for target in self.targets}

    def standings(self) -> list[TargetStanding]:
        """Return how each target does."""
        return [self._store.standing(target.name) for target in self.targets]

    def dead(self, limit: int = DEAD_SHOWN) -> list[OutgoingEvent]:
        """Return dead letters of the targets, newest first; others keep theirs in the same table."""
        return self._store.dead(limit, self._names)

    def resend(self, target: str, row: int | None = None) -> int:
        """Send a dead letter (None: all of a target) again and resume the target. Raises webhook.not_found."""
        if target not in self._names:
            raise AmrError("webhook.not_found", target=target[:64])
        count = self._store.resend(target, row)
        if row is not None and not count:
            raise AmrError("webhook.not_found", target=f"{target} {row}")
        self._sender.resume(target)
        return count

    def drop(self, target: str, row: int) -> None:
        """Give a dead letter up for good. Raises webhook.not_found."""
        if target not in self._names:
            raise AmrError("webhook.not_found", target=target[:64])
        if not self._store.drop(target, row, self._clock()):
            raise AmrError("webhook.not_found", target=f"{target} {row}")
