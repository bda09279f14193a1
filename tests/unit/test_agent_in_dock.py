"""A robot that was restarted in a dock and is to go elsewhere backs out first: it stood there for good, off route."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from amr_core import vda5050 as vda
from amr_core.geometry import Pose2D
from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from amr_navigation.agent.places import Spurs

ROADMAP = build_roadmap(load_site("lab"))
DOCK, LANE = ROADMAP.nodes["B1_1"], ROADMAP.nodes["east@001.0"]
SPEED = next(e.max_speed for e in ROADMAP.edges.values() if (e.start, e.end) == (DOCK.id, LANE.id))


def in_dock(back: float, *, aside: float = 0.0, turned: float = 0.0) -> Pose2D:
    """Return a pose so far (m) before the end of dock B1_1, which is entered eastwards."""
    return Pose2D(DOCK.x - back, DOCK.y + aside, turned)


def order(*ids: str, seq: int = 0) -> m.OrderReceived:
    """Return an order along these nodes."""
    found = [ROADMAP.nodes[i] for i in ids]
    nodes = tuple(vda.OrderNode(n.id, seq + 2 * k, True, n.x, n.y, n.theta, ()) for k, n in enumerate(found))
    edges = []
    for k, (a, b) in enumerate(itertools.pairwise(ids)):
        way = next(e for e in ROADMAP.edges.values() if (e.start, e.end) == (a, b))
        edges.append(vda.OrderEdge(way.id, seq + 2 * k + 1, True, a, b, way.max_speed, way.manoeuvre))
    return m.OrderReceived(vda.Order("r1", "m1", 0, nodes, tuple(edges)))


def told(engine: AgentEngine, now: float, pose: Pose2D, *events: m.AgentEvent) -> list[m.AgentCommand]:
    here: list[m.AgentEvent] = [
        m.Battery(0.8, False),
        m.LoadState(""),
        m.ForeignLoad(False),
        m.FleetBeat(),
        m.Localization(1.0),
    ]
    return engine.step(now, [*here, m.PoseUpdate(pose), m.Odometry(pose, 0.0, 0.0), *events])


def started(pose: Pose2D) -> AgentEngine:
    engine = AgentEngine("r1", LIFT_AMR, ROADMAP)
    for k in range(30):
        told(engine, 0.1 * k, pose)
    assert engine._last_node == LANE.id, "an order that docks begins there"
    return engine


@pytest.mark.parametrize("back", [0.15, 0.6, 1.6])
def test_it_backs_out_to_the_lane_slowly_and_then_goes_on(back: float) -> None:
    engine, pose = started(in_dock(back)), in_dock(back)
    out = told(engine, 4.0, pose, order(LANE.id, "east@003.0", "east@004.0"))
    (follow,) = [c for c in out if isinstance(c, m.FollowLeg)]
    assert follow.reverse
    assert follow.poses[0, :2] == pytest.approx((pose.x, pose.y), abs=0.01)
    assert follow.poses[-1, :2] == pytest.approx((LANE.x, LANE.y), abs=0.01)
    assert np.abs(np.diff(follow.poses[:, 0])).max() < 0.11
    assert [c.speed for c in out if isinstance(c, m.SetSpeedLimit)] == [SPEED]
    on_lane = Pose2D(LANE.x, LANE.y, 0.0)
    out = told(engine, 9.0, on_lane, m.ActionResult(follow.token, "succeeded"))
    out += told(engine, 9.1, on_lane)
    (next_one,) = [c for c in out if isinstance(c, m.FollowLeg)]
    assert not next_one.reverse
    assert [c.speed for c in out if isinstance(c, m.SetSpeedLimit)][-1] > SPEED


def test_one_that_could_not_back_out_tries_again_from_where_it_stands() -> None:
    engine = started(in_dock(0.15))
    out = told(engine, 4.0, in_dock(0.15), order(LANE.id, "east@003.0"))
    (follow,) = [c for c in out if isinstance(c, m.FollowLeg)]
    told(engine, 5.0, in_dock(0.5), m.ActionResult(follow.token, "aborted", 105))
    again = [c for k in range(30) for c in told(engine, 5.1 + 0.1 * k, in_dock(0.5)) if isinstance(c, m.FollowLeg)]
    assert [(c.reverse, round(float(c.poses[0, 0]), 2)) for c in again] == [(True, round(DOCK.x - 0.5, 2))]


def test_one_that_is_to_dock_there_docks_from_where_it_stands() -> None:
    engine = started(in_dock(0.6))
    out = told(engine, 4.0, in_dock(0.6), order(LANE.id, DOCK.id))
    assert [c for c in out if isinstance(c, m.FollowLeg)] == []
    (dock,) = [c for c in out if isinstance(c, m.DockAt)]
    assert (dock.station, dock.stage) == (DOCK.id, False)


@pytest.mark.parametrize(
    ("pose", "out"),
    [
        (in_dock(0.0), True), (in_dock(-0.2), True), (in_dock(-0.5), False), (in_dock(2.2), False),
        (in_dock(0.6, aside=0.15), True), (in_dock(0.6, aside=0.3), False), (in_dock(0.6, aside=-0.3), False),
        (in_dock(0.6, turned=0.3), True), (in_dock(0.6, turned=-0.5), False), (in_dock(0.6, turned=math.pi), False),
    ],
)  # fmt: skip
def test_only_a_robot_that_stands_in_the_dock_as_one_that_docked_backs_out(pose: Pose2D, out: bool) -> None:
    assert (Spurs(ROADMAP).way_out(LANE.id, pose) is not None) is out
    assert Spurs(ROADMAP).way_out("south@002.0", pose) is None
