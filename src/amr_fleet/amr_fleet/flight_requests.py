"""What people and other systems ask of the engine about flights."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.flight_views import FlightView
from amr_fleet.ports import Request
from amr_fleet.vocabulary import FlightTask
from amr_uav.model import Checklist, FlightPermit, Point3


@dataclass(frozen=True, kw_only=True)
class CreateFlight(Request[FlightView]):
    """Plan a flight: inventory_flight of places (levels from 1, none = all) or inspect of points (m)."""

    task: FlightTask
    places: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    points: tuple[Point3, ...] = ()
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class StartFlight(Request[FlightView]):
    """Clear the ground below and take off, when nothing speaks against it; the first thing that does is the error."""

    flight_id: str
    checklist: Checklist
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class AbortFlight(Request[FlightView]):
    """Call it off: on the ground it is cancelled, in the air it comes home."""

    flight_id: str
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class RecoverFlight(Request[FlightView]):
    """A person has looked: the aircraft that was lost, or came down elsewhere, is out of the way."""

    flight_id: str
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckDifference(Request[FlightView]):
    """A person has looked after the difference with this number (from 0)."""

    flight_id: str
    number: int
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class SetFlightPermit(Request[None]):
    """Flights are permitted until a time."""

    permit: FlightPermit
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class SetStock(Request[int]):
    """Loads that the book has in places from now on; answers how many were new or moved."""

    loads: tuple[tuple[str, str], ...]
    user: str = ""
