"""A mission of an order with nothing to do at its goal ends when the robot is there: what an order type may need."""

from __future__ import annotations

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain import world as world_module
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.timekeeping import use_of
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CancelOrder
from amr_fleet.vocabulary import CancelMode, MissionKind, OrderState


def test_an_order_without_actions_is_done_by_going_there(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = world_module.action_id

    def none_for_the_first(kind: MissionKind, mission_id: str, order: TransportOrder | None) -> str:
        return "" if order is not None and order.order_id == "T000001" else usual(kind, mission_id, order)

    monkeypatch.setattr(world_module, "action_id", none_for_the_first)
    lab = load_site("lab")
    run = Rehearsal(build_roadmap(lab), units_of(lab, 2), seed=1, dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    run.create([OrderRequest(pick_place="D1", drop_place="A1"), OrderRequest(pick_place="D1", drop_place="A1")])
    assert run.run(lambda r: r.done, 900.0)
    told = [(e.kind, e.order_id) for e in run.journal if e.kind in ("order_picked", "order_done")]
    for order in ("T000001", "T000002"):
        assert [kind for kind, of in told if of == order] == ["order_picked", "order_done"]
    there = [e for e in run.journal if e.kind == "order_picked" and e.order_id == "T000001"]
    assert float(there[0].facts["off"]) < 0.1  # type: ignore[arg-type]
    assert not any(robot.loads for robot in run.robots.values())


def _gone_for(monkeypatch: pytest.MonkeyPatch, state: OrderState) -> Rehearsal:
    """Return a run in which a robot is so far with an order that has no load."""
    monkeypatch.setattr(OrderRequest, "has_load", property(lambda request: request.reference != "visit"))
    monkeypatch.setattr(world_module, "action_id", lambda kind, mission_id, order: "")
    lab = load_site("lab")
    run = Rehearsal(build_roadmap(lab), units_of(lab, 1), seed=1, dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    run.create([OrderRequest(pick_place="D1", drop_place="A1", reference="visit")])
    assert run.run(lambda r: r.engine.world.state.orders["T000001"].state == state, 300.0)
    return run


def test_an_order_without_a_load_has_none_on_board(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _gone_for(monkeypatch, "TO_DROP")
    world = run.engine.world
    [robot] = world.robots.values()
    assert not world.state.orders["T000001"].view().has_load
    assert robot.name not in world.state.aboard
    assert run.run(lambda r: use_of(world, robot) == "empty", 5.0)
    assert run.run(lambda r: r.done, 300.0)


@pytest.mark.parametrize(
    ("state", "seconds", "mode"),
    [(s, t, "after_leg") for s, t in (("TO_PICK", 20.0), ("TO_DROP", 0.0), ("TO_DROP", 8.0))]
    + [("TO_DROP", 0.0, "now")],
)
def test_it_is_cancelled_wherever_it_is(
    monkeypatch: pytest.MonkeyPatch, state: OrderState, seconds: float, mode: CancelMode
) -> None:
    """With its way released up to the place no action failed there that would have ended it: it stood for ever."""
    run = _gone_for(monkeypatch, state)
    run.run(lambda r: False, seconds)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode=mode, user="lan"))])
    assert run.run(lambda r: r.done, 60.0)
    assert run.engine.world.state.orders["T000001"].state == "CANCELLED"
    assert not run.engine.world.state.pauses
    assert not any(e.facts.get("on_board") for e in run.journal)


def test_who_did_not_hear_of_it_ends_at_the_first_place(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _gone_for(monkeypatch, "TO_PICK")
    [robot] = run.robots.values()
    monkeypatch.setattr(robot, "instant", lambda action: None)
    run.run(lambda r: False, 20.0)
    run.step([Ask(9, CancelOrder(order_id="T000001", user="lan"))])
    assert run.run(lambda r: r.done, 60.0)
    assert run.engine.world.state.orders["T000001"].state == "CANCELLED"
    assert [e.kind for e in run.journal if e.kind in ("order_picked", "order_done")] == ["order_picked"]
