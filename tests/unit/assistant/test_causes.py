"""Why something does not get on is answered in words and as the code of the one causal model, of a real engine."""

from __future__ import annotations

from typing import get_args

import pytest

from amr_fleet.assistant import fronts, tools
from amr_fleet.assistant.live import words_of
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.domain.causes import ENDS
from amr_fleet.ports import Reason
from amr_fleet.report.texts import TEXTS
from amr_fleet.vocabulary import WaitCode
from tests.unit.assistant.real_fleet import real_fleet

pytestmark = pytest.mark.timeout(300)  # the fleet drives for minutes of its own time first
CODES = {code for kind in get_args(WaitCode) for code in get_args(kind) or (kind,)} | set(ENDS)


@pytest.mark.parametrize(
    "text", ["Vì sao {robot} đứng?", "vi sao {robot} dung", "sao con {number} đứng hoài vậy", "why is {robot} waiting?"]
)
def test_why_a_robot_stands_is_a_code_and_words_with_who_and_when(text: str) -> None:
    fleet = real_fleet()
    robot = fleet.robot("picked")
    typed = text.format(robot=robot.upper().replace("_", "-"), number=int(robot[-2:]))
    [call] = Understanding(fleet.facts).read(typed)[0].calls
    assert call.name == "robot_why_waiting", typed
    result = tools.run(fleet.facts, call)
    assert (result.cause, result.root, result.known) == ("wait.paused", "wait.paused", True)
    assert TEXTS["vi"]["wait.paused"] in result.text
    told = fronts.told(result)
    assert (told["cause"], told["root"]) == ("wait.paused", "wait.paused"), "programs get it, too"


def test_an_order_says_what_it_waits_for_and_what_has_to_end() -> None:
    """Behind a closed lane: what it waits for at once, and the closure at the root of it."""
    fleet = real_fleet()
    view = next(order for order in fleet.snapshot.orders if order.order_id == fleet.orders["behind"])
    assert view.reason is not None
    assert view.root is not None
    for name in ("order_get", "order_eta"):
        result = tools.run(fleet.facts, Call(name, {"order": fleet.orders["behind"]}))
        assert (result.cause, result.root) == (view.reason.code, view.root.code), name


def test_what_gets_on_has_no_cause_and_what_is_only_an_alarm_has_the_alarm_s() -> None:
    facts = real_fleet().facts
    moving = next(row for row in facts.robots if not row.cause)
    assert tools.run(facts, Call("robot_why_waiting", {"robot": moving.robot})).cause == ""
    alarm = facts.alarms[0].model_copy(update={"about": moving.robot, "cause": "alarm.blocked", "text": "bị chắn"})
    result = tools.run(
        facts.model_copy(update={"alarms": (alarm,)}), Call("robot_why_waiting", {"robot": moving.robot})
    )
    assert (result.cause, result.root) == ("alarm.blocked", "alarm.blocked")


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_cause_has_words_for_a_person(code: str) -> None:
    assert words_of(Reason(code=code, facts={}, since=0.0)) != code
