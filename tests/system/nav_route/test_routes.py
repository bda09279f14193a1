"""Route server: routes over the site's graph, edges closed by the fleet, tracking while another action drives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nav2_msgs.action import ComputeAndTrackRoute, ComputeRoute, FollowPath, NavigateToPose
from nav2_msgs.srv import DynamicEdges, SetRouteGraph

from tests.system.nav2_client import Nav2Client, pose

pytestmark = pytest.mark.system
CLOSED: list[int] = []
ADJUST = "route_server/DynamicEdgesScorer/adjust_edges"


def routed(nav2: Nav2Client, *points: tuple[float, float]) -> tuple[str, ComputeRoute.Result]:
    (x0, y0), (x1, y1) = points
    goal = ComputeRoute.Goal(use_poses=True, use_start=True, start=pose(x0, y0), goal=pose(x1, y1))
    return nav2.run(ComputeRoute, "compute_route", goal)


@pytest.fixture
def all_open(nav2: Nav2Client) -> Iterator[None]:
    yield
    nav2.call(DynamicEdges, ADJUST, DynamicEdges.Request(opened_edges=CLOSED))
    CLOSED.clear()


@pytest.mark.usefixtures("all_open")
def test_a_closed_edge_is_avoided(nav2: Nav2Client) -> None:
    status, result = routed(nav2, (4, 4), (10, 8))
    assert status == "SUCCEEDED"
    route = result.route
    assert (route.nodes[0].position.x, route.nodes[-1].position.y) == (4.0, 8.0)
    assert [e.end for e in route.edges] == [n.position for n in route.nodes[1:]]
    cross = next(e for e in route.edges if e.start.x == e.end.x == 10.0)
    CLOSED.append(cross.edgeid)
    assert nav2.call(DynamicEdges, ADJUST, DynamicEdges.Request(closed_edges=CLOSED)).success
    status, longer = routed(nav2, (4, 4), (10, 8))
    assert status == "SUCCEEDED"
    assert longer.route.route_cost > route.route_cost
    assert cross.edgeid not in [e.edgeid for e in longer.route.edges]
    assert not nav2.call(DynamicEdges, ADJUST, DynamicEdges.Request(closed_edges=[65000])).success


def test_a_graph_that_is_not_there_changes_nothing(nav2: Nav2Client) -> None:
    assert not nav2.call(
        SetRouteGraph, "route_server/set_route_graph", SetRouteGraph.Request(graph_filepath="/no")
    ).success
    assert routed(nav2, (4, 4), (8, 4))[0] == "SUCCEEDED"


def test_tracking_tells_each_edge_in_order(nav2: Nav2Client) -> None:
    goal = NavigateToPose.Goal(pose=pose(6, 4))
    assert nav2.run(NavigateToPose, "navigate_to_pose", goal)[0] == "SUCCEEDED"
    track = ComputeAndTrackRoute.Goal(use_poses=True, goal=pose(14, 4))
    tracking = nav2.start(ComputeAndTrackRoute, "compute_and_track_route", track)
    nav2.until(lambda: bool(tracking.feedback), 20.0, "feedback")
    first = tracking.feedback[0]
    assert nav2.run(FollowPath, "follow_path", FollowPath.Goal(path=first.path))[0] == "SUCCEEDED"
    status, result = tracking.result()
    assert (status, result.error_code) == ("SUCCEEDED", 0)
    seen = [f.current_edge_id for f in tracking.feedback]
    wanted = [edge.edgeid for edge in first.route.edges]
    assert list(dict.fromkeys(seen)) == wanted
    assert "AdjustSpeedLimit" in first.operations_triggered
