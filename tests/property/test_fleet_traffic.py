"""Traffic and orders never lock up, never hold conflicting places, lose nothing and double nothing.

The roadmaps are single-track, two-way networks: without the safety check they lock up at once.
"""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_core.roadmap import Edge, Node, Roadmap
from amr_core.site import load_site
from amr_core.site_build.roadmap import build_roadmap
from amr_fleet.domain.events import CancelOrder, Event, SetPaused, SetZone
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.validate import Closure

STEP = 3.0


def single_track(rng: random.Random, columns: int, rows: int, robots: int) -> Roadmap:
    """A random connected part of a grid; every track is two-way and one robot wide; leaves hang on random nodes."""
    nodes: dict[str, Node] = {}
    edges: dict[str, Edge] = {}

    def join(a: str, b: str, there: str = "drive", back: str = "drive") -> None:
        for s, e, manoeuvre in ((a, b, there), (b, a, back)):
            edges[f"{s}>{e}"] = Edge(f"{s}>{e}", s, e, STEP, 1.0, manoeuvre, "track")  # type: ignore[arg-type]

    cells = [(c, r) for c in range(columns) for r in range(rows)]
    for c, r in cells:
        nodes[f"n{c}{r}"] = Node(f"n{c}{r}", c * STEP, r * STEP, "lane")
    seen = [cells[0]]
    while len(seen) < len(cells):
        c, r = rng.choice(seen)
        near = [(c + 1, r), (c - 1, r), (c, r + 1), (c, r - 1)]
        new = [cell for cell in near if cell in cells and cell not in seen]
        if new:
            cell = rng.choice(new)
            seen.append(cell)
            join(f"n{c}{r}", f"n{cell[0]}{cell[1]}")
    leaves = [("parking", f"P{i}") for i in range(robots)] + [("station", f"S{i}") for i in range(6)]
    for i, (kind, name) in enumerate([*leaves, ("charger", "C0")]):
        c, r = rng.choice(cells)
        x, y = c * STEP + 0.1 * i, r * STEP + 1.5
        nodes[name] = Node(name, x, y, kind, 0.0, f"L{name}" if kind == "station" else None)  # type: ignore[arg-type]
        join(f"n{c}{r}", name, "dock", "undock")
    out = {n: tuple(e for e in edges.values() if e.start == n) for n in nodes}
    conflicts: dict[str, set[str]] = {i: set() for i in (*nodes, *edges)}
    for edge in edges.values():
        for other in (edge.start, edge.end, f"{edge.end}>{edge.start}"):
            conflicts[edge.id].add(other)
            conflicts[other].add(edge.id)
    return Roadmap(nodes, edges, out, {k: frozenset(v) for k, v in conflicts.items()})


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
@given(seed=st.integers(0, 10**6), robots=st.integers(2, 6))
def test_single_track_networks_never_lock_up(seed: int, robots: int) -> None:
    rng = random.Random(seed)
    roadmap = single_track(rng, 3, 3, robots)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(robots)]
    run = Rehearsal(roadmap, units, seed=seed, how=Behaviour(stop_rate=0.02, handling=4.0), dt=0.25)
    run.create(orders(rng, [f"LS{i}" for i in range(6)], 10))
    assert run.run(lambda r: r.done, 3600.0)
    check(run)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), robots=st.integers(2, 6))
def test_closures_and_breakdowns_break_nothing_and_all_arrive(seed: int, robots: int) -> None:
    rng = random.Random(seed)
    roadmap = single_track(rng, 3, 3, robots)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(robots)]
    run = Rehearsal(roadmap, units, seed=seed, how=Behaviour(stop_rate=0.02, handling=4.0), dt=0.25)
    run.create(orders(rng, [f"LS{i}" for i in range(6)], 10))
    tracks = [e.id for e in roadmap.edges.values() if e.manoeuvre == "drive"]
    repair: dict[str, float] = {}  # less than the 60 s after which a robot is called off: see docs/traffic.md, limits
    while run.now < 400.0:
        events: list[Event] = []
        if rng.random() < 0.01:
            closed, until = rng.sample(tracks, 2), run.now + rng.uniform(5.0, 60.0)
            kind = rng.choice(["closed", "hold"])
            events = [SetZone(1, ZoneRequest(zone_id=f"z{run.now}", kind=kind, elements=tuple(closed), until=until))]
            run.closures.append(Closure(frozenset(closed), run.now + 2 * run.dt, until))
        if rng.random() < 0.01:
            robot = rng.choice(list(run.robots.values()))
            robot.broken = robot.changed = True
            repair[robot.name] = run.now + rng.uniform(5.0, 45.0)
        for name in [n for n, t in repair.items() if t <= run.now]:
            del repair[name]
            run.robots[name].broken, run.robots[name].changed = False, True
        run.step(events)
    for robot in run.robots.values():
        robot.broken = False
    assert run.run(lambda r: r.done, 3600.0)
    assert run.held_violations == 0
    # What a closure or a broken robot blocks waits, in a circle, too, until that ends.
    assert [v for v in run.violations() if v.kind != "wait_cycle"] == []
    check_loads(run)


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
        return [CancelOrder(9, f"T{rng.randint(1, order_count):06d}")]
    elif dice < 0.017:
        return [SetPaused(9, (rng.choice(list(run.robots)),), True)]
    elif dice < 0.021:
        return [SetPaused(9, (), False)]
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
    run.step([SetPaused(9, (), False)])
    assert run.run(lambda r: r.done, 3600.0)
    check(run)


@pytest.mark.slow
def test_twelve_robots_do_two_hundred_orders() -> None:
    site, rng = load_site("cai_cui"), random.Random(1)
    run = Rehearsal(cai_cui(), units_of(site), seed=1, dt=0.25)
    run.create(orders(rng, [p.id for p in site.places], 200))
    assert run.run(lambda r: r.done, 3 * 3600.0)
    check(run)
    assert 200 / run.now * 3600 > 90, "less than the site's peak demand"
