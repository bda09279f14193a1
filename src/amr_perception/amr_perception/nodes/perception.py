"""Perception of one robot as a ROS node: tracks from the lidars, dock markers from the camera."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Float32

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D
from amr_core.pose_follower import PoseFollower
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_interfaces.msg import FleetState, TrackedObject, TrackedObjects
from amr_perception.depth.rays import DepthMount
from amr_perception.docking.stations import site_targets
from amr_perception.fleet_places import FleetPlaces
from amr_perception.nodes.camera_teller import CameraTeller
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.depth_obstacles import DepthObstacles
from amr_perception.nodes.dock_detector import DockDetector
from amr_perception.nodes.health import HealthReporter
from amr_perception.nodes.picture_giver import PictureGiver
from amr_perception.nodes.target_finder import TargetFinder
from amr_perception.scan.segmenter import Segmenter
from amr_perception.scan.static_map import static_map
from amr_perception.tracking.track import Track
from amr_perception.tracking.tracker import Tracker
from amr_perception.warmup import warm_up
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_from_msg, scan_ranges, sound
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

# chosen: as fast as a camera of 10 pictures a second; a robot that docks at 0.3 m/s drives 3 cm
_DOCK_PERIOD_S = _DEPTH_PERIOD_S = 0.1
_OLDEST_SCAN_S = 0.5  # as the navigation refuses them (`source_timeout`): somebody who walks has gone on 0.7 m
# of 1 (localization_score): below the 0.25 at which the robot stands; tracks on the map would be guesses
_LOST_SCORE = 0.2
_KINDS = {
    "person": TrackedObject.KIND_PERSON,
    "vehicle": TrackedObject.KIND_VEHICLE,
    "clutter": TrackedObject.KIND_UNKNOWN,
}


class PerceptionParams(BaseModel):
    """Parameters of the perception. site: name or path of the site; track_rate: updates a second.

    depth: whether the robot has a depth camera (depth_camera/image_raw) whose obstacles are wanted. dock_goals: look
    for docks while dock_robot has a goal, not only when asked (Nav2's docking server does not ask).
    """

    model_config = ConfigDict(frozen=True)
    site: str
    robot_type: str
    track_rate: float = 5.0
    depth: bool = False
    dock_goals: bool = False


class PerceptionNode(AmrNode):
    """Publishes tracks; serves the dock detector."""

    def __init__(self, name: str = "perception", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, PerceptionParams)
        self.robot = self.get_namespace().strip("/")
        self._type = robot_type(self.params.robot_type)
        self.complaints = Complaints(self)
        site = load_site(self.params.site)
        self.dock_detector = DockDetector(self, self.complaints)
        self._camera = CameraTeller(self)
        self._pictures = PictureGiver(self, self.complaints)
        if self.params.dock_goals:
            self.dock_detector.follow_goals()
        mount = DepthMount.of(self._type.depth_camera)
        self._depth = DepthObstacles(self, self.complaints, mount) if self.params.depth else None
        self._health = HealthReporter(self, f"{self.robot}: perception", self.complaints)
        # Built here, not in the first tick: the table of the map takes longer than a tick may.
        static = static_map(self.params.site)
        self._segmenters = [Segmenter(spec, static) for spec in self._type.lidars]
        warm_up()
        self._tracker = Tracker()
        self._follower = PoseFollower()
        self.target_finder = TargetFinder(
            self, self.complaints, self._type, site_targets(site), lambda stamp: self._follower.pose_at(stamp)
        )
        self._scans: dict[int, Any] = {}
        self._odometry: list[Any] = []
        self._amcl: list[Any] = []
        self._score = 1.0
        self._places = FleetPlaces()
        self._subscribe()
        self._tracks = self.create_publisher(TrackedObjects, "tracks", qos.RELIABLE)
        self._handles = [
            ticker.add(self.tick, 1.0 / self.params.track_rate),
            ticker.add(self._tick_docking, _DOCK_PERIOD_S),
        ]
        if self._depth is not None:
            self._handles.append(ticker.add(self._tick_depth, _DEPTH_PERIOD_S))

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        for handle in self._handles:
            self.ticker.remove(handle)
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Update the tracks from the newest scans and publish them."""
        depth, camera = self._depth.blind if self._depth is not None else "", self.dock_detector
        warning = f"camera: {camera.blind}" if camera.blind else ""
        self._health.report(now, depth, camera.facts(now), warning=warning)
        self._camera.tell(now, camera.health(now))
        self._camera.tell(now, self._depth.health(now) if self._depth is not None else None)
        self._pictures.tick(now)
        self._follow_pose()
        pose = self._follower.pose()
        if pose is None or not all(map(math.isfinite, pose)) or self._score < _LOST_SCORE:
            self._tracker.tracks.clear()
            self._publish([])
            return
        tracks = self._tracker.update(now, self._segments(now), (pose.x, pose.y), self._places.at(now, self.robot))
        self._publish(tracks)

    def _tick_depth(self, now: float) -> None:
        if self._depth is not None:
            self._follow_pose()
            self._depth.tick(now, self._follower.pose())

    def _tick_docking(self, now: float) -> None:
        self._follow_pose()
        self.dock_detector.target = self.target_finder.tick(now, docking=self.dock_detector.active)
        self.dock_detector.tick(now)

    def _subscribe(self) -> None:
        for index, lidar in enumerate(self._type.lidars):
            self.share(LaserScan, f"scan_{lidar.name}", partial(self._scans.__setitem__, index), qos.SENSOR)
        self.share(Odometry, "odom", lambda x: self._odometry.append(sound(x)), qos.SENSOR)
        self.share(PoseWithCovarianceStamped, "amcl_pose", lambda x: self._amcl.append(sound(x)), qos.LATCHED)
        self.share(Float32, "localization_score", self._on_score, qos.SENSOR)
        self.share(FleetState, "/fleet/state", self._on_fleet, qos.RELIABLE)

    def _on_score(self, message: Any) -> None:
        self._score = message.data

    def _on_fleet(self, message: Any) -> None:
        self._places.hears(self.now, message)

    def _follow_pose(self) -> None:
        for message in self._odometry:
            self._follower.on_odom(from_stamp(message.header.stamp), pose_from_msg(message))
        for message in self._amcl:
            self._follower.on_correction(from_stamp(message.header.stamp), pose_from_msg(message))
        self._odometry.clear()
        self._amcl.clear()

    def _segments(self, now: float) -> FloatArray:
        parts = [np.empty((0, 7))]
        for index, scan in self._scans.items():
            try:
                parts.append(self._cut(now, self._segmenters[index], scan))
            except AmrError as error:
                self.complaints.add(now, error)
        self._scans.clear()
        return np.vstack(parts)

    def _cut(self, now: float, segmenter: Segmenter, scan: Any) -> FloatArray:
        stamp = from_stamp(scan.header.stamp)
        pose: Pose2D | None = self._follower.pose_at(stamp)
        if pose is None or now - stamp > _OLDEST_SCAN_S:
            return np.empty((0, 7))
        if not all(map(math.isfinite, (scan.angle_min, scan.angle_increment, scan.range_min))):
            raise AmrError("message.invalid", topic=scan.header.frame_id, reason="angles that are no numbers")
        return segmenter.cut(scan_ranges(scan), scan.angle_min, scan.angle_increment, scan.range_min, pose)

    def _publish(self, tracks: list[Track]) -> None:
        message = TrackedObjects(robot=self.robot, objects=[_track_to_msg(t) for t in tracks])
        message.header.frame_id = "map"
        message.header.stamp = self.stamp()
        self._tracks.publish(message)


def _track_to_msg(track: Track) -> TrackedObject:
    return TrackedObject(
        id=track.id,
        kind=_KINDS[track.kind],
        x=track.x,
        y=track.y,
        vx=track.vx,
        vy=track.vy,
        radius=track.radius,
        confidence=track.confidence,
    )
