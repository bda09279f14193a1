"""robot.launch.py with real Nav2: every server of every robot type configures and activates."""

from __future__ import annotations

import heapq
import itertools
import json
import math
import time
from pathlib import Path

import pytest

from amr_core.site import site_dir
from tests.real.nav2_asked import SUCCEEDED, ask
from tests.real.real_support import Program, Real

pytestmark = pytest.mark.nav2
DRIVERS = str(Path(__file__).with_name("standing.launch.py"))
LONG = pytest.mark.real_long


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("site", "robot"),
    [
        pytest.param("lab", "amr_01", marks=LONG, id="lab-lift_amr"),
        pytest.param("lab", "amr_02", marks=LONG, id="lab-fork_robot"),
        pytest.param("cai_cui", "amr_01", marks=LONG, id="cai_cui-lift_amr"),
        pytest.param("cai_cui", "amr_04", id="cai_cui-fork_robot"),
    ],
)
def test_every_server_is_active(site: str, robot: str, real: Real) -> None:
    robots = real.launch("robot.launch.py", site=site, robot=robot, drivers=DRIVERS, respawn="false")
    lanes = graph(site)
    goal, way = farthest(lanes)
    figures = ask(real, robots, robot, "active", "0", str(goal), within=150.0)
    assert figures["active_after"] > 0.0
    route = figures["route"]
    assert (route["status"], route["code"]) == (SUCCEEDED, 0), f"{route}\n{robots.tail}"
    assert (route["nodes"][0], route["nodes"][-1]) == (0, goal), route
    driven = sum(lanes[pair] for pair in itertools.pairwise(route["nodes"]))  # each pair is a lane, its way round
    assert 0.95 * driven < route["length"] < driven + 0.5  # the server rounds corners off
    assert driven >= way - 0.5, "not shorter than the shortest"
    for word in ("CRITICAL FAILURE", "Failed to change state"):
        assert word not in robots.words, robots.tail
    assert _masks_arrived(robots), robots.tail


def graph(site: str) -> dict[tuple[int, int], float]:
    """Return the edges of the route graph in the site's folder: from node, to node: length (m)."""
    features = json.loads((site_dir(site) / "graph.geojson").read_text())["features"]
    lanes = {}
    for feature in features:
        if feature["geometry"]["type"] == "MultiLineString":
            (points,), ends = feature["geometry"]["coordinates"], feature["properties"]
            length = sum(math.dist(a, b) for a, b in itertools.pairwise(points))
            lanes[ends["startid"], ends["endid"]] = length
    return lanes


def farthest(lanes: dict[tuple[int, int], float]) -> tuple[int, float]:
    """Return the node that is farthest from node 0, and the metres of the shortest way."""
    following: dict[int, list[tuple[int, float]]] = {}
    for (node, other), length in lanes.items():
        following.setdefault(node, []).append((other, length))
    ways, open_ends = {}, [(0.0, 0)]
    while open_ends:
        way, node = heapq.heappop(open_ends)
        if node not in ways:
            ways[node] = way
            for other, length in following.get(node, ()):
                heapq.heappush(open_ends, (way + length, other))
    goal = max(ways, key=lambda node: ways[node])
    return goal, ways[goal]


def _masks_arrived(robots: Program) -> bool:
    """Return whether there comes a time without a costmap's complaint about its mask: it makes one at each update."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        before = len(robots.words)
        time.sleep(2.0)
        if "was not received" not in robots.words[before:]:
            return True
    return False
