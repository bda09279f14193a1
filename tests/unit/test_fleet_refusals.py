"""Robots that refuse orders: a growing, bounded pause, an alarm that says why, others tried, an end by itself."""

from __future__ import annotations

from itertools import pairwise

import pytest

from amr_fleet.domain.events import Ask
from amr_fleet.domain.refusals import pause
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderView
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import CancelOrder
from tests.unit.test_fleet_engine import ask, create, rehearsal, state, until

FIRST, MOST = FleetSettings().refused_first, FleetSettings().refused_most


def missions(run: Rehearsal, robot: str = "") -> list[float]:
    """Return when missions were started."""
    return [e.t for e in run.journal if e.kind == "mission_started" and robot in ("", e.robot)]


def alarms(run: Rehearsal) -> dict[str, str]:
    """Return the robot's word of each open alarm about a refusal."""
    found = run.engine.world.state.alarms.active.values()
    return {a.robot: str(a.facts["error"]) for a in found if a.code == "alarm.order_refused"}


def test_the_pause_doubles_from_the_first_to_the_longest_and_stays_there() -> None:
    settings = FleetSettings(refused_first=4.0, refused_most=30.0)
    assert [pause(settings, count) for count in (1, 2, 3, 4, 5, 500)] == [4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_a_robot_that_refuses_every_order_is_asked_ever_more_seldom() -> None:
    run = rehearsal(robots=1)
    robot = run.robots[run.units[0].name]
    robot.stubborn = True
    create(run)
    run.run(lambda _: False, 900.0)
    began = missions(run)
    gaps = [b - a for a, b in pairwise(began)]
    assert 5 <= len(began) <= 16, "without a pause there is one every second"
    assert gaps[:4] == sorted(gaps[:4])
    assert FIRST <= gaps[0] <= FIRST + 5.0
    assert MOST <= gaps[-1] <= 2.0 * MOST + 5.0
    assert alarms(run) == {robot.name: "starts elsewhere"}
    assert run.engine.world.robots[robot.name].waiting is not None


def test_it_goes_on_by_itself_when_the_robot_takes_orders_again() -> None:
    run = rehearsal(robots=1)
    robot = run.robots[run.units[0].name]
    robot.stubborn = True
    order = create(run)
    run.run(lambda _: False, 400.0)
    robot.stubborn = False
    assert run.run(lambda r: state(r, order) == "DONE", 2.0 * MOST + 300.0)
    assert alarms(run) == {}
    assert run.engine.world.robots[robot.name].refusal is None


def test_another_robot_is_tried_at_once() -> None:
    run = rehearsal(robots=2)
    first = run.robots[run.units[0].name]
    first.stubborn = True
    orders = [create(run), create(run, "A1", "D1")]
    assert run.run(lambda r: all(state(r, o) == "DONE" for o in orders), 900.0)
    assert first.picked == []
    assert set(alarms(run)) <= {first.name}


def test_a_robot_that_refuses_one_order_takes_the_others_meanwhile() -> None:
    run = rehearsal(robots=1)
    robot = run.robots[run.units[0].name]
    robot.unwanted = {"T000001"}  # the load of the first order, by its id
    first = create(run)
    run.run(lambda r: state(r, first) != "QUEUED", 30.0)
    second = create(run, "A1", "D1")
    assert run.run(lambda r: state(r, second) == "DONE", 600.0)
    assert robot.picked == ["T000002"]
    assert len(missions(run)) < 20
    robot.unwanted = set()
    assert run.run(lambda r: state(r, first) == "DONE", 2.0 * MOST + 300.0)


def test_a_robot_with_the_load_on_board_keeps_its_order_and_goes_on_with_it() -> None:
    run = rehearsal(robots=2)
    order = create(run)
    assert run.run(lambda r: bool(run.engine.world.state.orders[order.order_id].robot), 60.0)
    robot = run.robots[run.engine.world.state.orders[order.order_id].robot]
    assert run.run(lambda _: bool(robot.loads), 300.0)
    robot.stubborn = True
    run.run(lambda _: False, 300.0)
    assert run.engine.world.state.orders[order.order_id].robot == robot.name
    assert len(missions(run, robot.name)) < 12
    assert set(alarms(run)) == {robot.name}
    robot.stubborn = False
    assert run.run(lambda r: state(r, order) == "DONE", MOST + 300.0)
    assert robot.dropped == [run.engine.world.state.orders[order.order_id].load_id]


# --- an order that is being cancelled is never given out again: it ends


def cancelling(run: Rehearsal, order: OrderView) -> None:
    """Let somebody have cancelled it whose robot could not be stopped at once."""
    world = run.engine.world
    robot = world.state.orders[order.order_id].robot
    world.emit("order_cancelling", order_id=order.order_id, robot=robot, user="anh")


def never_done(run: Rehearsal, order: OrderView) -> None:
    """It is cancelled, and all robots take orders again and have nothing to do with it."""
    assert run.run(lambda r: state(r, order) == "CANCELLED", 60.0), state(run, order)
    for robot in run.robots.values():
        robot.stubborn, robot.alive = False, True
    other = create(run)
    until(run, other, ["DONE"])
    assert [load for robot in run.robots.values() for load in robot.picked] == [other.load_id]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_order_whose_robot_refuses_while_it_is_cancelled_is_cancelled(elsewhere: bool) -> None:
    run = rehearsal(robots=1)
    robot = run.robots["amr_01"]
    robot.stubborn = True
    if elsewhere:
        robot.node = run.units[0].home.replace("1", "2")
        assert robot.node in run.engine.world.graph.node_index
    order = create(run)
    cancelling(run, order)
    never_done(run, order)


def test_an_order_whose_robot_is_started_again_while_it_is_cancelled_is_cancelled() -> None:
    run = rehearsal(robots=1)
    order = create(run)
    until(run, order, ["TO_PICK"])
    mover = run.engine.world.traffic.movers["amr_01"]
    assert run.run(lambda _: mover.end == mover.goal, 300.0)
    ask(run, Ask(1, CancelOrder(order_id=order.order_id, mode="before_pick")))
    run.robots["amr_01"].restart()
    assert state(run, order) == "TO_PICK"
    never_done(run, order)


def test_an_order_whose_robot_falls_silent_while_it_is_cancelled_is_cancelled() -> None:
    run = rehearsal(robots=1)
    order = create(run)
    until(run, order, ["TO_PICK"])
    cancelling(run, order)
    run.robots["amr_01"].alive = False
    never_done(run, order)
