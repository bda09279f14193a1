"""A robot's own camera: what its perception says of it reaches the fleet, over ROS and over the wire, and people."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from amr_core.errors import AmrError
from amr_core.own_camera import LensReason, OwnCamera, own_camera
from amr_core.robots import LIFT_AMR
from amr_core.vda5050 import RobotState
from amr_fleet.api.models.robots import RobotCameras
from amr_fleet.domain.camera_alarms import own_cameras
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from amr_navigation.agent import model as m
from amr_perception.lens.reasons import REASONS, WHAT
from amr_perception.lens.watch import LensState
from amr_perception.nodes.camera_teller import CameraTeller
from amr_perception.nodes.dock_detector import DockDetector
from tests.unit.agent_rig import Rig
from tests.unit.test_site_version import alarms, rehearsal, view
from tests.unit.vda_desk import Desk
from tests.vda_pair import EPOCH, check

DARK = OwnCamera(camera="front", reason="dark", in_use=True, picture_age=2.5, sharpness=0.25, usual=0.5, brightness=8.0)
NUMBERS = {"picture_age": 1.0, "sharpness": 0.4, "usual": 0.5, "brightness": 90.0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"camera": ""}, {"camera": "x" * 33}, {"camera": "a\nb"}, {"camera": 7}, {"reason": "tired"}, {"reason": None},
        {"in_use": 1}, {"picture_age": -2.0}, {"sharpness": math.nan}, {"usual": math.inf}, {"brightness": 256.0},
        {"brightness": "8"}, {"brightness": True},
    ],
)  # fmt: skip
def test_what_no_camera_would_say_is_refused(wrong: dict[str, Any]) -> None:
    said = {"camera": "front", "reason": "", "in_use": True, **NUMBERS, **wrong}
    with pytest.raises(ValueError, match=r"\w"):
        own_camera(**said)


def test_every_reason_of_the_lens_watch_can_be_said() -> None:
    for reason in ("", *REASONS):
        assert own_camera("front", reason, False, **NUMBERS).reason == reason


# The perception -------------------------------------------------------------------------------------------------------


class Node:
    """What a dock detector and its teller need of a node."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def create_publisher(self, _kind: Any, topic: str, _profile: Any) -> Any:
        def publish(message: Any) -> None:
            if topic == "camera_health":
                self.sent.append(message)

        return SimpleNamespace(publish=publish, get_subscription_count=lambda: 0)

    def create_service(self, *_: Any) -> None:
        """Not called here."""

    create_subscription = destroy_subscription = create_service


def picture(spoil: Any = None, *, packed: bool = False) -> Any:
    """A room with edges at several scales, as a driver sends it; raw or JPEG."""
    rng = np.random.default_rng(3)
    grey = np.full((480, 640), 120, np.uint8)
    for _ in range(400):
        x, y, w = (int(v) for v in (rng.integers(0, 600), rng.integers(0, 440), rng.integers(4, 60)))
        cv2.rectangle(grey, (x, y), (x + w, y + w), (int(rng.integers(20, 235)),), -1)
    grey = np.asarray(grey if spoil is None else spoil(grey), dtype=np.uint8)
    if packed:
        return CompressedImage(format="jpeg", data=cv2.imencode(".jpg", grey)[1].tobytes())
    return Image(height=480, width=640, encoding="mono8", step=640, data=grey.tobytes())


class Looking:
    """A dock detector that is asked to look, and its complaints."""

    def __init__(self) -> None:
        self.node, self.complaints = Node(), list[str]()
        complaints = SimpleNamespace(add=lambda _now, error: self.complaints.append(str(error)))
        self.detector = DockDetector(self.node, complaints)  # type: ignore[arg-type]
        self.teller = CameraTeller(self.node)  # type: ignore[arg-type]

    def show(self, now: float, image: Any, *, stamped: bool = False) -> OwnCamera | None:
        """Let the newest picture at now (s) be looked at. stamped: with the stamp that it has."""
        self.detector._start(None, SimpleNamespace())
        self.detector._open()
        if image is not None and not stamped:
            image.header.stamp.sec, image.header.stamp.nanosec = divmod(round(1e9 * now), 10**9)
        self.detector._source = SimpleNamespace(take=lambda: image, close=lambda: None)  # type: ignore[assignment]
        k = [600.0, 0.0, 320.0, 0.0, 600.0, 240.0, 0.0, 0.0, 1.0]
        self.detector._info = CameraInfo(width=640, height=480, k=k)
        self.detector.tick(now)
        health = self.detector.health(now)
        self.teller.tell(now, health)
        return health


def test_a_robot_says_how_its_camera_is_and_keeps_what_its_last_use_showed() -> None:
    looking = Looking()
    assert looking.detector.health(99.0) is None  # nobody has looked: nothing is known
    sees = looking.show(100.0, picture())
    assert sees is not None
    assert (sees.camera, sees.reason, sees.in_use, sees.picture_age) == ("front", "", True, 0.0)
    assert sees.sharpness > 0.0
    assert sees.usual > 0.0
    assert 100.0 < sees.brightness < 256.0
    dark = looking.show(100.1, picture(lambda grey: grey // 40))
    assert dark is not None
    assert (dark.reason, dark.in_use, round(dark.picture_age, 1)) == ("dark", True, 0.1)
    looking.detector._stop(None, SimpleNamespace())
    looking.detector.tick(130.0)
    after = looking.detector.health(130.0)
    assert after is not None
    assert (after.reason, after.in_use, round(after.picture_age)) == ("dark", False, 30)
    assert [message.reason for message in looking.node.sent] == ["", "dark"]  # a change is told at once


def test_a_dock_that_fills_the_picture_is_no_blurred_lens() -> None:
    """Each docking raised an alarm: the last half metre shows a plain wall."""
    looking = Looking()
    plain = lambda grey: cv2.GaussianBlur(grey, (0, 0), 9.0)  # noqa: E731
    looking.show(100.0, picture())
    told = [looking.show(100.0 + 0.5 * n, picture(plain)) for n in range(1, 60)]
    assert "out of focus" in looking.complaints[0], "no tags are read from it"
    reasons = [health.reason for health in told if health is not None]
    assert reasons == [""] * 30 + ["blurred"] * 29, "a lens that stays so is told after 15 s"
    assert told[20] is not None
    assert told[20].picture_age > 10.0, "and meanwhile how long nothing was seen"


@pytest.mark.parametrize("reason", ["dirty", "blurred", "covered", "dark", "dazzled", "frozen", "late", "wrong_size"])
def test_a_tag_that_is_read_proves_that_the_lens_sees_but_not_in_a_picture_of_before(
    reason: LensReason, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Gazebo a robot took its camera for dirty before a bare wall with its tag, and missed its dock 18 times."""
    looking, seen = Looking(), list[Any]()
    looking.detector._pose = SimpleNamespace(publish=seen.append)
    monkeypatch.setattr(looking.detector._lens, "look", lambda *_: LensState(reason, WHAT[reason]))
    assert looking.show(100.0, picture()) is not None
    assert (len(seen), len(looking.complaints)) == (0, 1), "without a tag it is told"
    health = looking.show(100.5, picture(with_tag))
    assert health is not None
    stale = reason in ("frozen", "late", "wrong_size")
    assert (len(seen), len(looking.complaints)) == ((0, 2) if stale else (1, 1))
    assert health.reason == (reason if stale else "")
    assert looking.detector.blind == (WHAT[reason] if stale else "")


def with_tag(grey: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Put a board with tag 3 into the middle of a picture."""
    tag = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11), 3, 160)
    grey[120:360, 200:440] = 255
    grey[160:320, 240:400] = tag
    return grey


@pytest.mark.parametrize("reason", ["blurred", "covered", "dark"])
def test_a_lens_that_sees_nothing_from_the_first_picture_of_a_use_is_told_at_once(reason: str) -> None:
    looking = Looking()
    spoils: dict[str, Any] = {
        "blurred": lambda grey: cv2.GaussianBlur(grey, (0, 0), 9.0), "covered": lambda grey: grey * 0 + 90,
        "dark": lambda grey: grey // 40,
    }  # fmt: skip
    seen = looking.show(100.0, picture(spoils[reason]))
    assert seen is not None
    assert seen.reason == reason
    looking.detector._stop(None, SimpleNamespace())
    looking.detector.tick(130.0)
    looking.show(131.0, picture())
    looking.detector._stop(None, SimpleNamespace())
    looking.detector.tick(132.0)
    again = looking.show(140.0, picture(spoils[reason]))
    assert again is not None
    assert again.reason == reason, "each use is judged from its start"


def lamp(grey: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Shine into the lens: most of the picture is white, what is left of it has its contrasts."""
    grey[:, 150:] = 255
    return grey


def test_a_lens_that_is_dazzled_in_its_very_first_picture_is_told_and_a_tag_before_a_white_wall_is_not() -> None:
    """Nothing was learnt yet, so white things with strong contrasts passed for a white wall."""
    first = Looking().show(100.0, picture(lamp))
    assert first is not None
    assert first.reason == "dazzled"
    docks = Looking().show(100.0, picture(lambda grey: with_tag(lamp(grey))))
    assert docks is not None
    assert docks.reason == "", "what is read proves that it sees"
    seen = Looking()
    for n in range(20):
        seen.show(100.0 + 0.1 * n, picture(lambda grey, n=n: np.roll(grey, 30 * n, axis=1)))
    dazzled = seen.show(103.0, picture(lamp))
    assert dazzled is not None
    assert dazzled.reason == "dazzled"


def test_a_camera_that_sends_nothing_and_one_that_sends_rubbish_say_so() -> None:
    looking = Looking()
    looking.show(100.0, None)
    silent = looking.show(102.5, None)
    assert silent is not None
    assert (silent.reason, silent.picture_age) == ("no_pictures", -1.0)
    broken = looking.show(103.0, Image(height=480, width=640, encoding="mono8", step=640, data=b"x"))
    assert broken is not None
    assert broken.reason == "bad_picture"


def test_tags_are_looked_for_in_a_compressed_picture_too() -> None:
    """It has no width of its own: each of them ended in a fault of the node."""
    looking = Looking()
    sees = looking.show(100.0, picture(packed=True))
    assert sees is not None
    assert (sees.reason, looking.complaints) == ("", [])


def test_the_teller_speaks_once_a_second() -> None:
    node = Node()
    teller = CameraTeller(node)  # type: ignore[arg-type]
    teller.tell(1.0, None)
    for k in range(21):
        teller.tell(10.0 + 0.1 * k, DARK)
    assert len(node.sent) == 3
    teller.tell(3.0, DARK)  # a clock that went back
    assert len(node.sent) == 4
    depth = replace(DARK, camera="depth")
    for k in range(10):
        teller.tell(4.0 + 0.1 * k, DARK)
        teller.tell(4.0 + 0.1 * k, depth)
    assert [message.camera for message in node.sent[4:]] == ["front", "depth"], "each at its own time"


# Agent, wire, fleet ---------------------------------------------------------------------------------------------------


def test_the_agent_reports_it_while_its_perception_speaks() -> None:
    rig = Rig()
    rig.send(m.CameraHeard(DARK))
    told = []
    for seconds in (1.5, 6.0):
        rig.run(seconds)
        told.append(rig.state.cameras)
    assert told == [(DARK,), ()]


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0])
def test_it_goes_over_the_wire_as_information(spelling: Spelling) -> None:
    robot = VdaRobot("r", LIFT_AMR, spelling, manufacturer="ACME", serial="1", map_id="site")
    robot.connected(EPOCH)
    sees = replace(DARK, camera="rear", reason="", in_use=False)
    robot.heard(EPOCH, replace(RobotState(robot="r", x=1.0, y=1.0), cameras=(DARK, sees), instance="0123456789abcdef"))
    [message] = [one for one in robot.step(EPOCH).messages if one.topic.endswith("/state")]
    check(message)
    desk = Desk(spelling)
    desk.say(information=dict(message.message)["information"])
    assert desk.told is not None
    assert (desk.told.cameras, desk.told.instance) == ((DARK, sees), "01234567")


@pytest.mark.parametrize(
    "references",
    [
        None, "x", [], [1], [{"referenceKey": "camera"}],
        [{"referenceKey": "camera", "referenceValue": "front"}, {"referenceKey": "in_use", "referenceValue": "maybe"}],
        [
            {"referenceKey": key, "referenceValue": value}
            for key, value in {
                "camera": "front", "reason": "dark", "in_use": "true", "picture_age": "nan", "sharpness": "1",
                "usual": "1", "brightness": "9",
            }.items()
        ],
    ],
)  # fmt: skip
def test_rubbish_about_cameras_is_left_out_and_the_robot_drives_on(references: Any) -> None:
    desk = Desk(V2_1)
    desk.say(information=[{"infoType": "amrCamera", "infoLevel": "INFO", "infoReferences": references}])
    assert desk.told is not None
    assert desk.told.cameras == ()


def test_a_blind_camera_that_is_looked_through_is_an_alarm_with_its_own_end() -> None:
    run = rehearsal()
    robot = run.robots["amr_01"]
    robot.cameras = (DARK,)
    run.run(lambda _: False, 3.0)
    assert alarms(run) == [("amr_01", "alarm.camera_dark")]
    run.run(lambda _: False, 5.0)
    assert len([e for e in run.journal if e.kind == "alarm_raised"]) == 1, "once"
    robot.cameras = (replace(DARK, reason=""),)
    assert run.run(lambda r: alarms(r) == [], 10.0)
    assert list(own_cameras(RobotState(robot="r", cameras=(replace(DARK, in_use=False),)))) == []
    late = replace(DARK, reason="late")
    both = dict(own_cameras(RobotState(robot="r", cameras=(late, replace(late, camera="depth")))))
    assert both == {
        ("alarm.camera_late", "r", "r"): {"camera": "r", "robot": "r"},
        ("alarm.camera_late", "r", "r:depth"): {"camera": "r:depth", "robot": "r"},
    }


def test_the_page_gets_it_with_the_age_of_now_and_no_use_by_a_robot_that_is_gone() -> None:
    run = rehearsal()
    run.robots["amr_01"].cameras = (DARK,)
    run.run(lambda _: False, 3.0)
    robot = view(run)
    assert robot.cameras == (DARK,)
    [shown] = RobotCameras.of(replace(robot, seen=50.0), 52.0).cameras
    assert (shown.reason, shown.in_use, shown.picture_age, shown.usual) == ("dark", True, 4.5, 0.5)
    unused = replace(robot, online=False, seen=52.0, cameras=(replace(DARK, picture_age=-1.0, usual=0.0),))
    [gone] = RobotCameras.of(unused, 52.0).cameras
    assert (gone.in_use, gone.picture_age, gone.usual) == (False, None, None)


def test_a_message_with_rubbish_about_a_camera_is_refused() -> None:
    from amr_interfaces.msg import RobotCamera
    from amr_ros.vda5050 import camera_from_msg, camera_to_msg

    assert camera_from_msg("x", camera_to_msg(DARK)) == DARK
    with pytest.raises(AmrError, match="brightness"):
        camera_from_msg("x", RobotCamera(camera="front", brightness=float("nan")))
