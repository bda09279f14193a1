"""A long queue costs little: orders that wait for the same share a reason, and only what changed is looked at anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from amr_fleet.cargo_views import Cargo
from amr_fleet.domain import causes, order_causes, views
from amr_fleet.domain.ability import payload
from amr_fleet.domain.assignment import open_stations
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.views import snapshot
from amr_fleet.domain.world import World
from amr_fleet.ports import FleetSnapshot, OrderRequest, Reason
from amr_fleet.requests import CancelOrder, CreateOrder
from tests.unit.test_fleet_engine import rehearsal
from tests.unit.test_fleet_service import Bench

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


def test_orders_that_come_between_two_looks_are_added_to_the_last_one_as_the_next_one_shows_them() -> None:
    run = rehearsal()
    world = run.engine.world
    run.step([Ask(n, CreateOrder(order=WISH)) for n in range(40)])
    last = run.engine.snapshot()
    run.step([Ask(0, CreateOrder(order=WISH)), Ask(1, CreateOrder(order=replace(WISH, priority=3)))])
    new = list(world.state.open_orders)[-2:]
    added = run.engine.snapshot_with(last, new)
    assert added is not None
    whole = run.engine.snapshot()
    assert [o.order_id for o in added.orders] == [o.order_id for o in whole.orders]
    assert added.orders[-2:] == whole.orders[-2:]
    assert all(a is b for a, b in zip(added.orders[-2:], whole.orders[-2:], strict=True)), "and are not made twice"
    assert [(c.reason, sorted(c.orders)) for c in added.causes] == [(c.reason, sorted(c.orders)) for c in whole.causes]
    assert (added.t, added.kpi, added.visits) == (whole.t, whole.kpi, whole.visits)
    run.step([Ask(0, CreateOrder(order=replace(WISH, held=True)))])
    assert run.engine.snapshot_with(whole, list(world.state.open_orders)[-1:]) is None, "nobody waits for that yet"


def test_between_two_looks_only_orders_are_added_and_never_to_one_that_is_not_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, looks = Bench(), list[str]()
    real = bench.run.engine.snapshot

    def snapshot(*_: object) -> FleetSnapshot:
        looks.append("whole")
        return real()

    monkeypatch.setattr(bench.run.engine, "snapshot", snapshot)
    for _ in range(6):
        bench.ask(CreateOrder(order=WISH))
        bench.step()
    looks.clear()
    for _ in range(4):
        made = bench.ask(CreateOrder(order=WISH))
        bench.step()
        shown = bench.service.snapshot()
        assert made.result(0).order_id in [o.order_id for o in shown.orders]
        assert made.result(0).order_id in [i for c in shown.causes for i in c.orders]
    assert len(looks) == 2
    bench.step()
    bench.service._snapshot = replace(bench.service.snapshot(), ready=False)
    bench.ask(CreateOrder(order=WISH))
    bench.step()
    assert len(looks) == 4
    assert bench.service.snapshot().ready


def test_why_a_long_queue_waits_is_worked_out_as_often_as_why_robots_do(monkeypatch: pytest.MonkeyPatch) -> None:
    bench, looks = Bench(), list[float]()
    real = order_causes.queue_roots

    def queue_roots(world: World) -> dict[str, order_causes.Why]:
        looks.append(world.now)
        return real(world)

    for _ in range(6):
        bench.ask(CreateOrder(order=WISH))
        bench.step()
    monkeypatch.setattr(views, "queue_roots", queue_roots)
    begun = bench.now
    late = bench.ask(CreateOrder(order=replace(WISH, earliest=begun + 1.0)))
    for _ in range(30):
        bench.ask(CreateOrder(order=WISH))
        bench.step()
        shown = bench.service.snapshot()
        assert [o.order_id for o in shown.orders] == list(bench.run.engine.world.state.open_orders)
        assert sum(len(c.orders) for c in shown.causes) >= len(shown.orders) - len(shown.robots)
    assert 4 <= len(looks) <= 7, "3 s, looked at every half second and at what only time changes"
    order = next(o for o in bench.service.snapshot().orders if o.order_id == late.result(0).order_id)
    assert order.reason is not None
    assert order.reason.code != "wait.earliest", "its time has come meanwhile"
    looks.clear()
    bench.ask(CancelOrder(order_id=order.order_id))
    for _ in range(2):
        bench.step()
        shown = bench.service.snapshot()
        assert order.order_id not in [o.order_id for o in shown.orders], "whatever else is journaled is shown at once"
        assert shown.picture_age == 0.0
    assert looks


def test_what_a_robot_waits_for_shows_at_its_order_at_once() -> None:
    run = rehearsal(1)
    run.step([Ask(n, CreateOrder(order=WISH)) for n in range(3)])
    last = run.engine.snapshot()
    assert [a is b for a, b in zip(run.engine.snapshot(1.0, last).orders, last.orders, strict=True)] == [True] * 3
    robot = run.engine.world.robots["amr_01"]
    robot.waiting = Reason("wait.person", {}, run.now)
    shown = next(o for o in run.engine.snapshot(1.0, last).orders if o.robot == "amr_01")
    assert shown.reason == robot.waiting


def test_what_is_asked_once_for_all_is_what_each_would_be_told() -> None:
    run = rehearsal()
    cargo = Cargo(kind="lot", weight_kg=900.0)
    wishes = [
        WISH, replace(WISH, held=True), replace(WISH, earliest=1e6), replace(WISH, drop_place="A2"),
        replace(WISH, cargo=cargo, load_id="L1"), replace(WISH, pick_place="A1", drop_place="D1"),
        replace(WISH, robot=next(iter(run.engine.world.robots))),
    ]  # fmt: skip
    run.step([Ask(n, CreateOrder(order=wish)) for n, wish in enumerate(wishes * 8)])
    world = run.engine.world
    world.order_roots = {}
    told = order_causes.queue_roots(world)
    used = [(r, payload(r)) for r in world.robots.values()]
    bound = Counter(o.request.drop_place for o in world.state.open_orders.values() if o.robot)
    look = order_causes.Look(world, bound, used, open_stations(world, world.places))
    alone = {n: order_causes._queued(look, o) for n, o in world.state.open_orders.items() if not o.robot}
    assert told == alone
    assert len({why.code for why, _ in told.values()}) >= 4
    assert all(look.open[place] == world.open_stations(place) for place in world.places)


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


def test_who_has_which_order_is_known_without_a_look_at_all_of_them() -> None:
    run = rehearsal()
    state, had = run.engine.world.state, set[str]()
    run.step([Ask(n, CreateOrder(order=WISH)) for n in range(2)])
    for _ in range(4000):
        run.step()
        for robot in run.robots:
            slow = next((o for o in state.open_orders.values() if o.robot == robot), None)
            assert state.order_of(robot) is slow
            had |= {slow.order_id} if slow is not None else set()
        if not state.open_orders:
            break
    assert had == {"T000001", "T000002"}
    assert not any(state.with_robot.values())


def test_a_robot_that_an_old_journal_gave_two_orders_has_the_older_one_until_it_ends() -> None:
    state = FleetState()
    for n in (1, 2):
        facts = {"pick_place": "D1", "drop_place": "A1"}
        state.apply(JournalEntry(t=1.0, kind="order_created", order_id=f"T00000{n}", robot="", facts=facts))
    for n in (2, 1):
        state.apply(JournalEntry(t=2.0, kind="order_assigned", order_id=f"T00000{n}", robot="amr_01", facts={}))
    seen = []
    for n in (1, 2):
        order = state.order_of("amr_01")
        seen.append(order and order.order_id)
        state.apply(JournalEntry(t=3.0, kind="order_done", order_id=f"T00000{n}", robot="amr_01", facts={}))
    assert seen == ["T000001", "T000002"]
    assert state.order_of("amr_01") is None


def test_a_new_order_is_decided_on_at_once_only_while_a_robot_is_free() -> None:
    run = rehearsal(1)
    world = run.engine.world
    world.dispatch_due = run.now + 0.8
    run.step([Ask(0, CreateOrder(order=WISH))])
    assert world.state.order_of("amr_01") is not None, "at once"
    due = world.dispatch_due = run.now + 0.8
    run.step([Ask(0, CreateOrder(order=WISH))])
    assert world.dispatch_due == due, "nobody could take it"
