"""Something breaks in the engine that nobody foresaw: it is undone, told, and all else goes on, or the engine stops."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.domain import dispatch as dispatching
from amr_fleet.domain import doors, engine, fire, guard, progress, requests, views
from amr_fleet.domain.events import Ask, Event, FireInput, StepResult
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import AckAlarm, CreateOrder, ImportOrders, SetPaused
from amr_fleet.sandbox.book import Breach
from amr_fleet.service import FleetService
from amr_fleet.trial_requests import ReportBreach
from tests.unit.test_fleet_engine import create, rehearsal, state, until
from tests.unit.test_fleet_service import Bench

WISH = OrderRequest(pick_place="D1", drop_place="A1", reference="R1")


def half(world: World, request: Any) -> object:
    """A handler with a bug: it does half of what it is for."""
    world.emit("order_created", order_id="T999999", pick_place="D1", drop_place="A1", key="K")
    world.instant(next(iter(world.robots.values())), "startPause")
    next(iter(world.robots.values())).told_pose = (0.0, 0.0, 0.0)
    world.traffic.movers.clear()
    raise KeyError("no_such")


def step(run: Rehearsal, *events: Event) -> StepResult:
    run.now = round(run.now + 0.01, 3)
    result = run.engine.step(run.now, events)
    run.journal += result.entries
    return result


def broken(*_args: object, **_more: object) -> None:
    raise ZeroDivisionError("injected")


def test_request_that_breaks_is_refused_and_nothing_of_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with_fault, without = rehearsal(), rehearsal()
    monkeypatch.setitem(requests.HANDLERS, ImportOrders, half)
    others = [Ask(1, CreateOrder(order=WISH)), Ask(3, SetPaused(robots=("amr_02",), pause=True, user="lan"))]
    got = step(with_fault, others[0], Ask(2, ImportOrders(orders=(WISH,))), others[1])
    want = step(without, *others)
    answers = {reply.token: reply.result for reply in got.replies}
    made = answers[1]
    assert isinstance(made, OrderView)
    assert answers[3] is None
    assert isinstance(answers[2], AmrError)
    assert answers[2].code == "internal"
    assert answers[2].facts == {"reason": got.faults[0].ref}, "what broke is for the log, not for whoever asks"
    alarm = [e for e in got.entries if e.kind == "alarm_raised"]
    assert [e for e in got.entries if e not in alarm] == want.entries
    assert got.commands == want.commands
    told = {"code": "alarm.internal", "part": "ImportOrders", "ref": got.faults[0].ref}
    assert {k: v for k, v in alarm[0].facts.items() if k != "alarm"} == told, "no error of a program for an operator"
    assert [(f.part, f.error) for f in got.faults] == [("ImportOrders", "KeyError: 'no_such'")]
    assert "half" in got.faults[0].trace
    assert want.faults == []
    for run in (with_fault, without):
        assert "T999999" not in run.engine.world.state.orders
        assert "K" not in run.engine.world.state.keys
    assert run.run(lambda r: state(r, made) == "DONE", 400.0)


def test_refusal_that_had_done_something_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(world: World, request: Any) -> object:
        world.emit("note_added", text="half")
        raise AmrError("order.not_found", order_id="T1")

    monkeypatch.setitem(requests.HANDLERS, ImportOrders, refuse)
    result = step(rehearsal(), Ask(1, ImportOrders(orders=())))
    assert (result.entries, result.faults) == ([], [])
    assert isinstance(result.replies[0].result, AmrError)
    assert result.replies[0].result.code == "order.not_found"


def test_alarm_of_a_fault_is_there_once_until_somebody_has_seen_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setitem(requests.HANDLERS, ImportOrders, half)
    poison = Ask(1, ImportOrders(orders=()))
    results = [step(run, poison, poison) for _ in range(3)]
    raised = [e.facts["alarm"] for r in results for e in r.entries if e.kind == "alarm_raised"]
    assert len(raised) == 1
    assert [len(r.faults) for r in results] == [2, 2, 2]
    step(run, Ask(2, AckAlarm(alarm_id=str(raised[0]), user="lan")))
    assert run.engine.snapshot().alarms == ()
    assert [e.kind for e in step(run, poison).entries] == ["alarm_raised"]


def test_flood_of_requests_that_break_keeps_nobody_from_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setitem(requests.HANDLERS, ImportOrders, half)
    result = step(run, *[Ask(n, ImportOrders(orders=())) for n in range(300)], Ask(300, CreateOrder(order=WISH)))
    assert [reply.token for reply in result.replies] == list(range(301))
    assert len(result.faults) == 300
    assert isinstance(result.replies[-1].result, OrderView)


def test_robot_whose_report_breaks_is_one_that_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    run, real = rehearsal(), progress.on_report
    first, second = run.robots

    def report(world: World, event: Any) -> None:
        world.robots[event.robot].seen = world.now
        if event.robot == first:
            raise KeyError(event.robot)
        real(world, event)

    monkeypatch.setattr(engine, "on_report", report)
    run.run(lambda r: r.now > 15.0, 20.0)
    order = create(run)
    until(run, order, ["DONE"])
    assert run.engine.world.state.orders[order.order_id].robot == second
    alarms = {(a.reason.code, a.robot) for a in run.engine.snapshot().alarms}
    assert alarms == {("alarm.internal", first), ("alarm.robot_offline", first)}
    assert run.engine.world.robots[first].seen < 1.0, "what it said before is all that was heard"


def test_dispatch_that_breaks_rests_while_robots_drive_on_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    under_way = create(run)
    until(run, under_way, ["TO_PICK"])
    real, calls = dispatching.dispatch, list[float]()

    def dispatch(*_given: object) -> None:
        calls.append(run.now)
        raise IndexError("injected")

    monkeypatch.setattr(engine, "dispatch", dispatch)
    waiting = create(run, "A1", "B1")
    until(run, under_way, ["PICKING"])
    assert state(run, waiting) == "QUEUED"
    assert [a.reason.code for a in run.engine.snapshot().alarms] == ["alarm.internal"]
    times = sorted(set(calls))  # twice in a step: the second time with no order, to learn that it is none's fault
    assert all(b - a >= guard.REST for a, b in pairwise(times))
    assert len(times) > 1
    monkeypatch.setattr(engine, "dispatch", real)
    until(run, waiting, ["DONE"])
    assert state(run, under_way) == "DONE"
    assert run.violations() == []


@pytest.mark.parametrize("part", ["start_due", "zones.expire", "causes.update"])
def test_other_parts_that_may_rest(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setattr(f"amr_fleet.domain.engine.{part}", broken)
    order = create(run)
    until(run, order, ["DONE"])
    assert [a.reason.facts["part"] for a in run.engine.snapshot().alarms if a.reason.code == "alarm.internal"]


@pytest.mark.parametrize("part", ["_alarms", "_times", "_watch"])
def test_watches_that_may_rest(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setattr(getattr(run.engine, part), "step", broken)
    order = create(run)
    until(run, order, ["DONE"])


@pytest.mark.parametrize("part", ["check_silence", "send_orders", "repeat_pauses", "trials.supervise", "permit.renew"])
def test_what_keeps_robots_safe_may_not_rest(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setattr(f"amr_fleet.domain.engine.{part}", broken)
    with pytest.raises(ZeroDivisionError):
        step(run)


@pytest.mark.parametrize("part", [fire, doors])
def test_neither_may_fire_and_doors(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setattr(part, "step", broken)
    with pytest.raises(ZeroDivisionError):
        step(run)


BREACH = Breach(rule="area")


@pytest.mark.parametrize("event", [FireInput("panel", on=True), Ask(0, ReportBreach(trial_id="T", breach=BREACH))])
def test_fire_and_a_breach_are_never_dropped(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    monkeypatch.setattr(fire, "on_input", broken)
    monkeypatch.setitem(requests.HANDLERS, ReportBreach, broken)
    with pytest.raises(ZeroDivisionError):
        step(run, event)


def test_service_tells_and_counts_what_broke_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, told = Bench(), list[str]()
    bench.service._tell_fault = lambda fault: told.append(fault.trace)
    monkeypatch.setitem(requests.HANDLERS, ImportOrders, half)
    refused, made = bench.ask(ImportOrders(orders=())), bench.ask(CreateOrder(order=WISH))
    bench.step()
    with pytest.raises(AmrError, match="internal"):
        refused.result(timeout=0)
    assert made.result(timeout=0).reference == "R1"
    assert len(told) == 1
    assert bench.service.condition().faults == 1


def test_number_of_a_fault_is_of_where_it_broke_and_not_of_what_it_broke_over() -> None:
    def number(wrong: type[Exception], said: str) -> str:
        try:
            raise wrong(said)
        except Exception as error:
            return guard.fault_of("part", "", error).ref

    ref = number(KeyError, "T000001")
    assert len(ref) == 6
    assert ref.isdigit()
    assert number(KeyError, "T000002") == ref
    assert number(IndexError, "T000001") != ref
    try:
        broken()
    except ZeroDivisionError as error:
        elsewhere = guard.fault_of("part", "", error).ref
    assert elsewhere not in (ref, number(ZeroDivisionError, "injected"))


def _codes(bench: Bench) -> list[str]:
    return [str(e.facts["part"]) for e in bench.journal if e.facts.get("code") == "alarm.internal"]


@pytest.mark.parametrize("part", ["domain.engine.snapshot", "domain.views.order_views", "service.fused"])
def test_picture_that_breaks_keeps_the_last_one_that_says_its_age(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    for _ in range(3):
        bench.step()
    good = bench.service.snapshot()
    assert (good.picture_age, good.alarms) == (0.0, ())
    with monkeypatch.context() as patch:
        patch.setattr(f"amr_fleet.{part}", broken)
        made = bench.ask(CreateOrder(order=WISH))
        bench.service.post(FireInput("panel", on=True))
        bench.step()
        assert isinstance(made.result(timeout=0), OrderView)
        assert bench.service.order(made.result().order_id).reference == "R1"
        for _ in range(10):
            bench.step()
        seen = bench.service.snapshot()
        assert (seen.robots, seen.orders) == (good.robots, good.orders)
        assert seen.picture_age == pytest.approx(seen.t - good.t)
        assert seen.t >= bench.now - 0.1
        assert seen.fire is not None, "who is in danger is told as it is now"
        assert [a.reason.code for a in seen.alarms if a.reason.code != "alarm.fire"] == ["alarm.internal"]
        assert _codes(bench) == ["snapshot"]
        assert bench.sent, "robots are led as ever"
        assert bench.service.condition().faults > 1
    bench.step()
    bench.step()
    seen = bench.service.snapshot()
    assert (seen.picture_age, len(seen.orders)) == (0.0, 1)


def test_what_machines_go_by_is_told_as_it_is_now() -> None:
    bench, now = Bench(), ("zones", "alarms", "permit", "fire", "doors", "lifts")
    bench.step()
    good = bench.run.engine.snapshot()
    old: Any = dict.fromkeys((*now, "orders"), "old")
    assert bench.run.engine.held(replace(good, **old)) == replace(good, orders=old["orders"])


def test_what_is_told_of_danger_breaks_for_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.step()
    monkeypatch.setitem(views._STILL_TOLD, "zones", broken)
    monkeypatch.setattr(engine, "snapshot", broken)
    bench.service.post(FireInput("panel", on=True))
    for _ in range(3):
        bench.step()
    assert bench.service.snapshot().fire is not None


def test_cameras_are_as_they_are_now_in_a_picture_that_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.step()
    monkeypatch.setattr(engine, "snapshot", broken)
    bench.service.set_cameras([CameraFrame(camera="C1", t=bench.now, blind="", size=(4, 3), things=())])
    bench.step()
    bench.step()
    assert [c.camera for c in bench.service.snapshot().cameras] == ["C1"], "aircraft keep away from people they show"


def test_fleet_that_cannot_be_shown_at_its_start_leads_its_robots(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(engine, "snapshot", broken)
        bench = Bench()
        bench.run.engine.world.now, bench.now = 0.0, 5000.0  # as before the first step of a process
        bench.service = FleetService(bench.run.engine, bench, bench.send)
        assert bench.service.snapshot().robots == ()
        made = bench.ask(CreateOrder(order=WISH))
        for _ in range(3):
            bench.step()
        assert isinstance(made.result(timeout=0), OrderView)
        assert 0.0 < bench.service.snapshot().picture_age < 1.0
        assert bench.service.snapshot().ready
    bench.step()
    bench.step()
    assert len(bench.service.snapshot().robots) == 2


@pytest.mark.parametrize("part", ["_publish_books", "_publish_orders"])
def test_books_and_orders_that_cannot_be_shown_end_no_step(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    monkeypatch.setattr(bench.service, part, broken)
    made = bench.ask(CreateOrder(order=WISH))
    bench.step()
    bench.step()
    assert isinstance(made.result(timeout=0), OrderView)
    assert _codes(bench) == [part.removeprefix("_publish_")]


def test_service_ends_with_an_answer_to_all_when_what_may_not_rest_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    before = list(bench.journal)
    monkeypatch.setattr(engine, "send_orders", broken)
    asked = bench.ask(CreateOrder(order=WISH))
    with pytest.raises(ZeroDivisionError):
        bench.step()
    error = asked.exception(timeout=0)
    assert isinstance(error, AmrError)
    assert (error.code, error.facts) == ("internal", {"reason": "ZeroDivisionError"}), "who asked can say what broke"
    assert (bench.journal, bench.sent) == (before, [])
    assert not bench.service.snapshot().ready
    late = bench.ask(CreateOrder(order=WISH))
    assert isinstance(late.exception(timeout=0), AmrError)


def test_parts_that_break_in_one_step_all_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    for part in ("start_due", "zones.expire", "causes.update", "forecasts"):
        monkeypatch.setattr(f"amr_fleet.domain.engine.{part}", broken)
    until(run, create(run), ["TO_PICK"])
    run.run(lambda r: r.now > 6.0, 7.0)
    parts = {a.reason.facts["part"] for a in run.engine.snapshot().alarms if a.reason.code == "alarm.internal"}
    assert parts == {"schedules", "zones", "causes", "forecasts"}
