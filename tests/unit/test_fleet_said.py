"""What people at a place say of a load: in its custody record, with what follows from it, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.models.cargo import Load
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.said import LATEST_S, MOST_SAID
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.requests import AckAlarm, CancelOrder, CreateOrder, HoldOrder, SayOfLoad
from tests.unit.test_fleet_engine import ask, refuse, rehearsal

PHOTO = "a" * 64


def word(**facts: Any) -> Ask:
    good = {"order_id": "T000001", "said": "ready", "place": "D1", "at": 0.0, "user": "tam"}
    return Ask(9, SayOfLoad(**{**good, **facts}))


def ordered(run: Any, **facts: Any) -> OrderView:
    wish = OrderRequest(pick_place="D1", drop_place="A1", load_id="PAL-1", user="lan")
    order = ask(run, Ask(1, CreateOrder(order=replace(wish, **facts)))).result
    assert isinstance(order, OrderView)
    return order


def said(run: Any) -> list[Any]:
    return [e for e in run.journal if e.kind == "order_said"]


def alarms(run: Any) -> list[str]:
    return [a.code for a in run.engine.world.state.alarms.active.values()]


def test_a_word_is_in_the_custody_record_and_there_after_a_restart() -> None:
    run = rehearsal(1)
    ordered(run)
    ask(run, word(said="damaged", read="PAL-1", text="rách bọc", photos=(PHOTO, "b" * 64)))
    state = FleetState.fold(run.journal)
    assert state.cargo.loads == run.engine.world.state.cargo.loads
    assert state.orders["T000001"].said == ("damaged",)
    (told,) = Load.of(state.cargo.loads["PAL-1"]).model_dump()["said"]
    assert told == {
        "at": 0.0, "order_id": "T000001", "said": "damaged", "place": "D1", "user": "tam", "read": "PAL-1",
        "text": "rách bọc", "photos": [PHOTO, "b" * 64],
    }  # fmt: skip


def test_the_same_key_twice_is_one_word_also_after_a_restart() -> None:
    run = rehearsal(1)
    ordered(run)
    first = ask(run, word(key="k1")).result
    again = ask(run, word(key="k1")).result
    assert isinstance(first, OrderView)
    assert isinstance(again, OrderView)
    assert first.order_id == again.order_id
    assert len(said(run)) == 1
    assert FleetState.fold(run.journal).cargo.keys == {"k1": "T000001"}
    ask(run, word())
    ask(run, word())
    assert len(said(run)) == 3, "words without a key are words of their own"


def test_ready_lets_an_order_go_on_that_was_made_held_and_no_other_hold() -> None:
    run = rehearsal(1)
    first = ordered(run, held=True, until_ready=True)
    assert (first.held, first.awaits) == (True, True)
    answer = ask(run, word()).result
    assert isinstance(answer, OrderView)
    assert not answer.held
    assert [(e.kind, e.facts.get("user")) for e in run.journal if e.kind == "order_released"] == [
        ("order_released", "tam")
    ]
    ask(run, Ask(2, HoldOrder(order_id="T000001", hold=True, user="lan")))
    again = ask(run, word()).result
    assert isinstance(again, OrderView)
    assert again.held, "what a person held later is not the worker's to lift"


@pytest.mark.parametrize(("what", "alarm"), [("wrong", "alarm.load_wrong"), ("damaged", "alarm.load_damaged")])
def test_a_bad_load_raises_one_alarm_and_holds_its_order(what: str, alarm: str) -> None:
    run = rehearsal(1)
    ordered(run)
    answer = ask(run, word(said=what)).result
    ask(run, word(said=what))
    assert isinstance(answer, OrderView)
    assert answer.held
    run.run(lambda r: bool(alarms(r)), 5.0)
    assert alarms(run) == [alarm]
    (open_one,) = run.engine.world.state.alarms.active.values()
    assert open_one.facts == {"order_id": "T000001", "load_id": "PAL-1", "place": "D1"}
    assert open_one.robot == "", "no robot turns red for what lies on the floor"
    ask(run, Ask(3, AckAlarm(alarm_id=open_one.alarm_id, user="lan")))
    assert alarms(run) == []
    ask(run, word(said=what))
    assert alarms(run) == [alarm]


def test_ready_releases_nothing_that_is_held_for_somebody_elses_decision() -> None:
    """As what a count, a partner's file, a schedule or an operator holds."""
    run = rehearsal(1)
    assert not ordered(run, held=True).awaits
    answer = ask(run, word()).result
    assert isinstance(answer, OrderView)
    assert (answer.held, answer.said) == (True, ("ready",))


@pytest.mark.parametrize("what", ["wrong", "damaged"])
def test_a_bad_load_stays_held_whoever_says_ready_later(what: str) -> None:
    run = rehearsal(1)
    ordered(run, held=True, until_ready=True)
    ask(run, word(said=what))
    answer = ask(run, word()).result
    assert isinstance(answer, OrderView)
    assert answer.held
    assert FleetState.fold(run.journal).orders == run.engine.world.state.orders
    assert [e.kind for e in run.journal if e.kind in ("order_held", "order_released")] == []


def test_taken_ends_the_custody_and_only_a_delivered_load_is_taken() -> None:
    run = rehearsal(1)
    ordered(run)
    assert refuse(run, word(said="taken", place="A1")) == "work.not_now"
    assert run.run(lambda r: r.done, 600.0)
    cargo = run.engine.world.state.cargo
    assert cargo.loads["PAL-1"].place == "A1"
    assert refuse(run, word(said="taken", place="D1")) == "work.not_now"
    assert refuse(run, word(said="ready")) == "work.not_now", "it is long gone from there"
    now = run.engine.world.now
    ask(run, word(said="taken", place="A1", at=now - 5.0))
    load = cargo.loads["PAL-1"]
    assert (load.place, load.robot, load.since) == ("", "", now - 5.0)
    assert FleetState.fold(run.journal).cargo.loads == cargo.loads


def test_who_takes_a_load_that_another_has_taken_is_told_by_whom_and_when() -> None:
    run = rehearsal(1)
    ordered(run)
    assert run.run(lambda r: r.done, 600.0)
    at = run.engine.world.now
    ask(run, word(said="taken", place="A1", at=at, key="k1"))
    refused = ask(run, word(said="taken", place="A1", at=at, user="hai", key="k2")).result
    assert isinstance(refused, AmrError)
    assert refused.code == "work.taken_already"
    assert refused.facts == {"order_id": "T000001", "load_id": "PAL-1", "user": "tam", "at": at}
    again = ask(run, word(said="taken", place="A1", at=at, key="k3")).result
    assert isinstance(again, OrderView)
    assert [(e.facts["said"], e.facts["user"]) for e in said(run)] == [("taken", "tam")], "one word, one custody"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"order_id": "T999999"}, "order.not_found"),
        ({"order_id": ""}, "order.not_found"),
        ({"place": "A2"}, "work.wrong_place"),
        ({"place": ""}, "work.wrong_place"),
        ({"said": "stolen"}, "order.invalid"),
        ({"photos": (PHOTO,) * 5}, "order.invalid"),
        ({"photos": ("../../etc/passwd",)}, "order.invalid"),
        ({"photos": (PHOTO.upper(),)}, "order.invalid"),
        ({"text": "x" * 201}, "order.invalid"),
        ({"text": "a\u202eb"}, "order.invalid"),
        ({"read": "1\x00"}, "order.invalid"),
        ({"key": "k" * 201}, "order.invalid"),
        ({"at": float("nan")}, "order.invalid"),
        ({"at": 1e9}, "order.invalid"),
        ({"at": -LATEST_S - 60.0}, "order.invalid"),
        ({"place": "A1"}, "work.not_now"),
    ],
)
def test_rubbish_is_refused_and_leaves_nothing(facts: dict[str, Any], code: str) -> None:
    run = rehearsal(1)
    ordered(run)
    assert refuse(run, word(**facts)) == code
    assert said(run) == []


def test_a_cancelled_order_is_ready_for_nothing_and_words_have_an_end() -> None:
    run = rehearsal(1)
    ordered(run)
    ordered(run, load_id="PAL-2", held=True)
    ask(run, Ask(4, CancelOrder(order_id="T000001")))
    assert refuse(run, word()) == "work.not_now"
    for _ in range(MOST_SAID):
        ask(run, word(order_id="T000002"))
    assert refuse(run, word(order_id="T000002")) == "order.invalid"


def test_a_robot_is_expected_at_the_load_before_it_is_expected_at_its_goal() -> None:
    run = rehearsal(1)
    ordered(run)
    assert run.run(lambda r: any(o.robot and o.eta > 0 for o in r.engine.snapshot().orders), 60.0)
    (order,) = run.engine.snapshot().orders
    assert order.state in ("ASSIGNED", "TO_PICK")
    assert run.engine.world.now <= order.at_pick < order.eta
