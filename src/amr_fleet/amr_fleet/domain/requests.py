"""Requests of people and other systems: create and cancel orders, pause and resume robots."""

from __future__ import annotations

import math
from collections.abc import Callable

from amr_core.errors import AmrError
from amr_fleet.domain import cargo_ids, zones
from amr_fleet.domain.book import request_facts
from amr_fleet.domain.events import Ask, CancelOrder, ClearZone, CreateOrder, Reply, Request, SetPaused, SetZone
from amr_fleet.domain.orders import BEFORE_PICK, Order
from amr_fleet.domain.world import World
from amr_fleet.ports import Cargo, FleetRequest, OrderRequest, OrderView

_MAX_TEXT = 128


def handle(world: World, event: Request, others: Callable[[World, FleetRequest], object]) -> None:
    """Answer one request; errors become the answer. others answers what is not answered here."""
    result: object = None
    try:
        if isinstance(event, Ask):
            result = others(world, event.request)
        elif isinstance(event, CreateOrder):
            result = create(world, event.request)
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


def create(world: World, request: OrderRequest) -> OrderView:
    """Create an order, or return the one with the same reference."""
    check(world, request)
    known = world.state.references.get(request.reference) if request.reference else None
    if known is not None:
        return world.state.orders[known].view()
    order_id = f"T{world.state.order_count + 1:06d}"
    world.emit("order_created", order_id=order_id, facts=request_facts(request))
    world.dispatch_due = world.now
    return world.state.orders[order_id].view()


def check(world: World, request: OrderRequest) -> None:
    """Raise the error that the request would be refused with."""
    for where in ("reference", "load_id", "user", "cutoff"):
        if len(getattr(request, where)) > _MAX_TEXT:
            raise AmrError("order.invalid", where=where, reason=f"longer than {_MAX_TEXT} characters")
    for place in (request.pick_place, request.drop_place):
        if place not in world.places:
            raise AmrError("order.unknown_place", place=place[:_MAX_TEXT])
    if request.pick_place == request.drop_place:
        raise AmrError("order.same_place", place=request.pick_place)
    if not _way_exists(world, request):
        raise AmrError("order.unreachable", pick=request.pick_place, drop=request.drop_place)
    if not math.isfinite(request.deadline) or request.deadline < 0:
        raise AmrError("order.invalid", where="deadline", reason="not a time")
    if not math.isfinite(request.earliest) or request.earliest < 0:
        raise AmrError("order.invalid", where="earliest", reason="not a time")
    if request.cutoff and request.cutoff not in world.state.book.cutoffs:
        raise AmrError("order.unknown_cutoff", cutoff=request.cutoff)
    if request.robot and request.robot not in world.robots:
        raise AmrError("robot.not_found", robot=request.robot[:_MAX_TEXT])
    check_cargo(world, request)
    if not -1000 <= request.priority <= 1000:
        raise AmrError("order.invalid", where="priority", reason="not in -1000..1000")


def _way_exists(world: World, request: OrderRequest) -> bool:
    """Tell whether some robot could come from its parking place to the pick and on to the drop, were nothing closed."""
    graph = world.graph
    picks, drops = world.places[request.pick_place], world.places[request.drop_place]
    homes = {r.home for r in world.robots.values()}
    reached = [p for p in picks if any(graph.can_reach(h, p) for h in homes)]
    return any(graph.can_reach(p, d) for p in reached for d in drops)


def check_cargo(world: World, request: OrderRequest) -> None:
    """Check numbers on the cargo, and that no other open order moves the same load."""
    cargo = request.cargo or Cargo()
    if cargo.kind not in ("", "pallet", "lot", "container"):
        raise AmrError("order.invalid", where="cargo.kind", reason="pallet, lot or container")
    if cargo.kind and not request.load_id:
        raise AmrError("order.invalid", where="load_id", reason="cargo needs its number")
    if cargo.kind == "pallet" and cargo_ids.sscc(request.load_id) != request.load_id:
        raise AmrError("order.invalid", where="load_id", reason="18 digits only")
    if cargo.kind == "container" and cargo_ids.container(request.load_id) != request.load_id:
        raise AmrError("order.invalid", where="load_id", reason="4 letters and 7 digits only")
    if cargo.container and cargo_ids.container(cargo.container) != cargo.container:
        raise AmrError("order.invalid", where="cargo.container", reason="4 letters and 7 digits only")
    known = world.state.references.get(request.reference) if request.reference else None
    other = world.state.moving.get(request.load_id) if request.load_id else None
    if other is not None and other != known:
        raise AmrError("cargo.busy", load_id=request.load_id, order_id=other)


def open_order(world: World, order_id: str) -> Order:
    """Return an order that is still open, or raise."""
    order = world.state.orders.get(order_id)
    if order is None:
        raise AmrError("order.not_found", order_id=order_id[:_MAX_TEXT])
    if not order.open:
        raise AmrError("order.finished", order_id=order.order_id, state=order.state)
    return order


def _cancel(world: World, event: CancelOrder) -> OrderView:
    return cancel(world, open_order(world, event.order_id), event.user)


def cancel(world: World, order: Order, user: str) -> OrderView:
    """Cancel an order whose load is not on board."""
    if order.state != "QUEUED" and (order.state not in BEFORE_PICK or order.state == "PICKING"):
        raise AmrError("order.load_on_board", order_id=order.order_id)
    if order.state == "QUEUED" or let_go(world, order):
        world.emit("order_cancelled", order_id=order.order_id, robot=order.robot, user=user)
    elif not order.cancelling:
        world.emit("order_cancelling", order_id=order.order_id, robot=order.robot, user=user)
        world.instant(world.robots[order.robot], "cancelOrder")
    return world.state.orders[order.order_id].view()


def let_go(world: World, order: Order) -> bool:
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
        if event.pause or name not in world.state.stopped:
            world.instant(robot, "startPause" if event.pause else "stopPause")
            robot.resume_until = world.now - 1.0 if event.pause else world.now + 10.0


def repeat_pauses(world: World) -> None:
    """Send pause and resume again to robots that do not report what was asked for."""
    for robot in world.robots.values():
        report = robot.report
        if report is None or world.now - robot.instant_at < world.settings.resend_after:
            continue
        stop = robot.name in world.state.paused or robot.name in world.state.stopped
        if stop and not report.paused and world.online(robot):
            world.instant(robot, "startPause")
        elif report.paused and world.now < robot.resume_until:
            world.instant(robot, "stopPause")
