"""Drive a robot to one goal after another and measure it: `python -m amr_lab.nodes.nav_drives ...`.

Arguments: the robot, the file (JSON of nav_peer.drives.Driven) to write, the process group of what navigates it, the
wall seconds that all may take, the controller that Nav2's tree is told to take ("" = its own), the site, and a file of
goals (JSON, [[x, y, theta], ...], m and rad in the map).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
from nav2_msgs.action import BackUp, NavigateToPose
from std_msgs.msg import String

from amr_core.geometry import Pose2D
from amr_core.gridmap import GridMap
from amr_core.robots import LIFT_AMR
from amr_core.site import site_dir
from amr_interfaces.msg import GroundTruth
from amr_lab.nav_peer.drives import (
    NOT_DRIVEN,
    OUT_OF_THE_BAY,
    SUCCEEDED,
    Driven,
    GoalDrive,
    TruthTrack,
    nearest_to,
    off_by,
)
from amr_lab.nav_peer.processes import used
from amr_lab.nodes.nav_client import NavClient, stamped
from amr_lab.nodes.nav_conformance import ready
from amr_navigation.costmap.static_map import DistanceGrid, distance_grid
from amr_ros import qos

IDLE: Final = 10.0
"""Simulated seconds of standing that are measured."""


class MeasuredDrives:
    """Drives and what is measured of them."""

    def __init__(self, nav: NavClient, group: int, limit: float, site: str) -> None:
        self._nav, self._group = nav, group
        self._end = time.monotonic() + limit
        self._track = TruthTrack()
        nav.node.create_subscription(GroundTruth, "/sim/ground_truth", self._on_truth, 10)
        grid = GridMap.load(site_dir(site) / "map.yaml")
        self._grid: DistanceGrid = distance_grid(grid.occupied, grid.resolution, *grid.origin)

    def _on_truth(self, message: Any) -> None:
        body = next(body for body in message.bodies if body.name == self._nav.robot)
        self._track.poses.append(Pose2D(body.x, body.y, body.theta))
        self._track.times.append(message.stamp.sec + message.stamp.nanosec * 1e-9)

    @property
    def left(self) -> float:
        """Wall seconds that are left."""
        return max(0.0, self._end - time.monotonic())

    def to(self, goal: Pose2D) -> GoalDrive:
        """Drive to one goal."""
        if self.left == 0.0:
            return GoalDrive(NOT_DRIVEN)
        self._track = TruthTrack()
        begun, cpu = self._nav.now, used(self._group)["robot"].cpu
        sent = self._nav.send(
            NavigateToPose, "navigate_to_pose", NavigateToPose.Goal(pose=stamped(goal.x, goal.y, goal.theta))
        )
        end = sent.end(min(self.left, LIMIT))
        off, turned = off_by(self._nav.pose, goal)
        return GoalDrive(
            end=end,
            seconds=self._nav.now - begun,
            length=self._track.length,
            clearance=self._track.clearance(self._grid, LIFT_AMR.footprint()),
            off=off,
            turned=turned,
            recoveries=max((f.number_of_recoveries for _, f in sent.feedback), default=0),
            cpu=used(self._group)["robot"].cpu - cpu,
            stood=self._track.stood,
            beside="" if end == SUCCEEDED else self._beside(),
        )

    def _beside(self) -> str:
        bodies = {body.name: Pose2D(body.x, body.y, body.theta) for body in self._nav.truth.bodies}
        here = bodies.pop(self._nav.robot)
        return nearest_to(here, bodies)

    def back_out(self) -> str:
        """Leave the parking bay backwards, as all do alike."""
        goal = BackUp.Goal(target=Point(x=-OUT_OF_THE_BAY), speed=0.2, time_allowance=Duration(sec=60))
        return self._nav.run(BackUp, "backup", goal)

    def stand(self) -> float:
        """Return the CPU seconds a simulated second of a robot that stands."""
        begun, cpu = self._nav.now, used(self._group)["robot"].cpu
        self._nav.until(lambda: self._nav.now > begun + IDLE, self.left)
        return (used(self._group)["robot"].cpu - cpu) / max(self._nav.now - begun, 1e-9)

    def all(self, goals: Sequence[Pose2D]) -> Driven:
        """Leave the bay, stand, drive to all goals."""
        loads = [os.getloadavg()[0]]
        sys.stderr.write(f"out of the bay: {self.back_out()}\n")
        idle = self.stand()
        wall, begun, before = time.monotonic(), self._nav.now, used(self._group)["simulator"].cpu
        drives = []
        for goal in goals:
            drives.append(self.to(goal))
            sys.stderr.write(f"{goal.x:g}, {goal.y:g}: {drives[-1]}\n")
        after = used(self._group)
        loads.append(os.getloadavg()[0])
        return Driven(
            drives=drives,
            wall=time.monotonic() - wall,
            simulated=self._nav.now - begun,
            simulator_cpu=after["simulator"].cpu - before,
            idle_cores=idle,
            memory=after["robot"].memory,
            collisions=self._nav.truth.collisions,
            load=(loads[0], loads[1]),
        )


LIMIT: Final = 150.0
"""Wall seconds of one drive."""


def main() -> None:
    """GoalDrive, measure, write."""
    robot, file, group, limit, controller, site, goals = sys.argv[1:]
    course = [Pose2D(*goal) for goal in json.loads(Path(goals).read_text(encoding="utf-8"))]
    nav = NavClient(robot)
    try:
        driver = MeasuredDrives(nav, int(group), float(limit), site)
        if controller:
            selector = nav.node.create_publisher(String, "controller_selector", qos.LATCHED)
            selector.publish(String(data=controller))
        ready(nav)
        Path(file).write_text(json.dumps(driver.all(course).plain(), indent=1), encoding="utf-8")
    finally:
        nav.close()


if __name__ == "__main__":
    main()
