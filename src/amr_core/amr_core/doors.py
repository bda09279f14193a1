"""A simulated door: what a roller door with its own controller does with what it is told; when doors say how they are.

No clock, no I/O. Targets are set, never toggled. A light curtain keeps it from closing on somebody. When nobody tells
it anything for WATCHDOG_S it goes by its own logic: it closes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

DoorMode = Literal["UNKNOWN", "CLOSED", "OPENING", "OPEN", "CLOSING", "FAULT", "OFFLINE"]
"""What a door says of itself; UNKNOWN: nothing, or nothing lately."""

WATCHDOG_S: Final = 5.0  # also of a lift; told each second, so four may be lost; longer, a dead fleet's stay open
SAY_S: Final = 0.5
"""s between two states of a door that does not change."""
# m; chosen: twice as thick as industrial leaves, so that no fast body steps through it
LEAF_HALF_THICKNESS: Final = 0.04


def leaf_topic(door_id: str, what: str) -> str:
    """Return the topic of a leaf in Gazebo: height (m, to it) or joint_states (from it); the same in Gazebo and ROS."""
    return f"/doors/door_{topic_part(door_id)}/{what}"


def topic_part(identifier: str) -> str:
    """Return an id as a part of a topic's name that ROS accepts."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"_{ord(found[0]):x}_", identifier)


@dataclass
class SimulatedDoor:
    """One leaf. open_s: s from closed to open; share: how far it is open, 0..1; fault: it does not move any more.

    button: somebody at the door holds it open; silent: nobody hears what it says; slow: times its usual time.
    """

    door_id: str
    open_s: float
    share: float = 0.0
    wanted: bool = False
    told_at: float = -1e9
    fault: bool = False
    button: bool = False
    silent: bool = False
    slow: float = 1.0

    def tell(self, now: float, *, open_it: bool) -> None:
        """Take a request (s)."""
        self.wanted, self.told_at = open_it, now

    def step(self, now: float, dt: float, *, blocked: bool = False) -> None:
        """Move for dt s; blocked: the light curtain sees somebody."""
        if self.fault:
            return
        move = dt / (self.open_s * self.slow)
        if self._held(now):
            self.share = min(1.0, self.share + move)
        elif not blocked:
            self.share = max(0.0, self.share - move)

    def mode(self, now: float) -> DoorMode:
        """Return what it says of itself."""
        if self.fault:
            return "FAULT"
        if self._held(now):
            return "OPEN" if self.share >= 1.0 else "OPENING"
        return "CLOSED" if self.share <= 0.0 else "CLOSING"

    def _held(self, now: float) -> bool:
        return self.button or (self.wanted and now - self.told_at <= WATCHDOG_S)

    @property
    def solid(self) -> bool:
        """The leaf hangs where robots drive."""
        return self.share < 1.0


class SaidStates:
    """When doors and lifts say how they are: at once when that changed, else every SAY_S."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[object, float]] = {}

    def due(self, name: str, state: object, now: float) -> bool:
        """Return whether one is to say its state now (s), and take it as said."""
        before, at = self._said.get(name, (None, -math.inf))
        due = state != before or now - at >= SAY_S - 1e-6
        if due:
            self._said[name] = (state, now)
        return due
