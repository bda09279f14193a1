"""What all parts of one release share: period, dates, pseudonyms, and the lists of values that may be published."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.robots import ROBOT_TYPES
from amr_core.site import Site
from amr_fleet.dataset.calendar import Calendar, Stretch
from amr_fleet.dataset.pseudonyms import Pseudonyms

ReleaseProfile = Literal["public", "partner"]
PROFILES: Final[tuple[ReleaseProfile, ...]] = ("public", "partner")
Cell = str | int | float | bool | None
DataRow = dict[str, Cell]
"""One row of a table by column; a time is Unix milliseconds."""

Made = tuple[str, DataRow]
"""A row and the name of its table."""

SYSTEMS: Final = frozenset({"", "ros", "camera"})
"""What stands as `user` in the journal where no person asked."""


@dataclass(frozen=True)
class DatasetRelease:
    """One release. places: id -> kind; robots: name -> type; kept: customers and kinds of cargo
    that are not rare; zones: of the site file.

    published: the calendar of what leaves, with the shift of the profile; calendar: the true one.
    """

    site: str
    profile: ReleaseProfile
    calendar: Calendar
    published: Calendar
    stretch: Stretch
    names: Pseudonyms
    places: Mapping[str, str]
    nodes: frozenset[str]
    robots: Mapping[str, str]
    kept: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()

    @property
    def origin(self) -> str:
        """sim or real: a release is one of them, never both."""
        return "sim" if self.calendar.simulated else "real"

    def time(self, t: float | None) -> int | None:
        """Return the published time of fleet second t."""
        return None if t is None else self.published.millis(t)

    def coarse(self, t: float) -> float:
        """Return the begin of the local hour of fleet second t: when a person did something, as far as is told."""
        zero = self.calendar.zero % 3600.0
        return math.floor((t + zero) / 3600.0) * 3600.0 - zero

    def order(self, order_id: str) -> str | None:
        """Return the pseudonym of an order, None for none."""
        return self.names.name("order", order_id) or None

    def robot(self, name: str) -> str | None:
        """Return the name of a robot of the site; another one's is a pseudonym: nobody looked at it."""
        return name if name in self.robots else self.names.name("robot", name) or None

    def place(self, place: object) -> str:
        """Return a place of the site, "other" for anything else."""
        return str(place) if place in self.places else "other"

    def place_kind(self, place: object) -> str:
        """Return the kind of a place."""
        return self.places.get(str(place), "other")

    def node(self, node: object) -> str:
        """Return a node of the roadmap, "other" for anything else."""
        return str(node) if node in self.nodes else "other"

    def capacity(self, robot: str) -> float | None:
        """Return the nominal capacity of a robot's battery in Wh, None when its type is not known."""
        of = ROBOT_TYPES.get(self.robots.get(robot, ""))
        return None if of is None else of.battery_capacity_wh


def places_of(site: Site) -> dict[str, str]:
    """Return the kinds of a site's places."""
    return {place.id: place.kind for place in site.places}


def robots_of(site: Site) -> dict[str, str]:
    """Return the types of a site's robots."""
    return {unit.name: unit.type for unit in site.fleet}


def number(value: object) -> float:
    """Return a finite number of the journal, 0.0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if math.isfinite(value) else 0.0
