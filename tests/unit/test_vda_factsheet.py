"""What a factsheet means: it is held against the type of the site, and a restarted master still knows it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from amr_core.robots import FORK_ROBOT, LIFT_AMR, ROBOT_TYPES, RobotType
from amr_core.vda5050 import LOADS_FIELD
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import FileShelf, MemoryShelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.vda_desk import ALL, Desk, leading, mission
from tests.vda_pair import schema

EACH = pytest.mark.parametrize("spelling", ALL, ids=lambda s: s.version)
WORDS = {
    "speedMax": "maximumSpeed", "accelerationMax": "maximumAcceleration", "decelerationMax": "maximumDeceleration",
    "maxLoadMass": "maximumLoadMass", "maxWeight": "maximumWeight", "agvGeometry": "mobileRobotGeometry",
    "polygonPoints": "vertices", "set": "envelope2dId",
}  # fmt: skip


AT = ("x", "y", "theta")


def word(name: str, spelling: Spelling) -> str:
    return name if spelling.major == 2 else WORDS.get(name, name)


def sheet_of(spelling: Spelling, **parts: dict[str, Any]) -> dict[str, Any]:
    """Return our factsheet with parts of it changed, by the names of 2.1; it fits the schema."""
    body = factsheet(LIFT_AMR, spelling)
    for part, values in parts.items():
        body.setdefault(word(part, spelling), {}).update({word(k, spelling): v for k, v in values.items()})
    head = {"headerId": 1, "timestamp": "2026-11-27T00:00:00.000Z", "version": spelling.version,
            "manufacturer": "ACME", "serialNumber": "1"}  # fmt: skip
    assert list(schema(spelling.version, "factsheet").iter_errors({**head, **body})) == []
    return body


def told(desk: Desk) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what the fleet hears about the factsheet."""
    desk.say()
    assert desk.told is not None
    return [(e.code, e.level, dict(e.facts)) for e in desk.told.errors if "factsheet" in e.code]


def with_sheet(spelling: Spelling, **parts: dict[str, Any]) -> Desk:
    desk = Desk(spelling, kind=LIFT_AMR)
    desk.receive("factsheet", sheet_of(spelling, **parts), retained=True)
    return desk


def load_set(spelling: Spelling, load_type: str, **values: float) -> dict[str, Any]:
    size = {k: v for k, v in values.items() if k in ("length", "width")}
    known = {k: v for k, v in values.items() if k not in (*size, *AT)}
    row: dict[str, Any] = {"setName": load_type, "loadType": load_type, "description": "a load"}
    row |= {word(k, spelling): v for k, v in known.items()}
    row |= {"boundingBoxReference": {"z": 0.0, **at}} if (at := {k: values[k] for k in AT if k in values}) else {}
    return row | ({"loadDimensions": size} if size else {})


def curve(spelling: Spelling, *points: tuple[float, float]) -> dict[str, Any]:
    rows = [{"x": x, "y": y} for x, y in points]
    return {"envelopes2d": [{word("set", spelling): "DEFAULT", word("polygonPoints", spelling): rows}]}


@EACH
@pytest.mark.parametrize("kind", ROBOT_TYPES.values(), ids=lambda k: k.name)
def test_our_own_robots_fit_their_types(spelling: Spelling, kind: RobotType) -> None:
    desk = Desk(spelling, kind=kind)
    desk.receive("factsheet", factsheet(kind, spelling))
    assert told(desk) == []
    # 2.1, 6.15.1: without a position "the AGV has no load handling device", and these pick and drop.
    assert factsheet(kind, spelling)["loadSpecification"]["loadPositions"] == [kind.handling.kind]


@EACH
@pytest.mark.parametrize(("part", "field", "value", "expected"), [
    ("physicalParameters", "length", 1.6, 1.59), ("physicalParameters", "width", 1.25, 1.24),
])  # fmt: skip
def test_a_robot_larger_than_what_is_kept_free_gets_no_orders(
    spelling: Spelling, part: str, field: str, value: float, expected: float
) -> None:
    desk = with_sheet(spelling, **{part: {field: value}})
    facts = {"field": f"physicalParameters.{field}", "told": value, "type": "lift_amr", "expected": expected}
    assert told(desk) == [("vda.factsheet_unfit", "FATAL", facts)]
    desk.master.order(mission(3))
    assert desk.orders(desk.wait(12.0)) == []
    desk.receive("factsheet", sheet_of(spelling))  # somebody has put it right
    assert told(desk) == []
    assert desk.orders(desk.sent) or desk.orders(desk.wait(0.3))


@EACH
@pytest.mark.parametrize(("field", "value", "expected"), [("length", 1.5, 1.35), ("width", 1.02, 1.0)])
def test_a_robot_that_takes_of_the_margin_works_and_it_is_told(
    spelling: Spelling, field: str, value: float, expected: float
) -> None:
    desk = with_sheet(spelling, physicalParameters={field: value})
    facts = {"field": f"physicalParameters.{field}", "told": value, "type": "lift_amr", "expected": expected}
    assert told(desk) == [("vda.factsheet_margin", "WARNING", facts)]
    assert leading(desk)["nodes"]


@EACH
def test_a_curve_may_take_one_margin_at_each_side(spelling: Spelling) -> None:
    for x, code in ((0.675, ""), (0.79, "vda.factsheet_margin"), (0.80, "vda.factsheet_unfit")):
        points = (x, 0.4), (x, -0.4), (-0.5, -0.4), (-0.5, 0.4)
        desk = with_sheet(spelling, agvGeometry=curve(spelling, *points), physicalParameters={"length": 1.2})
        assert [told_code for told_code, _, _ in told(desk)] == ([code] if code else [])


@EACH
def test_its_envelope_curves_count_from_its_own_centre(spelling: Spelling) -> None:
    """1.3 m long and 0.8 m wide would fit; but it is not in the middle."""
    parts = {"physicalParameters": {"length": 1.3, "width": 0.8}}
    points = (0.95, 0.4), (0.95, -0.4), (-0.35, -0.4), (-0.35, 0.4)  # ahead it may be 0.675 and the margin of 0.12
    desk = with_sheet(spelling, agvGeometry=curve(spelling, *points), **parts)
    ((code, level, facts),) = told(desk)
    assert (code, level, facts["field"], facts["told"]) == ("vda.factsheet_unfit", "FATAL", "envelopes2d, front", 0.95)
    centred = [(x - 0.3, y) for x, y in points]
    assert told(with_sheet(spelling, agvGeometry=curve(spelling, *centred), **parts)) == []


@EACH
def test_the_load_that_it_carries_here_must_fit_and_no_other(spelling: Spelling) -> None:
    wide = load_set(spelling, "EPAL", length=1.2, width=1.3)
    ((code, level, facts),) = told(with_sheet(spelling, loadSpecification={"loadSets": [wide]}))
    assert (code, level, facts["field"]) == ("vda.factsheet_unfit", "FATAL", "loadSets.EPAL.width")
    sets = [load_set(spelling, "EPAL", length=1.2, width=0.8), load_set(spelling, "XLT1200", length=2.4, width=1.3)]
    assert told(with_sheet(spelling, loadSpecification={"loadSets": sets})) == []


@EACH
@pytest.mark.parametrize(("at", "field", "reach", "code"), [
    ({"x": 1.2, "y": 0.0}, "front", 1.8, "unfit"), ({"x": -1.2, "y": 0.0}, "rear", 1.8, "unfit"),
    ({"x": 0.0, "y": 0.3}, "half width", 0.7, "unfit"), ({"x": 0.0, "y": -0.3}, "half width", 0.7, "unfit"),
    ({"x": 0.15, "y": 0.0}, "front", 0.75, "margin"), ({"x": 0.0, "y": 0.15}, "half width", 0.55, "margin"),
    ({"x": 0.0, "y": 0.0, "theta": math.pi / 2}, "half width", 0.6, "margin"),
    ({"x": 0.2, "y": 0.0, "theta": math.pi / 2}, "half width", 0.6, "margin"),
    ({"x": 0.05, "y": 0.1}, "", 0.0, ""), ({"x": 0.0, "y": 0.0, "theta": math.pi}, "", 0.0, ""),
])  # fmt: skip
def test_a_load_counts_from_the_robots_own_centre(
    spelling: Spelling, at: dict[str, float], field: str, reach: float, code: str
) -> None:
    """1.2 m by 0.8 m; traffic keeps 0.675 m ahead and behind, 0.5 m at each side, and the margin of 0.12 m."""
    row = load_set(spelling, "EPAL", length=1.2, width=0.8, **at)
    heard = told(with_sheet(spelling, loadSpecification={"loadSets": [row]}))
    expected = [(f"vda.factsheet_{code}", f"loadSets.EPAL, {field}", reach)] if code else []
    assert [(c, f["field"], f["told"]) for c, _, f in heard] == expected


@EACH
def test_a_load_without_a_size_is_where_its_reference_is(spelling: Spelling) -> None:
    row = load_set(spelling, "EPAL", x=0.9, y=0.0)
    ((code, _, facts),) = told(with_sheet(spelling, loadSpecification={"loadSets": [row]}))
    assert (code, facts["field"], facts["told"]) == ("vda.factsheet_unfit", "loadSets.EPAL, front", 0.9)


@EACH
def test_corners_stay_within_the_disc_that_is_kept_free_where_it_turns(spelling: Spelling) -> None:
    """0.79 m ahead and 0.61 m aside each take of the margin; the corner sweeps 0.998 m, the disc has 0.960 m."""
    points = (0.79, 0.61), (0.79, -0.61), (-0.5, -0.61), (-0.5, 0.61)
    heard = told(with_sheet(spelling, agvGeometry=curve(spelling, *points)))
    assert [(c, f["field"], f["told"], f["expected"]) for c, level, f in heard if level == "FATAL"] == [
        ("vda.factsheet_unfit", "envelopes2d, radius", 0.998, 0.96)
    ]
    cut = (0.79, 0.4), (0.6, 0.61), (0.6, -0.61), (0.79, -0.4)  # its corners are cut off
    heard = told(with_sheet(spelling, agvGeometry=curve(spelling, *cut)))
    assert {level for _, level, _ in heard} == {"WARNING"}
    heard = told(with_sheet(spelling, physicalParameters={"length": 1.58, "width": 1.23}))
    assert [f["field"] for _, level, f in heard if level == "FATAL"] == ["physicalParameters, radius"]
    for at in ({}, {"x": 0.0, "y": 0.0}):
        row = load_set(spelling, "EPAL", length=1.58, width=1.23, **at)
        heard = told(with_sheet(spelling, loadSpecification={"loadSets": [row]}))
        assert [f["field"] for _, level, f in heard if level == "FATAL"] == ["loadSets.EPAL, radius"]


@EACH
@pytest.mark.parametrize(("part", "values"), [
    ("agvGeometry", {"envelopes2d": [{"set": "x", "envelope2dId": "x"}]}), ("agvGeometry", "round"),
    ("agvGeometry", {"envelopes2d": [{"polygonPoints": [{"x": "a"}], "vertices": [{"x": 1.0}]}]}),
    ("loadSpecification", {"loadSets": [{"setName": "x"}]}), ("loadSpecification", {"loadSets": "many"}),
    ("loadSpecification", {"loadSets": [{"loadType": "EPAL", "boundingBoxReference": {"x": 1.0}}]}),
])  # fmt: skip
def test_a_shape_that_cannot_be_read_leaves_the_limits(spelling: Spelling, part: str, values: Any) -> None:
    body = sheet_of(spelling)
    limits = body["protocolLimits"]["maxStringLens" if spelling.major == 2 else "maximumStringLengths"]
    limits["idLen" if spelling.major == 2 else "maximumIdLength"] = 12
    body[word(part, spelling)] = values
    desk = Desk(spelling, kind=LIFT_AMR)
    desk.receive("factsheet", body)
    assert (desk.master.sheet.series, desk.master.sheet.id_length) == ("lift_amr", 12)
    ((code, level, facts),) = told(desk)
    assert (code, level) == ("vda.factsheet_unread", "WARNING")
    assert word(part, spelling) in facts["reason"]
    assert max(len(n["nodeId"]) for n in leading(desk)["nodes"]) <= 12


@EACH
def test_a_factsheet_that_cannot_be_read_is_told_until_one_can(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    body = sheet_of(spelling)
    body["physicalParameters"]["length"] = "long"
    for kept in (False, True):
        desk.receive("factsheet", body)
        ((code, level, facts),) = told(desk)
        assert (code, level) == ("vda.factsheet_unread", "WARNING")
        assert "physicalParameters.length" in facts["reason"]
        assert (desk.master.sheet.series == "lift_amr") == kept
        desk.receive("factsheet", sheet_of(spelling))
        assert told(desk) == []
    desk.master.receive(desk.now, desk.topic("factsheet"), b"{", retained=False)
    assert [code for code, _, _ in told(desk)] == ["vda.factsheet_unread"]
    desk.receive("factsheet", body, serialNumber="2")  # of another robot: nothing is known of it
    assert desk.master.counts["vda.address"] == 1


@EACH
@pytest.mark.parametrize(("part", "field", "value"), [
    ("typeSpecification", "maxLoadMass", 500.0), ("physicalParameters", "speedMax", 0.8),
    ("physicalParameters", "accelerationMax", 0.2), ("physicalParameters", "decelerationMax", 0.4),
])  # fmt: skip
def test_a_weaker_robot_works_and_it_is_told(spelling: Spelling, part: str, field: str, value: float) -> None:
    desk = with_sheet(spelling, **{part: {field: value}})
    ((code, level, facts),) = told(desk)
    assert (code, level, facts["field"], facts["told"]) == ("vda.factsheet_differs", "WARNING", field, value)
    assert leading(desk)["nodes"]


def test_a_faster_robot_is_told_only_when_nothing_holds_it_back() -> None:
    fast = {"physicalParameters": {"speedMax": 3.0}}
    assert told(with_sheet(V2_1, **fast)) == []
    desk = Desk(V2_1, kind=LIFT_AMR)
    body = sheet_of(V2_1, **fast)
    body["protocolFeatures"]["optionalParameters"] = []
    desk.receive("factsheet", body)
    assert [(code, facts["field"]) for code, _, facts in told(desk)] == [("vda.factsheet_differs", "speedMax")]


@EACH
def test_a_load_set_that_takes_less_weight_is_told(spelling: Spelling) -> None:
    light = load_set(spelling, "EPAL", maxWeight=300.0)
    ((code, _, facts),) = told(with_sheet(spelling, loadSpecification={"loadSets": [light]}))
    assert (code, facts["field"], facts["expected"]) == ("vda.factsheet_differs", "loadSets.EPAL.maxWeight", 1200.0)


@pytest.mark.parametrize("spelling", [V2_0, V2_1], ids=lambda s: s.version)
@pytest.mark.parametrize(("types", "said", "differs"), [
    (("EPAL", "XLT1200"), "EPAL", 0), (("XLT1200",), "XLT1200", 0), (("A", "B"), "EPAL", 1), ((), "EPAL", 0),
])  # fmt: skip
def test_a_load_is_called_what_the_factsheet_calls_it(
    spelling: Spelling, types: tuple[str, ...], said: str, differs: int
) -> None:
    desk = with_sheet(spelling, loadSpecification={"loadSets": [load_set(spelling, name) for name in types]})
    assert [code for code, _, _ in told(desk)] == differs * ["vda.factsheet_differs"]
    pick = leading(desk)["nodes"][-1]["actions"][0]
    assert {p["key"]: p["value"] for p in pick["actionParameters"]}["loadType"] == said


@EACH
def test_of_the_load_types_of_a_site_those_that_a_factsheet_does_not_name_are_told(spelling: Spelling) -> None:
    body = sheet_of(spelling)
    body["loadSpecification"] = {"loadSets": [load_set(spelling, "JUMBO"), load_set(spelling, "OWN")]}
    desk = Desk(spelling, kind=LIFT_AMR, carried=("JUMBO", "XLT1200", "EPAL"))
    desk.receive("factsheet", body)
    assert [(f["field"], f["told"], f["expected"]) for _, level, f in told(desk) if level == "WARNING"] == [
        (LOADS_FIELD, "JUMBO, OWN", "EPAL"), (LOADS_FIELD, "JUMBO, OWN", "XLT1200"),
    ]  # fmt: skip
    wide = load_set(spelling, "JUMBO", length=1.2, width=1.6)
    body["loadSpecification"] = {"loadSets": [wide, load_set(spelling, "OWN", width=9.0)]}
    desk.receive("factsheet", body)
    assert [f["field"] for _, level, f in told(desk) if level == "FATAL"] == ["loadSets.JUMBO.width"]


@EACH
def test_without_pick_and_drop_it_is_told_before_an_order_fails(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    body = sheet_of(spelling)
    features, key = body["protocolFeatures"], "agvActions" if spelling.major == 2 else "mobileRobotActions"
    features[key] = [row for row in features[key] if row["actionType"] not in ("pick", "drop")]
    desk.receive("factsheet", body)
    assert told(desk) == [("vda.factsheet_ability", "WARNING", {"action": name}) for name in ("pick", "drop")]


@EACH
def test_a_restarted_master_knows_the_factsheet_and_asks_for_it_all_the_same(
    spelling: Spelling, tmp_path: Path
) -> None:
    desk = Desk(spelling, FileShelf(tmp_path), LIFT_AMR)
    desk.receive("factsheet", sheet_of(spelling, physicalParameters={"length": 2.0}))
    assert [code for code, _, _ in told(desk)] == ["vda.factsheet_unfit"]
    again = Desk(spelling, FileShelf(tmp_path), LIFT_AMR)
    assert [code for code, _, _ in told(again)] == ["vda.factsheet_unfit"]
    again.master.order(mission(3))
    sent = again.wait(5.0)
    assert again.orders(sent) == []
    assert again.instants(again.sent).count("factsheetRequest") >= 1
    other = Desk(spelling, FileShelf(tmp_path), FORK_ROBOT)
    assert told(other)[0][2]["type"] == "fork_robot"  # held against what the site says now


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": "2.1.0"}', b'{"length": NaN}', b"\xff\xfe"])
def test_a_kept_factsheet_that_is_broken_is_as_good_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.factsheet.json").write_bytes(content)
    desk = Desk(V2_1, FileShelf(tmp_path), LIFT_AMR)
    assert told(desk) == []
    desk.receive("factsheet", sheet_of(V2_1))
    assert desk.master.sheet.series == "lift_amr"
    assert json.loads((tmp_path / "r.factsheet.json").read_bytes())["serialNumber"] == "1"


def test_a_factsheet_of_the_robot_that_had_the_name_before_is_not_heeded() -> None:
    shelf = MemoryShelf()
    head = {"version": "2.1.0", "manufacturer": "ACME", "serialNumber": "0"}
    shelf.save_sheet("r", json.dumps({**head, **sheet_of(V2_1, physicalParameters={"length": 9.0})}).encode())
    desk = Desk(V2_1, shelf, LIFT_AMR)
    assert told(desk) == []
    assert desk.master.sheet.series == ""


def test_a_full_disk_does_not_lose_the_factsheet_of_now(tmp_path: Path) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    desk = Desk(V2_1, FileShelf(tmp_path, full), LIFT_AMR)
    desk.receive("factsheet", sheet_of(V2_1))
    assert (desk.master.sheet.series, desk.master.counts["store.failed"]) == ("lift_amr", 1)


@EACH
@pytest.mark.parametrize("parts", [
    {"physicalParameters": {"length": "long"}}, {"protocolLimits": "none"}, {"typeSpecification": {"seriesName": 7}},
])  # fmt: skip
def test_rubbish_in_a_factsheet_is_counted_and_what_was_known_stays(spelling: Spelling, parts: dict[str, Any]) -> None:
    desk = with_sheet(spelling)
    body = sheet_of(spelling)
    for part, values in parts.items():
        body[word(part, spelling)] = values
    desk.receive("factsheet", body)
    assert (desk.master.counts["message.invalid"], desk.master.sheet.series) == (1, "lift_amr")


@pytest.mark.parametrize("field", ["length", "width"])
def test_a_negative_size_is_none(field: str) -> None:
    body = sheet_of(V3_0)
    body["physicalParameters"][field] = -1.0
    desk = Desk(V3_0, kind=LIFT_AMR)
    desk.receive("factsheet", body)
    assert [code for code, _, _ in told(desk)] == ["vda.factsheet_unfit"]
