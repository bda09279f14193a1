"""Records a drive for `amr calibrate robot`: started before it, stopped after it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict, Field
from sensor_msgs.msg import LaserScan
from std_srvs.srv import SetBool
from vision_msgs.msg import Detection3DArray

from amr_core.errors import AmrError
from amr_core.robots import robot_type
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.health import HealthReporter
from amr_perception.recording.drive import DriveWriter
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_from_msg
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S = 1.0  # chosen: only what was recorded is told; the messages themselves are taken as they come


class DriveRecorderParams(BaseModel):
    """Parameters. path: file to write, must not exist; robot_type: its lidars are recorded; seconds: longest drive."""

    model_config = ConfigDict(frozen=True)
    path: str = Field(min_length=1)
    robot_type: str
    seconds: float = Field(default=180.0, gt=0.0, le=1800.0)


class DriveRecorderNode(AmrNode):
    """Writes odom, scan_<lidar>, amcl_pose and markers of its namespace; keeps the camera looking for tags meanwhile.

    Diagnostics say what does not come yet, and when the drive is over.
    """

    def __init__(self, name: str = "drive_recorder", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, DriveRecorderParams)
        self.robot = self.get_namespace().strip("/")
        self.writer = DriveWriter(Path(self.params.path))
        self._lidars = [spec.name for spec in robot_type(self.params.robot_type).lidars]
        self._complaints = Complaints(self)
        self._health = HealthReporter(self, f"{self.robot}: drive recorder", self._complaints)
        self._began: float | None = None
        self._fault = ""
        self._looking = self.create_client(SetBool, "markers/enable")
        self._asked = False
        for lidar in self._lidars:
            self.create_subscription(LaserScan, f"scan_{lidar}", partial(self._on_scan, lidar), qos.SENSOR)
        self.create_subscription(Odometry, "odom", self._on_odom, qos.SENSOR)
        self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, qos.LATCHED)
        self.create_subscription(Detection3DArray, "markers", self._on_markers, qos.SENSOR)
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Finish the file, let the camera rest, remove the node."""
        self.ticker.remove(self._handle)
        if self._asked:
            self._looking.call_async(SetBool.Request(data=False))
        self._try(self.writer.close)
        super().destroy_node()

    @property
    def over(self) -> bool:
        """Whether nothing more is written: the longest drive is over, or the file is full."""
        return self.writer.full or (self._began is not None and self.now - self._began > self.params.seconds)

    def tick(self, now: float) -> None:
        """Keep the camera looking, and say what is missing."""
        if not self._asked and self._looking.service_is_ready():
            self._asked = True
            self._looking.call_async(SetBool.Request(data=True))
        sources = ("odom", "pose", *self._lidars)
        missing = [source for source in sources if not self.writer.written[source]]
        blind = self._fault or (f"nothing of {', '.join(missing)} yet" if missing else "")
        facts = {f"lines_{source}": str(self.writer.written[source]) for source in (*sources, "tag")}
        facts |= {f"left_out_{source}": str(count) for source, count in self.writer.left_out.items()}
        self._health.report(now, blind, facts, warning="the drive is over" if self.over else "")

    def _on_odom(self, message: Any) -> None:
        pose = pose_from_msg(message)
        self._line(self.writer.odom, message, pose.x, pose.y, pose.theta)

    def _on_pose(self, message: Any) -> None:
        pose = pose_from_msg(message)
        self._line(self.writer.pose, message, pose.x, pose.y, pose.theta)

    def _on_scan(self, lidar: str, message: Any) -> None:
        self._line(self.writer.scan, message, lidar, message.angle_min, message.angle_increment, message.ranges)

    def _on_markers(self, message: Any) -> None:
        for detection in message.detections:
            place = detection.bbox.center.position
            if detection.id.isdecimal():
                self._line(self.writer.tag, message, int(detection.id), place.x, place.y, place.z)

    def _line(self, write: Any, message: Any, *facts: Any) -> None:
        if self._began is None:
            self._began = self.now
        if not self.over:
            self._try(lambda: write(from_stamp(message.header.stamp), *facts))

    def _try(self, work: Any) -> None:
        try:
            work()
        except AmrError as error:
            self._fault = str(error)
            self.get_logger().error(self._fault)
