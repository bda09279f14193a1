"""Second looks at what a count could not read, by what is in the journal: nothing flies here."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.domain.flight_control import move
from amr_fleet.flight_requests import CreateFlight, SetStock
from amr_fleet.flight_views import FlightView
from amr_uav.sample_stock import sscc
from tests.unit.flight_rig import FLYING, FlightRig

FIRST, SECOND = "F000001", "F000002"
PLACES = sorted({row.place for row in FLYING.rows})


def record(rig: FlightRig, flight_id: str) -> FlightRecord:
    """Return a flight as the engine has it."""
    return rig.engine.world.state.flights.get(flight_id)


def read(rig: FlightRig, flight_id: str, unread: Iterable[str] = (), labels: Iterable[tuple[str, str]] = ()) -> None:
    """End a flight that read its cells, empty but for these labels, and not some of them."""
    world, said = rig.engine.world, dict(labels)
    assert world.flights is not None
    for cell in world.flights.plan_of(record(rig, flight_id)).cells:
        if cell not in unread:
            number = said.get(cell, "")
            facts = {"flight": flight_id, "cell": cell, "found": "label" if number else "empty", "sscc": number}
            world.emit("flight_cell", facts=facts)
    move(world, record(rig, flight_id), "DONE")


def counted(rig: FlightRig, places: tuple[str, ...], levels: tuple[int, ...] = ()) -> str:
    """Count these places but for the first cell of each; return the id of that flight."""
    view = rig.ask(CreateFlight(task="inventory_flight", places=places, levels=levels, user="lan"))
    read(rig, view.flight_id, [next(c for c in view.plan.cells if c.startswith(place)) for place in places])
    return str(view.flight_id)


def looks(rig: FlightRig) -> list[tuple[str, str]]:
    """Return which counts have a second look, and how it stands."""
    return [(f.again, f.state) for f in rig.engine.world.state.flights.flights.values() if f.again]


def test_a_count_cancels_only_second_looks_at_cells_that_it_looked_at() -> None:
    """Else nothing says of cells that nobody has read that they were not read."""
    rig = FlightRig(each=0)
    counted(rig, ("B1",), (1,))
    other = counted(rig, ("B1",), (2,))
    assert looks(rig) == [(FIRST, "PLANNED"), (other, "PLANNED")], "another level of the same place"
    both = counted(rig, ("B1", "B2"))
    assert looks(rig) == [(FIRST, "CANCELLED"), (other, "CANCELLED"), (both, "PLANNED")]
    part = counted(rig, ("B1",))
    assert (both, "PLANNED") in looks(rig), f"{part} has not looked at B2"
    said = [e.facts for e in rig.engine.world.entries if e.kind == "flight_state"]
    gone = {one["flight"]: one["user"] for one in said if one["state"] == "CANCELLED"}
    assert set(gone.values()) <= {both}, "no person has cancelled them"


def test_second_looks_that_nobody_flies_keep_nobody_from_planning_a_flight_and_have_an_end() -> None:
    rig = FlightRig(each=0)
    for place in PLACES:
        for level in (1, 2, 3):
            counted(rig, (place,), (level,))
    assert len(looks(rig)) == 18
    wish = CreateFlight(task="inventory_flight", places=("B1",), user="lan")
    for _ in range(20):
        assert isinstance(rig.ask(wish), FlightView)
    refused = rig.ask(wish)
    assert isinstance(refused, AmrError)
    assert refused.code == "flight.invalid", "those of people are bounded as before"


def test_the_fleet_itself_keeps_no_more_than_twenty_second_looks() -> None:
    rig = FlightRig(each=0)
    for pair in itertools.combinations(PLACES, 2):
        for level in (1, 2):
            counted(rig, pair, (level,))
    assert [state for _, state in looks(rig)] == ["PLANNED"] * 20


def missing(rig: FlightRig, flight_id: str) -> list[tuple[bool, str]]:
    """Return how sure a flight is of each load that it misses, and who has looked."""
    return [(one.sure, one.checked_by) for one in rig.view(flight_id).differences if one.kind == "missing"]


@pytest.mark.parametrize("there", [False, True], ids=["nowhere", "in the cell"])
def test_a_load_that_the_second_look_does_not_find_either_is_missing_for_sure(there: bool) -> None:
    rig, load = FlightRig(each=0), sscc(1)
    rig.ask(SetStock(loads=((load, "B1"),), user="lan"))
    first = counted(rig, ("B1",))
    second = rig.view(SECOND)
    assert (missing(rig, first), second.again) == ([(False, "")], first)
    read(rig, SECOND, labels=[(cell, load) for cell in second.plan.cells if there])
    assert missing(rig, first) == [(False, SECOND)]
    assert missing(rig, SECOND) == ([] if there else [(True, "")])


def test_a_load_stays_not_seen_while_a_cell_is_not_read() -> None:
    rig = FlightRig(each=0)
    rig.ask(SetStock(loads=((sscc(1), "B1"),), user="lan"))
    first = rig.ask(CreateFlight(task="inventory_flight", places=("B1",), user="lan"))
    read(rig, FIRST, first.plan.cells[:2])
    read(rig, SECOND, rig.view(SECOND).plan.cells[:1])
    assert (missing(rig, FIRST), missing(rig, SECOND)) == ([(False, "")], [])
