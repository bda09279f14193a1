"""Flights as others see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amr_fleet.vocabulary import FlightState, FlightTask
from amr_uav.count import Difference
from amr_uav.gate import GateRefusal
from amr_uav.model import FlightPermit, FlightPlan, PointPicture, Telemetry, Volume


@dataclass(frozen=True, kw_only=True)
class DifferenceView(Difference):
    """A difference of the count. order_id: made of it; refused: why none could be; checked_by: who has looked.

    photo: SHA-256 of the picture of its cell, "" = there is none; taken: fleet seconds; unkept: why none was kept.
    """

    order_id: str = ""
    refused: str = ""
    checked_by: str = ""
    photo: str = ""
    taken: float = 0.0
    unkept: str = ""


@dataclass(frozen=True, kw_only=True)
class FlightView:
    """One flight. Times in fleet seconds, 0.0 = not yet. plan: from pad to pad.

    started: when its ground began to be cleared; labels, empty, unreadable, unknown: cells by what was read there;
    points: those of an inspection with their pictures, unknown: without;
    why: what ended or hinders it; gate: what speaks against a take-off now, while it has not taken off.
    again: the flight whose unread cells it looks at again, from nearer.
    """

    flight_id: str
    task: FlightTask
    again: str
    state: FlightState
    user: str
    created: float
    started: float
    finished: float
    pilot: str
    why: str
    plan: FlightPlan
    labels: int
    empty: int
    unreadable: int
    unknown: int
    differences: tuple[DifferenceView, ...]
    points: tuple[PointPicture, ...] = ()
    gate: tuple[GateRefusal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FlightsView:
    """The aircraft of a site and its flights, newest last. places: whose racks can be counted.

    spare: share of the battery beyond a plan's need at take-off; reserve: share that is left at home; no_fly: by name.
    """

    vehicle: str
    pad: tuple[float, float]
    ceiling: float
    places: tuple[str, ...]
    levels: int
    spare: float
    reserve: float
    no_fly: tuple[tuple[str, Volume], ...]
    permit: FlightPermit | None
    telemetry: Telemetry | None
    flights: Sequence[FlightView]
