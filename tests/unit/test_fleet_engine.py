"""The fleet engine against kinematic robots on the lab site: orders, cancel, pause, silence, charging, restart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, Event, JournalEntry, Reply
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CancelOrder, CreateOrder, SetPaused, SetTemplate

CALM = Behaviour(stop_rate=0.0)


@cache
def lab() -> Roadmap:
    return build_roadmap(load_site("lab"))


def rehearsal(robots: int = 2, how: Behaviour = CALM) -> Rehearsal:
    run = Rehearsal(lab(), units_of(load_site("lab"), robots), how=how)
    run.step()
    return run


def ask(run: Rehearsal, event: Event) -> Reply:
    now = round(run.now + 0.01, 3)
    result = run.engine.step(now, [event])
    run.journal += result.entries
    for command in result.commands:
        robot = run.robots[command.robot]
        if isinstance(command, vda5050.Order):
            robot.take(command)
        else:
            robot.instant(command)
    return result.replies[0]


def create(run: Rehearsal, pick: str = "D1", drop: str = "A1", reference: str = "", priority: int = 0) -> OrderView:
    request = OrderRequest(pick_place=pick, drop_place=drop, reference=reference, priority=priority)
    result = ask(run, Ask(1, CreateOrder(order=request))).result
    assert isinstance(result, OrderView)
    return result


def refuse(run: Rehearsal, event: Event) -> str:
    result = ask(run, event).result
    assert isinstance(result, AmrError)
    return result.code


def state(run: Rehearsal, order: OrderView) -> str:
    return run.engine.world.state.orders[order.order_id].state


def until(run: Rehearsal, order: OrderView, states: Sequence[str], limit: float = 600.0) -> None:
    assert run.run(lambda r: state(r, order) in states, limit), state(run, order)


def test_order_runs_through_all_states_and_robot_goes_home() -> None:
    run = rehearsal()
    order = create(run)
    until(run, order, ["DONE"])
    kinds = [e.facts.get("state", e.kind) for e in run.journal if e.order_id == order.order_id and "order" in e.kind]
    assert kinds == ["order_created", "order_assigned", "TO_PICK", "PICKING", "order_picked", "DROPPING", "order_done"]
    at_work = {x.node for x in run.robots.values()} - {u.home for u in run.units}
    assert len(at_work) == 1, "it waits for more where it delivered"
    homes = [u.home for u in run.units]
    assert run.run(lambda r: [x.node for x in r.robots.values()] == homes, 300)
    assert all(v.status == "IDLE" for v in run.engine.snapshot().robots)


def test_same_reference_gives_the_same_order() -> None:
    run = rehearsal()
    assert create(run, reference="x").order_id == create(run, reference="x").order_id
    assert create(run, reference="y").order_id != create(run).order_id


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (OrderRequest(pick_place="D1", drop_place="nowhere"), "order.unknown_place"),
        (OrderRequest(pick_place="D1", drop_place="D1"), "order.same_place"),
        (OrderRequest(pick_place="D1", drop_place="A1", deadline=float("nan")), "order.invalid"),
        (OrderRequest(pick_place="D1", drop_place="A1", priority=10**6), "order.invalid"),
        (OrderRequest(pick_place="D1", drop_place="A1", reference="r" * 1000), "order.invalid"),
    ],
)
def test_bad_orders_are_refused(request_: OrderRequest, code: str) -> None:
    assert refuse(rehearsal(), Ask(1, CreateOrder(order=request_))) == code


def test_cancel_before_and_after_the_load_is_on_board() -> None:
    run = rehearsal()
    order = create(run)
    until(run, order, ["TO_PICK"])
    assert isinstance(ask(run, Ask(1, CancelOrder(order_id=order.order_id, mode="before_pick"))).result, OrderView)
    until(run, order, ["CANCELLED"])
    assert refuse(run, Ask(1, CancelOrder(order_id=order.order_id, mode="before_pick"))) == "order.finished"
    second = create(run)
    until(run, second, ["TO_DROP"])
    assert refuse(run, Ask(1, CancelOrder(order_id=second.order_id, mode="before_pick"))) == "order.load_on_board"
    assert refuse(run, Ask(1, CancelOrder(order_id="T9", mode="before_pick"))) == "order.not_found"
    until(run, second, ["DONE"])


def test_cancel_when_the_base_leads_into_the_station_stops_the_robot() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, ["TO_PICK"])
    mover = run.engine.world.traffic.movers["amr_01"]
    assert run.run(lambda _: mover.end == mover.goal, 300)
    ask(run, Ask(1, CancelOrder(order_id=order.order_id, mode="before_pick")))
    until(run, order, ["CANCELLED"])
    assert run.robots["amr_01"].picked == []
    until(run, create(run), ["DONE"])


def test_paused_robots_get_no_order_and_all_resume() -> None:
    run = rehearsal()
    ask(run, Ask(1, SetPaused(pause=True)))
    order = create(run)
    assert not run.run(lambda r: state(r, order) != "QUEUED", 20)
    snapshot = run.engine.snapshot()
    assert snapshot.all_paused
    assert {v.waiting.code for v in snapshot.robots if v.waiting} == {"wait.paused"}
    ask(run, Ask(1, SetPaused(pause=False)))
    until(run, order, ["DONE"])
    assert refuse(run, Ask(1, SetPaused(robots=("nobody",), pause=True))) == "robot.not_found"


def test_order_of_a_silent_robot_is_taken_back_and_done_later() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, ["TO_PICK"])
    robot = run.robots["amr_01"]
    robot.alive = False
    until(run, order, ["QUEUED"])
    view = run.engine.snapshot().robots[0]
    assert (view.status, view.waiting and view.waiting.code) == ("OFFLINE", "robot.offline")
    held = run.engine.world.traffic.movers["amr_01"].held
    run.restart_fleet()
    run.run(lambda _: False, 12.0)
    assert run.engine.world.traffic.movers["amr_01"].held == held, "a dead robot stays a wall over a restart"
    robot.alive = True
    until(run, order, ["DONE"])
    assert robot.picked == robot.dropped == [order.load_id]


def test_robot_that_was_restarted_with_its_load_delivers_it_once() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, ["TO_DROP"])
    run.robots["amr_01"].restart()
    until(run, order, ["DONE"])
    assert run.robots["amr_01"].picked == run.robots["amr_01"].dropped == [order.load_id]


def test_a_load_that_was_taken_without_a_word_says_where_as_any_other() -> None:
    """Without its place nobody was told that a container came in through the gate (CODECO)."""
    run = rehearsal(1)
    order = create(run)
    until(run, order, ["PICKING"])
    robot = run.robots["amr_01"]
    robot.loads.append(order.load_id)
    robot.restart()
    until(run, order, ["DONE"])
    (picked,) = [entry for entry in run.journal if entry.kind == "order_picked"]
    assert picked.facts["place"] == "D1"
    assert any(e.kind == "mission_ended" and "found done" in e.facts.values() for e in run.journal)


def test_low_battery_goes_to_the_charger_and_leaves_it_when_full() -> None:
    run = rehearsal(1, Behaviour(stop_rate=0.0, drain=0.0))
    robot = run.robots["amr_01"]
    robot.soc = 0.2
    assert run.run(lambda _: lab().nodes[robot.node].kind == "charger", 300)
    order = create(run)
    assert not run.run(lambda r: state(r, order) != "QUEUED", 60)
    until(run, order, ["DONE"], 1000)
    assert robot.soc >= 0.55


def test_restart_of_the_fleet_in_every_state_loses_and_doubles_nothing() -> None:
    for moment in ("ASSIGNED", "TO_PICK", "PICKING", "TO_DROP", "DROPPING"):
        run = rehearsal(1)
        order = create(run)
        until(run, order, [moment])
        run.restart_fleet()
        until(run, order, ["DONE"])
        assert run.robots["amr_01"].picked == run.robots["amr_01"].dropped == [order.load_id]


def test_kpi_counts_what_was_done() -> None:
    run = rehearsal(1)
    order = create(run)
    view = run.engine.snapshot().orders[0]
    assert view.order_id == order.order_id
    until(run, order, ["DONE"])
    kpi = run.engine.snapshot().kpi
    assert (kpi.orders_done, kpi.orders_open, kpi.deadlocks) == (1, 0, 0)
    assert kpi.service_p95_s > 0


def test_after_a_restart_a_robot_without_radio_keeps_its_way() -> None:
    run = rehearsal(2)
    order = create(run)
    until(run, order, ["TO_PICK"])
    silent = run.robots[run.engine.world.state.orders[order.order_id].robot]
    silent.mute = True
    other = next(r for r in run.robots.values() if r is not silent)
    run.restart_fleet()
    create(run, reference="second")
    for _ in range(600):
        run.step()
        graph = run.engine.world.graph
        held = run.engine.world.traffic.movers[other.name].held if run.engine.ready else 0
        mine = graph.mask(
            [silent.occupied(), *(n.node_id for n in silent.nodes if n.released and n.sequence_id > silent.seq)]
        )
        assert not graph.exclusion(mine) & held
    assert run.held_violations == 0
    assert run.violations() == []
    silent.mute = False
    until(run, order, ["DONE"])
    assert silent.dropped.count(order.load_id) + other.dropped.count(order.load_id) == 1


@pytest.mark.parametrize(("began", "again"), [(0.0, 1500.0), (5000.0, 10.0)])
def test_a_restarted_fleet_or_simulation_makes_no_thousands_of_orders_an_hour(began: float, again: float) -> None:
    """Forty orders of the hour before, one minute of running: not 2,400 an hour. Another run's count for nothing."""
    site = load_site("lab")
    roadmap = build_roadmap(site)
    journal = []
    for i in range(40):
        at = began + 30.0 * i
        facts = {"pick_place": "D1", "drop_place": "A1"}
        journal.append(JournalEntry(t=at, kind="order_created", order_id=f"T{i}", facts=facts))
        journal.append(JournalEntry(t=at + 200.0, kind="order_done", order_id=f"T{i}", robot="amr_01"))
    engine = FleetEngine(roadmap, units_of(site, 1), journal=journal)
    engine.step(again, [])
    engine.step(again + 60.0, [])
    expected = 40 / ((again + 60.0 - began) / 3600.0) if again > began else 0.0
    assert engine.snapshot().kpi.orders_per_hour == pytest.approx(expected)


def test_a_form_that_is_sent_twice_makes_one_order_also_after_a_restart() -> None:
    run = rehearsal()
    wish = OrderRequest(pick_place="D1", drop_place="A1", key="6f1b", load_id="PAL-1")
    first = ask(run, Ask(1, CreateOrder(order=wish))).result
    again = ask(run, Ask(2, CreateOrder(order=wish))).result
    other = ask(run, Ask(3, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", key="6f1c")))).result
    run.restart_fleet()
    late = ask(run, Ask(4, CreateOrder(order=wish))).result
    assert [o.order_id for o in (first, again, other, late) if isinstance(o, OrderView)] == [
        "T000001",
        "T000001",
        "T000002",
        "T000001",
    ]
    kept = ask(
        run, Ask(5, SetTemplate(name="daily", request=OrderRequest(pick_place="D1", drop_place="A1", key="k")))
    ).result
    assert isinstance(kept, AmrError), "all orders made from it would be one"
