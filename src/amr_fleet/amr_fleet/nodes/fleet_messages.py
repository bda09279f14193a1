"""ROS messages of the fleet from and to the plain values of its engine."""

from __future__ import annotations

import json
import math
from typing import Any

from builtin_interfaces.msg import Time

from amr_core.errors import AmrError, Fact
from amr_core.roadmap import Roadmap
from amr_fleet.domain.events import ActionReport, ErrorReport, RobotReport, SendInstant, SendOrder
from amr_fleet.domain.events import OrderEdge as EdgeValue
from amr_fleet.domain.events import OrderNode as NodeValue
from amr_fleet.ports import FleetSnapshot, OrderView, RobotView, TrackView
from amr_fleet.requests import NoteEvidence
from amr_interfaces.msg import (
    FleetRobot,
    FleetState,
    InstantAction,
    Order,
    OrderAction,
    OrderEdge,
    OrderNode,
    TrackedObject,
    TransportOrder,
)

_DEVIATION_M = 0.25
_KINDS = {TrackedObject.KIND_PERSON: "person", TrackedObject.KIND_VEHICLE: "vehicle"}


def report_from_msg(message: Any, robot: str) -> RobotReport:
    """Return the report in a RobotState from this robot's topic, or raise message.invalid."""
    numbers = (message.x, message.y, message.theta, message.state_of_charge, message.linear_velocity)
    if not all(map(math.isfinite, numbers)):
        raise AmrError("message.invalid", topic=f"/{robot}/state", reason="a number is not finite")
    if message.robot != robot:
        raise AmrError("message.invalid", topic=f"/{robot}/state", reason="it is from another robot")
    return RobotReport(
        robot=robot,
        robot_type=message.robot_type,
        order_id=message.order_id,
        update_id=message.order_update_id,
        last_node=message.last_node_id,
        seq=message.last_node_sequence_id,
        base=tuple(message.remaining_base_node_ids),
        x=message.x,
        y=message.y,
        theta=message.theta,
        v=message.linear_velocity,
        localized=message.localized,
        driving=message.driving,
        paused=message.paused,
        soc=min(1.0, max(0.0, message.state_of_charge)),
        charging=message.charging,
        loads=tuple(load for load in message.loads if load),
        actions=tuple(ActionReport(a.action_id, a.status, a.result_code) for a in message.action_states),
        errors=tuple(ErrorReport(e.code, e.level, _facts(e.facts)) for e in message.errors),
        mode=message.operating_mode,
        e_stop=message.e_stop,
        waiting_for=message.waiting_for,
        path=tuple(zip(message.path_x, message.path_y, strict=False)),
    )


def _facts(text: str) -> dict[str, Fact]:
    try:
        facts = json.loads(text) if text else {}
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def evidence_from_msg(message: Any) -> NoteEvidence:
    """Return what a CustodyEvidence says; the engine judges it."""
    return NoteEvidence(
        order_id=message.order_id, load_id=message.load_id, kind=message.kind, value=message.value,
        valid=bool(message.valid), frames=int(message.frames), size_type=message.size_type, source=message.source,
        user="camera",
    )  # fmt: skip


def tracks_from_msg(message: Any) -> tuple[TrackView, ...]:
    """Return the finite tracks in a TrackedObjects message."""
    return tuple(
        TrackView(x=o.x, y=o.y, vx=o.vx, vy=o.vy, kind=_KINDS.get(o.kind, "unknown"), radius=o.radius)
        for o in message.objects
        if all(map(math.isfinite, (o.x, o.y, o.vx, o.vy, o.radius)))
    )


def order_to_msg(command: SendOrder, roadmap: Roadmap, stamp: Time) -> Order:
    """Return the message of an order or update."""
    message = Order(robot=command.robot, order_id=command.order_id, order_update_id=command.update_id)
    message.header.frame_id = "map"
    message.header.stamp = stamp
    message.nodes = [_node_to_msg(node, roadmap) for node in command.nodes]
    message.edges = [_edge_to_msg(edge, roadmap) for edge in command.edges]
    return message


def _node_to_msg(value: NodeValue, roadmap: Roadmap) -> OrderNode:
    node = roadmap.nodes[value.node_id]
    return OrderNode(
        node_id=node.id,
        sequence_id=value.seq,
        released=value.released,
        x=node.x,
        y=node.y,
        theta=node.theta or 0.0,
        theta_set=node.theta is not None,
        allowed_deviation_xy=_DEVIATION_M,
        actions=[
            OrderAction(
                action_type=a.action_type,
                action_id=a.action_id,
                blocking_type=OrderAction.BLOCKING_HARD,
                parameter_keys=list(a.parameters),
                parameter_values=list(a.parameters.values()),
            )
            for a in value.actions
        ],
    )


def _edge_to_msg(value: EdgeValue, roadmap: Roadmap) -> OrderEdge:
    edge = roadmap.edges[value.edge_id]
    return OrderEdge(
        edge_id=edge.id,
        sequence_id=value.seq,
        released=value.released,
        start_node_id=edge.start,
        end_node_id=edge.end,
        max_speed=value.max_speed,
        manoeuvre=edge.manoeuvre,
    )


def instant_to_msg(command: SendInstant, stamp: Time) -> InstantAction:
    """Return the message of an instant action."""
    message = InstantAction(robot=command.robot, action_type=command.action_type, action_id=command.action_id)
    message.parameter_keys = list(command.parameters)
    message.parameter_values = list(command.parameters.values())
    message.header.stamp = stamp
    return message


def state_to_msg(snapshot: FleetSnapshot, stamp: Time) -> FleetState:
    """Return the fleet state message of a snapshot."""
    return FleetState(
        stamp=stamp,
        robots=[_robot_to_msg(robot) for robot in snapshot.robots],
        open_orders=[transport_order(order) for order in snapshot.orders],
        orders_total=snapshot.kpi.orders_total,
        orders_done=snapshot.kpi.orders_done,
        orders_cancelled=snapshot.kpi.orders_cancelled,
        orders_failed=snapshot.kpi.orders_failed,
        deadlocks=snapshot.kpi.deadlocks,
        order_service_p95_s=snapshot.kpi.service_p95_s,
        order_service_mean_s=snapshot.kpi.service_mean_s,
    )


def _robot_to_msg(robot: RobotView) -> FleetRobot:
    return FleetRobot(
        robot=robot.name,
        robot_type=robot.type,
        status=robot.status,
        order_id=robot.order_id,
        node_id=robot.node,
        waiting_reason=robot.waiting.code if robot.waiting else "",
        state_of_charge=robot.soc,
        x=robot.x,
        y=robot.y,
        theta=robot.theta,
    )


def transport_order(order: OrderView) -> TransportOrder:
    """Return the message of one order."""
    return TransportOrder(
        order_id=order.order_id,
        reference=order.reference,
        load_id=order.load_id,
        pick_place=order.pick_place,
        drop_place=order.drop_place,
        priority=order.priority,
        deadline=order.deadline,
        state=order.state,
        robot=order.robot,
        created=order.created,
        assigned=order.assigned,
        picked=order.picked,
        finished=order.finished,
        reason=order.reason.code if order.reason else "",
    )
