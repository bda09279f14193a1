"""The roadmap: connected, made of short edges, with symmetric conflicts."""

import math

import pytest
from pydantic import ValidationError

from amr_core.geometry import wrap_angle
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.roadmap.splitting import MAX_EDGE, leaves
from amr_core.site import Site, Zone, load_site
from amr_core.site.lint.network import main_group
from amr_core.site.solids import area_of

SITES = ["cai_cui", "lab"]


@pytest.fixture(scope="module", params=SITES)
def site(request: pytest.FixtureRequest) -> Site:
    return load_site(request.param)


@pytest.fixture(scope="module")
def roadmap(site: Site) -> Roadmap:
    return build_roadmap(site)


def test_it_is_built_once(site: Site, roadmap: Roadmap) -> None:
    assert build_roadmap(site) is roadmap
    assert build_roadmap(load_site(site.id)) is roadmap


def test_another_site_with_the_same_id_is_built_anew(site: Site, roadmap: Roadmap) -> None:
    other = site.model_copy(update={"parking": site.parking[:-1]})
    assert len(build_roadmap(other).nodes) == len(roadmap.nodes) - 1
    assert len(build_roadmap(site).nodes) == len(roadmap.nodes)


def test_everything_reaches_everything(roadmap: Roadmap) -> None:
    assert main_group(roadmap) == set(roadmap.nodes)


def test_routes_exist_between_parking_and_stations(site: Site, roadmap: Roadmap) -> None:
    for parking in site.parking:
        for _, _, station in leaves(site):
            out = roadmap.shortest_path(parking.id, station.id)
            back = roadmap.shortest_path(station.id, parking.id)
            if station.id != parking.id:
                assert (out[0].manoeuvre, back[-1].manoeuvre) == ("unpark", "park")
                assert (out[-1].end, back[-1].end) == (station.id, parking.id)


def test_drive_edges_are_short_and_keep_limits(site: Site, roadmap: Roadmap) -> None:
    lanes = {lane.id: lane for lane in site.lanes}
    for edge in roadmap.edges.values():
        a, b = roadmap.nodes[edge.start], roadmap.nodes[edge.end]
        assert edge.length == pytest.approx(math.hypot(b.x - a.x, b.y - a.y), abs=1e-3)
        assert edge.id == f"{edge.start}>{edge.end}"
        if edge.manoeuvre == "drive":
            assert 0.3 <= edge.length <= MAX_EDGE + 1e-6
            assert edge.max_speed <= lanes[edge.lane].max_speed
        else:
            assert edge.max_speed == (0.3 if edge.manoeuvre in ("dock", "undock") else 0.5)


def test_spurs_are_straight_along_the_station_heading(roadmap: Roadmap) -> None:
    for edge in roadmap.edges.values():
        if edge.manoeuvre in ("dock", "park"):
            root, leaf = roadmap.nodes[edge.start], roadmap.nodes[edge.end]
            assert root.kind == "junction"
            assert leaf.theta is not None
            assert abs(wrap_angle(math.atan2(leaf.y - root.y, leaf.x - root.x) - leaf.theta)) < 1e-3


def test_conflicts_are_symmetric_and_hold_the_ends(roadmap: Roadmap) -> None:
    assert set(roadmap.conflicts) == set(roadmap.nodes) | set(roadmap.edges)
    for name, others in roadmap.conflicts.items():
        assert name not in others
        assert all(name in roadmap.conflicts[other] for other in others)
    for edge in roadmap.edges.values():
        assert {edge.start, edge.end} <= roadmap.conflicts[edge.id]


def test_an_opening_takes_one_robot_a_lane() -> None:
    site = load_site("cai_cui")
    roadmap = build_roadmap(site)
    inside = {
        lane: [
            e.id
            for e in roadmap.edges.values()
            if e.lane == lane
            and e.manoeuvre == "drive"
            and min(roadmap.nodes[n].x for n in (e.start, e.end)) < 61.9
            and max(roadmap.nodes[n].x for n in (e.start, e.end)) > 58.1
        ]
        for lane in ("SE", "SW")
    }
    for lane, edges in inside.items():
        assert len(edges) >= 2
        assert all(b in roadmap.conflicts[a] for a in edges for b in edges if a != b), lane
    assert not any(b in roadmap.conflicts[a] for a in inside["SE"] for b in inside["SW"])


def test_a_capacity_zone_holds_what_lies_in_it() -> None:
    site = load_site("cai_cui")
    zone = Zone(id="Z", kind="capacity", polygon=[(62, 14), (98, 14), (98, 38), (62, 38)], capacity=4)
    roadmap = build_roadmap(site.model_copy(update={"id": "zoned", "zones": [*site.zones, zone]}))
    (found,) = roadmap.capacities
    assert found.limit == 4
    assert {e.lane for e in roadmap.edges.values() if e.id in found.elements} == {"B1", "B2", "B3", "B4", "B5", "B6"}
    with pytest.raises(ValidationError):
        Zone(id="Z", kind="capacity", polygon=[(0, 0), (1, 0), (1, 1)])
    with pytest.raises(ValidationError):
        Zone(id="Z", kind="speed", polygon=[(0, 0), (1, 0), (1, 1)], capacity=2)


def test_robots_pass_docked_robots_and_each_other() -> None:
    roadmap = build_roadmap(load_site("cai_cui"))
    drives = {e.id: e.lane for e in roadmap.edges.values() if e.manoeuvre == "drive"}
    for node in roadmap.nodes.values():
        if node.theta is not None:
            assert not [e for e in roadmap.conflicts[node.id] if e in drives], node.id
            assert not [n for n in roadmap.conflicts[node.id] if n in roadmap.nodes], node.id
    opposite = {"SE": "SW", "NE": "NW"}
    for edge, lane in drives.items():
        if lane in opposite:
            assert not [e for e in roadmap.conflicts[edge] if drives.get(e) == opposite[lane]], edge


def test_zones_limit_edges() -> None:
    roadmap = build_roadmap(load_site("cai_cui"))
    in_opening = [
        e
        for e in roadmap.edges.values()
        if e.manoeuvre == "drive" and 58.5 < roadmap.nodes[e.start].x < 61.5 and e.lane in ("SE", "SW", "NE", "NW")
    ]
    assert in_opening
    assert all(e.max_speed == 0.5 for e in in_opening)


def test_names_are_stable() -> None:
    roadmap = build_roadmap(load_site("lab"))
    assert "south@002.0>D1_1" in roadmap.edges
    assert roadmap.edges["D1_1>south@002.0"].manoeuvre == "undock"


_STAR = [(math.sin(4 * math.pi * k / 5), math.cos(4 * math.pi * k / 5)) for k in range(5)]


@pytest.mark.parametrize(
    ("polygon", "area"),
    [
        ([(0, 0), (10, 0), (10, 10), (0, 10)], 100.0),
        ([(0, 0), (10, 6), (10, 0), (0, 10)], 42.5),
        ([(0, 10), (10, 0), (10, 6), (0, 0)], 42.5),
        (_STAR, 1.12257),
        ([(0, 0), (1, 1), (2, 2)], 0.0),
        ([(0, 0), (0, 0), (0, 0)], 0.0),
    ],
)
def test_an_area_is_all_that_its_outline_goes_around(polygon: list[tuple[float, float]], area: float) -> None:
    found = area_of(polygon)
    assert found.is_valid
    assert found.area == pytest.approx(area, abs=1e-5)
