"""Requests of people and other systems: create and cancel orders, pause and resume robots."""

from __future__ import annotations

import math

from amr_core.errors import AmrError
from amr_fleet.domain import zones
from amr_fleet.domain.events import Ask, CancelOrder, ClearZone, CreateOrder, Reply, Request, SetPaused, SetZone
from amr_fleet.domain.handlers import HANDLERS
from amr_fleet.domain.orders import BEFORE_PICK, Order, created_facts
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest, OrderView

_MAX_TEXT = 128


def handle(world: World, event: Request) -> None:
    """Answer one request; errors become the answer."""
    result: object = None
    try:
        if isinstance(event, Ask):
            result = HANDLERS[type(event.request)](world, event.request)
        elif isinstance(event, CreateOrder):
            result = _create(world, event.request)
        elif isinstance(event, CancelOrder):
            result = _cancel(world, event)
        elif isinstance(event, SetZone):
            result = zones.set_zone(world, event.request)
        elif isinstance(event, ClearZone):
            zones.clear_zone(world, event.zone_id, event.user)
        else:
            _pause(world, event)
    except AmrError as error:
        result = error
    world.replies.append(Reply(event.token, result))


def _create(world: World, request: OrderRequest) -> OrderView:
    _check(world, request)
    known = world.state.references.get(request.reference) if request.reference else None
    if known is not None:
        return world.state.orders[known].view()
    order_id = f"T{world.state.order_count + 1:06d}"
    world.emit("order_created", order_id=order_id, facts=created_facts(request))
    world.dispatch_due = world.now
    return world.state.orders[order_id].view()


def _check(world: World, request: OrderRequest) -> None:
    for where in ("reference", "load_id", "user"):
        if len(getattr(request, where)) > _MAX_TEXT:
            raise AmrError("order.invalid", where=where, reason=f"longer than {_MAX_TEXT} characters")
    for place in (request.pick_place, request.drop_place):
        if place not in world.places:
            raise AmrError("order.unknown_place", place=place[:_MAX_TEXT])
    if request.pick_place == request.drop_place:
        raise AmrError("order.same_place", place=request.pick_place)
    if not math.isfinite(request.deadline) or request.deadline < 0:
        raise AmrError("order.invalid", where="deadline", reason="not a time")
    if not -1000 <= request.priority <= 1000:
        raise AmrError("order.invalid", where="priority", reason="not in -1000..1000")


def _cancel(world: World, event: CancelOrder) -> OrderView:
    order = world.state.orders.get(event.order_id)
    if order is None:
        raise AmrError("order.not_found", order_id=event.order_id[:_MAX_TEXT])
    if not order.open:
        raise AmrError("order.finished", order_id=order.order_id, state=order.state)
    if order.state != "QUEUED" and (order.state not in BEFORE_PICK or order.state == "PICKING"):
        raise AmrError("order.load_on_board", order_id=order.order_id)
    if order.state == "QUEUED" or _let_go(world, order):
        world.emit("order_cancelled", order_id=order.order_id, robot=order.robot, user=event.user)
    elif not order.cancelling:
        world.emit("order_cancelling", order_id=order.order_id, robot=order.robot, user=event.user)
        world.instant(world.robots[order.robot], "cancelOrder")
    return world.state.orders[order.order_id].view()


def _let_go(world: World, order: Order) -> bool:
    """Take the order off its robot without stopping it; False when its base already leads into the pick station."""
    robot = world.robots.get(order.robot)
    mission = world.state.missions.get(order.robot)
    if robot is None or mission is None:
        return True
    mover = world.mover(robot.name)
    if mover is None or world.graph.node_ids[mover.end] == mission.goal:
        return False
    if not robot.acked and mover.granted == 0 and not robot.sent:
        world.end_mission(robot, "cancelled")
        return True
    return world.start_mission(robot, "park", robot.home)


def _pause(world: World, event: SetPaused) -> None:
    names = event.robots or tuple(world.robots)
    for name in names:
        if name not in world.robots:
            raise AmrError("robot.not_found", robot=name[:_MAX_TEXT])
    for name in names:
        robot = world.robots[name]
        if event.pause != (name in world.state.paused):
            world.emit("robot_paused" if event.pause else "robot_resumed", robot=name, user=event.user)
        world.instant(robot, "startPause" if event.pause else "stopPause")
        robot.resume_until = world.now - 1.0 if event.pause else world.now + 10.0


def repeat_pauses(world: World) -> None:
    """Send pause and resume again to robots that do not report what was asked for."""
    for robot in world.robots.values():
        report = robot.report
        if report is None or world.now - robot.instant_at < world.settings.resend_after:
            continue
        if robot.name in world.state.paused and not report.paused and world.online(robot):
            world.instant(robot, "startPause")
        elif report.paused and world.now < robot.resume_until:
            world.instant(robot, "stopPause")
