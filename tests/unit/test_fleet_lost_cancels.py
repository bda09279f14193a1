"""A cancel that is lost on its way: nobody else gets what the robot may still drive, whatever people do next."""

from __future__ import annotations

from typing import Literal

import pytest

from amr_fleet import requests as c
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.vocabulary import Integration
from tests.unit.test_fleet_commands import do, until
from tests.unit.test_fleet_engine import create, rehearsal
from tests.unit.test_fleet_robot_requests import NAME, refusal, say, told


def under_way() -> Rehearsal:
    """Return a run in which the robot is on its way to a charger."""
    run = rehearsal(1)
    run.robots[NAME].soc = 0.5
    run.step()
    do(run, c.SendRobot(robot=NAME, to="charge"))
    assert run.run(lambda r: bool(r.robots[NAME].report().base), 10.0)
    return run


@pytest.mark.parametrize("level", ["noticed", "ignored"])
def test_one_that_is_taken_out_holds_its_base_until_it_has_given_that_up(level: Integration) -> None:
    """Its cancel was lost: it drives on, and nobody else may have that way."""
    run = under_way()
    mover = run.engine.world.traffic.movers[NAME]
    base, held = run.robots[NAME].report().base, mover.held
    assert base
    assert held
    say(run, driving=False, base=base)
    assert told(run, c.SetIntegration(robot=NAME, level=level)) == ["cancelOrder amr_01"]
    sent = [word for _ in range(10) for word in say(run, 1.0, driving=True, base=base)]
    assert set(sent) == {"cancelOrder"}
    assert len(sent) >= 3, "said again until it is obeyed"
    assert run.engine.world.traffic.movers[NAME].held == held
    assert run.engine.world.state.missions == {}, "it gets nothing new meanwhile"
    say(run, driving=True, base=())
    assert NAME in run.engine.world.traffic.movers, "it rolls to a stand"
    assert say(run, driving=False, base=()) == []
    assert NAME not in run.engine.world.traffic.movers


def test_a_person_who_changes_the_level_once_more_frees_what_a_robot_does_not_give_up() -> None:
    """As after it was switched off and carried away."""
    run = under_way()
    say(run, driving=False)
    told(run, c.SetIntegration(robot=NAME, level="noticed"))
    assert NAME in run.engine.world.traffic.movers
    told(run, c.SetIntegration(robot=NAME, level="ignored"))
    assert NAME not in run.engine.world.traffic.movers


def test_the_space_of_a_silent_robot_that_is_taken_out_is_free_at_once() -> None:
    run = under_way()
    say(run, driving=False)
    run.now += run.engine.world.settings.offline_after + 1.0
    told(run, c.SetIntegration(robot=NAME, level="noticed"))
    assert NAME not in run.engine.world.traffic.movers


def test_one_that_still_means_to_drive_is_sent_nowhere_before_it_has_given_that_up() -> None:
    """Its cancel was lost: a new way would free its base for others while it drives it."""
    run = rehearsal(1)
    order = create(run)
    until(run, order, "TO_PICK")
    assert run.run(lambda r: bool(r.robots[NAME].report().base), 10.0)
    base = run.robots[NAME].report().base
    say(run, driving=False, base=base)
    told(run, c.CancelOrder(order_id=order.order_id, mode="now"))
    held = run.engine.world.traffic.movers[NAME].held
    wishes: list[Literal["park", "charge"]] = ["park", "charge"]
    for to in wishes:
        assert refusal(run, c.SendRobot(robot=NAME, to=to)) == ("robot.moving", {"robot": NAME})
    assert run.engine.world.traffic.movers[NAME].held == held
    say(run, driving=False, base=(), actions=())
    do(run, c.SendRobot(robot=NAME, to="charge"))
    assert NAME in run.engine.world.state.missions


def test_one_with_a_load_gets_no_way_to_a_charger_before_it_has_given_up_its_base() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, "TO_DROP")
    assert run.run(lambda r: bool(r.robots[NAME].report().base), 10.0)
    base = run.robots[NAME].report().base
    say(run, driving=False, base=base)
    told(run, c.CancelOrder(order_id=order.order_id, mode="now", user="lan"))
    told(run, c.SetPaused(robots=(NAME,), pause=False))
    for _ in range(20):
        say(run, 1.0, driving=False, base=base, paused=False, soc=0.05)
    assert run.engine.world.state.missions == {}
    for _ in range(3):
        say(run, 1.0, driving=False, base=(), actions=(), paused=False, soc=0.05)
    assert run.engine.world.state.missions, "it stands and needs power"
