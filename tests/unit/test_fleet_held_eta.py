"""No page tells when an order will be delivered while something holds it that a person has to end."""

from __future__ import annotations

from dataclasses import replace

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CreateOrder, SetPaused

SITE = load_site("cai_cui")


def _order(run: Rehearsal) -> OrderView:
    return run.engine.snapshot().orders[0]


def test_an_order_on_a_paused_robot_has_no_expected_time_and_may_be_late_all_the_same() -> None:
    run = Rehearsal(build_roadmap(SITE), units_of(SITE, 2), seed=3)
    run.run(lambda r: r.engine.ready, 20.0)
    request = OrderRequest(pick_place="D01", drop_place="B4", deadline=run.now + 30.0)
    run.step([Ask(0, CreateOrder(order=request))])
    assert run.run(lambda r: _order(r).state == "TO_DROP" and _order(r).eta > 0.0, 400.0)
    going = _order(run)
    assert going.late is not None
    run.step([Ask(1, SetPaused(robots=(going.robot,), pause=True, user="lan"))])
    assert run.run(lambda r: _order(r).root is not None, 20.0)
    run.run(lambda _: False, 10.0)  # over the next forecast
    held = _order(run)
    assert (held.eta, held.eta_early, held.eta_late, held.at_pick) == (0.0, 0.0, 0.0, 0.0)
    assert held.late is not None
    assert replace(held.late, since=0.0).code == "alarm.order_late"
    run.step([Ask(2, SetPaused(robots=(going.robot,), pause=False, user="lan"))])
    assert run.run(lambda r: _order(r).root is None and _order(r).eta > r.now, 20.0)
