"""The site lint: clean on our sites, and each trouble is found where it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_core.errors import AmrError
from amr_core.site import Site, load_site, site_dir
from amr_core.site.lint import Finding, lint, load_checked_site
from amr_core.site.lint.findings import SENTENCES

Raw = dict[str, Any]
Change = Callable[[Raw], None]


@pytest.fixture
def raw() -> Raw:
    data: Raw = yaml.safe_load((site_dir("lab") / "site.yaml").read_text(encoding="utf-8"))
    return data


def _lint(raw: Raw) -> list[Finding]:
    return lint(Site.model_validate(raw))


@pytest.mark.parametrize("site", ["cai_cui", "lab"])
def test_our_sites_are_clean(site: str) -> None:
    assert lint(load_site(site)) == []
    assert load_checked_site(site).id == site


def _item(raw: Raw, group: str, name: str) -> Raw:
    found: Raw = next(i for i in raw[group] if i["id"] == name)
    return found


_DOOR = {"id": "roller", "kind": "roller", "x": 9.0, "y": 4.0, "width": 2.0, "lanes": ["south"]}


def _wall(raw: Raw) -> None:
    raw["walls"].append({"id": "new", "points": [[7.0, 2.5], [7.0, 5.0]]})


def _lane_beside_wall(raw: Raw) -> None:
    raw["walls"].append({"id": "new", "points": [[9.0, 4.5], [11.0, 4.5]], "thickness": 0.1})


def _lane_tight(raw: Raw) -> None:
    raw["walls"].append({"id": "new", "points": [[7.0, 4.62], [7.2, 4.62]], "thickness": 0.1})


def _pillar_in_pocket(raw: Raw) -> None:
    raw["boxes"].append({"id": "new", "kind": "column", "x": 12.3, "y": 1.6, "size_x": 0.2, "size_y": 0.2})


def _dead_end(raw: Raw) -> None:
    raw["lanes"].append({"id": "stub", "points": [[10.0, 8.0], [10.0, 8.9]]})


def _one_way_out(raw: Raw) -> None:
    raw["lanes"].remove(_item(raw, "lanes", "cross"))
    raw["lanes"].append({"id": "cross", "points": [[10.0, 6.0], [10.0, 8.0]]})
    raw["places"][0]["stations"][0].update(x=8.5, y=7.0, theta=3.141593, lane="cross")


def _drop_west_lane(raw: Raw) -> None:
    raw["lanes"].remove(_item(raw, "lanes", "west"))
    raw["places"] = [p for p in raw["places"] if p["id"] != "X1"]


def _two_stations_at_once(raw: Raw) -> None:
    raw["places"][0]["stations"][1]["x"] = 6.9


def _far_station(raw: Raw) -> None:
    raw["places"][0]["stations"][0]["theta"] = 1.570796


def _station_near_corner(raw: Raw) -> None:
    raw["places"][0]["stations"][0]["x"] = 4.15


def _capacity_over_a_station(raw: Raw) -> None:
    s = raw["places"][0]["stations"][0]
    square = [[s["x"] + a, s["y"] + b] for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    raw["zones"].append({"id": "full", "kind": "capacity", "polygon": square, "capacity": 2})


def _fire_lane(raw: Raw, x: float, y: float) -> None:
    square = [[x + a, y + b] for a, b in ((-0.2, -0.2), (0.2, -0.2), (0.2, 0.2), (-0.2, 0.2))]
    raw["zones"].append({"id": "escape", "kind": "fire_lane", "polygon": square})


def _fire_lane_at_a_station(raw: Raw) -> None:
    s = raw["places"][0]["stations"][0]
    _fire_lane(raw, s["x"], s["y"])


def _station(raw: Raw) -> str:
    return str(raw["places"][0]["stations"][0]["id"])


def _conveyor_named_as_a_door(raw: Raw) -> None:
    raw["doors"].append({"id": "BT1", "kind": "dock", "x": 9.0, "y": 0.0, "width": 2.0})
    raw["conveyors"] = [{"id": "BT1", "station": _station(raw)}]


CASES: list[tuple[str, Change]] = [
    ("site.lane_through_wall", _wall),
    ("site.lane_narrow", _lane_beside_wall),
    ("site.lane_narrow", lambda r: r["lanes"][0].update(width=0.8)),
    ("site.lane_tight", _lane_tight),
    ("site.lane_in_keepout", lambda r: r["zones"][1].update(polygon=[[9, 3], [11, 3], [11, 5], [9, 5]])),
    ("site.turn_blocked", _lane_beside_wall),
    ("site.spur_blocked", _pillar_in_pocket),
    ("site.dead_end", _dead_end),
    ("site.dead_end", _drop_west_lane),
    ("site.unreachable", _one_way_out),
    ("site.station_overlap", _two_stations_at_once),
    ("site.station_on_lane", lambda r: r["places"][0]["stations"][0].update(y=3.2)),
    ("site.no_root", _far_station),
    ("site.root_offset", _station_near_corner),
    ("site.too_few_parking", lambda r: r.update(parking=r["parking"][:1])),
    ("site.leaf_blocks", lambda r: r["places"][0]["stations"][0].update(y=3.2)),
    ("site.leaf_in_capacity", _capacity_over_a_station),
    ("site.few_chargers", lambda r: r.update(chargers=[])),
    ("site.head_on", lambda r: r["lanes"][4].update(two_way=True)),
    ("site.duplicate_id", lambda r: r["parking"][0].update(id="CH1")),
    ("site.unknown_lane", lambda r: r["chargers"][0].update(lane="nowhere")),
    ("site.fleet_parking", lambda r: r["fleet"][0].update(parking="P2")),
    ("site.load_type", lambda r: r["load_types"][0].update(robots=["crane"])),
    ("site.duplicate_id", lambda r: r["load_types"].append(r["load_types"][0])),
    ("site.duplicate_id", lambda r: r.update(gates=[{"id": "in_1", "cameras": ["left"]}] * 2)),
    ("site.fleet_parking", lambda r: r["fleet"][0].update(parking="P9")),
    ("site.unknown_robot_type", lambda r: r["fleet"][0].update(type="hovercraft")),
    ("site.duplicate_marker", lambda r: r["chargers"][0].update(marker=1)),
    ("site.no_marker", lambda r: r["chargers"][0].pop("marker")),
    ("site.mover_blocked", lambda r: r["movers"][0].update(route=[[7.0, 6.0], [7.0, 7.0]])),
    ("site.mover_in_pocket", lambda r: r["movers"][0].update(route=[[6.0, 2.5], [6.0, 1.0]])),
    ("site.demand_without_place", lambda r: r["demand"]["mix"][0].update(drop="gate")),
    ("site.demand_without_place", lambda r: r["demand"]["mix"][0].update(pick="dock", drop="dock")),
    ("site.door_lane", lambda r: r["doors"].append({**_DOOR, "lanes": ["north"]})),
    ("site.door_blocked", lambda r: r["doors"].append({**_DOOR, "x": 6.0, "y": 2.0})),
    ("site.fire_lane_blocked", _fire_lane_at_a_station),
    ("site.fire_lane_unused", lambda r: _fire_lane(r, 0.5, 0.5)),
    ("site.conveyor", lambda r: r.update(conveyors=[{"id": "BT1", "station": "P1"}])),
    ("site.conveyor", lambda r: r.update(conveyors=[{"id": n, "station": _station(r)} for n in ("BT1", "BT2")])),
    ("site.conveyor", _conveyor_named_as_a_door),
    ("site.outside", lambda r: r["lanes"][0]["points"].__setitem__(0, [1e9, 4.0])),
]


def test_every_finding_has_a_case() -> None:
    of_levels = {code for code in SENTENCES if code.startswith(("site.level", "site.lift", "site.off_level"))}
    # tests/unit/test_site_levels.py has those, tests/unit/test_fleet_air_locks.py the air-locks
    assert {code for code, _ in CASES} == set(SENTENCES) - of_levels - {"site.air_lock"}


@pytest.mark.parametrize(("code", "change"), CASES)
def test_trouble_is_found(raw: Raw, code: str, change: Change) -> None:
    change(raw)
    findings = _lint(raw)
    assert code in [f.code for f in findings]
    severities = [f.severity for f in findings]
    assert severities == sorted(severities)
    assert all(f.code in str(f) and f.message for f in findings)


def test_a_lane_through_a_wall_is_named_with_its_place(raw: Raw, tmp_path: Path) -> None:
    _wall(raw)
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(AmrError) as raised:
        load_checked_site(str(tmp_path))
    assert raised.value.code == "site.lane_through_wall"
    assert raised.value.facts == {"lane": "south", "obstacle": "new", "x": 7.0, "y": 4.0}


def test_other_errors_are_counted(raw: Raw, tmp_path: Path) -> None:
    raw["fleet"][0]["parking"] = "P9"
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(AmrError) as raised:
        load_checked_site(str(tmp_path))
    assert raised.value.code == "site.lint"
    assert raised.value.facts["count"] == 1
    assert "P9" in str(raised.value)


def test_a_zone_that_crosses_itself_does_no_harm(raw: Raw) -> None:
    raw["zones"][0]["polygon"] = [[4.8, 0.4], [9.2, 3.0], [9.2, 0.4], [4.8, 3.0]]
    assert not [f for f in _lint(raw) if f.severity == "error"]
