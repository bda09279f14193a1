"""ROS messages of the fleet from and to the plain values of its engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from builtin_interfaces.msg import Time

from amr_core.vda5050 import Leader
from amr_fleet.ports import FleetSnapshot, OrderView, RobotView, TrackView
from amr_fleet.requests import NoteEvidence
from amr_fleet.vocabulary import TrackKind
from amr_interfaces.msg import (
    FleetBeat,
    FleetRobot,
    FleetState,
    TrackedObject,
    TransportOrder,
)

_KINDS: Mapping[int, TrackKind] = {TrackedObject.KIND_PERSON: "person", TrackedObject.KIND_VEHICLE: "vehicle"}


def evidence_from_msg(message: Any) -> NoteEvidence:
    """Return what a CustodyEvidence says; the engine judges it."""
    return NoteEvidence(
        order_id=message.order_id, load_id=message.load_id, kind=message.kind, value=message.value,
        valid=bool(message.valid), frames=int(message.frames), size_type=message.size_type, source=message.source,
        user="camera",
    )  # fmt: skip


def beat_to_msg(leader: Leader, fleet_id: str, stamp: Time) -> FleetBeat:
    """Return the beat of a fleet."""
    return FleetBeat(stamp=stamp, fleet_id=fleet_id, instance_id=leader.instance, epoch=leader.epoch)


def tracks_from_msg(message: Any) -> tuple[TrackView, ...]:
    """Return the finite tracks in a TrackedObjects message."""
    return tuple(
        TrackView(x=o.x, y=o.y, vx=o.vx, vy=o.vy, kind=_KINDS.get(o.kind, "unknown"), radius=o.radius)
        for o in message.objects
        if all(map(math.isfinite, (o.x, o.y, o.vx, o.vy, o.radius)))
    )


def fleet_state_to_msg(snapshot: FleetSnapshot, stamp: Time) -> FleetState:
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
        speed=robot.v,
        loaded=robot.loaded,
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
