"""Alarms: what needs a person now. They are in the journal, so nothing is lost on a reload or a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import AlarmView, Reason
from amr_fleet.vocabulary import ALARM_CODES, AlarmCode, AlarmSeverity

# These tell of something that has happened; they stay until a person has seen them. All others end with their cause.
LATCHED = frozenset({
    "alarm.order_failed", "alarm.deadlock", "alarm.load_wrong", "alarm.load_damaged", "alarm.internal",
    "alarm.order_aside",
})  # fmt: skip

CALLED: Final = ("camera", "door", "lift", "conveyor", "flight")
"""Facts that name a thing which an alarm is about and which people call by that name."""
THINGS: Final = (*CALLED, "part", "work", "which")
"""Facts that name what an alarm is about; which: the stop, the error or program beside what is told first."""

# What stops work, loses something or may hurt somebody; people look after all others in time.
_CRITICAL: Final[frozenset[AlarmCode]] = frozenset({
    "alarm.robot_error", "alarm.robot_offline", "alarm.not_localized", "alarm.e_stop", "alarm.cmd_vel",
    "alarm.robot_twice", "alarm.second_fleet", "alarm.storage", "alarm.order_failed", "alarm.deadlock",
    "alarm.door_held", "alarm.lift_held", "alarm.internal", "alarm.order_aside", "alarm.camera_refused",
    "alarm.fire", "alarm.load_wrong", "alarm.load_damaged", "alarm.trial_suspended",
    "alarm.flight_link", "alarm.flight_fence", "alarm.flight_battery", "alarm.flight_position", "alarm.flight_people",
    "alarm.flight_fire", "alarm.flight_down", "alarm.flight_stray",
})  # fmt: skip


def severity_of(code: str) -> AlarmSeverity:
    """Return how bad an alarm is; one that this version does not know is critical."""
    return "warning" if code in ALARM_CODES and code not in _CRITICAL else "critical"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One open alarm. since, acked_at: fleet seconds (0 = not acknowledged)."""

    alarm_id: str
    code: AlarmCode
    robot: str
    order_id: str
    since: float
    facts: Mapping[str, Fact] = field(default_factory=dict)
    acked_by: str = ""
    acked_at: float = 0.0

    @property
    def key(self) -> tuple[str, str, str]:
        """There is one open alarm of a kind about a robot and order, or one of `THINGS`."""
        thing = next((self.facts[name] for name in THINGS if name in self.facts), "")
        return (self.code, self.robot, self.order_id or str(thing))


@dataclass
class AlarmBook:
    """All open alarms as the fold of the journal, by id. count: alarms ever raised."""

    active: dict[str, Alarm] = field(default_factory=dict)
    count: int = 0

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry of kind alarm_raised, alarm_acked or alarm_cleared."""
        alarm_id = str(entry.facts.get("alarm", ""))
        if entry.kind == "alarm_raised":
            facts = {k: v for k, v in entry.facts.items() if k not in ("alarm", "code")}
            self.count += 1
            self.active[alarm_id] = Alarm(
                alarm_id=alarm_id, code=cast(AlarmCode, entry.facts["code"]), robot=entry.robot,
                order_id=entry.order_id, since=entry.t, facts=facts,
            )  # fmt: skip
        elif entry.kind == "alarm_acked" and alarm_id in self.active:
            alarm = self.active[alarm_id]
            self.active[alarm_id] = replace(alarm, acked_by=str(entry.facts.get("user", "")), acked_at=entry.t)
        elif entry.kind == "alarm_cleared":
            self.active.pop(alarm_id, None)

    def get(self, alarm_id: str) -> Alarm:
        """Return an open alarm, or raise alarm.not_found."""
        alarm = self.active.get(alarm_id)
        if alarm is None:
            raise AmrError("alarm.not_found", alarm=alarm_id[:64])
        return alarm

    def views(self, now: Mapping[tuple[str, str, str], Mapping[str, Fact]] | None = None) -> list[AlarmView]:
        """Return the open alarms, oldest first. now: facts of causes as they are now, by `Alarm.key`, which go first.

        Without them it says what it said when it was raised: a battery goes on falling, an order gets later.
        """
        facts = now or {}
        return [
            AlarmView(
                alarm_id=a.alarm_id, reason=Reason(a.code, facts.get(a.key, a.facts), a.since), robot=a.robot,
                order_id=a.order_id, acked_by=a.acked_by, acked_at=a.acked_at,
            )
            for a in self.active.values()
        ]  # fmt: skip
