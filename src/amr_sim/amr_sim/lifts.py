"""The lifts of a site as bodies: cabins that carry robots, and landing doors that are shut where no cabin stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from amr_core.geometry import FloatArray, Pose2D, compose, rectangle, relative, transform
from amr_core.lifts import SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import leaf
from amr_core.roadmap.lifts import landing_door
from amr_core.site import Site
from amr_sim.doors import panel


class SimLifts:
    """All lifts of a site, by id; those of a site without lifts are none, and cost nothing."""

    def __init__(self, site: Site) -> None:
        ways = build_roadmap(site).lifts if site.lifts else ()
        self.all = {way.id: SimulatedLift(way) for way in ways}
        self._cabins: dict[tuple[str, str], tuple[Pose2D, Polygon]] = {}
        self._panels: dict[tuple[str, str], FloatArray] = {}
        self._curtains: dict[tuple[str, str], Polygon] = {}
        for lift in site.lifts:
            half = (lift.size[0] / 2, lift.size[0] / 2, lift.size[1] / 2)
            for stop in lift.stops:
                key, door = (lift.id, stop.level), landing_door(lift, stop)
                self._cabins[key] = (stop.pose, Polygon(transform(rectangle(*half), stop.pose)))
                self._panels[key] = panel(door)
                self._curtains[key] = leaf(door)

    def step(
        self, now: float, dt: float, outlines: Sequence[FloatArray], poses: Sequence[Pose2D]
    ) -> list[tuple[int, Pose2D]]:
        """Move all lifts for dt s; return where robots that they carry are now: (number, pose on the sheet).

        outlines (m): of all that a light curtain sees; poses: of base_link of the robots. A robot is taken to the other
        level's place on the sheet when the cabin has passed the middle between the floors.
        """
        carried = []
        for lift_id, lift in self.all.items():
            before = lift.nearest.level
            curtain = self._curtains[lift_id, before]
            seen = lift.share > 0.0 and any(curtain.intersects(Polygon(body)) for body in outlines)
            lift.step(now, dt, blocked=seen)
            after = lift.nearest.level
            if after != before:
                carried += self._carry(lift_id, before, after, poses)
        return carried

    def _carry(self, lift: str, old: str, new: str, poses: Sequence[Pose2D]) -> list[tuple[int, Pose2D]]:
        (was, cabin), (now, _) = self._cabins[lift, old], self._cabins[lift, new]
        inside = [k for k, pose in enumerate(poses) if cabin.intersects(Point(pose.x, pose.y))]
        return [(k, compose(now, relative(was, poses[k]))) for k in inside]

    def inside(self, pose: Pose2D) -> bool:
        """Return whether a robot stands in a cabin, or in a shaft."""
        return any(shapely.intersects_xy(cabin, pose.x, pose.y) for _, cabin in self._cabins.values())

    def bodies(self) -> list[tuple[str, FloatArray]]:
        """Return the landing doors that hang in the way of a robot, with their names."""
        return [
            (f"lift_{lift}_{level}", shape)
            for (lift, level), shape in self._panels.items()
            if not self.all[lift].open_at(level)
        ]

    def seen(self) -> list[FloatArray]:
        """Return the landing doors that a lidar near the floor sees; they slide, and are gone when they are open."""
        return [np.asarray(shape) for _, shape in self.bodies()]
