"""Typed descriptions of the robot types: geometry, limits, sensors, battery.

One description serves the simulator, the navigation, the traffic engine and the site lint.
Frames: base_link is the centre of rotation on the floor (REP-105); x forward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, rectangle

GRAVITY: Final = 9.81  # m/s^2, as in the worlds that site.generators.world writes
VOLTAGE: Final = 48.0  # V, usual for robots of this size; Gazebo asks for V and Ah where a robot type says Wh
STANDING: Final = 0.02
"""m/s or rad/s, either way: slower is the noise of its odometry to a robot that looks at itself."""
STANDSTILL: Final = 0.05
"""m/s, either way: slower is standing to others, who know what it reported: a second old, by wheels of any make."""


@dataclass(frozen=True, kw_only=True)
class LidarSpec:
    """A planar lidar: mount pose on base_link, beams, field of view (rad), range (m), noise (m, 1 sigma)."""

    name: str
    mount: Pose2D
    beams: int = 271
    field_of_view: float = 4.71238898
    range_min: float = 0.05
    range_max: float = 20.0
    sigma: float = 0.01
    height: float = 0.2


@dataclass(frozen=True, kw_only=True)
class CameraSpec:
    """A forward camera: optical centre (m, in base_link), image size (px), focal length (px)."""

    x: float = 0.6
    z: float = 0.45
    width: int = 640
    height: int = 480
    focal: float = 554.0


@dataclass(frozen=True, kw_only=True)
class DepthCameraSpec:
    """A forward depth camera: mount (m, in base_link), pitch (rad, down positive), image, view (rad), range (m)."""

    x: float = 0.6
    z: float = 0.38
    pitch: float = 0.35
    width: int = 320
    height: int = 240
    field_of_view: float = 1.51843645
    range_min: float = 0.15
    range_max: float = 6.0
    rate: float = 10.0

    @property
    def focal(self) -> float:
        """Focal length (px)."""
        return self.width / 2.0 / math.tan(self.field_of_view / 2.0)


@dataclass(frozen=True, kw_only=True)
class BodySpec:
    """The body as Gazebo needs it: heights above the floor and lengths (m), masses (kg).

    The lidars look out of a slot that runs around the body: below it the skirt, above it the deck.
    """

    clearance: float = 0.04
    slot_bottom: float = 0.16
    slot_top: float = 0.24
    slot_depth: float = 0.10
    deck_top: float = 0.30
    mass: float
    wheel_radius: float = 0.10
    wheel_width: float = 0.06
    wheel_separation: float = 0.70
    wheel_mass: float = 9.0
    caster_radius: float = 0.05
    caster_gap: float = 0.001


@dataclass(frozen=True, kw_only=True)
class HandlingSpec:
    """What takes the load: a lifting plate or forks, on one vertical joint. Travel m, speed m/s, mass kg."""

    kind: Literal["lift", "fork"]
    travel: float
    lifted: float
    speed: float
    mass: float
    thickness: float = 0.03
    mast_height: float = 0.0
    mast_mass: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RobotType:
    """What a robot type can do. Speeds m/s and rad/s, accelerations m/s^2 and rad/s^2, lengths m, masses kg."""

    name: str
    front: float
    rear: float
    half_width: float
    load_front: float
    load_rear: float
    load_half_width: float
    max_payload: float
    max_speed: float
    max_speed_docking: float
    max_turn_rate: float
    acceleration: float
    deceleration: float
    turn_acceleration: float
    lidars: tuple[LidarSpec, LidarSpec]
    camera: CameraSpec
    depth_camera: DepthCameraSpec
    body: BodySpec
    handling: HandlingSpec
    load_seconds: float
    battery_capacity_wh: float
    idle_power_w: float
    drive_power_w: float
    charge_power_w: float

    def reach(self, *, loaded: bool) -> tuple[float, float, float]:
        """Return how far (m) the body (with its load) reaches from base_link: front, rear, half width."""
        if not loaded:
            return self.front, self.rear, self.half_width
        half_width = max(self.half_width, self.load_half_width)
        return max(self.front, self.load_front), max(self.rear, self.load_rear), half_width

    def footprint(self, *, loaded: bool = False) -> FloatArray:
        """Return the 4x2 corners of the body (with its load) in base_link, counter-clockwise, metres."""
        return rectangle(*self.reach(loaded=loaded))

    def circumscribed_radius(self, *, loaded: bool = True) -> float:
        """Return the radius of the circle that the body sweeps when it turns on the spot."""
        return float(max((x * x + y * y) ** 0.5 for x, y in self.footprint(loaded=loaded)))


def _lidars(front: float, rear: float, half_width: float) -> tuple[LidarSpec, LidarSpec]:
    return (
        LidarSpec(name="front", mount=Pose2D(front - 0.03, half_width - 0.03, 0.78539816)),
        LidarSpec(name="rear", mount=Pose2D(-rear + 0.03, -half_width + 0.03, -2.35619449)),
    )


LIFT_AMR = RobotType(
    name="lift_amr",
    front=0.675,
    rear=0.675,
    half_width=0.46,
    load_front=0.6,
    load_rear=0.6,
    load_half_width=0.5,
    max_payload=1200.0,
    max_speed=1.2,
    max_speed_docking=0.3,
    max_turn_rate=0.9,
    acceleration=0.6,
    deceleration=0.9,
    turn_acceleration=1.5,
    lidars=_lidars(0.675, 0.675, 0.46),
    camera=CameraSpec(),
    depth_camera=DepthCameraSpec(),
    body=BodySpec(mass=232.0),
    handling=HandlingSpec(kind="lift", travel=0.06, lifted=0.05, speed=0.02, mass=30.0),
    load_seconds=12.0,
    battery_capacity_wh=2400.0,
    idle_power_w=70.0,
    drive_power_w=420.0,
    charge_power_w=3000.0,
)

FORK_ROBOT = RobotType(
    name="fork_robot",
    front=0.7,
    rear=0.7,
    half_width=0.45,
    load_front=0.7,
    load_rear=0.7,
    load_half_width=0.5,
    max_payload=1400.0,
    max_speed=1.5,
    max_speed_docking=0.3,
    max_turn_rate=0.8,
    acceleration=0.5,
    deceleration=0.8,
    turn_acceleration=1.2,
    lidars=_lidars(0.7, 0.7, 0.45),
    camera=CameraSpec(x=0.65),
    depth_camera=DepthCameraSpec(x=0.65),
    body=BodySpec(mass=760.0, wheel_separation=0.66, wheel_radius=0.115, wheel_width=0.08, wheel_mass=16.0),
    handling=HandlingSpec(
        kind="fork", travel=4.6, lifted=0.15, speed=0.15, mass=85.0, thickness=0.05, mast_height=2.2, mast_mass=240.0
    ),
    load_seconds=18.0,
    battery_capacity_wh=3600.0,
    idle_power_w=90.0,
    drive_power_w=600.0,
    charge_power_w=4000.0,
)

_TYPES: Final = {t.name: t for t in (LIFT_AMR, FORK_ROBOT)}
ROBOT_TYPES = MappingProxyType(_TYPES)
"""The types that this process knows: ours, and those of the sites that it has loaded."""


def add_type(kind: RobotType) -> None:
    """Make a type of a site known, or raise site.invalid when its name stands for another one already."""
    if _TYPES.setdefault(kind.name, kind) != kind:
        reason = "another type has that name"
        raise AmrError("site.invalid", where=f"robot_types.{kind.name}", reason=reason)


def robot_type(name: str) -> RobotType:
    """Return the robot type called name, or raise request.invalid."""
    try:
        return ROBOT_TYPES[name]
    except KeyError:
        reason = f"{name} is not one of {list(ROBOT_TYPES)}"
        raise AmrError("request.invalid", where="robot_type", reason=reason) from None
