"""Holds of orders: whose they are, who ends them, and what outlives an answer or a word."""

from __future__ import annotations

from dataclasses import replace

from amr_fleet import requests as c
from amr_fleet.domain import order_requests
from amr_fleet.ports import OrderRequest
from tests.unit.test_fleet_commands import do
from tests.unit.test_fleet_engine import rehearsal, state
from tests.unit.test_fleet_order_requests import LOAD, order, under_way
from tests.unit.test_fleet_robot_requests import NAME, last, refusal


def test_a_hold_is_journaled_once_with_who_set_it() -> None:
    run, view = under_way()
    for _ in range(2):
        do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan"))
    entry = last(run, "order_held")
    assert (entry.order_id, entry.facts) == (view.order_id, {"user": "lan"})
    requeued = last(run, "order_requeued")
    assert (requeued.order_id, requeued.robot) == (view.order_id, NAME)
    assert len([e for e in run.journal if e.kind == "order_held"]) == 1
    assert state(run, view) == "QUEUED"
    for _ in range(2):
        do(run, c.HoldOrder(order_id=view.order_id, hold=False, user="lan"))
    entry = last(run, "order_released")
    assert (entry.order_id, entry.facts) == (view.order_id, {"user": "lan"})
    assert len([e for e in run.journal if e.kind == "order_released"]) == 1


def test_another_persons_hold_ends_in_their_place_only_and_is_handed_over() -> None:
    run, view = under_way()
    do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan", text="chờ giấy tờ"))
    held = run.engine.world.state.orders[view.order_id].hold
    assert held is not None
    assert (held.user, held.text) == ("lan", "chờ giấy tờ")
    run.step()
    [seen] = [o for o in run.engine.snapshot().orders if o.order_id == view.order_id]
    assert seen.hold == held
    assert seen.reason is not None
    assert seen.reason.facts == {"user": "lan", "at": held.since, "why": "chờ giấy tờ"}
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=False, user="minh"))[0] == "order.held_by"
    wrong = c.HoldOrder(order_id=view.order_id, hold=False, user="minh", instead_of="huy")
    assert refusal(run, wrong)[0] == "order.held_by"
    again = c.HoldOrder(order_id=view.order_id, hold=True, user="minh")  # who was first keeps it
    assert refusal(run, again)[0] == "order.held_by", "minh would think that the order stays until minh lets it go"
    assert run.engine.world.state.orders[view.order_id].hold == held
    do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="minh", instead_of="lan"))
    assert last(run, "order_held").facts == {"user": "minh", "instead_of": "lan"}
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=False, user="lan"))[0] == "order.held_by"
    do(run, c.HoldOrder(order_id=view.order_id, hold=False, user="lan", instead_of="minh", text="đã hỏi minh"))
    assert last(run, "order_released").facts == {"user": "lan", "instead_of": "minh", "text": "đã hỏi minh"}
    assert run.engine.world.state.orders[view.order_id].hold is None


def test_a_hold_of_after_the_question_outlives_the_answer_to_it() -> None:
    run = rehearsal(1)
    view = order(run, replace(LOAD, earliest=9000.0))
    do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan"))
    first = run.engine.world.state.orders[view.order_id].hold
    assert first is not None
    run.step()
    do(run, c.HoldOrder(order_id=view.order_id, hold=False, user="lan"))
    run.step()
    do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan"))
    late = c.HoldOrder(order_id=view.order_id, hold=False, user="minh", instead_of="lan", seen=first.since)
    assert refusal(run, late)[0] == "order.held_by"
    held = run.engine.world.state.orders[view.order_id].hold
    assert held is not None
    do(run, replace(late, seen=held.since))
    assert run.engine.world.state.orders[view.order_id].hold is None


def test_an_order_that_was_made_held_is_released_by_whoever_comes() -> None:
    run = rehearsal(1)
    wish = OrderRequest(pick_place="D1", drop_place="A1", held=True, user="wms")
    do(run, c.CreateOrder(order=wish))
    (made,) = run.engine.world.state.orders
    do(run, c.HoldOrder(order_id=made, hold=False, user="minh"))
    assert not run.engine.world.state.orders[made].request.held


def test_a_hold_of_an_order_that_was_made_held_until_ready_outlives_the_word_ready() -> None:
    """It was answered as done and noted nowhere: the worker's "ready" sent the order off."""
    run = rehearsal(1)
    view = order(run, replace(LOAD, held=True, until_ready=True))
    for _ in range(2):
        do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan"))
    assert [e.facts for e in run.journal if e.kind == "order_held"] == [{"user": "lan"}]
    now = run.engine.world.state.orders[view.order_id]
    assert (now.awaits, now.hold is not None and now.hold.user) == (False, "lan")
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=False, user="minh"))[0] == "order.held_by"


def test_the_refusal_names_the_order_and_who_holds_it_since_when_and_why() -> None:
    run, view = under_way()
    do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan", text="chờ giấy tờ"))
    facts = {"order_id": view.order_id, "user": "lan", "at": run.engine.world.now, "why": "chờ giấy tờ"}
    assert refusal(run, c.HoldOrder(order_id=view.order_id, hold=False, user="minh")) == ("order.held_by", facts)


def test_a_hold_of_nobody_is_ended_by_whoever_comes_in_nobodys_place() -> None:
    run, view = under_way()
    do(run, c.HoldOrder(order_id=view.order_id, hold=True))
    do(run, c.HoldOrder(order_id=view.order_id, hold=False, user="minh", instead_of="lan"))  # whom an old page shows
    assert last(run, "order_released").facts == {"user": "minh"}


def test_the_reason_of_a_hold_is_journaled_when_it_changes_and_the_word_of_a_worker_has_none() -> None:
    run, view = under_way()
    for text in ("", "chờ", "chờ", ""):
        do(run, c.HoldOrder(order_id=view.order_id, hold=True, user="lan", text=text))
    kept = [e.facts for e in run.journal if e.kind == "order_held"]
    assert kept == [{"user": "lan"}, {"user": "lan", "text": "chờ"}]
    world = run.engine.world
    order_requests.release(world, world.state.orders[view.order_id], "lan")
    assert world.entries[-1].facts == {"user": "lan"}
