"""A simulated multicopter with its autopilot: point mass, wind, battery, and failsafes that need no fleet.

It flies missions as a MAVLink autopilot does: waypoint by waypoint, and by itself home or down when something is wrong.
Units m, rad, s; map frame, z above the floor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from amr_uav.model import Failsafe, FlightLimits, FlightMode, Telemetry, Volume, Waypoint

LINK_S: Final = 3.0
"""s without the fleet's beat after which it comes home."""
_ACCELERATION: Final = 1.5  # m/s^2; made up: a lean of 9 degrees, as indoor flights are set to
_GAIN: Final = 1.2  # 1/s; chosen: it brakes from 1 m/s within 0.8 m; above, it would overshoot with _ACCELERATION
_REACHED: Final = 0.25  # m; as a MAVLink mission of ours asks for (amr_uav.mavlink.upload)
_OUTSIDE: Final = 1.0  # m beyond its fence: it is carried away
_DESCENT: Final = 0.6  # m/s; made up: below PX4's own 0.7 for landings, as for a ceiling that is low
_LEAK: Final = 0.04  # share of the wind that moves it until its autopilot has learnt to lean against it
_TRIM: Final = 0.4  # 1/s^2, how fast it learns that
_MOST_TRIM: Final = 1.5  # m/s; _LEAK of 37 m/s of wind, more than anybody flies in; without an end it would wind up
_NEAR: Final = 0.6  # m from where it wants to be; farther away the distance says nothing of the wind
_CRITICAL: Final = 0.05  # share of the battery; chosen: lands where it is, since it may not get home
HELD: Final = 1.5
"""Times its wind limit: in faster air its autopilot no longer holds it."""


@dataclass(frozen=True)
class FlightMission:
    """What it was given to fly. fence: what it must not leave; transit: m, height of the way home."""

    flight_id: str
    waypoints: tuple[Waypoint, ...]
    fence: Volume
    transit: float


@dataclass
class SimulatedAircraft:
    """State and autopilot. wind: m/s (x, y) of the air; position_ok: False = indoors without any position."""

    name: str
    limits: FlightLimits
    pad: tuple[float, float]
    seed: int = 1
    wind: tuple[float, float] = (0.0, 0.0)
    soc: float = 1.0
    position_ok: bool = True
    mode: FlightMode = "LANDED"
    failsafe: Failsafe = ""
    item: int = 0
    mission: FlightMission | None = None
    looked: float = 0.0
    scan_since: float = 0.0
    p: np.ndarray = field(init=False)
    v: np.ndarray = field(init=False)
    yaw: float = 0.0

    def __post_init__(self) -> None:
        self.p = np.array([*self.pad, 0.0])
        self.v = np.zeros(3)
        self._rng = np.random.default_rng(self.seed)
        self._gust = np.zeros(2)
        self._trim = np.zeros(2)
        self._spot: np.ndarray | None = None

    # What it is told ----------------------------------------------------------------------------------------------

    def fly(self, mission: FlightMission, age: float = 0.0) -> bool:
        """Take off for a mission; False when it is in the air, does not know where it is, or the mission is empty.

        age: s since it was sent; one that was under way for long, or comes from the future, is not flown: the ground
        below may be others' again.
        """
        if abs(age) > LINK_S:
            return False
        if self.mode != "LANDED" or not self.position_ok or not mission.waypoints:
            return False
        self.mission, self.item, self.mode, self.failsafe, self.looked = mission, 0, "TAKEOFF", "", 0.0
        self._trim[:] = 0.0
        return True

    def told(self, command: str, flight_id: str) -> bool:
        """Hold, resume, return or land; False when it makes no sense now or is meant for another flight."""
        if self.mode == "LANDED" or self.mission is None or flight_id != self.mission.flight_id:
            return False
        if command == "hold" and self.mode in ("MISSION", "TAKEOFF"):
            self.mode = "HOLD"
        elif command == "resume" and self.mode == "HOLD":
            self.mode = "MISSION"
        elif command == "return" and self.mode != "LAND":
            self.mode = "RETURN"
        elif command == "land":
            self.mode = "LAND"
        else:
            return False
        return True

    # Time ---------------------------------------------------------------------------------------------------------

    @property
    def scan(self) -> str:
        """The cell that it looks at now, "" = none."""
        if self.mode != "MISSION" or self.mission is None or self.item >= len(self.mission.waypoints):
            return ""
        return self.mission.waypoints[self.item].scan if self.looked > 0.0 else ""

    def step(self, now: float, dt: float, heard: float) -> None:
        """Fly for dt s; heard: when the fleet was heard last."""
        self._gust += (-0.5 * self._gust * dt) + 0.2 * math.hypot(*self.wind) * math.sqrt(dt) * self._rng.normal(size=2)
        if self.mode == "LANDED":
            return
        self.soc = max(0.0, self.soc - dt / self.limits.endurance * (1.0 + (math.hypot(*self.air) / 12.0) ** 2))
        self._protect(now, heard)
        self._move(dt, self._wanted(now, dt))

    @property
    def air(self) -> tuple[float, float]:
        """Wind with its gusts (m/s)."""
        return self.wind[0] + float(self._gust[0]), self.wind[1] + float(self._gust[1])

    def _protect(self, now: float, heard: float) -> None:
        x, y, z = self.p.tolist()
        if not self.position_ok:
            self._fail("position", "LAND")
        elif self.mission is not None and not self.mission.fence.holds(x, y, z, _OUTSIDE):
            self._fail("fence", "LAND")
        elif self.soc < _CRITICAL:
            self._fail("battery", "LAND")
        elif self.soc < self._way_home() + self.limits.reserve / 2.0:
            self._fail("battery", "RETURN")
        elif now - heard > LINK_S:
            self._fail("link", "RETURN")

    def _fail(self, why: Failsafe, mode: FlightMode) -> None:
        """Do what is safe; who lands already goes on landing, who comes home may still have to land."""
        if self.mode not in ("LAND", mode):
            self.failsafe, self.mode = why, mode

    def _way_home(self) -> float:
        """Return which share of the battery the way home takes."""
        transit = self.mission.transit if self.mission is not None else 0.0
        flat = math.hypot(self.p[0] - self.pad[0], self.p[1] - self.pad[1])
        up = abs(transit - float(self.p[2])) + transit * self.limits.climb / _DESCENT
        return (flat / self.limits.cruise + up / self.limits.climb) / self.limits.endurance

    def _wanted(self, now: float, dt: float) -> np.ndarray:
        """Return where it wants to be (m), and take the next waypoint when it is there."""
        assert self.mission is not None
        over = np.array([*self.pad, self.mission.transit])
        self._spot = self._spot if self.mode in ("HOLD", "RETURN", "LAND") else None
        if self.mode == "TAKEOFF":
            if self._at(over):
                self.mode = "MISSION"
            return over
        if self.mode in ("HOLD", "LAND"):
            return self._stay()
        if self.mode == "RETURN":
            return self._homeward(over)
        return self._onward(now, dt)

    def _stay(self) -> np.ndarray:
        """Return the place that it keeps to while it hovers or lands; without a position nothing keeps it."""
        if self._spot is None or not self.position_ok:
            self._spot = self.p + 0.3 * self.v
        return np.array([*self._spot[:2], 0.0 if self.mode == "LAND" else self._spot[2]])

    def _homeward(self, over: np.ndarray) -> np.ndarray:
        if math.hypot(self.p[0] - over[0], self.p[1] - over[1]) < _REACHED:
            self.mode, self._spot = "LAND", over
            return np.array([over[0], over[1], 0.0])
        if self.p[2] < over[2] - _REACHED:
            # It climbs over the place where it began: "where I am" would be a goal that the wind carries away with it.
            self._spot = self.p + 0.3 * self.v if self._spot is None else self._spot
            return np.array([self._spot[0], self._spot[1], over[2]])
        return over

    def _onward(self, now: float, dt: float) -> np.ndarray:
        assert self.mission is not None
        if self.item >= len(self.mission.waypoints):
            self.mode = "RETURN"
            return self.p
        goal = self.mission.waypoints[self.item]
        self.yaw = goal.yaw
        place = np.array(goal.at)
        if self._at(place) or self.looked > 0.0:
            self.scan_since = now if self.looked == 0.0 else self.scan_since
            self.looked += dt
            if not goal.scan or self.looked >= self.limits.look:
                self.item, self.looked = self.item + 1, 0.0
        return place

    def _at(self, place: np.ndarray) -> bool:
        return bool(np.linalg.norm(place - self.p) < _REACHED)

    def _move(self, dt: float, goal: np.ndarray) -> None:
        off = goal - self.p
        wanted = _GAIN * off
        flat = math.hypot(wanted[0], wanted[1])
        if flat > self.limits.cruise:
            wanted[:2] *= self.limits.cruise / flat
        climb = self.limits.climb
        wanted[2] = -_DESCENT if self.mode == "LAND" else np.clip(wanted[2], -climb, climb)
        wanted[:2] += self._against_wind(off[:2], dt)
        change = wanted - self.v
        size = float(np.linalg.norm(change))
        self.v += change * min(1.0, _ACCELERATION * dt / size) if size > 0.0 else 0.0
        # Without a position nothing holds it against the wind.
        leak = _LEAK if self.position_ok else 0.5
        over = max(0.0, math.hypot(*self.air) - HELD * self.limits.max_wind)
        air = np.array(self.air)
        carried = leak * air + 0.3 * over * air / max(1e-9, float(np.linalg.norm(air)))
        self.p += self.v * dt
        self.p[:2] += carried * dt
        if self.p[2] <= 0.0:
            self.p[2] = 0.0
            if self.mode == "LAND":
                self.mode, self.v[:] = "LANDED", 0.0

    def _against_wind(self, off: np.ndarray, dt: float) -> np.ndarray:
        """Return the speed (m/s) against a steady wind, learnt from how far (m) it stands beside its goal."""
        if not self.position_ok:
            self._trim[:] = 0.0
        elif float(np.linalg.norm(off)) < _NEAR:
            self._trim += _TRIM * off * dt
            self._trim *= min(1.0, _MOST_TRIM / max(1e-9, float(np.linalg.norm(self._trim))))
        return self._trim

    def telemetry(self, now: float) -> Telemetry:
        """Return what it says of itself."""
        x, y, z = self.p.tolist()
        return Telemetry(
            t=now, vehicle=self.name, flight_id=self.mission.flight_id if self.mission else "", mode=self.mode,
            failsafe=self.failsafe, item=self.item, x=x, y=y, z=z, yaw=self.yaw, soc=self.soc,
            position_ok=self.position_ok, wind=math.hypot(*self.air),
        )  # fmt: skip


def mission_of(flight_id: str, rows: Sequence[Waypoint], fence: Volume, transit: float) -> FlightMission:
    """Return a mission; a fence without area is the whole world."""
    if len(fence.polygon) < 3:
        far = 1e4
        fence = replace(fence, polygon=((-far, -far), (far, -far), (far, far), (-far, far)))
    return FlightMission(flight_id, tuple(rows), fence, transit)
