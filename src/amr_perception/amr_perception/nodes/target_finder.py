"""The part of the perception node that looks for docking targets without a tag, and for pallets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import CameraInfo, Image, LaserScan
from std_srvs.srv import SetBool
from vision_msgs.msg import Detection3D, Detection3DArray, ObjectHypothesisWithPose

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, relative, wrap_angle
from amr_core.robots import RobotType
from amr_perception.depth.rays import DepthMount, DepthRays
from amr_perception.depth.watch import DepthWatch
from amr_perception.docking.pallet_depth import TYPES, find_pallet
from amr_perception.docking.reflectors import reflector_pair
from amr_perception.docking.stations import Target, target_ahead
from amr_perception.docking.template import fit, scan_points, v_dock
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.depth_obstacles import depth_to_array
from amr_perception.nodes.images import camera_matrix, check_stamp
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_to_msg, scan_ranges
from amr_ros.node import AmrNode

FRAME = "base_link"
_REACH_M = 5.0  # chosen: a metre beyond the 4 m of docking.stations, so that all of a target is in it
_OFF_M, _OFF_RAD = 0.5, 0.35  # chosen: above what a robot's pose is off, below the way to the next target beside it
_PALLETS = {f"pallet_{name}": kind for name, kind in TYPES.items()}


class TargetFinder:
    """Publishes dock_targets and pallets (base_link, covariance), and detected_dock_pose of the station ahead.

    Looks while docking is asked for and the site says that the station ahead is docked by something else than a tag;
    for pallets also between pallet_finder/enable true and false. pose_at: base_link in the map frame at a time.
    """

    def __init__(
        self,
        node: AmrNode,
        complaints: Complaints,
        robot: RobotType,
        targets: Sequence[Target],
        pose_at: Callable[[float], Pose2D | None],
    ) -> None:
        self._node, self._complaints, self._robot, self._targets = node, complaints, robot, targets
        self._pose_at = pose_at
        self._rays = DepthRays(DepthMount.of(robot.depth_camera), step=1)
        self._watch = DepthWatch(DepthMount.of(robot.depth_camera))
        self._subscriptions: dict[str, list[Any]] = {}
        self._scan: Any = None
        self._image: Any = None
        self._info: Any = None
        self._last = 0.0
        self._enabled = False
        self._dock = node.create_publisher(PoseStamped, "detected_dock_pose", qos.RELIABLE)
        self._found = node.create_publisher(Detection3DArray, "dock_targets", qos.SENSOR)
        self._pallets = node.create_publisher(Detection3DArray, "pallets", qos.SENSOR)
        node.create_service(SetBool, "pallet_finder/enable", self._enable)

    def tick(self, now: float, *, docking: bool) -> Target | None:
        """Look for what is wanted at now (s); return what the robot docks by, as far as that is known."""
        pose = self._pose_at(now) if docking else None
        ahead = target_ahead(self._targets, pose) if pose is not None else None
        kind = ahead[0].kind if ahead is not None else "tag"
        self._open("scan", kind in ("v_dock", "reflectors"))
        self._open("depth", kind in _PALLETS or self._enabled)
        scan, image = self._scan, self._image
        self._scan = self._image = None
        try:
            if scan is not None and ahead is not None:
                self._look_scan(now, scan, ahead[0])
            if image is not None:
                self._look_depth(now, image, ahead[0] if ahead is not None else None)
        except AmrError as error:
            self._complaints.add(now, error)
        return ahead[0] if ahead is not None else None

    def _look_scan(self, now: float, scan: Any, target: Target) -> None:
        stamp = from_stamp(scan.header.stamp)
        pose = self._pose_at(stamp)
        if pose is None or now - stamp > 0.5:
            return
        numbers = (scan.angle_min, scan.angle_increment, scan.range_min)
        if not all(map(math.isfinite, numbers)):
            raise AmrError("message.invalid", topic=scan.header.frame_id, reason="angles that are no numbers")
        prior, mount = relative(pose, target.pose), self._robot.lidars[0].mount
        ranges = np.asarray(scan_ranges(scan), dtype=np.float64)
        points = scan_points(ranges, scan.angle_min, scan.angle_increment, mount, _REACH_M)
        if target.kind == "v_dock":
            found = fit(v_dock(), points, prior)
        else:
            found = reflector_pair(points, _intensities(scan, ranges))
        if found is not None and _near(found.pose, prior):
            self._tell(self._found, target.kind, found.pose, found.covariance, found.coverage, scan.header.stamp)
            self._tell_dock(found.pose, scan.header.stamp)

    def _look_depth(self, now: float, image: Any, target: Target | None) -> None:
        self._last = check_stamp(from_stamp(image.header.stamp), now, self._last, "depth_camera/image_raw")
        if self._info is None:
            raise AmrError("message.invalid", topic="depth_camera/camera_info", reason="none came")
        matrix, _ = camera_matrix(self._info, image.width, image.height)
        depth, stamp = depth_to_array(image), from_stamp(image.header.stamp)
        if self._watch.frozen(depth, stamp, self._pose_at(stamp)):
            raise AmrError("message.invalid", topic="depth_camera/image_raw", reason="the picture stands still")
        points = self._rays.points(depth, matrix)
        wanted = [_PALLETS[target.kind]] if target is not None and target.kind in _PALLETS else list(TYPES.values())
        mount = DepthMount.of(self._robot.depth_camera)
        found = [pallet for kind in wanted if (pallet := find_pallet(points, kind, mount=mount)) is not None]
        if not found:
            return
        best = max(found, key=lambda pallet: pallet.score)
        self._tell(self._pallets, best.kind, best.pose, best.covariance, best.score, image.header.stamp)
        pose = self._pose_at(stamp)
        if target is None or target.kind not in _PALLETS or pose is None:
            return
        if _near(best.pose, relative(pose, target.pose)):
            self._tell_dock(best.pose, image.header.stamp)

    def _tell_dock(self, pose: Pose2D, stamp: Any) -> None:
        message = PoseStamped(pose=pose_to_msg(pose))
        message.header.frame_id, message.header.stamp = FRAME, stamp
        self._dock.publish(message)

    @staticmethod
    def _tell(publisher: Any, kind: str, pose: Pose2D, covariance: FloatArray, score: float, stamp: Any) -> None:
        result = ObjectHypothesisWithPose()
        result.hypothesis.class_id, result.hypothesis.score = kind, float(score)
        result.pose.pose = pose_to_msg(pose)
        full = np.zeros((6, 6))
        full[np.ix_((0, 1, 5), (0, 1, 5))] = covariance
        result.pose.covariance = full.ravel().tolist()
        array = Detection3DArray()
        array.header.frame_id, array.header.stamp = FRAME, stamp
        detection = Detection3D(header=array.header, results=[result])
        detection.bbox.center = pose_to_msg(pose)
        array.detections.append(detection)
        publisher.publish(array)

    def _enable(self, request: Any, response: Any) -> Any:
        self._enabled = bool(request.data)
        response.success = True
        return response

    def _open(self, sensor: str, wanted: bool) -> None:
        if wanted == (sensor in self._subscriptions):
            return
        node = self._node
        if not wanted:
            for subscription in self._subscriptions.pop(sensor):
                node.destroy_subscription(subscription)
            self._last = 0.0
        elif sensor == "scan":
            topic = f"scan_{self._robot.lidars[0].name}"
            self._subscriptions[sensor] = [node.create_subscription(LaserScan, topic, self._on_scan, qos.SENSOR)]
        else:
            self._subscriptions[sensor] = [
                node.create_subscription(Image, "depth_camera/image_raw", self._on_image, qos.SENSOR),
                node.create_subscription(CameraInfo, "depth_camera/camera_info", self._on_info, qos.SENSOR),
            ]

    def _on_scan(self, message: Any) -> None:
        self._scan = message

    def _on_image(self, message: Any) -> None:
        self._image = message

    def _on_info(self, message: Any) -> None:
        self._info = message


def _near(found: Pose2D, prior: Pose2D) -> bool:
    """Return whether a target is where the robot's pose and the site say it can be: another one must not be taken."""
    off = math.hypot(found.x - prior.x, found.y - prior.y)
    return off < _OFF_M and abs(wrap_angle(found.theta - prior.theta)) < _OFF_RAD


def _intensities(scan: Any, ranges: FloatArray) -> FloatArray:
    """Return the intensities (0..1) of the echoes that scan_points keeps. Raises message.invalid without any."""
    values = np.asarray(scan.intensities, dtype=np.float64)
    if len(values) != len(ranges):
        raise AmrError("message.invalid", topic=scan.header.frame_id, reason="no intensities: reflectors need them")
    values = np.where(np.isfinite(values), values, 0.0)
    top = float(values.max(initial=0.0))
    kept = np.isfinite(ranges) & (ranges > 0.0) & (ranges < _REACH_M)
    return np.asarray(values[kept] / top if top > 0.0 else values[kept])
