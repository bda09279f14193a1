"""The navigation node of one robot: Nav2's names, types and semantics over the navigation engine."""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from geometry_msgs.msg import Polygon, PoseStamped
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict
from sensor_msgs.msg import BatteryState, LaserScan

from amr_core.geometry import Pose2D, Twist2D
from amr_core.robots import robot_type
from amr_interfaces.msg import TrackedObject, TrackedObjects
from amr_navigation.control.ahead import MovingObject
from amr_navigation.costmap.body import body_from_polygon
from amr_navigation.localization.start import Hypothesis
from amr_navigation.motion import STOP, DockDetection
from amr_navigation.navigator.engine import Navigator
from amr_navigation.nodes.amcl_services import AmclServices
from amr_navigation.nodes.core import Core
from amr_navigation.nodes.costmap_server import CostmapServer
from amr_navigation.nodes.depth_source import DepthSource
from amr_navigation.nodes.detector_switch import DetectorSwitch
from amr_navigation.nodes.dock_database import DockDatabase
from amr_navigation.nodes.goals import Goals
from amr_navigation.nodes.lifecycle_services import LifecycleServices
from amr_navigation.nodes.map_server import MapServer, SpeedFilter
from amr_navigation.nodes.monitor_switch import MonitorSwitch
from amr_navigation.nodes.navigation_actions import MotionServers
from amr_navigation.nodes.navigation_output import Reporter
from amr_navigation.nodes.planning_servers import PlanningServers
from amr_navigation.nodes.pose_file import PoseFile
from amr_navigation.nodes.route_servers import RouteServers
from amr_navigation.nodes.site_data import SiteData, site_data
from amr_navigation.nodes.stall import Stall
from amr_navigation.nodes.teleop_topics import TeleopTopics
from amr_navigation.servers.lifecycle import State
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_from_msg, scan_ranges, sound
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker

KINDS = {TrackedObject.KIND_PERSON: "person", TrackedObject.KIND_VEHICLE: "vehicle"}


class NavigationParams(BaseModel):
    """initial_pose: x, y, theta in the map frame (m, rad) where the robot may be; empty: nobody knows. initial_trust:
    "placed" (somebody put it there) or "assumed" (it usually is there), see localization.start. pose_file: where the
    last sure pose is noted and read at the start; empty: nowhere. patience: s until code 105.

    depth: whether the clouds of a depth camera are an observation source; without them the robot then goes slowly.
    """

    model_config = ConfigDict(frozen=True)
    site: str = "lab"
    robot_type: str = "lift_amr"
    initial_pose: list[float] = []
    initial_trust: Literal["placed", "assumed"] = "placed"
    pose_file: str = ""
    rate_hz: float = 20.0
    patience: float = 60.0
    publish_odom_tf: bool = True
    depth: bool = False


_MOST_TRACKS = 200  # people and vehicles around one robot


class NavigationNode(AmrNode):
    """Callbacks store; tick() steps the engine, ends actions and publishes."""

    def __init__(self, name: str = "navigation", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, NavigationParams)
        self.robot = robot_type(self.params.robot_type)
        self.core = Core(self, self.robot, site_data(self.params.site), seed=zlib.crc32(self.get_namespace().encode()))
        self._pose_file: PoseFile | None = None
        self._begun = False
        self._clock_told: set[str] = set()
        self._stall = Stall()
        self.reporter = Reporter(self, self.robot, odom_tf=self.params.publish_odom_tf)
        self._serve()
        self.detector = DetectorSwitch(self)
        self.depth = DepthSource(self, self.core) if self.params.depth else None
        self._subscribe()
        self._handle = ticker.add(self.tick, 1.0 / self.params.rate_hz)

    @property
    def navigator(self) -> Navigator:
        """The engine; another one after a change of the map."""
        return self.core.navigator

    @property
    def site(self) -> SiteData:
        """The map in use, and the docks and files of the site."""
        return self.core.site

    def tick(self, now: float) -> None:
        """Advance the engine to now (s)."""
        self._stall.beat()
        if not self._begun:  # not before the clock is there: the age of the note counts
            self._begun, self._pose_file = True, self._start_from(now)
        self.servers.prepare(now)
        self.planning.tick(now)
        out = self.navigator.step(now)
        if out.command is not None and not (
            self.core.active("velocity_smoother") and self.core.active("collision_monitor")
        ):
            out.command = STOP
        self.servers.finish(out, now)
        motion = self.navigator.motion
        self.detector.want(motion is not None and motion.looking)
        self.reporter.report(now, out, self.navigator, localized=self.core.active("amcl"))
        self._note_pose(now)
        self._tell_clock()
        for part in self._parts:
            part.tick(now)

    def _start_from(self, now: float) -> PoseFile | None:
        """Tell the localisation where the robot may be: where it was last sure to be, or else where it was put."""
        given, file, noted = self.params.initial_pose, None, None
        if self.params.pose_file:
            file = PoseFile(Path(self.params.pose_file), self.site.static_map.walls)
            noted = file.read(now)
            if file.error:
                self.get_logger().warning(f"pose file {self.params.pose_file} is not used: {file.error}")
        hypotheses = [] if noted is None else [noted]
        if len(given) == 3 and all(map(math.isfinite, given)):
            # Who ran before has moved since it was put there.
            hypotheses.append(Hypothesis(Pose2D(*given), "assumed" if noted else self.params.initial_trust))
        self.navigator.localizer.start_from(hypotheses)
        return file

    def _tell_clock(self) -> None:
        fault, faults = self.navigator.clock_fault, {}
        if fault is not None:
            faults[f"scan_{fault[0]}"] = fault[1]
        if self.navigator.picture_fault is not None:
            faults["detected_dock_pose"] = self.navigator.picture_fault
        for topic, age in faults.items():
            if topic not in self._clock_told:
                seems = f"{age:.2f} s old" if age > 0.0 else f"{-age:.2f} s ahead"
                self.get_logger().error(f"{topic} is {seems} when it comes: clock of its computer?")
        self._clock_told = set(faults)

    def _note_pose(self, now: float) -> None:
        file = self._pose_file
        if file is None:
            return
        before = file.error
        file.keep(now, self.navigator.localizer)
        if file.error and not before:
            self.get_logger().error(f"the pose cannot be noted in {self.params.pose_file}: {file.error}")

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def _subscribe(self) -> None:
        for kind, topic, callback, profile in (
            (Odometry, "odom", self._on_odom, qos.RELIABLE),
            (LaserScan, "scan_front", lambda m: self._on_scan(0, m), qos.SENSOR),
            (LaserScan, "scan_rear", lambda m: self._on_scan(1, m), qos.SENSOR),
            (TrackedObjects, "tracks", self._on_tracks, qos.SENSOR),
            (SpeedLimit, "speed_limit", self._on_speed_limit, qos.RELIABLE),
            (Polygon, "footprint", self._on_footprint, qos.RELIABLE),
            (PoseStamped, "detected_dock_pose", self._on_dock, qos.SENSOR),
            (BatteryState, "battery_state", self._on_battery, qos.SENSOR),
        ):
            self.share(kind, topic, callback, profile)

    def _serve(self) -> None:
        core, folder = self.core, self.core.site.folder
        makers = Goals(core, core.site.docks, self.params.patience)
        self.servers = MotionServers(core, makers)
        self.planning = PlanningServers(core, self.reporter.show_plan)
        routes = RouteServers(core, folder / "graph.geojson")
        self.speed_filter = SpeedFilter(core, folder)
        costmaps = CostmapServer(core, "local"), CostmapServer(core, "global")
        maps = MapServer(core, folder, before_change=self.servers.end_all)
        self._parts = (routes, self.speed_filter, *costmaps, maps, AmclServices(core), TeleopTopics(core))
        DockDatabase(core, makers)
        MonitorSwitch(core)
        LifecycleServices(core)
        core.on_state.append(lambda server, state: self._stopped(server, state, routes))

    def _stopped(self, server: str, state: State, routes: RouteServers) -> None:
        if state is not State.ACTIVE:
            self.planning.stop(server)
            if server == "route_server":
                routes.stop()

    def _on_odom(self, msg: Any) -> None:
        velocity = sound(msg).twist.twist
        twist = Twist2D(velocity.linear.x, velocity.angular.z)
        self.navigator.localizer.stalled = self._stall.lately()
        self.navigator.add_odometry(from_stamp(msg.header.stamp), pose_from_msg(msg.pose), twist)

    def _on_scan(self, lidar: int, msg: Any) -> None:
        self.navigator.add_scan(lidar, from_stamp(msg.header.stamp), scan_ranges(msg))

    def _on_tracks(self, msg: Any) -> None:
        self.navigator.tracks = tuple(
            MovingObject(o.x, o.y, o.vx, o.vy, o.radius, KINDS.get(o.kind, "unknown"))  # type: ignore[arg-type]
            for o in msg.objects[:_MOST_TRACKS]
            if all(map(math.isfinite, (o.x, o.y, o.vx, o.vy, o.radius)))
        )

    def _on_speed_limit(self, msg: Any) -> None:
        if self.speed_filter.own(msg) or not math.isfinite(msg.speed_limit):
            return
        limit = msg.speed_limit * self.robot.max_speed / 100.0 if msg.percentage else msg.speed_limit
        self.core.limit_speed("client", limit)

    def _on_footprint(self, msg: Any) -> None:
        points = np.array([(p.x, p.y) for p in msg.points], dtype=np.float64)
        if len(points) >= 3 and np.isfinite(points).all():
            self.navigator.set_body(body_from_polygon(points))

    def _on_dock(self, msg: Any) -> None:
        """Take a target from the camera (a tag, optical frame) or from a lidar (base_link, x axis into the dock)."""
        stamp, position = from_stamp(msg.header.stamp), msg.pose.position
        if msg.header.frame_id == "base_link":
            detection = DockDetection(stamp, position.x, position.y, pose_from_msg(msg).theta)
        else:
            heading = _dock_heading(msg.pose.orientation)
            detection = DockDetection(stamp, self.robot.camera.x + position.z, -position.x, heading)
        if all(map(math.isfinite, (detection.x, detection.y, detection.heading))):
            self.navigator.add_detection(detection)

    def _on_battery(self, msg: Any) -> None:
        self.navigator.charging = msg.current > 0.0


def _dock_heading(q: Any) -> float:
    """Return the heading (rad, base_link) of a docked robot from the marker's orientation in the optical frame.

    The marker's z axis is normal to the board; its sign does not matter here, the board always faces the camera.
    """
    nx, nz = 2.0 * (q.x * q.z + q.w * q.y), 1.0 - 2.0 * (q.x * q.x + q.y * q.y)
    if nz > 0.0:
        nx, nz = -nx, -nz
    return math.atan2(nx, -nz)


def main() -> None:
    """Run the node as a process of its own."""
    run_node(NavigationNode, "navigation")
