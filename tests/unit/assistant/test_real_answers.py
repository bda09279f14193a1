"""What the tools answer of a real engine's fleet, argument by argument: one row that fits, one that does not.

The sets of `eval/` look at which call is made; a wrong figure under a right call is met here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import shapely

from amr_fleet.assistant import tools
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.clocks import fleet_second
from amr_fleet.assistant.effects import touched
from amr_fleet.assistant.foresight import closing
from amr_fleet.assistant.halls import halls_of
from amr_fleet.assistant.live import facts_of, order_row
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.suggestions import suggested
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.report.chosen import period_of
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_report
from amr_fleet.report.texts import ReportTexts
from tests.unit.assistant.real_fleet import BOXES, LANE, PALLETS, near, real_fleet

LABEL = ReportTexts.robot
pytestmark = pytest.mark.timeout(300)  # the fleet drives for minutes of its own time first


@pytest.fixture(scope="module")
def facts() -> Facts:
    return real_fleet().facts


def run(facts: Facts, name: str, **args: Any) -> ToolResult:
    return tools.run(facts, Call(name, {key.rstrip("_"): value for key, value in args.items()}))


def told(facts: Facts, **args: Any) -> set[str]:
    """Return the orders of an answer by their names here; rows and sentence must agree."""
    result = run(facts, "orders_find", **args)
    names = {order: name for name, order in real_fleet().orders.items()}
    found = {names[str(row["order"])] for row in result.rows}
    assert {name for order, name in names.items() if order in result.text} == found, result.text
    assert result.known, result.text
    if not found:
        assert result.text.startswith("Không có đơn nào như vậy.")
    return found


OPEN = {"behind", "late", "picked"}


@pytest.mark.parametrize(
    ("args", "orders"),
    [
        ({"state": "open"}, OPEN),
        ({"state": "waiting"}, {"behind"}),
        ({"state": "active"}, {"late", "picked"}),
        ({"state": "late"}, {"late"}),
        ({"state": "done"}, {"first"}),
        ({"state": "cancelled"}, {"gone"}),
        ({"state": "failed"}, set()),
        ({}, OPEN | {"first", "gone"}),
        ({"from_": "D01"}, {"first"}),
        ({"from_": "d1"}, {"first"}),
        ({"from_": "D01_2"}, {"first"}),
        ({"from_": "G1"}, {"late"}),
        ({"from_": "B1"}, {"gone"}),
        ({"from_": "A1W"}, set()),
        ({"to": "A1W"}, {"first"}),
        ({"to": "A1E"}, {"picked"}),
        ({"to": "D11"}, {"behind"}),
        ({"to": "D01"}, set()),
        ({"goods": "gạo"}, {"first"}),
        ({"goods": "phan bon"}, {"gone", "late"}),
        ({"goods": "xi măng"}, set()),
        ({"barge": "SL-12"}, {"first"}),
        ({"barge": "CT-12"}, set()),
        ({"container": BOXES[0]}, {"picked"}),
        ({"container": BOXES[1]}, set()),
        ({"priority": "high"}, {"late"}),
        ({"priority": "normal"}, {"behind", "picked", "first", "gone"}),
        ({"due_before": "2000-01-02T04:00:00+07:00"}, {"late"}),
        ({"due_before": "2000-01-02T06:00:00+07:00"}, {"late", "behind"}),
        ({"due_before": "2000-01-01T23:00:00Z"}, {"late", "behind"}),
        ({"due_before": "shift:end"}, {"late", "behind"}),
        ({"due_before": "shift:end", "state": "done"}, {"first"}),
        ({"state": "done", "period": "yesterday"}, {"first"}),
        ({"state": "done", "period": "today"}, set()),
        ({"state": "cancelled", "period": "yesterday"}, {"gone"}),
        ({"state": "cancelled", "period": "today"}, set()),
        ({"state": "open", "period": "today"}, OPEN),
        ({"state": "open", "period": "yesterday"}, set()),
        ({"state": "late", "period": "today"}, {"late"}),
        ({"state": "late", "period": "yesterday"}, set()),
        ({"period": "yesterday"}, {"first", "gone"}),
        ({"period": "today"}, OPEN),
        ({"period": "last_week"}, set()),
        ({"period": "2000-01-02T05:00/2000-01-02T10:00", "state": "open"}, {"behind", "picked"}),
        ({"from_": "D01", "state": "open"}, set()),
    ],
)
def test_orders_by_each_argument_are_those_and_no_others(facts: Facts, args: dict[str, Any], orders: set[str]) -> None:
    """By place, barge and goods it took what ends in the same number; of ended ones and of periods it knew nothing."""
    assert told(facts, **args) == orders


def test_orders_by_robot_are_its_own(facts: Facts) -> None:
    robot, other = real_fleet().robot("picked"), real_fleet().robot("late")
    assert robot != other
    for name in (robot, LABEL(robot), robot[-1]):
        assert "picked" in told(facts, robot=name)
        assert "late" not in told(facts, robot=name)
    assert told(facts, robot=other) >= {"late"}


def test_what_is_open_is_told_before_what_ended_and_apart_from_it(facts: Facts) -> None:
    result = run(facts, "orders_find", priority="normal")
    assert result.text.startswith("2 đơn chưa xong: ")
    assert "; 2 đơn đã kết thúc: " in result.text
    assert [row["state"] for row in result.rows][2:] == ["đã xong", "đã hủy"] or [row["state"] for row in result.rows][
        2:
    ] == ["đã hủy", "đã xong"]


def test_of_a_queue_gone_by_and_of_orders_too_long_ago_it_says_what_it_does_not_know() -> None:
    """Who waited at a time gone by is written down nowhere; of thousands of ended orders the newest are looked at."""
    fleet = real_fleet()
    past = run(fleet.facts, "orders_find", state="waiting", period="2000-01-02T00:00/2000-01-02T00:00:30")
    assert not past.known or not past.rows
    cut = facts_of(fleet.snapshot, fleet.cargo, fleet.site, fleet.ended, limit=len(fleet.ended))
    # An order of before that may have ended today: made first, delivered last.
    today = ({"state": "done", "period": "today"}, {"state": "late", "period": "today"})
    for args in (*today, {"state": "done"}, {"period": "yesterday"}, {"state": "cancelled", "period": "last_week"}):
        assert "chỉ xét những đơn tạo từ 23:5" in run(cut, "orders_find", **args).text
    counted = run(with_figures(cut), "orders_find", state="done", period="yesterday")
    assert counted.text.endswith(" Cả kỳ: 1 đơn đã xong.")
    assert "Cả kỳ" not in run(with_figures(cut), "orders_find", state="done", period="yesterday", goods="gạo").text
    for args in ({"state": "open"}, {"period": "today", "state": "open"}):
        assert "chỉ xét" not in run(cut, "orders_find", **args).text


def test_orders_without_their_times_are_told_as_not_looked_at_by_period(facts: Facts) -> None:
    bare = facts.model_copy(
        update={"orders": tuple(row.model_copy(update={"created": "", "finished": ""}) for row in facts.orders)}
    )
    for args in ({"state": "done", "period": "yesterday"}, {"period": "yesterday"}):
        result = run(bare, "orders_find", **args)
        assert not result.known
        assert "Chưa lọc theo kỳ" in result.text
    assert not run(facts, "orders_find", state="done", period="someday").known


# --- one order


def test_an_order_that_ended_says_how_and_when(facts: Facts) -> None:
    """It said "there is no such order", and that nobody knows when it would come."""
    first, gone = (real_fleet().orders[name] for name in ("first", "gone"))
    for name in (first, first[1:], str(int(first[1:]))):
        got = run(facts, "order_get", order=name)
        assert got.text.startswith(f"Đơn {first} đã xong, gạo từ D01 đến A1W, robot AMR-"), name
        assert "lúc 23:5" in got.text
        assert "ngày 01/01" in got.text
    assert run(facts, "order_eta", order=first).text.startswith(f"Đơn {first} đã xong lúc 23:5")
    assert run(facts, "order_eta", order=gone).text.startswith(f"Đơn {gone} đã hủy lúc 23:5")


def test_an_order_of_long_ago_is_looked_up(facts: Facts) -> None:
    fleet = real_fleet()
    rows = {order.order_id: order_row(order) for order in fleet.ended}
    first = fleet.orders["first"]
    here = facts_of(fleet.snapshot, fleet.cargo, fleet.site).model_copy(update={"older": rows.get})
    assert "đã xong" in run(here, "order_get", order=first).text
    assert not run(here, "order_get", order="T999999").known


def test_an_order_that_will_be_late_says_so(facts: Facts) -> None:
    assert "trễ hạn" in run(facts, "order_get", order=real_fleet().orders["late"]).text
    assert "trễ hạn" not in run(facts, "order_get", order=real_fleet().orders["picked"]).text
    assert f"Đơn {real_fleet().orders['late']} khi nào tới?" in suggested(facts, "operator")
    assert ", 1 đơn trễ." in run(facts, "fleet_status").text


def test_what_the_engine_foresees_as_late_is_late_before_its_deadline() -> None:
    """The page of orders said late, the assistant did not: the deadline has not come, and no time is foreseen."""
    fleet = real_fleet()
    foreseen = [replace(one, late=one.reason or one.root, deadline=fleet.snapshot.t + 900.0, eta=0.0)
                for one in fleet.snapshot.orders if one.order_id == fleet.orders["behind"]]  # fmt: skip
    assert foreseen[0].late is not None
    facts = facts_of(replace(fleet.snapshot, orders=tuple(foreseen)), (), fleet.site)
    assert told(facts, state="late") == {"behind"}
    assert told(facts, state="waiting") == {"behind"}


# --- robots and places


def standing(facts: Facts, place: str) -> set[str]:
    result = run(facts, "robots_list", place=place)
    rows = {str(row["robot"]) for row in result.rows}
    assert all(name in result.text for name in rows)
    return rows


def test_a_robot_at_a_station_is_at_its_place(facts: Facts) -> None:
    """It was at "D03_1", which nobody asks for: "cửa 3 có robot nào không" was answered with none."""
    fleet = real_fleet()
    there, station = LABEL(fleet.robot("picked")), fleet.node("picked")
    for name in ("D03", "d3", station):
        assert standing(facts, name) == {there}
        assert f"robot {there}" in run(facts, "station_state", station=name).text
    for name in ("D01", "D04", "A3W", "D02_1"):
        assert standing(facts, name) == set()
        assert "không có robot" in run(facts, "station_state", station=name).text
    assert "ở D03," in run(facts, "robot_get", robot=there).text
    empty = {row["station"] for row in run(facts, "station_state").rows}
    assert "D04" in empty
    assert "A1W" not in empty, "a pallet lies there"


def test_robots_on_lanes_and_in_zones_are_where_they_drive() -> None:
    """They were at "SE@005.9"."""
    fleet = real_fleet()
    assert fleet.driving is not None
    facts = facts_of(fleet.driving, (), fleet.site)
    stations = {row.robot for row in facts.robots if "@" not in next(
        one.node for one in fleet.driving.robots if one.name == row.robot)}  # fmt: skip
    seen = 0
    for lane in fleet.site.lanes:
        found = standing(facts, lane.id)
        for name, point in fleet.truth.items():
            if name not in stations and near(point, lane.points) < 0.5:
                assert LABEL(name) in found, lane.id
                seen += 1
            if near(point, lane.points) > 3.0:
                assert LABEL(name) not in found, lane.id
    assert seen, "nobody drives"
    assert not any("@" in row.where for row in facts.robots)
    assert not any("@" in str(row["where"]) for row in run(facts, "robots_list").rows)


def test_a_robot_in_a_zone_of_the_site_is_found_there(facts: Facts) -> None:
    fleet = real_fleet()
    there = LABEL(fleet.robot("picked"))  # D03 lies on the apron of hall A
    assert there in standing(facts, "dock_apron_a")
    assert standing(facts, "dock_apron_b") == set()


def test_a_robot_in_a_hall_is_found_there_and_the_hall_can_be_closed() -> None:
    """No site file names a hall: "kho A có robot nào" listed all robots of the site."""
    fleet = real_fleet()
    assert fleet.driving is not None
    facts = facts_of(fleet.driving, (), fleet.site)
    assert facts.vocabulary.halls == ("A", "B")
    names = {LABEL(name): x for name, (x, y) in fleet.truth.items() if 1.5 < y < 49.5}
    assert standing(facts, "A") == {name for name, x in names.items() if x < 59.0}
    assert standing(facts, "B") == {name for name, x in names.items() if x > 61.0}
    reading, _ = Understanding(facts).read("kho A có robot nào không?")
    assert reading.calls == (Call("robots_list", {"place": "A"}),)
    shut = closing("B", fleet.site, zone_id="K-1")
    assert shut is not None
    inside = shapely.Polygon(shut.polygon)
    for lane, whole in (("X1", True), ("A2", False)):
        points = next(one.points for one in fleet.site.lanes if one.id == lane)
        assert inside.contains(shapely.LineString(points)) is whole
    assert closing("C", fleet.site, zone_id="K-1") is None
    alone = fleet.site.model_copy(update={"zones": [zone for zone in fleet.site.zones if zone.id == "storage_a"]})
    assert halls_of(alone) == {}
    lanes = [lane.model_copy(update={"id": "A"}) if lane.id == "X1" else lane for lane in fleet.site.lanes]
    assert set(halls_of(fleet.site.model_copy(update={"lanes": lanes}))) == {"B"}


def test_robots_by_state_type_and_battery(facts: Facts) -> None:
    fleet = real_fleet()
    paused = LABEL(fleet.robot("picked"))
    everybody = {LABEL(robot.name) for robot in fleet.snapshot.robots}
    assert {row["robot"] for row in run(facts, "robots_list", state="paused").rows} == {paused}
    assert paused not in {row["robot"] for row in run(facts, "robots_list", state="idle").rows}
    assert {row["robot"] for row in run(facts, "robots_list", battery_below=101).rows} == everybody
    assert run(facts, "robots_list", battery_below=1).rows == ()
    kinds = {kind: {LABEL(one.name) for one in fleet.snapshot.robots if one.type == kind}
             for kind in {one.type for one in fleet.snapshot.robots}}  # fmt: skip
    for kind, names in kinds.items():
        assert {row["robot"] for row in run(facts, "robots_list", type=kind).rows} == names
    assert run(facts, "robots_list", type="forklift_of_others").rows == ()


def test_of_a_place_that_the_site_does_not_have_it_says_so(facts: Facts) -> None:
    for name, argument in (("robots_list", "place"), ("station_state", "station")):
        result = run(facts, name, **{argument: "D99"})
        assert not result.known
        assert result.text == "Không có chỗ “D99”."


def test_closing_a_place_names_who_is_there(facts: Facts) -> None:
    fleet = real_fleet()
    call = Call("zone_close", {"zone": "dock_apron_a"})
    assert any(LABEL(fleet.robot("picked")) in line for line in touched(facts, call))


# --- loads, zones


def test_loads_by_each_argument(facts: Facts) -> None:
    def found(**args: Any) -> set[str]:
        result = run(facts, "cargo_where", **args)
        return {str(row["sscc"] or row["container"]) for row in result.rows}

    assert found(sscc=PALLETS[0]) == {PALLETS[0]}
    assert run(facts, "cargo_where", sscc=PALLETS[0]).text == f"1 kiện: {PALLETS[0]} ở A1W."
    assert found(goods="gao") == {PALLETS[0]}
    assert PALLETS[0] in found(station="A1W")
    assert PALLETS[0] in found(station="A1W_2")
    assert PALLETS[0] not in found(station="A1E")
    assert found(container=BOXES[1]) == set()
    assert not run(facts, "cargo_where", container=BOXES[1]).known


def test_where_a_load_was_in_a_period_is_told_of_its_rides(facts: Facts) -> None:
    """The period was left out: "yesterday" was answered with where it is now."""

    def found(**args: Any) -> set[str]:
        return {str(row["sscc"]) for row in run(facts, "cargo_where", **args).rows}

    assert PALLETS[0] in found(station="D01", period="yesterday")
    assert found(station="D01", period="today") == set()
    assert PALLETS[0] in found(station="A1W", period="today")
    assert found(station="A1W", period="last_week") == set()
    assert f"{PALLETS[0]}: D01 đến 23:5" in run(facts, "cargo_where", sscc=PALLETS[0], period="yesterday").text
    bare = facts.model_copy(update={"cargo": tuple(row.model_copy(update={"rides": None}) for row in facts.cargo)})
    result = run(bare, "cargo_where", sscc=PALLETS[0], period="yesterday")
    assert (result.known, "Bây giờ: " in result.text) == (False, True)


def test_zones_by_state_and_by_who_set_them(facts: Facts) -> None:
    def found(**args: Any) -> set[str]:
        return {str(row["zone"]) for row in run(facts, "zones_list", **args).rows}

    camera = "camera:C12:person_near:1"
    assert found(state="closed") == {LANE}
    assert found(state="held") == {camera}
    assert found(state="slow") == set()
    assert found(source="camera") == {camera}
    assert found(source="C12") == {camera}
    assert found(source="C11") == set()
    assert found(source="person") == {LANE}
    assert found() == {LANE, camera}
    assert run(facts, "station_state", station=LANE).text.startswith(f"{LANE}: đang đóng bởi lan từ 00:")
    assert "bị giữ bởi camera C12" in run(facts, "station_state", station="crossing_90_south").text
    assert "không có lệnh đóng" in run(facts, "station_state", station="A3").text


# --- figures of a shift of a day


def with_figures(facts: Facts) -> Facts:
    fleet = real_fleet()

    def figures(begin: datetime, end: datetime) -> Report:
        period = period_of(fleet.run.journal, *(fleet_second(at, fleet.snapshot.t) for at in (begin, end)))
        return make_report(fleet.run.journal, fleet.site, period)

    return facts.model_copy(update={"figures": figures})


@pytest.mark.parametrize(
    ("shift", "date", "said", "done"),
    [
        ("night", "yesterday", "Ca 22:00-06:00 ngày 01/01: Đã xong 1 trên", True),
        ("night", "2000-01-01", "Ca 22:00-06:00 ngày 01/01: Đã xong 1 trên", True),
        ("afternoon", "yesterday", "Ca 14:00-22:00 ngày 01/01: Đã xong 0 trên 0", True),
        ("morning", "yesterday", "Ca 06:00-14:00 ngày 01/01: Đã xong 0 trên 0", True),
        ("morning", "today", "Không biết", False),  # it has not begun
        ("night", "today", "Không biết", False),  # last night's figures are not tonight's
        ("night", "last_week", "Không biết", False),
        ("", "yesterday", "Đã xong 1 trên", True),
        ("current", "", "Đã xong 1 trên", True),
        ("current", "today", "Đã xong 1 trên", True),
    ],
)
def test_a_shift_of_a_day_is_that_days(facts: Facts, shift: str, date: str, said: str, done: bool) -> None:
    """The day was dropped: "ca sáng hôm qua" was answered with the figures of this morning."""
    args = {name: value for name, value in (("shift", shift), ("date", date)) if value}
    result = run(with_figures(facts), "shift_summary", **args)
    assert result.text.startswith(said)
    assert result.known is done
