"""Whom an alarm that nobody takes is told to, and when: steps, shifts, one message a minute, once and not again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_fleet.domain.alarms import CALLED
from amr_fleet.escalation.engine import GAP_S, Escalation, Notice
from amr_fleet.escalation.messages import escalated
from amr_fleet.escalation.settings import DAYS, EscalationSettings, OnCallShift
from amr_fleet.fleet_time import LOCAL
from amr_fleet.ports import AlarmView, Reason

MONDAY = datetime(2027, 1, 4, 22, 0, tzinfo=LOCAL)


def made(**change: Any) -> EscalationSettings:
    base: dict[str, Any] = {
        "channels": [
            {"name": "mail", "kind": "email", "host": "smtp.port.example", "sender": "amr@port.example"},
            {"name": "sms", "kind": "http", "url": "https://sms.example/send", "body": {"to": "{to}", "m": "{text}"}},
        ],
        "people": [
            {"name": "lan", "addresses": {"mail": "lan@port.example", "sms": "+84901"}},
            {"name": "hung", "addresses": {"mail": "hung@port.example"}},
        ],
        "on_call": [
            {"begin": "22:00", "end": "06:00", "people": ["lan"]},
            {"begin": "06:00", "end": "14:00", "people": ["hung"]},
        ],
        "steps": [{"after": 3, "channels": ["mail"]}, {"after": 10, "channels": ["mail", "sms"]}],
    }
    return EscalationSettings.model_validate(base | change)


def alarm(alarm_id: str = "A1", since: float = 0.0, code: str = "alarm.e_stop", acked_by: str = "") -> AlarmView:
    return AlarmView(alarm_id=alarm_id, reason=Reason(code, {}, since), robot="amr_01", order_id="", acked_by=acked_by)


class Night:
    """An engine whose clock is turned by hand (minutes)."""

    def __init__(self, settings: EscalationSettings, engine: Escalation | None = None) -> None:
        self.engine = engine or Escalation(settings)

    def at(self, minutes: float, *alarms: AlarmView) -> list[Notice]:
        seconds = minutes * 60.0
        notices = self.due(minutes, *alarms)
        for notice in notices:
            self.engine.said(notice, 1e9 + seconds)
        return notices

    def due(self, minutes: float, *alarms: AlarmView) -> list[Notice]:
        seconds = minutes * 60.0
        return self.engine.step(1e9 + seconds, MONDAY + timedelta(seconds=seconds), seconds, alarms)

    def said(self, minutes: float, *alarms: AlarmView) -> list[tuple[str, str, int, int]]:
        return [(n.channel, n.person, n.step, len(n.alarms)) for n in self.at(minutes, *alarms)]


def test_each_step_is_told_once_at_its_time_to_who_is_on_call() -> None:
    night = Night(made())
    assert night.said(2.99, alarm()) == []
    assert night.said(3.0, alarm()) == [("mail", "lan", 1, 1)]
    assert night.said(4.0, alarm()) == []
    assert night.said(10.0, alarm()) == [("mail", "lan", 2, 1), ("sms", "lan", 2, 1)]
    assert night.said(60.0, alarm()) == []


def test_a_step_with_people_of_its_own_tells_them_and_not_who_is_on_call() -> None:
    night = Night(
        made(steps=[{"after": 3, "channels": ["mail"]}, {"after": 10, "channels": ["mail"], "people": ["hung"]}])
    )
    assert night.said(3.0, alarm()) == [("mail", "lan", 1, 1)]
    assert night.said(10.0, alarm()) == [("mail", "hung", 2, 1)]
    assert night.said(60.0, alarm()) == []


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"after": 10, "channels": ["sms"], "people": ["hung"]}, "nobody has an address for sms"),
        ({"after": 10, "channels": ["mail"], "people": ["sep"]}, "sep, who is none of people"),
    ],
)
def test_a_step_that_would_reach_nobody_is_refused(step: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        made(steps=[step])


def test_what_could_not_be_written_down_stays_due() -> None:
    night = Night(made())
    assert [n.person for n in night.due(3.0, alarm())] == ["lan"]
    assert night.said(3.1, alarm()) == [("mail", "lan", 1, 1)]
    assert night.due(3.2, alarm()) == []


def test_taken_cleared_and_unwanted_alarms_are_told_to_nobody() -> None:
    night = Night(made(alarms=["alarm.e_stop"]))
    assert night.said(30.0, alarm(acked_by="lan"), alarm("A2", code="alarm.blocked")) == []
    assert night.said(31.0) == []
    assert night.said(32.0, alarm("A2")) != []


def test_many_alarms_are_one_message_and_the_next_waits_a_minute() -> None:
    night = Night(made(steps=[{"after": 0, "channels": ["mail"]}]))
    storm = [alarm(f"A{i}", since=float(i)) for i in range(40)]
    assert night.said(1.0, *storm) == [("mail", "lan", 1, 40)]
    late = [alarm("B1", since=60.0), alarm("B2", since=61.0)]
    assert night.said(1.2, *storm, *late) == []
    assert night.said(1.0 + GAP_S / 60.0, *storm, *late) == [("mail", "lan", 1, 2)]


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    night = Night(made(steps=[{"after": 0, "channels": ["mail"]}]))
    assert night.said(200.0, alarm()) == [("mail", "lan", 1, 1)]
    assert night.said(20.0, alarm(), alarm("A2")) == [("mail", "lan", 1, 1)]


def test_what_was_told_before_a_restart_is_not_told_again() -> None:
    first = Night(made())
    keys = [key for notice in first.at(12.0, alarm()) for key in notice.keys]
    again = Night(made(), Escalation(made(), keys))
    assert again.said(13.0, alarm()) == []
    assert again.said(13.0, alarm("A1", since=1.0)) != []  # the number of another journal


def test_the_next_shift_is_told_what_the_last_one_left() -> None:
    night = Night(made())
    assert night.said(12.0, alarm()) == [("mail", "lan", 2, 1), ("sms", "lan", 2, 1)]
    morning = 8 * 60.0 + 1
    # Of hung no number is known: who has one is told, but of that lan has heard.
    assert night.said(morning, alarm()) == [("mail", "hung", 2, 1)]


def test_where_nobody_is_on_call_everybody_is_told() -> None:
    night = Night(made())
    afternoon = 17 * 60.0
    assert {person for _, person, _, _ in night.said(afternoon, alarm())} == {"lan", "hung"}


def test_a_program_is_told_once_and_not_once_a_person() -> None:
    hook = {"name": "center", "kind": "webhook", "url": "https://c.example/", "secret_files": ["x"]}
    night = Night(made(channels=[hook], people=[], on_call=[], steps=[{"after": 1, "channels": ["center"]}]))
    assert night.said(2.0, alarm()) == [("center", "", 1, 1)]


def test_what_is_remembered_does_not_grow_for_ever() -> None:
    night = Night(made(steps=[{"after": 0, "channels": ["mail"]}]))
    for i in range(3000):
        night.at(i * 2.0, alarm("A0"), alarm(f"B{i}", since=i * 120.0))
    assert len(night.engine._told) < 1100
    assert night.said(7000.0, alarm("A0")) == []


@pytest.mark.parametrize(
    ("begin", "end", "days", "hour", "covered"),
    [
        ("06:00", "14:00", DAYS, 6, True), ("06:00", "14:00", DAYS, 14, False), ("22:00", "06:00", DAYS, 23, True),
        ("22:00", "06:00", DAYS, 5, True), ("22:00", "06:00", DAYS, 6, False), ("22:00", "06:00", ("mon",), 23, True),
        ("22:00", "06:00", ("mon",), 5, False), ("22:00", "06:00", ("sun",), 5, True),
        ("00:00", "00:00", DAYS, 12, True), ("06:00", "14:00", ("tue",), 7, False),
    ],
)  # fmt: skip
def test_duty_by_the_sites_clock(begin: str, end: str, days: Any, hour: int, covered: bool) -> None:
    duty = OnCallShift(begin=begin, end=end, days=list(days), people=["lan"])
    assert duty.covers(MONDAY.replace(hour=hour)) is covered


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 120)), min_size=1, max_size=8),
    st.integers(1, 7),
)
def test_every_alarm_that_stays_untaken_is_told_once_a_step_and_person(
    spans: list[tuple[int, int]], every: int
) -> None:
    """Whatever comes and goes: nothing is told twice, nothing late by more than a look and the gap, nothing taken."""
    night = Night(made(on_call=[]))
    alarms = [alarm(f"A{i}", since=begin * 60.0) for i, (begin, _) in enumerate(spans)]
    seen: set[str] = set()
    for minute in range(0, 260, every):
        there = [
            replace(one, acked_by="lan") if minute >= begin + long else one
            for one, (begin, long) in zip(alarms, spans, strict=True)
            if minute >= begin
        ]
        for notice in night.at(float(minute), *there):
            assert seen.isdisjoint(notice.keys)
            assert all(not one.acked_by for one in notice.alarms)
            seen |= set(notice.keys)
    for one, (begin, long) in zip(alarms, spans, strict=True):
        keys = {key for key in seen if key.startswith(f"{one.alarm_id} {one.reason.since:.3f} ")}
        if long > 10 + every + 1 + GAP_S / 60.0:
            assert len(keys) == 5, (begin, long)  # mail: two steps to two people; sms: one step to one
        assert long >= 3 or not keys


@pytest.mark.parametrize("thing", CALLED)
def test_a_message_names_the_thing_that_its_alarm_is_about(thing: str) -> None:
    """Of two conveyors that do not answer, who is woken at night was told "a conveyor does not answer"."""
    said = replace(alarm(), reason=Reason(f"alarm.{thing}", {thing: "C1", "which": "E17"}, 0.0), robot="")
    message = escalated(Notice("sms", "lan", (said,), ("k",), 1), "port", "vi", 1.79e9, 600.0)
    assert "C1" in message.subject
    assert "C1" in message.text
    assert "E17" not in message.text, "an error's name is no name of a thing"
    assert message.facts["alarms"][0]["about"] == "C1"
