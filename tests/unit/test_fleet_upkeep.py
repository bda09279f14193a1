"""Maintenance work orders: what counters and people open, who does what by when, and what comes of one not done."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.site import load_site
from amr_fleet.domain.alarms import severity_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.domain.upkeep_book import KEPT, UpkeepBook
from amr_fleet.fleet_time import DAY_S
from amr_fleet.ports import AlarmView
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CreateOrder, NoteService
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork
from amr_fleet.upkeep_views import WorkOrder
from tests.unit.test_fleet_commands import WISH, do, same_after_restart
from tests.unit.test_fleet_engine import CALM, lab, rehearsal
from tests.unit.test_fleet_robot_requests import NAME, last, refusal


def under(settings: FleetSettings, km: float = 0.0) -> Rehearsal:
    """Return a fleet of one robot that has driven so far."""
    run = Rehearsal(lab(), units_of(load_site("lab"), 1), how=CALM, settings=settings)
    facts = {"from": 0.0, "metres": 1000.0 * km, "metres_loaded": 0.0, "soc_min": 1.0, "soc_used": 0.0}
    run.journal.append(JournalEntry(t=0.0, kind="robot_time", robot=NAME, facts=facts))
    run.restart_fleet()
    run.step()
    return run


def opened(run: Rehearsal) -> list[WorkOrder]:
    run.step()
    return [one for one in run.engine.snapshot().upkeep if one.open]


def alarms(run: Rehearsal) -> list[AlarmView]:
    return [a for a in run.engine.snapshot().alarms if a.reason.code == "alarm.safety_overdue"]


def asked(run: Rehearsal, **more: Any) -> WorkOrder:
    return told(run, OpenWork(robot=NAME, text="Thay cản trước", user="lan", **more))


def told(run: Rehearsal, request: OpenWork | ChangeWork | CloseWork) -> WorkOrder:
    answer = do(run, request)
    assert isinstance(answer, WorkOrder)
    return answer


def seconds(run: Rehearsal, count: float) -> None:
    end = run.now + count
    run.run(lambda r: r.now >= end, count + 5.0)


# What counters open ---------------------------------------------------------------------------------------------------


def test_a_counter_opens_one_service_and_done_it_is_a_service_and_begins_anew() -> None:
    run = under(FleetSettings(service_km=100.0, upkeep_due_days=2.0), km=120.5)
    seconds(run, 12.0)
    (one,) = opened(run)
    assert (one.rule, one.counter, one.amount, one.safety, one.opened_by) == ("service", "km", 120.0, False, "")
    assert one.due == one.opened + 2.0 * DAY_S
    assert refusal(run, CloseWork(work_id=one.work_id, outcome="dropped", note="x"))[0] == "upkeep.by_counter"
    done = told(run, CloseWork(work_id=one.work_id, outcome="done", note=" Tra mỡ ", user="hung"))
    assert (done.outcome, done.note, done.closed_by) == ("done", "Tra mỡ", "hung")
    assert last(run, "robot_serviced").facts == {"text": "Tra mỡ", "user": "hung"}
    seconds(run, 12.0)
    assert opened(run) == []
    same_after_restart(run)


def test_a_service_that_was_noted_by_hand_is_journaled_as_one_line_with_who_did_it_at_which_robot() -> None:
    run = under(FleetSettings())
    do(run, NoteService(robot=NAME, text="  Thay\n dầu ", user="lan"))
    entry = last(run, "robot_serviced")
    assert (entry.robot, entry.facts) == (NAME, {"text": "Thay dầu", "user": "lan"})


def test_a_service_that_was_noted_by_hand_closes_the_one_that_asked_for_it() -> None:
    run = under(FleetSettings(), km=500.0)
    assert [one.rule for one in opened(run)] == ["service"]
    other = asked(run)
    do(run, NoteService(robot=NAME, text="Thay pin", user="minh"))
    assert [one.work_id for one in opened(run)] == [other.work_id], "what a person asked for is still to be done"
    closed = last(run, "upkeep_closed").facts
    assert (closed["note"], closed["user"]) == ("Thay pin", "minh")


def test_days_open_a_safety_check_and_days_of_another_clock_do_not() -> None:
    run = under(FleetSettings(safety_check_days=1.0))
    seconds(run, 2.0)
    book = run.engine.world.state.upkeep
    book.checked[NAME] = run.now - 1.5 * DAY_S
    seconds(run, 15.0)
    (one,) = opened(run)
    assert (one.rule, one.counter, one.amount, one.safety) == ("safety_check", "days", 1.0, True)
    do(run, CloseWork(work_id=one.work_id, outcome="done", note="Phanh tốt", user="hung"))
    assert book.checked[NAME] > run.now - 1.0
    book.checked[NAME] = 1.7e9  # what a journal of the real site says, under a simulation's clock
    seconds(run, 15.0)
    assert opened(run) == []


def test_nought_is_never() -> None:
    run = under(FleetSettings(safety_check_days=0.0, service_km=0.0), km=1e6)
    run.engine.world.state.upkeep.checked[NAME] = run.now - 5000.0 * DAY_S
    seconds(run, 15.0)
    assert opened(run) == []


# What people ask ------------------------------------------------------------------------------------------------------


def test_a_person_opens_changes_and_drops_one_and_all_of_it_is_journaled() -> None:
    run = rehearsal(1)
    one = asked(run, due=run.now + DAY_S, owner="  Trần Văn  Bảy ")
    assert (one.opened_by, one.owner, one.rule, one.text) == ("lan", "Trần Văn Bảy", "", "Thay cản trước")
    changed = told(run, ChangeWork(work_id=one.work_id, owner="Hùng", user="hung"))
    assert (changed.owner, changed.due) == ("Hùng", one.due)
    assert told(run, ChangeWork(work_id=one.work_id, due=0.0)).due == 0.0
    do(run, CloseWork(work_id=one.work_id, outcome="dropped", note="Nhầm robot", user="hung"))
    assert refusal(run, ChangeWork(work_id=one.work_id, owner="x")) == ("upkeep.closed", {"work": one.work_id})
    assert not any(entry.kind == "robot_serviced" for entry in run.journal)
    same_after_restart(run)
    assert FleetState.fold(run.journal).upkeep.all == run.engine.world.state.upkeep.all


@pytest.mark.parametrize(
    "rubbish",
    [
        {"text": ""}, {"text": " "}, {"text": "x" * 1001}, {"text": "a\x00b"}, {"due": -1.0}, {"due": float("nan")},
        {"due": float("inf")}, {"due": 1e300}, {"owner": "x" * 65}, {"owner": "a\x00b"},
    ],
)  # fmt: skip
def test_rubbish_is_refused(rubbish: dict[str, Any]) -> None:
    run = rehearsal(1)
    request = OpenWork(**{"robot": NAME, "text": "Thay bánh", **rubbish})
    assert refusal(run, request)[0] == "request.invalid"
    assert refusal(run, OpenWork(robot="x" * 99, text="Thay bánh"))[0] == "robot.not_found"
    assert refusal(run, CloseWork(work_id="M9" * 99, outcome="done", note="x"))[0] == "upkeep.not_found"
    one = asked(run)
    assert refusal(run, CloseWork(work_id=one.work_id, outcome="", note="x"))[0] == "request.invalid"
    assert refusal(run, CloseWork(work_id=one.work_id, outcome="done", note=" "))[0] == "request.invalid"
    assert [entry.kind for entry in run.journal if entry.kind.startswith("upkeep")] == ["upkeep_opened"]


def test_there_is_an_end_to_what_is_open_and_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amr_fleet.domain.upkeep.MOST_OPEN", 1)
    run = rehearsal(1)
    asked(run)
    assert refusal(run, OpenWork(robot=NAME, text="x"))[0] == "upkeep.too_many"
    book = UpkeepBook()
    for number in range(KEPT + 3):
        work = {"work": f"M{number}"}
        ending = {**work, "outcome": "done", "note": "x", "user": "y"}
        book.apply(JournalEntry(t=1.0, kind="upkeep_opened", robot="a", facts={**work, "due": 0.0}))
        book.apply(JournalEntry(t=2.0, kind="upkeep_closed", robot="a", facts=ending))
    assert [one.work_id for one in book.all] == [f"M{n}" for n in reversed(range(3, KEPT + 3))]


# What comes of one that is not done -----------------------------------------------------------------------------------


def test_an_overdue_one_for_safety_is_an_alarm_until_it_is_done_and_the_robot_works_on() -> None:
    run = rehearsal(1)
    plain, one = asked(run, due=run.now + 5.0), asked(run, due=run.now + 5.0, safety=True)
    seconds(run, 4.0)
    assert alarms(run) == []
    seconds(run, 3.0)
    (alarm,) = alarms(run)
    assert alarm.reason.facts == {"robot": NAME, "work": one.work_id}
    assert severity_of(alarm.reason.code) == "warning"
    assert plain.overdue(run.now), "nobody is hurt by that one"
    assert run.engine.world.takes_orders(NAME)
    do(run, CloseWork(work_id=one.work_id, outcome="done", note="Đã thay"))
    seconds(run, 6.0)
    assert alarms(run) == []


def test_with_rest_as_policy_the_robot_gets_no_order_until_it_is_done_and_everybody_knows_why() -> None:
    run = under(FleetSettings(overdue_safety="rest"))
    one = asked(run, due=run.now + 1.0, safety=True)
    seconds(run, 2.0)
    do(run, CreateOrder(order=WISH))
    seconds(run, 5.0)
    (order,) = run.engine.snapshot().orders
    (robot,) = run.engine.snapshot().robots
    assert order.robot == ""
    assert robot.root is not None
    assert (robot.root.code, robot.root.facts) == ("wait.safety_overdue", {"robot": NAME, "work": one.work_id})
    do(run, CloseWork(work_id=one.work_id, outcome="done", note="Đã thử phanh"))
    run.run(lambda r: r.engine.snapshot().orders[0].robot == NAME, 30.0)
