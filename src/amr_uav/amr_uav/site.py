"""`flight.yaml` beside a site's `site.yaml`: where an aircraft stands, which racks it may count, where it must not fly.

A site without that file has no aircraft.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from amr_core.errors import AmrError
from amr_core.site.files import site_dir
from amr_core.yaml_files import read_yaml
from amr_uav.mavlink.earth import EarthFrame
from amr_uav.model import FlightLimits, Volume

_XY = tuple[float, float]
_FILE = "flight.yaml"
_NEARER, _NEAREST = 0.75, 1.0  # share of a stand-off, m


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ShelfRow(_Model):
    """One face of a rack: its front from start to end (m), looked at with a yaw (degrees) from a stand_off (m).

    place: the site's place that loads on it are booked to; levels: heights of the labels (m).
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,16}$")]
    place: str
    start: _XY
    end: _XY
    yaw: float
    bays: int = Field(ge=1, le=100)
    levels: Annotated[list[Annotated[float, Field(gt=0.2, lt=50.0)]], Field(min_length=1, max_length=20)]
    stand_off: float = Field(default=1.5, gt=0.3, le=5.0)

    @property
    def nearer(self) -> float:
        """Return from how far (m) a cell is looked at again."""
        return min(self.stand_off, max(_NEAREST, _NEARER * self.stand_off))

    def distance(self, x: float, y: float) -> float:
        """Return how far (m) a point is in front of its face."""
        angle = math.radians(self.yaw)
        return (self.start[0] - x) * math.cos(angle) + (self.start[1] - y) * math.sin(angle)

    def spot(self, bay: int, level: int, stand_off: float | None = None) -> tuple[float, float, float]:
        """Return where an aircraft hovers to look at a bay and a level, both from 0; stand_off: another (m)."""
        away = self.stand_off if stand_off is None else stand_off
        share = (bay + 0.5) / self.bays
        x = self.start[0] + share * (self.end[0] - self.start[0])
        y = self.start[1] + share * (self.end[1] - self.start[1])
        angle = math.radians(self.yaw)
        return x - away * math.cos(angle), y - away * math.sin(angle), self.levels[level]

    def cell(self, bay: int, level: int) -> str:
        """Return the name of a cell, both from 0."""
        return f"{self.id}-{bay + 1:02d}-{level + 1}"

    def cells(self) -> list[str]:
        """Return the names of all cells, bay by bay."""
        return [self.cell(bay, level) for bay in range(self.bays) for level in range(len(self.levels))]


class Region(_Model):
    """A part of the air with a name: between z0 and z1 over a polygon."""

    name: str
    polygon: Annotated[list[_XY], Field(min_length=3, max_length=100)]
    z0: float = Field(default=0.0, ge=0.0)
    z1: float = Field(gt=0.0)

    @field_validator("polygon")
    @classmethod
    def _simple(cls, polygon: list[_XY]) -> list[_XY]:
        if not shapely.Polygon(polygon).is_valid:
            raise ValueError("crosses itself")
        return polygon

    def volume(self) -> Volume:
        """Return it as a volume."""
        return Volume(tuple(self.polygon), self.z0, self.z1)


class AircraftSpec(_Model):
    """An aircraft and what it can do; see `FlightLimits` for the units."""

    name: Annotated[str, Field(pattern=r"^uav_[a-z0-9_]+$")]
    kind: Literal["multicopter"] = "multicopter"
    mass: float = Field(gt=0.0, le=150.0)
    endurance: float = Field(gt=60.0)
    cruise: float = Field(gt=0.1, le=15.0)
    climb: float = Field(gt=0.1, le=5.0)
    max_wind: float = Field(gt=0.0, le=20.0)
    min_light: float = Field(default=50.0, ge=0.0, le=10_000.0)

    def limits(self) -> FlightLimits:
        """Return them as limits of flights."""
        return FlightLimits(
            endurance=self.endurance, cruise=self.cruise, climb=self.climb, max_wind=self.max_wind,
            min_light=self.min_light,
        )  # fmt: skip


class EarthSpec(_Model):
    """Where on the earth the map's origin is (degrees, WGS 84); turn: of its x axis, counter-clockwise from east."""

    lat: float = Field(ge=-85.0, le=85.0)
    lon: float = Field(ge=-180.0, le=180.0)
    turn: float = Field(default=0.0, ge=-180.0, le=180.0)

    def frame(self) -> EarthFrame:
        """Return it for conversions."""
        return EarthFrame(self.lat, self.lon, math.radians(self.turn))


class FlightSite(_Model):
    """All of a site that has to do with flying. pad: where the aircraft stands; transit: height of ways (m).

    ceiling: height of roof or permit (m); no_fly: where it never goes; earth: for an aircraft over MAVLink.
    """

    aircraft: AircraftSpec
    pad: _XY
    transit: float = Field(gt=1.0)
    ceiling: float = Field(gt=1.0, le=120.0)
    rows: Annotated[list[ShelfRow], Field(max_length=500)] = []
    no_fly: Annotated[list[Region], Field(max_length=500)] = []
    earth: EarthSpec | None = None

    @model_validator(mode="after")
    def _fits(self) -> FlightSite:
        if self.transit >= self.ceiling:
            raise ValueError("transit is not below the ceiling")
        if len({row.id for row in self.rows}) < len(self.rows):
            raise ValueError("two rows of one id")
        if any(max(row.levels) > self.transit for row in self.rows):
            raise ValueError("a level above the height of ways home")
        return self


def flight_file(site: str) -> Path:
    """Return where a site's flight.yaml is, or would be; raises site.unknown."""
    return site_dir(site) / _FILE


def load_flight_site(site: str) -> FlightSite | None:
    """Return what a site, by name or path, says about flying; None when it says nothing. Raises flight.site_invalid."""
    path = flight_file(site)
    if not path.is_file():
        return None
    try:
        return FlightSite.model_validate(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise AmrError("flight.site_invalid", where=where, reason=first["msg"]) from error
    except (OSError, ValueError) as error:
        raise AmrError("flight.site_invalid", where="file", reason=" ".join(str(error).split())[:200]) from error
