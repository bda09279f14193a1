"""What Open-RMF and receivers of MassRobotics' standard are told of robots, and what a settings file may say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.neighbours.levels import check_levels, levels_of
from amr_fleet.neighbours.massrobotics import AmrReports
from amr_fleet.neighbours.rmf import RmfFleet, RmfMode, RmfPlace, mode_of
from amr_fleet.neighbours.settings import MassRobotics, NeighbourSettings, OpenRmf, load_neighbours
from amr_fleet.ports import Reason
from tests.unit.neighbours_rig import UUID, robot, snapshot

# Open-RMF


@pytest.mark.parametrize(
    ("change", "mode"),
    [
        ({}, RmfMode.IDLE),
        ({"status": "OFFLINE", "v": 1.0}, RmfMode.EMERGENCY),
        ({"status": "ERROR"}, RmfMode.EMERGENCY),
        ({"status": "BUSY", "e_stop": "MANUAL", "v": 1.0}, RmfMode.EMERGENCY),
        ({"status": "PAUSED", "v": 0.3}, RmfMode.PAUSED),
        ({"status": "CHARGING", "charging": True}, RmfMode.CHARGING),
        ({"status": "CHARGING"}, RmfMode.IDLE),
        ({"status": "BUSY", "order_id": "o1", "v": -0.4}, RmfMode.MOVING),
        ({"status": "PARKING", "v": 0.4}, RmfMode.GOING_HOME),
        ({"status": "BUSY", "order_id": "o1"}, RmfMode.WAITING),
        ({"status": "BUSY", "waiting": Reason("wait.traffic")}, RmfMode.WAITING),
    ],
)
def test_the_mode_says_what_a_robot_does(change: dict[str, Any], mode: RmfMode) -> None:
    assert mode_of(robot(**change)) is mode


def test_a_robot_is_told_with_its_order_its_battery_in_percent_and_the_rest_of_its_way() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x"))
    (said,) = fleet.robots(snapshot(robot(order_id="o7", base=[(1.0, 2.0), (4.0, 2.0), (4.0, 6.0)])))
    assert (said.name, said.model, said.task, said.battery) == ("amr_01", "pallet", "o7", 80.0)
    assert said.place == RmfPlace(1.0, 2.0, 0.5, "L1")
    quarter = math.pi / 2
    assert said.path == (RmfPlace(4.0, 2.0, quarter, "L1"), RmfPlace(4.0, 6.0, quarter, "L1"))


def test_a_point_that_stays_keeps_its_heading_to_the_last_bit() -> None:
    """The adapter takes whatever differs by 1e-8 to be a new way."""
    fleet = RmfFleet(OpenRmf(fleet="x", yaw=0.3, x=5.0))
    way = [(4.0, 2.0), (4.0, 6.0), (9.0, 7.0)]
    (before,) = fleet.robots(snapshot(robot(base=[(1.0, 2.0), *way])))
    for passed in (1, 2):
        at = (way[passed - 1][0] + 0.13, way[passed - 1][1] - 0.08)
        (now,) = fleet.robots(snapshot(robot(x=at[0], y=at[1], base=[at, *way[passed:]])))
        assert now.path == before.path[passed:]
    (longer,) = fleet.robots(snapshot(robot(base=[(9.0, 6.9), (9.0, 7.0), (12.0, 7.0)])))
    assert longer.path[0].yaw == pytest.approx(0.3)


def test_our_map_lies_turned_in_theirs() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x", x=100.0, y=-50.0, yaw=math.pi / 2))
    (said,) = fleet.robots(snapshot(robot(theta=math.pi)))
    assert (said.place.x, said.place.y) == pytest.approx((98.0, -49.0))
    assert said.place.yaw == pytest.approx(-math.pi / 2)


def test_what_is_no_number_and_who_is_out_of_traffic_are_left_out() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x"))
    gone = robot(name="amr_02", integration="ignored")
    odd = robot(name="amr_03", x=math.nan)
    flat = robot(name="amr_04", soc=math.nan, base=[(1.0, 2.0), (math.inf, 0.0), (3.0, 2.0)])
    (said,) = fleet.robots(snapshot(gone, odd, flat))
    assert (said.name, said.battery, [(p.x, p.y) for p in said.path]) == ("amr_04", 0.0, [(3.0, 2.0)])


# The file

MASS_FILE = "massrobotics: {manufacturer: m, "


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "neighbours", "valid dictionary"),
        ("other: {}", "other", "not permitted"),
        ("open_rmf: {}", "open_rmf.fleet", "required"),
        ("open_rmf: {fleet: ''}", "open_rmf.fleet", "at least 1"),
        ('open_rmf: {fleet: "a\\nb"}', "open_rmf.fleet", "pattern"),
        ("open_rmf: {fleet: a, hz: 100}", "open_rmf.hz", "less than"),
        ("open_rmf: {fleet: a, x: .nan}", "open_rmf.x", "finite"),
        (MASS_FILE + "receivers: []}", "massrobotics.receivers", "at least 1"),
        (MASS_FILE + "datum: x, receivers: [{name: a, url: 'wss://x'}]}", "massrobotics.datum", ""),
        (MASS_FILE + "receivers: [{name: a, url: 'ws://x'}]}", "massrobotics.receivers.0", "plain"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x', plain: true}]}",
         "massrobotics.receivers.0", "plain"),
        (MASS_FILE + "receivers: [{name: a, url: 'https://x'}]}", "massrobotics.receivers.0", "wss"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://u:p@x'}]}", "massrobotics.receivers.0",
         "password"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x:99999'}]}", "massrobotics.receivers.0",
         "ort"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x', ca_file: /no}]}",
         "massrobotics.receivers.0", "no file"),
        (MASS_FILE + "serials: {a: s, b: s}, receivers: [{name: a, url: 'wss://x'}]}",
         "massrobotics", "one serial"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x'}, {name: a, url: 'wss://y'}]}",
         "massrobotics", "one name"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, where: str, reason: str) -> None:
    file = tmp_path / "neighbours.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AmrError) as caught:
        load_neighbours(file)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)
    assert reason in str(caught.value.facts["reason"])


# Levels

TWO = load_site("two_floor")
LEVELS = levels_of(TWO)


def test_open_rmf_hears_a_robot_and_each_point_of_its_way_on_its_own_level() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x", levels={"ground": "L1"}, x=100.0), LEVELS)
    way = [(14.0, 6.0), (16.6, 6.0), (16.6, 22.0), (14.0, 22.0)]
    (said,) = fleet.robots(snapshot(robot(x=14.0, y=6.0, base=way)))
    assert (said.place.x, said.place.y, said.place.level) == (114.0, 6.0, "L1")
    assert [(p.x, p.y, p.level) for p in said.path] == [
        (pytest.approx(116.6), 6.0, "L1"), (pytest.approx(116.6), 6.0, "upper"), (114.0, 6.0, "upper"),
    ]  # fmt: skip
    (lost,) = fleet.robots(snapshot(robot(x=-3.0, y=14.0)))
    assert lost.place.level == ""
    (one,) = RmfFleet(OpenRmf(fleet="x", level="B1"), levels_of(load_site("lab"))).robots(snapshot(robot()))
    assert (one.place.x, one.place.y, one.place.level) == (1.0, 2.0, "B1")


def test_massrobotics_hears_a_robot_in_the_frame_of_its_level_and_of_its_way_what_lies_there() -> None:
    other = "123E4567-e89b-12d3-a456-426614174000"
    settings = MassRobotics(manufacturer="m", receivers=[{"name": "a", "url": "wss://x/"}], datums={"upper": other})
    made = AmrReports(settings, "two_floor", {"amr_01": "lift_amr"}, LEVELS)
    way = [(14.0, 20.0), (14.0, 22.0), (16.6, 22.0), (16.6, 6.0)]
    (up,) = made.statuses(snapshot(robot(x=14.0, y=20.0, base=way)), 0.0)
    assert (up["location"]["x"], up["location"]["y"], up["location"]["planarDatum"]) == (14.0, 4.0, other.lower())
    assert [(p["x"], p["y"]) for p in up["path"]] == [(14.0, 6.0)]
    assert (up["destinations"][0]["x"], up["destinations"][0]["y"]) == (16.6, 6.0)
    (down,) = made.statuses(snapshot(robot(x=14.0, y=4.0)), 0.0)
    datums = {down["location"]["planarDatum"], up["location"]["planarDatum"], made.datum}
    assert len(datums) == 3
    assert all(UUID.fullmatch(datum) for datum in datums)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"open_rmf": {"fleet": "x", "levels": {"attic": "L3"}}}, "open_rmf.levels"),
        ({"massrobotics": {"manufacturer": "m", "receivers": [{"name": "a", "url": "wss://x/"}],
                           "datums": {"attic": "123e4567-e89b-12d3-a456-426614174000"}}}, "massrobotics.datums"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("site", ["two_floor", "lab"])
def test_a_level_that_the_site_does_not_have_is_named(values: dict[str, Any], name: str, site: str) -> None:
    settings = NeighbourSettings.model_validate(values)
    with pytest.raises(AmrError) as caught:
        check_levels(settings, levels_of(load_site(site)))
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", name)
