"""Pictures that cannot be used, as drivers really send them: a reason that is told, no crash, and never "free"."""

from __future__ import annotations

import json
import re
import struct
from array import array
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticStatus
from sensor_msgs.msg import CompressedImage, Image

from amr_core.site.generators.world import world_sdf
from amr_interfaces.msg import CameraEvent, ShelfReading, UavState
from amr_lab.perception_bench import cameras as bench
from amr_lab.perception_bench import codes
from amr_perception.nodes.camera_monitor import CameraMonitorNode
from amr_perception.nodes.camera_setup import CameraSetupNode
from amr_perception.nodes.label_reader import LabelReaderNode
from amr_perception.nodes.shelf_reader import ShelfReaderNode
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import parse_world
from tests.node.label_cameras import Asker, Driver, Picture
from tests.unit.test_own_camera import Looking, with_tag

Sends = Callable[[float], Any]


def raw(data: bytes, width: int, height: int, encoding: str = "mono8", step: int = 0) -> Sends:
    def sends(now: float) -> Image:
        message = Image(height=height, width=width, step=step or width, encoding=encoding, data=array("B", data))
        message.header.stamp = to_stamp(now)
        return message

    return sends


def packed(data: bytes, kind: str = "jpeg") -> Sends:
    def sends(now: float) -> CompressedImage:
        message = CompressedImage(format=kind, data=array("B", data))
        message.header.stamp = to_stamp(now)
        return message

    return sends


def jpeg(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def turned(picture: Picture) -> bytes:
    """Return a JPEG that says, as a phone's does, that it lies on its side."""
    body = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    data = jpeg(picture)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def backwards(picture: Picture) -> Sends:
    """Return a driver whose clock runs the wrong way, from now on."""
    first: list[float] = []

    def sends(now: float) -> Any:
        first.append(now)
        return raw(picture.tobytes(), picture.shape[1], picture.shape[0])(first[0] - 0.1 * len(first))

    return sends


FAULTS: dict[str, tuple[Callable[[Picture], Sends], str]] = {
    "truncated JPEG": (lambda p: packed(jpeg(p)[: len(jpeg(p)) // 2]), "without its end"),
    "16 bits, raw": (
        lambda p: raw(p.astype("<u2").tobytes(), p.shape[1], p.shape[0], "mono16", 2 * p.shape[1]), "16 bits",
    ),
    "16 bits, PNG": (
        lambda p: packed(bytes(cv2.imencode(".png", p.astype(np.uint16) * 257)[1].tobytes()), "png"), "16 bits",
    ),
    "zero size": (lambda _: raw(b"", 0, 0), "size 0 x 0"),
    "40 Mpx": (lambda _: packed(jpeg(np.full((5368, 7728), 90, np.uint8))), "7728 x 5368"),
    "wrong encoding": (lambda p: raw(p.tobytes(), p.shape[1], p.shape[0], "BGR 8"), "encoding 'BGR 8'"),
    "EXIF rotation": (lambda p: packed(turned(p)), "EXIF orientation 6"),
    "stamps go back": (backwards, "before that of the last picture|s old"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fixed_camera_holds_its_crossing_and_says_why(host: ProcessHost, tmp_path: Path, fault: str) -> None:
    model = bench.crossing_site()
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(model.model_dump(mode="json"), allow_unicode=True))
    asker = Asker(host)
    clear = FixedCamera(model.cameras[0], parse_world(world_sdf(model)), 1).render([])
    eye = Driver(host, asker.node, "/cameras/C01/image_raw", clear)
    events: list[CameraEvent] = []
    asker.node.create_subscription(CameraEvent, "/cameras/events", events.append, qos.RELIABLE)
    monitor = host.build(CameraMonitorNode, "camera", params={"site": str(tmp_path), "camera": "C01"})
    assert host.spin_until(lambda: monitor.seeing, 30.0)
    host.spin_until(lambda: bool(events) and not events[-1].active, 3.0)  # where it held until its first picture
    events.clear()
    made, said = FAULTS[fault]
    eye.sends = made(clear)
    assert host.spin_until(lambda: any(e.active and e.reason == "bad_picture" for e in events), 10.0)
    held = next(e for e in events if e.active and e.reason == "bad_picture")
    assert (held.kind, held.area, held.action) == ("blind", "crossing", "hold")
    assert not monitor.seeing
    assert host.spin_until(
        lambda: any(s.level == DiagnosticStatus.ERROR and re.search(said, s.message) for s in asker.told), 5.0
    )
    eye.sends = None
    assert host.spin_until(lambda: monitor.seeing, 10.0)
    assert host.spin_until(lambda: any(not e.active and e.event_id == held.event_id for e in events), 10.0)


def label() -> Picture:
    rng = np.random.default_rng(5)
    return codes.on_wall(codes.label(f"00{codes.sscc(rng)}", "Code128"), 3.0, 4, rng)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_label_reader_says_why_it_reads_nothing_and_reads_on(host: ProcessHost, fault: str) -> None:
    asker = Asker(host)
    eye = Driver(host, asker.node, "/camera/image_raw", label())
    host.build(LabelReaderNode, "label_reader", params={})
    made, said = FAULTS[fault]
    eye.sends = made(label())
    result = asker.ask(what="codes", frames=2, timeout=1.5)
    assert (result.found, result.code) == (False, "message.invalid")
    assert re.search(said, json.loads(result.facts)["reason"])
    assert host.spin_until(lambda: any(m.reason == "bad_picture" for m in asker.health), 5.0)
    assert not asker.evidence
    eye.sends = None
    assert asker.ask(what="codes", frames=2).found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_gate_reads_with_its_other_camera_and_names_the_bad_one(host: ProcessHost, fault: str) -> None:
    asker = Asker(host, "/gates/in_1")
    panel = codes.container_panel("MSCU1234566", "22G1", np.random.default_rng(2))
    shown = codes.on_wall(panel, 0.8, 1, np.random.default_rng(9), tilt=0.1)
    bad, _ = (Driver(host, asker.node, f"/gates/in_1/{name}/image_raw", shown) for name in ("left", "right"))
    params = {"image": "left/image_raw,right/image_raw"}
    host.build(LabelReaderNode, "label_reader", namespace="/gates/in_1", params=params)
    made, said = FAULTS[fault]
    bad.sends = made(shown)
    result = asker.ask(what="container", order_id="T000001", frames=2, timeout=50.0)
    assert (result.found, result.number) == (True, "MSCU1234566")
    facts = json.loads(result.facts)
    assert facts["blind"] == {"left/image_raw": "bad_picture"}
    assert re.search(said, facts["reason"])
    assert host.spin_until(lambda: bool(asker.evidence), 5.0)
    assert [e.value for e in asker.evidence] == ["MSCU1234566"]


def warned(asker: Asker, said: str) -> bool:
    return any(s.level == DiagnosticStatus.WARN and re.search(said, s.message) for s in asker.told)


def test_an_aircrafts_rack_reader_says_why_it_reads_nothing_and_tells_no_empty_cell(host: ProcessHost) -> None:
    """Pictures of a wrong clock went to no cell, or to another one, and nobody was told."""
    asker = Asker(host)
    shown = label()
    eye = Driver(host, asker.node, "/uav_1/camera/image_raw", shown)
    states = asker.node.create_publisher(UavState, "/uav_1/flight_state", qos.SENSOR)
    read: list[ShelfReading] = []
    asker.node.create_subscription(ShelfReading, "/inventory/readings", read.append, qos.RELIABLE)
    cell: tuple[str, float] = ("K1-001-1", 0.0)
    flies = True

    def looks(now: float) -> None:
        if not flies:
            return
        state = UavState(flight_id="F000001", scan=cell[0])
        state.stamp, state.scan_since = to_stamp(now), to_stamp(cell[1])
        states.publish(state)

    host.ticker.add(looks, 0.1)
    host.build(ShelfReaderNode, "shelf_reader", params={"vehicle": "uav_1"})
    assert host.spin_until(lambda: bool(read), 40.0)
    for k, (fault, (made, said)) in enumerate(FAULTS.items(), start=2):
        eye.sends = made(shown)
        host.spin_until(lambda: False, 0.3)  # the last good ones are through
        cell = (f"K1-00{k}-1", asker.node.get_clock().now().nanoseconds * 1e-9)
        read.clear()
        asker.told.clear()
        assert host.spin_until(
            lambda: warned(asker, said),  # noqa: B023 (it is asked before the next turn)
            20.0,
        ), (fault, [s.message for s in asker.told])
        assert not read, fault
    eye.left = 0
    assert host.spin_until(lambda: any("no pictures" in s.message for s in asker.told), 5.0)
    flies = False  # its link is lost while it looks: that is no fault of its camera
    host.spin_until(lambda: False, 5.0)
    asker.told.clear()
    assert host.spin_until(lambda: len(asker.told) >= 2, 10.0)
    assert not warned(asker, "no pictures")
    flies = True
    eye.sends, eye.left = None, 1000
    assert host.spin_until(lambda: any(r.sscc for r in read), 10.0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_robot_before_its_dock_says_why_it_sees_no_tag_and_docks_by_none(fault: str) -> None:
    looking, poses = Looking(), list[Any]()
    looking.detector._pose = SimpleNamespace(publish=poses.append)
    shown = with_tag(np.random.default_rng(3).integers(90, 150, (480, 640), np.uint8))
    looking.show(99.8, raw(shown.tobytes(), 640, 480)(99.8), stamped=True)
    assert (len(poses), looking.complaints) == (1, [])
    made, said = FAULTS[fault]
    sends, health = made(shown), None
    for n in range(4):
        health = looking.show(100.0 + 0.1 * n, sends(100.0 + 0.1 * n), stamped=True)
    assert health is not None
    assert health.reason == "bad_picture"
    assert re.search(said, looking.complaints[-1])
    assert re.search(said, looking.detector.blind)
    assert len(poses) == (2 if fault == "stamps go back" else 1), "only its first stamp is after the last one"
    looking.show(100.6, raw(shown.tobytes(), 640, 480)(100.6), stamped=True)
    assert looking.detector.blind == ""


def test_a_camera_that_is_set_up_says_in_the_diagnostics_why_there_is_no_still(
    host: ProcessHost, tmp_path: Path
) -> None:
    model, asker = bench.crossing_site(), Asker(host)
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(model.model_dump(mode="json"), allow_unicode=True))
    shown = FixedCamera(model.cameras[0], parse_world(world_sdf(model)), 1).render([])
    eye = Driver(host, asker.node, "/cameras/C01/image_raw", shown)
    node = host.build(CameraSetupNode, "camera_setup", params={"site": str(tmp_path)})
    assert host.spin_until(lambda: node.now > 0.0, 20.0)
    session = node._session("C01")
    for fault, (made, said) in FAULTS.items():
        eye.sends = made(shown)
        asker.told.clear()
        assert host.spin_until(
            lambda: warned(asker, said),  # noqa: B023 (it is asked before the next turn)
            20.0,
        ), (fault, [s.message for s in asker.told])
        assert session.heard is None or fault == "stamps go back", "the first of these is in order"
    eye.sends = None
    assert host.spin_until(lambda: session.heard is not None and session.why == "", 20.0)
    eye.left = 0
    asker.told.clear()
    assert host.spin_until(lambda: warned(asker, "C01: no pictures"), 10.0), "the commonest reason: a cable, a topic"
