"""ROS messages of the agent from and to the plain values of its engine."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point32, Polygon

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_interfaces.msg import ActionState, RobotError, RobotState
from amr_navigation.agent import model as m


def _parameters(topic: str, message: Any) -> dict[str, str]:
    if len(message.parameter_keys) != len(message.parameter_values):
        raise AmrError("message.invalid", topic=topic, reason="parameter_keys and parameter_values differ in length")
    return dict(zip(message.parameter_keys, message.parameter_values, strict=True))


def order_from_msg(message: Any) -> m.Order:
    """Return the order, or raise message.invalid. What the order means is checked by the engine."""
    nodes = tuple(
        m.OrderNode(
            node_id=n.node_id,
            sequence_id=n.sequence_id,
            released=n.released,
            x=n.x,
            y=n.y,
            theta=n.theta if n.theta_set else None,
            actions=tuple(m.OrderAction(a.action_type, a.action_id, _parameters("order", a)) for a in n.actions),
        )
        for n in message.nodes
    )
    edges = tuple(
        m.OrderEdge(
            edge_id=e.edge_id,
            sequence_id=e.sequence_id,
            released=e.released,
            start=e.start_node_id,
            end=e.end_node_id,
            max_speed=e.max_speed,
            manoeuvre=e.manoeuvre,
        )
        for e in message.edges
    )
    return m.Order(message.robot, message.order_id, message.order_update_id, nodes, edges)


def instant_action_from_msg(message: Any) -> m.InstantAction:
    """Return the instant action, or raise message.invalid."""
    parameters = _parameters("instant_action", message)
    if not message.action_id:
        raise AmrError("message.invalid", topic="instant_action", reason="no action_id")
    return m.InstantAction(message.robot, message.action_type, message.action_id, parameters)


def battery_from_msg(message: Any) -> m.Battery:
    """Return the battery state, or raise message.invalid."""
    if not math.isfinite(message.percentage):
        raise AmrError("message.invalid", topic="battery_state", reason="percentage is no number")
    return m.Battery(message.percentage, message.current > 0.0)


def spread(covariance: Sequence[float]) -> float:
    """Return the standard deviation (m) along the less certain direction of a pose's covariance (36 values)."""
    xx, xy, yy = float(covariance[0]), float(covariance[1]), float(covariance[7])
    larger = 0.5 * (xx + yy) + math.hypot(0.5 * (xx - yy), xy)
    return math.sqrt(larger) if larger >= 0.0 else math.nan


def state_to_msg(report: m.Report, robot: str, robot_type: str, stamp: Time) -> RobotState:
    """Return the state message of a report."""
    message = RobotState(
        robot=robot,
        robot_type=robot_type,
        order_id=report.order_id,
        order_update_id=report.order_update_id,
        last_node_id=report.last_node_id,
        last_node_sequence_id=report.last_node_sequence_id,
        remaining_base_node_ids=list(report.remaining_base),
        x=report.pose.x,
        y=report.pose.y,
        theta=report.pose.theta,
        localized=report.localized,
        localization_score=report.score,
        linear_velocity=report.v,
        angular_velocity=report.w,
        driving=report.driving,
        paused=report.paused,
        new_base_request=report.new_base_request,
        state_of_charge=report.soc,
        charging=report.charging,
        loads=list(report.loads),
        operating_mode="AUTOMATIC",
        e_stop="NONE",
        waiting_for=report.waiting_for,
        path_x=[x for x, _ in report.path],
        path_y=[y for _, y in report.path],
        distance_driven=report.distance_driven,
    )
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.action_states = [
        ActionState(action_id=a.action_id, action_type=a.action_type, status=a.status, result_code=a.result_code)
        for a in report.actions
    ]
    message.errors = [
        RobotError(code=e.code, level=e.level, facts=json.dumps(dict(e.facts), ensure_ascii=False))
        for e in report.errors
    ]
    return message


def polygon_to_msg(corners: FloatArray) -> Polygon:
    """Return N x 2 corners (m) as a polygon."""
    return Polygon(points=[Point32(x=x, y=y, z=0.0) for x, y in corners.tolist()])
