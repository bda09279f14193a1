"""Conveyors as resources of the traffic engine: ready before a robot docks, one robot, fail closed, who waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amr_core.conveyors import SimulatedConveyor
from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_core.site.lint import lint
from amr_fleet.domain import causes
from amr_fleet.domain.doors import on_belt
from amr_fleet.domain.events import Ask, BeltReport
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_fleet.requests import CancelOrder, SetIntegration
from amr_interop.doors.settings import load_for

LAB = load_site("lab")
PICK, DROP, STATION = "D1", "X1", "X1_1"


def with_conveyors(*conveyors: dict[str, object]) -> Site:
    """Return the laboratory with conveyors; its cross-dock has one station, so that nobody goes around them."""
    made = LAB.model_dump() | {"conveyors": list(conveyors)}
    for place in made["places"]:
        place["stations"] = place["stations"][:1] if place["id"] == DROP else place["stations"]
    return Site.model_validate(made)


SITE = with_conveyors()
ROADMAP = build_roadmap(with_conveyors({"id": "C1", "station": STATION}))


def fleet(robots: int = 1) -> Rehearsal:
    found = Rehearsal(ROADMAP, units_of(SITE, robots), seed=1, how=Behaviour(stop_rate=0.0), dt=0.4)
    for _ in range(12):
        found.step()
    return found


def order(count: int = 1) -> list[OrderRequest]:
    return [OrderRequest(pick_place=PICK, drop_place=DROP) for _ in range(count)]


def drive(run: Rehearsal, until: Callable[[Rehearsal], bool], limit: float) -> bool:
    """Run; fail when a robot enters the station while the conveyor is not ready."""
    end, before = run.now + limit, dict[str, str]()
    way = next(door for door in ROADMAP.doors if door.station)
    while run.now < end:
        if until(run):
            return True
        run.step()
        for robot in run.robots.values():
            at = robot.occupied()
            if at in way.elements and before.get(robot.name) not in way.elements | {None}:
                assert run.doors["C1"].mode(run.now) == "OPEN", f"{robot.name} to {at}, {run.now} s"
            before[robot.name] = at
    return until(run)


def done(run: Rehearsal) -> bool:
    return run.done


def waits(run: Rehearsal) -> bool:
    waiting = run.engine.world.robots["amr_01"].waiting
    return waiting is not None and waiting.code == "wait.conveyor"


def alarms(run: Rehearsal) -> list[object]:
    return [a.facts["state"] for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.conveyor"]


def test_robots_hand_over_one_after_the_other_and_ready_falls_between_them() -> None:
    run = fleet(2)
    run.create(order(4))
    assert drive(run, done, 3000.0)
    assert run.violations() == []
    leases = [e for e in run.journal if e.kind in ("door_leased", "door_freed") and e.facts["door"] == "C1"]
    kinds = [e.kind for e in leases]
    assert kinds[::2] == ["door_leased"] * (len(kinds[::2]))
    assert kinds[1::2] == ["door_freed"] * len(kinds[1::2])
    assert kinds.count("door_leased") == 4, "nobody gets it while another one has it"
    assert not run.engine.world.state.alarms.active


def test_a_conveyor_that_is_not_ready_is_waited_for_by_name_and_becomes_an_alarm() -> None:
    run = fleet()
    run.doors["C1"].slow = 1e9
    run.create(order())
    assert drive(run, waits, 600.0)
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert (waiting.facts["conveyor"], causes.ends(waiting)) == ("C1", "itself")
    assert drive(run, lambda r: bool(alarms(r)), 60.0)
    assert alarms(run) == ["STUCK"]
    run.doors["C1"].slow = 1.0
    assert drive(run, done, 900.0)
    assert alarms(run) == []


@pytest.mark.parametrize(("what", "state"), [("silent", "UNKNOWN"), ("fault", "FAULT")])
def test_a_conveyor_that_is_silent_or_at_fault_lets_nobody_to_it(what: str, state: str) -> None:
    run = fleet()
    setattr(run.doors["C1"], what, True)
    run.create(order())
    drive(run, lambda _r: False, 200.0)
    assert alarms(run) == [state]
    assert run.engine.world.state.done == 0
    setattr(run.doors["C1"], what, False)
    assert drive(run, done, 900.0)


def test_a_ready_that_is_stuck_is_an_alarm_and_not_believed() -> None:
    run = fleet()
    run.doors["C1"].button = True
    drive(run, lambda _r: False, 40.0)
    assert alarms(run) == ["STUCK"]
    run.create(order())
    drive(run, lambda _r: False, 200.0)
    assert run.engine.world.state.done == 0
    run.doors["C1"].button = False
    assert drive(run, done, 900.0)


def test_a_robot_that_was_let_in_stops_until_it_has_begun_and_goes_on_when_it_is_ready_again() -> None:
    run = fleet()
    run.create(order())
    way = next(door for door in ROADMAP.doors if door.station)
    robot = run.robots["amr_01"]
    assert drive(run, lambda _r: robot.edge is not None and robot.edge.edge_id in way.elements, 600.0)
    run.doors["C1"].fault = True
    for _ in range(50):
        run.step()
    assert robot.paused
    assert waits(run)
    run.doors["C1"].fault = False
    assert drive(run, done, 900.0)
    assert not run.engine.world.state.paused


def test_the_fleet_killed_while_a_robot_is_at_it_gives_it_to_nobody_else() -> None:
    run = fleet(2)
    run.create(order(3))
    way = next(door for door in ROADMAP.doors if door.station)
    assert drive(run, lambda r: any(x.node == STATION for x in r.robots.values()), 600.0)
    before = dict(run.engine.world.state.doors.leases["C1"])
    run.restart_fleet()
    assert run.engine.world.state.doors.leases["C1"] == before
    assert drive(run, done, 2000.0)
    assert run.violations() == []
    assert way.station == STATION


@pytest.mark.parametrize(
    ("conveyors", "reason"),
    [
        ([{"id": "C1", "station": "nowhere"}], "no place has a station nowhere"),
        ([{"id": "C1", "station": STATION}, {"id": "C2", "station": STATION}], "has a conveyor already"),
        ([{"id": "C1", "station": STATION}, {"id": "C1", "station": "D1_1"}], "has that name"),
    ],
)
def test_a_conveyor_that_cannot_be_is_refused(conveyors: list[dict[str, object]], reason: str) -> None:
    with pytest.raises(AmrError, match=reason):
        build_roadmap(with_conveyors(*conveyors))


def test_a_site_with_a_conveyor_lints_and_its_adapter_may_name_it(tmp_path: Path) -> None:
    site = with_conveyors({"id": "C1", "station": STATION})
    assert list(lint(site)) == list(lint(SITE))
    file = tmp_path / "doors.yaml"
    file.write_text("modbus: [{door: C1, host: h, open_coil: 0, is_open: 0, is_closed: 1}]\n")
    assert load_for(site, file).names == ["C1"]
    with pytest.raises(AmrError, match="no conveyor, is C1"):
        load_for(SITE, file)


SENSED = build_roadmap(with_conveyors({"id": "C1", "station": STATION, "load_sensor": True}))


def sensed(robots: int = 1) -> tuple[Rehearsal, SimulatedConveyor]:
    run = Rehearsal(SENSED, units_of(SITE, robots), seed=1, how=Behaviour(stop_rate=0.0), dt=0.4)
    for _ in range(12):
        run.step()
    belt = run.doors["C1"]
    assert isinstance(belt, SimulatedConveyor)
    return run, belt


def handing_over(run: Rehearsal) -> bool:
    """The robot at the conveyor has begun."""
    robot = run.robots["amr_01"]
    return robot.occupied() == STATION and any(a.status == "RUNNING" for a in robot.report().actions)


def at_station(run: Rehearsal) -> bool:
    return any(robot.occupied() == STATION for robot in run.robots.values())


@pytest.mark.parametrize(
    ("pick", "drop", "lies", "state"), [(PICK, DROP, True, "LOAD"), (DROP, PICK, False, "NO_LOAD")]
)
def test_nothing_is_put_on_a_load_and_nothing_taken_where_none_lies(
    pick: str, drop: str, lies: bool, state: str
) -> None:
    run, belt = sensed()
    belt.fixed = lies
    run.create([OrderRequest(pick_place=pick, drop_place=drop)])
    assert drive(run, waits, 600.0)
    drive(run, lambda _r: False, 20.0)
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert (waiting.code, waiting.facts["state"], causes.ends(waiting)) == ("wait.conveyor", state, "itself")
    assert not at_station(run)
    assert alarms(run) == []
    assert drive(run, lambda r: bool(alarms(r)), 90.0), "it does not change: a person must see to it"
    drive(run, lambda _r: False, 1.0)
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert alarms(run) == [waiting.facts["state"]] == [f"{state}_STAYS"]
    assert causes.ends(waiting) == "repair_conveyor"
    belt.fixed = None
    assert drive(run, done, 900.0)
    assert alarms(run) == []


def test_a_load_sensor_that_is_silent_lets_nobody_to_the_conveyor_and_becomes_an_alarm() -> None:
    run, belt = sensed()
    belt.blind = True
    run.create(order())
    drive(run, lambda _r: False, 200.0)
    assert alarms(run) == ["NO_SENSOR"]
    assert run.engine.world.state.done == 0
    assert not at_station(run)
    belt.blind = False
    assert drive(run, done, 900.0)
    assert alarms(run) == []


@pytest.mark.parametrize("how", ["blind", "fixed"])
def test_a_robot_that_was_let_in_stops_when_the_load_sensor_says_no_before_it_has_begun(how: str) -> None:
    run, belt = sensed()
    run.create(order())
    way = next(door for door in SENSED.doors if door.station)
    robot = run.robots["amr_01"]
    assert drive(run, lambda _r: robot.edge is not None and robot.edge.edge_id in way.elements, 600.0)
    setattr(belt, how, True)
    drive(run, lambda _r: False, 5.0)
    assert robot.paused
    assert waits(run)
    setattr(belt, how, False if how == "blind" else None)
    assert drive(run, done, 900.0)
    assert not run.engine.world.state.paused


def test_loads_come_and_go_on_a_conveyor_with_a_sensor_and_an_old_word_counts_for_nothing() -> None:
    run, _ = sensed(2)
    run.create([*order(2), *(OrderRequest(pick_place=DROP, drop_place=PICK) for _ in range(2))])
    assert drive(run, done, 3000.0)
    assert run.violations() == []
    assert not run.engine.world.state.alarms.active
    door = run.engine.world.doors["C1"]
    assert door.belt(run.now) in ("FREE", "LOAD")
    assert door.belt(run.now + 3.0) == "UNKNOWN"
    (view,) = run.engine.snapshot(run.now).doors
    assert view.belt == door.belt(run.now)
    on_belt(run.engine.world, BeltReport("C9", "LOAD"))
    on_belt(run.engine.world, BeltReport("C1", "UNKNOWN"))
    assert door.belt(run.now) == "UNKNOWN"


def test_a_robot_that_is_taken_out_at_a_conveyor_keeps_it_and_is_named() -> None:
    run = fleet()
    run.create(order())
    assert drive(run, at_station, 600.0)
    robot = run.robots["amr_01"]
    robot.broken = robot.changed = True
    (open_order,) = run.engine.world.state.open_orders
    run.step()
    run.step([Ask(1, CancelOrder(order_id=open_order, mode="now", user="lan"))])
    run.step([Ask(2, SetIntegration(robot="amr_01", level="noticed", user="lan"))])
    drive(run, lambda _r: False, 10.0)
    assert list(run.engine.world.state.doors.leases["C1"]) == ["amr_01"]
    (alarm,) = [a for a in run.engine.world.state.alarms.active.values() if a.code == "alarm.conveyor"]
    assert (alarm.robot, alarm.facts) == ("amr_01", {"conveyor": "C1", "state": "HELD", "robot": "amr_01"})
    assert alarm.order_id == "", "a conveyor is no order: messages and pages named one that is not there"
    robot.restart()
    robot.broken, robot.node = False, run.engine.world.robots["amr_01"].unit.home
    assert drive(run, lambda r: not r.engine.world.state.doors.leases["C1"] and not alarms(r), 10.0)


@pytest.mark.parametrize(("pick", "drop", "state"), [(PICK, DROP, "NOT_GIVEN"), (DROP, PICK, "NOT_TAKEN")])
def test_what_the_load_sensor_did_not_see_is_not_believed_and_a_person_is_told(
    pick: str, drop: str, state: str
) -> None:
    run, belt = sensed()
    run.create([OrderRequest(pick_place=pick, drop_place=drop)])
    robot = run.robots["amr_01"]
    done_there = "order_done" if drop == DROP else "order_picked"
    assert drive(run, handing_over, 600.0)
    belt.fixed = belt.lies
    drive(run, lambda _r: False, 30.0)
    assert not [e for e in run.journal if e.kind == done_there]
    assert robot.occupied() == STATION, "it stays until somebody has looked"
    assert alarms(run) == [state]
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert (waiting.code, waiting.facts["state"], causes.ends(waiting)) == ("wait.conveyor", state, "repair_conveyor")
    belt.fixed = None
    assert drive(run, done, 900.0)
    assert drive(run, lambda r: not alarms(r), 5.0)


def test_a_load_that_the_conveyor_carried_off_at_once_was_seen_and_a_cancel_lets_the_robot_go() -> None:
    run, belt = sensed()
    run.create(order(2))
    assert drive(run, handing_over, 600.0)
    belt.fixed = False
    run.step([BeltReport("C1", "LOAD")])
    assert drive(run, lambda r: r.engine.world.state.done == 1, 60.0)
    belt.fixed = None
    assert drive(run, handing_over, 600.0)
    belt.fixed = False
    drive(run, lambda _r: False, 30.0)
    assert alarms(run) == ["NOT_GIVEN"]
    (open_order,) = run.engine.world.state.open_orders
    run.step([Ask(1, CancelOrder(order_id=open_order, mode="now", user="lan"))])
    assert drive(run, lambda r: not alarms(r), 20.0)
    assert run.engine.world.state.done == 1
