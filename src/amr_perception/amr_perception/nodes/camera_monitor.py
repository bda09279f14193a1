"""A fixed camera as a ROS node. Pictures stay inside: only de-identified detections and events leave it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from std_srvs.srv import Trigger
from vision_msgs.msg import Detection3D, Detection3DArray, ObjectHypothesisWithPose

from amr_core.cameras import VALID_S, fixed_view
from amr_core.errors import AmrError
from amr_core.site import Camera, Site, load_site, site_dir
from amr_core.site.camera_files import with_camera_file
from amr_interfaces.msg import CameraEvent, FleetState
from amr_perception.fixed.areas import AreaEvent, SeenThing
from amr_perception.fixed.floor import Floor, read_floor
from amr_perception.fixed.renewed import RenewedWatch
from amr_perception.fixed.rules import areas_out_of_view, crossings_beyond
from amr_perception.fixed.watch import CameraWatch, Sight, blind_for
from amr_perception.fleet_places import FleetPlaces
from amr_perception.lens.watch import LensWatch
from amr_perception.nodes.camera_facts import CameraFacts, LensMemory, SetupFile, facts_of
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.health import HealthReporter
from amr_perception.nodes.images import check_stamp, image_to_array
from amr_perception.nodes.picture_source import PictureSource
from amr_perception.nodes.view_publisher import NEEDED, ViewPublisher
from amr_perception.people.boxes import ColourImage, Detector
from amr_perception.people.models import NANODET, chosen
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_SILENT_S = 1.0  # five pictures of the slowest rate that docs/perception.md wants; with BLIND_AFTER_S told within 2 s


class CameraMonitorParams(BaseModel):
    """Parameters. camera: id in the site file; detector: motion needs no model; rate: pictures a second.

    learnt: folder where the camera keeps what its good pictures are like, "" = it learns anew at each start.
    model: another file for nanodet (a path, or a name in the folder of the models), which needs model_sha256.
    retention: none keeps every picture inside the node; blurred lets one small blurred picture a second out.
    """

    model_config = ConfigDict(frozen=True)
    site: str
    camera: str
    detector: Literal["motion", "nanodet", "ssd"] = "motion"
    rate: float = Field(default=10.0, gt=0.0, le=30.0)
    learnt: str = ""
    retention: Literal["none", "blurred"] = "none"
    model: str = ""
    model_sha256: str = ""


class CameraMonitorNode(AmrNode):
    """Watches the areas in one camera's view; publishes /cameras/events, views and <id>/detections."""

    def __init__(self, name: str = "camera_monitor", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, CameraMonitorParams)
        self.complaints = Complaints(self)
        self._fault = ""
        self.seeing = False  # whether the last picture could be judged
        self._unusable = ""  # why nothing that this camera sees can be judged
        self._file = SetupFile(site_dir(self.params.site), self.params.camera)
        self._memory = LensMemory(self.params.learnt, self.params.camera, self._complain)
        self._detector = self._made_detector()
        self._colour = self._detector is not None  # motion makes it grey anyway, which costs less at once
        found_by = "motion" if self._detector is None else Path(self.params.model).name or self.params.detector
        self._watching = RenewedWatch(self._made_watch())
        self._health = HealthReporter(self, f"camera {self.params.camera}", self.complaints)
        self._picture: ColourImage | None = None
        self._last_stamp = 0.0
        self._heard: float | None = None
        self._facts = CameraFacts()
        self._places = FleetPlaces()
        topic = f"/cameras/{self.params.camera}"
        self._events = self.create_publisher(CameraEvent, "/cameras/events", qos.RELIABLE)
        self._detections = self.create_publisher(Detection3DArray, f"{topic}/detections", qos.SENSOR)
        self._views = ViewPublisher(self, self.params.camera, found_by, blurred=self.params.retention == "blurred")
        self._source = PictureSource(self, f"{topic}/image_raw")
        self.create_service(Trigger, f"{topic}/learn_view", self._learn_view)
        self.create_subscription(FleetState, "/fleet/state", self._on_fleet, qos.RELIABLE)
        self._handle = ticker.add(self.tick, 1.0 / self.params.rate)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def _made_watch(self, lens: LensWatch | None = None) -> CameraWatch:
        """Return the watch that the site's files ask for; lens: one that goes on where the picture is as large."""
        site = load_site(self.params.site)
        camera = _camera(site, self.params.camera)
        self._floor = self._calibration(camera)
        self._far = self._unguarded(site)
        if lens is None or lens.size != self._floor.size:
            lens = LensWatch(self._floor.size, learnt=self._memory.read(), dazzled_at_first=True)
        return CameraWatch(site, self._floor, self._detector, lens, areas=camera.areas)

    def _renew(self, now: float) -> None:
        """Let the setup that was saved meanwhile count; one that cannot be used leaves the camera blind."""
        self._unusable, floor = "", self._floor
        try:
            watch = self._made_watch(self._watching.watch.lens)
        except AmrError as error:  # the site or the camera is not there any more
            self._unusable = str(error)
            watch = None
        if watch is None or self._unusable:
            self._floor = floor
            self.get_logger().error(f"{self._unusable}; what {self.params.camera} guarded is held")
            return
        for event in self._watching.renew(now, watch):
            self._events.publish(self._to_msg(event))
        self.get_logger().info(f"{self.params.camera}: setup {self._file.version} counts from now on")

    def _calibration(self, camera: Camera) -> Floor:
        """Return the surveyed floor of the site's cameras/<id>.json, else that of an ideal camera hung as planned."""
        path = site_dir(self.params.site) / "cameras" / f"{camera.id}.json"
        floor = Floor.of(fixed_view(camera))
        try:
            if path.is_file():
                with_camera_file(camera, path)  # areas that cannot be used would be free without a word
                floor = read_floor(path, (camera.x, camera.y))
            if hidden := areas_out_of_view(floor, camera.areas):
                raise AmrError("calibration.bad", reason=f"{path.name}: not in the picture: {', '.join(hidden)}")
        except AmrError as error:
            self._unusable = str(error)
            self.get_logger().error(f"{error}; this camera stays blind")
        return floor

    def _unguarded(self, site: Site) -> str:
        """Return which crossings lie farther than people are found at, and say so; "" for none."""
        if self.params.detector == "motion":
            return ""  # it goes by size on the floor
        guards = self._floor.guards(NEEDED)
        far = [f"{zone} ({away:.1f} m)" for zone, away in crossings_beyond(site, self._floor, guards)]
        if far:
            self.get_logger().warning(
                f"{self.params.camera} guards up to {guards} m by day; beyond it: {', '.join(far)}"
            )
        return ", ".join(far)

    def _made_detector(self) -> Detector | None:
        if self.params.detector == "motion":
            return None
        try:
            if self.params.detector == "ssd":
                from amr_perception.people.ssd import Ssd

                return Ssd()
            from amr_perception.people.nanodet import WEAK, NanoDet

            return NanoDet(WEAK, chosen(NANODET, self.params.model, self.params.model_sha256))
        except AmrError as error:
            # Without its model the camera still watches, by motion, and says that it is not what was asked for.
            self._fault = str(error)
            self.get_logger().error(f"{error}; watching by motion instead")
            return None

    def _learn_view(self, _request: Any, response: Any) -> Any:
        """The camera was moved on purpose: what it shows now is its view."""
        self._watching.watch.lens.learn_anew()
        response.success = True
        return response

    def _complain(self, error: AmrError) -> None:
        self.complaints.add(self.now, error)

    def _on_fleet(self, message: Any) -> None:
        self._places.hears(self.now, message)

    def tick(self, now: float) -> None:
        """Look at the newest picture and tell what follows from it."""
        self._picture = None
        if self._file.changed(now):
            self._renew(now)
        image = self._source.take()
        sight = self._look(now, image) if image is not None else self._silence(now)
        if sight is None:
            return
        self.seeing = sight.seen is not None
        self._facts = replace(self._facts, sight=sight, saw=now if self.seeing else self._facts.saw)
        for event in self._watching.events(now, sight):
            self._events.publish(self._to_msg(event))
        if sight.seen is not None and self._detections.get_subscription_count():
            self._detections.publish(self._seen_to_msg(sight.seen))
        self._views.tell(now, self._facts, self._picture, self._floor, self._file)
        self._health.report(now, sight.blind or self._fault, facts_of(self._facts, now, self._far, self._file.told))
        self._memory.keep(now, self._watching.watch.lens.learnt)

    def _look(self, now: float, image: Any) -> Sight:
        if self._unusable:
            return blind_for("not_calibrated", self._unusable)
        try:
            stamp = check_stamp(from_stamp(image.header.stamp), now, self._last_stamp)
            self._last_stamp = stamp
            picture = image_to_array(image, colour=self._colour)
        except AmrError as error:
            self.complaints.add(now, error)
            self._last_stamp = min(self._last_stamp, now)
            return blind_for("bad_picture", str(error))
        self._heard, self._picture = now, picture
        self._facts = replace(self._facts, stamp=stamp)
        return self._watching.watch.look(picture, self._places.known(now), now=now, stamp=stamp)

    def _silence(self, now: float) -> Sight | None:
        """Return a blind sight once no picture has come for a second; between pictures there is nothing to say."""
        if self._heard is None:
            self._heard = now
        return blind_for("no_pictures") if abs(now - self._heard) > _SILENT_S else None

    def _to_msg(self, event: AreaEvent) -> CameraEvent:
        message = CameraEvent(
            camera=self.params.camera,
            event_id=event.event_id,
            kind=event.rule.event,
            reason=event.reason,
            area=event.rule.area,
            action=event.rule.action,
            max_speed=event.rule.max_speed,
            active=event.active,
            count=event.count,
            confidence=event.confidence,
            valid_for=VALID_S,
            polygon_x=[float(x) for x, _ in event.polygon],
            polygon_y=[float(y) for _, y in event.polygon],
        )
        message.header.frame_id = "map"
        message.header.stamp = self.stamp()
        return message

    def _seen_to_msg(self, seen: tuple[SeenThing, ...]) -> Detection3DArray:
        array = Detection3DArray()
        array.header.frame_id = "map"
        array.header.stamp = self.stamp()
        for thing in seen:
            result = ObjectHypothesisWithPose()
            result.hypothesis.class_id, result.hypothesis.score = thing.kind, thing.score
            result.pose.pose.position.x, result.pose.pose.position.y = thing.x, thing.y
            detection = Detection3D(header=array.header, results=[result])
            detection.bbox.center.position.x, detection.bbox.center.position.y = thing.x, thing.y
            detection.bbox.size.x = detection.bbox.size.y = 2.0 * thing.radius
            array.detections.append(detection)
        return array


def _camera(site: Site, camera_id: str) -> Camera:
    for camera in site.cameras:
        if camera.id == camera_id:
            return camera
    known = ", ".join(camera.id for camera in site.cameras)
    raise AmrError(
        "parameter.invalid", name="camera", node="camera_monitor", reason=f"{camera_id} is not one of {known}"
    )
