"""The figures of one run, folded from the fleet's and the simulator's own words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FleetWord:
    """What the fleet manager says: counters, and service times (created to delivered) in seconds."""

    total: int
    done: int
    cancelled: int
    failed: int
    deadlocks: int
    service_p95_s: float = 0.0
    service_mean_s: float = 0.0


@dataclass(frozen=True)
class SimWord:
    """What the simulator says of the ground truth."""

    collisions: int
    min_separation_m: float
    distance_m: float
    localisation_error_p95_m: float
    loads_dropped: int
    lockstep_timeouts: int
    collision_log: Sequence[str] = ()
    docking_offset_max_m: float = -1.0
    docking_angle_max_rad: float = -1.0


@dataclass(frozen=True)
class SensorWord:
    """What contact sensors say, which are in Gazebo only; None where nobody counts."""

    contacts: int | None = None
    log: Sequence[str] = ()


@dataclass
class RunReport:
    """Collects until every wanted order has ended."""

    wanted: int
    started: float = -1.0
    now: float = 0.0
    fleet: FleetWord = field(default_factory=lambda: FleetWord(0, 0, 0, 0, 0))
    sim: SimWord = field(default_factory=lambda: SimWord(0, -1.0, 0.0, -1.0, 0, 0))
    sensors: SensorWord = field(default_factory=SensorWord)

    @property
    def ended(self) -> bool:
        """Whether every wanted order has been created and has ended, one way or the other."""
        ended = self.fleet.done + self.fleet.cancelled + self.fleet.failed
        return self.wanted > 0 and self.fleet.total >= self.wanted and ended >= self.fleet.total

    @property
    def all_done(self) -> bool:
        """Whether every wanted order was delivered."""
        return self.fleet.done >= self.wanted and self.fleet.done == self.fleet.total

    def progress(self) -> str:
        """One line for a person who waits."""
        return (
            f"{self.now:7.0f} s simulated, {self.fleet.done} of {self.wanted} orders delivered, "
            f"{self.sim.collisions} collisions"
        )

    def figures(self, wall_seconds: float) -> dict[str, Any]:
        """The report as it is written to run.json."""
        simulated = max(0.0, self.now - self.started) if self.started >= 0 else 0.0
        return {
            "orders_total": self.fleet.total,
            "orders_done": self.fleet.done,
            "orders_cancelled": self.fleet.cancelled,
            "orders_failed": self.fleet.failed,
            "sim_seconds": round(simulated, 2),
            "wall_seconds": round(wall_seconds, 2),
            "rtf": round(simulated / wall_seconds, 3) if wall_seconds > 0 else 0.0,
            "collisions": self.sim.collisions,
            "collision_log": list(self.sim.collision_log),
            "sensor_contacts": self.sensors.contacts,
            "sensor_contact_log": list(self.sensors.log),
            "min_separation_m": round(self.sim.min_separation_m, 3),
            "deadlocks": self.fleet.deadlocks,
            "distance_m": round(self.sim.distance_m, 1),
            "localisation_error_p95_m": round(self.sim.localisation_error_p95_m, 4),
            "loads_dropped": self.sim.loads_dropped,
            "docking_offset_max_mm": _scaled(self.sim.docking_offset_max_m, 1000.0),
            "docking_angle_max_deg": _scaled(self.sim.docking_angle_max_rad, math.degrees(1.0)),
            "order_service_p95_s": round(self.fleet.service_p95_s, 1),
            "order_service_mean_s": round(self.fleet.service_mean_s, 1),
            "lockstep_timeouts": self.sim.lockstep_timeouts,
        }


def _scaled(value: float, factor: float) -> float | None:
    """Return a figure in another unit; None while there is none (-1)."""
    return None if value < 0 else round(value * factor, 2)
