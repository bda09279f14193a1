"""What a trial's permit makes the traffic engine do."""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.cargo_views import Cargo
from amr_fleet.domain.causes import ends
from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder, SetPaused
from amr_fleet.trial_requests import ReportBreach
from tests.unit.test_sandbox_trial import FAR
from tests.unit.trial_rig import BEGIN, Rig, record


def order(rig: Rig, pick: str = "IN", drop: str = "OUT") -> str:
    answer = rig.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop)))
    return str(answer.order_id)


def places(rig: Rig) -> list[str]:
    return list(rig.engine.world.places)


def test_without_a_trial_a_site_that_needs_one_drives_nothing_and_says_why() -> None:
    rig = Rig()
    pick, drop = places(rig)[:2]
    order_id = order(rig, pick, drop)
    rig.run.run(lambda r: False, 60)
    assert rig.engine.world.state.orders[order_id].state == "QUEUED"
    view = next(o for o in rig.engine.snapshot().orders if o.order_id == order_id)
    assert view.reason is not None
    assert (view.reason.code, view.reason.facts["why"]) == ("wait.trial", "no_trial")
    assert not any(r.driven for r in rig.run.robots.values())
    rig.start()
    assert rig.run.run(lambda r: rig.engine.world.state.orders[order_id].state == "DONE", 600)


def test_a_site_that_needs_none_is_not_held_up() -> None:
    rig = Rig(required=False)
    pick, drop = places(rig)[:2]
    order_id = order(rig, pick, drop)
    assert rig.run.run(lambda r: rig.engine.world.state.orders[order_id].state == "DONE", 600)


def test_on_suspension_robots_finish_their_released_way_stand_and_go_on_only_with_the_trial() -> None:
    rig = Rig()
    rig.start()
    pick, drop = places(rig)[:2]
    order_id = order(rig, pick, drop)
    assert rig.run.run(lambda r: any(x.edge is not None for x in r.robots.values()), 60)
    base = {n: m.granted for n, m in rig.engine.world.traffic.movers.items()}
    rig.ask(ReportBreach(trial_id="TN-1", breach=FAR))
    rig.run.run(lambda r: False, 90)
    assert {n: m.granted for n, m in rig.engine.world.traffic.movers.items()} == base
    assert all(r.paused and r.edge is None for r in rig.run.robots.values())
    rig.ask(SetPaused(pause=False, user="an"))
    rig.ask(SetPaused(pause=False, robots=("amr_01", "amr_02"), user="an"))
    rig.run.run(lambda r: False, 30)
    assert all(r.paused for r in rig.run.robots.values()), "a person's resume does not lift the trial's stop"
    assert any(a.reason.code == "alarm.trial_suspended" for a in rig.engine.snapshot().alarms)
    rig.move("running", "an", "operator")
    rig.move("running", "binh", "operator")
    assert rig.run.run(lambda r: rig.engine.world.state.orders[order_id].state == "DONE", 600)


def test_hard_suspension_pauses_at_once() -> None:
    rig = Rig()
    rig.start()
    order(rig, *places(rig)[:2])
    assert rig.run.run(lambda r: any(x.edge is not None for x in r.robots.values()), 60)
    rig.move("suspended", "so_khcn", "authority", hard=True)
    assert all(r.paused for r in rig.run.robots.values())
    assert any(r.edge is not None for r in rig.run.robots.values())


def test_robots_stay_stopped_when_the_permit_is_taken_away_at_once() -> None:
    """There is no trial any more that could let them go: a person does, robot by robot."""
    rig = Rig(required=False)
    rig.start()
    order(rig, *places(rig)[:2])
    assert rig.run.run(lambda r: any(x.edge is not None for x in r.robots.values()), 60)
    rig.move("revoked", "so_khcn", "authority", hard=True)
    assert rig.state == "revoked"
    for _ in range(40):
        rig.run.step()
    assert all(r.paused for r in rig.run.robots.values())
    rig.ask(SetPaused(robots=("amr_01", "amr_02"), pause=False, user="an", instead_of=("so_khcn",)))
    assert rig.run.run(lambda r: r.done, 600)


def test_a_permit_taken_away_at_once_stops_robots_too_that_somebody_has_paused_already() -> None:
    """They drove off when that somebody, who knew nothing of it, let them go on."""
    rig = Rig(required=False)
    rig.start()
    rig.ask(SetPaused(robots=("amr_01",), pause=True, user="an"))
    rig.move("revoked", "so_khcn", "authority", hard=True)
    assert [pause.user for pause in rig.engine.world.state.pauses["amr_01"]["one"].each()] == ["an", "so_khcn"]
    rig.ask(SetPaused(robots=("amr_01",), pause=False, user="an"))
    rig.run.step()
    assert all(r.paused for r in rig.run.robots.values())


def test_one_robot_moves_at_a_time_when_the_permit_says_so_and_all_orders_arrive() -> None:
    rig = Rig()
    rig.start(record(envelope={"max_robots_moving": 1}))
    names = places(rig)
    for i in range(4):
        order(rig, names[i % 2], names[1 - i % 2])
    most = 0
    for _ in range(6000):
        rig.run.step()
        movers = rig.engine.world.traffic.movers.values()
        most = max(most, sum(m.granted > m.at for m in movers))
        if rig.run.done:
            break
    assert rig.run.done
    assert most == 1


def test_a_robot_that_the_permit_does_not_name_stays_where_it_is() -> None:
    rig = Rig()
    rig.start(record(envelope={"serials": ["amr_02"]}))
    for _ in range(2):
        order(rig, *places(rig)[:2])
    rig.run.run(lambda r: rig.engine.world.state.done >= 1, 600)
    assert rig.run.robots["amr_01"].driven == 0.0
    assert rig.run.robots["amr_02"].driven > 0.0


@pytest.mark.parametrize("policy", ["batch", "nearest", "auction"])
def test_what_is_heavier_than_the_permit_allows_waits_and_says_so(policy: Any) -> None:
    rig = Rig(policy=policy)
    rig.start(record(envelope={"max_load_kg": 400}))
    names = places(rig)
    answers = [
        rig.ask(CreateOrder(order=OrderRequest(pick_place=names[0], drop_place=names[1], cargo=Cargo(weight_kg=kg))))
        for kg in (400.5, 400.0, 0.0)  # kg; 0: nobody said
    ]
    heavy, *others = (answer.order_id for answer in answers)
    orders = rig.engine.world.state.orders
    assert rig.run.run(lambda _: all(orders[i].state == "DONE" for i in others), 900)
    shown = next(o for o in rig.engine.snapshot().orders if o.order_id == heavy)
    assert shown.reason is not None
    assert (shown.state, shown.reason.code, shown.reason.facts["why"]) == ("QUEUED", "wait.trial", "load")
    assert ends(shown.reason) == "change_permit"
    rig.move("ended", "quan_tri", "admin")
    rig.move("ended", "so_khcn", "authority")
    rig.engine.world.trial_required = False
    assert rig.run.run(lambda _: orders[heavy].state == "DONE", 600), "without the permit a robot carries it"


def test_speeds_are_capped_on_every_edge_and_lower_in_zones() -> None:
    rig = Rig()
    zone = {"polygon": [[4, 3], [16, 3], [16, 5], [4, 5]], "max_speed": 0.3}
    rig.start(record(envelope={"max_speed": {"all": 0.5, "zones": [zone], "types": {"fork_robot": 0.4}}}))
    graph = rig.engine.world.graph
    assert max(graph.speed) <= 0.4
    south = [e for e, i in enumerate(graph.edge_ids) if graph.roadmap.edges[i].lane == "south"]
    assert south
    assert max(graph.speed[e] for e in south) <= 0.3


def test_near_the_end_of_a_window_nothing_starts_and_at_its_end_everything_stands() -> None:
    rig = Rig()
    rig.start(record(envelope={"end": "2027-01-15T15:10:00+07:00", "margin_s": 60}))
    book, names = rig.engine.world.state.trials, places(rig)
    number = 0
    while book.utc(rig.run.now) < BEGIN + 600.0 - 1.0:
        if not rig.engine.world.state.open_orders:
            number += 1
            order(rig, names[number % 2], names[1 - number % 2])
        rig.run.step()
        if book.utc(rig.run.now) >= BEGIN + 600.0 - 20.0:
            assert all(m.granted == m.at for m in rig.engine.world.traffic.movers.values())
    assert rig.engine.world.state.done >= 1
    assert all(r.edge is None for r in rig.run.robots.values())
