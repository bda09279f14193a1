"""The agent where two things meet in one step, or an order begins behind its first node: what mutants told untested."""

from __future__ import annotations

import pytest

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_navigation.agent import model as m
from tests.unit.agent_rig import Rig, instant, make_order, pick


def test_an_order_that_begins_behind_stops_at_the_next_node_as_well_when_the_fleet_is_silent() -> None:
    rig = Rig(Pose2D(4.0, 0.0, 0.0), speed=0.5)
    rig.send(m.OrderReceived(make_order(4, first=1)))
    rig.beat = False
    rig.run(20.0)
    assert rig.state.last_node_id == "n2"
    assert rig.pose.x == pytest.approx(8.0, abs=0.3)


def test_a_cancel_ends_at_the_first_node_before_which_it_can_brake() -> None:
    """At 2 m/s it takes 4 m with 0.54 m/s2 and the margin; n2 is 5 m away then, n3 10 m."""
    rig = Rig(speed=2.0)
    rig.send(m.OrderReceived(make_order(4)))
    while rig.pose.x < 3.0:
        rig.step()
    rig.send(vda.InstantAction("r1", "cancelOrder", "c1"))
    rig.run(8.0)
    assert rig.state.last_node_id == "n2"


def test_a_short_slow_piece_at_the_start_is_driven_slowly() -> None:
    rig = Rig(speed=0.3)
    points = [(0.0, 0.0), (0.8, 0.0), (8.0, 0.0), (8.0, 5.0), (8.0, 10.0), (8.0, 13.0)]
    rig.inbox.append(m.OrderReceived(make_order(3, points=points, speeds=[0.3, 1.2, 1.2, 1.2, 1.2])))
    limits = [c.speed for _ in range(10) for c in rig.step() if isinstance(c, m.SetSpeedLimit)]
    assert limits == [0.3]


def test_what_handles_a_load_at_the_end_of_its_base_does_not_wait_for_more() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(2, actions={2: (pick(),)})))
    while rig.action("a1").status != "FINISHED":
        assert rig.state.waiting_for == ""
        rig.step()
    rig.run(1.0)
    assert rig.state.waiting_for == "base"


def test_a_load_that_comes_with_a_pause_still_changes_the_footprint() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(2.0)
    out = rig.send(m.LoadState("L1"), vda.InstantAction("r1", "startPause", "p1"))
    assert [type(c) for c in out[:2]] == [m.SetFootprint, m.CancelMotion]


def test_a_load_that_comes_with_an_order_still_changes_the_footprint() -> None:
    rig = Rig()
    rig.step()
    out = rig.send(m.LoadState("L1"), m.OrderReceived(make_order(4)))
    assert [type(c) for c in out[:2]] == [m.SetFootprint, m.FollowLeg]


def test_a_load_that_comes_with_a_cancel_while_motion_fails_still_changes_the_footprint() -> None:
    rig = Rig()
    rig.fail_to_move()
    out = rig.send(m.LoadState("L1"), vda.InstantAction("r1", "cancelOrder", "c1"))
    assert [type(c) for c in out[:2]] == [m.SetFootprint, m.CancelMotion]


def test_a_load_that_comes_while_it_waits_for_more_of_its_base_still_changes_the_footprint() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(2)))
    rig.run(12.0)
    assert rig.state.waiting_for == "base"
    assert m.SetFootprint(True) in rig.send(m.LoadState("L1"))


@pytest.mark.parametrize(
    "other",
    [instant("amrReport", what="log"), instant("initPosition", x="1.0", y="2.0", theta="0.0")],
    ids=lambda action: action.action_type,
)
def test_a_load_that_comes_with_a_word_of_a_person_still_changes_the_footprint(other: vda.InstantAction) -> None:
    rig = Rig()
    rig.step()
    assert m.SetFootprint(True) in rig.send(m.LoadState("L1"), other)


def test_a_cancel_of_a_robot_that_is_paused_between_two_nodes_ends_at_the_next_one() -> None:
    """Nothing can begin between two nodes: it would stand on the lane with no order, and nobody could send it one."""
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(0.6)
    rig.send(instant("startPause", "p1"))
    rig.run(1.0)
    rig.send(instant("cancelOrder", "c1"))
    rig.run(2.0)
    assert not rig.engine.idle
    rig.send(instant("stopPause", "p2"))
    rig.run(8.0)
    assert (rig.state.last_node_id, rig.action("c1").status) == ("n1", "FINISHED")
    assert rig.pose.x == pytest.approx(4.0)


def test_a_cancel_in_the_step_after_it_set_off_ends_at_the_next_node() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    assert rig.follows
    rig.send(instant("cancelOrder", "c1"))
    rig.run(8.0)
    assert (rig.state.last_node_id, rig.action("c1").status) == ("n1", "FINISHED")
    assert rig.pose.x == pytest.approx(4.0)


def test_a_cancel_of_a_robot_that_never_left_its_node_ends_there() -> None:
    """Its first motion failed and somebody paused it: it does not drive to the next node to end an order."""
    rig = Rig()
    rig.answer_moves = False
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(0.5)
    rig.send(instant("startPause", "p1"))
    rig.run(0.5)
    rig.send(instant("cancelOrder", "c1"))
    rig.run(0.5)
    assert (rig.engine.idle, rig.state.last_node_id, rig.state.base) == (True, "n0", ())
    rig.answer_moves = True
    rig.send(instant("stopPause", "p2"))
    rig.run(3.0)
    assert rig.pose.x == 0.0


def test_a_cancel_while_motion_fails_is_over_only_when_the_motion_has_stopped() -> None:
    """The fleet sends the next order once the cancel is over; the old motion must not run beside it."""
    rig = Rig()
    rig.fail_to_move()
    rig.send(instant("cancelOrder", "c1"))
    stopped, rig.inbox = rig.inbox, []
    assert [type(event) for event in stopped] == [m.ActionResult]
    rig.run(1.0)
    assert (rig.engine.idle, rig.action("c1").status) == (False, "RUNNING")
    rig.send(*stopped)
    assert (rig.engine.idle, rig.action("c1").status) == (True, "FINISHED")


def test_the_page_shows_no_way_ahead_of_one_that_may_not_take_it_without_the_fleet() -> None:
    """It lost its pose before it moved, the fleet fell silent meanwhile, and then it knew again where it is."""
    rig = Rig(speed=0.0)
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(0.3)
    rig.send(m.Localization(0.0))
    rig.beat = False
    rig.run(4.0)
    rig.send(m.Localization(1.0))
    rig.run(1.2)
    assert rig.state.last_node_id == "n0"
    assert rig.state.path == ()
    rig.beat = True
    rig.run(1.2)
    assert len(rig.state.path) > 1
