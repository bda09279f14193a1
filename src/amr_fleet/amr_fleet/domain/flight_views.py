"""Flights as others see them, and the alarms about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from amr_core.errors import Fact
from amr_fleet.domain.flight_book import IN_THE_AIR, FlightBook, FlightRecord
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.world import World
from amr_fleet.flight_views import DifferenceView, FlightsView, FlightView
from amr_fleet.vocabulary import AlarmCode
from amr_uav.model import FlightPlan, PointPicture

ALARMS: Final[tuple[AlarmCode, ...]] = (
    "alarm.flight_link", "alarm.flight_fence", "alarm.flight_battery", "alarm.flight_position", "alarm.flight_wind",
    "alarm.flight_people", "alarm.flight_permit", "alarm.flight_fire", "alarm.flight_down", "alarm.flight_stray",
)  # fmt: skip
STRAY: Final = "flight.not_landed"
"""Why a flight that was over is under way again: its aircraft was in the air."""
_SHOWN: Final = 50


def flight_views(world: World) -> FlightsView | None:
    """Return the aircraft, its newest flights and the one under way; None where nobody flies."""
    desk = world.flights
    if desk is None:
        return None
    rows, limits = desk.site.rows, desk.site.aircraft.limits()
    chosen = _chosen(world.state.flights)
    return FlightsView(
        vehicle=desk.site.aircraft.name, pad=desk.site.pad, ceiling=desk.site.ceiling,
        places=tuple(dict.fromkeys(row.place for row in rows)), levels=max((len(r.levels) for r in rows), default=0),
        spare=limits.spare, reserve=limits.reserve,
        no_fly=tuple((region.name, region.volume()) for region in desk.site.no_fly),
        permit=world.state.flights.permit, telemetry=desk.telemetry,
        flights=tuple(view_of(desk, flight) for flight in chosen),
    )  # fmt: skip


def _chosen(book: FlightBook) -> list[FlightRecord]:
    newest, under_way = list(book.flights.values())[-_SHOWN:], book.reserving
    if under_way is None or any(one is under_way for one in newest):
        return newest
    return [under_way, *newest]


def view_of(desk: FlightDesk, flight: FlightRecord) -> FlightView:
    """Return one flight as others see it."""
    old = desk.views.get(flight.flight_id)
    gate = desk.gates.get(flight.flight_id, ()) if flight.state in ("PLANNED", "CLEARING") else ()
    if old is not None and old[0] is flight and old[1].gate == gate:
        return old[1]
    plan, checklist = desk.plan_of(flight), flight.checklist
    points = _points(flight, plan)
    counts = Counter(reading.state for reading in flight.readings.values())
    view = FlightView(
        flight_id=flight.flight_id, task=flight.task, again=flight.again, state=flight.state, user=flight.user,
        created=flight.created,
        started=flight.started, finished=flight.finished, pilot=checklist.pilot if checklist else "", why=flight.why,
        plan=plan, labels=counts["label"], empty=counts["empty"], unreadable=counts["unreadable"],
        unknown=len(plan.cells) - len(flight.readings) - sum(bool(point.photo) for point in points),
        differences=with_pictures(flight), points=points, gate=gate,
    )  # fmt: skip
    desk.views[flight.flight_id] = (flight, view)
    return view


def with_pictures(flight: FlightRecord) -> tuple[DifferenceView, ...]:
    """Return the differences of a count, each with the picture of its cell where there is one."""

    def shown(one: DifferenceView) -> DifferenceView:
        shot = flight.pictures.get(one.cell) if one.cell else None
        return one if shot is None else replace(one, photo=shot.photo, taken=shot.taken, unkept=shot.refused)

    return tuple(map(shown, flight.differences))


def _points(flight: FlightRecord, plan: FlightPlan) -> tuple[PointPicture, ...]:
    """Return the points of an inspection in order, each with its picture when it has one."""
    if flight.task != "inspect":
        return ()
    spots = ((w.scan, PointPicture(point=w.scan, x=w.x, y=w.y, z=w.z)) for w in plan.waypoints if w.scan)
    return tuple(flight.pictures.get(name, planned) for name, planned in spots)


def causes(world: World) -> Iterator[tuple[str, str, dict[str, Fact]]]:
    """Yield (code, flight, facts) of every alarm about flights that has a cause now."""
    desk, flight = world.flights, world.state.flights.reserving
    called = flight.flight_id if flight is not None and flight.state in IN_THE_AIR and flight.why == STRAY else None
    stray = desk.stray if desk is not None and desk.stray is not None else called
    if stray is not None:
        yield "alarm.flight_stray", stray, {"flight": stray}
    if flight is not None and flight.state == "DOWN":
        yield "alarm.flight_down", flight.flight_id, {"flight": flight.flight_id}
    if desk is None or flight is None:
        return
    for one in desk.found:
        yield one.code, flight.flight_id, {"flight": flight.flight_id, **one.facts}
