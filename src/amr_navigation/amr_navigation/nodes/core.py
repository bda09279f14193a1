"""What all servers of one robot's navigation share: the engine, the site, lifecycle states and server nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rclpy.node import Node

from amr_core.geometry import Pose2D, compose
from amr_core.robots import RobotType
from amr_navigation.costmap.static_map import DistanceGrid, StaticMap
from amr_navigation.navigator.engine import Navigator
from amr_navigation.nodes.site_data import SiteData
from amr_navigation.servers.lifecycle import LOCALIZATION, NAVIGATION, Lifecycle, State
from amr_ros.convert import pose_from_msg
from amr_ros.node import AmrNode

MAP_FRAMES = ("", "map")


class Core:
    """Owns the engine of a robot; a new map replaces it, so nobody keeps a reference to `navigator`."""

    def __init__(self, node: AmrNode, robot: RobotType, site: SiteData, *, seed: int) -> None:
        self.node = node
        self.robot = robot
        self.site = site
        self.navigator = Navigator(robot, site.static_map, site.planner, seed=seed)
        self.lifecycle = Lifecycle(NAVIGATION + LOCALIZATION, self._changed)
        self.servers: dict[str, Node] = {name: node.companion(name) for name in NAVIGATION + LOCALIZATION}
        self.on_state: list[Callable[[str, State], None]] = []
        self._seed = seed
        self._limits: dict[str, float] = {}

    def active(self, server: str) -> bool:
        """Return whether a server (by Nav2's name) does its work."""
        return self.lifecycle.active(server)

    def obstacles(self, now: float) -> DistanceGrid | None:
        """Return what the lidars have seen beside the map, None when there is nothing."""
        return self.navigator.obstacles.distances(now)

    def to_map(self, stamped: Any) -> Pose2D | None:
        """Return a PoseStamped in the map frame; None for a frame that is not the robot's, or not known yet."""
        frame, pose = stamped.header.frame_id.lstrip("/"), pose_from_msg(stamped)
        if not all(math.isfinite(v) for v in pose):
            return None
        if frame in MAP_FRAMES:
            return pose
        here = self.navigator.pose
        if frame == "odom" and here is not None:
            return compose(self.navigator.localizer.map_to_odom, pose)
        if frame in ("base_link", "base_footprint") and here is not None:
            return compose(here, pose)
        return None

    def limit_speed(self, source: str, limit: float) -> None:
        """Limit the speed to limit m/s (0 = no limit) on behalf of source; the lowest limit counts."""
        self._limits[source] = limit if limit > 0.0 else math.inf
        lowest = min(self._limits.values())
        self.navigator.set_speed_limit(0.0 if math.isinf(lowest) else lowest)

    def use_map(self, static_map: StaticMap) -> None:
        """Go on with another map from the pose the robot has; every running motion has been ended before."""
        old, pose = self.navigator, self.navigator.pose
        self.site = replace(self.site, static_map=static_map, planner=type(self.site.planner)(static_map.driveable))
        self.navigator = Navigator(self.robot, static_map, self.site.planner, seed=self._seed)
        self.navigator.set_body(old.body)
        self.navigator.charging = old.charging
        self.navigator.enable_monitor(old.monitor.params.enabled)
        self.navigator.depth = old.depth  # in the odom frame: another map changes nothing about it
        if pose is not None:
            self.navigator.set_initial_pose(pose)
            stamp, odom = old.localizer.odometry.samples[-1]
            self.navigator.add_odometry(stamp, odom, old.measured)
        for source, limit in tuple(self._limits.items()):
            self.limit_speed(source, 0.0 if math.isinf(limit) else limit)

    def _changed(self, name: str, state: State) -> None:
        for listener in self.on_state:
            listener(name, state)
