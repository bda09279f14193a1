"""A robot that somebody has moved drives back by itself over a small way only; a long one may be given to others."""

from __future__ import annotations

import math

import pytest

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from amr_navigation.agent.motion import FAR_OFF_M
from amr_navigation.agent.places import Lanes
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


@pytest.mark.parametrize("carried", [False, True])
def test_whoever_is_carried_off_after_its_order_goes_on_with_none_of_it_and_whoever_stays_does(carried: bool) -> None:
    site = load_site("lab")
    roadmap = build_roadmap(site)
    bay = site.parking[0]
    first = roadmap.out_edges[bay.id][0]
    second = next(e for e in roadmap.out_edges[first.end] if e.end != bay.id)
    ways = (first, second)
    nodes = [
        vda.OrderNode(n, 2 * i, True, roadmap.nodes[n].x, roadmap.nodes[n].y)
        for i, n in enumerate((first.start, first.end, second.end))
    ]
    edges = [vda.OrderEdge(w.id, 2 * i + 1, True, w.start, w.end, 1.0, "drive") for i, w in enumerate(ways)]
    rig = Rig(bay.pose)
    rig.engine = AgentEngine("r1", LIFT_AMR, roadmap)
    rig.run(1.5)
    rig.send(m.OrderReceived(vda.Order("r1", "m1", 0, tuple(nodes[:2]), tuple(edges[:1]))))
    assert not rig.engine.idle
    rig.run(30.0)
    assert rig.state.last_node_id == first.end
    if carried:
        there = max(site.parking, key=lambda each: math.dist(each.pose[:2], rig.pose[:2]))
        assert math.dist(there.pose[:2], rig.pose[:2]) > FAR_OFF_M
        rig.pose = there.pose
    rig.run(1.5)
    assert rig.state.last_node_id == (there.id if carried else first.end)
    rig.send(m.OrderReceived(vda.Order("r1", "m1", 1, tuple(nodes[1:]), tuple(edges[1:]))))
    rig.run(30.0)
    rejected = [
        e.facts["reason"]
        for c in rig.commands
        if isinstance(c, m.PublishState)
        for e in c.state.errors
        if e.code == "agent.order_rejected"
    ]
    assert set(rejected) == ({"it has ended"} if carried else set())
    assert rig.state.last_node_id == (there.id if carried else second.end)


def test_a_robot_far_from_every_lane_says_so_as_long_as_it_is_without_an_order_there() -> None:
    """The fleet called its order off and sent the next one at once; each ended where it stood, until it had failed."""
    site = load_site("lab")
    roadmap = build_roadmap(site)
    engine = AgentEngine("r1", LIFT_AMR, roadmap)
    here, far = site.parking[0].pose, Pose2D(20.0, 12.0, 0.0)

    def told(now: float, pose: Pose2D, *events: m.AgentEvent) -> list[vda.RobotState]:
        seen: list[m.AgentEvent] = [m.Battery(0.8, False), m.LoadState(""), m.PoseUpdate(pose), m.Localization(1.0)]
        wheels = m.Odometry(Pose2D(0.0, 0.0, 0.0), 0.0, 0.0)
        out = engine.step(now, [*seen, wheels, m.FleetBeat(), *events])
        return [c.state for c in out if isinstance(c, m.PublishState)]

    assert told(0.0, here)[-1].errors == ()
    way = roadmap.out_edges[site.parking[0].id][0]
    ends = (roadmap.nodes[way.start], roadmap.nodes[way.end])
    nodes = tuple(vda.OrderNode(n.id, 2 * i, True, n.x, n.y) for i, n in enumerate(ends))
    order = vda.Order("r1", "m1", 0, nodes, (vda.OrderEdge(way.id, 1, True, way.start, way.end, 1.0, way.manoeuvre),))
    told(0.1, far, m.OrderReceived(order))
    told(0.2, far, vda.InstantAction("r1", "cancelOrder", "c"))
    said = [s for k in range(30) for s in told(0.3 + 0.1 * k, far)]
    idle = [s for s in said if any(a.action_id == "c" and a.status == "FINISHED" for a in s.actions)]
    assert idle
    assert all([e.code for e in s.errors] == ["nav.off_route"] for s in idle), "not a moment in which it looks well"
    assert idle[-1].errors[0].facts == {"node": "east@003.0", "metres": 5.2}
    assert told(9.0, here)[-1].errors == (), "brought back, it takes orders"


def test_a_pose_that_jitters_does_not_end_and_begin_that_again_and_again() -> None:
    """Each end of it drew an order that was called off at once, and each begin was an alarm of its own."""
    site = load_site("lab")
    roadmap = build_roadmap(site)
    engine, lanes = AgentEngine("r1", LIFT_AMR, roadmap), Lanes(roadmap)
    bay = site.parking[0].pose

    def away(off: float) -> Pose2D:
        """Return a pose so far (m) from every lane."""
        ways = (Pose2D(bay.x + k / 500 * (20.0 - bay.x), bay.y + k / 500 * (12.0 - bay.y), 0.0) for k in range(501))
        return next(pose for pose in ways if lanes.off(pose) >= off)

    def told(now: float, pose: Pose2D) -> list[str]:
        seen: list[m.AgentEvent] = [m.Battery(0.8, False), m.LoadState(""), m.PoseUpdate(pose), m.Localization(1.0)]
        wheels = m.Odometry(Pose2D(0.0, 0.0, 0.0), 0.0, 0.0)
        out = engine.step(now, [*seen, wheels, m.FleetBeat()])
        return [e.code for c in out if isinstance(c, m.PublishState) for e in c.state.errors]

    near, far = away(FAR_OFF_M - 0.1), away(FAR_OFF_M + 0.01)
    assert lanes.off(near) < FAR_OFF_M
    assert told(0.0, near) == []
    said = [told(2.0 * k, near if k % 2 else far) for k in range(2, 8)]
    assert said == 6 * [["nav.off_route"]]
    assert told(20.0, away(FAR_OFF_M - 0.3)) == [], "brought back"


def test_a_robot_on_a_lane_is_not_far_from_all() -> None:
    """Half-way on a spur, or between two nodes after a restart of its agent."""
    roadmap = build_roadmap(load_site("lab"))
    lanes = Lanes(roadmap)
    for edge in roadmap.edges.values():
        a, b = roadmap.nodes[edge.start], roadmap.nodes[edge.end]
        assert lanes.off(Pose2D((a.x + b.x) / 2.0, (a.y + b.y) / 2.0, 0.0)) < 1e-9
        assert lanes.off(Pose2D(a.x, a.y, 0.0)) < 1e-9
