"""Errands of robots' computers at the fleet's node: one at a time, in the bay, and none waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from amr_core.errors import AmrError
from amr_core.robot_report import RobotReport, to_text
from amr_core.vda5050 import ActionState, ActionStatus, InstantAction, RobotState
from amr_fleet.nodes.robot_errands import AGAIN_S, LATEST_S, UNHEARD_S, ErrandPort
from amr_fleet.ports import RobotView

JPEG = b"\xff\xd8\xff picture"
NAMES = ("r1", "r2", "r3")


class Rig:
    """A node without ROS: what it hears is handed over, what it sends is kept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[InstantAction] = []
        self.takers: dict[str, Callable[[Any], None]] = {}
        self.ignored: list[str] = []
        self.robots = {name: self.view(name) for name in NAMES}
        self.desk = ErrandPort(
            cast("Any", self), NAMES, {"P1"}, self.sent.append,
            lambda: cast("Any", SimpleNamespace(robots=list(self.robots.values()))),
            lambda robot, error: self.ignored.append(error.code),
        )  # fmt: skip

    def view(self, name: str, **other: Any) -> RobotView:
        said: dict[str, Any] = {
            "name": name, "type": "lift_amr", "status": "IDLE", "order_id": "", "x": 0.0, "y": 0.0, "theta": 0.0,
            "v": 0.0, "soc": 0.5, "charging": False, "loaded": False, "paused": False, "online": True,
            "localized": True, "node": "P1", "path": (), "base": (), "waiting": None, "errors": (),
        }  # fmt: skip
        return RobotView(**{**said, **other})

    def create_subscription(self, _kind: Any, topic: str, callback: Callable[[Any], None], _qos: Any) -> None:
        self.takers[topic] = callback

    def pass_time(self, seconds: float = 0.1) -> None:
        self.now += seconds
        self.desk.step(self.now)

    def says(self, name: str, *actions: tuple[str, str, str], code: str = "") -> None:
        states = tuple(ActionState(one, kind, cast("ActionStatus", status), code) for one, kind, status in actions)
        self.desk.heard(RobotState(robot=name, actions=states))

    def sends(self, name: str, text: str) -> None:
        self.takers[f"/{name}/report"](SimpleNamespace(data=text))

    def last(self, name: str = "r1") -> tuple[str, str]:
        errand = self.desk.errands(name)[0]
        return errand.state, errand.code


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(AmrError) as caught:
        call()
    return caught.value.code


def test_a_picture_is_asked_for_followed_and_kept() -> None:
    rig = Rig()
    rig.says("r1", ("old", "amrReport", "FAILED"))
    rig.desk.ask("r1", "picture", "hung")
    rig.pass_time()
    assert [(one.robot, one.action_type, one.parameters) for one in rig.sent] == [
        ("r1", "amrReport", {"what": "picture"})
    ]
    rig.says("r1", ("old", "amrReport", "FAILED"))
    assert rig.last() == ("asked", "")
    rig.says("r1", ("wire-7", "amrReport", "RUNNING"))
    assert rig.last() == ("running", "")
    rig.says("r1", ("wire-7", "amrReport", "FINISHED"))
    assert refusal(lambda: rig.desk.content("r1", "picture")) == "request.not_found"
    rig.sends("r2", to_text(RobotReport("picture", JPEG)))  # nobody asked it
    rig.sends("r1", to_text(RobotReport("log", b"\x1f\x8b")))  # nor for that
    rig.sends("r1", "rubbish")
    assert rig.ignored == ["message.invalid"]
    rig.sends("r1", to_text(RobotReport("picture", JPEG)))
    assert rig.last() == ("done", "")
    assert rig.desk.errands("r1")[0].size == len(JPEG)
    assert rig.desk.content("r1", "picture") == JPEG
    assert rig.desk.errands("r2") == []


def test_one_at_a_time_for_each_robot_two_for_all_and_not_at_once_again() -> None:
    rig = Rig()
    rig.desk.ask("r1", "log", "hung")
    assert refusal(lambda: rig.desk.ask("r1", "site_update", "hung")) == "robot.errand_busy"
    rig.desk.ask("r2", "log", "hung")
    assert refusal(lambda: rig.desk.ask("r3", "log", "hung")) == "request.too_many"
    rig.sends("r1", to_text(RobotReport("log", b"\x1f\x8b")))
    assert refusal(lambda: rig.desk.ask("r1", "log", "hung")) == "request.too_many"
    rig.desk.ask("r3", "log", "hung")
    rig.sends("r3", to_text(RobotReport("log", b"\x1f\x8b")))
    rig.pass_time(AGAIN_S + 1.0)
    rig.desk.ask("r1", "log", "hung")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"online": False}, "robot.offline"), ({"order_id": "T1"}, "robot.has_order"), ({"v": 0.4}, "robot.moving"),
        ({"v": -0.4}, "robot.moving"), ({"node": "L1"}, "robot.not_in_bay"),
    ],
)  # fmt: skip
def test_site_files_change_in_the_bay_only(changed: dict[str, Any], code: str) -> None:
    rig = Rig()
    rig.robots["r1"] = rig.view("r1", **changed)
    assert refusal(lambda: rig.desk.ask("r1", "site_update", "hung")) == code
    if code != "robot.offline":
        rig.desk.ask("r1", "log", "hung")  # that may be asked anywhere
    rig.desk.ask("r2", "site_back", "hung")
    rig.pass_time()
    assert (rig.sent[-1].action_type, rig.sent[-1].parameters) == ("amrSiteUpdate", {"back": "true"})
    rig.says("r2", ("w1", "amrSiteUpdate", "FINISHED"))
    assert rig.last("r2") == ("done", "")


def test_a_robot_whose_line_is_cut_has_its_time_when_it_is_back() -> None:
    rig = Rig()
    rig.says("r1")
    rig.desk.ask("r1", "log", "hung")
    for _ in range(round(3 * UNHEARD_S)):
        rig.pass_time(1.0)
    assert rig.last() == ("asked", ""), "it could not hear that; nobody is told that it failed"
    rig.desk.ask("r2", "log", "hung")
    rig.desk.ask("r3", "log", "hung")  # a cut line fills no air
    rig.says("r1", ("w1", "amrReport", "RUNNING"))
    rig.sends("r1", to_text(RobotReport("log", b"\x1f\x8b")))
    assert rig.last() == ("done", "")
    rig.pass_time(AGAIN_S + 1.0)
    rig.desk.ask("r1", "log", "hung")
    rig.pass_time(LATEST_S + 1.0)
    assert rig.last() == ("failed", "robot.errand_unheard"), "it never was back"


def test_what_does_not_come_ends_with_a_reason() -> None:
    rig = Rig()
    rig.desk.ask("r1", "log", "hung")
    for _ in range(round(UNHEARD_S) + 2):
        rig.says("r1")
        rig.pass_time(1.0)
    assert rig.last() == ("failed", "robot.errand_unheard")
    rig.pass_time(AGAIN_S + 1.0)
    rig.desk.ask("r1", "log", "hung")
    rig.says("r1", ("w1", "amrReport", "FINISHED"))
    rig.pass_time(UNHEARD_S + 1.0)
    assert rig.last() == ("running", "")
    rig.pass_time(LATEST_S)
    assert rig.last() == ("failed", "robot.errand_lost")
    rig.pass_time(AGAIN_S + 1.0)
    rig.desk.ask("r1", "log", "hung")
    rig.says("r1", ("w2", "amrReport", "FAILED"), code="no code of ours")
    assert rig.last() == ("failed", "robot.errand_unheard")
    rig.pass_time(AGAIN_S + 1.0)
    rig.desk.ask("r1", "log", "hung")
    rig.says("r1", ("w3", "amrReport", "FAILED"), code="robot.errand_busy")
    assert rig.last() == ("failed", "robot.errand_busy")


def test_strange_names_are_refused() -> None:
    rig = Rig()
    for call in (
        lambda: rig.desk.ask("x", "log", "u"),
        lambda: rig.desk.errands("x"),
        lambda: rig.desk.content("x", "log"),
    ):
        assert refusal(call) == "robot.not_found"
    assert refusal(lambda: rig.desk.ask("r1", "film", "u")) == "request.invalid"
    rig.says("x", ("w", "amrReport", "RUNNING"))
