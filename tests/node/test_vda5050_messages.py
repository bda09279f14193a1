"""Orders, instant actions and states survive the way through ROS messages; what cannot be is refused with a code."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, get_args

import pytest
from builtin_interfaces.msg import Time

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.own_camera import OwnCamera
from amr_interfaces import msg
from amr_ros.vda5050 import (
    instant_from_msg,
    instant_to_msg,
    order_from_msg,
    order_to_msg,
    state_from_msg,
    state_to_msg,
)

NOW = Time(sec=7)
PICK = vda.OrderAction("pick", "T000001:pick", {"load_id": "PAL-1", "height": "1"}, "HARD")
ORDER = vda.Order(
    "amr_01",
    "M000001",
    3,
    (
        vda.OrderNode("a", 4, True, 1.5, -2.25, None, (), 0.5),
        vda.OrderNode("b", 6, True, 3.5, -2.25, 1.5, (PICK,), 0.25),
        vda.OrderNode("c", 8, False, 5.0, 0.0),
    ),
    (
        vda.OrderEdge("ab", 5, True, "a", "b", 0.5, "dock"),
        vda.OrderEdge("bc", 7, False, "b", "c", 1.25, "undock"),
    ),
)
# Numbers that a float32 holds exactly: the message has no more.
STATE = vda.RobotState(
    robot="amr_01", robot_type="lift_amr", order_id="M000001", update_id=3, last_node_id="a", last_sequence_id=4,
    base=("b",), x=1.5, y=-2.25, theta=0.5, localized=False, score=0.75, v=0.5, w=-0.25, driving=True, paused=True,
    new_base_request=True, soc=0.5, charging=True, loads=("PAL-1",),
    actions=(vda.ActionState("T000001:pick", "pick", "FAILED", "load.failed"),),
    errors=(vda.RobotError("nav.failed", "FATAL", {"node": "b", "nav2_code": 105, "why": None, "far": 1.5}),),
    mode="MANUAL", e_stop="REMOTE", waiting_for="person", path=((1.0, 2.0), (3.0, 4.0)), distance_driven=12.5,
    site_version="a" * 64,
    cameras=(
        OwnCamera(
            camera="front", reason="dark", in_use=True, picture_age=1.5, sharpness=0.25, usual=0.5, brightness=8.0
        ),
    ),
)  # fmt: skip


def test_an_order_comes_through_as_it_is() -> None:
    message = order_to_msg(ORDER, NOW)
    assert (message.header.frame_id, message.header.stamp) == ("map", NOW)
    assert order_from_msg(message) == ORDER
    assert ORDER.base_end == 1


def test_an_instant_action_comes_through_as_it_is() -> None:
    action = vda.InstantAction("amr_01", "initPosition", "i1", {"x": "1.0", "y": "2.0", "theta": "0"})
    assert instant_from_msg(instant_to_msg(action, NOW)) == action


def test_a_state_comes_through_as_it_is() -> None:
    message = state_to_msg(STATE, NOW)
    assert (message.header.frame_id, message.header.stamp) == ("map", NOW)
    assert state_from_msg(message, "amr_01") == STATE


def test_an_emoji_in_a_fact_is_a_text_as_any_other() -> None:
    message = state_to_msg(STATE, NOW)
    message.errors = [msg.RobotError(code="vda.reported", level="FATAL", facts=r'{"type": "\ud83d\ude9b \\ud83d"}')]
    assert state_from_msg(message, "amr_01").errors[0].facts == {"type": "\U0001f69b \\ud83d"}


def test_a_message_full_of_zeros_reads_as_the_plain_robot() -> None:
    state = state_from_msg(msg.RobotState(robot="amr_01"), "amr_01")
    assert (state.mode, state.e_stop, state.waiting_for) == ("AUTOMATIC", "NONE", "")
    node = order_from_msg(msg.Order(nodes=[msg.OrderNode(actions=[msg.OrderAction()])])).nodes[0]
    assert (node.deviation, node.actions[0].blocking_type) == (vda.DEVIATION_M, "HARD")


def _refused(read: Callable[[], object], *, topic: str) -> None:
    with pytest.raises(AmrError) as caught:
        read()
    assert caught.value.code == "message.invalid"
    assert caught.value.facts["topic"] == topic
    assert caught.value.facts["reason"]


@pytest.mark.parametrize(
    "change",
    [
        {"robot": "amr_02"}, {"x": math.nan}, {"y": math.inf}, {"theta": -math.inf}, {"state_of_charge": math.nan},
        {"localization_score": math.nan}, {"linear_velocity": math.inf}, {"angular_velocity": math.nan},
        {"distance_driven": math.nan}, {"operating_mode": "automatic"}, {"e_stop": "PERHAPS"}, {"waiting_for": "Godot"},
        {"path_x": [1.0]}, {"path_x": [math.nan, 1.0]},
        {"action_states": [msg.ActionState(action_id="a", status="DONE")]}, {"action_states": [msg.ActionState()]},
        {"errors": [msg.RobotError(code="nav.failed", level="BAD")]},
        {"errors": [msg.RobotError(code="nav.failed", level="FATAL", facts="{")]},
        {"errors": [msg.RobotError(code="nav.failed", level="FATAL", facts="[1]")]},
        {"errors": [msg.RobotError(code="nav.failed", level="FATAL", facts='{"a": [1]}')]},
        {"errors": [msg.RobotError(code="nav.failed", level="FATAL", facts='{"a": NaN}')]},
        {"errors": [msg.RobotError(code="nav.failed", level="FATAL", facts="[" * 100_000)]},
        {"errors": [msg.RobotError(code="vda.clock_skew", level="WARNING", facts=f'{{"seconds": {10**400}}}')]},
        {"errors": [msg.RobotError(code="vda.reported", level="FATAL", facts=r'{"type": "\ud83d"}')]},
        {"errors": [msg.RobotError(code="vda.reported", level="FATAL", facts=r'{"\udc00": 1}')]},
        {"loads": ["x"] * 65}, {"remaining_base_node_ids": ["n"] * 2001},
        {"path_x": [0.0] * 1001, "path_y": [0.0] * 1001},
        {"action_states": [msg.ActionState(status="RUNNING")] * 501}, {"last_node_id": "n" * 1025}, {"x": 1.1e6},
        {"errors": [msg.RobotError(code="nav.failed", level="FATAL")] * 101},
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    message = state_to_msg(STATE, NOW)
    for name, value in change.items():
        setattr(message, name, value)
    _refused(lambda: state_from_msg(message, "amr_01"), topic="/amr_01/state")


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("node", {"allowed_deviation_xy": math.nan}), ("node", {"allowed_deviation_xy": math.inf}),
        ("node", {"x": math.nan}), ("node", {"y": -math.inf}), ("node", {"theta": math.nan, "theta_set": True}),
        ("edge", {"max_speed": math.nan}), ("edge", {"max_speed": math.inf}),
        ("action", {"blocking_type": "ALWAYS"}), ("action", {"parameter_keys": ["load_id"]}),
        ("action", {"parameter_keys": ["load_id", "load_id"]}),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_is_refused(part: str, change: dict[str, Any]) -> None:
    message = order_to_msg(ORDER, NOW)
    target = {"node": message.nodes[1], "edge": message.edges[0], "action": message.nodes[1].actions[0]}[part]
    for name, value in change.items():
        setattr(target, name, value)
    _refused(lambda: order_from_msg(message), topic="order")


@pytest.mark.parametrize("change", [{"action_id": ""}, {"parameter_values": ["1"]}])
def test_an_instant_action_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    message = msg.InstantAction(robot="amr_01", action_type="startPause", action_id="i1")
    for name, value in change.items():
        setattr(message, name, value)
    _refused(lambda: instant_from_msg(message), topic="instant_action")


def test_the_messages_name_the_same_words() -> None:
    constants = {name: value for name, value in type(msg.ActionState).__prepare__("", ()).items() if name.isupper()}
    assert set(constants.values()) == set(get_args(vda.ActionStatus))
    manoeuvres = type(msg.OrderEdge).__prepare__("", ())
    assert {v for k, v in manoeuvres.items() if k.startswith("MANOEUVRE_")} == vda.MANOEUVRES
