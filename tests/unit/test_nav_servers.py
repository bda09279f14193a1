"""Lifecycle, route graph, tracking, smoothing, costs, docks: the pure parts of the servers, and rubbish for each."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import site_dir
from amr_navigation.costmap.body import Body
from amr_navigation.costmap.static_map import distance_grid
from amr_navigation.docking.database import load_docks
from amr_navigation.servers import costs
from amr_navigation.servers.lifecycle import LOCALIZATION, NAVIGATION, Lifecycle, ManageCommand, Manager, State
from amr_navigation.servers.route_graph import INDETERMINANT_NODES, NO_VALID_ROUTE, GraphRoute, RouteGraph
from amr_navigation.servers.smoother import smooth
from amr_navigation.servers.tracking import RouteTracker


def managed() -> tuple[Lifecycle, Manager, list[tuple[str, State]]]:
    changes: list[tuple[str, State]] = []
    lifecycle = Lifecycle(NAVIGATION + LOCALIZATION, lambda name, state: changes.append((name, state)))
    return lifecycle, Manager(NAVIGATION, lifecycle), changes


def test_manager_goes_up_in_order_and_down_in_reverse() -> None:
    lifecycle, manager, changes = managed()
    assert manager.active
    assert manager.command(ManageCommand.RESET)
    assert [name for name, _ in changes[: len(NAVIGATION)]] == list(reversed(NAVIGATION))
    assert lifecycle["planner_server"] is State.UNCONFIGURED
    assert not manager.command(ManageCommand.RESUME), "cannot activate what is not configured"
    changes.clear()
    assert manager.command(ManageCommand.STARTUP)
    assert [name for name, _ in changes[: len(NAVIGATION)]] == list(NAVIGATION)
    assert manager.active
    assert not manager.command(ManageCommand.STARTUP), "already active"
    assert manager.command(ManageCommand.PAUSE)
    assert not manager.active
    assert manager.command(ManageCommand.RESUME)
    assert not manager.command(77)


@pytest.mark.parametrize("before", [None, ManageCommand.PAUSE, ManageCommand.RESET])
def test_shutdown_finalizes_from_every_state_and_startup_revives(before: ManageCommand | None) -> None:
    lifecycle, manager, _ = managed()
    if before is not None:
        manager.command(before)
    assert manager.command(ManageCommand.SHUTDOWN)
    assert all(lifecycle[name] is State.FINALIZED for name in NAVIGATION)
    assert lifecycle.active("amcl")
    assert manager.command(ManageCommand.STARTUP)
    assert manager.active


def test_change_state_by_id_or_label_and_nothing_else() -> None:
    lifecycle, _, _ = managed()
    assert not lifecycle.change("amcl", 1), "an active node cannot be configured"
    assert lifecycle.change("amcl", 0, "deactivate")
    assert not lifecycle.change("amcl", 0, "no such label")
    assert not lifecycle.change("amcl", 99)
    assert lifecycle.change("amcl", 3)


def graph(site: str = "lab") -> RouteGraph:
    return RouteGraph.load(site_dir(site) / "graph.geojson")


def test_route_over_the_lab_is_the_cheapest_and_avoids_closed_edges() -> None:
    lab = graph()
    start, goal = lab.nearest(4.0, 4.0), lab.nearest(16.0, 8.0)
    route = lab.search(start, goal)
    assert isinstance(route, GraphRoute)
    assert route.cost == pytest.approx(sum(edge.cost for edge in route.edges))
    assert [edge.end for edge in route.edges] == [node.id for node in route.nodes[1:]]
    path = route.path()
    steps = np.hypot(*np.diff(path[:, :2], axis=0).T)
    assert float(steps.max()) <= 0.0501
    assert lab.adjust([route.edges[2].id], [], {})
    other = lab.search(start, goal)
    assert other == NO_VALID_ROUTE or (isinstance(other, GraphRoute) and other.cost > route.cost)
    assert lab.adjust([], [route.edges[2].id], {route.edges[2].id: 0.0})
    again = lab.search(start, goal)
    assert isinstance(again, GraphRoute)
    assert again.cost < route.cost
    assert not lab.adjust([60000], [], {}), "unknown edges change nothing"
    assert lab.search(start, 60000) == INDETERMINANT_NODES


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"features": []}',
        '{"features": [{}]}',
        '{"features": [{"properties": {"id": -1}, "geometry": {"type": "Point", "coordinates": [0, 0]}}]}',
        '{"features": [{"properties": {"id": 0}, "geometry": {"type": "Point", "coordinates": [NaN, 0]}}]}',
        '{"features": [{"properties": {"id": 0}, "geometry": {"type": "Point", "coordinates": ["x", 0]}}]}',
        json.dumps(
            {
                "features": [
                    {"properties": {"id": 0}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
                    {"properties": {"id": 1, "startid": 0, "endid": 9}, "geometry": {"type": "MultiLineString"}},
                ]
            }
        ),
    ],
)
def test_rubbish_is_no_graph(tmp_path: Path, content: str) -> None:
    path = tmp_path / "graph.geojson"
    path.write_text(content)
    with pytest.raises(AmrError, match=r"nav\.file"):
        RouteGraph.load(path)


def test_tracker_tells_each_node_once() -> None:
    lab = graph()
    route = lab.search(lab.nearest(4.0, 4.0), lab.nearest(16.0, 8.0))
    assert isinstance(route, GraphRoute)
    tracker, events = RouteTracker(route), []
    for x, y, _ in route.path().tolist():
        event = tracker.update(x, y)
        if event is not None:
            events.append(event)
            if event.done:
                break
    assert [event.edge for event in events[: len(route.edges)]] == [edge.id for edge in route.edges]
    assert [event.done for event in events] == [False] * len(route.edges) + [True]
    assert events[0].operations == ("AdjustSpeedLimit",)
    assert events[0].speed_limit == route.edges[0].metadata["speed_limit"]
    assert RouteTracker(GraphRoute(route.nodes[:1], (), 0.0)).update(4.0, 4.0).done  # type: ignore[union-attr]


def test_smoothing_keeps_ends_and_cusps_and_shortens() -> None:
    corner = [(x / 10, 0.0, 0.0) for x in range(21)] + [(2.0, y / 10, math.pi / 2) for y in range(1, 21)]
    poses = np.array(corner)
    smoothed = smooth(poses, 2.0)
    assert smoothed.completed
    assert np.array_equal(smoothed.poses[[0, -1]], poses[[0, -1]])
    length = [float(np.hypot(*np.diff(p[:, :2], axis=0).T).sum()) for p in (poses, smoothed.poses)]
    assert length[1] < length[0]
    cusp = np.array([(x / 10, 0.0, 0.0) for x in range(11)] + [(1.0 - x / 10, 0.0, 0.0) for x in range(1, 8)])
    assert np.allclose(smooth(cusp, 2.0).poses[10], (1.0, 0.0, 0.0))
    assert not smooth(np.array([(x / 10, math.sin(x), 0.0) for x in range(400)]), -1.0).completed


def test_costs_follow_nav2() -> None:
    occupied = np.zeros((40, 40), dtype=np.bool_)
    occupied[20, 20] = True
    grid = distance_grid(occupied, 0.05, 0.0, 0.0)
    costmap = costs.costmap_of(grid, None, 0.3)
    assert costmap.costs[20, 20] == 254
    assert costmap.costs[20, 24] == 253
    assert 0 < costmap.costs[20, 30] < 253
    values = costs.occupancy_of(np.array([[0, 1, 252, 253, 254, 255]], dtype=np.uint8))
    assert values.tolist() == [[0, 1, 98, 99, 100, -1]]
    body = Body(0.4, 0.4, 0.3, 0.3)
    assert costs.cost_at(grid, None, body, Pose2D(5.0, 0.0, 0.0), footprint=True) == -1.0
    assert costs.cost_at(grid, None, body, Pose2D(1.0, 0.8, 0.0), footprint=True) == 254.0
    part = costs.window(grid, 0.0, 0.0, 1.0)
    assert part.sdf.shape == (20, 20)
    assert (part.sdf[:10] < 0).all(), "off the map is solid"


def test_dock_database(tmp_path: Path) -> None:
    path = tmp_path / "docks.yaml"
    path.write_text(
        "docks: {a: {type: charger_dock, frame: map, pose: [1, 2, 0]}, b: {type: station, pose: [3, 4, 1]}}"
    )
    docks = load_docks(path)
    assert {name: dock.kind for name, dock in docks.items()} == {"a": "charger", "b": "station"}
    assert docks["a"].staging == Pose2D(-1.0, 2.0, 0.0)


@pytest.mark.parametrize(
    "content",
    ["", "docks: 1", "docks: {a: 1}", "docks: {a: {type: t, pose: [1, 2]}}", "docks: {a: {pose: [.nan, 0, 0]}}", "\0"],
)
def test_rubbish_is_no_dock_database(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "docks.yaml"
    path.write_text(content)
    with pytest.raises(AmrError, match=r"nav\.file"):
        load_docks(path)
