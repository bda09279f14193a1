"""Whom an alarm that nobody takes is told to, and when. Pure: no clock, no I/O.

What is due for one person on one channel is one message, at most one a minute: a night in which everything fails at
once makes no hundred text messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from amr_fleet.escalation.settings import EscalationSettings, Person
from amr_fleet.ports import AlarmView

GAP_S: Final = 60.0
"""s between two messages to one person on one channel."""
Where = tuple[str, str]
"""Channel, and person ("" = a program)."""


@dataclass(frozen=True)
class Notice:
    """One message. alarms: oldest first; keys: what it says to whom for which step, so that it is said once."""

    channel: str
    person: str
    alarms: tuple[AlarmView, ...]
    keys: tuple[str, ...]
    step: int


class Escalation:
    """Remembers what was told. told: keys of before, as after a restart."""

    def __init__(self, settings: EscalationSettings, told: Iterable[str] = ()) -> None:
        self._settings = settings
        self._told = set(told)
        self._last: dict[Where, float] = {}

    def step(self, now: float, at: datetime, fleet_t: float, alarms: Sequence[AlarmView]) -> list[Notice]:
        """Return what is to be sent; it stays due until `said`.

        now: Unix seconds; at: the site's clock; fleet_t: s, in which alarms count.
        """
        untaken = sorted((a for a in alarms if not a.acked_by and self._wanted(a)), key=lambda a: a.reason.since)
        self._forget(untaken)
        notices = []
        for where, steps in self._places(at).items():
            due = [
                (key, alarm, number)
                for alarm in untaken
                for number, key in _due(where, steps, alarm, fleet_t)
                if key not in self._told
            ]
            # A clock that was set back meanwhile (now before the last) keeps nobody waiting.
            if not due or 0.0 <= now - self._last.get(where, -GAP_S) < GAP_S:
                continue
            keys = tuple(key for key, _, _ in due)
            said = tuple({alarm.alarm_id: alarm for _, alarm, _ in due}.values())
            notices.append(Notice(*where, said, keys, max(number for _, _, number in due)))
        return notices

    def said(self, notice: Notice, now: float) -> None:
        """Note that a message is in the outbox (now: Unix seconds): its keys are not due again."""
        self._last[notice.channel, notice.person] = now
        self._told.update(notice.keys)

    def _wanted(self, alarm: AlarmView) -> bool:
        return not self._settings.alarms or alarm.reason.code in self._settings.alarms

    def _places(self, at: datetime) -> dict[Where, list[tuple[int, float]]]:
        """Return where messages may go now, in the order of the steps, and which steps (number, minutes) go there."""
        duty = self._settings.on_duty(at)
        found: dict[Where, list[tuple[int, float]]] = {}
        for number, step in enumerate(self._settings.steps, 1):
            people = [person for person in self._settings.people if person.name in step.people] or duty
            for where in (where for name in step.channels for where in _people_of(self._settings, name, people)):
                found.setdefault(where, []).append((number, step.after))
        return found

    def _forget(self, untaken: Sequence[AlarmView]) -> None:
        """Drop what is told of alarms that are over: a key is of use only while its alarm is open."""
        if len(self._told) > 1000:
            begins = {f"{alarm.alarm_id} {alarm.reason.since:.3f}" for alarm in untaken}
            self._told = {key for key in self._told if " ".join(key.split(" ", 2)[:2]) in begins}


def _due(where: Where, steps: Sequence[tuple[int, float]], alarm: AlarmView, fleet_t: float) -> list[tuple[int, str]]:
    age = fleet_t - alarm.reason.since
    return [
        (number, f"{alarm.alarm_id} {alarm.reason.since:.3f} {number} {where[0]} {where[1]}")
        for number, after in steps
        if age >= after * 60.0
    ]


def _people_of(settings: EscalationSettings, name: str, duty: Sequence[Person]) -> list[Where]:
    channel = settings.channel(name)
    if channel is not None and channel.kind == "webhook":
        return [(name, "")]
    here = [(name, person.name) for person in duty if name in person.addresses]
    # Who is on call cannot be reached this way: then everybody who can.
    return here or [(name, person.name) for person in settings.people if name in person.addresses]
