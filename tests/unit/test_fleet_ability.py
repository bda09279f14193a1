"""Loads whose weight is known go to robots that carry them, and nothing else changes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.robots import FORK_ROBOT, LIFT_AMR
from amr_core.site import load_site
from amr_core.vda5050 import LOADS_FIELD, RobotError
from amr_fleet.cargo_views import Cargo
from amr_fleet.domain import causes
from amr_fleet.domain.ability import need, payload, weight
from amr_fleet.domain.events import Ask
from amr_fleet.domain.reassign import _sooner
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder, ImportOrders, ReassignOrder, SetIntegration
from tests.unit.test_fleet_engine import ask, refuse, rehearsal, until

LIFT, FORK = "amr_01", "amr_02"  # of the lab
HEAVY = (LIFT_AMR.max_payload + FORK_ROBOT.max_payload) / 2


def wish(kg: float, pick: str = "D1", drop: str = "A1", **more: Any) -> OrderRequest:
    return OrderRequest(pick_place=pick, drop_place=drop, cargo=Cargo(weight_kg=kg), **more)


def made(run: Rehearsal, request: OrderRequest) -> OrderView:
    result = ask(run, Ask(1, CreateOrder(order=request))).result
    assert isinstance(result, OrderView), result
    return result


def assigned(run: Rehearsal, order: OrderView) -> list[str]:
    return [e.robot for e in run.journal if e.kind == "order_assigned" and e.order_id == order.order_id]


def test_the_forklift_carries_more_than_the_lift() -> None:
    run = rehearsal()
    robots = run.engine.world.robots
    assert payload(robots[LIFT]) == LIFT_AMR.max_payload < HEAVY < payload(robots[FORK]) == FORK_ROBOT.max_payload


@pytest.mark.parametrize("policy", ["batch", "nearest", "auction"])
def test_a_heavy_load_waits_for_the_robot_that_carries_it_though_another_is_free(policy: Any) -> None:
    run = Rehearsal(
        build_roadmap(load_site("lab")), units_of(load_site("lab"), 2), how=Behaviour(stop_rate=0.0),
        settings=FleetSettings(policy=policy),
    )  # fmt: skip
    run.step()
    orders = [made(run, wish(HEAVY, pick, drop)) for pick, drop in (("D1", "A1"), ("A1", "D1"), ("D1", "X1"))]
    assert run.run(lambda r: r.done, 1500.0)
    assert [set(assigned(run, order)) for order in orders] == [{FORK}] * 3


def test_of_many_orders_none_ever_goes_to_a_robot_that_cannot_carry_it() -> None:
    site, rng = load_site("cai_cui"), random.Random(3)
    run = Rehearsal(build_roadmap(site), units_of(site, 5), seed=2)
    for _ in range(12):
        run.step()
    places = [p.id for p in site.places if p.kind in ("dock", "block")]
    weights: dict[str, float] = {}
    for _ in range(14):
        pick, drop = rng.sample(places, 2)
        kg = rng.choice([0.0, 400.0, LIFT_AMR.max_payload, HEAVY, FORK_ROBOT.max_payload])
        weights[made(run, wish(kg, pick, drop)).order_id] = kg
    assert run.run(lambda r: r.done, 6000.0)
    robots = run.engine.world.robots
    got = [(weights[e.order_id], payload(robots[e.robot])) for e in run.journal if e.kind == "order_assigned"]
    assert len(got) >= 14
    assert all(kg <= most for kg, most in got)
    assert {most for kg, most in got if kg <= LIFT_AMR.max_payload} == {LIFT_AMR.max_payload, FORK_ROBOT.max_payload}


@pytest.mark.parametrize(("kg", "taken_over"), [(300.0, True), (HEAVY, False)])
def test_an_order_is_taken_over_only_by_a_robot_that_carries_it(kg: float, taken_over: bool) -> None:
    run = rehearsal()
    ask(run, Ask(1, SetIntegration(robot=LIFT, level="respected", user="u")))
    order = made(run, wish(kg, "B1", "D1"))
    assert run.run(lambda r: r.engine.world.state.orders[order.order_id].robot == FORK, 30.0)
    world = run.engine.world
    world.settings = world.settings.model_copy(update={"reassign_gain": -1e6})  # whoever is asked would be there sooner
    found = _sooner(world, world.state.orders[order.order_id], [world.robots[LIFT]])
    assert (found is not None and found.name == LIFT) == taken_over


@pytest.mark.parametrize(
    ("kg", "robot", "most"),
    [(FORK_ROBOT.max_payload + 0.1, "", FORK_ROBOT.max_payload), (HEAVY, LIFT, LIFT_AMR.max_payload)],
)
def test_what_nobody_or_not_the_chosen_robot_carries_is_refused(kg: float, robot: str, most: float) -> None:
    run = rehearsal()
    error = ask(run, Ask(1, CreateOrder(order=wish(kg, robot=robot)))).result
    assert isinstance(error, AmrError)
    assert (error.code, dict(error.facts)) == ("order.too_heavy", {"weight": kg, "most": most})
    made(run, wish(most, robot=robot))
    verdicts: Any = ask(run, Ask(1, ImportOrders(orders=(wish(kg, robot=robot), wish(most)), dry_run=True))).result
    assert [v.verdict for v in verdicts] == ["refused", "created"]


@pytest.mark.parametrize("kg", [float("nan"), float("inf"), -1.0, 100_001.0])
def test_rubbish_is_no_weight(kg: float) -> None:
    assert refuse(rehearsal(), Ask(1, CreateOrder(order=wish(kg)))) == "order.invalid"


def test_a_heavy_order_cannot_be_given_to_a_robot_that_cannot_carry_it() -> None:
    run = rehearsal()
    heavy = made(run, wish(HEAVY))
    until(run, heavy, ["TO_PICK"])
    request = ReassignOrder(order_id=heavy.order_id, robot=LIFT, user="u")
    assert refuse(run, Ask(1, request)) == "order.too_heavy"
    assert run.engine.world.state.orders[heavy.order_id].robot == FORK, "it stays where it was"
    assert isinstance(ask(run, Ask(1, ReassignOrder(order_id=heavy.order_id, robot="", user="u"))).result, OrderView)


def test_who_says_no_weight_means_the_weight_that_was_said_of_that_load() -> None:
    run = rehearsal()
    first = made(run, wish(HEAVY, load_id="P-7"))
    until(run, first, ["DONE"])
    again = OrderRequest(pick_place="A1", drop_place="D1", load_id="P-7")
    assert weight(run.engine.world, again) == HEAVY
    second = made(run, again)
    until(run, second, ["DONE"])
    assert set(assigned(run, second)) == {FORK}
    third = made(run, OrderRequest(pick_place="D1", drop_place="A1", load_id="P-7", cargo=Cargo(kind="lot", lot="L1")))
    assert weight(run.engine.world, third_request(run, third)) == HEAVY, "a lot number takes no weight away"
    until(run, third, ["DONE"])
    lighter = made(run, wish(300.0, "A1", "D1", load_id="P-7"))
    assert weight(run.engine.world, third_request(run, lighter)) == 300.0


def third_request(run: Rehearsal, order: OrderView) -> OrderRequest:
    return run.engine.world.state.orders[order.order_id].request


def test_a_load_of_unknown_weight_is_for_any_robot() -> None:
    run = rehearsal()
    orders = [made(run, OrderRequest(pick_place=a, drop_place=b)) for a, b in (("D1", "A1"), ("X1", "B1"))]
    assert run.run(lambda r: r.done, 900.0)
    assert {name for order in orders for name in assigned(run, order)} == {LIFT, FORK}


def test_the_weight_outlives_a_restart_and_its_robot_out_of_work_is_why_it_waits() -> None:
    run = rehearsal()
    ask(run, Ask(1, SetIntegration(robot=FORK, level="respected", user="u")))
    heavy = made(run, wish(HEAVY))
    run.restart_fleet()
    for _ in range(40):
        run.step()
    seen = run.engine.snapshot().orders[0]
    assert seen.cargo is not None
    assert seen.cargo.weight_kg == HEAVY
    assert seen.root is not None
    assert (seen.root.code, seen.root.facts) == ("wait.payload", {"weight": HEAVY})
    assert causes.ends(seen.root) == "free_robot"
    assert assigned(run, heavy) == []
    ask(run, Ask(1, SetIntegration(robot=FORK, level="utilised", user="u")))
    until(run, heavy, ["DONE"])


def test_a_heavy_order_waits_for_the_robots_that_carry_it_alone() -> None:
    run = rehearsal()
    first, second = made(run, wish(HEAVY)), made(run, wish(HEAVY, "X1", "B1"))
    until(run, first, ["TO_DROP"])
    reasons = {o.order_id: o.root for o in run.engine.snapshot().orders}
    root = reasons[second.order_id]
    assert root is not None
    assert (root.code, root.facts) in (("wait.robot", {"busy": 1}), ("wait.promised", {"robot": FORK}))


@pytest.mark.parametrize("field", ["maxLoadMass", "loadSets.EPAL.maxWeight"])
def test_a_robot_that_says_itself_that_it_carries_less_than_its_type_gets_no_more(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = rehearsal()
    facts: dict[str, Any] = {"field": field, "told": 500.0, "type": "fork_robot", "expected": FORK_ROBOT.max_payload}
    slow = {**facts, "field": "speedMax", "told": 0.1}
    rows = [RobotError("vda.factsheet_differs", "WARNING", f) for f in (slow, facts)]
    rows.append(RobotError("vda.factsheet_margin", "WARNING", {**facts, "told": 0.1}))  # is about something else
    monkeypatch.setattr(run.robots[FORK], "_errors", lambda: iter(rows))
    for _ in range(15):
        run.step()
    assert payload(run.engine.world.robots[FORK]) == 500.0
    orders = [made(run, wish(900.0, pick, drop)) for pick, drop in (("D1", "A1"), ("X1", "B1"))]
    light = made(run, wish(500.0, "A1", "D1"))
    assert run.run(lambda r: r.done, 1500.0)
    assert {name for order in orders for name in assigned(run, order)} == {LIFT}
    assert assigned(run, light) == [FORK]


@pytest.mark.parametrize("told", [None, "much", float("nan"), True, [1]])
def test_what_is_no_weight_in_an_error_changes_nothing(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    row = RobotError("vda.factsheet_differs", "WARNING", {"field": "maxLoadMass", "told": told})
    monkeypatch.setattr(run.robots[FORK], "_errors", lambda: iter([row]))
    for _ in range(15):
        run.step()
    assert payload(run.engine.world.robots[FORK]) == FORK_ROBOT.max_payload


def test_who_only_tells_the_weight_leaves_what_else_is_known_of_a_load() -> None:
    run = rehearsal()
    lot = Cargo(kind="lot", lot="G7", container="MSKU1234565", customer="Gentraco", weight_kg=500.0)
    first = made(run, OrderRequest(pick_place="D1", drop_place="A1", load_id="P-7", cargo=lot))
    until(run, first, ["DONE"])
    made(run, OrderRequest(pick_place="A1", drop_place="D1", load_id="P-7", cargo=Cargo(weight_kg=800.0)))
    assert run.engine.world.state.cargo.loads["P-7"].cargo == replace(lot, weight_kg=800.0)


JUMBO = "JUMBO"  # of the lab: the forklift's alone


def of_type(load_type: str, pick: str = "D1", drop: str = "A1", **more: Any) -> OrderRequest:
    return OrderRequest(pick_place=pick, drop_place=drop, cargo=Cargo(load_type=load_type), **more)


@pytest.mark.parametrize("policy", ["batch", "nearest", "auction"])
def test_a_load_of_a_type_waits_for_the_robot_that_carries_it_though_another_is_free(policy: Any) -> None:
    run = Rehearsal(
        build_roadmap(load_site("lab")), units_of(load_site("lab"), 2), how=Behaviour(stop_rate=0.0),
        settings=FleetSettings(policy=policy),
    )  # fmt: skip
    run.step()
    orders = [made(run, of_type(JUMBO, *ends)) for ends in (("D1", "A1"), ("A1", "D1"), ("D1", "X1"))]
    easy = made(run, of_type("EPAL", "B1", "A1"))
    assert run.run(lambda r: r.done, 1500.0)
    assert [set(assigned(run, order)) for order in orders] == [{FORK}] * 3
    assert assigned(run, easy) == [LIFT]


@pytest.mark.parametrize("load_type", ["jumbo", "XLT1200", "x" * 500, "EPAL "])
def test_a_type_that_the_site_does_not_have_is_refused(load_type: str) -> None:
    error = ask(rehearsal(), Ask(1, CreateOrder(order=of_type(load_type)))).result
    assert isinstance(error, AmrError)
    facts = {"load_type": load_type[:32], "known": "EPAL, JUMBO"}
    assert (error.code, dict(error.facts)) == ("order.unknown_load_type", facts)


def test_what_the_chosen_robot_or_nobody_carries_is_refused_and_cannot_be_given_to_it() -> None:
    run = rehearsal()
    assert refuse(run, Ask(1, CreateOrder(order=of_type(JUMBO, robot=LIFT)))) == "order.no_carrier"
    made(run, of_type(JUMBO, robot=FORK))
    both = OrderRequest(pick_place="D1", drop_place="A1", cargo=Cargo(load_type=JUMBO, weight_kg=HEAVY))
    order = made(run, both)
    assert refuse(run, Ask(1, ReassignOrder(order_id=order.order_id, robot=LIFT, user="u"))) == "order.no_carrier"
    alone = Rehearsal(build_roadmap(load_site("lab")), units_of(load_site("lab"), 1))
    alone.step()
    assert refuse(alone, Ask(1, CreateOrder(order=of_type(JUMBO)))) == "order.no_carrier"


def test_who_says_no_type_means_the_type_that_was_said_of_that_load() -> None:
    run = rehearsal()
    first = made(run, of_type(JUMBO, load_id="P-7"))
    until(run, first, ["DONE"])
    again = made(run, OrderRequest(pick_place="A1", drop_place="D1", load_id="P-7", cargo=Cargo(weight_kg=300.0)))
    assert need(run.engine.world, third_request(run, again)) == (300.0, JUMBO)
    assert run.engine.world.state.cargo.loads["P-7"].cargo == Cargo(load_type=JUMBO, weight_kg=300.0)
    sent: list[str] = []
    for _ in range(200):
        mission = run.engine.world.state.missions.get(FORK)
        if mission is not None and mission.kind == "pick" and mission.order_id == again.order_id:
            actions = [a for n in run.robots[FORK].nodes for a in n.actions]
            sent += [a.parameters["load_type"] for a in actions if a.action_type == "pick"]
        if sent:
            break
        run.step()
    assert set(sent) == {JUMBO}, "the robot hears of what type its load is"
    until(run, again, ["DONE"])
    assert set(assigned(run, again)) == {FORK}


def test_its_robot_out_of_work_is_why_a_load_of_a_type_waits_also_after_a_restart() -> None:
    run = rehearsal()
    ask(run, Ask(1, SetIntegration(robot=FORK, level="respected", user="u")))
    order = made(run, of_type(JUMBO))
    run.restart_fleet()
    for _ in range(40):
        run.step()
    seen = run.engine.snapshot().orders[0]
    assert seen.root is not None
    assert (seen.root.code, seen.root.facts) == ("wait.load_type", {"load_type": JUMBO})
    assert causes.ends(seen.root) == "free_robot"
    ask(run, Ask(1, SetIntegration(robot=FORK, level="utilised", user="u")))
    until(run, order, ["DONE"])


def test_a_robot_whose_factsheet_does_not_name_the_type_gets_no_such_load(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rehearsal()
    facts = {"field": LOADS_FIELD, "told": "JUMBO", "type": "fork_robot", "expected": "EPAL"}
    monkeypatch.setattr(
        run.robots[FORK], "_errors", lambda: iter([RobotError("vda.factsheet_differs", "WARNING", facts)])
    )
    for _ in range(15):
        run.step()
    orders = [made(run, of_type("EPAL", *ends)) for ends in (("D1", "A1"), ("X1", "B1"))]
    big = made(run, of_type(JUMBO, "A1", "D1"))
    assert run.run(lambda r: r.done, 1500.0)
    assert {name for order in orders for name in assigned(run, order)} == {LIFT}
    assert assigned(run, big) == [FORK]
