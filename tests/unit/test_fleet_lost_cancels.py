"""A cancel that is lost on its way: nobody else gets what the robot may still drive, whatever people do next."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from amr_core.site import load_site
from amr_fleet import requests as c
from amr_fleet.domain.causes import ends
from amr_fleet.domain.robot_requests import set_integration
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.vocabulary import Integration
from tests.unit.test_fleet_commands import do, until
from tests.unit.test_fleet_engine import create, lab, rehearsal
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
    say(run, driving=False, base=())
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
    told(run, c.SetPaused(robots=(NAME,), pause=False, user="lan", unloaded=True))
    for _ in range(20):
        say(run, 1.0, driving=False, base=base, paused=False, soc=0.05)
    assert run.engine.world.state.missions == {}
    for _ in range(3):
        say(run, 1.0, driving=False, base=(), actions=(), paused=False, soc=0.05)
    assert run.engine.world.state.missions, "it stands and needs power"


@pytest.mark.parametrize("level", ["noticed", "ignored"])
def test_a_restart_of_the_fleet_does_not_forget_the_base_of_one_that_was_taken_out(level: Integration) -> None:
    """It may still drive it, or be silent on it: others would be sent there head-on."""
    run = under_way()
    base, held = run.robots[NAME].report().base, run.engine.world.traffic.movers[NAME].held
    say(run, driving=False, base=base)
    told(run, c.SetIntegration(robot=NAME, level=level))
    run.restart_fleet()
    run.now += 1.0
    for _ in range(int(run.engine.world.settings.reconcile_timeout) + 2):
        say(run, 1.0, driving=True, base=base)
    mover = run.engine.world.traffic.movers[NAME]
    assert (mover.held & held, mover.wall) == (held, True)
    assert "cancelOrder" in say(run, 10.0, driving=True, base=base), "it is told again"
    say(run, driving=False, base=())
    assert NAME not in run.engine.world.traffic.movers
    run.restart_fleet()
    say(run, 30.0, driving=False, base=())
    assert NAME not in run.engine.world.traffic.movers, "what it gave up is not remembered"


@pytest.mark.parametrize("again", ["said", "by a person"])
def test_a_way_that_was_given_up_while_the_fleet_was_down_is_free(again: str) -> None:
    run = under_way()
    say(run, driving=False)
    told(run, c.SetIntegration(robot=NAME, level="noticed"))
    run.restart_fleet()
    if again == "said":
        say(run, 1.0, driving=False, base=())
    else:
        run.now += run.engine.world.settings.reconcile_timeout + 1.0
        run.engine.step(run.now, [])
        run.now += run.engine.world.settings.reconcile_timeout + 1.0
        run.engine.step(run.now, [])
        assert NAME in run.engine.world.traffic.movers, "silent, it is a wall"
        told(run, c.SetIntegration(robot=NAME, level="ignored"))
    run.now += run.engine.world.settings.reconcile_timeout + 1.0
    run.engine.step(run.now, [])
    assert NAME not in run.engine.world.traffic.movers


def test_where_one_stood_that_was_taken_out_and_holds_nothing_is_free_after_a_restart() -> None:
    run = rehearsal(1)
    run.step()
    assert run.engine.world.state.held[NAME]
    do(run, c.SetIntegration(robot=NAME, level="noticed"))
    run.restart_fleet()
    for _ in range(int(run.engine.world.settings.reconcile_timeout) + 2):
        say(run, 1.0)
    assert NAME not in run.engine.world.traffic.movers
    do(run, c.SetIntegration(robot=NAME, level="utilised"))
    run.run(lambda r: False, 3.0)
    assert run.engine.world.state.held[NAME], "back in use its place is journaled anew"


@pytest.mark.parametrize(("level", "silent", "code"), [
    ("noticed", False, "wait.standing"), ("ignored", False, "wait.standing"), ("noticed", True, "robot.offline"),
])  # fmt: skip
def test_who_waits_for_one_that_was_taken_out_and_gives_nothing_up_says_that_somebody_must_look(
    level: Integration, silent: bool, code: str
) -> None:
    run = under_way()
    base = run.robots[NAME].report().base
    say(run, driving=False, base=base)
    told(run, c.SetIntegration(robot=NAME, level=level))
    for _ in range(20):
        run.now += 1.0
        if silent:
            run.engine.step(run.now, [])
        else:
            say(run, 0.0, driving=False, base=base)
    world = run.engine.world
    assert (reason := world.robots[NAME].waiting) is not None
    assert (reason.code, ends(reason) != "itself") == (code, True)


@pytest.mark.parametrize("level", ["noticed", "ignored"])
def test_one_that_is_out_of_use_may_be_switched_off_without_an_alarm(level: Integration) -> None:
    """It stood in the workshop, and a red alarm with it for as long, which nobody could end."""
    run = rehearsal(1)
    run.step()
    do(run, c.SetIntegration(robot=NAME, level=level))
    for _ in range(60):
        run.now += 1.0
        run.journal += run.engine.step(run.now, []).entries
    assert [e for e in run.journal if e.kind == "alarm_raised"] == []


def test_one_that_is_silent_on_a_way_that_it_has_not_given_up_is_an_alarm_though_it_is_out_of_use() -> None:
    run = under_way()
    say(run, driving=False)
    told(run, c.SetIntegration(robot=NAME, level="noticed"))
    for _ in range(60):
        run.now += 1.0
        run.journal += run.engine.step(run.now, []).entries
    raised = [e.facts["code"] for e in run.journal if e.kind == "alarm_raised"]
    assert raised == ["alarm.robot_offline"]


def test_one_that_is_not_listened_to_but_speaks_is_no_silent_one() -> None:
    """It has not given its way up, and was told as silent for as long, though each of its words came."""
    run = under_way()
    base = run.robots[NAME].report().base
    say(run, driving=False, base=base)
    told(run, c.SetIntegration(robot=NAME, level="ignored"))
    for _ in range(60):
        say(run, 1.0, driving=False, base=base)

    def raised() -> list[object]:
        return [e.facts["code"] for e in run.journal if e.kind == "alarm_raised" and e.robot == NAME]

    assert "alarm.robot_offline" not in raised()
    for _ in range(30):
        run.now += 1.0
        run.journal += run.engine.step(run.now, []).entries
    assert "alarm.robot_offline" in raised(), "now it is silent on its way"


@pytest.mark.parametrize("first", ["noticed", "ignored"])
def test_one_that_died_on_its_way_can_be_taken_out_and_holds_its_way_until_a_person_says_so_twice(
    first: Integration,
) -> None:
    """Its last word was that it drives: its level could never be changed, and its way was held for ever."""
    run = under_way()
    base = run.robots[NAME].report().base
    say(run, driving=True, base=base)
    assert refusal(run, c.SetIntegration(robot=NAME, level=first))[0] == "robot.moving", "it speaks, and drives"
    run.now += 30.0
    run.engine.step(run.now, [])
    told(run, c.SetIntegration(robot=NAME, level=first))
    assert run.engine.world.traffic.movers[NAME].wall, "out of radio, it may drive on"
    run.now += 30.0
    run.engine.step(run.now, [])
    told(run, c.SetIntegration(robot=NAME, level="ignored" if first == "noticed" else "noticed"))
    assert NAME not in run.engine.world.traffic.movers, "who has looked has said so"


@pytest.mark.parametrize("fleet", ["runs on", "is started again", "has just been started again"])
def test_one_that_stood_when_it_fell_silent_holds_the_way_that_it_may_still_drive_until_a_person_says_so_twice(
    fleet: str,
) -> None:
    """It waited for a second with 20 m of base left, and then lost its radio: it drives on where others are sent."""
    run = under_way()
    say(run, driving=False, base=run.robots[NAME].report().base)
    held = run.engine.world.traffic.movers[NAME].held
    if fleet != "runs on":
        run.restart_fleet()
    for _ in range(1 if "just" in fleet else 30):
        run.now += 1.0
        run.engine.step(run.now, [])
    told(run, c.SetIntegration(robot=NAME, level="noticed"))
    for _ in range(30):
        run.now += 1.0
        run.engine.step(run.now, [])
    mover = run.engine.world.traffic.movers[NAME]
    assert (mover.held & held, mover.wall) == (held, True)
    told(run, c.SetIntegration(robot=NAME, level="ignored"))
    assert NAME not in run.engine.world.traffic.movers, "who has looked has said so"


def test_one_that_is_out_of_use_and_dies_while_it_drives_can_be_changed() -> None:
    run = under_way()
    base = run.robots[NAME].report().base
    say(run, driving=False, base=base)
    told(run, c.SetIntegration(robot=NAME, level="noticed"))
    say(run, driving=True, base=base)
    run.now += 30.0
    run.engine.step(run.now, [])
    assert NAME in run.engine.world.traffic.movers
    told(run, c.SetIntegration(robot=NAME, level="ignored"))
    assert NAME not in run.engine.world.traffic.movers


def test_what_one_holds_at_the_moment_that_it_is_taken_out_is_journaled_and_is_a_wall_at_once() -> None:
    run = under_way()
    say(run, driving=False, base=run.robots[NAME].report().base)
    world = run.engine.world
    world.state.held[NAME] = ("passed",)  # a word of this very step moved it on
    set_integration(world, c.SetIntegration(robot=NAME, level="noticed"))
    mover, entry = world.traffic.movers[NAME], world.entries[-1]
    assert (entry.kind, entry.robot) == ("robot_holds", NAME)
    assert str(entry.facts["held"]).split() == list(world.graph.ids(mover.held))
    assert mover.wall


def test_the_mission_of_one_that_has_come_to_its_end_is_ended_with_a_word_when_it_is_taken_out() -> None:
    """It stands without a base: its next one must not reach it."""
    run = under_way()
    run.engine.world.robots[NAME].report = replace(run.robots[NAME].report(), driving=False, base=())
    before = len(run.journal)
    assert told(run, c.SetIntegration(robot=NAME, level="noticed")) == ["cancelOrder amr_01"]
    assert run.engine.world.state.missions == {}
    assert NAME not in run.engine.world.traffic.movers
    holds = [(e.robot, e.facts) for e in run.journal[before:] if e.kind == "robot_holds"]
    assert holds == [(NAME, {"held": ""})]


def test_one_that_keeps_its_place_or_never_had_one_is_told_nothing_and_holds_what_it_held() -> None:
    run = rehearsal(1)
    before = len(run.journal)
    assert told(run, c.SetIntegration(robot=NAME, level="respected")) == []
    assert [e.kind for e in run.journal[before:]] == ["robot_integration"]
    never_heard = Rehearsal(lab(), units_of(load_site("lab"), 1))
    assert told(never_heard, c.SetIntegration(robot=NAME, level="noticed")) == []
    assert [e.kind for e in never_heard.journal] == ["robot_integration"]
