"""An order that breaks the fleet's assignment is set aside, and all others go on."""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.domain import ability, aside, assignment
from amr_fleet.domain import dispatch as dispatching
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import HoldOrder
from tests.unit.test_fleet_engine import create, rehearsal, state, until
from tests.unit.test_fleet_faults import step


def poisoned(ids: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Assignment breaks over orders with these ids."""
    real = ability.need

    def need(world: World, request: OrderRequest) -> ability.Need:
        if any(order_id in ids and order.request is request for order_id, order in world.state.orders.items()):
            raise KeyError("poison")
        return real(world, request)

    monkeypatch.setattr(assignment, "need", need)


def aside_of(run: Rehearsal) -> list[str]:
    return [a.order_id for a in run.engine.snapshot().alarms if a.reason.code == "alarm.order_aside"]


def test_order_that_breaks_assignment_is_held_while_all_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run, bad = rehearsal(), ["T000001", "T000003"]
    poisoned(set(bad), monkeypatch)
    orders = [create(run, "A1", "B1"), create(run, "B1", "A1"), create(run, "A1", "D1"), create(run)]
    until(run, orders[1], ["TO_PICK"])
    until(run, orders[3], ["TO_PICK"])
    assert aside_of(run) == bad
    assert all(set(a.reason.facts) == {"order_id", "ref"} for a in run.engine.snapshot().alarms)
    views = {v.order_id: v for v in run.engine.snapshot().orders}
    assert all(views[i].held and views[i].reason for i in bad)
    again = FleetState.fold(run.journal).orders
    assert [o.order_id for o in again.values() if o.request.held] == bad, "nor does a restart break over them"
    assert run.violations() == []


def test_order_set_aside_goes_on_once_released_and_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    with monkeypatch.context() as patch:
        poisoned({"T000001"}, patch)
        order = create(run)
        run.run(lambda r: r.now > 3.0, 4.0)
        step(run, Ask(1, HoldOrder(order_id=order.order_id, hold=False, user="lan")))
        run.run(lambda r: r.now > 6.0, 7.0)
        assert run.engine.world.state.orders[order.order_id].request.held, "it breaks it still: it is held again"
        raised = [e.facts["code"] for e in run.journal if e.kind == "alarm_raised"]
        assert raised == ["alarm.order_aside"], "the same again, which nobody has seen, is no second alarm"
    step(run, Ask(2, HoldOrder(order_id=order.order_id, hold=False, user="lan")))
    until(run, order, ["TO_PICK"])


def test_order_on_a_robot_that_breaks_assignment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run, real = rehearsal(), dispatching._continue_order
    loaded = create(run)

    def go_on(world: World, robot: Any, order: Any) -> None:
        if order.order_id == loaded.order_id:
            raise KeyError("poison")
        real(world, robot, order)

    with monkeypatch.context() as patch:
        patch.setattr(dispatching, "_continue_order", go_on)
        assert run.run(lambda r: bool(aside_of(r)), 200.0)
        other = create(run, "A1", "B1")
        until(run, other, ["TO_PICK"])
        assert (state(run, loaded), aside_of(run)) == ("TO_DROP", [loaded.order_id])
    robot, end = run.engine.world.state.orders[loaded.order_id].robot, run.now + aside.ALONE + 5.0
    assert run.run(lambda r: robot in r.engine.world.state.missions, end)


def test_when_every_order_breaks_assignment_few_are_held_and_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    run, ids = rehearsal(), {f"T{n:06d}" for n in range(1, 10)}
    poisoned(ids, monkeypatch)
    for _ in ids:
        create(run, "A1", "B1")
    run.run(lambda r: r.now > 5.0, 6.0)
    codes = [a.reason.code for a in run.engine.snapshot().alarms]
    assert sorted(codes) == ["alarm.internal", *["alarm.order_aside"] * aside.MOST]
    assert sum(o.request.held for o in run.engine.world.state.open_orders.values()) == aside.MOST
