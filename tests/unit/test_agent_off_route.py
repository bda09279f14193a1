"""A robot that somebody has moved drives back by itself over a small way only; a long one may be given to others."""

from __future__ import annotations

import math

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from tests.unit.agent_rig import Rig, make_order


def _resumed_at(pose: Pose2D) -> Rig:
    """Return a robot that was paused on its way, pushed elsewhere and told to go on."""
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(vda.InstantAction("r1", "startPause", "p"))
    rig.run(0.5)
    rig.pose = pose
    rig.follows.clear()
    rig.send(vda.InstantAction("r1", "stopPause", "q"))
    rig.run(5.0)
    return rig


def test_a_robot_that_was_pushed_far_off_its_route_does_not_drive_back_across_the_ways_of_others() -> None:
    rig = _resumed_at(Pose2D(1.0, 10.0, 0.0))
    assert (rig.count(m.NavigateTo), rig.follows) == (0, [])
    error = rig.error("nav.off_route")
    assert error is not None
    assert (error.level, error.facts) == ("FATAL", {"node": "n0", "metres": 10.0})
    rig.pose = Pose2D(1.0, 0.1, 0.0)
    rig.run(20.0)
    assert rig.error("nav.off_route") is None
    assert rig.state.last_node_id == "n4", "brought back, it goes on"


def test_what_is_far_off_its_route_can_be_cancelled_on_the_spot() -> None:
    rig = _resumed_at(Pose2D(1.0, 10.0, 0.0))
    rig.send(vda.InstantAction("r1", "cancelOrder", "c"))
    rig.run(1.0)
    assert rig.action("c").status == "FINISHED"
    assert rig.engine.idle
    assert rig.error("nav.off_route") is None


def test_a_longer_way_that_comes_while_it_is_far_off_stops_what_drives() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(2)))
    rig.run(1.0)
    rig.follows.clear()
    rig.follow, rig.pose = None, Pose2D(1.0, 5.0, 0.0)
    rig.send(m.OrderReceived(make_order(4, update=1)))
    rig.run(3.0)
    assert rig.count(m.CancelMotion) == 1
    assert (rig.count(m.NavigateTo), rig.follows) == (0, [])


def test_a_longer_way_that_comes_while_it_drives_around_something_stops_nothing() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(2)))
    rig.run(1.0)
    rig.follow, rig.pose = None, Pose2D(1.0, 2.0, 0.0)
    rig.send(m.OrderReceived(make_order(4, update=1)))
    rig.run(3.0)
    assert rig.count(m.CancelMotion) == 0
    assert rig.error("nav.off_route") is None


def test_docking_does_not_lead_across_the_hall_either() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(1, total=2, kinds=["dock"])))
    rig.pose = Pose2D(1.0, 6.0, 0.0)
    rig.run(2.0)
    assert rig.count(m.DockAt) == 1, "it was there when it began"
    rig = Rig(Pose2D(0.0, 6.0, 0.0))
    rig.engine._last_node = "n0"
    rig.send(m.OrderReceived(make_order(1, total=2, kinds=["dock"])))
    rig.run(2.0)
    assert rig.count(m.DockAt) == 0, "Nav2 would plan a way to the dock's staging pose from anywhere"
    assert rig.error("nav.off_route") is not None


def test_an_idle_robot_that_was_moved_says_the_node_where_it_is_now() -> None:
    site = load_site("lab")
    roadmap = build_roadmap(site)
    here, there = site.parking[0], max(site.parking, key=lambda bay: math.dist(bay.pose[:2], site.parking[0].pose[:2]))
    assert math.dist(here.pose[:2], there.pose[:2]) > 4.0
    engine = AgentEngine("r1", LIFT_AMR, roadmap)

    def told(now: float, pose: Pose2D, score: float = 1.0) -> str:
        seen: list[m.AgentEvent] = [m.Battery(0.8, False), m.LoadState(""), m.PoseUpdate(pose), m.Localization(score)]
        states = [c.state for c in engine.step(now, seen) if isinstance(c, m.PublishState)]
        return states[-1].last_node_id

    assert told(1.0, here.pose) == here.id
    assert told(2.0, Pose2D(here.pose.x + 0.5, here.pose.y, 0.0)) == here.id
    assert told(3.0, there.pose, 0.1) == here.id, "not from a guess"
    assert told(4.0, there.pose) == there.id, "the next order would begin on the far side of the hall"
