"""What robots do when wheels, battery or localisation say nothing any more: what they said last was told as of now."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_core.vda5050 import OrderAction
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from tests.unit.agent_rig import Rig, make_order, pick, states


def driving() -> Rig:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(2.0)
    assert rig.state.driving
    return rig


def test_a_robot_whose_wheels_say_nothing_stops_within_about_a_second_and_goes_on_by_itself() -> None:
    """Its pose stood still while it drove: it turned where nobody knew."""
    rig = driving()
    rig.speaks.discard(m.Odometry)
    rig.run(0.8)
    assert rig.count(m.CancelMotion) == 0, "a few lost readings stop nobody"
    rig.run(0.5)
    assert rig.count(m.CancelMotion) == 1
    error = rig.error("odometry.silent")
    assert error is not None
    assert (error.level, error.facts) == ("FATAL", {"seconds": 1})
    drives = len(rig.follows)
    rig.run(20.0)
    assert len(rig.follows) == drives
    rig.speaks.add(m.Odometry)
    rig.run(20.0)
    assert rig.error("odometry.silent") is None
    assert rig.state.last_node_id == "n4"


def test_no_load_is_handled_by_what_the_wheels_said_before() -> None:
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    rig.run(1.0)
    rig.speaks.discard(m.Odometry)
    rig.run(1.5)
    rig.send(m.OrderReceived(make_order(5, first=5, actions={5: (pick(),)})))
    rig.run(3.0)
    assert rig.count(m.HandleLoad) == 0
    rig.speaks.add(m.Odometry)
    rig.run(1.0)
    assert rig.action("a1").status == "FINISHED"


def test_an_agent_that_was_held_up_itself_stops_nobody() -> None:
    rig = driving()
    rig.speaks.discard(m.Odometry)
    for _ in range(3):  # a computer that is full: steps of 10 s, the readings in between are gone
        rig.now += 10.0
        rig.step()
    assert rig.error("odometry.silent") is None
    assert rig.count(m.CancelMotion) == 0


def test_wheels_that_were_not_heard_yet_have_five_seconds() -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    told = [
        (t, e.code)
        for t in range(80)
        for s in states(engine.step(0.1 * t, [m.Battery(0.8, False), m.LoadState(""), m.FleetBeat()]))
        for e in s.errors
    ]
    assert {code for _, code in told} == {"odometry.silent"}
    assert min(told)[0] in (50, 51)


def test_a_battery_that_says_nothing_is_told_and_stops_nobody() -> None:
    """The last charge counted as that of now for ever: the robot ran empty on a lane."""
    rig = Rig()
    rig.send(m.Battery(0.5, True))
    rig.speaks.discard(m.Battery)
    rig.run(179.0)
    assert rig.error("battery.silent") is None, "some say something once a minute, and are healthy"
    assert rig.state.charging, "who took it for over ended the charging for good"
    rig.run(2.0)
    error = rig.error("battery.silent")
    assert error is not None
    assert (error.level, error.facts) == ("WARNING", {"seconds": 180})
    assert (rig.state.soc, rig.state.charging) == (0.5, False)
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(20.0)
    assert rig.state.last_node_id == "n4"
    rig.send(m.Battery(0.4, False))
    rig.step()
    assert rig.error("battery.silent") is None
    assert rig.state.soc == 0.4


def test_a_localisation_whose_score_stops_coming_is_not_sure_any_more() -> None:
    rig = driving()
    rig.speaks.discard(m.Localization)
    rig.run(2.0)
    assert rig.state.localized, "it says something twice a second, best effort"
    rig.send(m.OrderReceived(make_order(5, update=1)))
    rig.run(1.0)
    cancelled = rig.count(m.CancelMotion)
    rig.run(4.5)
    assert (rig.state.localized, rig.state.score) == (False, 0.0)
    assert rig.count(m.CancelMotion) == cancelled + 1
    rig.send(m.PoseSpread(0.1))
    rig.step()
    assert not rig.state.localized, "the pose of one that has a score proves nothing without it"
    rig.send(m.Localization(0.9))
    rig.run(1.1)
    assert rig.state.localized


def test_a_localiser_without_a_score_says_nothing_while_the_robot_stands() -> None:
    rig = Rig()
    rig.inbox = [m.Battery(0.8, False), m.LoadState(""), m.PoseSpread(0.2)]
    rig.run(60.0)
    assert rig.state.localized


def test_a_charging_robot_whose_battery_speaks_once_in_two_minutes_goes_on_charging() -> None:
    rig = Rig(Pose2D(8.0, 13.0, math.pi / 2))
    rig.speaks.discard(m.Battery)
    rig.send(m.Battery(0.4, True))
    charge = OrderAction("startCharging", "ch")
    rig.send(m.OrderReceived(make_order(5, first=5, actions={5: (charge,)})))
    for _ in range(3):
        rig.run(120.0)
        assert rig.action("ch").status == "RUNNING"
        rig.send(m.Battery(0.4, True))


def test_a_battery_that_has_never_said_anything_is_told_as_such() -> None:
    """ "The charge told is an old one" was said of one that had told none."""
    rig = Rig()
    rig.inbox = [m.LoadState(""), m.Localization(1.0)]
    rig.run(179.0)
    assert rig.error("battery.unknown") is None
    rig.run(3.0)
    assert rig.error("battery.silent") is None
    assert rig.error("battery.unknown") is not None
    rig.send(m.Battery(0.4, False))
    rig.run(1.0)
    assert rig.error("battery.unknown") is None


def test_a_robot_that_goes_slowly_in_a_long_aisle_says_why_and_is_not_lost() -> None:
    """Whoever sees it creep from afar takes it for lost, or for broken."""
    rig = driving()
    rig.send(m.PoseDoubted("unobserved"))
    rig.run(1.0)
    assert [(e.code, e.level) for e in rig.state.errors] == [("pose.unobserved", "WARNING")]
    assert (rig.state.localized, rig.state.driving) == (True, True)
    rig.send(m.PoseDoubted("poor_match"))
    rig.run(1.0)
    assert {e.code for e in rig.state.errors} == {"pose.unsure"}
    rig.send(m.PoseDoubted(""))
    rig.run(1.0)
    assert not rig.state.errors


def test_what_slows_a_robot_is_not_told_of_one_that_is_lost_or_whose_localisation_is_silent() -> None:
    rig = driving()
    rig.send(m.PoseDoubted("unobserved"), m.Localization(0.4))
    rig.run(1.0)
    assert rig.error("pose.unobserved") is not None
    rig.speaks.discard(m.Localization)  # it dies, and what it said of the pose is no news
    rig.run(7.0)
    assert not rig.state.localized
    assert rig.error("pose.unobserved") is None
