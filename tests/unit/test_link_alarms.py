"""Alarms that name what is wrong between fleet and robots; and who waits for a silent robot's lane reads its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import RobotError
from amr_fleet.domain.alarm_watch import CLEAR_AFTER, FIRST_REPORT
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask
from amr_fleet.domain.link_alarms import DELAYS, RESTART_SHOWN
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder, SetIntegration
from amr_interop.mqtt.address_watch import TOLD_S, AddressWatch
from amr_interop.vda.messages import Factsheet
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.test_site_version import said
from tests.unit.vda_desk import Desk

SITE = load_site("lab")
ROADMAP = build_roadmap(SITE)
OFFLINE = FleetSettings().offline_after
ALARM = OFFLINE + DELAYS["alarm.robot_offline"]


def rehearsal(robots: int = 2) -> Rehearsal:
    run = Rehearsal(ROADMAP, units_of(SITE, robots), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    run.run(lambda _: False, 2.0)
    return run


def wait(run: Rehearsal, seconds: float) -> None:
    run.run(lambda _: False, seconds)


def alarms(run: Rehearsal) -> list[tuple[str, str]]:
    return sorted((a.reason.code, a.robot) for a in run.engine.snapshot().alarms)


def raised(run: Rehearsal) -> list[str]:
    return [str(e.facts["code"]) for e in run.journal if e.kind == "alarm_raised"]


def silence(run: Rehearsal, *names: str, alive: bool = False) -> None:
    for name in names or run.robots:
        run.robots[name].alive = alive


def say(run: Rehearsal, seconds: float, name: str = "amr_01", **changes: Any) -> None:
    """Let a robot say something for a while; the others speak for themselves."""
    run.robots[name].alive = False
    end = run.now + seconds
    while run.now < end:
        run.step([replace(run.robots[name].report(), **changes)])
    run.robots[name].alive = True


# Silence --------------------------------------------------------------------------------------------------------------


def test_one_silent_robot_is_offline_after_5_s_and_an_alarm_after_10() -> None:
    assert (OFFLINE, ALARM) == (5.0, 10.0)
    run = rehearsal()
    silence(run, "amr_01")
    wait(run, OFFLINE + 1.5)
    assert not next(r for r in run.engine.snapshot().robots if r.name == "amr_01").online
    assert alarms(run) == []
    wait(run, ALARM - OFFLINE + 1.0)
    assert alarms(run) == [("alarm.robot_offline", "amr_01")]


def test_silence_of_less_than_10_s_is_no_alarm() -> None:
    """So long may a reliable stream stand still when a fifth of the frames is lost."""
    run = rehearsal()
    for _ in range(5):
        silence(run, "amr_01")
        wait(run, ALARM - 2.0)
        silence(run, "amr_01", alive=True)
        wait(run, 2.0)
    assert raised(run) == []


def test_all_silent_at_once_is_one_alarm_about_the_network_until_one_speaks() -> None:
    run = rehearsal()
    silence(run)
    wait(run, ALARM + 2.0)
    assert alarms(run) == [("alarm.network", "")]
    assert run.engine.snapshot().alarms[0].reason.facts["robots"] == 2
    wait(run, 60.0)
    assert raised(run) == ["alarm.network"]
    silence(run, "amr_02", alive=True)
    wait(run, CLEAR_AFTER + DELAYS["alarm.robot_offline"] + 3.0)
    assert alarms(run) == [("alarm.robot_offline", "amr_01")], "who does not come back is named"


def test_robots_that_are_switched_off_one_after_another_are_no_network() -> None:
    run = rehearsal()
    silence(run, "amr_01")
    wait(run, 60.0)
    silence(run, "amr_02")
    wait(run, 60.0)
    assert alarms(run) == [("alarm.robot_offline", "amr_01"), ("alarm.robot_offline", "amr_02")]


def test_one_robot_alone_is_no_network() -> None:
    run = rehearsal(robots=1)
    silence(run)
    wait(run, 30.0)
    assert alarms(run) == [("alarm.robot_offline", "amr_01")]


def test_a_robot_out_of_use_says_nothing_about_the_network() -> None:
    """It may be in a workshop with a network of its own."""
    run = rehearsal()
    run.step([Ask(1, SetIntegration(robot="amr_02", level="ignored", user="lan"))])
    silence(run)
    wait(run, 30.0)
    assert "alarm.network" not in raised(run)


def test_a_fleet_that_starts_while_the_network_is_away_says_so_once() -> None:
    run = rehearsal()
    silence(run)
    run.engine = FleetEngine(ROADMAP, run.units, journal=run.journal, doors=ROADMAP.doors)
    wait(run, FIRST_REPORT - 2.0)
    assert alarms(run) == []
    wait(run, DELAYS["alarm.network"] + 5.0)
    assert alarms(run) == [("alarm.network", "")]


def test_a_fleet_that_starts_again_while_the_network_is_away_raises_and_clears_nothing() -> None:
    """Each restart called off the alarm that people were at and raised another half a minute later."""
    run = rehearsal()
    silence(run)
    wait(run, ALARM + 2.0)
    for _ in range(2):
        run.restart_fleet()
        wait(run, FIRST_REPORT + DELAYS["alarm.network"] + 5.0)
        assert alarms(run) == [("alarm.network", "")]
    assert raised(run) == ["alarm.network"]
    run.restart_fleet()
    silence(run, alive=True)
    wait(run, CLEAR_AFTER + 5.0)
    assert alarms(run) == []


# One way, address, clock, restart -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "level"), [("agent.fleet_silent", "FATAL"), ("vda.deaf", "WARNING")])
def test_a_robot_that_is_heard_and_does_not_hear_is_one_way(code: str, level: Any) -> None:
    run = rehearsal()
    say(run, 3.0, errors=(RobotError(code, level, {"seconds": 5}),))
    assert alarms(run) == [], "a start of the server takes as long"
    say(run, 6.0, errors=(RobotError(code, level, {"seconds": 9}),))
    assert alarms(run) == [("alarm.one_way", "amr_01")], "and no robot_error beside it"
    wait(run, CLEAR_AFTER + 2.0)
    assert alarms(run) == []


def test_another_fault_beside_it_is_still_told() -> None:
    run = rehearsal()
    errors = (RobotError("agent.fleet_silent", "FATAL", {"seconds": 9}), RobotError("nav.failed", "FATAL", {}))
    say(run, 8.0, errors=errors)
    assert alarms(run) == [("alarm.one_way", "amr_01"), ("alarm.robot_error", "amr_01")]
    assert run.engine.snapshot().alarms[-1].reason.facts.get("error", "nav.failed") == "nav.failed"


def test_a_clock_over_mqtt_is_the_same_alarm_as_over_ros() -> None:
    run = rehearsal()
    say(run, 3.0, errors=(RobotError("vda.clock_skew", "WARNING", {"seconds": -61.2}),))
    assert alarms(run) == [("alarm.clock", "amr_01")]
    assert dict(run.engine.snapshot().alarms[0].reason.facts) == {"computer": "amr_01", "seconds": 61}


@pytest.mark.parametrize(
    "seconds", ["x", None, float("nan"), float("inf"), 10**400, -(10**400)], ids=lambda s: f"{s}"[:9]
)
def test_a_clock_that_is_told_in_rubbish_stops_nothing(seconds: Any) -> None:
    run = rehearsal()
    say(run, 3.0, errors=(RobotError("vda.clock_skew", "WARNING", {"seconds": seconds}),))
    assert alarms(run) == [("alarm.clock", "amr_01")]


def test_another_address_is_told_with_the_address() -> None:
    run = rehearsal()
    say(run, 2.0, errors=(RobotError("vda.address_changed", "WARNING", {"before": "10.0.0.2", "address": "10.0.0.9"}),))
    assert alarms(run) == [("alarm.address", "amr_01")]
    assert run.engine.snapshot().alarms[0].reason.facts["address"] == "10.0.0.9"


def test_a_restart_is_told_for_a_minute_and_a_first_start_is_none() -> None:
    run = rehearsal()
    say(run, 3.0, instance="one")
    assert alarms(run) == []
    say(run, 3.0, instance="two")
    assert alarms(run) == [("alarm.robot_restarted", "amr_01")]
    say(run, RESTART_SHOWN + CLEAR_AFTER, instance="two")
    assert alarms(run) == []


def test_a_process_that_comes_back_is_no_restart() -> None:
    run = rehearsal()
    for instance in ("one", "two", "one", "two", "one"):
        say(run, 1.0, instance=instance)
    assert raised(run).count("alarm.robot_restarted") == 1


def test_a_restart_of_the_fleet_is_none_of_its_robots() -> None:
    run = rehearsal()
    say(run, 3.0, instance="one")
    run.restart_fleet()
    say(run, 3.0, instance="one")
    assert raised(run) == []


# Whose lane is held ---------------------------------------------------------------------------------------------------


def test_who_waits_for_the_lane_of_a_silent_robot_reads_its_name() -> None:
    run = rehearsal()
    for pick, drop in (("D1", "A1"), ("D1", "A1")):
        run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop)))])
    run.run(lambda r: len(r.engine.world.state.missions) == 2, 20.0)
    first = next(iter(run.engine.world.state.missions))
    assert run.run(lambda r: r.robots[first].edge is not None and len(r.robots[first].report().base) > 1, 60.0)
    silence(run, first)
    other = next(name for name in run.robots if name != first)
    assert run.run(lambda r: r.engine.world.robots[other].root is not None, 120.0)
    wait(run, 20.0)
    robot = run.engine.world.robots[other]
    assert robot.root is not None
    assert (robot.root.code, robot.root.facts["robot"]) == ("robot.offline", first)


def test_an_order_that_no_robot_reaches_for_a_silent_one_names_it() -> None:
    """It read "no robot is free" beside an idle one."""
    run = rehearsal()
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))])
    assert run.run(lambda r: bool(r.engine.world.state.missions), 20.0)
    first = next(iter(run.engine.world.state.missions))
    assert run.run(lambda r: r.robots[first].edge is not None and len(r.robots[first].report().base) > 1, 60.0)
    silence(run, first)
    wait(run, 45.0)
    orders = [o for o in run.engine.snapshot().orders if not o.robot]
    assert orders, "the ring of the lab is closed by the silent one"
    for order in orders:
        assert order.root is not None
        assert (order.root.code, order.root.facts.get("robot")) == ("robot.offline", first)


# Over the wire --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0])
def test_which_process_speaks_goes_over_the_wire_as_information(spelling: Spelling) -> None:
    message = said(spelling, "", instance="0123456789abcdef")
    desk = Desk(spelling)
    desk.say(information=message["information"])
    assert desk.told is not None
    assert desk.told.instance == "01234567"


@pytest.mark.parametrize(
    "information",
    [[], [{"infoType": "other", "infoLevel": "INFO"}], [{"infoType": "amrProcess", "infoLevel": "INFO"}], "x", [1]],
)
def test_what_others_inform_about_is_not_looked_at(information: Any) -> None:
    desk = Desk(V2_1)
    desk.say(information=information)
    assert desk.told is not None
    assert desk.told.instance == ""


def test_an_address_is_told_when_it_changes_and_for_a_while() -> None:
    watch = AddressWatch()
    assert watch.look(0.0, "") == watch.look(1.0, "10.0.0.2") == watch.look(2.0, "10.0.0.2") == ()
    assert watch.look(3.0, "") == (), "no line is no other address"
    [told] = watch.look(4.0, "10.0.0.9")
    assert (told.code, told.level) == ("vda.address_changed", "WARNING")
    assert dict(told.facts) == {"before": "10.0.0.2", "address": "10.0.0.9"}
    assert watch.look(4.0 + TOLD_S, "10.0.0.9") == (told,)
    assert watch.look(5.0 + TOLD_S, "10.0.0.9") == ()


def test_a_clock_that_steps_back_does_not_tell_it_for_ever() -> None:
    watch = AddressWatch()
    watch.look(1000.0, "10.0.0.2")
    assert watch.look(1001.0, "10.0.0.9")
    assert watch.look(1.0, "10.0.0.9") == ()


def test_only_who_speaks_every_second_is_not_repeated() -> None:
    assert Factsheet(default_interval=1.0).speaks_within(1.0)
    assert not Factsheet(default_interval=10.0).speaks_within(1.0)
    assert not Factsheet().speaks_within(1.0), "without a factsheet 30 s are legal"
