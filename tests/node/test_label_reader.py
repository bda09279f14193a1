"""The label reader: what its lens cannot show is told with its cause, and cameras of one gate passage vote together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from amr_lab.perception_bench import codes
from amr_perception.nodes.label_reader import LabelReaderNode
from amr_ros.host import ProcessHost
from tests.node.label_cameras import Asker, Driver, Picture


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


CLOCKS: dict[str, tuple[float, float, str, str]] = {
    "10 s behind": (-10.0, 2.0, "bad_picture", r"stamp \d+\.\d s old"),
    "10 s ahead": (10.0, 2.0, "bad_picture", r"stamp \d+\.\d s ahead of the clock"),
    "1.5 s behind": (-1.5, 0.8, "late", r"pictures come late: \d+\.\d s"),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_camera_whose_clock_is_wrong_is_not_said_to_send_nothing(host: ProcessHost, clock: str) -> None:
    """Who reads "none came" looks at cable and power; what is wrong is the clock of the camera's computer."""
    asker = Asker(host)
    off, timeout, reason, said = CLOCKS[clock]
    Driver(host, asker.node, "/camera/image_raw", a_label()).stamp_off = off
    host.build(LabelReaderNode, "label_reader", params={})
    result = asker.ask(what="codes", frames=2, timeout=timeout)
    assert (result.found, result.code) == (False, "message.invalid")
    assert re.search(said, json.loads(result.facts)["reason"])
    assert host.spin_until(lambda: any(m.reason for m in asker.health), 5.0)
    assert {m.reason for m in asker.health if m.reason} == {reason}


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
