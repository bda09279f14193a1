"""Who is served first, and that nobody waits for a robot that cannot come while another one could."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.assignment import pairing, urgency
from amr_fleet.domain.events import Ask, Event
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder, SetPaused, SetZone

SITE = load_site("cai_cui")
PLACES = [p.id for p in SITE.places]
PATIENCE = 30.0
"""Longest time (s) that a robot which could go may leave an order lying."""


@cache
def roadmap() -> Roadmap:
    return build_roadmap(SITE)


def some_order(rng: random.Random, **more: int) -> OrderRequest:
    pick, drop = rng.sample(PLACES, 2)
    return OrderRequest(pick_place=pick, drop_place=drop, priority=more.get("priority", 0))


def incident(seed: int) -> tuple[Rehearsal, random.Random]:
    """Return a fleet at work in which lane A2 was closed and a robot under way was paused."""
    rng = random.Random(seed)
    run = Rehearsal(roadmap(), units_of(SITE), seed=seed, dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    run.create([some_order(rng) for _ in range(10)])
    run.run(lambda _: False, rng.uniform(60.0, 200.0))
    victim = rng.choice(list(run.engine.world.state.missions))
    zone = ZoneRequest(zone_id="lane-A2", kind="closed", elements=("A2",), user="lan")
    run.step([Ask(1, SetZone(zone=zone)), Ask(2, SetPaused(robots=(victim,), pause=True, user="lan"))])
    return run, rng


def new_order(run: Rehearsal, rng: random.Random, every: float) -> list[Event]:
    return [Ask(3, CreateOrder(order=some_order(rng)))] if rng.random() < run.dt / every else []


def could_begin(world: World, robot: Robot, order: TransportOrder) -> bool:
    """The traffic would let the robot, which has nothing to do, go to a free station of the order's pick place now."""
    if not world.available(robot) or not robot.settled or robot.name in world.state.missions:
        return False
    if robot.report is None or robot.report.loads or robot.report.soc < 0.5 or world.state.order_of(robot.name):
        return False
    mover = world.traffic.movers[robot.name]
    station = world.free_station(order.request.pick_place, robot.name, mover.end)
    if station is None:
        return False
    saved = mover.save()
    taken = world.traffic.begin(robot.name, station)
    mover.load(saved)
    return taken


def left_lying(world: World) -> list[str]:
    """Return the orders in the queue, not promised to anybody, that a robot without work could fetch at once."""
    drops = [o.request.drop_place for o in world.state.open_orders.values() if o.robot]
    found = []
    for order in world.state.open_orders.values():
        pick, drop = order.request.pick_place, order.request.drop_place
        way = min(world.graph.distances(world.places[pick][0])[d] for d in world.places[drop])
        full = drops.count(drop) >= len(world.places[drop]) + world.settings.drop_queue
        if order.state != "QUEUED" or order.order_id in world.plan or full or way == float("inf"):
            continue
        if any(could_begin(world, r, order) for r in world.robots.values()):
            found.append(order.order_id)
    return found


@pytest.mark.parametrize("seed", [3])
def test_a_closed_lane_and_a_paused_robot_stop_nobody_else_s_orders(seed: int) -> None:
    run, rng = incident(seed)
    since: dict[str, float] = {}
    end = run.now + 420.0
    while run.now < end:
        run.step(new_order(run, rng, every=25.0))
        if round(run.now / run.dt) % 20 == 0:
            lying = left_lying(run.engine.world)
            since = {order_id: since.get(order_id, run.now) for order_id in lying}
            worst = {o: round(run.now - t) for o, t in since.items() if run.now - t > PATIENCE}
            assert worst == {}, f"robots that could go stand still at {run.now}"


def test_in_a_full_fleet_with_an_incident_no_younger_order_goes_before_an_urgent_one_that_only_wants_a_robot() -> None:
    """It waited 3 min 17 s while five younger ones of no priority got robots: a closed lane kept dispatch from it."""
    run, rng = incident(6)
    run.create([some_order(rng) for _ in range(8)])
    run.step([Ask(4, CreateOrder(order=OrderRequest(pick_place="D05", drop_place="B2", priority=9)))])
    orders = run.engine.world.state.orders
    urgent = next(o.order_id for o in orders.values() if o.request.priority == 9)
    came, ranks, younger = run.now, set[int](), set[str]()
    while orders[urgent].state == "QUEUED" and run.now < came + 300.0:
        told = next(o for o in run.engine.snapshot().orders if o.order_id == urgent)
        ranks.add(told.rank)
        run.step(new_order(run, rng, every=15.0))
        gone = {i for i, o in orders.items() if o.created > came and o.robot}
        only_a_robot = told.reason is not None and told.reason.code == "wait.robot"
        assert not (only_a_robot and gone - younger), f"{gone - younger} at {run.now}, before the urgent one"
        younger = gone
    assert orders[urgent].robot
    assert ranks <= {0, 1}, "the order of service says so as soon as it was looked at"
    behind = [o for o in orders.values() if o.state == "QUEUED" and o.created < came]
    assert behind, "older ones of no priority wait on: the fleet was full"


def test_an_order_whose_drop_lies_behind_a_closed_lane_stays_in_the_queue() -> None:
    run = Rehearsal(roadmap(), units_of(SITE), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    run.step([Ask(1, SetZone(zone=ZoneRequest(zone_id="z", kind="closed", elements=("A2",), user="lan")))])
    run.create([OrderRequest(pick_place="D01", drop_place="A2W"), OrderRequest(pick_place="D02", drop_place="B4")])
    run.run(lambda _: False, 15.0)
    states = {o.drop_place: o.state for o in run.engine.snapshot().orders}
    assert states["A2W"] == "QUEUED", "no robot goes for a load that it cannot bring"
    assert states["B4"] != "QUEUED"


@given(seed=st.integers(0, 10**6), robots=st.integers(1, 8), count=st.integers(1, 8))
def test_no_lesser_order_gets_the_free_robot_by_which_an_urgent_one_would_be_served_sooner(
    seed: int, robots: int, count: int
) -> None:
    rng, step, never = random.Random(seed), 60.0, 1e7
    worth = [rng.choice([0.0, 60.0, 300.0, 540.0]) + rng.uniform(0.0, 90.0) for _ in range(count)]
    free = [rng.random() < 0.5 for _ in range(robots)]
    seconds = [[never if rng.random() < 0.2 else rng.uniform(0.0, 200.0) for _ in worth] for _ in free]
    costs = np.array([[s if s == never else s - w for s, w in zip(row, worth, strict=True)] for row in seconds])
    pairs = pairing(costs, free, worth, step)
    assert len(set(pairs.values())) == len(pairs), "a robot goes for one order"
    assert all(costs[i, j] < never / 2 for j, i in pairs.items())
    for urgent in range(count):
        if urgent in pairs and free[pairs[urgent]]:
            continue
        planned = costs[pairs[urgent], urgent] if urgent in pairs else never / 2
        taken = [
            j for j, i in pairs.items() if free[i] and worth[j] < worth[urgent] - step and costs[i, urgent] < planned
        ]
        assert taken == []


def test_waiting_counts_so_that_nothing_starves() -> None:
    """An old order of no priority comes before a fresh one of the highest, after 18 minutes."""
    run = Rehearsal(roadmap(), units_of(SITE, 1), how=Behaviour(stop_rate=0.0), dt=0.5)
    settings = run.settings
    old = TransportOrder(order_id="T1", request=OrderRequest(pick_place="D01", drop_place="D02"), created=0.0)
    new = TransportOrder(
        order_id="T2", request=OrderRequest(pick_place="D01", drop_place="D02", priority=9), created=1000.0
    )
    assert urgency(new, 1000.0, settings) > urgency(old, 1000.0, settings)
    late = TransportOrder(order_id="T3", request=new.request, created=1200.0)
    assert urgency(old, 1200.0, settings) > urgency(late, 1200.0, settings)


@given(
    priority=st.integers(0, 9), other=st.integers(0, 9), slack=st.floats(-7200.0, 7200.0), created=st.floats(0.0, 1e5),
    younger=st.floats(0.0, 2e4), later=st.floats(0.0, 2e4),
)  # fmt: skip
def test_no_priority_and_no_deadline_of_younger_orders_starves_an_old_one(
    priority: int, other: int, slack: float, created: float, younger: float, later: float
) -> None:
    settings, wish = FleetSettings(), OrderRequest(pick_place="D01", drop_place="D02", priority=priority)
    old = TransportOrder(order_id="T1", request=wish, created=created)
    born = created + younger
    rival = TransportOrder(
        order_id="T2", request=replace(wish, priority=other), created=born, due=max(1.0, born + slack)
    )
    now = born + later
    # A deadline that has passed is worth more with every second, as waiting is; the rest of it has an end.
    most = settings.priority_bonus * 9 + settings.deadline_horizon + max(0.0, now - rival.due)
    if settings.aging * younger > most:
        assert urgency(old, now, settings) > urgency(rival, now, settings)
    assert urgency(old, now + 60.0, settings) > urgency(old, now, settings), "waiting counts at every moment"
    same = replace(rival, request=wish, due=0.0)
    assert urgency(old, now, settings) >= urgency(same, now, settings), "first come, first served among equals"


def test_the_urgent_order_takes_the_free_robot_of_a_lesser_one_when_that_is_sooner() -> None:
    """Least total cost alone lets it wait for a robot that still has to deliver."""
    rows_free = [True, False]  # the robot of row 1 is free in 100 s
    seconds = np.array([[60.0, 5.0], [110.0, 140.0]])
    calm, hurry = np.array([0.0, 0.0]), np.array([540.0, 0.0])
    assert pairing(seconds - calm, rows_free, calm.tolist(), 60.0) == {0: 1, 1: 0}
    assert pairing(seconds - hurry, rows_free, hurry.tolist(), 60.0) == {0: 0, 1: 1}
    near = np.array([[60.0, 5.0], [20.0, 140.0]])
    assert pairing(near - hurry, rows_free, hurry.tolist(), 60.0) == {0: 1, 1: 0}, "the one that comes is sooner there"
    nobody = np.array([[60.0, 5.0], [1e7, 1e7]])
    assert pairing(nobody - hurry, rows_free, hurry.tolist(), 60.0) == {0: 0}
