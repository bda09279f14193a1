"""A long queue costs little: orders that wait for the same share a reason, and only what changed is looked at anew."""

from __future__ import annotations

import pytest

from amr_fleet.domain import causes
from amr_fleet.domain.events import Ask
from amr_fleet.domain.views import snapshot
from amr_fleet.ports import OrderRequest, Reason
from amr_fleet.requests import CreateOrder
from tests.unit.test_fleet_engine import rehearsal

WISH = OrderRequest(pick_place="D1", drop_place="A1")


def test_reasons_of_a_long_queue_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run, looked = rehearsal(), list[object]()
    for _ in range(3):
        run.step([Ask(n, CreateOrder(order=WISH)) for n in range(200)])
        run.engine.snapshot()
    real = causes.key

    def key(reason: Reason) -> tuple[str, ...]:
        looked.append(reason)
        return real(reason)

    monkeypatch.setattr(causes, "key", key)
    first, second = run.engine.snapshot(), run.engine.snapshot()
    waiting = [o for o in second.orders if not o.robot]
    assert len(waiting) >= 598
    assert len(looked) < 100, "orders that began to wait together are one"
    assert all(a is b for a, b in zip(first.orders, second.orders, strict=True) if not a.robot)
    assert len({o.reason.since for o in waiting if o.reason is not None}) > 1, "each batch keeps its own time"
    assert [sorted(c.orders) for c in second.causes] == [sorted(c.orders) for c in first.causes]
    assert sum(len(c.orders) for c in second.causes) >= 598


def test_the_last_hour_is_counted_without_all_that_was_done_before() -> None:
    run = rehearsal()
    world, before = run.engine.world, range(5000)
    world.now = 10_000.0
    world.state.service_times.extend((float(n), 7.0) for n in before)
    world.state.service_times.extend([(6400.0, 1.0), (6401.0, 100.0), (10_000.0, 300.0), (10_001.0, 999.0)])
    kpi = snapshot(world, 0.0, True, 1.0).kpi
    assert (kpi.service_mean_s, kpi.orders_per_hour) == (200.0, 2.0), "neither the hour before nor a clock ahead"
    world.times_before = len(world.state.service_times)
    assert snapshot(world, 0.0, True, 1.0).kpi.service_mean_s == 0.0
