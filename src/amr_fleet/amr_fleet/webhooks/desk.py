"""Webhooks at work: one thread reads the journal into the outbox, one for each target sends from it."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore, TargetStanding
from amr_fleet.webhooks.delivery import DeliveryOutcome, deliver
from amr_fleet.webhooks.happenings import KINDS, Narrator
from amr_fleet.webhooks.settings import WebhookSettings, WebhookTarget

DELAYS: Final = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 43200.0, 86400.0, 86400.0)
"""s before the second, third ... try of an event: 3.15 days in all."""
_PAUSES: Final = DELAYS[:4]  # s that a target is left alone that does not answer
_JITTER: Final = (0.8, 1.2)
_READ_EVERY: Final = 0.5
_SEND_EVERY: Final = 0.5
_AT_ONCE: Final = 200
_FORGET_EVERY: Final = 3600.0


class EventSource(Protocol):
    """What webhooks need of the journal."""

    def last_seq(self) -> int:
        """Return the number of the last entry, 0 = there is none."""

    def after(self, seq: int, kinds: Sequence[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        """Return entries of some kinds behind entry seq, and up to which entry that is all there is."""

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        """Return the entries of one order."""


class Webhooks:
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
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures = {target.name: 0 for target in settings.targets}
        self._resume = dict.fromkeys(self._failures, 0.0)
        self._said: dict[str, str] = {}
        self._forget_at = 0.0
        for name in self._failures:
            store.begin(name, journal.last_seq())
            store.hurry(name)  # whether it was away is not remembered: it may answer by now

    @property
    def targets(self) -> Sequence[WebhookTarget]:
        """Those of the settings."""
        return self._settings.targets

    def start(self) -> None:
        """Start the threads."""
        self._thread("read", self._read_all, _READ_EVERY)
        for target in self.targets:
            self._thread(target.name, partial(self.send_due, target), _SEND_EVERY)

    def close(self) -> None:
        """End the threads; what waits is sent after the next start."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2.0)
        self._store.close()

    def _thread(self, name: str, work: Callable[[], object], every: float) -> None:
        thread = threading.Thread(target=self._again, args=(work, every), name=f"webhook_{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _again(self, work: Callable[[], object], every: float) -> None:
        while not self._stop.is_set():
            try:
                work()
            except AmrError as error:  # the database: it may come back
                self._say(threading.current_thread().name, str(error))
            except Exception as error:  # nothing may end a thread without a word
                last = traceback.extract_tb(error.__traceback__)[-1]  # not its text, in which an address might be
                self._say(threading.current_thread().name, f"{type(error).__name__} in {last.name}, line {last.lineno}")
            self._stop.wait(every)

    def _say(self, about: str, text: str) -> None:
        if self._said.get(about) != text:  # once, not with every try
            self._said[about] = text
            self._log(f"webhooks: {about}: {text}")

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
        entries, until = self._journal.after(seq, KINDS, _AT_ONCE)
        if until == seq:
            return False
        if until < seq:
            self._say(target.name, f"the journal is shorter than before ({until} of {seq} entries)")
        made = (self._narrator.event(target.name, number, entry, now) for number, entry in entries)
        self._store.add(target.name, [event for event in made if event is not None and target.wants(event.type)], until)
        return len(entries) == _AT_ONCE

    # Sending --------------------------------------------------------------------------------------------------------

    def send_due(self, target: WebhookTarget) -> int:
        """Send what is due; return how many events were taken. It ends at the first sign that the target is away."""
        now = self._clock()
        if now < self._resume[target.name] or self._store.stopped(target.name):
            return 0
        taken = 0
        for event in self._store.due(target.name, now, _AT_ONCE):
            if self._stop.is_set():
                break
            outcome = self._send(target, event, self._clock(), loopback=self._settings.loopback)
            if outcome.verdict == "taken":
                self._taken(target, event)
                taken += 1
            elif outcome.verdict == "gone":
                self._store.stop(target.name, outcome.reason)
                self._say(target.name, f"stopped, it wants nothing more ({outcome.reason})")
                break
            else:
                self._failed(event, outcome)
                if outcome.verdict == "away":
                    self._leave_alone(target, outcome)
                    break
        return taken

    def _taken(self, target: WebhookTarget, event: OutgoingEvent) -> None:
        self._store.sent(event.row, self._clock())
        if self._failures[target.name]:
            self._failures[target.name] = 0
            self._store.hurry(target.name)
            self._say(target.name, "answers again")

    def _failed(self, event: OutgoingEvent, outcome: DeliveryOutcome) -> None:
        attempts, now = event.attempts + 1, self._clock()
        if attempts > len(DELAYS):
            self._store.give_up(event.row, attempts, outcome.reason, now)
            self._log(f"webhooks: {event.target}: {event.event_id} given up after {attempts} tries ({outcome.reason})")
            return
        wait = max(DELAYS[attempts - 1] * random.uniform(*_JITTER), outcome.wait)
        self._store.failed(event.row, attempts, now + wait, outcome.reason)

    def _leave_alone(self, target: WebhookTarget, outcome: DeliveryOutcome) -> None:
        failures = self._failures[target.name] = self._failures[target.name] + 1
        pause = _PAUSES[min(failures, len(_PAUSES)) - 1] * random.uniform(*_JITTER)
        self._resume[target.name] = self._clock() + max(pause, outcome.wait)
        self._say(target.name, f"does not take events ({outcome.reason})")

    # What people see and decide ---------------------------------------------------------------------------------------

    def standings(self) -> list[TargetStanding]:
        """Return how each target does."""
        return [self._store.standing(target.name) for target in self.targets]

    def dead(self, limit: int = 200) -> list[OutgoingEvent]:
        """Return dead letters, newest first."""
        return self._store.dead(limit)

    def resend(self, target: str, row: int | None = None) -> int:
        """Send a dead letter (None: all of a target) again and resume the target. Raises webhook.not_found."""
        if target not in self._failures:
            raise AmrError("webhook.not_found", target=target[:64])
        count = self._store.resend(target, row)
        if row is not None and not count:
            raise AmrError("webhook.not_found", target=f"{target} {row}")
        self._resume[target] = 0.0
        return count
