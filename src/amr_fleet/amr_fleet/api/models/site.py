"""The drawable parts of a site, and the outlines of the robot types."""

from __future__ import annotations

from typing import Literal

from amr_core import site as core
from amr_core.robots import ROBOT_TYPES
from amr_fleet.api.models.base import XY, Answer, Points
from amr_fleet.api.models.words import PlaceKind


class Wall(Answer):
    """A wall along a polyline (m)."""

    points: Points
    thickness: float


class Box(Answer):
    """A solid body with a rectangular base (m, rad)."""

    id: str
    kind: Literal["rack", "stack", "column", "machine", "barrier"]
    x: float
    y: float
    size_x: float
    size_y: float
    theta: float


class Door(Answer):
    """A door (m). lanes: those through it, none = robots never drive through it; theta: direction of passage (rad)."""

    id: str
    kind: Literal["dock", "gate", "person", "roller"]
    x: float
    y: float
    width: float
    theta: float
    lanes: list[str]


class Area(Answer):
    """An area with a rule that belongs to the site (m)."""

    id: str
    kind: Literal["speed", "keepout", "crossing", "release", "capacity", "fire_lane"]
    polygon: list[XY]
    max_speed: float | None
    capacity: int | None


class Station(Answer):
    """Where a robot docks, charges or parks (m, rad)."""

    id: str
    x: float
    y: float
    theta: float


class Place(Answer):
    """What an order may name."""

    id: str
    kind: PlaceKind
    name_vi: str
    name_en: str
    stations: list[Station]


class SiteCamera(Answer):
    """A fixed camera: where it hangs and the point that it looks at (m)."""

    id: str
    x: float
    y: float
    looks_at: XY


class Lane(Answer):
    """A lane (m). two_way: robots drive along it in both directions."""

    id: str
    points: Points
    two_way: bool


class Level(Answer):
    """A floor: a rectangle of the sheet on which all floors lie side by side (m). height: above the lowest one."""

    id: str
    name_vi: str
    name_en: str
    height: float
    origin: XY
    size: XY


class LiftStop(Answer):
    """Where a lift stops: pose of a robot in the middle of its cabin (m, rad)."""

    level: str
    x: float
    y: float
    theta: float


class Lift(Answer):
    """A lift. size: depth, width of its cabin (m)."""

    id: str
    name_vi: str
    name_en: str
    size: XY
    stops: list[LiftStop]


class ConveyorShown(Answer):
    """A conveyor at a station of a place, before the nose of a robot that has docked there."""

    id: str
    station: str


class AirLockShown(Answer):
    """Two doors of which at most one may be open."""

    id: str
    doors: list[str]


class LoadType(Answer):
    """A kind of load that orders may name; robots: types that carry it, none = every type."""

    id: str
    name_vi: str
    name_en: str
    robots: list[str]


class Outline(Answer):
    """The outline of a robot type in base_link (m)."""

    front: float
    rear: float
    half_width: float


class Site(Answer):
    """What the map draws and what an order may name. size, levels: m, none = one floor; robot_types: by name."""

    id: str
    name_vi: str
    name_en: str
    size: XY
    walls: list[Wall]
    boxes: list[Box]
    doors: list[Door]
    zones: list[Area]
    places: list[Place]
    chargers: list[Station]
    parking: list[Station]
    cameras: list[SiteCamera]
    lanes: list[Lane]
    levels: list[Level]
    lifts: list[Lift]
    conveyors: list[ConveyorShown]
    air_locks: list[AirLockShown]
    load_types: list[LoadType]
    robot_types: dict[str, Outline]

    @classmethod
    def of(cls, site: core.Site) -> Site:
        """Return the site as the API tells it."""
        parts = {name: getattr(site, name) for name in cls.model_fields if name != "robot_types"}
        return cls.model_validate({**parts, "robot_types": dict(ROBOT_TYPES)})
