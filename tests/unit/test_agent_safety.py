"""What the fleet and people count on when they speak to an agent: standing, stops, cancels, poses, failed loads."""

from __future__ import annotations

import dataclasses
import math

import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from tests.unit.agent_rig import KINDS, Rig, instant, make_order, pick, states


def rejection(rig: Rig) -> str:
    error = rig.error("agent.order_rejected")
    assert error is not None
    assert error.level == "WARNING"
    return str(error.facts["reason"])


@pytest.mark.parametrize(
    ("v", "w", "driving"), [(0.3, 0.0, True), (-0.3, 0.0, True), (0.0, 0.5, True), (0.0, -0.5, True), (0.0, 0.0, False)]
)
def test_a_robot_that_backs_or_turns_either_way_says_that_it_drives(v: float, w: float, driving: bool) -> None:
    """The fleet cancels, relocalises and takes out only robots that stand."""
    engine = AgentEngine("r1", LIFT_AMR)
    pose = Pose2D(0.0, 0.0, 0.0)
    out = engine.step(1.0, [m.Battery(0.8, False), m.LoadState(""), m.PoseUpdate(pose), m.Odometry(pose, v, w)])
    (report,) = states(out)
    assert (report.driving, report.v, report.w) == (driving, v, w)


# Errands --------------------------------------------------------------------------------------------------------------


def test_a_log_is_made_while_the_robot_drives_one_at_a_time_and_its_end_is_told() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    out = rig.send(instant("amrReport", "e1", what="log"), instant("amrReport", "e2", what="picture"))
    assert [c for c in out if isinstance(c, m.MakeReport)] == [m.MakeReport("log")]
    assert (rig.action("e1").status, rig.action("e2").status) == ("RUNNING", "FAILED")
    assert rig.action("e2").result_code == "robot.errand_busy"
    rig.send(m.ErrandDone("robot.no_picture"))
    assert (rig.action("e1").status, rig.action("e1").result_code) == ("FAILED", "robot.no_picture")
    assert [c for c in rig.send(instant("amrReport", "e3", what="picture")) if isinstance(c, m.MakeReport)]
    rig.send(m.ErrandDone())
    assert rig.action("e3").status == "FINISHED"
    rig.send(m.ErrandDone())  # of nothing


def test_other_site_files_are_taken_only_by_a_robot_that_stands_without_an_order() -> None:
    rig = Rig()
    out = rig.send(instant("amrSiteUpdate", "e1"))
    assert [c for c in out if isinstance(c, m.UpdateSite)] == [m.UpdateSite(False)]
    rig.send(m.ErrandDone())
    out = rig.send(instant("amrSiteUpdate", "e2", back="true"))
    assert [c for c in out if isinstance(c, m.UpdateSite)] == [m.UpdateSite(True)]
    rig.send(m.ErrandDone())
    rig.send(m.OrderReceived(make_order(4)))
    assert not [c for c in rig.send(instant("amrSiteUpdate", "e3")) if isinstance(c, m.UpdateSite)]
    assert (rig.action("e3").status, rig.action("e3").result_code) == ("FAILED", "robot.moving")


def test_other_site_files_are_refused_by_who_stands_in_the_middle_of_an_order_and_by_who_is_pushed() -> None:
    """A robot that takes them starts again: neither its order nor where it is may change meanwhile."""
    rig = Rig()
    rig.send(instant("startPause", "p1"), m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(instant("amrSiteUpdate", "e1"))
    assert (rig.state.driving, rig.action("e1").result_code) == (False, "robot.moving")
    for v, w in ((0.3, 0.0), (0.0, 0.5)):
        engine, pushed = AgentEngine("r1", LIFT_AMR), m.Odometry(Pose2D(0.0, 0.0, 0.0), v, w)
        out = engine.step(1.0, [m.Battery(0.8, False), m.LoadState(""), pushed, instant("amrSiteUpdate", "e1")])
        assert [a.result_code for report in states(out) for a in report.actions] == ["robot.moving"]
        assert not [c for c in out if isinstance(c, m.UpdateSite)]


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("amrReport", {}), ("amrReport", {"what": "film"}), ("amrSiteUpdate", {"back": "perhaps"})],
)
def test_an_errand_that_nobody_knows_fails_and_blocks_nothing(kind: str, parameters: dict[str, str]) -> None:
    rig = Rig()
    out = rig.send(instant(kind, "e1", **parameters))
    assert not [c for c in out if isinstance(c, m.MakeReport | m.UpdateSite)]
    assert rig.action("e1").result_code == "message.invalid"
    assert rig.send(instant("amrReport", "e2", what="log"))
    assert rig.action("e2").status == "RUNNING"


# Instant actions ------------------------------------------------------------------------------------------------------


def test_a_pose_from_a_person_reaches_the_localisation() -> None:
    rig = Rig()
    out = rig.send(instant("initPosition", x="1.5", y="-2.25", theta="0.5"))
    assert [c.pose for c in out if isinstance(c, m.SetInitialPose)] == [Pose2D(1.5, -2.25, 0.5)]
    assert (rig.action("i1").status, rig.action("i1").result_code) == ("FINISHED", "")


@pytest.mark.parametrize(
    "parameters",
    [{}, {"x": "1", "y": "2"}, {"x": "nan", "y": "2", "theta": "0"}, {"x": "1", "y": "inf", "theta": "0"},
     {"x": "1", "y": "2", "theta": "east"}, {"X": "1", "Y": "2", "THETA": "0"}],
)  # fmt: skip
def test_what_is_no_pose_reaches_nobody_and_is_answered(parameters: dict[str, str]) -> None:
    rig = Rig()
    out = rig.send(instant("initPosition", **parameters))
    assert not [c for c in out if isinstance(c, m.SetInitialPose)]
    assert (rig.action("i1").status, rig.action("i1").result_code) == ("FAILED", "message.invalid")


@pytest.mark.parametrize("kind", ["startPause", "stopPause", "stateRequest", "cancelOrder"])
def test_what_it_knows_is_finished_and_answered_at_once(kind: str) -> None:
    rig = Rig()
    rig.run(0.5)
    (report,) = states(rig.send(instant(kind)))
    (action,) = report.actions
    assert (action.action_id, action.action_type, action.status, action.result_code) == ("i1", kind, "FINISHED", "")
    assert report.paused is (kind == "startPause")


def test_what_it_does_not_know_fails_and_what_is_for_another_is_not_its_business() -> None:
    rig = Rig()
    rig.send(instant("dance"))
    assert (rig.action("i1").status, rig.action("i1").result_code) == ("FAILED", "message.invalid")
    rig.send(instant("startPause", "i2", robot="r2"))
    rig.run(1.2)
    assert not rig.state.paused
    assert [a.action_id for a in rig.state.actions] == ["i1"]


def test_a_word_that_comes_twice_acts_once() -> None:
    """The fleet repeats itself: an old pause that comes again late must not stop a robot that was told to go on."""
    rig = Rig()
    rig.send(instant("startPause", "p1"))
    rig.send(instant("stopPause", "p2"))
    rig.send(instant("startPause", "p1"))
    rig.run(1.2)
    assert not rig.state.paused


# Orders and updates ---------------------------------------------------------------------------------------------------


def test_an_order_is_judged_by_the_newest_pose_whatever_came_first() -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    first: list[m.AgentEvent] = [
        m.Battery(0.8, False),
        m.LoadState(""),
        m.Localization(1.0),
        m.PoseUpdate(Pose2D(50.0, 50.0, 0.0)),
    ]
    engine.step(0.1, first)
    out = engine.step(0.2, [m.OrderReceived(make_order(3)), m.PoseUpdate(Pose2D(0.0, 0.0, 0.0))])
    assert [c for c in out if isinstance(c, m.FollowLeg)]
    assert states(out)[0].errors == ()


def test_why_an_order_is_refused_is_told_with_its_name() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(m.OrderReceived(make_order(4, order_id="other")))
    assert rejection(rig) == "the robot is busy with another order"
    error = rig.error("agent.order_rejected")
    assert error is not None
    assert error.facts["order_id"] == "other"
    rig.send(m.OrderReceived(make_order(5, update=1)))
    assert rig.error("agent.order_rejected") is None, "a good update takes it back"
    rig.send(m.OrderReceived(make_order(5, update=1)))
    assert rig.error("agent.order_rejected") is None, "sent twice is no fault"
    rig.send(m.OrderReceived(make_order(5, update=0)))
    assert rejection(rig) == "update 0 is older than 1"


def test_an_order_that_has_ended_or_is_being_cancelled_takes_no_updates() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(3)))
    rig.run(2.0)
    rig.send(instant("cancelOrder", "c1"))
    assert (rig.action("c1").status, rig.action("c1").action_type) == ("RUNNING", "cancelOrder")
    rig.send(m.OrderReceived(make_order(4, update=1)))
    assert rejection(rig) == "it has ended"
    rig.run(6.0)
    assert (rig.action("c1").status, rig.action("c1").action_type) == ("FINISHED", "cancelOrder")
    assert rig.engine.idle
    rig.send(m.OrderReceived(make_order(4, first=1, order_id="m2")))
    assert rig.error("agent.order_rejected") is None
    rig.run(18.0)
    assert rig.state.last_node_id == "n4", "the cancel was for the old order"
    rig.send(m.OrderReceived(make_order(5, order_id="m1", update=2)))
    assert rig.state.order_id == "m2"


def test_a_cancel_of_a_robot_that_stands_ends_its_order_on_the_spot() -> None:
    rig = Rig()
    rig.inbox.append(instant("startPause", "p1"))
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(0.5)
    assert not rig.follows
    rig.send(instant("cancelOrder", "c1"))
    rig.run(0.5)
    assert rig.engine.idle
    assert rig.state.last_node_id == "n0"
    assert rig.state.base == ()
    rig.send(instant("stopPause", "p2"))
    rig.run(2.0)
    assert not rig.follows


@pytest.mark.parametrize("speed", [0.3, 0.5, 0.7, 1.1])
@pytest.mark.parametrize("first", [0, 2])
def test_a_cancel_under_way_stops_at_the_first_node_that_it_can_brake_for(speed: float, first: int) -> None:
    """Braking with 0.6 of the deceleration, and 0.3 m to spare."""
    count = 40
    points = [(0.25 * k, 0.0) for k in range(count)]
    rig = Rig(Pose2D(0.25 * first, 0.0, 0.0), speed=speed)
    order = make_order(count - 1, first=first, total=count, kinds=["drive"] * count, points=points)
    rig.send(m.OrderReceived(order))
    rig.run(2.0)
    need = speed**2 / (2.0 * LIFT_AMR.deceleration * 0.6) + 0.3
    here = rig.pose.x
    rig.send(instant("cancelOrder", "c1"))
    rig.run(8.0)
    stop = min(x for x, _ in points if x - here >= need)
    assert rig.pose.x == pytest.approx(stop)
    assert rig.state.last_node_id == f"n{round(stop / 0.25)}"
    assert rig.action("c1").status == "FINISHED"


def test_a_cancel_close_to_the_end_of_the_base_ends_there() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(2)))
    rig.run(7.9)
    rig.send(instant("cancelOrder", "c1"))
    rig.run(3.0)
    assert rig.state.last_node_id == "n2"
    assert rig.engine.idle


# Stops and limits -----------------------------------------------------------------------------------------------------


def test_it_stands_when_its_pose_was_lost_for_more_than_two_seconds() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(m.Localization(0.0))
    rig.run(1.9)
    assert rig.count(m.CancelMotion) == 0
    rig.run(0.3)
    assert rig.count(m.CancelMotion) == 1


def test_a_paused_robot_starts_nothing_and_its_load_waits_too() -> None:
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    rig.inbox.append(instant("startPause", "p1"))
    rig.send(m.OrderReceived(make_order(5, first=5, actions={5: (pick(),)})))
    rig.run(3.0)
    assert rig.count(m.HandleLoad) == 0
    rig.send(instant("stopPause", "p2"))
    rig.run(1.0)
    assert rig.count(m.HandleLoad) == 1


def test_the_speed_limit_is_that_of_the_edge_and_never_above_what_the_robot_may() -> None:
    limits = []
    for speeds in ([0.7] * 6, [99.0] * 6, [1.0] * 6):
        rig = Rig()
        rig.send(m.OrderReceived(make_order(3, speeds=speeds)))
        rig.run(3.0)
        limits.append([c.speed for c in rig.commands if isinstance(c, m.SetSpeedLimit)])
    assert limits == [[0.7], [LIFT_AMR.max_speed], [1.0]], "told once, and always when it starts"
    rig = Rig(Pose2D(8.0, 10.0, math.pi / 2))
    rig.send(m.OrderReceived(make_order(5, first=4, speeds=[1.0, 1.0, 1.0, 1.0, 0.25])))
    assert [c.speed for c in rig.commands if isinstance(c, m.SetSpeedLimit)] == [0.25], "of the spur, too"


def test_a_silent_fleet_is_told_after_three_seconds_with_how_long() -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    engine.step(10.0, [m.Battery(0.8, False), m.LoadState("")])
    said = {}
    for tenth in range(1, 80):
        for report in states(engine.step(10.0 + tenth / 10.0, [m.Odometry(Pose2D(0.0, 0.0, 0.0), 0.0, 0.0)])):
            said[tenth] = {e.code: (e.level, e.facts) for e in report.errors}
    assert min(t for t, errors in said.items() if errors) == 31
    assert said[31] == {"agent.fleet_silent": ("FATAL", {"seconds": 3})}
    (report,) = states(engine.step(18.0, [m.FleetBeat()]))
    assert report.errors == ()


def test_a_message_that_could_not_be_read_is_told_for_ten_seconds() -> None:
    rig = Rig()
    rig.send(m.Invalid("order", "nan"))
    error = rig.error("message.invalid")
    assert error is not None
    assert (error.level, error.facts) == ("WARNING", {"topic": "order", "reason": "nan"})


def test_it_reports_every_second_and_at_once_what_changed() -> None:
    engine, wheels = AgentEngine("r1", LIFT_AMR), m.Odometry(Pose2D(0.0, 0.0, 0.0), 0.0, 0.0)
    at = [
        t
        for t in range(0, 60)
        if states(engine.step(t / 10.0, [m.Battery(0.8, False), m.LoadState(""), m.FleetBeat(), wheels]))
    ]
    assert at == [0, 10, 20, 30, 40, 50]
    assert states(engine.step(6.05, [m.LoadState("L1"), m.FleetBeat()]))[0].loads == ("L1",)
    assert states(engine.step(6.1, [m.FleetBeat()])) == []
    assert states(engine.step(7.0, [m.FleetBeat()])) == []
    assert len(states(engine.step(7.05, [m.FleetBeat()]))) == 1


def test_without_a_battery_reading_it_waits_five_seconds_with_its_first_report() -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    at = [t for t in range(0, 70) if states(engine.step(100.0 + t / 10.0, [m.FleetBeat()]))]
    assert at[0] == 50


def test_what_a_report_says_of_the_order() -> None:
    rig = Rig()
    assert rig.engine.idle
    rig.step()
    assert (rig.state.order_id, rig.state.last_node_id, rig.state.last_sequence_id) == ("", "", 0)
    rig.send(m.OrderReceived(make_order(3, actions={5: (pick(),)})))
    rig.run(0.3)
    report = rig.state
    assert (report.robot, report.robot_type) == ("r1", LIFT_AMR.name)
    assert (report.order_id, report.last_node_id, report.last_sequence_id) == ("m1", "n0", 0)
    assert report.base == ("n1", "n2", "n3")
    assert not rig.engine.idle
    rig.run(14.0)
    assert (rig.state.last_node_id, rig.state.last_sequence_id, rig.state.base) == ("n3", 6, ())
    assert not rig.engine.idle, "the horizon and an action are still to come"


def test_an_order_without_actions_leaves_the_robot_free_where_it_ends() -> None:
    rig = Rig()
    short = dataclasses.replace(
        make_order(2), nodes=make_order(2).nodes[:3], edges=make_order(2, kinds=KINDS).edges[:2]
    )
    rig.send(m.OrderReceived(short))
    rig.run(4.0)
    assert not rig.engine.idle
    rig.run(6.0)
    assert rig.engine.idle
    assert rig.state.waiting_for == ""
