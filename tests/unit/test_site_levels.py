"""Levels and lifts of a site: what the lint finds, what is built, how the roadmap joins the floors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from amr_core.errors import AmrError
from amr_core.gridmap import FREE, UNKNOWN
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.build import PARK_SPEED
from amr_core.site import Site, load_site, site_dir
from amr_core.site.build import check_fresh
from amr_core.site.generators.graph import route_graph
from amr_core.site.generators.raster import occupied_at
from amr_core.site.lint import lint
from amr_core.site.lint.findings import SENTENCES
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.places import space_at

SITE = load_site("two_floor")
ROADMAP = build_roadmap(SITE)
WAY = ROADMAP.lifts[0]
Raw = dict[str, Any]


def raw() -> Raw:
    data: Raw = yaml.safe_load((site_dir("two_floor") / "site.yaml").read_text(encoding="utf-8"))
    return data | {"id": "changed"}


def test_two_floor_lints_without_errors_and_its_files_are_fresh() -> None:
    assert lint(SITE) == []
    assert check_fresh("two_floor") == []


@pytest.mark.parametrize("site", ["lab", "cai_cui"])
def test_sites_with_one_level_are_built_as_before(site: str) -> None:
    assert check_fresh(site) == []
    assert all(e.manoeuvre != "ride" for e in build_roadmap(load_site(site)).edges.values())


def test_a_point_of_the_sheet_is_on_one_level() -> None:
    names = [None if (level := SITE.level_at(*p)) is None else level.id for p in ((5, 5), (5, 21), (5, 14), (40, 5))]
    assert names == ["ground", "upper", None, None]
    assert load_site("lab").level_at(5, 5) is None


def test_rides_join_the_cabins_and_take_the_time_of_door_and_cabin() -> None:
    ground, upper = WAY.stops
    assert (ground.node, upper.node) == ("lift_1@ground", "lift_1@upper")
    for a, b in ((ground, upper), (upper, ground)):
        ride = ROADMAP.edge_between(a.node, b.node)
        assert ride.manoeuvre == "ride"
        assert ride.length == 4.5
        assert ride.length / ride.max_speed == pytest.approx(4.5 / 0.5 + 2 * 4.0)
        assert ride.id in b.elements
        assert ride.id not in a.elements
    assert WAY.longest_s == pytest.approx(17.0)
    assert ROADMAP.nodes[ground.node].kind == "cabin"
    into = ROADMAP.edge_between("g_east@002.0", ground.node)
    assert (into.manoeuvre, into.max_speed) == ("park", PARK_SPEED)


def test_routes_between_floors_lead_through_the_lift_and_count_its_time() -> None:
    path = ROADMAP.shortest_path("D1_1", "B1_1")
    assert [e.manoeuvre for e in path].count("ride") == 1
    graph = TrafficGraph(ROADMAP)
    start, goal = graph.node_index["D1_1"], graph.node_index["B1_1"]
    assert graph.distances(start)[goal] == pytest.approx(sum(e.length / e.max_speed for e in path))
    closed = graph.mask(sorted(WAY.elements))
    assert graph.path(start, goal, graph.seconds, closed) is None


def test_all_of_a_lift_is_one_robots_on_whatever_level() -> None:
    for name in WAY.elements:
        assert WAY.elements - {name} <= ROADMAP.conflicts[name]
    others = ROADMAP.conflicts["lift_1@ground>lift_1@upper"] - WAY.elements
    assert others == frozenset()  # a ride is in nobody's way on the sheet between the floors


def test_a_zone_between_the_cabins_on_the_sheet_and_a_robot_there_have_nothing_to_do_with_rides() -> None:
    graph = TrafficGraph(ROADMAP)
    ride = graph.edge_ids.index("lift_1@ground>lift_1@upper")
    middle = (16.6, 14.0)
    assert graph.line(ride) == (graph.xy[graph.start[ride]],) * 2
    assert not space_at(graph, *middle) & graph.edge_bit(ride)
    zones = [*raw()["zones"]] if "zones" in raw() else []
    square = [[15, 13], [18, 13], [18, 15], [15, 15]]
    zones.append({"id": "z", "kind": "capacity", "polygon": square, "capacity": 1})
    capped = build_roadmap(Site.model_validate(raw() | {"id": "capped", "zones": zones}))
    assert all(not c.elements for c in capped.capacities)


def test_the_map_is_unknown_between_the_floors_and_the_route_graph_has_no_rides() -> None:
    grid = occupied_at(SITE)

    def cell(x: float, y: float) -> int:
        row, column = (int((v - o) / grid.resolution) for v, o in ((y, grid.origin[1]), (x, grid.origin[0])))
        return int(grid.data[row, column])

    assert (cell(5.0, 3.0), cell(5.0, 19.0), cell(5.0, 14.0)) == (FREE, FREE, UNKNOWN)
    features = json.loads(route_graph(SITE, ROADMAP))["features"]
    names = {f["properties"]["metadata"]["name"] for f in features}
    assert "lift_1@upper" in names
    assert "lift_1@upper>lift_1@ground" not in names
    assert len(names) == len(features) == len(ROADMAP.nodes) + len(ROADMAP.edges) - 2


def _stop(r: Raw, k: int = 1) -> Raw:
    found: Raw = r["lifts"][0]["stops"][k]
    return found


CASES: list[tuple[str, str, Callable[[Raw], object]]] = [
    ("site.level_overlap", "upper", lambda r: r["levels"][1].update(origin=[0, 11])),
    ("site.level_outside", "upper", lambda r: r["levels"][1].update(size=[19, 12.1])),
    ("site.off_level", "Lane across", lambda r: r["lanes"].append({"id": "across", "points": [[14, 8], [14, 20]]})),
    ("site.off_level", "Station P3", lambda r: r["parking"][2].update(y=14.0)),
    ("site.off_level", "Wall g_shaft", lambda r: r["walls"][1]["points"].append([15.4, 14])),
    ("site.level_cut_off", "cellar", lambda r: r["levels"].append(r["levels"][0] | {"id": "cellar"})),
    ("site.lift_stop", "no such level", lambda r: _stop(r).update(level="roof")),
    ("site.lift_stop", "more than once", lambda r: _stop(r).update(level="ground")),
    ("site.lift_stop", "at the same height", lambda r: r["levels"][1].update(height=0)),
    ("site.lift_stop", "cabin is not on that level", lambda r: _stop(r).update(y=6)),
    ("site.lift_stop", "there is no lane u_nowhere", lambda r: _stop(r).update(lane="u_nowhere")),
    ("site.lift_stop", "lane g_east is not on that level", lambda r: _stop(r).update(lane="g_east")),
    ("site.lift_stop", "stands in its doorway", lambda r: _stop(r).update(x=16.3)),
    ("site.lift_small", "2.19 x 1.24", lambda r: r["lifts"][0].update(size=[2.1, 1.8])),
    ("site.lift_small", "2.19 x 1.24", lambda r: r["lifts"][0].update(size=[2.4, 1.2])),
    ("site.no_root", "lift_1@upper", lambda r: _stop(r).update(theta=1.6)),
    ("site.spur_blocked", "lift_1@upper", lambda r: r["walls"].append({"id": "w", "points": [[17, 21.9], [17, 22]]})),
    ("site.duplicate_id", "Level", lambda r: r["levels"].append(dict(r["levels"][0]))),
    ("site.duplicate_id", "Lift", lambda r: r["lifts"].append(dict(r["lifts"][0]))),
]


@pytest.mark.parametrize(("code", "text", "change"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)])
def test_the_lint_finds_levels_and_lifts_that_do_not_fit(code: str, text: str, change: Callable[[Raw], object]) -> None:
    data = raw()
    change(data)
    found = [str(f) for f in lint(Site.model_validate(data)) if f.code == code]
    assert any(text in f for f in found), found


def test_every_finding_about_levels_has_a_case() -> None:
    wanted = {c for c in SENTENCES if c.startswith(("site.level", "site.lift", "site.off_level"))}
    assert wanted <= {case[0] for case in CASES}


def test_a_site_without_its_lift_has_floors_that_cannot_be_reached() -> None:
    data = raw()
    data["lifts"] = []
    codes = {f.code for f in lint(Site.model_validate(data))}
    assert "site.level_cut_off" in codes


def test_the_model_refuses_lifts_that_are_none() -> None:
    wrong: list[Raw] = [{"stops": []}, {"speed": 0}, {"open_s": -1}, {"size": [2.4]}, {"id": "a b"}]
    for change in wrong:
        data = raw()
        data["lifts"][0].update(change)
        with pytest.raises(ValueError, match="lifts"):
            Site.model_validate(data)


@pytest.mark.parametrize(("level", "reason"), [("roof", "no level roof"), ("ground", "at ground twice")])
def test_a_roadmap_of_lifts_that_do_not_fit_says_so_also_to_who_did_not_lint(level: str, reason: str) -> None:
    changed = raw()
    _stop(changed)["level"] = level
    with pytest.raises(AmrError, match=reason) as refused:
        build_roadmap(Site.model_validate(changed | {"id": f"stop_{level}"}))
    assert (refused.value.code, refused.value.facts["where"]) == ("site.invalid", "lift lift_1")
