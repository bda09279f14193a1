"""The label reader: what its lens cannot show is told with its cause, and cameras of one gate passage vote together."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from sensor_msgs.msg import Image

from amr_interfaces.action import ReadLabels
from amr_interfaces.msg import CustodyEvidence, RobotCamera
from amr_lab.perception_bench import codes
from amr_perception.nodes.label_reader import LabelReaderNode
from amr_ros import qos
from amr_ros.actions import ActionPort
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost

Picture = np.ndarray


class Driver:
    """A fake camera, ten pictures a second. left: how many it still gives; noise False: it is frozen."""

    def __init__(self, host: ProcessHost, node: Node, topic: str, picture: Picture) -> None:
        self.picture, self.stamp_off, self.noise, self.left = picture, 0.0, True, 1_000_000
        self._ticks = 0
        self._out = node.create_publisher(Image, topic, qos.SENSOR)
        host.ticker.add(self._tick, 0.1)

    def _tick(self, now: float) -> None:
        if not self._out.get_subscription_count() or self.left <= 0:
            return
        self.left -= 1
        self._ticks += self.noise
        shown = self.picture.copy()
        shown[self._ticks * 7 % shown.shape[0]] ^= 3
        height, width = shown.shape
        message = Image(height=height, width=width, step=width, encoding="mono8", data=array("B", shown.tobytes()))
        message.header.stamp = to_stamp(now + self.stamp_off)
        self._out.publish(message)


class Asker:
    """Asks a label reader, and hears what it and its cameras say."""

    def __init__(self, host: ProcessHost, namespace: str = "") -> None:
        self.host = host
        self.node = Node("asker", namespace=namespace, context=host.context, enable_rosout=False)
        host.adopt(self.node)
        self.port = ActionPort(self.node, ReadLabels, "read_labels")
        self.evidence: list[CustodyEvidence] = []
        self.health: list[RobotCamera] = []
        self.told: list[Any] = []
        self.node.create_subscription(CustodyEvidence, "/custody/evidence", self.evidence.append, qos.RELIABLE)
        self.node.create_subscription(RobotCamera, "camera_health", self.health.append, qos.SENSOR)
        self.node.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.told.extend(m.status), qos.RELIABLE
        )

    def ask(self, **goal: Any) -> Any:
        assert self.host.spin_until(lambda: self.port.ready, 10.0)
        done: list[Any] = []
        self.health.clear()
        self.told.clear()
        self.port.send(ReadLabels.Goal(**goal), on_done=done.append)
        assert self.host.spin_until(lambda: bool(done), 90.0)
        return done[0].result


def a_label() -> Picture:
    rng = np.random.default_rng(5)
    return codes.on_wall(codes.label(f"00{codes.sscc(rng)}", "Code128"), 3.0, 4, rng)


def goods() -> Picture:
    """Return a clear picture of goods without a label."""
    rng = np.random.default_rng(3)
    return np.kron(rng.integers(40, 220, (24, 32)), np.ones((20, 20))).astype(np.uint8)


BLIND: dict[str, Callable[[Driver], None]] = {
    "covered": lambda eye: setattr(eye, "picture", np.full((480, 640), 200, np.uint8)),
    "dark": lambda eye: setattr(eye, "picture", (0.03 * eye.picture).astype(np.uint8)),
    "late": lambda eye: setattr(eye, "stamp_off", -1.2),
    "bad_picture": lambda eye: setattr(eye, "stamp_off", -3.0),
    "no_pictures": lambda eye: setattr(eye, "left", 0),
}


@pytest.mark.parametrize("reason", BLIND)
def test_nothing_read_through_a_blind_lens_has_its_cause_and_is_told(host: ProcessHost, reason: str) -> None:
    asker = Asker(host)
    eye = Driver(host, asker.node, "/camera/image_raw", goods())
    host.build(LabelReaderNode, "label_reader", params={})
    clear = asker.ask(what="codes", frames=1, timeout=4.0)
    assert (clear.found, clear.code, clear.frames_used) == (False, "", 1), "a load without a label is no fault"
    assert {m.reason for m in asker.health} == {""}
    BLIND[reason](eye)
    empty = asker.ask(what="codes", frames=1, timeout=4.0)
    assert (empty.found, empty.code) == (False, "message.invalid")
    assert "camera/image_raw: " in json.loads(empty.facts)["reason"]
    assert host.spin_until(lambda: any(m.in_use and m.reason for m in asker.health), 5.0)
    assert {(m.camera, m.reason) for m in asker.health if m.in_use and m.reason} == {("labels", reason)}
    warned = (DiagnosticStatus.WARN, "camera/image_raw: ")
    assert host.spin_until(lambda: any((s.level, s.message[:18]) == warned for s in asker.told), 5.0)
    if empty.frames_used:
        assert json.loads(empty.facts)["blind"] == {"camera/image_raw": reason}
    assert host.spin_until(lambda: bool(asker.health) and not asker.health[-1].in_use, 5.0), "it is let go"


def test_a_frozen_camera_does_not_give_a_load_the_label_of_the_one_before(host: ProcessHost) -> None:
    asker = Asker(host)
    eye = Driver(host, asker.node, "/camera/image_raw", a_label())
    host.build(LabelReaderNode, "label_reader", params={})
    assert asker.ask(what="codes", frames=12).found
    eye.noise = False  # its driver hangs, and sends the last picture under new stamps
    stale = asker.ask(what="codes", load_id="the next one", frames=60, timeout=4.0)
    eye.noise = True
    assert [m.reason for m in asker.health if m.reason] == ["frozen"] * len([m for m in asker.health if m.reason])
    assert asker.health
    assert (stale.found, stale.code) == (False, "message.invalid")
    assert not [e for e in asker.evidence if e.load_id == "the next one"]
    assert asker.ask(what="codes", frames=12).found


def test_a_label_that_is_read_proves_that_its_camera_sees(host: ProcessHost) -> None:
    """Pictures that come 1.2 s late were taken after somebody asked: what they show is the load."""
    asker = Asker(host)
    Driver(host, asker.node, "/camera/image_raw", a_label()).stamp_off = -1.2
    host.build(LabelReaderNode, "label_reader", params={})
    result = asker.ask(what="codes", frames=2)
    assert (result.found, result.code, result.facts) == (True, "", "")
    assert {m.reason for m in asker.health} == {""}


LEFT, RIGHT = "/gate/left/image_raw", "/gate/right/image_raw"


def gate(host: ProcessHost, left: str, right: str) -> tuple[Asker, Driver, Driver]:
    """Return who asks at a gate whose two cameras look at these numbers; one look of each."""
    asker = Asker(host, "/gate")
    rng, eyes = np.random.default_rng(9), []
    for topic, number in ((LEFT, left), (RIGHT, right)):
        panel = codes.container_panel(number, "22G1", np.random.default_rng(2))
        eyes.append(Driver(host, asker.node, topic, codes.on_wall(panel, 0.8, 1, rng, tilt=0.1)))
    params = {"image": "left/image_raw, right/image_raw"}
    host.build(LabelReaderNode, "label_reader", namespace="/gate", params=params)
    return asker, eyes[0], eyes[1]


def test_two_cameras_of_one_gate_passage_agree_on_a_container(host: ProcessHost) -> None:
    asker, left, right = gate(host, "MSCU1234566", "MSCU1234566")
    left.left = right.left = 1  # the lorry rolls through: each camera has one picture of it
    result = asker.ask(what="container", order_id="T000001", frames=1, timeout=50.0)
    assert (result.found, result.number, result.votes, result.frames_used) == (True, "MSCU1234566", 2, 2)
    assert host.spin_until(lambda: bool(asker.evidence), 5.0)
    (told,) = asker.evidence
    assert (told.kind, told.value, told.valid, told.source) == ("container", "MSCU1234566", True, "/gate/label_reader")


def test_two_cameras_that_read_different_numbers_publish_none(host: ProcessHost) -> None:
    asker, left, right = gate(host, "MSCU1234566", "TEMU7654328")
    left.left = right.left = 1
    result = asker.ask(what="container", frames=1, timeout=50.0)
    assert (result.found, result.number, result.code) == (False, "", ""), "both see: nobody's lens is at fault"
    assert not asker.evidence


def test_one_blind_camera_of_a_gate_is_named_and_the_other_reads(host: ProcessHost) -> None:
    asker, left, right = gate(host, "MSCU1234566", "MSCU1234566")
    left.picture, right.picture = np.full((480, 640), 90, np.uint8), a_label()
    result = asker.ask(what="codes", frames=3)
    assert (result.found, result.code) == (True, "")
    assert json.loads(result.facts)["blind"] == {"left/image_raw": "covered"}

    def told() -> set[tuple[str, str]]:
        return {(m.camera, m.reason) for m in asker.health if m.in_use}

    assert host.spin_until(lambda: told() >= {("labels", "covered"), ("labels_2", "")}, 5.0), told()
