"""What people may do with orders, to the letter: when it is granted, what the journal keeps, why it is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.vda5050 import InstantAction
from amr_fleet import requests as c
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, OrderView, Request
from amr_fleet.rehearsal import Behaviour, Rehearsal
from amr_fleet.visit_requests import SetCutoff
from tests.tracks import tracks
from tests.unit.test_fleet_commands import WISH, do, until
from tests.unit.test_fleet_engine import create, rehearsal, state
from tests.unit.test_fleet_robot_requests import NAME, last, refusal, say, told

LOAD = replace(WISH, load_id="PAL-1")


def order(run: Rehearsal, request: OrderRequest = WISH) -> OrderView:
    view = do(run, c.CreateOrder(order=request))
    assert isinstance(view, OrderView)
    return view


def far() -> Rehearsal:
    """One robot 24 m from its pick: its base does not lead there yet."""
    cells = {f"n{k}": (k, 0) for k in range(9)}
    ends = [("parking", "P0", "n0"), ("station", "S", "n8"), ("station", "T", "n7"), ("charger", "C", "n1")]
    roadmap = tracks(cells, [(f"n{k}", f"n{k + 1}") for k in range(8)], ends)  # type: ignore[arg-type]
    return Rehearsal(roadmap, [Unit(NAME, "lift_amr", "P0")], seed=1, how=Behaviour(stop_rate=0.0))


FAR = OrderRequest(pick_place="LS", drop_place="LT", load_id="PAL-1")


def under_way() -> tuple[Rehearsal, OrderView]:
    run = far()
    run.step()
    view = order(run, FAR)
    until(run, view, "TO_PICK")
    return run, view


# What is not there, what is over --------------------------------------------------------------------------------------

ABOUT_ORDERS: list[Any] = [c.ChangeOrder, c.CancelOrder, c.ReassignOrder]


@pytest.mark.parametrize("kind", ABOUT_ORDERS)
def test_an_order_that_is_not_there_is_named_shortly(kind: type[c.ChangeOrder]) -> None:
    assert refusal(rehearsal(1), kind(order_id="T" * 200)) == ("order.not_found", {"order_id": "T" * 128})


@pytest.mark.parametrize("kind", ABOUT_ORDERS)
def test_an_order_that_is_over_stays_as_it_is(kind: type[c.ChangeOrder]) -> None:
    run = rehearsal(1)
    view = order(run)
    do(run, c.CancelOrder(order_id=view.order_id))
    expected = ("order.finished", {"order_id": view.order_id, "state": "CANCELLED"})
    assert refusal(run, kind(order_id=view.order_id)) == expected


# Changed --------------------------------------------------------------------------------------------------------------


def test_a_change_keeps_what_it_does_not_name() -> None:
    run = rehearsal(1)
    run.robots[NAME].broken = run.robots[NAME].changed = True
    run.step()
    do(run, SetCutoff(name="SL-15", kind="barge", at=900.0))
    view = order(run)
    do(run, c.ChangeOrder(order_id=view.order_id, priority=3, user="lan"))
    entry = last(run, "order_changed")
    assert (entry.order_id, entry.robot, entry.facts) == (view.order_id, "", {"priority": 3, "user": "lan"})
    do(run, c.ChangeOrder(order_id=view.order_id, deadline=0.0, earliest=50.0, cutoff="SL-15"))
    entry = last(run, "order_changed")
    assert entry.facts == {"deadline": 0.0, "earliest": 50.0, "cutoff": "SL-15", "user": ""}
    request = run.engine.world.state.orders[view.order_id].request
    assert (request.priority, request.deadline, request.earliest, request.cutoff) == (3, 0.0, 50.0, "SL-15")
    do(run, c.ChangeOrder(order_id=view.order_id, cutoff=""))
    assert run.engine.world.state.orders[view.order_id].request.cutoff == ""


def test_the_change_of_an_order_under_way_stands_in_the_history_of_its_robot() -> None:
    run, view = under_way()
    do(run, c.ChangeOrder(order_id=view.order_id, priority=3, user="lan"))
    assert last(run, "order_changed").robot == NAME


@pytest.mark.parametrize("name", ["deadline", "earliest"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, -0.1])
def test_what_is_no_time_is_refused_with_its_name(name: str, value: float) -> None:
    run = rehearsal(1)
    view = order(run)
    wish = replace(c.ChangeOrder(order_id=view.order_id), **{name: value})  # type: ignore[arg-type]
    assert refusal(run, wish) == ("order.invalid", {"where": name, "reason": "not a time"})


def test_a_cut_off_that_nobody_set_is_refused() -> None:
    run = rehearsal(1)
    view = order(run)
    assert refusal(run, c.ChangeOrder(order_id=view.order_id, cutoff="SL-99")) == (
        "order.unknown_cutoff",
        {"cutoff": "SL-99"},
    )


# Held and reassigned --------------------------------------------------------------------------------------------------


def test_an_order_in_the_queue_is_held_without_a_word_to_robots() -> None:
    run = rehearsal(1)
    told(run, c.SetPaused(pause=True))
    view = order(run)
    assert told(run, c.HoldOrder(order_id=view.order_id, hold=True)) == []
    assert not [e for e in run.journal if e.kind == "order_requeued"]


def test_who_gets_an_order_is_journaled_and_the_one_that_has_it_keeps_it() -> None:
    run, view = under_way()
    do(run, c.ReassignOrder(order_id=view.order_id, robot=NAME, user="lan"))
    assert not [e for e in run.journal if e.kind == "order_reassigned"]
    do(run, c.ReassignOrder(order_id=view.order_id, robot="", user="lan"))
    entry = last(run, "order_reassigned")
    assert (entry.order_id, entry.facts) == (view.order_id, {"wanted": "", "user": "lan"})
    expected = ("robot.not_found", {"robot": "r" * 128})
    assert refusal(run, c.ReassignOrder(order_id=view.order_id, robot="r" * 200)) == expected


@pytest.mark.parametrize("moment", ["PICKING", "TO_DROP", "DROPPING"])
def test_a_load_that_is_taken_or_on_board_stays_with_its_robot(moment: str) -> None:
    run = rehearsal(1)
    view = order(run)
    until(run, view, moment)
    expected = ("order.load_on_board", {"order_id": view.order_id})
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=True)) == expected
    assert refusal(run, c.ReassignOrder(order_id=view.order_id)) == expected
    assert refusal(run, c.CancelOrder(order_id=view.order_id, mode="before_pick")) == expected
    if moment != "PICKING":
        assert refusal(run, c.CancelOrder(order_id=view.order_id, mode="after_leg")) == expected


def at_the_pick() -> tuple[Rehearsal, OrderView]:
    """The base of the robot leads into the station of its pick."""
    run = rehearsal(1)
    view = order(run)
    until(run, view, "TO_PICK")
    mover = run.engine.world.traffic.movers[NAME]
    assert run.run(lambda _: mover.end == mover.goal, 300.0)
    assert state(run, view) == "TO_PICK"
    return run, view


def test_an_order_whose_robot_drives_into_its_pick_is_not_taken_off_it() -> None:
    run, view = at_the_pick()
    expected = ("order.at_pick", {"order_id": view.order_id, "robot": NAME})
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=True)) == expected
    assert state(run, view) == "TO_PICK"
    told(run, c.CancelOrder(order_id=view.order_id, mode="before_pick"))
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=True)) == expected, "it is being cancelled"


# Cancelled ------------------------------------------------------------------------------------------------------------


def test_a_way_to_cancel_that_does_not_exist_is_refused_with_those_that_do() -> None:
    run = rehearsal(1)
    view = order(run)
    wish = c.CancelOrder(order_id=view.order_id, mode="later")  # type: ignore[arg-type]
    assert refusal(run, wish) == ("order.invalid", {"where": "mode", "reason": "before_pick, after_leg, now"})


def test_a_queued_order_is_cancelled_at_once_and_its_robot_is_told_nothing() -> None:
    run = rehearsal(1)
    told(run, c.SetPaused(pause=True))
    view = order(run)
    assert told(run, c.CancelOrder(order_id=view.order_id, mode="before_pick", user="lan")) == []
    entry = last(run, "order_cancelled")
    assert (entry.order_id, entry.robot, entry.facts) == (view.order_id, "", {"user": "lan"})


def test_under_way_the_robot_turns_round_without_a_stop() -> None:
    run, view = under_way()
    mission = run.engine.world.state.missions[NAME].mission_id
    assert told(run, c.CancelOrder(order_id=view.order_id, mode="before_pick", user="lan")) == []
    entry = last(run, "order_cancelled")
    assert (entry.order_id, entry.robot, entry.facts) == (view.order_id, NAME, {"user": "lan"})
    now = run.engine.world.state.missions[NAME]
    assert (now.mission_id, now.kind, now.goal) == (mission, "park", "P0")
    assert run.run(lambda r: r.robots[NAME].node == "P0", 120.0)
    assert run.held_violations == 0


@pytest.mark.parametrize("sent", [False, True])
def test_an_order_that_did_not_leave_the_fleet_yet_is_taken_back_with_its_mission(sent: bool) -> None:
    """One that did may be in the robot's hands although it has not said so: then the robot is led home with it."""
    run = far()
    run.step()
    result = run.engine.step(0.2, [Ask(1, c.CreateOrder(order=FAR))])
    run.journal += result.entries
    world = run.engine.world
    robot = world.robots[NAME]
    robot.sent, robot.acked = ("base",) if sent else (), False
    world.traffic.movers[NAME].granted = 0
    assert NAME in world.state.missions
    result = run.engine.step(0.2, [Ask(2, c.CancelOrder(order_id="T000001", mode="before_pick"))])
    assert [e.facts["why"] for e in result.entries if e.kind == "mission_ended"] == ([] if sent else ["cancelled"])
    assert [m for m in result.commands if isinstance(m, InstantAction)] == []


def test_an_order_whose_robot_was_just_found_without_it_is_cancelled_at_once() -> None:
    run, view = under_way()
    run.engine.world.end_mission(run.engine.world.robots[NAME], "robot restarted")
    assert told(run, c.CancelOrder(order_id=view.order_id, mode="before_pick")) == []
    assert state(run, view) == "CANCELLED"


def test_into_the_pick_it_is_stopped_and_cancelled_when_it_stands() -> None:
    run, view = at_the_pick()
    wish = c.CancelOrder(order_id=view.order_id, mode="before_pick", user="lan")
    assert told(run, wish) == ["cancelOrder amr_01"]
    entry = last(run, "order_cancelling")
    assert (entry.order_id, entry.robot, entry.facts) == (view.order_id, NAME, {"user": "lan"})
    assert told(run, wish) == [], "once is enough"
    assert len([e for e in run.journal if e.kind == "order_cancelling"]) == 1
    run.robots[NAME].instant(InstantAction(NAME, "cancelOrder", "c", {}))
    until(run, view, "CANCELLED")
    assert run.robots[NAME].picked == []


def test_after_the_leg_means_after_the_load_is_taken_and_is_journaled_once() -> None:
    run = rehearsal(1)
    view = order(run)
    until(run, view, "PICKING")
    for _ in range(2):
        assert told(run, c.CancelOrder(order_id=view.order_id, mode="after_leg", user="lan")) == []
    entry = last(run, "order_cancelling")
    assert (entry.order_id, entry.robot) == (view.order_id, NAME)
    assert entry.facts == {"mode": "after_pick", "user": "lan"}
    assert len([e for e in run.journal if e.kind == "order_cancelling"]) == 1
    until(run, view, "CANCELLED")
    assert len(run.robots[NAME].picked) == 1


@pytest.mark.parametrize("loaded", [False, True])
def test_now_takes_the_order_off_a_standing_robot_wherever_its_load_is(loaded: bool) -> None:
    run = rehearsal(1)
    view = order(run)
    until(run, view, "TO_DROP" if loaded else "TO_PICK")
    say(run, driving=False)
    expected = ["cancelOrder amr_01", *(["startPause amr_01"] if loaded else [])]
    assert told(run, c.CancelOrder(order_id=view.order_id, mode="now", user="lan")) == expected
    entry = last(run, "order_cancelled")
    assert (entry.order_id, entry.robot) == (view.order_id, NAME)
    assert entry.facts == {"mode": "now", "user": "lan", "on_board": loaded}
    assert last(run, "mission_ended").facts["why"] == "cancelled now"
    pauses = [(e.robot, e.facts) for e in run.journal if e.kind == "robot_paused"]
    assert pauses == ([(NAME, {"user": "lan", "scope": "unload"})] if loaded else [])
    assert NAME not in run.engine.world.state.missions
    assert FleetState.fold(run.journal).orders[view.order_id].state == "CANCELLED"


def test_now_on_a_moving_robot_is_refused_and_on_a_queued_order_needs_no_robot() -> None:
    run, view = under_way()
    assert run.run(lambda r: r.engine.world.robots[NAME].moving, 20.0)
    assert refusal(run, c.CancelOrder(order_id=view.order_id, mode="now")) == ("robot.moving", {"robot": NAME})
    assert state(run, view) == "TO_PICK"
    second = order(run, replace(FAR, load_id="PAL-2"))
    assert told(run, c.CancelOrder(order_id=second.order_id, mode="now", user="lan")) == []
    assert last(run, "order_cancelled").facts == {"mode": "now", "user": "lan", "on_board": False}


# Customs --------------------------------------------------------------------------------------------------------------


def test_a_customs_hold_takes_the_order_off_its_robot_and_its_lifting_lets_it_go_on() -> None:
    run, view = under_way()
    for _ in range(2):
        do(run, c.HoldCargo(load_id="PAL-1", hold=True, document="D" * 200, user="hq"))
    entry = last(run, "cargo_held")
    assert entry.facts == {"load_id": "PAL-1", "document": "D" * 128, "user": "hq"}
    assert len([e for e in run.journal if e.kind == "cargo_held"]) == 1
    assert state(run, view) == "QUEUED"
    run.run(lambda _: False, 30.0)
    assert state(run, view) == "QUEUED"
    cargo = do(run, c.HoldCargo(load_id="PAL-1", hold=False, document="ok", user="hq"))
    assert last(run, "cargo_released").facts == {"load_id": "PAL-1", "document": "ok", "user": "hq"}
    assert not cargo.cargo.customs_hold  # type: ignore[attr-defined]
    until(run, view, "DONE")


def test_a_customs_hold_takes_an_order_back_that_its_robot_has_not_confirmed_yet() -> None:
    """The robot would drive to a load that customs hold, and take it as soon as it is there."""
    run = far()
    run.step()
    result = run.engine.step(0.2, [Ask(1, c.CreateOrder(order=FAR))])
    run.journal += result.entries
    view = result.replies[0].result
    assert isinstance(view, OrderView)
    assert state(run, view) == "ASSIGNED"
    result = run.engine.step(0.3, [Ask(2, c.HoldCargo(load_id="PAL-1", hold=True, document="TK-1", user="hq"))])
    assert not isinstance(result.replies[0].result, AmrError)
    assert state(run, view) == "QUEUED"


def test_a_load_on_a_robot_cannot_be_held_any_more_but_released() -> None:
    run = rehearsal(1)
    view = order(run, LOAD)
    until(run, view, "TO_DROP")
    facts = {"load_id": "PAL-1", "robot": NAME}
    assert refusal(run, c.HoldCargo(load_id="PAL-1", hold=True)) == ("cargo.on_robot", facts)
    do(run, c.HoldCargo(load_id="PAL-1", hold=False))
    assert not [e for e in run.journal if e.kind in ("cargo_held", "cargo_released")]
    expected = ("cargo.not_found", {"load_id": "L" * 128})
    assert refusal(run, c.HoldCargo(load_id="L" * 200, hold=True)) == expected


def test_a_hold_on_a_load_in_the_queue_changes_its_order_not() -> None:
    run = rehearsal(1)
    told(run, c.SetPaused(pause=True))
    view = order(run, LOAD)
    do(run, c.HoldCargo(load_id="PAL-1", hold=True))
    assert state(run, view) == "QUEUED"
    assert not [e for e in run.journal if e.kind == "order_requeued"]


@pytest.mark.parametrize("wish", [c.HoldOrder(order_id="T000001", hold=True), c.ReassignOrder(order_id="T000001")])
def test_what_comes_back_is_the_order_as_it_is_now(wish: Request[Any]) -> None:
    run, view = under_way()
    answer = do(run, wish)
    assert isinstance(answer, OrderView)
    assert (answer.order_id, answer.state) == (view.order_id, "QUEUED")


def test_after_every_change_the_fleet_looks_for_work_at_once() -> None:
    run = rehearsal(1)
    view = create(run)
    do(run, c.HoldOrder(order_id=view.order_id, hold=True))
    run.run(lambda _: False, 5.0)
    run.engine.world.dispatch_due = run.now + 99.0
    do(run, c.HoldOrder(order_id=view.order_id, hold=False))
    assert state(run, view) == "ASSIGNED"


def test_no_refusal_leaves_anything_in_the_journal() -> None:
    run = rehearsal(1)
    view = order(run)
    until(run, view, "TO_DROP")
    before = len(run.journal)
    wishes: list[Request[Any]] = [
        c.HoldOrder(order_id=view.order_id, hold=True),
        c.ReassignOrder(order_id=view.order_id),
        c.CancelOrder(order_id=view.order_id),
        c.ChangeOrder(order_id=view.order_id, deadline=math.nan),
        c.HoldCargo(load_id="none", hold=True),
    ]
    for wish in wishes:
        result = run.engine.step(run.now, [Ask(1, wish)])
        assert isinstance(result.replies[0].result, AmrError)
        assert [e.kind for e in result.entries if e.kind not in ("robot_holds", "order_state")] == []
    assert len(run.journal) == before
