"""PerceptionNode: tracks from scans, dock poses only when asked, rubbish in and no crash."""

from __future__ import annotations

import math
from array import array
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav2_msgs.action import DockRobot
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, LaserScan, PointCloud2
from std_msgs.msg import Empty
from std_srvs.srv import Trigger
from vision_msgs.msg import Detection3DArray

from amr_bringup.drive import read_drive
from amr_core.geometry import Pose2D, compose
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_interfaces.msg import RobotCamera, TrackedObjects
from amr_lab.perception_bench import depth as scenes
from amr_perception.depth.rays import DepthMount
from amr_perception.nodes.drive_recorder import DriveRecorderNode
from amr_perception.nodes.perception import PerceptionNode
from amr_ros import qos
from amr_ros.actions import ActionPort, ActionServerBridge
from amr_ros.convert import from_stamp, pose_to_msg, to_stamp
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_sim.scene import cast


class Base:
    """A fake robot base that publishes sensors twenty times a second."""

    def __init__(self, host: ProcessHost) -> None:
        self.host = host
        self.node = Node("base", context=host.context, namespace="/r1", enable_rosout=False)
        host.adopt(self.node)
        self.tracks: list[TrackedObjects] = []
        self.docks: list[PoseStamped] = []
        self.node.create_subscription(TrackedObjects, "tracks", self.tracks.append, qos.RELIABLE)
        self.node.create_subscription(PoseStamped, "detected_dock_pose", self.docks.append, qos.SENSOR)
        self.odom = self.node.create_publisher(Odometry, "odom", qos.SENSOR)
        self.amcl = self.node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", qos.LATCHED)
        self.scan = self.node.create_publisher(LaserScan, "scan_front", qos.SENSOR)
        self.image = self.node.create_publisher(Image, "camera/image_raw", qos.SENSOR)
        self.info = self.node.create_publisher(CameraInfo, "camera/camera_info", qos.SENSOR)
        self.start = self.node.create_client(Trigger, "dock_detector/start")
        self.stop = self.node.create_client(Trigger, "dock_detector/stop")
        self.pose = Pose2D(0.0, 0.0, 0.0)
        self.ranges = np.full(271, np.inf, dtype=np.float32)
        self.picture: Image | None = None
        self.stamp_off = 0.0
        self.camera: CameraInfo | None = CameraInfo(k=[554.0, 0.0, 319.5, 0.0, 554.0, 239.5, 0.0, 0.0, 1.0])
        host.ticker.add(self.tick, 0.05)

    def tick(self, now: float) -> None:
        stamp = to_stamp(now)
        odom = Odometry()
        odom.header.stamp = stamp
        odom.pose.pose.orientation.w = 1.0
        self.odom.publish(odom)
        amcl = PoseWithCovarianceStamped()
        amcl.header.stamp = stamp
        amcl.pose.pose = pose_to_msg(self.pose)
        self.amcl.publish(amcl)
        fov = LIFT_AMR.lidars[0].field_of_view
        scan = LaserScan(angle_min=-fov / 2, angle_increment=fov / 270, range_min=0.05, range_max=20.0)
        scan.header.stamp = stamp
        scan.ranges = array("f", self.ranges.tobytes())
        self.scan.publish(scan)
        if self.picture is not None:
            self.picture.header.stamp = to_stamp(now + self.stamp_off)
            self.image.publish(self.picture)
            if self.camera is not None:
                self.info.publish(self.camera)

    def until(self, predicate: Any) -> None:
        assert self.host.spin_until(predicate, 10.0)

    def call(self, client: Any) -> None:
        self.until(client.service_is_ready)
        future = client.call_async(Trigger.Request())
        self.until(future.done)
        assert future.result().success


@pytest.fixture
def base(host: ProcessHost) -> Base:
    return Base(host)


@pytest.fixture
def node(host: ProcessHost, base: Base) -> PerceptionNode:
    params = {"site": "lab", "robot_type": "lift_amr"}
    built: PerceptionNode = host.build(PerceptionNode, "perception", namespace="/r1", params=params)
    return built


def tag_image(tag: int = 5) -> Image:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    picture = np.full((480, 640), 200, np.uint8)
    picture[180:300, 260:380] = cv2.aruco.generateImageMarker(dictionary, tag, 120)
    return Image(height=480, width=640, encoding="mono8", step=640, data=array("B", picture.tobytes()))


def test_tracks_a_thing_in_front(base: Base, node: PerceptionNode) -> None:
    lane = load_site("lab").lanes[0].points
    (x0, y0), (x1, y1) = lane[0], lane[1]
    theta = math.atan2(y1 - y0, x1 - x0)
    base.pose = Pose2D((x0 + x1) / 2, (y0 + y1) / 2, theta)
    base.ranges[88:93] = 1.5  # front lidar is mounted at 45 degrees: straight ahead is beam 90
    base.until(lambda: bool(base.tracks) and len(base.tracks[-1].objects) == 1)
    seen = base.tracks[-1]
    assert (seen.robot, seen.header.frame_id) == ("r1", "map")
    ahead = math.hypot(seen.objects[0].x - base.pose.x, seen.objects[0].y - base.pose.y)
    assert 1.9 < ahead < 2.6


def test_dock_pose_only_between_start_and_stop(base: Base, node: PerceptionNode) -> None:
    base.picture = tag_image()
    base.until(lambda: len(base.tracks) > 2)
    assert base.image.get_subscription_count() == 0
    base.call(base.start)
    base.until(lambda: len(base.docks) > 2)
    pose = base.docks[-1]
    assert pose.header.frame_id == "camera_optical"
    # 120 px of 0.16 m at f = 554 px are 0.739 m away.
    assert pose.pose.position.z == pytest.approx(0.739, abs=0.01)
    assert abs(pose.pose.position.x) < 0.002
    base.call(base.stop)
    base.until(lambda: base.image.get_subscription_count() == 0)
    base.call(base.start)
    count = len(base.docks)
    base.until(lambda: len(base.docks) > count)


def test_a_goal_of_the_docking_server_switches_the_detector_on(host: ProcessHost, base: Base) -> None:
    params = {"site": "lab", "robot_type": "lift_amr", "dock_goals": True}
    host.build(PerceptionNode, "perception", namespace="/r1", params=params)
    seen: list[PoseStamped] = []
    base.node.create_subscription(PoseStamped, "detected_dock_pose", seen.append, 1)  # as Nav2's docking server does
    server = host.build(AmrNode, "docking_server", namespace="/r1")
    docking = ActionServerBridge(server, DockRobot, "dock_robot", on_goal=lambda _goal: None)
    client = ActionPort(base.node, DockRobot, "dock_robot")
    base.picture = tag_image()
    base.until(lambda: client.ready and len(base.tracks) > 2)
    assert base.image.get_subscription_count() == 0
    client.send(DockRobot.Goal(dock_id="D1_1"), on_done=lambda _call: None)
    base.until(lambda: len(seen) > 2)
    docking.succeed(DockRobot.Result(success=True))
    base.until(lambda: base.image.get_subscription_count() == 0)


@pytest.mark.parametrize(
    "bad",
    [
        {"encoding": "yuv"},
        {"height": 100},
        {"width": 0},
        {"step": 7},
    ],
)
def test_bad_pictures_are_counted(base: Base, node: PerceptionNode, bad: dict[str, Any]) -> None:
    base.picture = tag_image()
    for field, value in bad.items():
        setattr(base.picture, field, value)
    base.call(base.start)
    base.until(lambda: node.complaints.counts["camera/image_raw"] > 0)
    base.picture = tag_image()
    base.until(lambda: bool(base.docks))


def test_bad_camera_info_and_scans_are_counted(base: Base, node: PerceptionNode) -> None:
    base.picture = tag_image()
    good, base.camera = base.camera, CameraInfo(k=[float("nan")] * 9)
    base.ranges[:] = np.nan
    base.call(base.start)
    base.until(lambda: node.complaints.counts["camera/camera_info"] > 0)
    base.camera = good
    base.until(lambda: bool(base.docks))


def test_the_tag_of_another_station_is_not_taken_for_the_dock(base: Base, node: PerceptionNode) -> None:
    (station,) = [s for place in load_site("lab").places for s in place.stations if s.id == "A1_1"]
    base.pose = compose(station.pose, Pose2D(-0.5, 0.0, 0.0))
    markers: list[Detection3DArray] = []
    base.node.create_subscription(Detection3DArray, "markers", markers.append, qos.SENSOR)
    assert station.marker == 3
    base.picture = tag_image(4)  # the neighbour's
    base.call(base.start)
    base.until(lambda: len(markers) > 5)
    assert markers[-1].detections[0].id == "4"
    assert not base.docks
    base.picture = tag_image(3)
    base.until(lambda: len(base.docks) > 2)


def test_what_does_not_come_is_said(base: Base, node: PerceptionNode) -> None:
    told: list[str] = []
    base.node.create_subscription(
        DiagnosticArray, "/diagnostics", lambda m: told.extend(s.message for s in m.status), qos.RELIABLE
    )
    base.call(base.start)
    base.until(lambda: told and told[-1] == "camera: none came for 2 s")
    base.camera, base.picture = None, tag_image()
    base.until(lambda: node.complaints.counts["camera/camera_info"] > 0)
    assert not base.docks
    base.camera = CameraInfo(width=320, height=240, k=[277.0, 0.0, 159.5, 0.0, 277.0, 119.5, 0.0, 0.0, 1.0])
    counted = node.complaints.counts["camera/camera_info"]
    base.until(lambda: node.complaints.counts["camera/camera_info"] > counted + 2)  # of another mode of the camera
    assert not base.docks


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_pictures_of_another_time_are_refused_and_forgotten(base: Base, node: PerceptionNode, jump: float) -> None:
    base.picture = tag_image()
    base.call(base.start)
    base.until(lambda: len(base.docks) > 1)
    base.stamp_off = jump
    base.until(lambda: node.complaints.counts["camera/image_raw"] > 1)
    count = len(base.docks)
    base.until(lambda: node.complaints.counts["camera/image_raw"] > 4)
    assert len(base.docks) <= count + 1
    base.stamp_off = 0.0
    base.until(lambda: len(base.docks) > count + 3)


def test_depth_gives_clouds_and_a_bad_image_frees_nothing(host: ProcessHost, base: Base) -> None:
    params = {"site": "lab", "robot_type": "lift_amr", "depth": True}
    node: PerceptionNode = host.build(PerceptionNode, "perception", namespace="/r1", params=params)
    clouds: dict[str, list[PointCloud2]] = {"obstacles": [], "clearing": []}
    for name, seen in clouds.items():
        base.node.create_subscription(PointCloud2, f"depth/{name}", seen.append, qos.SENSOR)
    images = base.node.create_publisher(Image, "depth_camera/image_raw", qos.SENSOR)
    infos = base.node.create_publisher(CameraInfo, "depth_camera/camera_info", qos.SENSOR)
    view = scenes.camera_view(mount=DepthMount.of(LIFT_AMR.depth_camera))
    thing = scenes.box("thing", Pose2D(2.0, 0.2, 0.1), (0.2, 0.2), (0.0, 0.2))
    depth = cast(view, [thing], 6.0)[0]
    shown: dict[str, Any] = {"encoding": "32FC1", "data": depth.tobytes()}
    info = CameraInfo(width=640, height=480, k=view.matrix.ravel().tolist())

    def tick(now: float) -> None:
        image = Image(height=480, width=640, encoding=shown["encoding"], step=2560, data=array("B", shown["data"]))
        image.header.stamp = to_stamp(now)
        infos.publish(info)
        images.publish(image)

    host.ticker.add(tick, 0.1)
    base.until(lambda: all(clouds.values()) and clouds["clearing"][-1].width > 1000)
    assert clouds["obstacles"][-1].width > 20
    assert clouds["obstacles"][-1].header.frame_id == "base_link"
    shown["encoding"] = "rgb8"
    base.until(lambda: node.complaints.counts["depth_camera/image_raw"] > 0)
    shown.update(encoding="32FC1", data=np.full((480, 640), np.nan, np.float32).tobytes())
    base.until(lambda: clouds["clearing"][-1].width == 0)
    first, empty = from_stamp(clouds["clearing"][-1].header.stamp), len(clouds["clearing"])
    base.until(lambda: len(clouds["clearing"]) > empty + 2)
    # No cloud, not an empty one: that would say "nothing there". One of an earlier picture may come late.
    assert all(from_stamp(cloud.header.stamp) < first for cloud in clouds["obstacles"])
    assert node._depth is not None
    assert node._depth.blind


def test_a_drive_is_recorded_with_its_tags_for_the_calibration(
    host: ProcessHost, base: Base, node: PerceptionNode, tmp_path: Path
) -> None:
    told: list[str] = []
    base.node.create_subscription(
        DiagnosticArray,
        "/diagnostics",
        lambda m: told.extend(s.message for s in m.status if "drive recorder" in s.name),
        qos.RELIABLE,
    )
    params = {"path": str(tmp_path / "drive.jsonl"), "robot_type": "lift_amr"}
    recorder: DriveRecorderNode = host.build(DriveRecorderNode, "drive_recorder", namespace="/r1", params=params)
    short = {"path": str(tmp_path / "short.jsonl"), "robot_type": "lift_amr", "seconds": 0.2}
    brief: DriveRecorderNode = host.build(DriveRecorderNode, "brief", namespace="/r1", params=short)
    base.picture = tag_image()
    base.until(lambda: all(recorder.writer.written[source] > 3 for source in ("odom", "pose", "front", "tag")))
    base.until(lambda: "nothing of rear yet" in told)  # this robot's second lidar says nothing
    base.until(lambda: brief.over)
    count = brief.writer.written["odom"]
    seen = recorder.writer.written["odom"]
    base.until(lambda: recorder.writer.written["odom"] > seen + 3)
    assert brief.writer.written["odom"] == count
    recorder.writer.close()
    drive = read_drive(tmp_path / "drive.jsonl")
    assert len(drive.odometry) > 3
    assert {tag.tag for tag in drive.tags} == {5}
    assert list(drive.scans) == ["front"]


def test_faults_of_the_depth_camera_are_told_and_free_nothing(host: ProcessHost, base: Base) -> None:
    params = {"site": "lab", "robot_type": "lift_amr", "depth": True}
    node: PerceptionNode = host.build(PerceptionNode, "perception", namespace="/r1", params=params)
    told: list[tuple[bytes, str]] = []
    freed: list[PointCloud2] = []
    base.node.create_subscription(
        DiagnosticArray, "/diagnostics", lambda m: told.extend((s.level, s.message) for s in m.status), qos.RELIABLE
    )
    base.node.create_subscription(
        PointCloud2, "depth/clearing", lambda m: freed.append(m) if m.width else None, qos.SENSOR
    )
    health: list[tuple[str, str]] = []
    base.node.create_subscription(
        RobotCamera, "camera_health", lambda m: health.append((m.camera, m.reason)), qos.SENSOR
    )
    images = base.node.create_publisher(Image, "depth_camera/image_raw", qos.SENSOR)
    infos = base.node.create_publisher(CameraInfo, "depth_camera/camera_info", qos.SENSOR)
    view = scenes.camera_view(mount=DepthMount.of(LIFT_AMR.depth_camera))
    floor = cast(view, [], 6.0)[0]
    shown: dict[str, Any] = {"info": None, "off": 0.0, "on": True, "data": array("B", floor.tobytes())}

    def tick(now: float) -> None:
        if not shown["on"]:
            return
        image = Image(height=480, width=640, encoding="32FC1", step=2560, data=shown["data"])
        image.header.stamp = to_stamp(now + shown["off"])
        if shown["info"] is not None:
            infos.publish(shown["info"])
        images.publish(image)

    def says(text: str) -> None:
        base.until(lambda: bool(told) and text in told[-1][1])
        assert told[-1][0] == DiagnosticStatus.ERROR

    host.ticker.add(tick, 0.1)
    says("none came")
    assert not freed
    good = shown["info"] = CameraInfo(width=640, height=480, k=view.matrix.ravel().tolist())
    base.until(lambda: bool(freed) and freed[-1].width > 1000)
    shown["info"] = CameraInfo(width=320, height=240, k=good.k)
    says("for 320 x 240")
    count = len(freed)
    shown["info"] = CameraInfo(width=640, height=480, k=[float("nan")] * 9)
    says("no numbers")
    shown.update(info=good, data=array("B", np.where(np.arange(640) < 330, np.float32(np.nan), floor).tobytes()))
    says("clean the lens")
    base.until(lambda: health[-1:] == [("depth", "dirty")])
    shown.update(data=array("B", floor.tobytes()), off=3600.0)
    says("ahead of the clock")
    shown["off"] = -3600.0
    says("s old")
    assert len(freed) <= count + 1
    shown.update(off=0.0, on=False)
    says("no depth images")
    shown["on"] = True
    base.until(lambda: len(freed) > count + 2 and node._depth is not None and not node._depth.blind)


def test_one_picture_is_given_when_it_is_asked_for_small_and_blurred(host: ProcessHost) -> None:
    """And nobody listens to the camera otherwise: it is driven or rendered only then."""
    base = Base(host)
    host.build(PerceptionNode, "perception", namespace="/r1", params={"site": "lab", "robot_type": "lift_amr"})
    given: list[CompressedImage] = []
    base.node.create_subscription(CompressedImage, "picture", given.append, qos.RELIABLE)
    wanted = base.node.create_publisher(Empty, "picture_wanted", qos.RELIABLE)
    base.until(lambda: wanted.get_subscription_count() == 1)
    assert base.image.get_subscription_count() == 0
    base.picture = Image(height=2, width=3, encoding="nonsense", step=3, data=array("B", bytes(6)))

    def looked_through() -> bool:
        wanted.publish(Empty())
        return base.image.get_subscription_count() == 1

    base.until(looked_through)
    base.picture = Image(height=480, width=640, encoding="mono8", step=640, data=array("B", bytes(range(256)) * 1200))
    base.until(lambda: bool(given) and base.image.get_subscription_count() == 0)
    shown = cv2.imdecode(np.frombuffer(given[0].data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    assert shown.shape[1] == 240
    assert len(given[0].data) < 20_000
    wanted.publish(Empty())
    base.picture = None
    base.until(lambda: base.image.get_subscription_count() == 1)
    base.until(lambda: base.image.get_subscription_count() == 0)
