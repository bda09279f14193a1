"""What-if: the answer for no change is what the fleet then does; changes show where they must."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CreateOrder
from amr_fleet.vocabulary import Integration
from amr_fleet.whatif.foresee import foresee
from amr_fleet.whatif.scenario import NewLots, Question, Scenario

SITE = load_site("cai_cui")


ROADMAP = build_roadmap(SITE)


WISHES = [("D01", "A1W"), ("D03", "A2E"), ("A3W", "D03"), ("D05", "B2"), ("B4", "D02")]


def running() -> Rehearsal:
    """A fleet of six robots that has just picked up its first load."""
    ids = {p.id for p in SITE.places}
    run = Rehearsal(ROADMAP, units_of(SITE, 6), seed=3)
    run.run(lambda r: r.engine.ready, 20.0)
    requests = [OrderRequest(pick_place=a, drop_place=b, deadline=run.now + 900) for a, b in WISHES]
    assert all({r.pick_place, r.drop_place} <= ids for r in requests)
    run.step([Ask(i, CreateOrder(order=r)) for i, r in enumerate(requests)])
    assert run.run(lambda r: "TO_DROP" in {o.state for o in r.engine.snapshot().orders}, 400.0)
    return run


@pytest.fixture(scope="module")
def run() -> Rehearsal:
    return running()


def ask(run: Rehearsal, scenario: Scenario) -> Question:
    snapshot = run.engine.snapshot()
    return Question(site=SITE, snapshot=snapshot, scenario=scenario)


def test_without_a_change_both_answers_agree_and_come_true() -> None:
    run = running()
    answer = foresee(ask(run, Scenario()), ROADMAP)
    assert [o.finish for o in answer.before.orders] == [o.finish for o in answer.after.orders]
    assert answer.before.robots == 6
    assert run.run(lambda r: r.done, 3000.0)
    ends = {e.order_id: e.t for e in run.journal if e.kind == "order_done"}
    for order in answer.before.orders:
        assert order.finish > 0
        assert abs(order.finish - ends[order.order_id]) < 120.0, (order, ends[order.order_id])


def test_a_closed_dock_a_lost_robot_and_urgent_lots_show(run: Rehearsal) -> None:
    carrying = next(o for o in run.engine.snapshot().orders if o.state in ("TO_DROP", "DROPPING"))
    scenario = Scenario(
        closed_places=("D03",),
        lost_robots=(carrying.robot,),
        new_lots=(NewLots(count=10, pick_place="D06", drop_place="A3E"),),
    )
    answer = foresee(ask(run, scenario), ROADMAP)
    after = {o.order_id: o for o in answer.after.orders}
    assert after[carrying.order_id].stuck in ("whatif.load_on_lost", "whatif.drop_closed")
    assert any(o.stuck.endswith("_closed") for o in answer.after.orders)
    new = [o for o in answer.after.orders if o.is_new]
    assert len(new) == 10
    assert all(o.finish > answer.now for o in new)
    assert answer.after.robots == 5
    assert answer.after.finish > answer.before.finish
    assert answer.before.stuck == 0


def test_a_closed_lane_says_which_orders_it_strands_and_is_answered_at_once(run: Rehearsal) -> None:
    """It ran on for the whole horizon, 112 s, because the orders behind the lane never ended."""
    zone = ZoneRequest(zone_id="lane", kind="closed", elements=("A2",), text="spill", user="lan")
    answer = foresee(ask(run, Scenario(zones=(zone,))), ROADMAP)
    assert answer.after.simulated_s < 1800.0, "not the whole horizon"
    stuck = {o.order_id: o.root for o in answer.after.orders if o.stuck == "whatif.stranded"}
    to_a2 = [o.order_id for o in answer.after.orders if "A2E" in (o.pick_place, o.drop_place)]
    assert set(stuck) == set(to_a2) != set()
    assert {root.facts["zone"] for root in stuck.values() if root is not None} == {"lane"}
    assert answer.after.complete
    assert answer.before.stuck == 0


def test_a_robot_that_was_to_fetch_what_it_cannot_bring_is_stranded_by_the_lane_too() -> None:
    """It "waited for a place" at its free pick, which ends by itself: the answer came after the whole horizon."""
    run = Rehearsal(ROADMAP, units_of(SITE, 1), seed=3)
    run.run(lambda r: r.engine.ready, 20.0)
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D03", drop_place="A2E")))])
    assert run.run(lambda r: r.engine.snapshot().orders[0].state == "ASSIGNED", 20.0)
    zone = ZoneRequest(zone_id="lane", kind="closed", elements=("A2",), text="spill", user="lan")
    answer = foresee(replace(ask(run, Scenario(zones=(zone,))), horizon=600.0), ROADMAP)
    assert answer.after.complete
    [root] = [o.root for o in answer.after.orders if o.stuck == "whatif.stranded"]
    assert root is not None
    assert (root.code, root.facts["zone"]) == ("wait.zone", "lane")


def test_a_paused_robot_holds_its_order_and_a_cancelled_one_is_gone(run: Rehearsal) -> None:
    orders = run.engine.snapshot().orders
    loaded = next(o for o in orders if o.state in ("TO_DROP", "DROPPING"))
    other = next(o for o in orders if o.state not in ("TO_DROP", "DROPPING"))
    scenario = Scenario(paused_robots=(loaded.robot,), cancelled_orders=(other.order_id,))
    after = {o.order_id: o for o in foresee(ask(run, scenario), ROADMAP).after.orders}
    root = after[loaded.order_id].root
    assert root is not None
    assert after[loaded.order_id].stuck == "whatif.stranded"
    assert (root.code, root.facts["robot"]) == ("wait.paused", loaded.robot)
    assert after[other.order_id].stuck == "whatif.cancelled"


def test_what_a_pause_does_is_told_after_it_too(run: Rehearsal) -> None:
    """A pause is not held up by a question; its effect is asked when the robot stands already."""
    loaded = next(o for o in run.engine.snapshot().orders if o.state in ("TO_DROP", "DROPPING"))
    asked = ask(run, Scenario(paused_robots=(loaded.robot,)))
    robots = tuple(replace(r, paused=True) if r.name == loaded.robot else r for r in asked.snapshot.robots)
    answer = foresee(replace(asked, snapshot=replace(asked.snapshot, robots=robots)), ROADMAP)
    before, after = ({o.order_id: o.stuck for o in c.orders}[loaded.order_id] for c in (answer.before, answer.after))
    assert (before, after) == ("", "whatif.stranded")
    assert answer.before.robots == answer.after.robots + 1
    # Nobody asks about it: it stays paused in both.
    other = foresee(replace(asked, snapshot=replace(asked.snapshot, robots=robots), scenario=Scenario()), ROADMAP)
    assert {o.order_id: o.stuck for o in other.before.orders}[loaded.order_id] == "whatif.stranded"


def slow(a_look: float) -> Callable[[], float]:
    """A clock of a computer on which every step takes a_look seconds."""
    ticks = itertools.count()
    return lambda: next(ticks) * a_look


def test_a_busy_computer_answers_in_time_with_as_much_as_it_saw_of_both(run: Rehearsal) -> None:
    zone = ZoneRequest(zone_id="lane", kind="closed", elements=("A2",), text="spill", user="lan")
    for scenario in (Scenario(), Scenario(zones=(zone,))):
        answer = foresee(replace(ask(run, scenario), until=4.0), ROADMAP, wall=slow(0.01))
        assert not answer.before.complete
        assert not answer.after.complete
        assert abs(answer.before.simulated_s - answer.after.simulated_s) <= 0.25
        assert answer.followed_s == pytest.approx(50.0, abs=1.0)  # 400 steps of 0.25 s, half of them each
        assert answer.after.late == 0, "not seen to its end is not late"
        assert not answer.nothing_seen


def test_without_time_nothing_is_claimed(run: Rehearsal) -> None:
    answer = foresee(replace(ask(run, Scenario(closed_places=("D03",))), until=4.0), ROADMAP, wall=lambda: 4.0)
    assert answer.nothing_seen
    assert (answer.after.late, answer.after.stuck, answer.after.finish) == (0, 0, 0.0)
    assert [o.order_id for o in answer.after.orders] == [o.order_id for o in run.engine.snapshot().orders]


def test_a_zone_that_the_fleet_would_refuse_is_refused(run: Rehearsal) -> None:
    zone = ZoneRequest(zone_id="lane", kind="closed", elements=("nowhere",), user="lan")
    with pytest.raises(AmrError, match=r"zone\.invalid"):
        foresee(ask(run, Scenario(zones=(zone,))), ROADMAP)


def test_the_fleet_that_was_asked_about_is_not_touched(run: Rehearsal) -> None:
    before, entries = run.engine.snapshot(), len(run.journal)
    foresee(ask(run, Scenario(lost_robots=("amr_01",))), ROADMAP)
    assert run.engine.snapshot() == before
    assert len(run.journal) == entries


def test_a_robot_that_gets_no_new_orders_still_brings_what_it_has(run: Rehearsal) -> None:
    """The question before "no work" called it lost with its load, and its order stranded, which it then delivers."""
    loaded = next(o for o in run.engine.snapshot().orders if o.state in ("TO_DROP", "DROPPING"))
    answer = foresee(ask(run, Scenario(resting_robots=(loaded.robot,))), ROADMAP)
    before, after = ({o.order_id: o for o in c.orders}[loaded.order_id] for c in (answer.before, answer.after))
    assert (after.stuck, after.finish > 0) == ("", True)
    assert abs(after.finish - before.finish) < 60.0
    assert (answer.before.robots, answer.after.robots) == (6, 5)
    assert answer.after.stuck == 0


@pytest.mark.parametrize("level", ["utilised", "respected", "noticed", "ignored"])
def test_who_is_out_of_use_already_takes_no_order(run: Rehearsal, level: Integration) -> None:
    """Everybody else stands paused: a robot that was taken out of use was foreseen to bring what then stays."""
    lot = NewLots(count=1, pick_place="D06", drop_place="A3E")
    asked = replace(ask(run, Scenario(new_lots=(lot,))), horizon=900.0)
    busy = {o.robot for o in asked.snapshot.orders if o.robot}
    robots = tuple(
        replace(r, paused=True) if r.name in busy else replace(r, integration=level) for r in asked.snapshot.robots
    )
    after = foresee(replace(asked, snapshot=replace(asked.snapshot, robots=robots)), ROADMAP).after
    idle = len(robots) - len(busy)
    assert idle > 0
    assert after.robots == (idle if level == "utilised" else 0)
    assert (after.orders[-1].finish > 0) == (level == "utilised")


@pytest.fixture(scope="module")
def chosen() -> Rehearsal:
    """Two robots, one of which has an order and another one in the queue that was chosen for it."""
    site = load_site("lab")
    run = Rehearsal(build_roadmap(site), units_of(site, 2), seed=3)
    run.run(lambda r: r.engine.ready, 20.0)
    pick, drop = (p.id for p in site.places[:2])
    wish = OrderRequest(pick_place=pick, drop_place=drop, robot=next(iter(run.robots)))
    run.step([Ask(i, CreateOrder(order=wish)) for i in range(2)])
    assert run.run(lambda r: "TO_PICK" in {o.state for o in r.engine.snapshot().orders}, 60.0)
    return run


@pytest.mark.parametrize("out", ["resting", "lost", "error"])
def test_an_order_for_a_chosen_robot_is_stranded_without_it(chosen: Rehearsal, out: str) -> None:
    """The question before "no work" said that no order is held back: it gave the one that then waits to another."""
    snapshot = chosen.engine.snapshot()
    order = next(o for o in snapshot.orders if o.state == "QUEUED")
    name = order.wanted_robot
    if out == "error":
        robots = tuple(replace(r, status="ERROR") if r.name == name else r for r in snapshot.robots)
        snapshot = replace(snapshot, robots=robots)
    scenario = Scenario(
        resting_robots=(name,) if out == "resting" else (), lost_robots=(name,) if out == "lost" else ()
    )
    answer = foresee(Question(site=load_site("lab"), snapshot=snapshot, scenario=scenario, horizon=900.0))
    before, after = ({o.order_id: o for o in c.orders}[order.order_id] for c in (answer.before, answer.after))
    assert (before.stuck, before.finish > 0) == (("whatif.stranded", False) if out == "error" else ("", True))
    assert (after.stuck, after.finish) == ("whatif.stranded", 0.0)
    if out == "resting":
        assert after.root is not None
        assert (after.root.code, after.root.facts["robot"]) == ("wait.wanted_robot", name)


SOON = FleetSettings(soc_leave=0.32, soc_leave_in_peak=0.31)
"""A robot that charges takes an order after some minutes."""


def hungry() -> tuple[Rehearsal, Question]:
    """One robot of the lab at home, too empty for an order; a question about an order for it."""
    site = load_site("lab")
    run = Rehearsal(build_roadmap(site), units_of(site, 1), seed=3, settings=SOON)
    next(iter(run.robots.values())).soc = 0.14
    run.run(lambda r: r.engine.ready, 20.0)
    lot = NewLots(count=1, pick_place=site.places[0].id, drop_place=site.places[1].id)
    question = Question(
        site=site, snapshot=run.engine.snapshot(), scenario=Scenario(new_lots=(lot,)), horizon=1500.0, settings=SOON
    )
    return run, question


def delivered(question: Question, **changes: Any) -> float:
    """Return when the order is foreseen to be delivered (fleet s), 0 = not."""
    scenario = replace(question.scenario, **changes)
    return foresee(replace(question, scenario=scenario), build_roadmap(question.site)).after.orders[-1].finish


def test_without_chargers_an_empty_robot_brings_nothing_until_they_are_back() -> None:
    run, question = hungry()
    every = tuple(charger.id for charger in question.site.chargers)
    soon = delivered(question)
    later = delivered(question, lost_chargers=every, chargers_back=run.now + 300.0)
    assert soon > run.now
    assert later - soon == pytest.approx(300.0, abs=60.0)
    assert delivered(question, lost_chargers=every) == 0.0


def test_a_charger_that_is_out_of_use_gives_nothing_to_who_stands_there() -> None:
    run, question = hungry()
    [robot] = run.robots.values()
    every = tuple(charger.id for charger in question.site.chargers)
    assert run.run(lambda r: robot.node in every and r.engine.snapshot().robots[0].status == "CHARGING", 300.0)
    robot.soc = 0.14
    run.run(lambda r: False, 2.0)
    there = replace(question, snapshot=run.engine.snapshot())
    assert delivered(there) > run.now, "who stands at a charger charges on"
    assert delivered(there, lost_chargers=every) == 0.0
