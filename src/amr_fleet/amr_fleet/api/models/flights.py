"""Flights over the API."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from amr_fleet.api.models.base import Answer, Facts, Label, Measured, Name, Points, RequestBody, Seconds
from amr_fleet.flight_requests import CreateFlight
from amr_fleet.vocabulary import FlightState, FlightTask
from amr_uav.count import DifferenceKind
from amr_uav.model import Checklist, Failsafe, FlightMode, FlightPermit

_Metres = Annotated[float, Field(ge=-1e4, le=1e4, allow_inf_nan=False)]
_Licence = Literal["none", "visual", "instrument"]


class FlightBody(RequestBody):
    """Body of POST /flights: places and levels (from 1, none = all) of an inventory, or points (m) of an inspection."""

    task: FlightTask
    places: Annotated[list[Name], Field(default_factory=list, max_length=50)]
    levels: Annotated[list[Annotated[int, Field(strict=True, ge=1, le=20)]], Field(default_factory=list, max_length=20)]
    points: Annotated[list[tuple[_Metres, _Metres, _Metres]], Field(default_factory=list, max_length=200)]

    @model_validator(mode="after")
    def _of_its_task(self) -> Self:
        if (self.task == "inspect") != bool(self.points) or (self.task == "inventory_flight") != bool(self.places):
            raise ValueError("an inventory_flight has places, an inspection has points")
        return self

    def request(self, user: str) -> CreateFlight:
        """Return the engine's request."""
        return CreateFlight(
            task=self.task, places=tuple(self.places), levels=tuple(self.levels), points=tuple(self.points), user=user
        )


class ChecklistBody(RequestBody):
    """Body of POST /flights/{flight_id}/start: what the pilot has found. wind in m/s; cleared: nobody is there.

    light: lux where the camera looks; present: the pilot stands by. Both are needed to take off.
    """

    pilot: Name
    licence: _Licence
    wind: Annotated[float, Field(ge=0.0, lt=100.0, allow_inf_nan=False)]
    rain: bool
    cleared: bool
    light: Annotated[float | None, Field(ge=0.0, le=200_000.0, allow_inf_nan=False)] = None
    present: bool = False

    def checklist(self) -> Checklist:
        """Return it for the engine."""
        return Checklist(
            pilot=self.pilot, licence=self.licence, wind=self.wind, rain=self.rain, cleared=self.cleared,
            light=self.light, present=self.present,
        )  # fmt: skip


class FlightPermitBody(RequestBody):
    """Body of POST /flight-permit: for so many hours, up to a ceiling (m); polygon (m): none = the whole site."""

    number: Name
    issuer: Name
    registration: Name
    hours: Annotated[float, Field(gt=0.0, le=24 * 366, allow_inf_nan=False)]
    ceiling: Annotated[float, Field(gt=0.0, le=120.0, allow_inf_nan=False)]
    polygon: Annotated[list[tuple[_Metres, _Metres]], Field(default_factory=list, max_length=100)]

    def permit(self, now: float) -> FlightPermit:
        """Return it for the engine; now: fleet seconds."""
        return FlightPermit(
            number=self.number, issuer=self.issuer, registration=self.registration, until=now + 3600.0 * self.hours,
            ceiling=self.ceiling, polygon=tuple(self.polygon),
        )  # fmt: skip


class StockRow(RequestBody):
    """A load (SSCC) and the place that it is booked to."""

    load_id: Name
    place: Name


class StockBody(RequestBody):
    """Body of POST /cargo/stock: rows of a stock list; all or none."""

    rows: Annotated[list[StockRow], Field(min_length=1, max_length=5000)]


class Stocked(Answer):
    """How many loads were new in the book or got another place."""

    changed: int


class GateReason(Answer):
    """Something that speaks against a take-off."""

    code: str
    facts: Facts


class FlightDifference(Answer):
    """Racks and book disagree. cell: where; sure: false for a missing load while cells of its place were not read.

    order_id: made of it, waits for its release; refused: why none could be made; checked_by: who has looked.
    photo: of GET /photos/{photo}, the picture of its cell, "" = there is none; taken: fleet seconds, 0 = never;
    unkept: why none was kept.
    """

    kind: DifferenceKind
    load_id: str
    found: str
    booked: str
    cell: str
    sure: bool
    order_id: str
    refused: Label
    checked_by: str
    photo: str
    taken: Seconds
    unkept: Label


class PointShown(Answer):
    """A point of an inspection. photo: of GET /photos/{photo}, "" = there is none; refused: why none was kept.

    taken: fleet seconds, 0 = never; x, y, z: from where (m), or from where it is to be taken.
    """

    point: str
    photo: str
    taken: Seconds
    x: Measured
    y: Measured
    z: Measured
    refused: Label


def _way(waypoints: Any) -> list[tuple[float, float, float]]:
    """Return x, y, z in m of waypoints."""
    return [(round(w.x, 2), round(w.y, 2), round(w.z, 2)) if hasattr(w, "x") else tuple(w) for w in waypoints]


class PlanShown(Answer):
    """Where a flight goes. way: x, y, z (m); area: its outline on the ground; seconds in calm air; energy: share.

    rows: faces of racks that are counted; levels: of them, from 1; both empty for an inspection.
    """

    way: Annotated[list[tuple[float, float, float]], BeforeValidator(_way), Field(validation_alias="waypoints")]
    area: Points
    height: float
    rows: list[str]
    levels: list[int]
    cells: int
    length: Seconds
    seconds: Seconds
    energy: float


class Flight(Answer):
    """One flight. Times in fleet seconds, 0 = not yet; counts of cells by what was read there; why: what ended it.

    again: the flight whose unread cells it looks at again, from nearer. points: of an inspection.
    """

    flight_id: str
    task: FlightTask
    again: str
    state: FlightState
    user: str
    created: Seconds
    started: Seconds
    finished: Seconds
    pilot: str
    why: str
    places: list[str]
    plan: PlanShown
    labels: int
    empty: int
    unreadable: int
    unknown: int
    differences: list[FlightDifference]
    points: list[PointShown]
    gate: list[GateReason]


class AircraftState(Answer):
    """What the aircraft says of itself. t: fleet seconds; item: waypoint that it flies to; soc: share; wind: m/s,
    null: it does not say.
    """

    t: Seconds
    flight_id: str
    mode: FlightMode
    failsafe: Failsafe
    item: int
    x: Measured
    y: Measured
    z: Measured
    yaw: Measured
    soc: Measured
    position_ok: bool
    wind: Measured


class PermitShown(Answer):
    """The permit to fly. until: fleet seconds; ceiling: m."""

    number: str
    issuer: str
    registration: str
    until: Seconds
    ceiling: float


class NoFly(Answer):
    """Air that is closed for good: its outline on the ground, between two heights (m)."""

    name: str
    area: Points
    low: float
    high: float


class Flights(Answer):
    """The aircraft of the site and its flights, newest last. places: whose racks can be counted.

    spare: share of the battery beyond a plan's need at take-off; reserve: share that is left when it is home.
    """

    vehicle: str
    pad: tuple[float, float]
    ceiling: float
    places: list[str]
    levels: int
    spare: float
    reserve: float
    no_fly: list[NoFly]
    permit: PermitShown | None
    telemetry: AircraftState | None
    flights: list[Flight]
