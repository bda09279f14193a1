"""Lifts in fires, with dead robots in them, told by nobody or had by another session."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.doors import WATCHDOG_S
from amr_core.errors import AmrError
from amr_core.lifts import SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import load_site
from amr_fleet.domain.events import Ask, FireInput, JournalEntry
from amr_fleet.domain.lift_units import FRESH
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CancelOrder, SetIntegration
from amr_fleet.vocabulary import Integration
from tests.unit.lift_rig import (
    CALM,
    LIFT,
    ROADMAP,
    SITE,
    WAY,
    check,
    done,
    drive,
    fleet,
    in_cabin,
    lease,
    orders,
    rider,
    riding,
)


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
