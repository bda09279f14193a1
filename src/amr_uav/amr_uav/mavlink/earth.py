"""The site's map frame on the earth: a plane that touches it, good to a centimetre within a few kilometres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_A: Final = 6378137.0  # m, WGS 84
_E2: Final = 6.69437999014e-3  # first eccentricity squared, WGS 84
SCALE: Final = 1e7
"""Degrees are sent as whole numbers of 1e-7."""


@dataclass(frozen=True)
class EarthFrame:
    """Origin of the map (degrees) and the direction of its x axis, counter-clockwise from east (rad)."""

    lat: float
    lon: float
    turn: float = 0.0

    def _metres(self) -> tuple[float, float]:
        """Return m a degree to the north and to the east."""
        s2 = math.sin(math.radians(self.lat)) ** 2
        w = math.sqrt(1.0 - _E2 * s2)
        north = _A * (1.0 - _E2) / w**3
        east = _A / w * math.cos(math.radians(self.lat))
        return math.radians(north), math.radians(east)

    def to_earth(self, x: float, y: float) -> tuple[int, int]:
        """Return latitude and longitude (1e-7 degrees) of a point of the map (m)."""
        north_m, east_m = self._metres()
        c, s = math.cos(self.turn), math.sin(self.turn)
        east, north = c * x - s * y, s * x + c * y
        return round(SCALE * (self.lat + north / north_m)), round(SCALE * (self.lon + east / east_m))

    def to_map(self, lat: float, lon: float) -> tuple[float, float]:
        """Return x, y (m) of latitude and longitude (1e-7 degrees)."""
        north_m, east_m = self._metres()
        north, east = (lat / SCALE - self.lat) * north_m, (lon / SCALE - self.lon) * east_m
        c, s = math.cos(self.turn), math.sin(self.turn)
        return c * east + s * north, -s * east + c * north

    def heading(self, yaw: float) -> float:
        """Return the heading (degrees, clockwise from north, 0..360) of a yaw of the map (rad)."""
        return (90.0 - math.degrees(yaw + self.turn)) % 360.0

    def yaw(self, heading: float) -> float:
        """Return the yaw of the map (rad, -pi..pi) of a heading (degrees)."""
        angle = math.radians(90.0 - heading) - self.turn
        return math.atan2(math.sin(angle), math.cos(angle))
