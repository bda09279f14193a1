"""A mission of an order with nothing to do at its goal ends when the robot is there: what an order type may need."""

from __future__ import annotations

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain import world as world_module
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.vocabulary import MissionKind


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
