"""The agent's state machine against a fake robot that drives exactly where it is told."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import Manoeuvre
from amr_navigation.agent import model as m
from tests.unit.agent_rig import Rig, make_order, pick


def test_drives_docks_and_picks() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(5, actions={5: (pick(),)})))
    rig.run(25.0)
    assert rig.state.last_node_id == "n5"
    assert rig.action("a1").status == "FINISHED"
    assert rig.state.loads == ("L1",)
    assert rig.engine.idle
    assert len(rig.follows) == 1, "consecutive drive edges are one path"
    assert m.SetFootprint(True) in rig.commands
    assert [c.station for c in rig.commands if isinstance(c, m.DockAt)] == ["n5"]


def test_path_keeps_the_corner_and_heads_along_the_lane() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.step()
    poses = rig.follows[0].poses
    corner = np.flatnonzero((poses[:, 0] == 8.0) & (poses[:, 1] == 0.0))
    assert len(corner) == 1
    assert np.all(poses[: corner[0] + 1, 2] == 0.0)
    assert np.allclose(poses[corner[0] + 1 :, 2], math.pi / 2)
    assert np.max(np.hypot(*np.diff(poses[:, :2], axis=0).T)) <= 0.1001


def test_extension_replaces_the_path_without_a_stop() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(1)))
    rig.run(2.0)
    rig.send(m.OrderReceived(make_order(3, update=1)))
    rig.step()
    assert len(rig.follows) == 2
    assert rig.count(m.CancelMotion) == 0
    assert 1.5 < rig.follows[1].poses[0, 0] < 2.3, "starts where the robot is"
    rig.run(12.0)
    assert rig.state.last_node_id == "n3"


def test_an_extension_that_comes_just_before_a_corner_does_not_cut_it() -> None:
    """A node counts as reached 25 cm before it; the way goes on from where the robot is, not from the node."""
    rig = Rig()
    rig.send(m.OrderReceived(make_order(3)))
    while not rig.report or rig.state.last_node_id != "n2":
        rig.step()
    rig.send(m.OrderReceived(make_order(4, update=1)))
    assert rig.pose.x < 8.0, "n2 is the corner"
    poses = rig.follows[-1].poses
    assert poses[0] == pytest.approx((rig.pose.x, 0.0, 0.0))
    assert np.any((poses[:, 0] == 8.0) & (poses[:, 1] == 0.0))


def test_nodes_are_reported_as_they_are_passed() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(3)))
    seen: list[str] = []
    for _ in range(150):
        rig.step()
        if not seen or seen[-1] != rig.state.last_node_id:
            seen.append(rig.state.last_node_id)
    assert seen == ["n0", "n1", "n2", "n3"]
    assert rig.state.base == ()
    assert rig.state.waiting_for == "base"
    assert rig.state.new_base_request


def test_update_may_start_behind_the_robot() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(2)))
    rig.run(5.5)
    assert rig.state.last_node_id == "n1"
    rig.send(m.OrderReceived(make_order(4, update=1)))
    rig.send(m.OrderReceived(make_order(4, first=1, update=2)))
    rig.run(20.0)
    assert rig.state.last_node_id == "n4"
    assert rig.error("agent.order_rejected") is None


def test_pause_and_resume() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(2.0)
    rig.send(vda.InstantAction("r1", "startPause", "p1"))
    rig.run(3.0)
    held = rig.pose
    assert rig.state.paused
    assert rig.count(m.CancelMotion) == 1
    rig.run(2.0)
    assert rig.pose == held
    rig.send(vda.InstantAction("r1", "stopPause", "p2"))
    rig.run(20.0)
    assert rig.state.last_node_id == "n4"
    assert rig.action("p1").status == "FINISHED"


def test_cancel_stops_at_the_next_node() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(5, actions={5: (pick(),)})))
    rig.run(2.0)
    rig.send(vda.InstantAction("r1", "cancelOrder", "c1"))
    rig.run(10.0)
    assert rig.state.last_node_id == "n1"
    assert rig.pose.x == pytest.approx(4.0)
    assert rig.engine.idle
    assert (rig.action("a1").status, rig.action("a1").result_code) == ("FAILED", "cancelled")
    assert rig.action("c1").status == "FINISHED"
    new = make_order(3, first=1, order_id="m2")
    rig.send(m.OrderReceived(new))
    rig.run(15.0)
    assert (rig.state.order_id, rig.state.last_node_id) == ("m2", "n3")


def test_cancel_close_to_a_node_takes_the_one_after() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(3.8)
    rig.send(vda.InstantAction("r1", "cancelOrder", "c1"))
    rig.run(10.0)
    assert rig.state.last_node_id == "n2"


def test_cancel_while_motion_fails_ends_the_order_where_the_robot_stands() -> None:
    rig = Rig()
    rig.fail_to_move()
    tried = rig.count(m.FollowLeg)
    rig.send(vda.InstantAction("r1", "cancelOrder", "c1"))
    rig.run(1.0)
    assert rig.engine.idle
    assert rig.count(m.FollowLeg) == tried, "nothing of an order that has ended is driven"
    assert rig.state.base == ()
    assert rig.count(m.CancelMotion) == 1
    assert rig.action("c1").status == "FINISHED"
    assert rig.error("nav.failed") is None


def test_undock_then_drive() -> None:
    rig = Rig(Pose2D(0.0, 0.0, math.pi))
    rig.send(m.OrderReceived(make_order(3, kinds=["undock", "drive", "drive", "drive", "drive"])))
    rig.run(20.0)
    assert rig.count(m.LeaveDock) == 1
    assert rig.state.last_node_id == "n3"


def test_unpark_drives_in_reverse() -> None:
    rig = Rig(Pose2D(0.0, 0.0, math.pi))
    rig.send(m.OrderReceived(make_order(2, kinds=["unpark", "drive", "drive", "drive", "drive"])))
    rig.run(15.0)
    assert np.allclose(np.abs(rig.follows[0].poses[:, 2]), math.pi)
    assert np.allclose(rig.follows[1].poses[:, 2], 0.0)


def test_speed_limit_comes_down_before_the_slow_edge() -> None:
    rig = Rig()
    rig.inbox.append(m.OrderReceived(make_order(4, speeds=[1.2, 0.4, 1.0, 1.0, 0.3])))
    limits: list[tuple[float, float]] = []
    for _ in range(70):
        limits += [(rig.pose.x, c.speed) for c in rig.step() if isinstance(c, m.SetSpeedLimit)]
    assert [v for _, v in limits][:2] == [1.2, 0.4]
    assert 1.5 < limits[1][0] < 3.2


def test_failed_motion_is_retried_then_reported_then_heals() -> None:
    rig = Rig()
    rig.answer_moves = False
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(15.0)
    assert len(rig.follows) == 4
    error = rig.error("nav.failed")
    assert error is not None
    assert error.level == "FATAL"
    assert error.facts["nav2_code"] == 105
    rig.answer_moves = True
    rig.run(40.0)
    assert rig.state.last_node_id == "n4"
    assert rig.error("nav.failed") is None


def test_off_the_lane_it_navigates_back_first() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(vda.InstantAction("r1", "startPause", "p"))
    rig.run(0.5)
    rig.pose = Pose2D(1.0, 0.7, 0.0)
    rig.send(vda.InstantAction("r1", "stopPause", "q"))
    rig.run(20.0)
    assert rig.count(m.NavigateTo) == 1
    assert rig.state.last_node_id == "n4"


def test_without_the_fleet_it_stops_at_the_next_node_and_goes_on_by_itself() -> None:
    rig = Rig(speed=0.5)
    rig.send(m.OrderReceived(make_order(4)))
    rig.beat = False
    rig.run(2.9)
    assert rig.error("agent.fleet_silent") is None
    assert rig.state.last_node_id == "n0"
    rig.run(12.0)
    assert rig.state.last_node_id == "n1", "4 m along: released are 18 m"
    assert rig.pose.x == pytest.approx(4.0, abs=0.3)
    error = rig.error("agent.fleet_silent")
    assert error is not None
    assert error.level == "FATAL"
    assert rig.state.base == ("n2", "n3", "n4"), "what it was given it still holds"
    rig.beat = True
    rig.run(40.0)
    assert rig.error("agent.fleet_silent") is None
    assert rig.state.last_node_id == "n4"


def test_a_silent_fleet_does_not_stop_it_where_it_cannot_brake() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.beat = False  # at the time-out it drives 1 m/s and is 0.9 m before n1
    rig.run(12.0)
    assert rig.state.last_node_id == "n2"


def test_without_the_fleet_it_finishes_what_it_does_at_its_node_and_starts_no_way() -> None:
    rig = Rig()
    rig.beat = False
    rig.run(4.0)
    rig.send(m.OrderReceived(make_order(4, actions={0: (pick(),)})))
    rig.run(6.0)
    assert rig.action("a1").status == "FINISHED"
    assert rig.count(m.FollowLeg) == 0
    rig.beat = True
    rig.run(25.0)
    assert rig.state.last_node_id == "n4"


def test_charging() -> None:
    rig = Rig()
    charge = vda.OrderAction("startCharging", "ch")
    rig.send(m.OrderReceived(make_order(5, actions={5: (charge,)})))
    rig.run(20.0)
    assert rig.action("ch").status == "WAITING"
    rig.send(m.Battery(0.5, True))
    rig.run(1.0)
    assert rig.action("ch").status == "RUNNING"
    assert rig.engine.idle, "a charging robot may be called away"
    rig.send(m.Battery(1.0, False))
    rig.run(1.0)
    assert rig.action("ch").status == "FINISHED"


def test_failed_load_ends_the_order() -> None:
    rig = Rig(Pose2D(8.0, 13.0, 1.57))
    order = make_order(5, first=5, actions={5: (pick(),)})
    rig.inbox.append(m.OrderReceived(order))
    rig.now = 1.0
    events = [*rig.inbox, m.PoseUpdate(rig.pose)]
    token = next(c.token for c in rig.engine.step(1.0, events) if isinstance(c, m.HandleLoad))
    out = rig.engine.step(1.1, [m.ActionResult(token, "aborted", 2)])
    report = next(c.state for c in out if isinstance(c, m.PublishState))
    assert report.actions[0].status == "FAILED"
    assert report.errors[0].facts == {"load_id": "L1", "load_code": 2}
    assert rig.engine.idle


def test_state_is_sent_once_a_second_at_least() -> None:
    rig = Rig()
    rig.run(10.0)
    assert 10 <= rig.count(m.PublishState) <= 14


@pytest.mark.parametrize("seed", range(30))
def test_no_path_ever_leaves_the_base(seed: int) -> None:
    rng = random.Random(seed)
    count = 14
    points = [(0.0, 0.0)]
    for _ in range(count - 1):
        dx, dy = rng.choice([(1, 0), (0, 1)])
        step = rng.uniform(0.2, 4.0)
        points.append((points[-1][0] + dx * step, points[-1][1] + dy * step))
    kinds: list[Manoeuvre] = ["drive"] * (count - 1)
    rig = Rig(speed=rng.uniform(0.3, 1.5))
    base, update, paused = 0, 0, False
    for tick in range(6000):
        if rng.random() < 0.03 or tick == 0:
            base = min(count - 1, base + rng.randint(0, 3))
            first = min(rng.randint(0, 3), max(0, rig.state.last_sequence_id // 2)) if tick else 0
            rig.inbox.append(
                m.OrderReceived(make_order(base, first=first, total=count, update=update, kinds=kinds, points=points))
            )
            update += 1
        if rng.random() < 0.01:
            paused = not paused
            rig.inbox.append(vda.InstantAction("r1", "startPause" if paused else "stopPause", f"p{tick}"))
        for command in rig.step():
            if isinstance(command, m.FollowLeg):
                assert np.all(command.poses[:, 0] <= points[base][0] + 1e-6)
                assert np.all(command.poses[:, 1] <= points[base][1] + 1e-6)
                assert command.poses[-1, :2] == pytest.approx(points[base])
        if rig.state.last_node_id == f"n{count - 1}":
            break
    assert rig.state.last_node_id == f"n{count - 1}"
    assert rig.count(m.NavigateTo) == 0
