"""A motion server that takes a goal and says nothing more: its robot stood, and held its order, for ever."""

from __future__ import annotations

import pytest

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_navigation.agent import model as m
from amr_navigation.agent.motion import SILENT_S
from tests.unit.agent_rig import Rig, make_order


def hanging(*, after: float = 0.0) -> Rig:
    """Return a robot on its way whose motion server hangs."""
    rig = Rig()
    if not after:
        rig.hangs = True
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(after)
    rig.hangs, rig.follow = True, None
    return rig


def test_a_motion_of_which_nothing_comes_is_an_error_of_the_robot_and_is_sent_again() -> None:
    rig = hanging(after=2.0)
    rig.run(SILENT_S - 1.0)
    assert (rig.count(m.CancelMotion), rig.error("motion.silent")) == (0, None), "Nav2 waits for 60 s itself"
    goals = rig.count(m.FollowLeg)
    rig.run(2.0)
    error = rig.error("motion.silent")
    assert error is not None
    assert (error.level, error.facts) == ("FATAL", {"seconds": 90})
    assert rig.count(m.CancelMotion) == 1
    rig.run(5.0)
    assert rig.count(m.FollowLeg) == goals + 1
    rig.hangs = False
    rig.run(2.0 * SILENT_S)
    assert rig.error("motion.silent") is None
    assert rig.state.last_node_id == "n4"


@pytest.mark.parametrize("blocked", ["", "person"])
@pytest.mark.parametrize("told", [False, True])
def test_an_order_whose_motion_hangs_can_be_cancelled(told: bool, blocked: vda.InTheWay) -> None:
    """It never reached the node at which it could end, and refused every other order as one that is busy."""
    rig = hanging(after=2.0)
    if blocked and not told:  # the last word of a navigation that hangs since
        rig.send(m.BlockedBy(blocked))
    rig.run(SILENT_S + 10.0 if told else 10.0)
    rig.send(vda.InstantAction("r1", "cancelOrder", "c"))
    rig.run(6.0 if told else SILENT_S + 6.0)
    assert rig.action("c").status == "FINISHED"
    assert rig.engine.idle
    assert rig.error("motion.silent") is not None, "nothing of it has been heard since"
    rig.send(m.ActionResult(99, "aborted"))  # it was started anew
    rig.run(1.0)
    assert rig.error("motion.silent") is None


def test_a_server_that_answers_its_cancel_and_moves_nothing_has_failed() -> None:
    rig = Rig()
    rig.answer_moves, rig.silent = False, True
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(SILENT_S + 1.0)
    assert (rig.error("motion.silent"), rig.error("nav.failed") is None) == (None, False)
    rig.send(vda.InstantAction("r1", "cancelOrder", "c"))
    rig.run(1.0)
    assert (rig.action("c").status, rig.state.errors) == ("FINISHED", ())


def test_a_robot_that_says_what_it_waits_for_or_creeps_or_is_paused_does_not_hang() -> None:
    rig = hanging()
    rig.send(m.BlockedBy("person"))
    rig.run(2.0 * SILENT_S)
    rig.send(m.BlockedBy(""))
    for step in range(200):
        rig.pose = Pose2D(0.002 * step, 0.0, 0.0)
        rig.run(1.0)
    assert (rig.count(m.CancelMotion), rig.error("motion.silent")) == (0, None)
    rig.hangs = False
    rig.send(vda.InstantAction("r1", "startPause", "p"))
    rig.run(2.0 * SILENT_S)
    assert rig.error("motion.silent") is None


def test_an_agent_that_was_held_up_itself_gives_up_no_motion() -> None:
    rig = hanging()
    rig.now += 10.0 * SILENT_S
    rig.run(SILENT_S - 2.0)
    assert rig.count(m.CancelMotion) == 0


@pytest.mark.parametrize("there", [False, True])
def test_a_navigation_that_is_not_there_waits_for_nobody(there: bool) -> None:
    """Its last word was that it waits for a person, who had long gone: the robot never said that it cannot drive."""
    rig = Rig()
    rig.answer_moves, rig.failing = False, "aborted" if there else "rejected"
    rig.send(m.BlockedBy("person"))
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(60.0)
    assert (rig.error("nav.failed") is not None, rig.state.waiting_for) == (not there, "person" if there else "")


@pytest.mark.parametrize(("v", "w", "goes_on"), [(0.5, 0.0, True), (0.0, -0.3, True), (0.0, 0.0, False)])
def test_a_robot_that_drives_or_turns_again_does_not_say_that_its_motion_hangs(
    v: float, w: float, goes_on: bool
) -> None:
    """Its server may answer minutes later; until then the fleet would take a robot that drives for a defect one."""
    rig = hanging(after=2.0)
    rig.run(SILENT_S + 1.0)
    assert rig.error("motion.silent") is not None
    rig.speaks.discard(m.Odometry)
    rig.send(m.Odometry(rig.pose, v, w))
    assert (rig.error("motion.silent") is None) is goes_on


def test_a_load_that_comes_as_a_hanging_motion_is_given_up_still_changes_the_outline() -> None:
    rig = hanging(after=2.0)
    rig.run(SILENT_S - 2.0)
    ticks = [rig.send(m.LoadState("L1" if k % 2 else "")) for k in range(1, 50)]
    (given_up,) = [out for out in ticks if any(isinstance(c, m.CancelMotion) for c in out)]
    assert any(isinstance(c, m.SetFootprint) for c in given_up)
