"""What a flight is made of: volumes, waypoints, plans, telemetry.

Units: m, rad, s; shares 0..1. Frame: the site's map frame (ENU), z above the floor. Yaw 0 looks east.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import shapely

FlightTask = Literal["inventory_flight", "inspect"]
FlightMode = Literal["LANDED", "TAKEOFF", "MISSION", "HOLD", "RETURN", "LAND"]
# Why an autopilot left its mission by itself; "" = it did not, or was told to.
Failsafe = Literal["", "link", "fence", "battery", "position"]
Point3 = tuple[float, float, float]


@dataclass(frozen=True)
class Volume:
    """A polygon from z0 to z1 above the floor."""

    polygon: tuple[tuple[float, float], ...]
    z0: float
    z1: float

    @cached_property
    def area(self) -> shapely.Polygon:
        """The polygon."""
        return shapely.Polygon(self.polygon)

    def holds(self, x: float, y: float, z: float, margin: float = 0.0) -> bool:
        """Return whether a point is inside, or no more than a margin outside."""
        near = self.area.distance(shapely.Point(x, y)) <= margin
        return near and self.z0 - margin <= z <= self.z1 + margin

    def meets(self, ground: shapely.Geometry, low: float, high: float) -> bool:
        """Return whether it has a point in common with all that is over some ground between two heights."""
        return self.z0 <= high and low <= self.z1 and bool(self.area.intersects(ground))

    def within(self, polygon: tuple[tuple[float, float], ...], ceiling: float) -> bool:
        """Return whether all of it lies over a polygon and below a ceiling."""
        return self.z1 <= ceiling and bool(shapely.Polygon(polygon).buffer(1e-6).covers(self.area))


@dataclass(frozen=True)
class Waypoint:
    """A place to fly to, straight from the one before. scan: what is looked at there, "" = nothing."""

    x: float
    y: float
    z: float
    yaw: float = 0.0
    scan: str = ""

    @property
    def at(self) -> Point3:
        """x, y, z."""
        return self.x, self.y, self.z


@dataclass(frozen=True, kw_only=True)
class FlightPlan:
    """A whole flight, from the pad and back. volume: all of it with its margin.

    length: m; seconds: in calm air; energy: share of a full battery; transit: the height (m) of ways home.
    """

    waypoints: tuple[Waypoint, ...]
    volume: Volume
    places: tuple[str, ...]
    length: float
    seconds: float
    energy: float
    transit: float

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """What is looked at, in order."""
        return tuple(w.scan for w in self.waypoints if w.scan)


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """What the aircraft says of itself at t. item: the waypoint that it flies to, their count once all are done.

    soc: share of the battery; position_ok: it knows where it is; wind: m/s as it feels it, None = it does not say.
    """

    t: float
    vehicle: str = ""
    flight_id: str = ""
    mode: FlightMode = "LANDED"
    failsafe: Failsafe = ""
    item: int = 0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    yaw: float = 0.0
    soc: float = 0.0
    position_ok: bool = True
    wind: float | None = 0.0

    @property
    def flying(self) -> bool:
        """It is not on the ground."""
        return self.mode != "LANDED"

    def fault(self) -> str:
        """Return what in it cannot be, "" when nothing: a report from outside the world is no report."""
        wind = 0.0 if self.wind is None else self.wind
        numbers = (self.t, self.x, self.y, self.z, self.yaw, self.soc, wind)
        if not all(map(math.isfinite, numbers)):
            return "not all numbers are finite"
        if max(abs(self.x), abs(self.y)) > FAR or not -10.0 <= self.z <= 500.0:
            return f"its position ({self.x:.0f}, {self.y:.0f}, {self.z:.0f}) is outside the world"
        if not 0.0 <= self.soc <= 1.0 or wind < 0.0 or self.item < 0:
            return "battery, wind or item is out of range"
        return ""


@dataclass(frozen=True, kw_only=True)
class PointPicture:
    """The picture of a point of an inspection. photo: SHA-256 of the file, "" = there is none.

    taken: fleet seconds, 0.0 = never; x, y, z: from where (m), or from where it is to be taken;
    refused: why none was kept.
    """

    point: str
    photo: str = ""
    taken: float = 0.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    refused: str = ""


FAR = 1e5
"""m from the origin of a site beyond which there is no site."""


@dataclass(frozen=True, kw_only=True)
class FlightLimits:
    """What an aircraft and its rules allow. endurance: s of a full battery.

    reserve: share of the battery that is left when it has landed at home; spare: share beyond the plan's need at
    take-off; max_wind: m/s; min_light: lux that its camera needs; margin: m around the plan that belongs to its
    volume; people: m kept from people.
    """

    endurance: float = 1200.0
    cruise: float = 2.0
    climb: float = 1.0
    look: float = 1.5
    max_wind: float = 8.0
    min_light: float = 50.0
    reserve: float = 0.15
    spare: float = 0.3
    margin: float = 1.0
    people: float = 5.0


@dataclass(frozen=True, kw_only=True)
class FlightPermit:
    """A permit to fly, as a person typed it in. until: fleet seconds; ceiling: m; registration: of the aircraft."""

    number: str
    issuer: str
    registration: str
    until: float
    ceiling: float
    polygon: tuple[tuple[float, float], ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """What the pilot has found before take-off. wind: m/s; licence: visual or instrument; cleared: nobody is there.

    light: lux where the camera looks, None = not measured; present: the pilot stands by, with the remote in hand.
    """

    pilot: str
    licence: str
    wind: float
    rain: bool
    cleared: bool
    light: float | None = None
    present: bool = False
