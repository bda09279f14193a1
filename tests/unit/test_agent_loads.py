"""Loads of the agent: taken and given at a station, once, by a robot that stands; what is said when that fails."""

from __future__ import annotations

import math

import pytest

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.robot_report import SITE_UPDATE
from amr_core.robots import LIFT_AMR
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from amr_navigation.agent.loading import TOLD_S
from tests.unit.agent_rig import POINTS, Rig, instant, make_order, pick, states

DROP = vda.OrderAction("drop", "b1", {"load_id": "L1"})


def at_the_dock(*actions: vda.OrderAction) -> tuple[Rig, m.HandleLoad]:
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    rig.inbox.append(m.OrderReceived(make_order(5, first=5, actions={5: actions})))
    rig.now = 1.0
    out = rig.engine.step(1.0, [*rig.inbox, m.PoseUpdate(rig.pose)])
    if actions[0].action_type == "drop":
        out += rig.engine.step(1.0 + TOLD_S, [])
    (load,) = [c for c in out if isinstance(c, m.HandleLoad)]
    return rig, load


@pytest.mark.parametrize(("action", "operation"), [(pick(), "pick"), (DROP, "drop")])
def test_a_load_is_taken_and_given_by_its_name(action: vda.OrderAction, operation: str) -> None:
    _, load = at_the_dock(action)
    assert (load.operation, load.load_id) == (operation, "L1")


@pytest.mark.parametrize(("v", "w", "loads_at"), [(0.05, 0.0, 1.5), (0.0, -0.05, 1.5), (0.0, 0.0, 1.0)])
def test_a_load_waits_until_the_robot_stands(v: float, w: float, loads_at: float) -> None:
    """Nav2's docking ends while the robot still rolls, and a base refuses to handle a load then."""
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    order = m.OrderReceived(make_order(5, first=5, actions={5: (pick(),)}))
    out = rig.engine.step(1.0, [*rig.inbox, order, *at(rig, v, w)])
    times = [1.0] if any(isinstance(c, m.HandleLoad) for c in out) else []
    for now in (1.1, 1.3, 1.5, 1.7):
        speed = (v, w) if now < 1.5 else (0.0, 0.0)
        times += [now for c in rig.engine.step(now, at(rig, *speed)) if isinstance(c, m.HandleLoad)]
    assert times == [loads_at]


def test_a_drop_is_told_before_the_base_begins_it() -> None:
    """A robot that dies in the moment in which it begins must have said so: its load stood in place, and failed."""
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    order = m.OrderReceived(make_order(5, first=5, actions={5: (DROP,)}))
    told: list[tuple[float, str]] = []
    loads: list[float] = []
    for k in range(10):
        now = 1.0 + 0.1 * k
        out = rig.engine.step(now, [*rig.inbox, order, *at(rig, 0.0, 0.0)] if k == 0 else at(rig, 0.0, 0.0))
        told += [(now, report.actions[0].status) for report in states(out)]
        loads += [now] * any_load(out)
    assert told[0] == (1.0, "INITIALIZING")
    assert loads == [pytest.approx(1.0 + TOLD_S)]
    again = make_order(5, first=5, order_id="m2", actions={5: (DROP,)})
    rig.engine.step(2.0, [m.ActionResult(1, "aborted", 2), *at(rig, 0.0, 0.0)])
    out = rig.engine.step(2.1, [m.OrderReceived(again), *at(rig, 0.0, 0.0)])
    assert not any_load(out), "each order tells anew"
    assert states(out)[-1].actions[0].status == "INITIALIZING"


@pytest.mark.parametrize(("off", "handled"), [(0.1, True), (0.5, False)])
def test_no_load_is_put_down_where_the_order_says_but_the_robot_does_not_stand(off: float, handled: bool) -> None:
    """A fleet that took the robot to be elsewhere ordered a drop at a node of a lane."""
    rig = Rig(Pose2D(8.0, 13.0 - off, math.pi / 2))
    order = m.OrderReceived(make_order(5, first=5, actions={5: (DROP,)}))
    rig.engine.step(1.0, [*rig.inbox, order, *at(rig, 0.0, 0.0)])
    out = rig.engine.step(2.0, at(rig, 0.0, 0.0))
    assert any_load(out) is handled
    assert not rig.engine.idle or not handled
    if not handled:
        assert states(out)[-1].actions[0].status == "FAILED"
        (error,) = states(out)[-1].errors
        assert (error.code, error.facts["load_code"]) == ("load.failed", 1)


def test_what_follows_a_load_that_is_refused_on_the_way_is_not_driven() -> None:
    """It drove off with an order that had just ended, and nothing stopped it: no pause, no cancel, no lost pose."""
    x, y = POINTS[3]
    rig = Rig(Pose2D(x, y + 0.45, 0.0))
    order = m.OrderReceived(make_order(5, first=3, actions={3: (DROP,)}))
    out = rig.engine.step(1.0, [*rig.inbox, order, *at(rig, 0.0, 0.0)])
    out += [c for k in range(1, 10) for c in rig.engine.step(1.0 + 0.1 * k, at(rig, 0.0, 0.0))]
    assert states(out)[-1].actions[0].status == "FAILED"
    assert {type(c) for c in out} <= {m.PublishState, m.SetSpeedLimit, m.SetFootprint}, out
    assert rig.engine.idle


def test_a_robot_that_never_comes_to_rest_is_not_waited_for() -> None:
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    order = m.OrderReceived(make_order(5, first=5, actions={5: (pick(),)}))
    rig.engine.step(1.0, [*rig.inbox, order, *at(rig, 0.1, 0.0)])
    times = [1.0 + 0.1 * k for k in range(1, 60) if any_load(rig.engine.step(1.0 + 0.1 * k, at(rig, 0.1, 0.0)))]
    assert times == [pytest.approx(4.0, abs=0.15)], "its base says no"


def at(rig: Rig, v: float, w: float) -> list[m.AgentEvent]:
    """Return what a robot at its station tells, that still moves with v (m/s) and w (rad/s)."""
    told: list[m.AgentEvent] = [m.Battery(0.8, False), m.Localization(1.0)]
    return [m.FleetBeat(), m.PoseUpdate(rig.pose), m.Odometry(rig.pose, v, w), *told]


def any_load(out: list[m.AgentCommand]) -> bool:
    return any(isinstance(c, m.HandleLoad) for c in out)


def test_no_robot_drives_on_before_its_load_is_on_it() -> None:
    rig = Rig()
    order = m.OrderReceived(make_order(4, actions={0: (pick(),)}))
    out = rig.engine.step(1.0, [*rig.inbox, order, *at(rig, 0.05, 0.0)])
    out += rig.engine.step(1.1, at(rig, 0.05, 0.0))
    assert {type(c) for c in out} == {m.PublishState}, "it still rolls"
    (load,) = [c for c in rig.engine.step(1.2, at(rig, 0.0, 0.0)) if isinstance(c, m.HandleLoad)]
    for k in range(30):
        out = rig.engine.step(1.3 + 0.1 * k, at(rig, 0.0, 0.0))
        assert {type(c) for c in out} <= {m.PublishState}, "it is being handled"
    out = rig.engine.step(5.0, [*at(rig, 0.0, 0.0), m.LoadState("L1"), m.ActionResult(load.token, "succeeded")])
    assert [c for c in out if isinstance(c, m.FollowLeg)]


def test_a_failed_load_ends_the_order_says_why_and_what_came_after_it_is_not_done() -> None:
    rig, load = at_the_dock(pick(), DROP)
    (report,) = states(rig.engine.step(1.1, [m.ActionResult(load.token, "aborted", 2)]))
    assert [(a.action_id, a.status, a.result_code) for a in report.actions] == [
        ("a1", "FAILED", "load.failed"),
        ("b1", "FAILED", "load.failed"),
    ]
    (error,) = report.errors
    assert (error.code, error.level, error.facts) == ("load.failed", "FATAL", {"load_id": "L1", "load_code": 2})
    assert rig.engine.idle
    for now in (1.2, 2.3, 3.4):
        assert not [c for c in rig.engine.step(now, [m.FleetBeat()]) if isinstance(c, m.HandleLoad)]
    again = make_order(5, first=5, order_id="m2", actions={5: (pick("L1", "a2"),)})
    out = rig.engine.step(4.5, [m.FleetBeat(), m.OrderReceived(again)])
    assert [c.load_id for c in out if isinstance(c, m.HandleLoad)] == ["L1"]
    assert states(out)[0].errors == (), "a new order begins with a clean sheet"


def overdue() -> tuple[Rig, m.HandleLoad]:
    """Return a robot whose base has worked on a load for longer than any takes; another order is at the agent."""
    rig, load = at_the_dock(pick())
    (report,) = states(rig.engine.step(181.0, at(rig, 0.0, 0.0)))
    assert (report.actions[0].status, report.errors) == ("RUNNING", ())
    return rig, load


def test_a_robot_whose_load_takes_too_long_stands_until_its_base_says_how_that_ended() -> None:
    """Its lift still moved when it drove off after 180 s."""
    rig, load = overdue()
    out = rig.engine.step(181.1, at(rig, 0.0, 0.0))
    (report,) = states(out)
    assert report.actions[0].status == "RUNNING"
    assert {(e.code, e.level) for e in report.errors} == {("load.overdue", "FATAL"), ("load.unknown", "WARNING")}
    assert [c for c in out if not isinstance(c, m.PublishState)] == [m.CancelLoads(), m.SetFootprint(True)]
    away = m.OrderReceived(make_order(5, first=5, order_id="m2"))
    out = [c for k in range(3000) for c in rig.engine.step(181.2 + 0.1 * k, [away, *at(rig, 0.0, 0.0)])]
    assert {type(c) for c in out} == {m.PublishState, m.CancelLoads}, "it stands, and goes on asking"
    assert sum(isinstance(c, m.CancelLoads) for c in out) in (9, 10), "not ten times a second"
    out = rig.engine.step(482.0, [m.LoadState(""), m.ActionResult(load.token, "canceled", 99), *at(rig, 0.0, 0.0)])
    (report,) = states(out)
    failed = ("load.failed", {"load_id": "L1", "load_code": 99})
    assert [(e.code, e.facts) for e in report.errors if e.code != "agent.order_rejected"] == [failed]
    assert [c.loaded for c in out if isinstance(c, m.SetFootprint)] == [False]
    assert rig.engine.idle, "nobody is locked in"


def test_what_a_base_says_in_the_middle_of_an_operation_that_is_overdue_ends_no_doubt() -> None:
    rig, load = overdue()
    rig.engine.step(181.1, at(rig, 0.0, 0.0))
    (report,) = states(rig.engine.step(182.2, [m.LoadState("L1"), *at(rig, 0.0, 0.0)]))
    assert {e.code for e in report.errors} == {"load.overdue", "load.unknown"}
    (report,) = states(rig.engine.step(182.3, [m.ActionResult(load.token, "succeeded"), *at(rig, 0.0, 0.0)]))
    assert (report.errors, report.loads, report.actions[0].status) == ((), ("L1",), "FINISHED")


def test_a_cancel_of_an_operation_that_is_overdue_ends_with_it() -> None:
    rig, load = overdue()
    rig.engine.step(181.1, at(rig, 0.0, 0.0))
    rig.engine.step(181.2, [instant("cancelOrder", "c1"), *at(rig, 0.0, 0.0)])
    (report,) = states(rig.engine.step(181.3, [m.ActionResult(load.token, "lost", 99), *at(rig, 0.0, 0.0)]))
    assert {a.action_id: a.status for a in report.actions} == {"a1": "FAILED", "c1": "FINISHED"}
    assert {e.code for e in report.errors} == {"load.failed", "load.unknown"}, "the base of before said it was empty"
    (report,) = states(rig.engine.step(181.4, [m.LoadState(""), *at(rig, 0.0, 0.0)]))
    assert {e.code for e in report.errors} == {"load.failed"}


def test_a_base_that_was_started_anew_in_an_operation_has_said_what_is_on_board() -> None:
    """The fleet's DDS notes only after seconds that the old one is gone: the new one has spoken by then."""
    rig, load = at_the_dock(pick())
    rig.engine.step(9.0, [m.LoadState(""), *at(rig, 0.0, 0.0)])
    (report,) = states(rig.engine.step(20.0, [m.ActionResult(load.token, "lost", 99), *at(rig, 0.0, 0.0)]))
    assert [e.code for e in report.errors] == ["load.failed"]


def test_a_robot_stands_while_its_base_works_on_a_load_that_the_agent_before_began() -> None:
    """Agent killed while its robot's forks went up: the next one took an order and drove."""
    rig = Rig()
    order = m.OrderReceived(make_order(4))
    out = rig.engine.step(1.0, [*rig.inbox, m.ForeignLoad(None), order, *at(rig, 0.0, 0.0)])
    assert out == [], "neither driven nor said before it is known"
    out = rig.engine.step(1.1, [m.ForeignLoad(True), *at(rig, 0.0, 0.0)])
    out += [c for k in range(1700) for c in rig.engine.step(1.2 + 0.1 * k, at(rig, 0.0, 0.0))]
    assert {type(c) for c in out} == {m.PublishState, m.SetFootprint}
    assert [e.code for e in states(out)[-1].errors] == ["load.unknown"]
    out = rig.engine.step(181.3, at(rig, 0.0, 0.0))
    assert m.CancelLoads() in out
    assert {e.code for e in states(out)[-1].errors} == {"load.unknown", "load.overdue"}
    out = rig.engine.step(190.0, [m.ForeignLoad(False), *at(rig, 0.0, 0.0)])
    assert [type(c) for c in out if isinstance(c, m.FollowLeg)] == [m.FollowLeg], "it goes on by itself"
    assert states(out)[-1].errors == ()


def test_site_files_do_not_change_while_another_ones_load_is_handled() -> None:
    rig = Rig()
    rig.engine.step(1.0, [*rig.inbox, m.ForeignLoad(True), *at(rig, 0.0, 0.0)])
    (report,) = states(rig.engine.step(1.1, [instant(SITE_UPDATE, "u1"), *at(rig, 0.0, 0.0)]))
    assert [(a.status, a.result_code) for a in report.actions] == [("FAILED", "robot.moving")]


def test_two_actions_at_a_station_are_done_one_after_the_other() -> None:
    rig, load = at_the_dock(pick(), vda.OrderAction("drop", "b1", {"load_id": "L1"}))
    assert load.operation == "pick"
    assert not [c for c in rig.engine.step(1.1, []) if isinstance(c, m.HandleLoad)], "while the first runs"
    assert not rig.engine.idle
    out = rig.engine.step(1.2, [m.ActionResult(load.token, "succeeded")]) + rig.engine.step(1.2 + TOLD_S, [])
    (second,) = [c for c in out if isinstance(c, m.HandleLoad)]
    assert second.operation == "drop"
    assert second.token != load.token
    rig.engine.step(1.8, [m.ActionResult(load.token, "aborted")])
    assert not rig.engine.idle, "an old result ends nothing"
    (report,) = states(rig.engine.step(1.9, [m.ActionResult(second.token, "succeeded")]))
    assert [a.status for a in report.actions] == ["FINISHED", "FINISHED"]
    assert rig.engine.idle


def test_a_load_that_was_taken_before_a_restart_is_not_taken_again() -> None:
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    order = make_order(5, first=5, actions={5: (pick(),)})
    out = rig.engine.step(1.0, [*rig.inbox, m.PoseUpdate(rig.pose), m.LoadState("L1"), m.OrderReceived(order)])
    assert not [c for c in out if isinstance(c, m.HandleLoad)]
    (report,) = states(out)
    assert (report.actions[0].status, report.loads) == ("FINISHED", ("L1",))


def test_the_outline_changes_with_the_load_and_only_then() -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    seen: list[bool] = []
    for load in ("", "L1", "L1", "L2", "", ""):
        seen += [c.loaded for c in engine.step(1.0, [m.LoadState(load)]) if isinstance(c, m.SetFootprint)]
    assert seen == [True, True, False]


def test_the_outline_changes_though_the_base_says_twice_in_a_tick_what_is_on_board() -> None:
    """As one does that is asked again: without it a loaded robot would drive with the outline of an empty one."""
    assert Rig().send(m.LoadState("L1"), m.LoadState("L1")).count(m.SetFootprint(True)) == 1


def test_a_cancel_while_a_load_is_handled_waits_for_it() -> None:
    rig, load = at_the_dock(pick())
    rig.engine.step(1.1, [instant("cancelOrder", "c1")])
    assert not rig.engine.idle
    (report,) = states(rig.engine.step(1.2, [m.ActionResult(load.token, "succeeded")]))
    statuses = {a.action_id: a.status for a in report.actions}
    assert statuses == {"a1": "FINISHED", "c1": "FINISHED"}
    assert rig.engine.idle


def test_what_a_base_that_has_ended_said_does_not_tell_how_its_pick_ended() -> None:
    """It said that the load was on board, and crashed: the next base had not spoken, and the pick counted as done."""
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    rig.hands = False
    rig.send(m.OrderReceived(make_order(5, first=5, actions={5: (pick(),)})))
    rig.run(1.0)
    (load,) = [c for c in rig.commands if isinstance(c, m.HandleLoad)]
    rig.send(m.LoadState("L1"))
    rig.run(1.0)
    assert rig.error("load.unknown") is None
    rig.send(m.LoadUnsaid(), m.ActionResult(load.token, "lost", 99))
    rig.run(1.0)
    assert rig.error("load.unknown") is not None
    rig.send(m.OrderReceived(make_order(5, first=5, order_id="m2", actions={5: (pick(action_id="a2"),)})))
    rig.run(1.0)
    assert rig.count(m.HandleLoad) == 2, "its base is asked"
    rig.send(m.LoadState(""))
    rig.run(1.0)
    assert (rig.error("load.unknown"), rig.state.loads) == (None, ())
