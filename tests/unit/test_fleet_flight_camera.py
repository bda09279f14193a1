"""A count by the pictures of the simulated camera and the product's own reader: what was planted is found, nothing
else, and what could not be read is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from amr_fleet.flight_requests import AbortFlight, CreateFlight
from amr_fleet.flight_views import DifferenceView, FlightView
from amr_lab.flight_bench.rig import FlightCamera
from amr_perception.codes.rack_reader import RackReader
from amr_sim.shelves import picture
from amr_uav.plan import inventory_plan
from amr_uav.sample_stock import sscc
from amr_uav.site import FlightSite
from tests.unit.flight_rig import FLYING, FlightRig

pytestmark = pytest.mark.timeout(900)  # hundreds of pictures are drawn and read
FIRST, SECOND = "F000001", "F000002"
ROWS = {row.id: row for row in FLYING.rows}


def small(bays: int) -> FlightSite:
    """The first two aisles with fewer bays, since each cell is many pictures."""
    return FLYING.model_copy(update={"rows": [row.model_copy(update={"bays": bays}) for row in FLYING.rows[:4]]})


def flown(rig: FlightRig, flight: str = FIRST) -> FlightView:
    """Let it fly to its end."""
    rig.start(rig.view(flight))
    assert rig.until(lambda: rig.view(flight).state in ("DONE", "ABORTED", "CANCELLED"), 900.0)
    assert (rig.outside, rig.under) == (0, [])
    return rig.view(flight)


def told(differences: Iterable[DifferenceView]) -> list[tuple[str, str]]:
    """Kinds with their loads, or cells, of those that nobody has settled."""
    return sorted((d.kind, d.load_id or d.cell) for d in differences if not d.checked_by)


def test_pictures_find_what_was_planted_and_nothing_else() -> None:
    """Twenty differences: loads that are missing, strange, in another aisle, or with a torn label."""
    rig = FlightRig(each=5, camera=0.0, site=small(4))
    rig.planned()
    done = flown(rig)
    found, planted = told(done.differences), rig.stock.planted
    assert len(planted) == 20
    recall = len(set(found) & planted) / len(planted)
    false = [one for one in found if one not in planted]
    assert (recall >= 0.95, false, done.unknown) == (True, [], 0), (recall, false)


def test_what_lost_pictures_left_unread_is_looked_at_again_from_nearer_and_ends_as_no_task() -> None:
    rig = FlightRig(each=1, camera=0.75, site=small(3))
    rig.planned()
    first = flown(rig)
    unread = first.unreadable + first.unknown
    assert unread > 1, "too few pictures of some cells"
    assert {d.sure for d in first.differences if d.kind == "missing"} == {False}
    second = rig.view(SECOND)
    assert (second.again, second.state, len(second.plan.cells)) == (FIRST, "PLANNED", unread)
    rig.camera = FlightCamera(rig.site, rig.stock.racks, 2, 0.0)
    rig.craft.soc = 1.0
    again = flown(rig, SECOND)
    assert again.state == "DONE"
    left = told([*rig.view(FIRST).differences, *again.differences])
    assert set(left) == rig.stock.planted
    assert len(left) == len(set(left)), "no task twice"
    assert {d.checked_by for d in rig.view(FIRST).differences} == {SECOND}, (
        "what the first could not be sure of is settled"
    )
    assert len(rig.engine.world.state.flights.flights) == 2, "what is torn stays torn: no third look"


def test_a_second_look_is_nearer_only_at_its_cells_and_can_be_called_off() -> None:
    rig = FlightRig(each=1, site=small(3))
    rig.planned()
    first = flown(rig)
    torn = [d.cell for d in first.differences if d.kind == "unreadable"]
    plan = rig.view(SECOND).plan
    assert list(plan.cells) == torn
    spot = next(w for w in plan.waypoints if w.scan)
    assert ROWS[torn[0].split("-")[0]].distance(spot.x, spot.y) == pytest.approx(1.125)
    assert rig.ask(AbortFlight(flight_id=SECOND, user="lan")).state == "CANCELLED"
    assert told(rig.view(FIRST).differences) == told(first.differences), "what the first has found stays"


def test_the_second_look_of_an_older_count_gives_way_to_the_next_count() -> None:
    """Else twenty counts leave twenty open flights, and the next one is refused."""
    rig = FlightRig(each=1, site=small(3))
    torn = next(cell for kind, cell in rig.stock.planted if kind == "unreadable")
    place, level = ROWS[torn.split("-")[0]].place, int(torn.rsplit("-", 1)[1])
    rig.planned([place], [level])
    flown(rig)
    assert rig.view(SECOND).state == "PLANNED"
    rig.craft.soc = 1.0
    third = rig.ask(CreateFlight(task="inventory_flight", places=(place,), levels=(level,), user="lan"))
    assert third.flight_id == "F000003"
    flown(rig, "F000003")
    assert (rig.view(SECOND).state, rig.view("F000004").state) == ("CANCELLED", "PLANNED")


def swapped(rig: FlightRig, one: str, other: str) -> None:
    racks = rig.stock.racks
    racks[one], racks[other] = racks[other], racks[one]


def test_loads_that_changed_places_between_aisles_are_found_both_within_one_the_book_does_not_know() -> None:
    rig = FlightRig(each=0)
    of: dict[str, list[str]] = {"B1": [], "B2": []}
    for cell in (c for c in rig.stock.racks if c.endswith("-1")):
        of.get(ROWS[cell.split("-")[0]].place, []).append(cell)
    (a, b, c), d = of["B1"][:3], of["B2"][0]
    moved = {rig.stock.racks[a], rig.stock.racks[d]}
    swapped(rig, a, d)
    swapped(rig, b, c)
    rig.planned(["B1", "B2"], [1])
    done = flown(rig)
    assert {(one.kind, one.load_id) for one in done.differences} == {("misplaced", load) for load in moved}
    assert all(one.order_id for one in done.differences)
    assert len(rig.engine.world.state.flights.flights) == 1, "all was read: nothing to look at again"


def shown(load: str, seed: int = 5) -> Any:
    return picture(load, 1.5, 0.0, np.random.default_rng(seed))


def test_a_picture_that_comes_after_the_aircraft_went_on_is_still_of_the_cell_it_was_taken_of() -> None:
    reader = RackReader()
    reader.state(1.0, FIRST, "a", 0.9)
    reader.picture(1.0, shown(sscc(1)))
    reader.state(1.2, FIRST, "a", 0.9)
    reader.picture(1.2, shown(sscc(1), 6))  # late: the state of its time was first
    (one,) = reader.state(1.4, FIRST, "", 0.9)
    assert (one.reading.cell, one.reading.state, one.reading.sscc) == ("a", "label", sscc(1))
    reader.picture(1.5, shown(sscc(2)))  # on its way to the next cell
    assert reader.state(1.6, FIRST, "b", 1.55) == []
    reader.picture(1.7, shown(sscc(3)))
    assert reader.state(1.8, FIRST, "b", 1.55) == []
    assert reader.state(2.0, FIRST, "", 1.55) == [], "one picture is not enough"


def test_the_plan_of_a_second_look_holds_all_its_ways() -> None:
    plan = inventory_plan(FLYING, ["B1", "B2"], again={"B2E-03-2"})
    assert (plan.cells, plan.places) == (("B2E-03-2",), ("B1", "B2"))
    assert all(plan.volume.holds(*w.at) for w in plan.waypoints)
