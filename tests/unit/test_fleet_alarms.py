"""Alarms: raised once, by what lasts; ended with their cause; acknowledged by name; still there after a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.errors import AmrError, Fact
from amr_core.numbers import number
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import RobotError, RobotState
from amr_fleet.domain.alarm_watch import BLOCKED_AFTER, CLEAR_AFTER, FIRST_REPORT
from amr_fleet.domain.alarms import severity_of
from amr_fleet.domain.deadlock_watch import cycle_from
from amr_fleet.domain.events import Ask, Notices
from amr_fleet.ports import AlarmView, OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.report.people import interventions
from amr_fleet.requests import AckAlarm, CreateOrder, SetIntegration, SetPaused, SetZone
from amr_fleet.visit_requests import SetCutoff
from amr_fleet.vocabulary import Integration

SITE = load_site("lab")
ROADMAP = build_roadmap(SITE)
CALM = Behaviour(stop_rate=0.0)


def rehearsal() -> Rehearsal:
    run = Rehearsal(ROADMAP, units_of(SITE, 2), how=CALM)
    run.run(lambda r: r.engine.ready, 20.0)
    return run


def alarms(run: Rehearsal) -> list[AlarmView]:
    return list(run.engine.snapshot().alarms)


def codes(run: Rehearsal) -> list[str]:
    return [a.reason.code for a in alarms(run)]


def report(run: Rehearsal, robot: str, **changes: object) -> RobotState:
    return replace(run.robots[robot].report(), **changes)  # type: ignore[arg-type]


def hold(run: Rehearsal, robot: str, seconds: float, **changes: object) -> None:
    """Let the robot say the same thing for a while."""
    run.robots[robot].alive = False
    end = run.now + seconds
    while run.now < end:
        run.step([report(run, robot, **changes)])


def test_a_silent_robot_is_an_alarm_until_it_speaks_again() -> None:
    run = rehearsal()
    name = next(iter(run.robots))
    run.robots[name].alive = False
    run.run(lambda r: bool(alarms(r)), 20.0)
    assert codes(run) == ["alarm.robot_offline"]
    run.run(lambda _: False, 20.0)
    assert len([e for e in run.journal if e.kind == "alarm_raised"]) == 1, "once, not every second"
    run.robots[name].alive = True
    assert run.run(lambda r: not alarms(r), CLEAR_AFTER + 5.0)


def test_what_lasts_a_moment_raises_nothing() -> None:
    run = rehearsal()
    name = next(iter(run.robots))
    hold(run, name, 2.0, localized=False)
    run.robots[name].alive = True
    run.run(lambda _: False, 10.0)
    assert not [e for e in run.journal if e.kind == "alarm_raised"]


@pytest.mark.parametrize(
    ("code", "seconds", "changes"),
    [
        ("alarm.e_stop", 2.0, {"e_stop": "MANUAL"}),
        ("alarm.not_localized", 8.0, {"localized": False}),
        ("alarm.robot_error", 6.0, {"errors": (RobotError("nav.failed", "FATAL"),)}),
        ("alarm.battery_silent", 6.0, {"errors": (RobotError("battery.silent", "WARNING", {"seconds": 200}),)}),
        ("alarm.battery_silent", 6.0, {"errors": (RobotError("battery.unknown", "WARNING"),)}),
        ("alarm.load_on_board", 14.0, {"loads": ("PAL-9",)}),
    ],
)
def test_each_cause_has_its_alarm(code: str, seconds: float, changes: dict[str, object]) -> None:
    run = rehearsal()
    name = next(iter(run.robots))
    hold(run, name, seconds, **changes)
    assert codes(run) == [code]
    assert alarms(run)[0].robot == name


def test_a_silent_battery_that_somebody_has_seen_hides_no_error_of_the_robot() -> None:
    """They were one alarm: acknowledged for the battery, it swallowed the robot's next fatal error."""
    run = rehearsal()
    name = next(iter(run.robots))
    battery = RobotError("battery.silent", "WARNING", {"seconds": 200})
    hold(run, name, 6.0, errors=(battery,))
    (alarm,) = alarms(run)
    assert severity_of(alarm.reason.code) == "warning"
    assert run.engine.world.red(name), "no new order by a charge that nobody knows"
    run.step([Ask(1, AckAlarm(alarm_id=alarm.alarm_id, user="lan"))])
    assert not run.engine.world.red(name)
    hold(run, name, 6.0, errors=(battery, RobotError("nav.failed", "FATAL")))
    assert codes(run) == ["alarm.battery_silent", "alarm.robot_error"]
    assert run.engine.world.red(name)


@pytest.mark.parametrize("swaps", [False, True])
@pytest.mark.parametrize("foreign", [False, True])
def test_a_fatal_error_that_somebody_has_seen_hides_no_other_one_of_the_robot(foreign: bool, swaps: bool) -> None:
    """They were one alarm: who had taken it for the drive never heard of the wheels."""
    run = rehearsal()
    name = next(iter(run.robots))
    one, other = RobotError("nav.failed", "FATAL"), RobotError("odometry.silent", "FATAL", {"seconds": 3})
    if foreign:
        one, other = (RobotError("vda.reported", "FATAL", {"type": t, "description": ""}) for t in ("E17", "E18"))
    hold(run, name, 6.0, errors=(one,))
    (alarm,) = alarms(run)
    run.step([Ask(1, AckAlarm(alarm_id=alarm.alarm_id, user="lan"))])
    hold(run, name, 2.0, errors=(one, other))
    assert codes(run) == ["alarm.robot_error"], "what lasts a moment is none"
    hold(run, name, 6.0, errors=(other,) if swaps else (other, one))
    untaken = [a for a in alarms(run) if not a.acked_by]
    assert [(a.reason.facts["error"], a.reason.facts.get("type")) for a in untaken] == [
        (other.code, other.facts.get("type"))
    ]
    assert len(alarms(run)) == (1 if swaps else 2), "the first ends with its own cause"
    assert run.engine.world.red(name)
    hold(run, name, 8.0, errors=())
    assert alarms(run) == []


def test_a_robot_whose_error_has_another_name_each_second_is_one_alarm() -> None:
    run = rehearsal()
    name = next(iter(run.robots))
    for k in range(20):
        changing = RobotError("vda.reported", "FATAL", {"type": f"E17 at {k}", "description": ""})
        hold(run, name, 1.0, errors=(changing,))
    assert codes(run) == ["alarm.robot_error"]
    assert len([e for e in run.journal if e.kind == "alarm_raised"]) == 1


def driven_by(run: Rehearsal, seconds: float, *programs: str, staying: bool = True) -> None:
    """Let foreign programs drive the first robot; staying: seen at two looks, not gone by the next one."""
    name, told = next(iter(run.robots)), ", ".join(programs)
    facts: dict[str, Fact] = {"robot": name, "count": 1 + len(programs), "programs": told}
    run.step([Notices({("alarm.cmd_vel", name): {**facts, "staying": told if staying else ""}})])
    run.run(lambda _: False, seconds)


def test_a_foreign_driver_that_somebody_has_seen_hides_no_other_one_and_is_not_told_again() -> None:
    """An engineer's joystick was taken for good, and nobody was told of the next program that drove the robot.

    Then that one's end made of the joystick, which he had taken, a third alarm.
    """
    run = rehearsal()
    driven_by(run, 4.0, "/teleop")
    (alarm,) = alarms(run)
    assert alarm.reason.facts["programs"] == "/teleop"
    run.step([Ask(1, AckAlarm(alarm_id=alarm.alarm_id, user="lan"))])
    driven_by(run, 6.0, "/stranger", "/teleop")
    told = [(a.reason.facts["programs"], a.reason.facts.get("which"), a.acked_by) for a in alarms(run)]
    assert told == [("/teleop", None, "lan"), ("/stranger", "/stranger", "")], "each names its own"
    driven_by(run, 8.0, "/teleop")
    assert [(a.alarm_id, a.acked_by) for a in alarms(run)] == [(alarm.alarm_id, "lan")]
    run.step([Notices({})])
    run.run(lambda _: False, 8.0)
    assert alarms(run) == []
    assert len([e for e in run.journal if e.kind == "alarm_raised"]) == 2


@pytest.mark.parametrize("seconds", [1.0, 7.0])
def test_foreign_drivers_with_another_name_at_each_look_are_one_alarm_that_names_who_is_there(seconds: float) -> None:
    """A command in a loop drove a robot and was never told; 7 s: between two looks at a robot of a hundred."""
    run = rehearsal()
    for k in range(20):
        driven_by(run, seconds, f"/_ros2cli_{k}", staying=False)
    (alarm,) = alarms(run)
    assert alarm.reason.facts["programs"] == "/_ros2cli_19"
    run.step([Ask(1, AckAlarm(alarm_id=alarm.alarm_id, user="lan"))])
    for k in range(20, 24):
        driven_by(run, seconds, f"/_ros2cli_{k}", staying=False)
    assert [a.acked_by for a in alarms(run)] == ["lan"]
    driven_by(run, 6.0, "/stranger", f"/_ros2cli_{k}")
    assert "/stranger" in {a.reason.facts.get("which") for a in alarms(run) if not a.acked_by}


def test_an_emergency_button_behind_a_protective_stop_that_somebody_has_seen_is_told() -> None:
    run = rehearsal()
    name = next(iter(run.robots))
    hold(run, name, 2.0, e_stop="AUTOACK")
    (alarm,) = alarms(run)
    run.step([Ask(1, AckAlarm(alarm_id=alarm.alarm_id, user="lan"))])
    hold(run, name, 6.0, e_stop="MANUAL")
    assert [(a.acked_by, a.reason.facts["kind"]) for a in alarms(run)] == [("", "MANUAL")]


@pytest.mark.parametrize(
    ("level", "mode", "told"),
    [
        ("utilised", "AUTOMATIC", True),
        ("utilised", "MANUAL", False),
        ("respected", "AUTOMATIC", False),
        ("noticed", "AUTOMATIC", False),
    ],
)
def test_a_robot_in_the_workshop_or_driven_by_hand_is_no_alarm_because_it_is_off_the_lanes(
    level: Integration, mode: str, told: bool
) -> None:
    """A critical alarm stood for each of them, all day."""
    run = rehearsal()
    name = next(iter(run.robots))
    if level != "utilised":
        run.step([Ask(1, SetIntegration(robot=name, level=level, user="lan"))])
    off = RobotError("nav.off_route", "FATAL", {"node": "n1", "metres": 4.0})
    hold(run, name, 6.0, mode=mode, errors=(off,))
    assert ("alarm.robot_error" in codes(run)) is told
    hold(run, name, 6.0, mode=mode, errors=(off, RobotError("nav.failed", "FATAL")))
    assert "alarm.robot_error" in codes(run), "what else it says is told"


def test_a_robot_that_is_blocked_for_long_on_its_way_is_an_alarm() -> None:
    run = rehearsal()
    order = OrderRequest(pick_place="D1", drop_place="A1")
    run.step([Ask(1, CreateOrder(order=order))])
    run.run(lambda r: bool(r.engine.world.state.missions), 10.0)
    name = next(iter(run.engine.world.state.missions))
    hold(run, name, BLOCKED_AFTER - 5.0, waiting_for="person")
    assert codes(run) == []
    hold(run, name, 10.0, waiting_for="person")
    assert codes(run) == ["alarm.blocked"]
    assert alarms(run)[0].reason.facts["why"] == "wait.person"


def test_an_order_that_cannot_be_in_time_is_told_before_it_is_late() -> None:
    run = rehearsal()
    soon = OrderRequest(pick_place="D1", drop_place="A1", deadline=run.now + 40.0)
    easy = OrderRequest(pick_place="D1", drop_place="A1", deadline=run.now + 4000.0)
    run.step([Ask(1, CreateOrder(order=soon)), Ask(2, CreateOrder(order=easy))])
    assert run.run(lambda r: "alarm.order_late" in codes(r), 35.0), "before the deadline has passed"
    assert [a.order_id for a in alarms(run)] == ["T000001"]
    assert run.run(lambda r: not alarms(r), 900.0), "it ends with the order"


def test_an_alarm_says_what_is_so_now_and_not_what_was_when_it_began() -> None:
    """It said "at least 1 minute late" of an order that was long late, and its first figure of a battery."""
    run = rehearsal()
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", deadline=run.now + 40.0)))])
    assert run.run(lambda r: "alarm.order_late" in codes(r), 35.0)
    ids = [a.alarm_id for a in alarms(run)]
    first = alarms(run)[0].reason
    run.step([Ask(2, SetPaused(pause=True, user="lan"))])
    run.run(lambda _: False, 150.0)
    late = next(a for a in alarms(run) if a.alarm_id in ids)
    assert (late.reason.code, late.reason.since) == ("alarm.order_late", first.since), "it is the same alarm"
    assert number(late.reason.facts["minutes"]) >= number(first.facts["minutes"]) + 2
    raised = [e.facts["minutes"] for e in run.journal if e.kind == "alarm_raised" and e.facts["alarm"] == late.alarm_id]
    assert raised == [first.facts["minutes"]], "the journal keeps what it said"


def test_an_order_that_misses_its_truck_is_told_like_one_with_a_deadline() -> None:
    run = rehearsal()
    run.step([Ask(1, SetCutoff(name="Xe 7", kind="truck", at=run.now + 40.0))])
    run.step([Ask(2, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", cutoff="Xe 7")))])
    assert run.run(lambda r: "alarm.order_late" in codes(r), 35.0)
    run.step([Ask(3, SetCutoff(name="Xe 7", kind="truck", at=run.now + 4000.0))])
    assert run.run(lambda r: not alarms(r), 10.0), "the truck waits"


def test_who_acknowledged_is_kept_over_a_restart_and_nothing_is_raised_twice() -> None:
    run = rehearsal()
    name = next(iter(run.robots))
    run.robots[name].alive = False
    run.run(lambda r: bool(alarms(r)), 20.0)
    run.step([Ask(7, AckAlarm(alarm_id=alarms(run)[0].alarm_id, user="lan"))])
    acked = alarms(run)[0]
    assert (acked.acked_by, acked.acked_at > 0) == ("lan", True)
    run.step([Ask(8, AckAlarm(alarm_id=acked.alarm_id, user="minh"))])
    assert alarms(run)[0].acked_by == "lan", "the first one counts"
    run.restart_fleet()
    assert alarms(run) == [acked]
    run.run(lambda _: False, FIRST_REPORT + 10.0)
    assert alarms(run) == [acked]
    assert len([e for e in run.journal if e.kind == "alarm_raised"]) == 1


def test_the_next_shift_takes_an_alarm_over_from_who_has_left_and_from_nobody_else() -> None:
    """It stayed with who took it: at ten at night nobody looked after what "lan" had taken at a quarter to."""
    run = rehearsal()
    run.robots[next(iter(run.robots))].alive = False
    run.run(lambda r: bool(alarms(r)), 20.0)
    alarm = alarms(run)[0].alarm_id
    run.step([Ask(1, AckAlarm(alarm_id=alarm, user="lan"))])
    first = alarms(run)[0].acked_at
    run.run(lambda _: False, 5.0)
    run.step([Ask(2, AckAlarm(alarm_id=alarm, user="minh", instead_of="lan"))])
    assert (alarms(run)[0].acked_by, alarms(run)[0].acked_at > first) == ("minh", True)
    run.step([Ask(3, AckAlarm(alarm_id=alarm, user="an", instead_of="lan"))])
    assert alarms(run)[0].acked_by == "minh", "two pressed at once: the first one has it"
    run.step([Ask(4, AckAlarm(alarm_id=alarm, user="minh", instead_of="minh"))])
    assert [e.facts["user"] for e in run.journal if e.kind == "alarm_acked"] == ["lan", "minh"]
    (told,) = interventions(run.journal, run.now)
    assert (told.acked_by, told.acked_at) == ("lan", first), "how long an alarm waited is not told anew"


def test_a_failed_order_stays_until_somebody_has_seen_it() -> None:
    run = rehearsal()
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))])
    world = run.engine.world
    world.entries = []
    world.emit("order_failed", order_id="T000001", robot="", code="load.failed")
    run.engine._alarms.step(world)
    run.journal += world.entries
    run.run(lambda _: False, 20.0)
    assert codes(run) == ["alarm.order_failed"]
    run.step([Ask(1, AckAlarm(alarm_id=alarms(run)[0].alarm_id, user="lan"))])
    assert codes(run) == []
    assert run.journal[-1].kind == "alarm_cleared"


def test_an_unknown_alarm_is_refused() -> None:
    run = rehearsal()
    reply = run.engine.step(run.now + 0.1, [Ask(3, AckAlarm(alarm_id="A999", user="lan"))]).replies[0]
    assert isinstance(reply.result, AmrError)
    assert reply.result.code == "alarm.not_found"


def test_a_cycle_is_told_in_the_order_of_waiting() -> None:
    assert cycle_from({"a": "c", "c": "b", "b": "a"}, "a") == ["a", "c", "b"]


def test_each_blind_camera_is_an_alarm_that_says_why_until_it_sees_again() -> None:
    run = rehearsal()

    def blind(camera: str, area: str, reason: str, seconds: float) -> Ask:
        polygon = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0))
        zone_id, code = f"camera:{camera}:{area}:blind:1", f"camera.blind.{reason}"
        until = run.now + seconds
        zone = ZoneRequest(zone_id=zone_id, kind="hold", polygon=polygon, code=code, until=until, user="camera")
        return Ask(1, SetZone(zone=zone))

    run.step([blind("C01", "X1", "dark", 8.0), blind("C01", "X2", "dark", 8.0), blind("C02", "X3", "dark", 60.0)])
    run.step([blind("C03", "X4", "learning", 8.0)])
    run.run(lambda r: len(alarms(r)) >= 2, 5.0)
    assert sorted((a.reason.code, a.reason.facts["camera"]) for a in alarms(run)) == [
        ("alarm.camera_dark", "C01"),
        ("alarm.camera_dark", "C02"),
    ]
    assert {a.order_id for a in alarms(run)} == {""}
    assert run.run(lambda r: len(alarms(r)) == 1, 8.0 + CLEAR_AFTER + 3.0)
    assert alarms(run)[0].reason.facts["camera"] == "C02"
    assert len([e for e in run.journal if e.kind == "alarm_raised"]) == 2
    assert all(e.order_id == "" for e in run.journal if e.kind.startswith("alarm_"))
