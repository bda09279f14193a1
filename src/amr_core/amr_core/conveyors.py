"""A simulated conveyor: what one does with what it is told, and what its load sensor says. No clock, no I/O.

It has no leaf: it is ready some time after it was asked. It carries off what lies there, or brings what is wanted, for
the robot that is next to it: a robot with a load finds its hand-over place free, one without finds a load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amr_core.doors import SimulatedDoor

BeltState = Literal["UNKNOWN", "FREE", "LOAD"]
"""What a conveyor says of its hand-over place; UNKNOWN: nothing, or nothing lately."""


@dataclass
class SimulatedConveyor(SimulatedDoor):
    """A conveyor with a load sensor. lies: a load lies at its hand-over place.

    fixed: what its sensor is stuck at; blind: nobody hears its sensor.
    """

    lies: bool = False
    fixed: bool | None = None
    blind: bool = False

    def serve(self, *, loaded: bool, docked: bool) -> None:
        """Have what the robot next to it needs; what a docked one has not on board lies here."""
        if docked or (self.wanted and self.share >= 1.0):
            self.lies = not loaded

    @property
    def belt(self) -> BeltState:
        """What its load sensor says."""
        return "LOAD" if (self.lies if self.fixed is None else self.fixed) else "FREE"


def simulated(name: str, ready_s: float, *, load_sensor: bool) -> SimulatedDoor:
    """Return a simulated conveyor; one without a load sensor is no more than a door that takes so long (s)."""
    return SimulatedConveyor(name, ready_s) if load_sensor else SimulatedDoor(name, ready_s)
