"""The doors of a site as bodies: a leaf that is seen by lidars, stands in the way, and does not close on anybody."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from amr_core.conveyors import SimulatedConveyor, simulated
from amr_core.doors import LEAF_HALF_THICKNESS, SimulatedDoor
from amr_core.geometry import FloatArray, Pose2D, rectangle, transform
from amr_core.roadmap.doorways import leaf
from amr_core.site import Conveyor, Door, Site
from amr_sim.load import REACH

_BUTTON: Final = 8.0  # m from the leaf at which people and forklifts have it opened
_BELOW: Final = 0.1  # share from which a lidar near the floor looks under the leaf


def panel(door: Door) -> FloatArray:
    """Return the outline of a door's leaf (4, 2), m, map frame."""
    half = LEAF_HALF_THICKNESS
    return transform(rectangle(half, half, door.width / 2), Pose2D(door.x, door.y, door.theta))


def _polygons(bodies: Sequence[FloatArray]) -> npt.NDArray[np.object_]:
    """Return outlines (N, 2) as polygons, those with as many corners at once: one by one they cost half a step."""
    sizes: dict[int, list[FloatArray]] = {}
    for body in bodies:
        sizes.setdefault(len(body), []).append(body)
    made = [np.asarray(shapely.polygons(np.stack(group)), dtype=np.object_) for group in sizes.values()]
    return np.concatenate(made) if made else np.empty(0, dtype=np.object_)


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
        self._curtains = {door.id: leaf(door) for door in driven}

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

    def step(self, now: float, dt: float, robots: Sequence[FloatArray], people: Sequence[FloatArray]) -> None:
        """Move all doors for dt s; outlines (m, map frame) of robots, and of people and forklifts with their button."""
        if not self.all:
            return
        others = _polygons(people)
        shapes = np.concatenate([_polygons(robots), others])
        for door_id, door in self.all.items():
            curtain = self._curtains.get(door_id)
            if curtain is None:
                door.step(now, dt)
                continue
            door.button = bool((shapely.distance(curtain, others) < _BUTTON).any())
            door.step(now, dt, blocked=bool(shapely.intersects(curtain, shapes).any()))

    def bodies(self) -> list[tuple[str, FloatArray]]:
        """Return the leaves that hang in the way of a robot, with their names."""
        return [(f"door_{name}", shape) for name, shape in self._panels.items() if self.all[name].solid]

    def seen(self) -> list[FloatArray]:
        """Return the leaves that a lidar near the floor sees."""
        return [np.asarray(shape) for name, shape in self._panels.items() if self.all[name].share < _BELOW]
