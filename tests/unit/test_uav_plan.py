"""Plans and volumes of flights, the site file, and the count."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
import yaml

from amr_core.errors import AmrError
from amr_uav.count import CellReading, differences
from amr_uav.model import FAR, Telemetry, Volume
from amr_uav.plan import check_air, inspection_plan, inventory_plan, seconds_home
from amr_uav.sample_stock import UNREADABLE, sample, sscc
from amr_uav.site import AircraftSpec, FlightSite, Region, ShelfRow, load_flight_site
from tests.unit.flight_rig import FLYING

BOX = Volume(((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)), 2.0, 4.0)


def small(**more: object) -> FlightSite:
    row = ShelfRow(id="R1", place="A", start=(5.0, 0.0), end=(5.0, 6.0), yaw=0.0, bays=3, levels=[1.0, 2.0])
    craft = AircraftSpec(name="uav_01", mass=1.0, endurance=1000.0, cruise=2.0, climb=1.0, max_wind=8.0)
    facts = {"aircraft": craft, "pad": (0.0, 0.0), "transit": 5.0, "ceiling": 9.0, "rows": [row], **more}
    return FlightSite.model_validate(facts)


def test_a_volume_meets_what_is_over_some_ground_only_between_its_heights() -> None:
    way = shapely.LineString([(-5.0, 5.0), (15.0, 5.0)])
    assert BOX.meets(way, 3.0, 3.0)
    assert BOX.meets(way, 0.0, 9.0), "through all of it"
    assert not BOX.meets(way, 4.5, 9.0)
    assert not BOX.meets(way, 0.0, 1.9)
    assert not BOX.meets(shapely.LineString([(-5.0, -1.0), (15.0, -1.0)]), 3.0, 3.0)
    assert BOX.meets(shapely.Point(5.0, 5.0), 0.0, 2.0)


def test_a_volume_knows_what_is_in_it() -> None:
    assert BOX.holds(5.0, 5.0, 3.0)
    assert not BOX.holds(5.0, 5.0, 4.6, 0.5)
    assert BOX.holds(10.4, 5.0, 4.4, 0.5)
    assert BOX.within(((-1.0, -1.0), (11.0, -1.0), (11.0, 11.0), (-1.0, 11.0)), 4.0)
    assert not BOX.within(((-1.0, -1.0), (11.0, -1.0), (11.0, 11.0), (-1.0, 11.0)), 3.9)
    assert not BOX.within(((1.0, -1.0), (11.0, -1.0), (11.0, 11.0), (1.0, 11.0)), 9.0)


def test_an_inventory_looks_at_every_cell_once_from_its_stand_off() -> None:
    plan = inventory_plan(small(), ["A"])
    assert sorted(plan.cells) == [f"R1-{bay:02d}-{level}" for bay in (1, 2, 3) for level in (1, 2)]
    assert len(set(plan.cells)) == len(plan.cells)
    looks = [w for w in plan.waypoints if w.scan]
    assert {w.x for w in looks} == {3.5}
    assert [w.y for w in looks] == [1.0, 1.0, 3.0, 3.0, 5.0, 5.0]
    assert [w.z for w in looks] == [1.0, 2.0, 2.0, 1.0, 1.0, 2.0], "up, then down: the shortest way"
    assert plan.waypoints[0].at == plan.waypoints[-1].at == (0.0, 0.0, 5.0)
    assert [w.z for w in plan.waypoints if not w.scan] == [5.0] * 4, "in and out from above"
    assert plan.energy == pytest.approx(plan.seconds / 1000.0)
    assert plan.volume.z0 == 0.0
    assert all(plan.volume.holds(*w.at) for w in plan.waypoints)


def test_only_some_levels_and_places() -> None:
    plan = inventory_plan(small(), ["A"], [2])
    assert {cell[-1] for cell in plan.cells} == {"2"}
    with pytest.raises(AmrError) as error:
        inventory_plan(small(), ["A"], [7])
    assert error.value.facts["where"] == "levels"
    for places in (["B"], []):
        with pytest.raises(AmrError) as error:
            inventory_plan(small(), places)
        assert error.value.code == "flight.invalid"


def test_an_inspection_goes_to_points_between_floor_and_ceiling() -> None:
    plan = inspection_plan(small(), [(3.0, 3.0, 2.0), (6.0, 3.0, 7.0)])
    assert plan.cells == ("P1", "P2")
    assert [w.at for w in plan.waypoints if w.scan] == [(3.0, 3.0, 2.0), (6.0, 3.0, 7.0)]
    for bad in ([], [(math.nan, 0.0, 2.0)], [(0.0, 0.0, 0.1)], [(0.0, 0.0, 10.0)], [(2 * FAR, 0.0, 2.0)]):
        with pytest.raises(AmrError) as error:
            inspection_plan(small(), bad)
        assert error.value.code == "flight.invalid"


def test_a_flight_and_its_way_home_keep_out_of_no_fly_volumes() -> None:
    wall = Region(name="wall", polygon=[(2.0, -9.0), (2.5, -9.0), (2.5, 9.0), (2.0, 9.0)], z1=9.0)
    with pytest.raises(AmrError) as error:
        inventory_plan(small(no_fly=[wall]), ["A"])
    assert (error.value.code, error.value.facts["volume"]) == ("flight.no_fly", "wall")
    low = wall.model_copy(update={"z1": 0.9})
    inventory_plan(small(no_fly=[low]), ["A"])
    # Only the way home, in the diagonal from the last cell, would pass through this one.
    aside = Region(name="crane", polygon=[(1.0, 1.2), (1.4, 1.2), (1.4, 1.8), (1.0, 1.8)], z0=4.0, z1=6.0)
    with pytest.raises(AmrError, match="crane"):
        inventory_plan(small(no_fly=[aside]), ["A"])


def box(x: float, y: float, z0: float, z1: float) -> Region:
    """A region of 0.2 m around a point."""
    sides = [(x - 0.1, y - 0.1), (x + 0.1, y - 0.1), (x + 0.1, y + 0.1), (x - 0.1, y + 0.1)]
    return Region(name="box", polygon=sides, z0=z0, z1=z1)


@pytest.mark.parametrize(
    ("region", "free"),
    [
        (box(1.75, 1.0, 4.5, 6.0), False),  # between the ways home from (3.5, 1) and (3.5, 3)
        (box(1.75, 1.0, 5.5, 6.0), True),  # above them
        (box(3.5, 2.0, 3.0, 4.0), False),  # above a leg at 2 m, on the way up to the height of ways
        (box(3.5, 2.0, 0.0, 0.9), True),  # below it
        (box(4.2, 2.0, 0.0, 9.0), True),  # beside all
    ],
)
def test_the_way_home_is_free_from_every_point_of_a_leg_and_not_only_from_its_ends(region: Region, free: bool) -> None:
    if free:
        inventory_plan(small(no_fly=[region]), ["A"])
        return
    with pytest.raises(AmrError, match="box"):
        inventory_plan(small(no_fly=[region]), ["A"])


def test_an_outline_that_crosses_itself_is_no_region() -> None:
    with pytest.raises(ValueError, match="crosses itself"):
        Region(name="bow", polygon=[(0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)], z1=9.0)


def test_what_is_higher_than_allowed_is_refused() -> None:
    plan = inventory_plan(small(), ["A"])
    with pytest.raises(AmrError) as error:
        check_air(small(ceiling=5.5), plan)
    assert error.value.code == "flight.too_high"


def test_the_way_home_takes_its_time() -> None:
    assert seconds_home(small(), 0.0, 0.0, 5.0) == pytest.approx(5.5)
    assert seconds_home(small(), 20.0, 0.0, 1.0) == pytest.approx(4.0 + 0.5 + 10.0 + 0.5 + 5.5 - 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"t": math.nan}, {"x": 2 * FAR}, {"y": -2 * FAR}, {"z": 900.0}, {"z": -50.0}, {"soc": 1.2}, {"soc": -0.1},
        {"wind": -1.0}, {"item": -1}, {"yaw": math.inf},
    ],
)  # fmt: skip
def test_a_report_from_outside_the_world_is_none(wrong: dict[str, float]) -> None:
    good = Telemetry(t=1.0, soc=0.5)
    assert good.fault() == ""
    assert replace(good, **wrong).fault()  # type: ignore[arg-type]


def test_the_reference_site_can_be_counted_and_others_cannot(tmp_path: Path) -> None:
    plan = inventory_plan(FLYING, ["B1", "B2"])
    assert len(plan.cells) == 96
    assert plan.energy < 0.4
    assert load_flight_site("lab") is None
    (tmp_path / "site.yaml").write_text("id: x\n")
    path = tmp_path / "flight.yaml"
    good = yaml.safe_load((Path(__file__).parents[2] / "maps" / "cai_cui" / "flight.yaml").read_text(encoding="utf-8"))
    for wrong in ({**good, "transit": 20.0}, {**good, "rows": [good["rows"][0]] * 2}, {**good, "more": 1}, [1], "x"):
        path.write_text(yaml.safe_dump(wrong), encoding="utf-8")
        with pytest.raises(AmrError) as error:
            load_flight_site(str(tmp_path))
        assert error.value.code == "flight.site_invalid"
    path.write_bytes(b"\xff\xfe: [")
    with pytest.raises(AmrError):
        load_flight_site(str(tmp_path))


def test_every_kind_of_difference() -> None:
    place_of = {"a": "A", "b": "A", "c": "B", "d": "B", "e": "C"}
    book = {"1": "A", "2": "A", "3": "B", "4": "C", "5": ""}
    readings = {
        "a": CellReading("a", "label", "1"), "b": CellReading("b", "label", "3"), "c": CellReading("c", "unreadable"),
        "d": CellReading("d", "label", "9"), "e": CellReading("e", "label", "5"),
    }  # fmt: skip
    found = differences(readings, place_of, book, ["A", "B", "C"])
    rows = {(d.kind, d.load_id, d.found, d.booked, d.cell, d.sure) for d in found}
    assert rows == {
        ("misplaced", "3", "A", "B", "b", True),
        ("unreadable", "", "B", "", "c", True),
        ("not_in_book", "9", "B", "", "d", True),
        ("misplaced", "5", "C", "", "e", True),
        ("missing", "2", "", "A", "", True),
        ("missing", "4", "", "C", "", True),
    }
    # What is booked elsewhere is not missed here, and a cell that nobody saw makes a missing load doubtful.
    (missing,) = differences({}, {"a": "A"}, {"1": "A", "4": "C"}, ["A"])
    assert (missing.kind, missing.load_id, missing.sure) == ("missing", "1", False)
    assert differences({"a": CellReading("a", "label", "1")}, {"a": "A", "b": "A"}, {"1": "A"}, ["A"]) == []


def test_sample_stock_differs_as_it_says() -> None:
    for seed in range(5):
        stock = sample(FLYING, seed, each=5)
        assert stock == sample(FLYING, seed, each=5)
        place_of = {row.cell(b, n): row.place for row in FLYING.rows for b in range(8) for n in range(3)}
        readings = {
            cell: CellReading(cell, "unreadable" if (load := stock.racks.get(cell)) == UNREADABLE
                              else "label" if load else "empty", load if load and load != UNREADABLE else "")
            for cell in place_of
        }  # fmt: skip
        found = [d.kind for d in differences(readings, place_of, stock.book, {row.place for row in FLYING.rows})]
        counts = {kind: found.count(kind) for kind in set(found)}
        assert counts == {"misplaced": 5, "not_in_book": 5, "unreadable": 5, "missing": 5}
    assert sscc(1) != sscc(2)
    assert len(sscc(1)) == 18
