"""The part of the perception node that looks for dock markers, only while it is asked to."""

from __future__ import annotations

from typing import Any

from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import CameraInfo, Image
from std_srvs.srv import Trigger
from transforms3d.quaternions import mat2quat

from amr_core.errors import AmrError
from amr_perception.markers.detector import Marker, MarkerDetector, best_marker
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import camera_matrix, image_to_array
from amr_ros import qos
from amr_ros.node import AmrNode

AUTO_STOP_S = 90.0
FRAME = "camera_optical"


class DockDetector:
    """Serves dock_detector/start and stop; publishes detected_dock_pose for each picture between them."""

    def __init__(self, node: AmrNode, complaints: Complaints) -> None:
        self._node = node
        self._complaints = complaints
        self._detector = MarkerDetector()
        self._active = False
        self._until: float | None = None  # set in the first tick after start: there is no time before it
        self._subscriptions: list[Any] = []
        self._image: Any = None
        self._info: Any = None
        self._pose = node.create_publisher(PoseStamped, "detected_dock_pose", qos.SENSOR)
        node.create_service(Trigger, "dock_detector/start", self._start)
        node.create_service(Trigger, "dock_detector/stop", self._stop)

    @property
    def active(self) -> bool:
        """True between start and stop."""
        return self._active

    def tick(self, now: float) -> None:
        """Open or close the camera as asked, and search the newest picture."""
        if self._active and self._until is None:
            self._until = now + AUTO_STOP_S
        if self._until is not None and now > self._until:
            self._active = False
        if not self._active:
            self._close()
            return
        self._open()
        image, self._image = self._image, None
        if image is None or self._info is None:
            return
        try:
            self._search(image)
        except AmrError as error:
            self._complaints.add(now, error)

    def _search(self, image: Any) -> None:
        matrix, distortion = camera_matrix(self._info)
        picture = image_to_array(image)
        best = best_marker(self._detector.detect(picture, matrix, distortion), image.width, image.height)
        if best is not None:
            self._pose.publish(marker_to_msg(best, image.header.stamp))

    def _start(self, _request: Any, response: Any) -> Any:
        if not self._active:
            self._detector.reset()
        self._active, self._until = True, None
        response.success = True
        return response

    def _stop(self, _request: Any, response: Any) -> Any:
        self._active = False
        response.success = True
        return response

    def _open(self) -> None:
        if not self._subscriptions:
            node = self._node
            self._subscriptions = [
                node.create_subscription(Image, "camera/image_raw", self._on_image, qos.SENSOR),
                node.create_subscription(CameraInfo, "camera/camera_info", self._on_info, qos.SENSOR),
            ]

    def _close(self) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
        self._image = self._info = None

    def _on_image(self, message: Any) -> None:
        self._image = message

    def _on_info(self, message: Any) -> None:
        self._info = message


def marker_to_msg(marker: Marker, stamp: Any) -> PoseStamped:
    """Return the marker's pose in the camera's optical frame (x right, y down, z ahead)."""
    message = PoseStamped()
    message.header.frame_id = FRAME
    message.header.stamp = stamp
    position, orientation = message.pose.position, message.pose.orientation
    position.x, position.y, position.z = marker.pose.tvec.tolist()
    orientation.w, orientation.x, orientation.y, orientation.z = mat2quat(marker.pose.rotation).tolist()
    return message
