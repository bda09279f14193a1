"""The bench of whole navigation stacks: where its robots drive, and the site that it writes."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_lab.bench.stack import Shuttle, bench_site, per_robot, ways
from amr_navigation.nodes.site_data import site_data


def test_ways_are_apart_and_become_the_parking_places_of_a_site(tmp_path: Path) -> None:
    routes = ways(load_site("cai_cui"), site_data("cai_cui").static_map.driveable, 48)
    assert len(routes) == 48
    middles = [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in routes]
    assert min(math.dist(a, b) for a, b in combinations(middles, 2)) > 2.0
    site = load_site(bench_site("cai_cui", routes, tmp_path / "site"))
    bays = {bay.id: bay for bay in site.parking}
    assert [(bays[r.parking].x, bays[r.parking].y) for r in site.fleet] == [(x, y) for x, y, _, _ in routes]
    build_roadmap(site)


def test_a_site_without_room_for_so_many_says_so() -> None:
    with pytest.raises(AmrError, match=r"run\.robot_count"):
        ways(load_site("lab"), site_data("lab").static_map.driveable, 48)


def test_a_shuttle_turns_round_and_measures_from_its_line() -> None:
    shuttle = Shuttle(0.0, 0.0, 4.0, 0.0)
    assert (shuttle.next(), shuttle.next()) == ((0.0, 0.0, 4.0, 0.0), (4.0, 0.0, 0.0, 0.0))
    assert shuttle.lateral(2.0, -0.3) == pytest.approx(0.3)


def test_the_share_of_a_robot_leaves_out_the_client_of_the_bench() -> None:
    figures = {"robots": 4, "cores": {"sim": 0.1, "robots_0": 0.3, "ops": 5.0}}
    assert per_robot(figures) == pytest.approx(0.1)
