"""What a count found becomes tasks for people, and, for a load in the wrong place, an order that brings it back."""

from __future__ import annotations

from dataclasses import replace

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.domain.new_orders import create
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest
from amr_uav.count import Difference, differences


def note_differences(world: World, flight: FlightRecord) -> None:
    """Compare a flight's readings with the book; journal each difference, with its order when there is one.

    The book knows a load's place, not its level: loads are missing only from places that were to be counted whole.
    """
    assert world.flights is not None
    plan = world.flights.plan_of(flight)
    rows = world.flights.site.rows
    place_of = {cell: row.place for row in rows if row.place in flight.places for cell in row.cells()}
    book = {load: view.place for load, view in world.state.cargo.loads.items() if view.cargo.kind in ("pallet", "")}
    readings = {cell: reading for cell, reading in flight.readings.items() if cell in plan.cells}
    planned = set(plan.cells)
    partly = {place for cell, place in place_of.items() if cell not in planned}
    whole = [place for place in flight.places if place not in partly]
    for one in differences(readings, place_of, book, whole):
        order_id, refused = _order(world, flight, one)
        facts: dict[str, Fact] = {
            "flight": flight.flight_id, "difference": one.kind, "load_id": one.load_id, "found": one.found,
            "booked": one.booked, "cell": one.cell, "sure": one.sure, "refused": refused,
        }  # fmt: skip
        world.emit("flight_difference", order_id=order_id, facts=facts)


def _order(world: World, flight: FlightRecord, one: Difference) -> tuple[str, str]:
    """Return the order that brings a misplaced load back and why there is none. It waits until a person releases it."""
    if one.kind != "misplaced" or not one.booked:
        return "", ""
    cargo = replace(world.state.cargo.loads[one.load_id].cargo, kind="pallet")
    wish = OrderRequest(
        pick_place=one.found, drop_place=one.booked, load_id=one.load_id, cargo=cargo, held=True,
        reference=f"{flight.flight_id}:{one.load_id}", user=flight.user,
    )  # fmt: skip
    try:
        return create(world, wish).order_id, ""
    except AmrError as error:
        return "", error.code
