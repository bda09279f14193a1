"""The part of the camera node that tells people what it sees: detections, and a blurred picture only if it may."""

from __future__ import annotations

import math
from array import array

from amr_interfaces.msg import CameraDetection, CameraView
from amr_perception.fixed.areas import SeenThing
from amr_perception.fixed.blur import blurred_jpeg
from amr_perception.fixed.floor import Floor
from amr_perception.nodes.camera_facts import CameraFacts, SetupFile
from amr_perception.people.boxes import ColourImage, PictureBox
from amr_ros import qos
from amr_ros.node import AmrNode

# chosen: boxes that move twice a second can be followed; pictures are larger, and once a second suits slow lines
VIEW_S, FRAME_S = 0.5, 1.0
_SLACK_S = 0.02  # ticks come a little early or late: without it one that is due would wait for the next picture
# Share of the picture's height that a person must have to be found: docs/perception.md, recall by size and light.
NEEDED, NEEDED_DIM, _DIM = 0.10, 0.25, 40.0


class ViewPublisher:
    """Publishes /cameras/views twice a second while somebody listens; blurred: with one picture a second."""

    def __init__(self, node: AmrNode, camera: str, detector: str, *, blurred: bool) -> None:
        self._node, self._camera, self._detector, self._blurred = node, camera, detector, blurred
        self._out = node.create_publisher(CameraView, "/cameras/views", qos.SENSOR)
        self._told = self._framed = -math.inf
        self._seeing: bool | None = None
        self._guards: tuple[Floor, float, float] | None = None  # by day and in dim light, of the floor that counts

    def tell(self, now: float, facts: CameraFacts, picture: ColourImage | None, floor: Floor, setup: SetupFile) -> None:
        """Tell what was seen at now (s). picture: what it was seen in; floor: its size (px) when there is none."""
        sight, size = facts.sight, floor.size
        seeing = sight.seen is not None
        due = now - self._told >= VIEW_S - _SLACK_S or now < self._told or seeing != self._seeing
        if not due or not self._out.get_subscription_count():
            return
        self._told, self._seeing = now, seeing
        width, height = size if picture is None else (picture.shape[1], picture.shape[0])
        message = CameraView(camera=self._camera, seeing=seeing, blind=sight.blind, width=width, height=height)
        lens = sight.lens
        message.reason, message.blind_for, message.picture_age = sight.reason, facts.blind_for(now), facts.age(now)
        message.sharpness, message.usual_sharpness = lens.sharpness, lens.usual_sharpness
        message.brightness, message.dirty, message.shift = lens.brightness, lens.dirty, lens.shift
        by_day = lens.brightness >= _DIM
        message.light = "" if not lens.brightness else "day" if by_day else "dim"
        if self._guards is None or self._guards[0] is not floor:  # another setup may hang it elsewhere
            self._guards = (floor, floor.guards(NEEDED), floor.guards(NEEDED_DIM))
        _, day, dim = self._guards
        message.guards_m = (day if by_day else dim) if seeing else 0.0
        message.guards_day_m, message.detector = day, self._detector
        message.setup_version, message.setup_for = setup.version, max(0.0, now - setup.since)
        message.header.frame_id, message.header.stamp = "map", self._node.stamp()
        message.detections = [_to_msg(s, b) for s, b in zip(sight.seen or (), sight.boxes, strict=True)]
        # A blind camera sends no picture: where nothing could be judged, nobody can be blotted out.
        frame_due = now - self._framed >= FRAME_S - _SLACK_S or now < self._framed
        if self._blurred and seeing and picture is not None and frame_due:
            self._framed = now
            message.frame = array("B", blurred_jpeg(picture, sight.everything))
        self._out.publish(message)


def _to_msg(seen: SeenThing, box: PictureBox) -> CameraDetection:
    return CameraDetection(
        kind=seen.kind, score=seen.score, x0=float(box.x0), y0=float(box.y0), x1=float(box.x1), y1=float(box.y1),
        x=float(seen.x), y=float(seen.y), radius=float(seen.radius),
    )  # fmt: skip
