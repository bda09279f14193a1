"""What waits says so truly: the root, since when, in every list alike; alarms follow it; nothing is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest

from amr_core.roadmap import NodeKind, build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import RobotError
from amr_fleet import vocabulary
from amr_fleet.domain import causes, zone_entries
from amr_fleet.domain.alarm_watch import BLOCKED_AFTER
from amr_fleet.domain.events import Ask
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.hindrance import Hindrance, hindrance
from amr_fleet.domain.order_causes import queue_roots
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import FleetSnapshot, OrderRequest, Reason, ZoneRequest, ZoneView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import (
    AckAlarm,
    CancelOrder,
    ClearZone,
    CreateOrder,
    DeliverLoad,
    SetIntegration,
    SetPaused,
    SetZone,
)
from amr_uav.model import Telemetry
from amr_uav.site import load_flight_site
from tests.tracks import tracks

SITE = load_site("lab")
ROADMAP = build_roadmap(SITE)
WIDE = load_site("cai_cui")


def rehearsal(robots: int = 2) -> Rehearsal:
    run = Rehearsal(ROADMAP, units_of(SITE, robots), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    return run


def order(run: Rehearsal, pick: str, drop: str) -> None:
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop)))])


def close(run: Rehearsal, places: list[str], kind: vocabulary.ZoneKind = "closed", shut: Sequence[str] = ()) -> None:
    nodes = [*shut, *(n.id for n in ROADMAP.nodes.values() if n.place in places)]
    zone = ZoneRequest(zone_id="shut", kind=kind, elements=tuple(nodes), user="lan")
    run.step([Ask(2, SetZone(zone=zone))])


def wait(run: Rehearsal, seconds: float) -> FleetSnapshot:
    run.run(lambda _: False, seconds)
    return run.engine.snapshot()


def raised(run: Rehearsal) -> list[str]:
    return [str(e.facts["code"]) for e in run.journal if e.kind == "alarm_raised"]


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


def test_who_waits_behind_a_paused_robot_waits_for_that_robot_to_be_resumed() -> None:
    run = rehearsal()
    order(run, "D1", "A1")
    order(run, "D1", "A1")
    run.run(lambda r: len(r.engine.world.state.missions) == 2, 20.0)
    first = next(iter(run.engine.world.state.missions))
    run.run(lambda r: r.robots[first].edge is not None, 60.0)
    run.step([Ask(3, SetPaused(robots=(first,), pause=True, user="lan"))])
    snapshot = wait(run, 90.0)
    robots = {r.name: r for r in snapshot.robots}
    other = next(r for r in snapshot.robots if r.name != first)
    assert other.root is not None
    assert (other.root.code, other.root.facts["robot"]) == ("wait.paused", first)
    [cause] = [c for c in snapshot.causes if c.reason.code == "wait.paused"]
    assert set(cause.robots) == set(robots)
    assert (cause.ends, set(cause.orders)) == ("resume_robot", {"T000001", "T000002"})


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


def test_an_order_without_any_able_robot_says_what_keeps_them() -> None:
    run = rehearsal(2)
    run.step([Ask(3, SetPaused(robots=tuple(run.robots), pause=True, user="lan"))])
    order(run, "D1", "A1")
    found = wait(run, 10.0).orders[0]
    assert found.reason is not None
    assert found.reason.code == "wait.no_robot"
    run.step([Ask(4, CancelOrder(order_id=found.order_id, mode="before_pick"))])
    assert run.engine.snapshot().causes != (), "two paused robots"
    assert all(c.orders == () for c in run.engine.snapshot().causes)


def test_the_queue_is_told_in_the_order_of_service() -> None:
    run = rehearsal(1)
    for priority in (0, 0, 9, 3):
        request = OrderRequest(pick_place="D1", drop_place="A1", priority=priority)
        run.step([Ask(1, CreateOrder(order=request))])
    waiting = [o for o in wait(run, 3.0).orders if not o.robot]
    ranks = [o.priority for o in sorted(waiting, key=lambda o: o.rank)]
    assert [o.rank for o in waiting if o.rank == 0] == []
    assert ranks == sorted(ranks, reverse=True)


def test_who_waits_for_a_charger_behind_a_closed_area_waits_for_that_area() -> None:
    """It said "free a charger", while the only one was free, and shut."""
    run = rehearsal(1)
    robot = next(iter(run.robots.values()))
    close(run, [], shut=["CH1"])
    robot.soc, robot.changed = 0.1, True
    root = wait(run, 5.0).robots[0].root
    assert root is not None
    assert (root.code, root.facts["zone"], causes.ends(root)) == ("wait.zone", "shut", "lift_zone")


def test_who_waits_for_a_charger_that_a_paused_robot_stands_in_waits_for_that_robot() -> None:
    run = rehearsal(2)
    first, second = run.robots.values()
    first.soc, first.changed = 0.1, True
    assert run.run(lambda _: first.node == "CH1", 200.0)
    first.soc = 0.5
    run.step([Ask(3, SetPaused(robots=(first.name,), pause=True, user="lan"))])
    second.soc, second.changed = 0.1, True
    waiting, root = next((r.waiting, r.root) for r in wait(run, 5.0).robots if r.name == second.name)
    assert waiting is not None
    assert root is not None
    assert waiting.code == "wait.charger"
    assert (root.code, root.facts["robot"], causes.ends(root)) == ("wait.paused", first.name, "resume_robot")


def test_a_shut_charger_behind_a_closed_lane_is_not_named_where_a_paused_robot_keeps_the_other() -> None:
    """Opened, it freed nobody: the lane was closed, too; the robot in the other one, let go, did."""
    cells = {"n0": (0, 0), "n1": (1, 0), "n2": (2, 0)}
    leaves: list[tuple[NodeKind, str, str]] = [
        ("parking", "P0", "n0"), ("parking", "P1", "n1"), ("charger", "C0", "n2"), ("charger", "C1", "n1"),
    ]  # fmt: skip
    roadmap = tracks(cells, [("n0", "n1"), ("n1", "n2")], leaves)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(2)]
    run = Rehearsal(roadmap, units, how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    for zone_id, elements in (("lane", ("n1>n2", "n2>n1")), ("shut", ("C0",))):
        zone = ZoneRequest(zone_id=zone_id, kind="closed", elements=elements, user="lan")
        run.step([Ask(2, SetZone(zone=zone))])
    run.robots["r1"].soc, run.robots["r1"].changed = 0.1, True
    assert run.run(lambda _: run.robots["r1"].node == "C1", 200.0)
    run.step([Ask(3, SetPaused(robots=("r1",), pause=True, user="lan"))])
    run.robots["r0"].soc, run.robots["r0"].changed = 0.1, True
    waiting, root = next((r.waiting, r.root) for r in wait(run, 5.0).robots if r.name == "r0")
    assert waiting is not None
    assert root is not None
    assert (waiting.code, root.code, root.facts.get("robot")) == ("wait.charger", "wait.paused", "r1")


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


def test_an_order_waits_for_a_person_when_all_robots_or_its_own_are_out_of_use() -> None:
    """It waited "for a free robot", which would have come by itself."""
    run = rehearsal()
    for name in run.robots:
        run.step([Ask(4, SetIntegration(robot=name, level="respected", user="lan"))])
    order(run, "D1", "A1")
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", robot=next(iter(run.robots)))))])
    any_robot, its_own = (o.root for o in wait(run, 3.0).orders)
    assert any_robot is not None
    assert its_own is not None
    assert (any_robot.code, any_robot.facts["robots"], causes.ends(any_robot)) == ("wait.no_robot", 2, "free_robot")
    assert (its_own.code, causes.ends(its_own)) == ("wait.wanted_robot", "free_robot")
    world, name = run.engine.world, next(iter(run.robots))  # it still brings something, and waits on the way
    world.robots[name].waiting = Reason("wait.person", {"robot": name}, world.now)
    assert causes.ends(queue_roots(world)["T000002"][1]) == "free_robot", "that the person goes on helps nothing"


@pytest.mark.parametrize("trouble", ["", "paused"])
def test_an_order_waits_for_the_area_that_keeps_those_who_may_do_it_and_for_nobody_who_cannot(trouble: str) -> None:
    """It waited by itself for its robot behind the closed lane, and for "a free robot" where the near one stood."""
    run = rehearsal()
    close(run, [], shut=["north@002.0"])  # amr_01 stands behind it, amr_02 on the side of the work
    if trouble:
        run.step([Ask(3, SetPaused(robots=("amr_02",), pause=True, user="lan"))])
        wait(run, 3.0)
    wish = OrderRequest(pick_place="D1", drop_place="A1", robot="" if trouble else "amr_01")
    run.step([Ask(1, CreateOrder(order=wish))])
    root = wait(run, 3.0).orders[0].root
    assert root is not None
    assert (root.code, root.facts["zone"], causes.ends(root)) == ("wait.zone", "shut", "lift_zone")
    run.step([Ask(3, SetPaused(robots=("amr_01",), pause=True, user="lan"))])
    if trouble:
        root = wait(run, 3.0).orders[0].root
        assert root is not None
        assert causes.ends(root) != "lift_zone", "nobody would come if it were open"
        assert causes.ends(root) != "itself"


def test_an_order_whose_place_a_stopped_robot_fills_waits_for_that_robot_and_not_for_an_area_far_away() -> None:
    """A lane was to be opened, behind which a robot was free that would have found no place there."""
    run = rehearsal()
    run.step([Ask(4, SetPaused(robots=("amr_01",), pause=True, user="lan"))])
    order(run, "D1", "A1")
    assert run.run(lambda r: r.robots["amr_02"].node in ("D1_1", "D1_2"), 200.0)
    run.step([Ask(3, SetPaused(robots=("amr_02",), pause=True, user="lan"))])
    other = "D1_1" if run.robots["amr_02"].node == "D1_2" else "D1_2"
    close(run, [], shut=["north@002.0", other])  # amr_01 stands behind it
    run.step([Ask(4, SetPaused(robots=("amr_01",), pause=False, user="lan"))])
    order(run, "D1", "A1")
    root = wait(run, 5.0).orders[1].root
    assert root is not None
    assert (root.code, root.facts["robot"], causes.ends(root)) == ("wait.paused", "amr_02", "resume_robot")


def close_west(run: Rehearsal) -> None:
    run.step([Ask(2, SetZone(zone=ZoneRequest(zone_id="lane", kind="closed", elements=("west",), user="lan")))])


def test_an_order_that_a_closed_lane_cuts_off_names_the_lane_and_not_what_is_on_hold_at_its_drop() -> None:
    """The hold was to be lifted, which keeps no order from its robot."""
    run = rehearsal()
    close(run, ["A1"], "hold")
    order(run, "B1", "A1")
    assert wait(run, 3.0).orders[0].robot, "what is on hold opens again"
    run = rehearsal()
    close_west(run)
    close(run, ["A1"], "hold")
    order(run, "B1", "A1")
    root = wait(run, 3.0).orders[0].root
    assert root is not None
    assert (root.code, root.facts["zone"]) == ("wait.zone", "lane")


def test_a_robot_that_traffic_keeps_from_its_pick_is_not_told_of_a_hold_at_its_drop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person at the drop was to go, which "ends by itself", while a silent robot kept it from setting out."""
    run = rehearsal(1)
    world, name = run.engine.world, next(iter(run.robots))
    monkeypatch.setattr(world.traffic, "begin", lambda *_: False)
    close(run, ["A1"], "hold")
    order(run, "D1", "A1")
    world.emit("order_assigned", order_id="T000001", robot=name, station="")  # it gave up its mission since
    waiting = wait(run, 8.0).robots[0].waiting
    assert waiting is not None
    assert (waiting.code, waiting.facts) == ("wait.station", {"place": "D1"})


def test_an_order_behind_a_lane_names_it_although_who_would_come_waits_for_a_shut_charger() -> None:
    """The charger was to be opened, and nobody came: a robot with 20 % works, and stood behind the lane."""
    run = rehearsal(1)
    robot = next(iter(run.robots.values()))
    close(run, [], shut=["CH1"])
    robot.soc, robot.changed = 0.2, True
    close_west(run)
    order(run, "A1", "B1")
    snapshot = wait(run, 5.0)
    ours, its = snapshot.orders[0].root, snapshot.robots[0].root
    assert ours is not None
    assert its is not None
    assert (ours.facts["zone"], its.facts["zone"]) == ("lane", "shut")
    run.step([Ask(5, ClearZone(zone_id="lane", user="lan"))])
    assert wait(run, 5.0).orders[0].robot, "it comes with what it has left"


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
