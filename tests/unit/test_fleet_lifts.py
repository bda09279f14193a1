"""Lifts as resources of the traffic engine: one robot, fail closed, evidence of passage, who waits, ways that end."""

from __future__ import annotations

import random

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain import causes
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.rehearsal.kinematic import Behaviour
from tests.unit.lift_rig import LIFT, WAY, check, done, drive, fleet, in_cabin, lease, orders, rider, riding


def test_orders_between_floors_with_two_robots() -> None:
    run = fleet()
    run.create(orders(10))
    assert drive(run, done, 4000.0)
    assert run.violations() == []
    assert run.held_violations == 0
    state = run.engine.world.state
    assert (state.done, state.failed, state.deadlocks) == (10, 0, 0)
    kinds = [e.kind for e in run.journal]
    assert kinds.count("lift_leased") - kinds.count("lift_freed") == len(state.lifts.leases)
    fences = [int(e.facts["fence"] or 0) for e in run.journal if e.kind == "lift_leased"]
    assert fences == sorted(set(fences))
    assert not state.alarms.active


@pytest.mark.parametrize("seed", range(4))
def test_random_stops_of_robots_and_lift_end_in_no_deadlock(seed: int) -> None:
    how = Behaviour(stop_rate=0.02)
    run, rng = fleet(2, seed, how), random.Random(seed)
    run.create(orders(6))
    lift = run.lifts[LIFT]
    while not run.done and run.now < 4000.0:
        lift.stuck = rng.random() < 0.1
        assert not drive(run, done, 10.0) or run.done
    assert run.done
    assert run.violations() == []


def test_a_site_with_one_level_has_no_lift_and_its_engine_neither() -> None:
    lab = load_site("lab")
    assert (lab.levels, lab.lifts, build_roadmap(lab).lifts) == ([], [], ())


def test_who_waits_names_the_lift_and_since_when() -> None:
    run = fleet(1)
    run.lifts[LIFT].stuck = True
    run.create(orders(1))

    def waits(r: Rehearsal) -> bool:
        waiting = r.engine.world.robots["amr_01"].waiting
        return waiting is not None and waiting.code == "wait.lift"

    assert drive(run, waits, 300.0)
    world = run.engine.world
    first = world.robots["amr_01"].waiting
    assert first is not None
    assert first.facts == {"lift": LIFT, "state": "COMING"}
    assert causes.ends(first) == "itself"
    drive(run, lambda _r: False, 20.0)
    later = world.robots["amr_01"].waiting
    assert later is not None
    assert (later.code, later.since) == ("wait.lift", first.since)
    drive(run, lambda _r: False, 60.0)
    after = world.robots["amr_01"].root  # it went home with its load; what it waits for in the end is the lift
    assert after is not None
    assert (after.code, after.facts["state"]) == ("wait.lift", "STUCK")
    assert causes.ends(after) == "repair_lift"
    alarms = [a for a in world.state.alarms.active.values() if a.code == "alarm.lift"]
    assert [(a.facts["lift"], a.facts["state"]) for a in alarms] == [(LIFT, "STUCK")]
    run.lifts[LIFT].stuck = False
    assert drive(run, done, 600.0)
    assert not world.state.alarms.active


@pytest.mark.parametrize("mode", ["FIRE", "OFFLINE", "EMERGENCY", "UNKNOWN", "silent"])
def test_a_lift_out_of_order_lets_nobody_in(mode: str) -> None:
    run = fleet(1)
    lift = run.lifts[LIFT]
    if mode == "silent":
        lift.silent = True
    else:
        lift.mode = mode  # type: ignore[assignment]
    run.create(orders(1))
    assert not drive(run, lambda r: r.robots["amr_01"].occupied() in WAY.elements, 200.0)
    world = run.engine.world
    states = [a.facts["state"] for a in world.state.alarms.active.values() if a.code == "alarm.lift"]
    assert states == ["UNKNOWN" if mode == "silent" else mode]
    lift.silent, lift.mode = False, "AGV"
    assert drive(run, done, 900.0)
    assert not world.state.alarms.active


@pytest.mark.parametrize("mode", ["FIRE", "OFFLINE", "EMERGENCY", "HUMAN"])
def test_a_lift_that_fails_in_mid_ride_keeps_the_robot_and_goes_on_later(mode: str) -> None:
    run = fleet(1)
    run.create(orders(1))
    assert drive(run, riding, 300.0)
    before, lift, node = lease(run), run.lifts[LIFT], run.robots["amr_01"].node
    if mode == "HUMAN":
        lift.people("ground")
    else:
        lift.mode = mode  # type: ignore[assignment]
    drive(run, lambda _r: False, 90.0)
    assert run.robots["amr_01"].node == node
    assert lease(run) == before
    codes = {a.code for a in run.engine.world.state.alarms.active.values()}
    assert "alarm.lift_held" in codes or mode == "HUMAN"
    lift.mode = "AGV"
    assert drive(run, done, 900.0)
    assert not run.engine.world.state.alarms.active


def test_a_lift_that_stops_between_floors_is_an_alarm_and_lets_nobody_out() -> None:
    run = fleet(1)
    run.create(orders(1))
    assert drive(run, lambda r: riding(r) and r.lifts[LIFT].z > 1.0, 300.0)
    lift = run.lifts[LIFT]
    lift.stuck = True
    node = run.robots["amr_01"].node
    drive(run, lambda _r: False, 120.0)
    assert run.robots["amr_01"].node == node
    assert not lift.stands
    codes = {a.code for a in run.engine.world.state.alarms.active.values()}
    assert {"alarm.lift", "alarm.lift_held"} <= codes
    lift.stuck = False
    assert drive(run, done, 600.0)


@pytest.mark.parametrize("down", [1.0, 60.0])
def test_killed_in_mid_ride_loses_nothing(down: float) -> None:
    run = fleet()
    run.create(orders(4))
    assert drive(run, riding, 600.0)
    before, name = lease(run), rider(run)
    run.restart_fleet()
    engine, calm = run.engine, run.now + down
    while run.now < calm:  # nobody leads meanwhile: the lift goes by its own logic
        run.now = round(run.now + run.dt, 3)
        for robot in run.robots.values():
            robot.step(run.dt)
        run.lift_reports()
        check(run)
    assert run.engine is engine
    run.step()
    assert lease(run) == before
    assert in_cabin(run, name)
    assert drive(run, done, 3000.0)
    assert run.violations() == []
    assert run.engine.world.state.done == 4
    drops = [load for robot in run.robots.values() for load in robot.dropped]
    assert len(drops) == len(set(drops)) == 4


def test_killed_again_and_again_at_any_step() -> None:
    run, rng = fleet(2, 5), random.Random(5)
    run.create(orders(8))
    fences: list[int] = []
    while not run.done and run.now < 5000.0:
        drive(run, done, rng.uniform(5.0, 40.0))
        run.restart_fleet()
        fences.append(run.engine.world.state.lifts.fence)
    assert run.done
    assert run.engine.world.state.done == 8
    assert fences == sorted(fences)
    assert run.violations() == []


def test_a_robot_dead_in_the_cabin_keeps_it_and_the_other_says_why_it_waits() -> None:
    run = fleet()
    run.create(orders(2))
    assert drive(run, lambda r: any(in_cabin(r, n) for n in r.robots), 600.0)
    name = rider(run)
    other = next(n for n in run.robots if n != name)
    run.robots[name].broken = run.robots[name].changed = True
    drive(run, lambda _r: False, 240.0)
    assert lease(run)[0] == name
    assert in_cabin(run, name)
    assert any(a.code == "alarm.lift_held" and a.robot == name for a in run.engine.world.state.alarms.active.values())
    waiting = run.engine.world.robots[other].waiting
    assert waiting is None or waiting.code in ("wait.lift", "wait.traffic", "wait.station")
    run.robots[name].broken, run.robots[name].changed = False, True
    assert drive(run, done, 3000.0)


def test_the_cabin_does_not_leave_before_the_robot_stands_in_it() -> None:
    run = fleet(1)
    run.create(orders(1))
    assert drive(run, lambda r: r.robots["amr_01"].occupied() in WAY.elements, 300.0)
    robot, lift = run.robots["amr_01"], run.lifts[LIFT]
    assert robot.edge is not None
    robot.busy = 30.0  # a person in the doorway: it stands across the sill
    drive(run, lambda _r: False, 28.0)
    assert lift.open_at("ground")
    assert drive(run, done, 600.0)


def test_a_door_that_shuts_before_a_robot_that_was_let_in_stops_it() -> None:
    run = fleet(1)
    run.create(orders(1))
    robot, lift = run.robots["amr_01"], run.lifts[LIFT]
    assert drive(run, lambda r: robot.edge is not None and robot.edge.edge_id in WAY.elements, 300.0)
    lift.share = 0.3
    lift.way = lift.way.__class__(lift.way.id, lift.way.stops, lift.way.speed, 40.0)
    for _ in range(10):
        run.step()
    assert robot.paused
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert (waiting.code, waiting.facts["lift"]) == ("wait.lift", LIFT)
    assert drive(run, done, 900.0)
    assert not run.engine.world.state.paused
