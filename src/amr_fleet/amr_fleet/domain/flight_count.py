"""What a count found becomes tasks for people, and, for a load in the wrong place, an order that brings it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.domain.flight_plans import look_again
from amr_fleet.domain.new_orders import create
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest
from amr_uav.count import Difference, differences


def close_count(world: World, flight: FlightRecord) -> None:
    """Make tasks of a count that is over, and plan a second look, from nearer, at what nobody could read."""
    desk = world.flights
    if desk is None or flight.differences or not flight.readings:
        return
    first = world.state.flights.flights.get(flight.again)
    if first is not None:
        _settle(world, flight, first)
        return
    _note(world, flight, _found(world, flight))
    look_again(world, desk, world.state.flights.flights[flight.flight_id])


def _settle(world: World, flight: FlightRecord, first: FlightRecord) -> None:
    """Tick off the tasks of a first count that a second look has settled, and make tasks of what it found beside."""
    known = {(one.kind, one.cell) for one in first.differences}
    _note(world, flight, [one for one in _found(world, flight) if (one.kind, one.cell) not in known])
    read = {cell for cell, one in flight.readings.items() if one.state in ("label", "empty")}
    seen = {one.sscc for one in flight.readings.values()}
    for number, one in enumerate(first.differences):
        settled = one.cell in read if one.kind == "unreadable" else one.kind == "missing" and one.load_id in seen
        if settled and not one.checked_by:
            facts: dict[str, Fact] = {"flight": first.flight_id, "number": number, "user": flight.flight_id}
            world.emit("flight_checked", facts=facts)
    _make_sure(world, flight, world.state.flights.flights[first.flight_id])


def _make_sure(world: World, flight: FlightRecord, first: FlightRecord) -> None:
    """Say that loads are missing which the first count had not seen: both together have read all of their places."""
    assert world.flights is not None
    plan, readings = world.flights.plan_of(first), {**first.readings, **flight.readings}
    both = _found(world, replace(flight, plan=plan, readings=readings))
    sure = {one.load_id: one for one in both if one.kind == "missing" and one.sure}
    for number, one in enumerate(first.differences):
        if one.kind == "missing" and not one.sure and not one.checked_by and one.load_id in sure:
            _note(world, flight, [sure[one.load_id]])
            facts: dict[str, Fact] = {"flight": first.flight_id, "number": number, "user": flight.flight_id}
            world.emit("flight_checked", facts=facts)


def _found(world: World, flight: FlightRecord) -> list[Difference]:
    """Compare a flight's readings with the book.

    The book knows a load's place, not its level: loads are missing only from places that were to be counted whole.
    """
    assert world.flights is not None
    planned = set(world.flights.plan_of(flight).cells)
    rows = world.flights.site.rows
    place_of = {cell: row.place for row in rows if row.place in flight.places for cell in row.cells()}
    book = {load: view.place for load, view in world.state.cargo.loads.items() if view.cargo.kind in ("pallet", "")}
    partly = {place for cell, place in place_of.items() if cell not in planned}
    whole = [place for place in flight.places if place not in partly]
    readings = {cell: one for cell, one in flight.readings.items() if cell in planned}
    return differences(readings, place_of, book, whole)


def _note(world: World, flight: FlightRecord, found: Iterable[Difference]) -> None:
    """Journal differences, each with its order when there is one."""
    for one in found:
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
