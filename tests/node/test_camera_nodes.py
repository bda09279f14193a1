"""A fixed camera and the fleet: a person is seen, a zone appears and clears itself, and only events leave the node."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image
from vision_msgs.msg import Detection3DArray

from amr_core.site import Camera
from amr_core.site.camera_files import keep_camera_file
from amr_core.site.generators.world import world_sdf
from amr_fleet.cargo_views import Cargo
from amr_fleet.nodes.fleet import FleetNode
from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from amr_interfaces.action import ReadLabels
from amr_interfaces.msg import CameraEvent, CameraView, CustodyEvidence
from amr_lab.perception_bench import cameras as bench
from amr_lab.perception_bench import codes
from amr_perception.nodes.camera_monitor import CameraMonitorNode
from amr_perception.nodes.label_reader import LabelReaderNode
from amr_perception.nodes.recorder import RecorderNode
from amr_perception.people.models import NANODET
from amr_perception.recording.dataset import summarise
from amr_ros import qos
from amr_ros.actions import ActionPort
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.scene import GreySolid
from amr_sim.world import parse_world


class Eye:
    """A fake camera driver: ten pictures a second."""

    def __init__(self, host: ProcessHost, topic: str, first: np.ndarray) -> None:
        self.picture = first
        self.encoding = "mono8"
        self.stamp_off = 0.0
        self.silent, self.ticks = False, 0
        self.node = Node("driver", context=host.context, enable_rosout=False)
        host.adopt(self.node)
        self.events: list[CameraEvent] = []
        self.evidence: list[CustodyEvidence] = []
        self.node.create_subscription(CameraEvent, "/cameras/events", self.events.append, qos.RELIABLE)
        self.node.create_subscription(CustodyEvidence, "/custody/evidence", self.evidence.append, qos.RELIABLE)
        self.publisher = self.node.create_publisher(Image, topic, qos.SENSOR)
        self.bad_events = self.node.create_publisher(CameraEvent, "/cameras/events", qos.RELIABLE)
        host.ticker.add(self.tick, 0.1)

    def tick(self, now: float) -> None:
        if self.silent:
            return
        height, width = self.picture.shape
        message = Image(height=height, width=width, step=width, encoding=self.encoding)
        shown = self.picture.copy()
        if shown.size:  # a live camera has noise
            self.ticks += 1
            shown[self.ticks % height] ^= 1
        message.data = array("B", shown.tobytes())
        message.header.stamp = to_stamp(now + self.stamp_off)
        self.publisher.publish(message)


@pytest.fixture
def site(tmp_path: Path) -> str:
    model = bench.crossing_site()
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(model.model_dump(mode="json"), allow_unicode=True))
    return str(tmp_path)


@pytest.fixture
def camera() -> FixedCamera:
    model = bench.crossing_site()
    return FixedCamera(model.cameras[0], parse_world(world_sdf(model)), 1)


def test_camera_event_becomes_a_zone_and_clears(host: ProcessHost, site: str, camera: FixedCamera) -> None:
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    fleet: FleetNode = host.build(FleetNode, "fleet", params={"site": site})
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params={"site": site, "camera": "C01"})

    def zones() -> dict[str, Any]:
        return {z.zone_id: z for z in fleet.service.snapshot().zones if z.code == "camera.person_near"}

    assert host.spin_until(lambda: monitor.seeing, 30.0)
    assert not zones()
    eye.picture = camera.render(bench.person(10.0, 6.0))
    assert host.spin_until(lambda: any(z.kind == "hold" for z in zones().values()), 20.0)
    (zone,) = zones().values()
    # Views reach the fleet with boxes, and without a picture: the default keeps them all inside the node.
    assert host.spin_until(lambda: any(c.things for c in fleet.service.snapshot().cameras), 10.0)
    (shown,) = fleet.service.snapshot().cameras
    assert (shown.camera, shown.things[0].kind, shown.frame) == ("C01", "person", b"")
    assert zone.zone_id.startswith("camera:C01:crossing:person_near")
    assert zone.until > 0.0
    # Rubbish from whoever: refused, and what holds goes on holding.
    for bad in ({"action": "permit"}, {"valid_for": float("nan")}, {"kind": "x"}, {"polygon_x": [1.0]}, {"camera": ""}):
        good = {"camera": "C01", "event_id": "e", "kind": "person_near", "action": "hold", "active": True}
        message = CameraEvent(**{**good, "valid_for": 2.0, "polygon_x": [0.0, 1.0, 1.0], **bad})
        message.polygon_y = [0.0, 0.0, 1.0]
        message.header.stamp = to_stamp(host.ticker.now)
        eye.bad_events.publish(message)
    assert host.spin_until(lambda: fleet.ignored["cameras"] >= 5, 10.0)
    assert zone.zone_id in zones()
    eye.picture = camera.render([])
    assert host.spin_until(lambda: not zones(), 20.0)
    story = [entry.kind for entry in fleet._store.read() if entry.kind.startswith("zone_")]
    assert story[0] == "zone_set"
    assert story[-1] == "zone_cleared"
    # Bad pictures make the camera blind, which is said, and do not stop it.
    eye.encoding = "yuv422"
    assert host.spin_until(lambda: monitor.complaints.counts["camera/image_raw"] > 2, 10.0)


def test_a_crossing_is_held_until_its_camera_sees_for_the_first_time(
    host: ProcessHost, site: str, camera: FixedCamera
) -> None:
    """Neither a camera whose program never began nor one that never got a picture reads as a free crossing."""
    params = {"site": site, "cameras": ["C01"]}
    fleet: FleetNode = host.build(FleetNode, "fleet", params=params)

    def held() -> set[str]:
        return {z.code for z in fleet.service.snapshot().zones if z.kind == "hold" and "crossing" in z.zone_id}

    assert host.spin_until(lambda: held() == {"camera.blind.learning"}, 5.0)
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    eye.silent = True
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params={"site": site, "camera": "C01"})
    assert host.spin_until(lambda: "camera.blind.no_pictures" in held(), 10.0)
    eye.silent = False
    assert host.spin_until(lambda: monitor.seeing, 20.0)
    assert held()
    assert host.spin_until(lambda: not held(), 20.0)


def test_a_covered_lens_holds_the_crossing_and_is_an_alarm_that_says_what_to_do(
    host: ProcessHost, site: str, camera: FixedCamera, tmp_path: Path
) -> None:
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    told: list[dict[str, str]] = []
    eye.node.create_subscription(
        DiagnosticArray,
        "/diagnostics",
        lambda m: told.extend({v.key: v.value for v in s.values} for s in m.status if "C01" in s.name),
        qos.RELIABLE,
    )
    views: list[CameraView] = []
    eye.node.create_subscription(CameraView, "/cameras/views", views.append, qos.SENSOR)
    fleet: FleetNode = host.build(FleetNode, "fleet", params={"site": site})
    params = {"site": site, "camera": "C01", "learnt": str(tmp_path / "learnt")}
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params=params)
    assert host.spin_until(lambda: monitor.seeing, 30.0)
    assert host.spin_until((tmp_path / "learnt" / "C01.lens.json").is_file, 20.0)

    def blind() -> list[Any]:
        return [z for z in fleet.service.snapshot().zones if z.code == "camera.blind.covered"]

    began = host.ticker.now
    eye.picture = np.full((480, 640), 90, np.uint8)
    assert host.spin_until(lambda: bool(eye.events), 10.0)
    assert host.ticker.now - began < 3.0
    assert (eye.events[0].kind, eye.events[0].reason, eye.events[0].action) == ("blind", "covered", "hold")
    assert host.spin_until(lambda: bool(blind()), 10.0)
    assert host.spin_until(lambda: bool(fleet.service.snapshot().alarms), 10.0)
    (alarm,) = fleet.service.snapshot().alarms
    assert (alarm.reason.code, alarm.reason.facts["camera"]) == ("alarm.camera_covered", "C01")
    assert host.spin_until(lambda: fleet.service.snapshot().cameras[0].health.reason == "covered", 10.0)
    assert host.spin_until(lambda: bool(told) and told[-1].get("reason") == "covered", 10.0)
    assert "lens" in told[-1]["advice"]
    assert host.spin_until(lambda: bool(views) and views[-1].blind_for > 1.0, 10.0)
    assert (views[-1].reason, views[-1].guards_m) == ("covered", 0.0)
    eye.picture = camera.render([])
    assert host.spin_until(lambda: not blind() and not fleet.service.snapshot().alarms, 30.0)
    assert host.spin_until(lambda: views[-1].guards_m > 4.0, 10.0)
    assert views[-1].usual_sharpness > 0.1
    assert (views[-1].light, views[-1].detector, views[-1].guards_day_m) == ("day", "motion", views[-1].guards_m)
    assert host.spin_until(lambda: not fleet.service.snapshot().cameras[0].health.reason, 10.0)
    health = fleet.service.snapshot().cameras[0].health
    assert (health.light, health.detector, health.since) == ("day", "motion", 0.0)
    assert health.guards > 4.0


def test_a_compressed_picture_is_watched_and_a_cut_one_is_blindness(
    host: ProcessHost, site: str, camera: FixedCamera
) -> None:
    eye = Eye(host, "/elsewhere", camera.render([]))
    out = eye.node.create_publisher(CompressedImage, "/cameras/C01/image_raw/compressed", qos.SENSOR)
    cut = [0]

    def send(now: float) -> None:
        data = cv2.imencode(".jpg", camera.render([]))[1].tobytes()
        message = CompressedImage(format="mono8; jpeg compressed", data=array("B", data[: len(data) - cut[0]]))
        message.header.stamp = to_stamp(now)
        out.publish(message)

    host.ticker.add(send, 0.1)
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params={"site": site, "camera": "C01"})
    assert host.spin_until(lambda: monitor.seeing, 30.0)
    cut[0] = 3000
    assert host.spin_until(lambda: any(e.reason == "bad_picture" for e in eye.events), 20.0)
    assert not monitor.seeing


def test_a_blurred_picture_leaves_only_when_retention_allows(host: ProcessHost, site: str, camera: FixedCamera) -> None:
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    views: list[CameraView] = []
    eye.node.create_subscription(CameraView, "/cameras/views", views.append, qos.SENSOR)
    params = {"site": site, "camera": "C01", "retention": "blurred"}
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params=params)
    assert host.spin_until(lambda: monitor.seeing and any(v.frame for v in views), 30.0)
    assert not any(v.frame for v in views if not v.seeing)
    frame = next(v.frame for v in views if v.frame)
    assert cv2.imdecode(np.frombuffer(bytes(frame), np.uint8), cv2.IMREAD_GRAYSCALE).shape == (180, 240)
    eye.picture = np.full((480, 640), 90, np.uint8)  # somebody put a cap on the lens
    views.clear()
    assert host.spin_until(lambda: any(not v.seeing for v in views), 10.0)
    blind = next(v for v in views if not v.seeing)
    assert (len(blind.frame), len(blind.detections), blind.blind) == (0, 0, "a picture without any contrast")


def test_faults_of_a_camera_are_errors_in_its_diagnostics(
    host: ProcessHost, site: str, camera: FixedCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / NANODET.name).write_bytes(b"another model")
    monkeypatch.setenv("AMR_MODELS", str(tmp_path / "models"))
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    told: list[tuple[bytes, str]] = []

    def on_diagnostics(message: DiagnosticArray) -> None:
        told.extend((s.level, s.message) for s in message.status)

    eye.node.create_subscription(DiagnosticArray, "/diagnostics", on_diagnostics, qos.RELIABLE)
    params = {"site": site, "camera": "C01", "detector": "nanodet"}
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params=params)

    def says(text: str) -> None:
        assert host.spin_until(lambda: bool(told) and text in told[-1][1], 20.0), told[-3:]
        assert told[-1][0] == DiagnosticStatus.ERROR

    assert host.spin_until(lambda: monitor.seeing, 30.0)  # it watches by motion, and says that it is not what was asked
    says("model.wrong")
    good = eye.picture
    eye.picture = good[:240, :320].copy()
    says("calibrated for 640 x 480")
    assert not monitor.seeing
    eye.picture = np.empty((0, 640), np.uint8)
    says("size 640 x 0")
    eye.picture, eye.stamp_off = good, 3600.0
    says("ahead of the clock")
    eye.stamp_off = -3600.0
    says("s old")
    eye.stamp_off, eye.silent = 0.0, True
    says("no pictures")
    assert not monitor.seeing
    eye.silent = False
    assert host.spin_until(lambda: monitor.seeing, 20.0)


def test_a_calibrated_camera_puts_things_where_they_are(host: ProcessHost, site: str, camera: FixedCamera) -> None:
    """The camera hangs elsewhere and has another picture size than planned: its calibration says so."""
    scale = np.diag((0.5, 0.5, 1.0))
    hung = Camera(id="C01", x=10.4, y=11.2, height=3.5, looks_at=(10.2, 6.1))
    real = FixedCamera(hung, parse_world(world_sdf(bench.crossing_site())), 1)
    facts = {"floor_to_picture": (scale @ real.view.floor_to_picture).tolist(), "size": [320, 240]}
    (Path(site) / "cameras").mkdir()
    (Path(site) / "cameras" / "C01.json").write_text(json.dumps(facts))

    def picture(moving: list[GreySolid]) -> np.ndarray:
        return cv2.resize(real.render(moving), (320, 240), interpolation=cv2.INTER_AREA)

    eye = Eye(host, "/cameras/C01/image_raw", picture([]))
    seen: list[Detection3DArray] = []
    views: list[CameraView] = []
    eye.node.create_subscription(Detection3DArray, "/cameras/C01/detections", seen.append, qos.SENSOR)
    eye.node.create_subscription(CameraView, "/cameras/views", views.append, qos.SENSOR)
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params={"site": site, "camera": "C01"})
    assert host.spin_until(lambda: monitor.seeing, 30.0)
    eye.picture = picture(bench.person(10.0, 6.0))
    assert host.spin_until(lambda: bool(seen) and bool(seen[-1].detections), 20.0)
    place = seen[-1].detections[0].bbox.center.position
    assert (place.x, place.y) == pytest.approx((10.0, 6.0), abs=0.25)
    assert views[-1].setup_version == 0, "written by hand"
    polygon = [[9.0, 5.0], [11.0, 5.0], [11.0, 7.0], [9.0, 7.0]]
    keep_camera_file(Path(site) / "cameras" / "C01.json", {**facts, "areas": [{"id": "saved", "polygon": polygon}]})

    def told(active: bool) -> bool:
        return any(e.area == "saved" and e.kind == "blind" and e.active == active for e in eye.events)

    assert host.spin_until(lambda: told(True), 20.0), "held from the moment on that the new setup counts"
    assert host.spin_until(lambda: told(False), 40.0), "it sees, without another start"
    assert (views[-1].setup_version, 0.0 < views[-1].setup_for < 70.0) == (2, True), (
        "what was there counts as the first"
    )


_BEHIND = {"id": "behind", "polygon": [[9.0, 14.0], [11.0, 14.0], [10.0, 16.0]]}


@pytest.mark.parametrize("wrong", [{"floor_to_picture": None}, {"areas": [{"id": "gap"}]}, {"areas": [_BEHIND]}])
def test_a_camera_with_a_broken_calibration_stays_blind(
    host: ProcessHost, site: str, camera: FixedCamera, wrong: dict[str, Any]
) -> None:
    facts = {"size": [640, 480], "floor_to_picture": camera.view.floor_to_picture.tolist(), **wrong}
    (Path(site) / "cameras").mkdir()
    (Path(site) / "cameras" / "C01.json").write_text(json.dumps(facts))
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    told: list[str] = []
    eye.node.create_subscription(
        DiagnosticArray, "/diagnostics", lambda m: told.extend(s.message for s in m.status), qos.RELIABLE
    )
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params={"site": site, "camera": "C01"})
    assert host.spin_until(lambda: any("calibration" in text for text in told), 20.0)
    later = host.ticker.now + 2.0
    assert host.spin_until(lambda: host.ticker.now > later, 10.0)
    assert not monitor.seeing


def test_labels_are_read_on_request(host: ProcessHost) -> None:
    rng = np.random.default_rng(5)
    sscc = codes.sscc(rng)
    picture = codes.on_wall(codes.label(f"00{sscc}", "Code128"), 3.0, 4, rng)
    eye = Eye(host, "/camera/image_raw", picture)
    host.build(LabelReaderNode, "label_reader", params={})
    port = ActionPort(eye.node, ReadLabels, "read_labels")
    assert host.spin_until(lambda: port.ready, 10.0)
    done: list[Any] = []

    def ask(**goal: Any) -> Any:
        done.clear()
        port.send(ReadLabels.Goal(**goal), on_done=done.append)
        assert host.spin_until(lambda: bool(done), 20.0)
        return done[0].result

    fleet: FleetNode = host.build(FleetNode, "fleet", params={"site": "lab"})
    wish = OrderRequest(pick_place="D1", drop_place="A1", load_id=sscc, cargo=Cargo(kind="pallet"))
    made = fleet.service.ask(CreateOrder(order=wish))
    assert host.spin_until(made.done, 10.0)
    order_id = made.result().order_id
    result = ask(what="codes", order_id=order_id, load_id=sscc, frames=3)
    assert result.found
    assert result.readings[0].sscc == sscc
    assert host.spin_until(lambda: bool(eye.evidence), 5.0)
    assert (eye.evidence[0].order_id, eye.evidence[0].value, eye.evidence[0].valid) == (order_id, sscc, True)
    # It arrives in the order's history and in the load's custody record.
    assert host.spin_until(lambda: bool(fleet.service.cargo()[sscc].readings), 5.0)
    (reading,) = fleet.service.cargo()[sscc].readings
    assert (reading.value, reading.match, reading.source) == (sscc, "yes", "/label_reader")
    (told,) = [e for e in fleet.service.order_history(order_id) if e.event == "order_evidence"]
    assert (told.facts["value"], told.facts["match"]) == (sscc, "yes")
    ask(what="codes", order_id="T999999", frames=2)  # an order that nobody has: said, not swallowed
    assert host.spin_until(lambda: fleet.ignored["evidence"] == 1, 5.0)
    assert ask(what="horoscope").code == "request.invalid"
    eye.picture = np.full((480, 640), 200, np.uint8)
    empty = ask(what="codes", frames=2)
    assert not empty.found
    assert empty.frames_used == 2
    eye.silent = True
    quiet = host.ticker.now + 0.5
    assert host.spin_until(lambda: host.ticker.now > quiet, 5.0)  # what is under way has arrived
    assert ask(what="codes", timeout=0.5).code == "message.invalid"


def test_what_cameras_tell_is_recorded(host: ProcessHost, site: str, camera: FixedCamera, tmp_path: Path) -> None:
    eye = Eye(host, "/cameras/C01/image_raw", camera.render([]))
    params = {"site": site, "camera": "C01", "retention": "blurred"}
    monitor: CameraMonitorNode = host.build(CameraMonitorNode, "camera", params=params)
    folder = tmp_path / "rec"
    recorder: RecorderNode = host.build(RecorderNode, "recorder", params={"folder": str(folder), "frames": True})
    assert host.spin_until(lambda: monitor.seeing, 30.0)
    eye.picture = camera.render(bench.person(10.0, 6.0))
    wanted = ("detections", "events", "frames")
    assert host.spin_until(lambda: all(recorder.written[what] for what in wanted), 20.0), recorder.written
    seen = recorder.written["detections"]
    assert host.spin_until(lambda: recorder.written["detections"] > seen + 2, 10.0)
    recorder._writer.close()
    found = summarise(folder)
    assert found.messages["/cameras/C01/detections"] > 1
    assert found.messages["/cameras/C01/frame"] >= 1
    assert found.messages["/cameras/events"] >= 1
    assert found.detections["person"] >= 1
