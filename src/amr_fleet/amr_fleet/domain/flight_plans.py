"""Puts a planned flight into the journal: one that a person asked for, or one that looks again at what nobody could
read.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.flight_book import FlightRecord, plan_text
from amr_fleet.domain.flight_desk import FlightDesk, plan_for
from amr_fleet.domain.world import World
from amr_uav.plan import inventory_plan

_MAX_OPEN: Final = 20


def add(world: World, desk: FlightDesk, wish: FlightRecord) -> FlightRecord:
    """Plan a flight and give it its id; raises flight.invalid, flight.no_fly or flight.too_high."""
    book = world.state.flights.flights
    if sum(flight.open and not _waits(flight) for flight in book.values()) >= _MAX_OPEN:
        raise AmrError("flight.invalid", where="task", reason=f"there are {_MAX_OPEN} open flights already")
    draft = replace(wish, flight_id=f"F{len(book) + 1:06d}", created=world.now)
    if draft.again:
        first = book[draft.again]
        plan = inventory_plan(desk.site, first.places, first.levels, again=unread(desk, first))
    else:
        plan = plan_for(desk.site, draft)
    facts: dict[str, Fact] = {
        "flight": draft.flight_id, "task": draft.task, "places": json.dumps(draft.places, ensure_ascii=False),
        "levels": " ".join(map(str, draft.levels)), "points": json.dumps(draft.points), "plan": plan_text(plan),
        "user": draft.user,
    }  # fmt: skip
    world.emit("flight_planned", facts={**facts, "again": draft.again} if draft.again else facts)
    return book[draft.flight_id]


def _waits(flight: FlightRecord) -> bool:
    """Return whether it is a second look that nobody has started: the fleet planned it, so it takes nobody's turn."""
    return flight.again != "" and flight.state == "PLANNED"


def unread(desk: FlightDesk, flight: FlightRecord) -> frozenset[str]:
    """Return the cells of a flight that nobody has read."""
    read = {cell for cell, one in flight.readings.items() if one.state in ("label", "empty")}
    return frozenset(desk.plan_of(flight).cells) - read


def look_again(world: World, desk: FlightDesk, flight: FlightRecord) -> FlightRecord | None:
    """Plan a second look, from nearer, at what a whole count has not read; a person starts it. None: there is none.

    One that was planned after an older count, not flown, and all of whose cells were counted again, is cancelled: it
    would look at what was.
    """
    if flight.state != "DONE" or flight.again:
        return None
    book, counted = world.state.flights.flights, set(desk.plan_of(flight).cells)
    for old in [one for one in book.values() if _waits(one) and counted.issuperset(desk.plan_of(one).cells)]:
        gone: dict[str, Fact] = {
            "flight": old.flight_id, "state": "CANCELLED", "why": "", "user": flight.flight_id
        }  # fmt: skip
        world.emit("flight_state", facts=gone)
    if not unread(desk, flight) or sum(map(_waits, book.values())) >= _MAX_OPEN:
        return None
    wish = replace(
        flight, again=flight.flight_id, plan=None, state="PLANNED", checklist=None, checked=0.0, started=0.0,
        finished=0.0, why="", readings={}, differences=(),
    )  # fmt: skip
    try:
        return add(world, desk, wish)
    except AmrError:
        return None  # no way there, or too many open flights: what was not read stays a task
