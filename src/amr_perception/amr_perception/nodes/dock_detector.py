"""The part of the perception node that looks for markers, only while it is asked to."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final, Literal

from action_msgs.msg import GoalStatus, GoalStatusArray
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import CameraInfo
from std_srvs.srv import SetBool, Trigger
from transforms3d.quaternions import mat2quat
from vision_msgs.msg import Detection3D, Detection3DArray, ObjectHypothesisWithPose

from amr_core.errors import AmrError
from amr_core.own_camera import FRONT, LensReason, OwnCamera
from amr_perception.docking.stations import Target
from amr_perception.lens.reasons import ADVICE
from amr_perception.lens.watch import LensState, LensWatch
from amr_perception.markers.detector import Marker, MarkerDetector, best_marker
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import camera_matrix, check_stamp, image_to_array
from amr_perception.nodes.picture_source import PictureSource
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode

AUTO_STOP_S = 90.0  # chosen: longer than any docking takes; who asked and died keeps a camera at work no longer
_SILENT_S = 2.0  # chosen: a camera that was just opened takes a second; the log gets a line each time
_NEAR_S = 15.0
"""s that the last way into a dock takes at most, with something large and plain before the camera."""
_OF_THE_VIEW: Final = frozenset({"blurred", "covered", "dirty"})  # what such a thing looks like to a clear lens, too
_NOT_OF_NOW: Final = frozenset({"wrong_size", "late", "frozen"})
"""Such a picture says nothing of where the robot is. Any other lens is searched: a tag that is read proves that it
sees, and a false alarm of the lens watch must not keep a robot from its dock."""
FRAME = "camera_optical"
_RUNNING = (GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING, GoalStatus.STATUS_CANCELING)


class DockDetector:
    """Serves dock_detector/start, stop and markers/enable; publishes what it sees in each picture between them.

    detected_dock_pose: the tag of the station ahead while docking (the best tag where none is known). markers: all tags
    with covariance, while docking or enabled.
    """

    def __init__(self, node: AmrNode, complaints: Complaints) -> None:
        self._node = node
        self._complaints = complaints
        self._detector = MarkerDetector()
        self._active = self._asked = False
        self.target: Target | None = None  # what the station ahead is docked by, if that is known
        self._until: float | None = None  # set in the first tick after start: there is no time before it
        self._subscriptions: list[Any] = []
        self._source: PictureSource | None = None
        self._lens = LensWatch(fixed=False, dazzled_at_first=True)  # a tag that is read proves that it sees
        self._info: Any = None
        self._last_stamp = 0.0
        self._heard: float | None = None
        self.blind = ""  # why the last picture shows no tags, whatever is there; "" while nobody asks
        self._state = LensState()
        self._clear = False  # whether a picture of this use showed something
        self._plain: float | None = None  # since when (s) none has
        self._told: OwnCamera | None = None  # as it was in its last use; None: nobody has looked through it yet
        self._saw = -math.inf  # stamp (s) of its newest usable picture
        # Reliable: Nav2's docking server subscribes so, and would get nothing from a best-effort publisher.
        self._pose = node.create_publisher(PoseStamped, "detected_dock_pose", qos.RELIABLE)
        self._markers = node.create_publisher(Detection3DArray, "markers", qos.SENSOR)
        node.create_service(Trigger, "dock_detector/start", self._start)
        node.create_service(Trigger, "dock_detector/stop", self._stop)
        node.create_service(SetBool, "markers/enable", self._enable)

    def follow_goals(self) -> None:
        """Look as long as dock_robot has a goal: Nav2's docking server never asks for the detector."""
        self._node.create_subscription(GoalStatusArray, "dock_robot/_action/status", self._on_goals, qos.LATCHED)

    def _on_goals(self, message: Any) -> None:
        wanted = any(goal.status in _RUNNING for goal in message.status_list)
        if wanted and not self._active:
            self._detector.reset()
        self._active, self._until = wanted, math.inf if wanted else None

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
        if not (self._active or self._asked):
            self._close()
            return
        self._open()
        image = self._source.take() if self._source is not None else None
        try:
            if image is None or self._info is None:
                self._check_silence(now, "camera/image_raw" if image is None else "camera/camera_info")
                return
            self._heard = now
            self._last_stamp = check_stamp(from_stamp(image.header.stamp), now, self._last_stamp)
            self._search(image)
        except AmrError as error:
            self.blind = str(error.facts.get("reason", error))
            if self.blind != self._state.text:
                self._state = LensState()  # advice for another fault would mislead
                self._tell("no_pictures" if image is None else "bad_picture")
            self._complaints.add(now, error)

    def _tell(self, reason: LensReason | Literal[""]) -> None:
        s = self._state
        self._told = OwnCamera(
            camera=FRONT, reason=reason, in_use=True, sharpness=s.sharpness, usual=s.usual_sharpness,
            brightness=s.brightness,
        )  # fmt: skip

    def _lasting(self, reason: LensReason | Literal[""], now: float) -> LensReason | Literal[""]:
        """Return what is to be told: of a lens that was clear on the way to the dock, only what does not pass there."""
        if not reason:
            self._clear, self._plain = True, None
        elif reason in _OF_THE_VIEW and self._clear:
            self._plain = now if self._plain is None else self._plain
            return reason if now - self._plain >= _NEAR_S else ""
        return reason

    def health(self, now: float) -> OwnCamera | None:
        """Return how the camera is, or was in its last use; None when nobody has looked through it."""
        if self._told is None:
            return None
        age = now - self._saw
        return replace(self._told, picture_age=age if 0.0 <= age < math.inf else -1.0)

    def facts(self, now: float) -> dict[str, str]:
        """Return what is known of the robot's camera, for diagnostics; nothing while nobody looks through it."""
        if not self._subscriptions:
            return {}
        state, reason = self._state, self._state.reason
        age = now - self._last_stamp if self._last_stamp > 0.0 else -1.0
        return {
            "camera_blind": self.blind,
            "camera_advice": ADVICE[reason] if reason else "",
            "camera_picture_age": f"{age:.2f}",
            "camera_sharpness": f"{state.sharpness:g}",
            "camera_usual_sharpness": f"{state.usual_sharpness:g}",
            "camera_brightness": f"{state.brightness:g}",
        }

    def _check_silence(self, now: float, topic: str) -> None:
        """Complain once for every two seconds without a picture, or without a CameraInfo for it."""
        if self._heard is None:
            self._heard = now
        if abs(now - self._heard) > _SILENT_S:
            self._heard = now
            raise AmrError("message.invalid", topic=topic, reason=f"none came for {_SILENT_S:g} s")

    def _tells_dock(self, marker: Marker) -> bool:
        """Return whether this tag may be the dock: its neighbour's, or a load's, must not be taken for it."""
        target = self.target
        if target is None:
            return True
        return target.kind == "tag" and target.tag in (None, marker.tag)

    def _search(self, image: Any) -> None:
        picture = image_to_array(image)
        matrix, distortion = camera_matrix(self._info, picture.shape[1], picture.shape[0])
        state = self._state = self._lens.look(picture, self._heard, self._last_stamp)
        self.blind = ""
        found = [] if state.reason in _NOT_OF_NOW else self._detector.detect(picture, matrix, distortion)
        if state.reason and any(marker.refined for marker in found):
            state = self._state = replace(state, reason="", text="")
        reason = state.reason
        self._tell(self._lasting(reason, self._last_stamp))
        if reason:
            raise AmrError("message.invalid", topic="camera/image_raw", reason=state.text)
        self._saw = self._last_stamp
        docks = [marker for marker in found if marker.refined and self._active and self._tells_dock(marker)]
        best = best_marker(docks, picture.shape[1], picture.shape[0])
        if best is not None:
            self._pose.publish(marker_to_msg(best, image.header.stamp))
        if self._markers.get_subscription_count():
            self._markers.publish(markers_to_msg(found, image.header.stamp))

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

    def _enable(self, request: Any, response: Any) -> Any:
        self._asked = bool(request.data)
        response.success = True
        return response

    def _open(self) -> None:
        if not self._subscriptions:
            node = self._node
            self._clear, self._plain = False, None
            self._source = PictureSource(node, "camera/image_raw")
            self._subscriptions = [
                node.create_subscription(CameraInfo, "camera/camera_info", self._on_info, qos.SENSOR),
            ]

    def _close(self) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
        if self._source is not None:
            self._source.close()
        self._source = self._info = None
        self._last_stamp = 0.0
        self._heard = None
        self.blind, self._state = "", LensState()
        if self._told is not None:
            self._told = replace(self._told, in_use=False)

    def _on_info(self, message: Any) -> None:
        if self._info is not None and list(self._info.k) != list(message.k):
            self._detector.reset()  # another camera, or another mode: its old search window means nothing
        self._info = message


def _fill(pose: Any, marker: Marker) -> None:
    pose.position.x, pose.position.y, pose.position.z = marker.pose.tvec.tolist()
    orientation = pose.orientation
    orientation.w, orientation.x, orientation.y, orientation.z = mat2quat(marker.pose.rotation).tolist()


def marker_to_msg(marker: Marker, stamp: Any) -> PoseStamped:
    """Return the marker's pose in the camera's optical frame (x right, y down, z ahead)."""
    message = PoseStamped()
    message.header.frame_id = FRAME
    message.header.stamp = stamp
    _fill(message.pose, marker)
    return message


def markers_to_msg(markers: list[Marker], stamp: Any) -> Detection3DArray:
    """Return tags with covariance: id is the tag; class_id family:id; score is 1 - ambiguity."""
    array = Detection3DArray()
    array.header.frame_id = FRAME
    array.header.stamp = stamp
    for marker in markers:
        result = ObjectHypothesisWithPose()
        result.hypothesis.class_id = f"36h11:{marker.tag}"
        result.hypothesis.score = 1.0 - marker.pose.ambiguity
        _fill(result.pose.pose, marker)
        result.pose.covariance = marker.pose.covariance.ravel().tolist()
        detection = Detection3D(header=array.header, results=[result], id=str(marker.tag))
        _fill(detection.bbox.center, marker)
        array.detections.append(detection)
    return array
