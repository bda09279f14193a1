"""Sending from the outbox: what is tried again when, and when a target is left alone.

Webhooks and the escalation of alarms send in this one way; they differ in what a try is and in its delays.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore
from amr_fleet.webhooks.delivery import DeliveryOutcome

AT_ONCE: Final = 200
_JITTER: Final = (0.8, 1.2)  # times the delay, at random: targets that failed together are not tried together
_LONGEST_PAUSES: Final = 4


class Sender:
    """Tries the events of some targets. name: how the log calls it; delays: s before the second, third ... try."""

    def __init__(
        self,
        name: str,
        store: OutgoingStore,
        targets: Sequence[str],
        delays: Sequence[float],
        *,
        log: Callable[[str], object],
        clock: Callable[[], float],
        stopping: Callable[[], bool],
    ) -> None:
        """clock: Unix seconds; stopping: nothing more is begun. Whether a target was away is not remembered."""
        self._name, self._store, self._delays = name, store, tuple(delays)
        self._log, self._clock, self._stopping = log, clock, stopping
        self._pauses = self._delays[:_LONGEST_PAUSES]  # s that a target is left alone that does not answer
        self._failures = dict.fromkeys(targets, 0)
        self._resume = dict.fromkeys(targets, 0.0)
        self._looked = dict.fromkeys(targets, 0.0)
        self._said: dict[str, str] = {}
        for target in targets:
            store.hurry(target)

    def say(self, about: str, text: str) -> None:
        """Log something, once and not with every try."""
        if self._said.get(about) != text:
            self._said[about] = text
            self._log(f"{self._name}: {about}: {text}")

    def send_due(self, target: str, send: Callable[[OutgoingEvent], DeliveryOutcome]) -> int:
        """Send what is due; return how many events were taken. It ends at the first sign that the target is away."""
        now = self._clock()
        if now < self._looked[target]:  # the clock was set back: what waits for a time would wait so much longer
            self.resume(target)
            self._store.hurry(target)
        self._looked[target] = now
        if now < self._resume[target] or self._store.stopped(target):
            return 0
        taken = 0
        for event in self._store.due(target, now, AT_ONCE):
            if self._stopping():
                break
            outcome = send(event)
            taken += outcome.verdict == "taken"
            if not self._done(target, event, outcome):
                break
        return taken

    def _done(self, target: str, event: OutgoingEvent, outcome: DeliveryOutcome) -> bool:
        """Write down what came of a try; return whether the next event may be tried."""
        match outcome.verdict:
            case "taken":
                self._taken(target, event)
            case "moot":
                self._store.moot(event.row, outcome.reason, self._clock())
            case "gone":
                self._store.stop(target, outcome.reason)
                self.say(target, f"stopped, it wants nothing more ({outcome.reason})")
                return False
            case "refused":
                self._failed(event, outcome)
            case "away":
                self._failed(event, outcome)
                self._leave_alone(target, outcome)
                return False
        return True

    def _taken(self, target: str, event: OutgoingEvent) -> None:
        self._store.sent(event.row, self._clock())
        if self._failures[target]:
            self._failures[target] = 0
            self._store.hurry(target)
            self.say(target, "answers again")

    def _failed(self, event: OutgoingEvent, outcome: DeliveryOutcome) -> None:
        attempts, now = event.attempts + 1, self._clock()
        if attempts > len(self._delays):
            self._store.give_up(event.row, attempts, outcome.reason, now)
            said = f"{event.event_id} given up after {attempts} tries ({outcome.reason})"
            self._log(f"{self._name}: {event.target}: {said}")
            return
        wait = max(self._delays[attempts - 1] * random.uniform(*_JITTER), outcome.wait)
        self._store.failed(event.row, attempts, now + wait, outcome.reason)

    def _leave_alone(self, target: str, outcome: DeliveryOutcome) -> None:
        failures = self._failures[target] = self._failures[target] + 1
        pause = self._pauses[min(failures, len(self._pauses)) - 1] * random.uniform(*_JITTER)
        self._resume[target] = self._clock() + max(pause, outcome.wait)
        self.say(target, f"does not take events ({outcome.reason})")

    def resume(self, target: str) -> None:
        """Try a target again at once."""
        self._resume[target] = 0.0
