"""What people and other systems ask of the engine about flights."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.flight_views import FlightView
from amr_fleet.ports import Answer_co, Request
from amr_fleet.vocabulary import FlightTask
from amr_uav.model import Checklist, FlightPermit, Point3


@dataclass(frozen=True, kw_only=True)
class _OfFlight(Request[Answer_co]):
    """user: who asks."""

    user: str = ""


@dataclass(frozen=True, kw_only=True)
class CreateFlight(_OfFlight[FlightView]):
    """Plan a flight: inventory_flight of places (levels from 1, none = all) or inspect of points (m)."""

    task: FlightTask
    places: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    points: tuple[Point3, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StartFlight(_OfFlight[FlightView]):
    """Clear the ground below and take off, when nothing speaks against it; the first thing that does is the error."""

    flight_id: str
    checklist: Checklist


@dataclass(frozen=True, kw_only=True)
class AbortFlight(_OfFlight[FlightView]):
    """Call it off: on the ground it is cancelled, in the air it comes home."""

    flight_id: str


@dataclass(frozen=True, kw_only=True)
class RecoverFlight(_OfFlight[FlightView]):
    """A person has looked: the aircraft that was lost, or came down elsewhere, is out of the way."""

    flight_id: str


@dataclass(frozen=True, kw_only=True)
class CheckDifference(_OfFlight[FlightView]):
    """A person has looked after the difference with this number (from 0)."""

    flight_id: str
    number: int


@dataclass(frozen=True, kw_only=True)
class SetFlightPermit(_OfFlight[None]):
    """Flights are permitted until a time."""

    permit: FlightPermit


@dataclass(frozen=True, kw_only=True)
class SetStock(_OfFlight[int]):
    """Loads that the book has in places from now on; answers how many were new or moved."""

    loads: tuple[tuple[str, str], ...]
