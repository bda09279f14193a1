"""What waits says so truly: the root, since when, in every list alike; alarms follow it; nothing is made up."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.vda5050 import RobotError
from amr_fleet import vocabulary
from amr_fleet.domain import causes, zone_entries
from amr_fleet.domain.alarm_watch import BLOCKED_AFTER
from amr_fleet.domain.events import Ask
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.hindrance import Hindrance, hindrance
from amr_fleet.ports import FleetSnapshot, Reason, ZoneRequest, ZoneView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import (
    AckAlarm,
    CancelOrder,
    DeliverLoad,
    SetPaused,
    SetZone,
)
from amr_uav.model import Telemetry
from amr_uav.site import load_flight_site
from tests.unit.causes_rig import ROADMAP, WIDE, close, order, raised, rehearsal, wait


def test_an_order_behind_a_closed_lane_names_the_lane_and_no_other_order_waits_for_it() -> None:
    run = Rehearsal(build_roadmap(WIDE), units_of(WIDE), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    zone = ZoneRequest(zone_id="lane-A2", kind="closed", elements=("A2",), text="dọn hàng", user="lan")
    run.step([Ask(2, SetZone(zone=zone))])
    order(run, "A2E", "D11")
    order(run, "D01", "B4")
    snapshot = wait(run, 8.0)
    behind, free = snapshot.orders
    assert behind.root is not None
    assert behind.root.code == "wait.zone"
    assert behind.root.facts == {"zone": "lane-A2", "shut": "closed", "lanes": "A2", "why": "dọn hàng"}
    assert free.robot
    [cause] = [c for c in snapshot.causes if c.reason.code == "wait.zone"]
    assert (cause.ends, cause.orders) == ("lift_zone", ("T000001",))


def behind_a_paused_one() -> tuple[Rehearsal, str]:
    """Return two robots with an order each, of which the first (its name) was paused on its way."""
    run = rehearsal()
    order(run, "D1", "A1")
    order(run, "D1", "A1")
    run.run(lambda r: len(r.engine.world.state.missions) == 2, 20.0)
    first = next(iter(run.engine.world.state.missions))
    run.run(lambda r: r.robots[first].edge is not None, 60.0)
    run.step([Ask(3, SetPaused(robots=(first,), pause=True, user="lan"))])
    return run, first


def test_who_waits_behind_a_paused_robot_waits_for_that_robot_to_be_resumed() -> None:
    run, first = behind_a_paused_one()
    snapshot = wait(run, 90.0)
    robots = {r.name: r for r in snapshot.robots}
    other = next(r for r in snapshot.robots if r.name != first)
    assert other.root is not None
    assert (other.root.code, other.root.facts["robot"]) == ("wait.paused", first)
    [cause] = [c for c in snapshot.causes if c.reason.code == "wait.paused"]
    assert set(cause.robots) == set(robots)
    assert (cause.ends, set(cause.orders)) == ("resume_robot", {"T000001", "T000002"})


def test_who_was_just_freed_does_not_say_that_it_stands_without_a_reason() -> None:
    """It had stood for a minute behind another; until it moved a moment later, somebody was sent to look at it."""
    run, first = behind_a_paused_one()
    wait(run, 90.0)
    other = next(name for name in run.robots if name != first)
    run.step([Ask(4, SetPaused(robots=(first,), pause=False, user="lan"))])
    freed = run.engine.world.robots[other]
    run.robots[other].busy = 600.0  # it thinks over its new way
    assert run.run(lambda _: freed.waiting is None, 60.0)
    since = run.now
    wait(run, 1.0)
    assert freed.waiting is None
    wait(run, 3.0)
    assert freed.waiting is not None
    assert (freed.waiting.code, freed.waiting.since) == ("wait.standing", pytest.approx(since, abs=1.0))


def test_one_that_says_now_and_then_what_it_waits_for_is_one_blocked_robot() -> None:
    """Somebody walks to and fro before it: each time the alarm ended, was raised anew and sent out."""
    run = rehearsal(1)
    [robot] = run.robots.values()
    robot.busy = 60.0  # it stands at its node
    order(run, "D1", "A1")
    for second in range(420):
        robot.busy, robot.halt, robot.changed = 5.0, second % 10 < 2, True
        wait(run, 1.0)
    assert raised(run) == ["alarm.blocked"]
    assert not [e for e in run.journal if e.kind == "alarm_cleared"]


def test_a_loaded_robot_without_a_way_to_its_drop_place_is_the_longest_wait_and_an_alarm() -> None:
    """It goes home with its load and has no mission: it was in no list, and its alarm never came."""
    run = rehearsal()
    order(run, "D1", "A1")
    assert run.run(lambda r: r.engine.snapshot().orders[0].state == "PICKING", 300.0)
    close(run, ["A1"])
    name = run.engine.snapshot().orders[0].robot
    assert run.run(lambda r: bool(r.robots[name].loads) and name not in r.engine.world.state.missions, 300.0)
    snapshot = wait(run, BLOCKED_AFTER + 10.0)
    robot = next(r for r in snapshot.robots if r.name == name)
    assert robot.root is not None
    assert (robot.root.code, robot.root.facts["zone"]) == ("wait.zone", "shut")
    assert snapshot.waits.longest == name
    assert snapshot.waits.longest_s == pytest.approx(snapshot.t - robot.waits_since)
    assert [a.robot for a in snapshot.alarms if a.reason.code == "alarm.blocked"] == [name]


def test_a_loaded_robot_behind_a_closed_lane_says_so_and_not_that_its_place_is_taken() -> None:
    """It said "waits for a free place at D03" and asked to clear it, while D03 was empty."""
    run = Rehearsal(build_roadmap(WIDE), units_of(WIDE, 1), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    order(run, "A2E", "D03")
    assert run.run(lambda r: r.engine.snapshot().orders[0].state == "PICKING", 300.0)
    zone = ZoneRequest(zone_id="lane-A2", kind="closed", elements=("A2",), text="Hàng đổ", user="lan")
    run.step([Ask(2, SetZone(zone=zone))])
    name = run.engine.snapshot().orders[0].robot
    assert run.run(lambda r: any(x.name == name and x.waiting for x in r.engine.snapshot().robots), 60.0)
    robot = next(r for r in run.engine.snapshot().robots if r.name == name)
    assert robot.waiting is not None
    assert (robot.waiting.code, robot.waiting.facts["lanes"]) == ("wait.zone", "A2")
    assert robot.root is not None
    assert (robot.root.code, robot.root.facts["zone"]) == ("wait.zone", "lane-A2")


def test_a_paused_robot_is_not_counted_with_those_that_work() -> None:
    """The page said "12 robots at work" of eleven and one that a person had stopped."""
    run = rehearsal(2)
    for pick, drop in (("D1", "A1"), ("A1", "D1"), ("D1", "A1")):
        order(run, pick, drop)
    assert run.run(lambda r: sum(bool(o.robot) for o in r.engine.snapshot().orders) == 2, 30.0)
    assert busy(wait(run, 5.0)) == 2
    second = run.engine.snapshot().orders[1].robot
    run.step([Ask(5, SetPaused(robots=(second,), pause=True, user="lan"))])
    assert busy(wait(run, 5.0)) == 1


def busy(snapshot: FleetSnapshot) -> int:
    [said] = {o.reason.facts["busy"] for o in snapshot.orders if o.reason is not None and o.reason.code == "wait.robot"}
    return int(str(said))


def test_a_paused_robot_has_not_got_on_because_its_order_was_changed() -> None:
    """Cancelling with a load began the wait anew: its page said 1 s, its order's page 2 min."""
    run = rehearsal()
    order(run, "D1", "A1")
    assert run.run(lambda r: r.engine.snapshot().orders[0].state == "TO_DROP", 300.0)
    name = run.engine.snapshot().orders[0].robot
    run.step([Ask(5, SetPaused(robots=(name,), pause=True, user="lan"))])
    before = since(wait(run, 20.0), name)
    [order_id] = [o.order_id for o in run.engine.snapshot().orders]
    run.step([Ask(6, CancelOrder(order_id=order_id, mode="now", user="lan"))])
    run.step([Ask(7, DeliverLoad(robot=name, place="D1", user="lan", nobody_there=True))])
    assert since(wait(run, 5.0), name) == before > 0.0


def since(snapshot: FleetSnapshot, name: str) -> float:
    return next(r.waits_since for r in snapshot.robots if r.name == name)


def test_an_alarm_stays_while_its_robot_stands_whatever_it_waits_for_next() -> None:
    """Every look for another way began the wait anew, and closed the alarm."""
    run = rehearsal()
    order(run, "D1", "A1")
    assert run.run(lambda r: bool(r.engine.world.state.missions), 20.0)
    name = next(iter(run.engine.world.state.missions))
    run.run(lambda r: r.robots[name].edge is not None, 20.0)
    close(run, ["D1"], "hold")
    assert run.run(lambda r: "alarm.blocked" in raised(r), BLOCKED_AFTER + 60.0)
    end = run.now + 30.0
    while run.now < end:
        run.engine.world.traffic.movers[name].blocker = None
        run.step()
        assert any(a.robot == name for a in run.engine.snapshot().alarms)
    assert raised(run) == ["alarm.blocked"]


def test_a_load_that_was_taken_off_is_not_spoken_of_any_more() -> None:
    run = rehearsal()
    robot = next(iter(run.robots.values()))
    robot.loads, robot.changed = ["PAL-9"], True
    first = wait(run, 5.0).robots[0].waiting
    assert first is not None
    assert (first.code, first.facts["load_id"]) == ("wait.load_on_board", "PAL-9")
    robot.loads, robot.changed = [], True
    assert wait(run, 5.0).robots[0].waiting is None


def test_a_red_robot_takes_no_new_order_before_its_alarm_is_taken() -> None:
    run = rehearsal(1)
    name = next(iter(run.robots))
    robot = run.robots[name]
    robot.broken = robot.changed = True
    assert run.run(lambda r: bool(r.engine.snapshot().alarms), 20.0)
    run.engine.world.emit("alarm_raised", robot=name, facts={"alarm": "A9", "code": "alarm.order_failed"})
    robot.broken, robot.changed = False, True
    order(run, "D1", "A1")
    snapshot = wait(run, 20.0)
    assert snapshot.orders[0].robot == "", "its order failed, and nobody has looked"
    assert snapshot.robots[0].root is not None
    assert snapshot.robots[0].root.code == "wait.alarm"
    run.step([Ask(7, AckAlarm(alarm_id="A9", user="lan"))])
    assert wait(run, 10.0).orders[0].robot == name


def test_a_robot_that_cannot_drive_says_what_it_is() -> None:
    run = rehearsal(1)
    robot = next(iter(run.robots.values()))
    robot.alive = False
    for changes, code, what in (
        ({"e_stop": "MANUAL"}, "wait.e_stop", "reset_stop"),
        ({"localized": False}, "robot.lost", "relocalise"),
        ({"errors": (RobotError("nav.failed", "FATAL"),)}, "wait.release", "release_robot"),
    ):
        run.step([replace(robot.report(), **changes)])
        run.step([replace(robot.report(), **changes)])
        root = run.engine.snapshot().robots[0].root
        assert root is not None
        assert (root.code, causes.ends(root)) == (code, what)


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("camera.person_near", "itself"),
        ("camera.fallen_load", "clear_way"),
        ("camera.blind.covered", "see_to_camera"),
        ("camera.blind.learning", "itself"),
    ],
)
def test_nobody_is_told_to_lift_what_a_camera_says_anew_every_two_seconds(code: str, end: str) -> None:
    run = rehearsal()
    nodes = tuple(n.id for n in ROADMAP.nodes.values() if n.place == "D1")
    zone = ZoneRequest(zone_id="camera:C01:D1", kind="hold", elements=nodes, code=code, text="C01 D1", user="camera")
    run.step([Ask(2, SetZone(zone=zone))])
    order(run, "D1", "A1")
    root = wait(run, 3.0).orders[0].root
    assert root is not None
    assert (root.facts["camera"], causes.ends(root)) == ("C01", end)


def test_the_zone_below_a_flight_ends_with_the_flight_and_one_that_another_run_left_is_lifted() -> None:
    world = rehearsal().engine.world
    world.state.zones["flight:F1"] = ZoneView(zone_id="flight:F1", kind="closed", elements=("A1_1",))
    assert causes.ends(causes.behind(world, "flight:F1", 1.0)) == "lift_zone"
    site = load_flight_site("cai_cui")
    assert site is not None
    desk = world.flights = FlightDesk(site)
    assert causes.ends(causes.behind(world, "flight:F1", 1.0)) == "itself"
    record = FlightRecord(
        flight_id="F1", task="inventory_flight", places=(), levels=(), points=(), user="lan", created=0.0
    )
    told: list[tuple[vocabulary.FlightState, float, str]] = [
        ("FLYING", 0.0, "itself"), ("RETURNING", 0.0, "itself"), ("DOWN", 0.0, "recover_aircraft"),
        ("LOST", 4.0, "itself"), ("LOST", site.aircraft.endurance + 1.0, "recover_aircraft"),
    ]  # fmt: skip
    now = world.now = site.aircraft.endurance + 60.0
    for state, silent, ends in told:
        world.state.flights.flights["F1"] = replace(record, state=state)
        for telemetry, began in ((Telemetry(t=now - silent), 0.0), (None, now - silent)):  # or it has restarted
            desk.telemetry, desk.began = telemetry, began
            assert causes.ends(causes.behind(world, "flight:F1", 1.0)) == ends, (
                "what lies there, or can fly no more, goes only with a person; nobody looks for one that flies home"
            )


def test_of_two_that_hold_a_robot_together_one_is_named_and_of_none_none() -> None:
    """It "ended by itself" while two robots had to go away; what nothing held was said to be held by the nearest."""
    traffic = Rehearsal(build_roadmap(WIDE), units_of(WIDE, 3), dt=0.25).engine.world.traffic
    first, second, mine = (traffic.place(f"r{i}", i) for i in range(3))
    first.wall = second.wall = True
    assert hindrance(traffic, mine.name, lambda: not second.wall) == Hindrance(robot=second.name)
    together = hindrance(traffic, mine.name, lambda: not (first.wall or second.wall))
    assert together in (Hindrance(robot=first.name), Hindrance(robot=second.name))
    assert hindrance(traffic, mine.name, lambda: True) is None
    assert hindrance(traffic, mine.name, lambda: False) is None
    assert (first.wall, second.wall) == (True, True)


def test_every_end_is_in_the_vocabulary_and_every_word_of_it_is_used() -> None:
    assert {"itself", "change_permit", "see_to_camera", "recover_aircraft", *causes.ENDS.values()} == set(
        get_args(vocabulary.EndCode)
    )
    assert causes.ends(Reason("wait.traffic")) == "itself"


def test_nobody_waits_for_a_zone_longer_than_it_is_there() -> None:
    run = rehearsal()
    close(run, ["A1"])
    begun = run.engine.world.state.zones["shut"].since
    assert causes.behind(run.engine.world, "shut", begun - 50.0).since == begun
    assert causes.behind(run.engine.world, "shut", begun + 5.0).since == begun + 5.0


def test_a_zone_of_a_camera_is_called_by_the_camera_and_many_elements_by_none() -> None:
    seen = ZoneView(zone_id="camera:C1:7", kind="hold", polygon=((0, 0),), code="camera.person_near", text="C1 X-01")
    about = {"zone": "camera:C1:7", "shut": "hold", "camera": "C1", "sees": "camera.person_near"}
    assert zone_entries.named(seen) == about
    many = ZoneView(zone_id="K-1", kind="closed", elements=("A1", "A2", "B1", "B2", "C1"), text="")
    assert zone_entries.named(many) == {"zone": "K-1", "shut": "closed"}


def test_the_same_reason_keeps_the_time_it_began() -> None:
    old, new = Reason("wait.zone", {"zone": "a"}, 5.0), Reason("wait.zone", {"zone": "a"}, 9.0)
    other = Reason("wait.zone", {"zone": "b"}, 9.0)
    assert causes.kept(new, old) == replace(new, since=5.0)
    assert causes.kept(other, old) == other
    assert causes.kept(None, old) is None
