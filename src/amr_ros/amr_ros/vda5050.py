"""Orders, instant actions and states from and to ROS messages: the one converter of `amr_core.vda5050`.

What comes in is checked: numbers are finite, words are of the vocabulary, lists that belong together have one length.
Whatever is not raises message.invalid with the topic and a reason. An order's poses, speeds, manoeuvres and what it
means are judged by the agent, which can refuse it by its order_id (agent.order_rejected).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from builtin_interfaces.msg import Time

from amr_core import vda5050 as vda
from amr_core.errors import AmrError, Fact
from amr_core.json_texts import read_json
from amr_core.own_camera import OwnCamera, own_camera
from amr_interfaces import msg

_MAX_FACTS = 4096  # characters: an error's facts are a sentence's, not a log
_MOST_WHOLE = 2**53
_LONGEST_TEXT = 1024  # characters of an id or a word
_MOST = {
    "nodes": 2000,
    "edges": 2000,
    "remaining_base_node_ids": 2000,
    "loads": 64,
    "action_states": 500,
    "errors": 100,
    "cameras": 16,
}
_FAR = 1e6  # m; a site begins at (0, 0) and none is so large: a place from there is garbage
_MOST_POINTS = 1000  # of a local plan
_WordT = TypeVar("_WordT")


def invalid(topic: str, reason: str) -> AmrError:
    """Return the error for a message that cannot be used."""
    return AmrError("message.invalid", topic=topic, reason=reason)


def _word(topic: str, name: str, text: str, kind: _WordT) -> Any:
    """Return text when it is one of the words of a Literal."""
    words = get_args(kind)
    if text not in words:
        raise invalid(topic, f"{name} {text[:32]!r} is none of {', '.join(map(repr, words))}")
    return text


def _bounded(topic: str, message: Any, texts: Iterable[str]) -> None:
    """Raise message.invalid for lists and texts that no robot and no fleet would send."""
    for name, most in _MOST.items():
        if len(getattr(message, name, ())) > most:
            raise invalid(topic, f"more than {most} {name}")
    for name in texts:
        if len(getattr(message, name)) > _LONGEST_TEXT:
            raise invalid(topic, f"{name} is longer than {_LONGEST_TEXT} characters")


def _finite(topic: str, **numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise invalid(topic, f"{name} is not finite")


def _parameters(topic: str, message: Any) -> dict[str, str]:
    keys, values = message.parameter_keys, message.parameter_values
    if len(keys) != len(values):
        raise invalid(topic, "parameter_keys and parameter_values differ in length")
    if len(set(keys)) != len(keys):
        raise invalid(topic, "a parameter key comes twice")
    return dict(zip(keys, values, strict=True))


# Orders ---------------------------------------------------------------------------------------------------------------


def order_from_msg(message: Any) -> vda.Order:
    """Return the order in an amr_interfaces/Order, or raise message.invalid."""
    _bounded("order", message, ("robot", "order_id", "fleet_instance_id"))
    return vda.Order(
        message.robot,
        message.order_id,
        message.order_update_id,
        tuple(_node_from_msg(n) for n in message.nodes),
        tuple(_edge_from_msg(e) for e in message.edges),
        vda.Leader(message.fleet_instance_id, message.fleet_epoch),
    )


def _node_from_msg(n: Any) -> vda.OrderNode:
    theta = n.theta if n.theta_set else None
    _finite("order", allowed_deviation_xy=n.allowed_deviation_xy, x=n.x, y=n.y, theta=theta or 0.0)
    actions = tuple(_action_from_msg(a) for a in n.actions)
    # 0 = not set: a message is full of zeros, and VDA 5050 2.x leaves the deviation to the vendor then.
    deviation = n.allowed_deviation_xy or vda.DEVIATION_M
    return vda.OrderNode(n.node_id, n.sequence_id, n.released, n.x, n.y, theta, actions, deviation)


def _action_from_msg(a: Any) -> vda.OrderAction:
    blocking = _word("order", "blocking_type", a.blocking_type or "HARD", vda.BlockingType)
    return vda.OrderAction(a.action_type, a.action_id, _parameters("order", a), blocking)


def _edge_from_msg(e: Any) -> vda.OrderEdge:
    _finite("order", max_speed=e.max_speed)
    return vda.OrderEdge(
        e.edge_id, e.sequence_id, e.released, e.start_node_id, e.end_node_id, e.max_speed, e.manoeuvre
    )  # fmt: skip


def order_to_msg(order: vda.Order, stamp: Time) -> msg.Order:
    """Return the message of an order or update."""
    message = msg.Order(robot=order.robot, order_id=order.order_id, order_update_id=order.update_id)
    message.fleet_instance_id, message.fleet_epoch = order.leader.instance, order.leader.epoch
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.nodes = [_node_to_msg(node) for node in order.nodes]
    message.edges = [
        msg.OrderEdge(
            edge_id=e.edge_id, sequence_id=e.sequence_id, released=e.released, start_node_id=e.start,
            end_node_id=e.end, max_speed=e.max_speed, manoeuvre=e.manoeuvre,
        )
        for e in order.edges
    ]  # fmt: skip
    return message


def _node_to_msg(n: vda.OrderNode) -> msg.OrderNode:
    return msg.OrderNode(
        node_id=n.node_id, sequence_id=n.sequence_id, released=n.released, x=n.x, y=n.y, theta=n.theta or 0.0,
        theta_set=n.theta is not None, allowed_deviation_xy=n.deviation,
        actions=[
            msg.OrderAction(
                action_type=a.action_type, action_id=a.action_id, blocking_type=a.blocking_type,
                parameter_keys=list(a.parameters), parameter_values=list(a.parameters.values()),
            )
            for a in n.actions
        ],
    )  # fmt: skip


# Instant actions ------------------------------------------------------------------------------------------------------


def instant_from_msg(message: Any) -> vda.InstantAction:
    """Return the instant action, or raise message.invalid. An unknown type is answered by the agent, as FAILED."""
    if not message.action_id:
        raise invalid("instant_action", "no action_id")
    _bounded("instant_action", message, ("robot", "action_id", "action_type", "fleet_instance_id"))
    parameters = _parameters("instant_action", message)
    leader = vda.Leader(message.fleet_instance_id, message.fleet_epoch)
    return vda.InstantAction(message.robot, message.action_type, message.action_id, parameters, leader)


def instant_to_msg(action: vda.InstantAction, stamp: Time) -> msg.InstantAction:
    """Return the message of an instant action."""
    message = msg.InstantAction(robot=action.robot, action_type=action.action_type, action_id=action.action_id)
    message.parameter_keys = list(action.parameters)
    message.parameter_values = list(action.parameters.values())
    message.fleet_instance_id, message.fleet_epoch = action.leader.instance, action.leader.epoch
    message.header.stamp = stamp
    return message


# States ---------------------------------------------------------------------------------------------------------------


def state_from_msg(message: Any, robot: str) -> vda.RobotState:
    """Return the state in a RobotState from this robot's topic, or raise message.invalid."""
    topic, m = f"/{robot}/state", message
    if m.robot != robot:
        raise invalid(topic, "it is from another robot")
    _bounded(topic, m, ("robot_type", "order_id", "last_node_id", "instance_id", "fleet_instance_id", "site_version"))
    if max(len(m.path_x), len(m.path_y)) > _MOST_POINTS:
        raise invalid(topic, f"a local plan of more than {_MOST_POINTS} points")
    if max(abs(m.x), abs(m.y)) > _FAR:
        raise invalid(topic, "it is nowhere on earth")
    _finite(
        topic, x=m.x, y=m.y, theta=m.theta, state_of_charge=m.state_of_charge, localization_score=m.localization_score,
        linear_velocity=m.linear_velocity, angular_velocity=m.angular_velocity, distance_driven=m.distance_driven,
    )  # fmt: skip
    if len(m.path_x) != len(m.path_y) or not all(map(math.isfinite, (*m.path_x, *m.path_y))):
        raise invalid(topic, "path_x and path_y are not the same number of finite numbers")
    return vda.RobotState(
        robot=robot, robot_type=m.robot_type, order_id=m.order_id, update_id=m.order_update_id,
        last_node_id=m.last_node_id, last_sequence_id=m.last_node_sequence_id, base=tuple(m.remaining_base_node_ids),
        x=m.x, y=m.y, theta=m.theta, localized=m.localized, score=m.localization_score,
        v=m.linear_velocity, w=m.angular_velocity, driving=m.driving, paused=m.paused,
        new_base_request=m.new_base_request, soc=min(1.0, max(0.0, m.state_of_charge)), charging=m.charging,
        loads=tuple(load for load in m.loads if load),
        actions=tuple(_action_states(topic, m.action_states)), errors=tuple(_errors(topic, m.errors)),
        mode=_word(topic, "operating_mode", m.operating_mode or "AUTOMATIC", vda.OperatingMode),
        e_stop=_word(topic, "e_stop", m.e_stop or "NONE", vda.EStop),
        waiting_for=_word(topic, "waiting_for", m.waiting_for, vda.WaitingFor),
        path=tuple(zip(m.path_x, m.path_y, strict=True)), distance_driven=m.distance_driven, instance=m.instance_id,
        leader=vda.Leader(m.fleet_instance_id, m.fleet_epoch) if m.fleet_instance_id else None,
        site_version=m.site_version, cameras=tuple(camera_from_msg(topic, c) for c in m.cameras),
    )  # fmt: skip


def camera_from_msg(topic: str, message: Any) -> OwnCamera:
    """Return what a RobotCamera says, or raise message.invalid."""
    c = message
    try:
        return own_camera(
            c.camera, c.reason, c.in_use, picture_age=c.picture_age, sharpness=c.sharpness, usual=c.usual_sharpness,
            brightness=c.brightness,
        )  # fmt: skip
    except ValueError as error:
        raise invalid(topic, f"of a camera: {error}") from error


def camera_to_msg(camera: OwnCamera) -> msg.RobotCamera:
    """Return the message of a robot's camera."""
    c = camera
    return msg.RobotCamera(
        camera=c.camera, reason=c.reason, in_use=c.in_use, picture_age=c.picture_age, sharpness=c.sharpness,
        usual_sharpness=c.usual, brightness=c.brightness,
    )  # fmt: skip


def _action_states(topic: str, messages: Iterable[Any]) -> Iterable[vda.ActionState]:
    for a in messages:
        status = _word(topic, "status", a.status, vda.ActionStatus)
        yield vda.ActionState(a.action_id, a.action_type, status, a.result_code)


def _errors(topic: str, messages: Iterable[Any]) -> Iterable[vda.RobotError]:
    for e in messages:
        yield vda.RobotError(e.code, _word(topic, "level", e.level, vda.ErrorLevel), _facts(topic, e.facts))


def _facts(topic: str, text: str) -> dict[str, Fact]:
    """Return an error's facts: a flat JSON object."""
    if not text:
        return {}
    try:
        facts = read_json(text) if len(text) <= _MAX_FACTS else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict) or not all(map(_is_fact, facts.values())):
        raise invalid(topic, "the facts of an error are no flat JSON object")
    return facts


def _is_fact(value: object) -> bool:
    """Whole numbers are those that a double holds as they are: everybody who reads a fact may count with it."""
    if isinstance(value, int):
        return abs(value) <= _MOST_WHOLE
    return value is None or isinstance(value, str) or (isinstance(value, float) and math.isfinite(value))


def state_to_msg(state: vda.RobotState, stamp: Time) -> msg.RobotState:
    """Return the message of a state."""
    s = state
    message = msg.RobotState(
        robot=s.robot, robot_type=s.robot_type, order_id=s.order_id, order_update_id=s.update_id,
        last_node_id=s.last_node_id, last_node_sequence_id=s.last_sequence_id, remaining_base_node_ids=list(s.base),
        x=s.x, y=s.y, theta=s.theta, localized=s.localized, localization_score=s.score,
        linear_velocity=s.v, angular_velocity=s.w, driving=s.driving, paused=s.paused,
        new_base_request=s.new_base_request, state_of_charge=s.soc, charging=s.charging, loads=list(s.loads),
        operating_mode=s.mode, e_stop=s.e_stop, waiting_for=s.waiting_for,
        path_x=[x for x, _ in s.path], path_y=[y for _, y in s.path], distance_driven=s.distance_driven,
        instance_id=s.instance, site_version=s.site_version,
    )  # fmt: skip
    if s.leader is not None:
        message.fleet_instance_id, message.fleet_epoch = s.leader.instance, s.leader.epoch
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.cameras = [camera_to_msg(c) for c in s.cameras]
    message.action_states = [
        msg.ActionState(action_id=a.action_id, action_type=a.action_type, status=a.status, result_code=a.result_code)
        for a in s.actions
    ]
    message.errors = [
        msg.RobotError(code=e.code, level=e.level, facts=json.dumps(dict(e.facts), ensure_ascii=False))
        for e in s.errors
    ]
    return message
