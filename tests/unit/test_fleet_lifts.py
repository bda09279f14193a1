"""Lifts as resources of the traffic engine: one robot, fail closed, evidence of passage, who waits, ways that end."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.lifts import WATCHDOG_S, SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import load_site
from amr_fleet.domain import causes
from amr_fleet.domain.events import Ask, FireInput, JournalEntry
from amr_fleet.domain.lift_units import FRESH
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_fleet.requests import CancelOrder, SetIntegration
from amr_fleet.vocabulary import Integration

SITE = load_site("two_floor")
ROADMAP = build_roadmap(SITE)
WAY = ROADMAP.lifts[0]
LIFT = WAY.id
CALM = Behaviour(stop_rate=0.0)
UP, DOWN = ("D1", "A1"), ("A1", "X1")


def fleet(robots: int = 2, seed: int = 1, how: Behaviour = CALM) -> Rehearsal:
    found = Rehearsal(ROADMAP, units_of(SITE, robots), seed=seed, how=how)
    for _ in range(12):
        found.step()
    return found


def orders(count: int) -> list[OrderRequest]:
    ways = [UP, DOWN]
    return [OrderRequest(pick_place=a, drop_place=b) for a, b in (ways[i % 2] for i in range(count))]


def check(run: Rehearsal) -> None:
    """Fail when a robot is in the doorway of a cabin that is not there, or two are in the lift."""
    lift = run.lifts[LIFT]
    inside = [robot.name for robot in run.robots.values() if robot.occupied() in WAY.elements]
    assert len(inside) <= 1, inside
    for robot in run.robots.values():
        told = robot.report()
        for stop in WAY.stops:
            if distance(stop.door, told.x, told.y) < 0.8:
                assert lift.open_at(stop.level), f"{robot.name} in the doorway at {stop.level}, {run.now} s"
        robot.changed = True


def drive(run: Rehearsal, until: Callable[[Rehearsal], bool], limit: float) -> bool:
    end = run.now + limit
    while run.now < end:
        if until(run):
            return True
        run.step()
        check(run)
    return until(run)


def done(run: Rehearsal) -> bool:
    return run.done


def in_cabin(run: Rehearsal, robot: str = "amr_01") -> bool:
    return run.robots[robot].node in {stop.node for stop in WAY.stops}


def riding(run: Rehearsal) -> bool:
    return run.lifts[LIFT].moving and any(in_cabin(run, name) for name in run.robots)


def rider(run: Rehearsal) -> str:
    return next(name for name in run.robots if in_cabin(run, name))


def lease(run: Rehearsal) -> tuple[str, int]:
    return run.engine.world.state.lifts.leases[LIFT]


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


def test_unknown_is_closed_until_the_lift_has_spoken() -> None:
    run = fleet()
    run.lifts[LIFT].silent = True
    for _ in range(int(FRESH / run.dt) + 5):
        run.step()
    world = run.engine.world
    assert world.lifts[LIFT].mode(run.now) == "UNKNOWN"
    assert all(not gate.open_to for gate in world.traffic.gates)
    assert run.engine.snapshot().lifts[0].mode == "UNKNOWN"


def test_another_session_has_the_lift_nobody_of_ours_gets_in() -> None:
    run = fleet(1)
    lift = run.lifts[LIFT]
    lift.tell(run.now, "ground", "somebody")
    run.create(orders(1))
    for _ in range(600):
        lift.told_at = run.now
        run.step()
        check(run)
    assert run.robots["amr_01"].occupied() not in WAY.elements
    lift.end("somebody")
    assert drive(run, done, 900.0)


def test_in_a_fire_nobody_enters_and_the_lift_is_told_nothing() -> None:
    run = fleet(1)
    run.create(orders(1))
    assert drive(run, riding, 300.0)
    run.step([FireInput("panel", on=True)])
    told: list[str] = []
    tell = run.lifts[LIFT].tell

    def listen(now: float, level: str, session: str) -> None:
        told.append(session)
        tell(now, level, session)

    setattr(run.lifts[LIFT], "tell", listen)  # noqa: B010
    node = run.robots["amr_01"].node
    drive(run, lambda _r: False, 60.0)
    assert told == []
    assert run.robots["amr_01"].node == node


def test_the_simulated_lift_moves_with_a_closed_door_only_and_hears_one_session() -> None:
    lift = SimulatedLift(WAY)
    lift.tell(0.0, "upper", "a")
    lift.tell(0.0, "ground", "b")
    assert lift.session == "a"
    now = 0.0
    while not lift.open_at("upper"):
        now = round(now + 0.1, 3)
        lift.tell(now, "upper", "a")
        share, z = lift.share, lift.z
        lift.step(now, 0.1)
        assert lift.z == z or share == 0.0
        assert now < 60.0
    assert now == pytest.approx(WAY.ride_s(WAY.stops[0], WAY.stops[1]) - WAY.open_s, abs=0.5)
    lift.step(now + WATCHDOG_S + 0.1, 0.1, blocked=True)
    assert lift.share == 1.0
    lift.step(now + WATCHDOG_S + 0.2, 0.1)
    assert lift.door == "OPENING"
    lift.end("b")
    assert lift.session == "a"
    lift.end("a")
    lift.tell(now, "no such level", "c")
    assert lift.session == ""


def test_a_robot_that_a_lift_stopped_goes_on_when_the_site_has_that_lift_no_more() -> None:
    """The site was changed while the fleet stood: its journal still tells of the lift, also where there is none."""
    stopped = JournalEntry(t=1.0, kind="robot_paused", robot="amr_01", facts={"user": "old_lift", "scope": "lift"})
    for site in (SITE, load_site("lab")):
        run = Rehearsal(build_roadmap(site), units_of(site, 1), seed=1, how=CALM)
        run.journal = [stopped]
        run.restart_fleet()
        for _ in range(12):
            run.step()
        assert run.engine.world.state.pauses == {}, site.id


def test_no_way_leads_out_of_a_cabin_that_is_told_to_leave() -> None:
    """What the lift said is up to 3 s old: it may have begun to close when a robot's way is changed."""
    run = fleet(1)
    run.create(orders(1))
    world = run.engine.world

    def leaves(r: Rehearsal) -> bool:
        return in_cabin(r) and world.lifts[LIFT].told[1] == "upper"

    assert drive(run, leaves, 300.0)
    unit = world.lifts[LIFT]
    assert unit.open_at(run.now, "ground", unit.told[0])
    gates = [gate for gate in world.traffic.gates if gate.mask == unit.masks["ground"]]
    assert [gate.open_to for gate in gates] == [frozenset()]
    assert drive(run, done, 900.0)


def test_who_has_the_lift_is_known_before_the_first_step_of_a_restarted_fleet() -> None:
    run = fleet(1)
    run.create(orders(1))
    assert drive(run, riding, 300.0)
    before = lease(run)
    run.restart_fleet()
    assert [view.robot for view in run.engine.snapshot().lifts] == [before[0]]


@pytest.mark.parametrize("way", ["in", "out"])
def test_in_a_fire_a_robot_in_a_landing_door_drives_out_of_it_and_stops(way: str) -> None:
    run = fleet(1)
    run.create(orders(1))
    robot = run.robots["amr_01"]

    def nearest(r: Rehearsal) -> float:
        told = r.robots["amr_01"].report()
        return min(distance(stop.door, told.x, told.y) for stop in WAY.stops)

    def in_the_door(r: Rehearsal) -> bool:
        edge = robot.edge
        leads = edge is not None and (edge.end if way == "in" else edge.start).startswith("lift_1@")
        return leads and nearest(r) < 0.5

    assert drive(run, in_the_door, 400.0)
    run.step([FireInput("panel", on=True)])
    drive(run, lambda _r: False, 30.0)
    assert nearest(run) > 0.9
    assert "fire" in run.engine.world.state.pauses["amr_01"]
    place = robot.node
    drive(run, lambda _r: False, 30.0)
    assert (robot.node, robot.edge) == (place, None)


def test_in_a_fire_a_robot_before_a_landing_door_does_not_enter() -> None:
    run = fleet(1)
    run.create(orders(1))
    robot = run.robots["amr_01"]

    def comes(r: Rehearsal) -> bool:
        told = r.robots["amr_01"].report()
        enters = robot.edge is not None and robot.edge.end.startswith("lift_1@")
        return enters and distance(WAY.stops[0].door, told.x, told.y) > 1.1

    assert drive(run, comes, 400.0)
    run.step([FireInput("panel", on=True)])
    drive(run, lambda _r: False, 30.0)
    assert not in_cabin(run)
    assert robot.paused


def test_a_lift_that_never_spoke_since_the_start_is_an_alarm() -> None:
    run = Rehearsal(ROADMAP, units_of(SITE, 2), seed=1, how=CALM)
    run.lifts[LIFT].silent = True
    assert drive(run, lambda r: bool(r.engine.world.state.alarms.active), 10.0)
    (alarm,) = run.engine.world.state.alarms.active.values()
    assert (alarm.code, alarm.facts) == ("alarm.lift", {"lift": LIFT, "state": "UNKNOWN"})


def taken_out(run: Rehearsal, to: Integration) -> str:
    """Let a robot break down in the cabin and a person take it out of use; return its name."""
    run.create([OrderRequest(pick_place="A1", drop_place="X1")])
    assert drive(run, lambda r: any(in_cabin(r, n) for n in r.robots), 600.0)
    name = rider(run)
    run.robots[name].broken = run.robots[name].changed = True
    (order,) = [order for order in run.engine.world.state.orders.values() if order.open]
    run.step()
    assert ask(run, CancelOrder(order_id=order.order_id, mode="now", user="lan")) is None
    assert ask(run, SetIntegration(robot=name, level=to, user="lan")) is None
    return name


def ask(run: Rehearsal, request: Any) -> AmrError | None:
    run.step([Ask(1, request)])
    (reply,) = run.engine.world.replies
    return reply.result if isinstance(reply.result, AmrError) else None


@pytest.mark.parametrize("to", ["ignored", "noticed"])
def test_a_robot_that_is_taken_out_in_the_cabin_keeps_the_lift_until_it_is_out_of_it(to: Integration) -> None:
    run = fleet()
    name = taken_out(run, to)
    before = lease(run)
    assert before[0] == name
    run.create(orders(2))
    drive(run, lambda _r: False, 60.0)  # check: nobody else is in the lift
    assert lease(run) == before
    alarms = [a for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.lift_held"]
    assert [a.robot for a in alarms] == [name]
    assert ask(run, SetIntegration(robot=name, level=to, user="lan")) is None
    run.restart_fleet()
    for _ in range(50):
        run.step()
    assert lease(run) == before, "asked twice by a line that repeats itself, and restarted"
    assert run.engine.world.mover(name) is None, "who is taken out holds no space, after a restart neither"
    robot = run.robots[name]
    robot.restart()
    robot.broken, robot.node = False, run.engine.world.robots[name].unit.home
    if to == "ignored":
        assert ask(run, SetIntegration(robot=name, level="noticed", user="lan")) is None
    assert drive(run, lambda r: r.engine.world.state.lifts.leases.get(LIFT) != before, 10.0)
    assert next(e.facts["why"] for e in run.journal if e.kind == "lift_freed" and e.robot == name) == "taken out"


def test_who_carried_a_dead_robot_out_of_the_cabin_says_so() -> None:
    run = fleet(1)
    name = taken_out(run, "ignored")
    run.robots[name].alive = False
    steps: list[tuple[Integration, bool]] = [("noticed", True), ("ignored", False)]
    for level, held in steps:
        assert ask(run, SetIntegration(robot=name, level=level, user="lan")) is None
        assert (LIFT in run.engine.world.state.lifts.leases) == held


def test_one_that_still_speaks_from_the_cabin_is_not_believed_to_be_out_of_it() -> None:
    run = fleet(1)
    name = taken_out(run, "ignored")
    steps: list[Integration] = ["noticed", "ignored"]
    for level in steps:
        assert ask(run, SetIntegration(robot=name, level=level, user="lan")) is None
        drive(run, lambda _r: False, 5.0)
    assert lease(run)[0] == name


def test_who_says_that_it_is_in_a_cabin_where_another_is_does_not_get_the_lift() -> None:
    run = fleet()
    run.create(orders(1))
    assert drive(run, lambda r: any(in_cabin(r, n) for n in r.robots), 600.0)
    name, world = rider(run), run.engine.world
    other = next(n for n in run.robots if n != name)
    mover = world.traffic.movers[other]
    mover.kept |= world.lifts[LIFT].mask
    mover.claimed = mover.guessed = world.lifts[LIFT].mask & ~mover.held
    mover.hold()
    assert mover.held & world.lifts[LIFT].mask
    del world.state.lifts.leases[LIFT]
    run.step()
    assert lease(run)[0] == name
