"""A simulated lift: what a lift with its own controller does with what it is told. No clock, no I/O.

It moves only with its door closed, and the door opens only where the cabin stands. A light curtain keeps the door from
closing on somebody. While one session has it, others are not heard. When nobody tells it anything for WATCHDOG_S it
ends the ride that it is on, and closes its door; the session stays until it is ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from amr_core.doors import WATCHDOG_S, DoorMode
from amr_core.roadmap.model import Landing, LiftWay

LiftMode = Literal["UNKNOWN", "HUMAN", "AGV", "FIRE", "OFFLINE", "EMERGENCY"]
"""What a lift works for, as Open-RMF calls it; only in AGV mode robots may use it."""

LiftMotion = Literal["STOPPED", "UP", "DOWN", "UNKNOWN"]

_LEVELLED: Final = 1e-6  # m from a floor: it stands there


@dataclass(frozen=True)
class LiftSaid:
    """What a lift says of itself; as it stands here it says nothing, and nobody rides.

    level: where it stands, or is nearest to, "" = not known; target: where it goes; session: whose it is, "" = free.
    """

    level: str = ""
    target: str = ""
    door: DoorMode = "UNKNOWN"
    motion: LiftMotion = "UNKNOWN"
    mode: LiftMode = "UNKNOWN"
    session: str = ""


@dataclass
class SimulatedLift:
    """One cabin. z: its height (m); share: how far its door is open, 0..1; session: whose it is, "" = nobody's.

    stuck: it stands still wherever it is, though it says that it works; silent: nobody hears what it says.
    """

    way: LiftWay
    z: float = 0.0
    share: float = 0.0
    session: str = ""
    target: str = ""
    told_at: float = -1e9
    mode: LiftMode = "AGV"
    stuck: bool = False
    silent: bool = False
    moving: bool = field(default=False, init=False)
    rises: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Begin at the first stop."""
        self.z, self.target = self.way.stops[0].height, self.way.stops[0].level

    def tell(self, now: float, level: str, session: str) -> None:
        """Take the request (s) of a session for a level; one of another session than it has is not heard."""
        known = any(stop.level == level for stop in self.way.stops)
        if self.mode == "AGV" and known and session and self.session in ("", session):
            self.session, self.target, self.told_at = session, level, now

    def end(self, session: str) -> None:
        """End a session."""
        if self.session == session:
            self.session, self.told_at = "", -1e9

    def people(self, level: str) -> None:
        """Somebody in the cabin goes to a level; he has it in HUMAN mode."""
        self.mode, self.session, self.target, self.told_at = "HUMAN", "", level, -1e9

    def step(self, now: float, dt: float, *, blocked: bool = False) -> None:
        """Move for dt s; blocked: the light curtain sees somebody."""
        self.moving = False
        if self.stuck or self.mode in ("OFFLINE", "EMERGENCY", "UNKNOWN"):
            return
        away = self._stop(self.target).height - self.z
        there = abs(away) <= _LEVELLED
        wanted = there and (self.mode in ("HUMAN", "FIRE") or now - self.told_at <= WATCHDOG_S)
        if wanted:
            self.share = min(1.0, self.share + dt / self.way.open_s)
        elif self.share > 0.0:
            self.share = self.share if blocked else max(0.0, self.share - dt / self.way.open_s)
        elif not there:
            step = self.way.speed * dt
            self.z += max(-step, min(step, away))
            self.moving, self.rises = True, away > 0.0

    def _stop(self, level: str) -> Landing:
        return next(stop for stop in self.way.stops if stop.level == level)

    @property
    def nearest(self) -> Landing:
        """The stop that the cabin is nearest to: what lifts call the floor that they are on."""
        return min(self.way.stops, key=lambda stop: abs(stop.height - self.z))

    @property
    def stands(self) -> bool:
        """The cabin is level with a floor."""
        return abs(self.nearest.height - self.z) <= _LEVELLED

    @property
    def door(self) -> DoorMode:
        """What its door says of itself."""
        if self.share <= 0.0:
            return "CLOSED"
        return "OPEN" if self.share >= 1.0 else "OPENING"

    def open_at(self, level: str) -> bool:
        """The landing door of a level stands wide open: the cabin is behind it."""
        return self.stands and self.nearest.level == level and self.share >= 1.0

    @property
    def motion(self) -> LiftMotion:
        """Whether and where it moves; UNKNOWN: it stands between floors, and nobody knows why."""
        if self.moving:
            return "UP" if self.rises else "DOWN"
        return "STOPPED" if self.stands else "UNKNOWN"

    def said(self) -> LiftSaid:
        """Return what it says of itself."""
        return LiftSaid(self.nearest.level, self.target, self.door, self.motion, self.mode, self.session)
