"""Ground truth of a run in Gazebo: contacts, ways driven, localisation errors, from the true poses that Gazebo tells.

The same measures as the embedded simulator's, people and forklifts among them. No ROS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from amr_core.geometry import Pose2D, distance, transform
from amr_core.robots import RobotType
from amr_core.site import Site
from amr_sim.collision import HORIZON, CollisionCounter
from amr_sim.gazebo_doors import Leaves
from amr_sim.gazebo_movers import LEAP, SeenMovers
from amr_sim.polygon import pack
from amr_sim.truth import DockingLog, LocalizationLog
from amr_sim.world import SimWorld


class GazeboTruth:
    """Take poses and loads as they come; check() measures all robots that were heard of."""

    def __init__(self, world: SimWorld, names: Sequence[str], types: Sequence[RobotType], site: Site) -> None:
        static = world.slice()
        self.names = list(names)
        self._types = list(types)
        self.poses: list[Pose2D | None] = [None] * len(self.names)
        self.loads = [""] * len(self.names)
        self.given = 0
        self.taken = 0
        self.driven = 0.0
        self.monitor = CollisionCounter(static.corners, static.counts, static.names)
        self.estimates = LocalizationLog()
        self.dockings = DockingLog.of(site)
        self.movers = SeenMovers(site)
        self._leaves = Leaves(site)

    def set_leaf(self, door: str, height: float) -> None:
        """Take how high (m) the leaf of a door hangs; one that was never heard of hangs in the way."""
        self._leaves.hear(door, height)

    def set_pose(self, robot: int, pose: Pose2D) -> None:
        """Take the true pose of a robot (map frame); one with a number that is not finite is left out."""
        if not all(map(math.isfinite, (pose.x, pose.y, pose.theta))):
            return
        before = self.poses[robot]
        way = 0.0 if before is None else distance(before, pose)
        self.driven += way if way < LEAP else 0.0
        self.poses[robot] = pose

    def set_load(self, robot: int, load: str) -> None:
        """Take the id of the load on board, "" for none; with it the robot is larger."""
        before, self.loads[robot] = self.loads[robot], load
        self.taken += bool(load) and not before
        self.given += bool(before) and not load
        pose = self.poses[robot]
        if bool(load) is not bool(before) and pose is not None:
            self.dockings.note(pose)

    def check(self, now: float) -> None:
        """Measure separations and contacts at a time (s) and remember where everybody is."""
        known = [i for i, pose in enumerate(self.poses) if pose is not None]
        if not known:
            return
        outlines = []
        for i in known:
            pose = self.poses[i]
            assert pose is not None
            outlines.append(transform(self._types[i].footprint(loaded=bool(self.loads[i])), pose))
        others = [(mover.name, mover.outline()) for mover in self.movers.all()] + self._leaves.in_the_way()
        corners, counts = pack(outlines + [outline for _, outline in others])
        names = [self.names[i] for i in known] + [name for name, _ in others]
        self.monitor.check(now, corners, counts, len(known), names)
        rows = [(pose.x, pose.y) if pose is not None else (math.nan, math.nan) for pose in self.poses]
        self.estimates.record(now, np.array(rows))

    @property
    def min_separation(self) -> float:
        """The smallest separation so far (m), at most HORIZON."""
        return min(self.monitor.min_separation, HORIZON)
