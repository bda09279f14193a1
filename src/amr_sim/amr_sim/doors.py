"""The doors of a site as bodies: a leaf that is seen by lidars, stands in the way, and does not close on anybody."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from amr_core.conveyors import SimulatedConveyor, simulated
from amr_core.doors import LEAF_HALF_THICKNESS, SimulatedDoor
from amr_core.geometry import FloatArray, Pose2D, rectangle, transform
from amr_core.roadmap.doorways import leaf
from amr_core.site import Conveyor, Door, Site
from amr_sim.kernel import kernel
from amr_sim.load import REACH
from amr_sim.polygon import IntArray, bounds, gap_of_boxes, overlap, separation

_BUTTON: Final = 8.0  # m from the leaf at which people and forklifts have it opened
_BELOW: Final = 0.1  # share from which a lidar near the floor looks under the leaf


def panel(door: Door) -> FloatArray:
    """Return the outline of a door's leaf (4, 2), m, map frame."""
    half = LEAF_HALF_THICKNESS
    return transform(rectangle(half, half, door.width / 2), Pose2D(door.x, door.y, door.theta))


@kernel
def _who_is_there(
    curtains: FloatArray, corners: FloatArray, counts: IntArray, robots: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return of each curtain (D, 4, 2) whether somebody who is no robot is near, and whether anybody stands in it."""
    near, blocked = np.zeros(len(curtains), dtype=np.bool_), np.zeros(len(curtains), dtype=np.bool_)
    for d in range(len(curtains)):
        box = bounds(curtains[d], 4)
        for k in range(len(corners)):
            gap = gap_of_boxes(box, bounds(corners[k], counts[k]))
            if gap <= 0.0 and not blocked[d]:
                blocked[d] = overlap(curtains[d], 4, corners[k], counts[k])
            if k >= robots and gap < _BUTTON and not near[d]:
                near[d] = separation(curtains[d], 4, corners[k], counts[k]) < _BUTTON
    return near, blocked


class SimDoors:
    """All doors that robots drive through. doors: by id, where another kind than the plain one moves them."""

    def __init__(self, site: Site, doors: Mapping[str, SimulatedDoor] | None = None) -> None:
        driven = site.driven_doors
        self.all = dict(doors) if doors is not None else {d.id: SimulatedDoor(d.id, d.open_s) for d in driven}
        self._stations = {s.id: s.pose for place in site.places for s in place.stations}
        self._belts: list[tuple[SimulatedConveyor, Pose2D]] = []
        if doors is None:  # a conveyor has no leaf: it is ready some time after it was asked
            for one in site.conveyors:
                self._add(one)
        self._panels: dict[str, FloatArray] = {d.id: panel(d) for d in driven}
        self._row = {door.id: row for row, door in enumerate(driven)}
        rings = [np.array(leaf(door).exterior.coords)[:4] for door in driven]
        self._curtains = np.array(rings, dtype=float).reshape(-1, 4, 2)

    def _add(self, one: Conveyor) -> None:
        made = self.all[one.id] = simulated(one.id, one.ready_s, load_sensor=one.load_sensor)
        if isinstance(made, SimulatedConveyor):
            self._belts.append((made, self._stations[one.station]))

    def serve(self, robots: Iterable[tuple[Pose2D, bool]]) -> None:
        """Have loads come to, or go from, conveyors with a load sensor; robots: pose (m, map), and whether loaded."""
        robots = [*robots] if self._belts else []
        for belt, station in self._belts:
            at = [(math.hypot(pose.x - station.x, pose.y - station.y), loaded) for pose, loaded in robots]
            if at:
                away, loaded = min(at)
                belt.serve(loaded=loaded, docked=away < REACH)

    def step(self, now: float, dt: float, corners: FloatArray, counts: IntArray, robots: int) -> None:
        """Move all doors for dt s.

        corners (B, 8, 2; m, map frame), counts (B,): of so many robots, then of people and forklifts with their button.
        """
        near, blocked = _who_is_there(self._curtains, corners, counts, robots)
        for door_id, door in self.all.items():
            row = self._row.get(door_id)
            if row is None:
                door.step(now, dt)
                continue
            door.button = bool(near[row])
            door.step(now, dt, blocked=bool(blocked[row]))

    def bodies(self) -> list[tuple[str, FloatArray]]:
        """Return the leaves that hang in the way of a robot, with their names."""
        return [(f"door_{name}", shape) for name, shape in self._panels.items() if self.all[name].solid]

    def seen(self) -> list[FloatArray]:
        """Return the leaves that a lidar near the floor sees."""
        return [np.asarray(shape) for name, shape in self._panels.items() if self.all[name].share < _BELOW]
