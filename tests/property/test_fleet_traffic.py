"""Traffic and orders never lock up, never hold conflicting places, lose nothing and double nothing.

The roadmaps are single-track, two-way networks: without the safety check they lock up at once.
"""

from __future__ import annotations

import os
import random
from functools import cache

from hypothesis import example, given, settings
from hypothesis import strategies as st

from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask, Event
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.rehearsal.validate import Closure
from amr_fleet.requests import CancelOrder, SetPaused, SetZone
from amr_fleet.vocabulary import ZoneKind
from tests.tracks import single_track, with_capacity_zones

ORDERS = int(os.environ.get("AMR_TRAFFIC_ORDERS", "80"))
LONGEST = 150.0
"""Longest breakdown, s."""


def orders(rng: random.Random, places: list[str], count: int) -> list[OrderRequest]:
    pairs = [rng.sample(places, 2) for _ in range(count)]
    return [OrderRequest(pick_place=a, drop_place=b, reference=f"r{i}") for i, (a, b) in enumerate(pairs)]


def check(run: Rehearsal) -> None:
    state = run.engine.world.state
    assert run.held_violations == 0
    assert run.violations() == []
    assert state.deadlocks == 0
    check_loads(run)


def check_loads(run: Rehearsal) -> None:
    state = run.engine.world.state
    picked = [load for robot in run.robots.values() for load in robot.picked]
    dropped = [load for robot in run.robots.values() for load in robot.dropped]
    assert sorted(picked) == sorted(set(picked)) == sorted(dropped)
    assert set(dropped) == {o.load_id for o in state.orders.values() if o.state == "DONE"}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), robots=st.integers(2, 6), zones=st.booleans())
def test_single_track_networks_never_lock_up(seed: int, robots: int, zones: bool) -> None:
    rng = random.Random(seed)
    roadmap = single_track(rng, 3, 3, robots)
    if zones:
        roadmap = with_capacity_zones(rng, roadmap)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(robots)]
    run = Rehearsal(roadmap, units, seed=seed, how=Behaviour(stop_rate=0.02, handling=4.0), dt=0.25)
    run.create(orders(rng, [f"LS{i}" for i in range(6)], 10))
    assert run.run(lambda r: r.done, 3600.0)
    check(run)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), robots=st.integers(2, 6))
@example(seed=245, robots=6)  # the same, and those that it stands beside say later than it where they are
@example(seed=1000000, robots=2)  # a robot that lost its order beside another, and the fleet starts anew
def test_closures_breakdowns_and_restarts_break_nothing_and_all_arrive(seed: int, robots: int) -> None:
    """Breakdowns are longer than the 60 s after which a robot is called off where it stands."""
    rng = random.Random(seed)
    roadmap = single_track(rng, 3, 3, robots)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(robots)]
    run = Rehearsal(roadmap, units, seed=seed, how=Behaviour(stop_rate=0.02, handling=4.0), dt=0.5)
    run.create(orders(rng, [f"LS{i}" for i in range(6)], 10))
    lanes = [e.id for e in roadmap.edges.values() if e.manoeuvre == "drive"]
    repair: dict[str, float] = {}
    while run.now < 500.0:
        run.step(hard_trouble(run, rng, lanes, repair))
    for robot in run.robots.values():
        robot.broken, robot.changed = False, True
    assert run.run(lambda r: r.done, 3600.0)
    assert run.held_violations == 0
    # What a closure or a broken robot blocks waits, in a circle, too, until that ends.
    found = run.violations()
    assert [v for v in found if v.kind != "wait_cycle"] == []
    assert [v for v in found if v.end > 500.0 + LONGEST] == []
    check_loads(run)


def hard_trouble(run: Rehearsal, rng: random.Random, lanes: list[str], repair: dict[str, float]) -> list[Event]:
    """Now and then: lanes close, a robot breaks down (until the time in repair) or restarts, the fleet restarts."""
    for name in [n for n, t in repair.items() if t <= run.now]:
        del repair[name]
        run.robots[name].broken, run.robots[name].changed = False, True
    robot, dice = rng.choice(list(run.robots.values())), rng.random()
    if dice < 0.01:
        robot.broken = robot.changed = True
        repair[robot.name] = run.now + rng.uniform(5.0, LONGEST)
    elif dice < 0.02 and robot.edge is None:
        robot.restart()
    elif dice < 0.022:
        run.restart_fleet()
    elif dice < 0.032:
        closed, until = rng.sample(lanes, 2), run.now + rng.uniform(5.0, 60.0)
        kinds: list[ZoneKind] = ["closed", "hold"]
        kind = rng.choice(kinds)
        run.closures.append(Closure(frozenset(closed), run.now + 2 * run.dt, until))
        zone = ZoneRequest(zone_id=f"z{run.now}", kind=kind, elements=tuple(closed), until=until)
        return [Ask(1, SetZone(zone=zone))]
    return []


@cache
def cai_cui() -> Roadmap:
    return build_roadmap(load_site("cai_cui"))


def trouble(run: Rehearsal, rng: random.Random, order_count: int) -> list[Event]:
    """Now and then: the fleet or a robot restarts, a robot stops or loses its radio, an order is cancelled, a pause."""
    dice = rng.random()
    if dice < 0.004:
        run.restart_fleet()
    elif dice < 0.008:
        robot = rng.choice(list(run.robots.values()))
        if robot.alive and not robot.mute and robot.edge is None:
            robot.restart()
    elif dice < 0.009:
        robot = rng.choice(list(run.robots.values()))
        robot.alive, robot.mute = rng.choice([(False, False), (True, True)])
    elif dice < 0.013:
        for robot in run.robots.values():
            robot.alive, robot.mute = True, False
    elif dice < 0.015:
        return [Ask(9, CancelOrder(order_id=f"T{rng.randint(1, order_count):06d}", mode="before_pick"))]
    elif dice < 0.017:
        return [Ask(9, SetPaused(robots=(rng.choice(list(run.robots)),), pause=True))]
    elif dice < 0.021:
        return [Ask(9, SetPaused(robots=tuple(run.robots), pause=False))]  # by name: each was paused by itself
    return []


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_restarts_silence_cancels_and_pauses_lose_and_double_nothing(seed: int) -> None:
    rng = random.Random(seed)
    site = load_site("cai_cui")
    run = Rehearsal(cai_cui(), units_of(site), seed=seed, how=Behaviour(stop_rate=0.01), dt=0.2)
    run.create(orders(rng, [p.id for p in site.places], 24))
    while run.now < 700.0 and not run.done:
        run.step(trouble(run, rng, 24))
    for robot in run.robots.values():
        robot.alive, robot.mute = True, False
    run.step([Ask(9, SetPaused(robots=tuple(run.robots), pause=False))])
    assert run.run(lambda r: r.done, 3600.0)
    check(run)


def test_twelve_robots_deliver_more_than_the_sites_peak_demand() -> None:
    site, rng = load_site("cai_cui"), random.Random(1)
    run = Rehearsal(cai_cui(), units_of(site), seed=1, dt=0.25)
    run.create(orders(rng, [p.id for p in site.places], ORDERS))
    assert run.run(lambda r: r.done, 3 * 3600.0)
    check(run)
    assert ORDERS / run.now * 3600 > 90
