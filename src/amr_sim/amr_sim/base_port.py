"""What Gazebo does not do of a robot base's contract: command time-out, battery terms, charging, loads. No ROS.

Poses are those of base_link in the map frame; times in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from amr_core.geometry import Pose2D
from amr_core.robots import STANDING, RobotType
from amr_core.site import Site
from amr_sim.battery import CHARGE_ANGLE, CHARGE_DISTANCE, stands_at
from amr_sim.kinematics import CMD_TIMEOUT, approach
from amr_sim.load import Handling, LoadBook, LoadCode

STANDSTILL_WAIT = 2.0
"""How long (s) a load waits for a robot that still brakes: the true speed comes ten times a second, a little late."""

RAMP_STEP = 0.1
"""Longest step (s) of the wheels' speed at once: after a pause they start from where they were."""

TURN_RATE_BELIEVED = 2.0
"""Yaw rates above this multiple of the robot's limit are Gazebo's: its OdometryPublisher leaps by up to 2 pi a step
where a turn crosses +-pi (https://github.com/gazebosim/gz-sim/issues/3830)."""


@dataclass(frozen=True)
class Charge:
    """The battery in the contract's terms: percentage 0..1, current (A) above 0 while charging."""

    percentage: float
    current: float
    charging: bool


@dataclass
class WantedOperation:
    """An operation that starts when the robot stands; waited in s."""

    operation: int
    load_id: str
    waited: float = 0.0


class BasePort:
    """The base of one robot. Give it true poses and commands; step it ten times a second."""

    def __init__(self, site: Site, robot: RobotType) -> None:
        self._robot = robot
        self._chargers = [charger.pose for charger in site.chargers]
        self._loads = LoadBook(site, [robot])
        self._pose: Pose2D | None = None
        self._speed = 0.0
        self._turn_rate = 0.0
        self._command = (0.0, 0.0)
        self._commanded = -math.inf
        self._wheels = (-math.inf, 0.0)  # when and how fast they were told to turn last
        self._handling: Handling | None = None
        self._wanted: WantedOperation | None = None
        self.soc = math.nan

    def set_pose(self, pose: Pose2D, v: float, w: float = 0.0) -> None:
        """Take the true pose, speed (m/s) and yaw rate (rad/s); a yaw rate that no such robot has is not believed."""
        self._pose, self._speed = pose, v
        if abs(w) <= TURN_RATE_BELIEVED * self._robot.max_turn_rate:
            self._turn_rate = w

    @property
    def standing(self) -> bool:
        """Whether the robot neither drives nor turns."""
        return math.hypot(self._speed, self._turn_rate) < STANDING

    def command(self, now: float, v: float, w: float) -> None:
        """Take a velocity command; one with a number that is not finite stops the robot."""
        self._command = (v, w) if math.isfinite(v) and math.isfinite(w) else (0.0, 0.0)
        self._commanded = now

    def velocity(self, now: float) -> tuple[float, float]:
        """Return what the wheels get: zero after half a second of silence and while a load is handled."""
        silent = now - self._commanded > CMD_TIMEOUT
        return (0.0, 0.0) if silent or self._wanted or self._loads.busy(0) else self._command

    def wheels(self, now: float) -> tuple[float, float]:
        """Return what Gazebo's drive gets: velocity(), as the robot speeds up and brakes, forwards and in reverse.

        Gazebo's own limits go by sign: in reverse it sped up as a robot brakes and braked as one speeds up.
        """
        wanted, w = self.velocity(now)
        then, v = self._wheels
        dt, robot = min(max(now - then, 0.0), RAMP_STEP), self._robot
        limited = min(max(wanted, -robot.max_speed), robot.max_speed)
        v = float(approach(v, limited, robot.acceleration * dt, robot.deceleration * dt))
        self._wheels = (now, v)
        return v, w

    @property
    def at_charger(self) -> bool:
        """Whether the robot stands at a charger."""
        pose = self._pose
        return (
            pose is not None
            and self.standing
            and any(stands_at(pose, charger, CHARGE_DISTANCE, CHARGE_ANGLE) for charger in self._chargers)
        )

    def charge(self, percent: float, amperes: float) -> Charge:
        """Translate Gazebo's battery: percent 0..100 and current of any sign."""
        self.soc = min(1.0, max(0.0, percent / 100.0)) if math.isfinite(percent) else 0.0
        charging = self.at_charger and self.soc < 1.0
        size = abs(amperes) if math.isfinite(amperes) else 0.0
        # A charger at rest still counts: docking ends when the current is positive.
        return Charge(self.soc, max(size, 0.1) if charging else -size, charging)

    def handle(self, operation: int, load_id: str) -> LoadCode | None:
        """Start HandleLoad; return the code when it is refused at once, None when it runs or waits for standstill."""
        if self._pose is None:
            return LoadCode.NOT_AT_STATION
        if self._wanted is not None:
            return LoadCode.UNKNOWN
        if not self.standing:
            self._wanted = WantedOperation(operation, load_id)
            return None
        handling = self._loads.start(0, operation, load_id, self._pose, 0.0)
        self._handling = None if handling.code is not None else handling
        return handling.code

    def cancel(self) -> None:
        """Give up what is being handled; nothing has moved."""
        self._loads.cancel(0)
        self._handling = self._wanted = None

    @property
    def progress(self) -> float | None:
        """Progress 0..1 of the running operation, None when there is none."""
        return None if self._handling is None else self._handling.progress

    @property
    def load(self) -> str:
        """Id of the load on board, or ""."""
        return self._loads.on_board[0]

    @property
    def carrier_height(self) -> float:
        """Where load_joint should be (m): up from the moment that a load is being taken until it has been put down."""
        taking = self._handling is not None and self._handling.operation == 0
        return self._robot.handling.lifted if self.load or taking else 0.0

    def step(self, dt: float) -> LoadCode | None:
        """Advance a running operation, or the wait for standstill; return its code when it has ended."""
        if self._pose is None:
            return None
        if self._wanted is not None:
            return self._wait(self._wanted, dt)
        ended = self._loads.step(dt, [self._pose])
        if not ended:
            return None
        self._handling = None
        return ended[0].code

    def _wait(self, wanted: WantedOperation, dt: float) -> LoadCode | None:
        wanted.waited += dt
        if self.standing:
            self._wanted = None
            return self.handle(wanted.operation, wanted.load_id)
        if wanted.waited >= STANDSTILL_WAIT:
            self._wanted = None
            return LoadCode.NOT_AT_STATION
        return None
