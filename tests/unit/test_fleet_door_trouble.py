"""Doors in trouble, the numbered tests P1, P5, P6, P7, P8: at every step of a crossing something goes wrong."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from amr_core.doors import DoorMode, SimulatedDoor
from amr_core.errors import AmrError
from amr_core.roadmap.doorways import distance, side
from amr_fleet.domain.events import Ask, DoorReport
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import CancelOrder, SetIntegration
from tests.unit.test_fleet_doors import NORTH, ROADMAP, SOUTH, crossings, fleet, in_leaf, there_and_back

DOOR = next(way for way in ROADMAP.doors if way.id == SOUTH)


def leased(run: Rehearsal) -> bool:
    """It is called, and not open yet."""
    return bool(run.engine.world.state.doors.leases.get(SOUTH)) and run.doors[SOUTH].share < 1.0


def let_through(run: Rehearsal) -> bool:
    """The base leads through, the robot is before the leaf."""
    world, (x, y) = run.engine.world, run.robots["amr_01"].place()
    mover = world.mover("amr_01")
    inside = mover is not None and bool(mover.held & world.doors[SOUTH].mask)
    return inside and 2.5 < distance(DOOR, x, y) < 9.0 and side(DOOR, x, y) < 0.0


def in_doorway(run: Rehearsal) -> bool:
    return "amr_01" in in_leaf(run, DOOR)


STEPS: list[Callable[[Rehearsal], bool]] = [leased, let_through, in_doorway]


def brought_to(step: Callable[[Rehearsal], bool]) -> Rehearsal:
    run = fleet()
    run.create(there_and_back(1))
    assert run.run(step, 600.0)
    return run


def closes_when_free(run: Rehearsal) -> bool:
    return run.run(lambda r: r.doors[SOUTH].share == 0.0 and not r.engine.world.state.doors.leases.get(SOUTH), 120.0)


def test_p1_crossings_with_doors_that_take_0_to_60_s() -> None:
    wanted = int(os.environ.get("AMR_CROSSINGS", "8"))
    run, rng = fleet(6, seed=3), random.Random(3)

    def moods(door: SimulatedDoor) -> None:
        step = door.step

        def moody(now: float, dt: float, *, blocked: bool = False) -> None:
            if door.share == 0.0:
                door.slow = rng.uniform(0.05, 60.0) / door.open_s
            step(now, dt, blocked=blocked)

        setattr(door, "step", moody)  # noqa: B010

    for door in run.doors.values():
        moods(door)
    total = 0
    while total < wanted:
        run.create(there_and_back(12))
        found = crossings(run, 4000.0)
        assert found >= 8
        total += found
    assert run.violations() == []


@pytest.mark.parametrize("mode", ["after_leg", "now", "before_pick"])
@pytest.mark.parametrize("step", STEPS)
def test_p5_an_order_that_is_cancelled_leaves_no_door_held(step: Callable[[Rehearsal], bool], mode: str) -> None:
    run = brought_to(step)
    order = next(iter(run.engine.world.state.open_orders))
    run.step([Ask(9, CancelOrder(order_id=order, mode=mode, user="lan"))])  # type: ignore[arg-type]
    crossings(run, 300.0)
    assert closes_when_free(run)
    run.create([OrderRequest(pick_place="D12", drop_place="D01")])
    crossings(run, 1500.0)
    assert run.done
    assert run.violations() == []


@pytest.mark.parametrize("mode", ["OFFLINE", "FAULT", "UNKNOWN", "CLOSED"])
@pytest.mark.parametrize("step", STEPS)
def test_p6_a_door_that_fails_at_any_step_lets_nobody_in_and_holds_nobody(
    step: Callable[[Rehearsal], bool], mode: DoorMode
) -> None:
    run = brought_to(step)
    door, inside = run.doors[SOUTH], step is in_doorway
    say = door.mode
    setattr(door, "mode", lambda _now: mode)  # noqa: B010
    begun = run.now
    while run.now < begun + 60.0:
        run.step()
        if run.now > begun + 5.0 and not inside:
            assert not in_doorway(run)
    if inside:
        assert distance(DOOR, *run.robots["amr_01"].place()) > 1.6
    else:
        alarm = next(a for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.door")
        assert alarm.facts["door"] == SOUTH
        reason = run.engine.world.robots["amr_01"].waiting
        assert reason is None or reason.facts["door"] == SOUTH
    setattr(door, "mode", say)  # noqa: B010
    assert run.run(lambda r: r.done, 1500.0)
    assert run.run(lambda r: not r.engine.world.state.alarms.active, 60.0)
    assert run.violations() == []


def test_p7_requests_that_are_lost_or_doubled_and_states_that_are_lost_or_come_twice() -> None:
    run, rng = fleet(2, seed=5), random.Random(5)
    for door in run.doors.values():

        def tell(now: float, *, open_it: bool, door: SimulatedDoor = door, plain: object = door.tell) -> None:
            del door
            for _ in range(rng.choice((0, 0, 1, 2))):
                plain(now, open_it=open_it)  # type: ignore[operator]

        setattr(door, "tell", tell)  # noqa: B010
    engine_step = run.engine.step

    def lossy(now: float, events: list[object]) -> object:
        kept: list[object] = []
        for event in events:
            copies = rng.choice((0, 1, 1, 2)) if isinstance(event, DoorReport) else 1
            kept += [event] * copies
        return engine_step(now, kept)  # type: ignore[arg-type]

    setattr(run.engine, "step", lossy)  # noqa: B010
    run.create(there_and_back(6))
    crossings(run, 3000.0)
    assert run.done
    assert run.violations() == []


def test_p8_a_robot_dead_in_the_doorway_holds_it_open_and_the_others_go_around_or_say_why() -> None:
    run = fleet(3)
    run.create([OrderRequest(pick_place="D01", drop_place="D12")])
    assert run.run(lambda r: any(in_leaf(r, DOOR)), 600.0)
    dead = in_leaf(run, DOOR)[0]
    run.robots[dead].alive = False
    run.create([OrderRequest(pick_place="D02", drop_place="D11"), OrderRequest(pick_place="D03", drop_place="D10")])
    assert run.run(lambda r: r.engine.world.state.done >= 1, 2000.0)
    assert run.doors[SOUTH].share == 1.0
    assert NORTH in {e.facts["door"] for e in run.journal if e.kind == "door_leased"}
    codes = {a.code for a in run.engine.world.state.alarms.active.values()}
    assert "alarm.door_held" in codes
    waiting = [robot for robot in run.engine.world.robots.values() if robot.waiting is not None]
    assert all(robot.root is not None for robot in waiting)
    assert run.violations() == []


def ask(run: Rehearsal, request: CancelOrder | SetIntegration) -> None:
    run.step([Ask(1, request)])
    (reply,) = run.engine.world.replies
    assert not isinstance(reply.result, AmrError)


def held_by(run: Rehearsal) -> list[str]:
    return [a.robot for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.door_held"]


def lives(run: Rehearsal, seconds: float) -> None:
    run.run(lambda _r: False, seconds)


@pytest.mark.parametrize("dead", [False, True])
def test_a_robot_that_is_taken_out_in_a_doorway_keeps_it_open_by_name_until_it_is_out_and_not_for_ever(
    dead: bool,
) -> None:
    run, name = brought_to(in_doorway), "amr_01"
    robot = run.robots[name]
    robot.broken = robot.paused = robot.changed = True
    (order,) = run.engine.world.state.open_orders
    run.step()
    ask(run, CancelOrder(order_id=order, mode="now", user="lan"))
    ask(run, SetIntegration(robot=name, level="ignored", user="lan"))
    before = dict(run.engine.world.state.doors.leases[SOUTH])
    lives(run, 30.0)
    assert (list(before), run.engine.world.state.doors.leases[SOUTH]) == ([name], before)
    assert run.doors[SOUTH].share == 1.0
    assert held_by(run) == [name]
    ask(run, SetIntegration(robot=name, level="ignored", user="lan"))
    run.restart_fleet()
    lives(run, 10.0)
    assert run.engine.world.state.doors.leases[SOUTH] == before, "asked twice by a line that repeats itself, restarted"
    assert run.doors[SOUTH].share == 1.0
    assert held_by(run) == [name]
    if dead:  # who carried it out says so
        robot.alive = False
        ask(run, SetIntegration(robot=name, level="noticed", user="lan"))
        assert run.engine.world.state.doors.leases[SOUTH] == before
        ask(run, SetIntegration(robot=name, level="ignored", user="lan"))
    else:  # it says itself where it is
        ask(run, SetIntegration(robot=name, level="noticed", user="lan"))
        lives(run, 5.0)
        assert run.engine.world.state.doors.leases[SOUTH] == before, "it still says that it is in the doorway"
        robot.restart()
        robot.broken = robot.paused = False
        robot.node = run.engine.world.robots[name].unit.home
    assert closes_when_free(run)
    assert [e.facts["why"] for e in run.journal if e.kind == "door_freed"][-1] == "taken out"
    assert run.run(lambda r: held_by(r) == [], 30.0)
