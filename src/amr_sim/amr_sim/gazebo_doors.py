"""The doors of a site in Gazebo: our controllers lead the leaves, and say of them what Gazebo says. No ROS."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from amr_core.doors import DoorMode, SimulatedDoor
from amr_core.geometry import FloatArray
from amr_core.site import Site
from amr_core.site.generators.doors import travel
from amr_sim.doors import SimDoors, panel
from amr_sim.polygon import pack

SILENT_AFTER: Final = 2.0
"""s without a word from Gazebo about its leaf after which a door is silent: nobody knows where it hangs."""
NEAR: Final = 0.02
"""Share of the way within which a leaf is at its end: a joint never stops exactly there."""
LONGEST_STEP: Final = 1.0
"""s; after a pause in /clock doors go on from where they were."""


class Leaves:
    """How far each leaf is open, 0..1, by what Gazebo says of its height."""

    def __init__(self, site: Site) -> None:
        self._doors = {door.id: door for door in site.driven_doors}
        self._shares = dict.fromkeys(self._doors, 0.0)

    def hear(self, door_id: str, height: float) -> bool:
        """Take how high a leaf hangs (m); tell whether that was a number."""
        if not math.isfinite(height):
            return False
        self._shares[door_id] = min(1.0, max(0.0, height / travel(self._doors[door_id])))
        return True

    def share(self, door_id: str) -> float:
        """Return how far a leaf is open; 0 before it was heard of."""
        return self._shares[door_id]

    def in_the_way(self) -> list[tuple[str, FloatArray]]:
        """Return names and outlines (m, map) of the leaves below which not every robot passes."""
        return [(f"door_{k}", panel(door)) for k, door in self._doors.items() if self._shares[k] < 1.0 - NEAR]


@dataclass
class LedDoor(SimulatedDoor):
    """A door whose leaf hangs in Gazebo. leaf: how far it is open there, 0..1; heard_at: when that was said (s)."""

    leaf: float = 0.0
    heard_at: float = -math.inf

    def mode(self, now: float) -> DoorMode:
        """Return what it says of itself: at an end only when the leaf is there."""
        mode = super().mode(now)
        if mode == "OPEN" and self.leaf < 1.0 - NEAR:
            return "OPENING"
        if mode == "CLOSED" and self.leaf > NEAR:
            return "CLOSING"
        return mode


class GazeboDoors:
    """Takes heights of leaves and outlines of robots as they come; step() leads all leaves."""

    def __init__(self, site: Site) -> None:
        self.all = {door.id: LedDoor(door.id, door.open_s, silent=True) for door in site.driven_doors}
        self._leaves = Leaves(site)
        self._travel = {door.id: travel(door) for door in site.driven_doors}
        self._doors = SimDoors(site, self.all)
        self._now: float | None = None

    def hear(self, door_id: str, height: float, now: float) -> None:
        """Take how high a leaf hangs (m) at a time (s); what is no number says nothing."""
        if self._leaves.hear(door_id, height):
            self.all[door_id].leaf, self.all[door_id].heard_at = self._leaves.share(door_id), now

    def step(self, now: float, robots: Mapping[str, FloatArray]) -> dict[str, float]:
        """Move all doors up to a time (s) among outlines of robots (m, map); return the height (m) of each leaf."""
        before, self._now = self._now, now
        dt = 0.0 if before is None else min(max(now - before, 0.0), LONGEST_STEP)
        self._doors.step(now, dt, *pack(list(robots.values())), len(robots))
        for door in self.all.values():
            door.silent = now - door.heard_at > SILENT_AFTER
        return {name: door.share * self._travel[name] for name, door in self.all.items()}
