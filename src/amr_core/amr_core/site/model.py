"""The site model: one YAML file describes a site; everything else is built from it.

Frame: the site's map frame, metres, x east, y north, origin at the SW inner corner (REP-105 "map").
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.robots import RobotType, robot_type

Point = tuple[float, float]
SLOWEST_ZONE: Final = 0.05  # m/s: what is slower counts as standing (STANDSTILL), and hold is for that
FASTEST_ZONE: Final = 2.0
"""m/s that robots may be slowed to; the fleet refuses a zone with any other speed."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Wall(_Model):
    """A wall along a polyline of centre points."""

    id: str
    points: Annotated[list[Point], Field(min_length=2)]
    thickness: float = Field(default=0.2, gt=0)
    height: float = Field(default=3.0, gt=0)


class Box(_Model):
    """A solid body with a rectangular base: rack, stack, column, machine."""

    id: str
    kind: Literal["rack", "stack", "column", "machine", "barrier"]
    x: float
    y: float
    size_x: float = Field(gt=0)
    size_y: float = Field(gt=0)
    theta: float = 0.0
    height: float = Field(default=2.0, gt=0)


class Door(_Model):
    """A dock door, yard gate, person door or roller door.

    lanes: those that lead through it; without any, robots never drive through it. theta: direction of passage (rad);
    open_s: s that it takes to open or to close.
    """

    id: str
    kind: Literal["dock", "gate", "person", "roller"]
    x: float
    y: float
    width: float = Field(gt=0)
    theta: float = 0.0
    lanes: list[str] = []
    open_s: float = Field(default=8.0, gt=0, le=120.0)


class AirLock(_Model):
    """Two doors with a chamber between them, of which at most one may be open; one robot is let into it at a time."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    doors: tuple[str, str]


class Conveyor(_Model):
    """A roller conveyor or transfer station at a robots' station. ready_s: s within which it is ready once asked.

    load_sensor: it says whether a load lies at its hand-over place, and robots go by that.
    """

    id: str
    station: str
    load_sensor: bool = False
    ready_s: float = Field(default=5.0, gt=0, le=120.0)


class LoadType(_Model):
    """A kind of load that orders may name, VDA 5050's loadType. robots: types that carry it, none = every type."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
    name_vi: str
    name_en: str
    robots: list[str] = []


class Lane(_Model):
    """A directed lane along a polyline; two_way adds the opposite direction on the same line."""

    id: str
    points: Annotated[list[Point], Field(min_length=2)]
    two_way: bool = False
    max_speed: float = Field(default=1.2, gt=0, le=2.0)
    width: float = Field(default=2.1, gt=0)


class Zone(_Model):
    """An area with a rule. speed: limit; keepout: no robot; crossing: painted.

    release: an opening, one robot at a time on each lane (in either direction); capacity: at most so many robots;
    fire_lane: robots leave it when there is a fire alarm.
    """

    id: str
    kind: Literal["speed", "keepout", "crossing", "release", "capacity", "fire_lane"]
    polygon: Annotated[list[Point], Field(min_length=3)]
    max_speed: float | None = Field(default=None, gt=0)
    capacity: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _capacity_is_given(self) -> Zone:
        if (self.kind == "capacity") != (self.capacity is not None):
            raise ValueError("a zone has a capacity when, and only when, its kind is capacity")
        return self


class Station(_Model):
    """Where a robot stands to take or give: pose of base_link when it has docked, nose away from its lane.

    target: what a robot docks by, 1.20 m ahead of that pose: the marker, a V-shape or a pair of reflectors for its
    lidar, or the front of the pallet itself for its depth camera.
    """

    id: str
    x: float
    y: float
    theta: float
    lane: str
    marker: int | None = Field(default=None, ge=0, le=586)
    target: Literal["tag", "v_dock", "reflectors", "pallet_eur", "pallet_t11"] = "tag"

    @property
    def pose(self) -> Pose2D:
        """The docked pose of base_link in the map frame."""
        return Pose2D(self.x, self.y, self.theta)


class Place(_Model):
    """What people name in an order: dock, block, rack aisle, cross-dock field or gate, with its stations."""

    id: str
    kind: Literal["dock", "block", "rack", "crossdock", "gate"]
    name_vi: str
    name_en: str
    stations: Annotated[list[Station], Field(min_length=1)]


class Level(_Model):
    """A floor of the building: a rectangle of the site's sheet, on which all floors lie side by side.

    height: of its floor above that of the lowest level (m); origin: its SW corner on the sheet, where its own frame
    has its origin; size: width, depth (m). Two levels may have anything at the same x, y of their own frames.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    name_vi: str
    name_en: str
    height: float
    origin: Point
    size: tuple[Annotated[float, Field(gt=0, le=2000)], Annotated[float, Field(gt=0, le=2000)]]

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point of the sheet (m) lies on this level."""
        dx, dy = x - self.origin[0], y - self.origin[1]
        return 0.0 <= dx <= self.size[0] and 0.0 <= dy <= self.size[1]


class LiftStop(_Model):
    """Where a lift stops: pose of base_link in the middle of the cabin, nose away from the lane; the door is behind."""

    level: str
    x: float
    y: float
    theta: float
    lane: str

    @property
    def pose(self) -> Pose2D:
        """The pose of a robot in the cabin, on the sheet."""
        return Pose2D(self.x, self.y, self.theta)


class Lift(_Model):
    """A lift that carries one robot. size: depth, width of the cabin (m); the door leaf hangs at the cabin's edge.

    speed: m/s between the floors; open_s: s that its doors take to open or to close.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    name_vi: str
    name_en: str
    size: tuple[Annotated[float, Field(gt=0, le=20)], Annotated[float, Field(gt=0, le=20)]]
    speed: float = Field(default=0.5, gt=0, le=5.0)
    open_s: float = Field(default=4.0, gt=0, le=60.0)
    stops: Annotated[list[LiftStop], Field(min_length=2)]

    def node(self, stop: LiftStop) -> str:
        """Return the id of the roadmap's node in the cabin at a stop."""
        return f"{self.id}@{stop.level}"


class Actor(_Model):
    """A simulated person or manned forklift that follows a closed route."""

    id: str
    kind: Literal["person", "forklift"]
    route: Annotated[list[Point], Field(min_length=2)]
    speed: float = Field(gt=0, le=3.0)
    yields: bool = True
    pause: float = Field(default=0.0, ge=0)


class Condition(_Model):
    """A rectangle of floor or air that is difficult: a wet floor (friction) or, in Gazebo, a dusty haze (lidar).

    friction: of wheel on floor. Robots brake with about 0.1 g, so that they slip only below 0.1, as on a film of soap
    or oil; plain wet concrete (0.4 to 0.6) changes nothing.
    """

    id: str
    kind: Literal["wet", "dust"]
    x: float
    y: float
    size_x: float = Field(gt=0)
    size_y: float = Field(gt=0)
    friction: float = Field(default=0.05, gt=0, le=1.2)


Metres = Annotated[float, Field(gt=0.0, le=10.0)]


class OwnType(_Model):
    """A robot type of this site, as `amr site robot-type` makes it of a factsheet.

    like: the type of ours that says what no factsheet does (sensors, body, battery, times). Reach from base_link in m,
    with its load, too; speeds in m/s and rad/s, accelerations in m/s^2; max_payload in kg, 0 = it carries no known
    weight.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    like: Literal["lift_amr", "fork_robot"]
    front: Metres
    rear: Metres
    half_width: Metres
    load_front: Annotated[float, Field(ge=-10.0, le=10.0)]
    load_rear: Annotated[float, Field(ge=-10.0, le=10.0)]
    load_half_width: Metres
    max_payload: float = Field(ge=0.0, le=100_000.0)
    max_speed: float = Field(gt=0.0, le=5.0)
    max_turn_rate: float = Field(gt=0.0, le=10.0)
    acceleration: float = Field(gt=0.0, le=5.0)
    deceleration: float = Field(gt=0.0, le=5.0)

    def robot_type(self) -> RobotType:
        """Return the whole type."""
        base = robot_type(self.like)
        docking = min(base.max_speed_docking, self.max_speed)
        values = self.model_dump(exclude={"like"})
        return replace(base, **values, max_speed_docking=docking)


class FleetRobot(_Model):
    """A robot of the site's fleet and the parking place it starts from."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: str
    parking: str


class CameraArea(_Model):
    """An area that one camera guards beside crossings and docks: robots stop in it, or go slowly (m/s).

    A speed that the fleet takes in no zone is refused here: the area would be there and slow nobody.
    """

    id: str = Field(min_length=1, max_length=32)
    action: Literal["hold", "slow"] = "hold"
    max_speed: float = Field(default=0.0, ge=0.0, le=FASTEST_ZONE)
    polygon: Annotated[tuple[Point, ...], Field(min_length=3, max_length=64)]

    @model_validator(mode="after")
    def _speed_fits(self) -> CameraArea:
        if (self.action == "slow") != (self.max_speed > 0.0):
            raise ValueError("max_speed is for slow, and slow needs one")
        if 0.0 < self.max_speed < SLOWEST_ZONE:
            raise ValueError(f"max_speed below {SLOWEST_ZONE} m/s: hold is for that")
        return self


class Camera(_Model):
    """A fixed camera: where it hangs, what it looks at, and areas of its own."""

    id: str
    x: float
    y: float
    height: float
    looks_at: Point
    areas: tuple[CameraArea, ...] = ()


_TopicPart = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class ContainerGate(_Model):
    """A gate whose cameras read the numbers of containers together, each from its /gates/<id>/<camera>/image_raw."""

    id: _TopicPart
    cameras: Annotated[tuple[_TopicPart, ...], Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _no_camera_twice(self) -> ContainerGate:
        if len(set(self.cameras)) < len(self.cameras):  # it would agree with itself
            raise ValueError("a camera is named twice")
        return self


class FlowShare(_Model):
    """A share of the demand: orders from places of one kind to places of another."""

    pick: Literal["dock", "block", "rack", "crossdock", "gate"]
    drop: Literal["dock", "block", "rack", "crossdock", "gate"]
    share: float = Field(gt=0)


class Demand(_Model):
    """How orders arrive: rates per hour and the mix of flows."""

    base_per_hour: float = Field(gt=0)
    peak_per_hour: float = Field(gt=0)
    mix: Annotated[list[FlowShare], Field(min_length=1)]


class TrialRule(_Model):
    """Whether the site works under a controlled trial only: required = without a running one no robot is sent out."""

    required: bool = False


class Site(_Model):
    """A whole site. See docs for each part; `amr site lint` checks what a schema cannot."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    name_vi: str
    name_en: str
    size: tuple[Annotated[float, Field(gt=0, le=2000)], Annotated[float, Field(gt=0, le=2000)]]
    resolution: float = Field(default=0.05, gt=0.01, le=0.5)
    walls: list[Wall]
    boxes: list[Box] = []
    doors: list[Door] = []
    lanes: Annotated[list[Lane], Field(min_length=1)]
    zones: list[Zone] = []
    places: Annotated[list[Place], Field(min_length=1)]
    chargers: list[Station] = []
    parking: Annotated[list[Station], Field(min_length=1)]
    cameras: list[Camera] = []
    gates: list[ContainerGate] = []
    movers: list[Actor] = []
    conditions: list[Condition] = []
    robot_types: list[OwnType] = []
    fleet: Annotated[list[FleetRobot], Field(min_length=1)]
    demand: Demand
    trial: TrialRule = TrialRule()
    levels: list[Level] = []
    lifts: list[Lift] = []
    conveyors: list[Conveyor] = []
    air_locks: list[AirLock] = []
    load_types: list[LoadType] = []

    def level_at(self, x: float, y: float) -> Level | None:
        """Return the level that a point of the sheet (m) lies on; None: on none, or the site has one floor only."""
        return next((level for level in self.levels if level.holds(x, y)), None)

    def carried(self, robot_type: str) -> tuple[str, ...]:
        """Return the load types that robots of a type carry."""
        return tuple(kind.id for kind in self.load_types if not kind.robots or robot_type in kind.robots)

    @property
    def driven_doors(self) -> list[Door]:
        """The doors that robots drive through; the others are drawn only."""
        return [door for door in self.doors if door.lanes]

    def place(self, place_id: str) -> Place:
        """Return the place, or raise order.unknown_place."""
        for place in self.places:
            if place.id == place_id:
                return place
        raise AmrError("order.unknown_place", place=place_id)
