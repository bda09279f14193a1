"""What people do to orders that exist: change, hold, reassign, cancel."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from amr_core.errors import AmrError, Fact
from amr_fleet.cargo_views import CargoView
from amr_fleet.domain import aboard, holds
from amr_fleet.domain.ability import check_ability
from amr_fleet.domain.orders import BEFORE_PICK, CHANGEABLE, TransportOrder
from amr_fleet.domain.progress import keep_edge
from amr_fleet.domain.robot_requests import pause
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderView
from amr_fleet.requests import CancelOrder, ChangeOrder, HoldCargo, HoldOrder, ReassignOrder
from amr_fleet.vocabulary import CancelMode, JournalKind

_MAX_TEXT = 128


def _open_order(world: World, order_id: str) -> TransportOrder:
    """Return an order that is still open, or raise."""
    order = world.state.orders.get(order_id)
    if order is None:
        raise AmrError("order.not_found", order_id=order_id[:_MAX_TEXT])
    if not order.open:
        raise AmrError("order.finished", order_id=order.order_id, state=order.state)
    return order


def change(world: World, request: ChangeOrder) -> OrderView:
    """Give an open order another priority, deadline, earliest start or cut-off group."""
    order = _open_order(world, request.order_id)
    changes: dict[str, Fact] = {n: getattr(request, n) for n in CHANGEABLE if getattr(request, n) is not None}
    for name in ("deadline", "earliest"):
        value = changes.get(name, 0.0)
        if not isinstance(value, int | float) or not 0.0 <= value <= sys.float_info.max:
            raise AmrError("order.invalid", where=name, reason="not a time")
    if changes.get("cutoff") and changes["cutoff"] not in world.state.book.cutoffs:
        raise AmrError("order.unknown_cutoff", cutoff=changes["cutoff"])
    world.emit("order_changed", order_id=order.order_id, robot=order.robot, facts=changes, user=request.user)
    return _again(world, order)


def hold(world: World, request: HoldOrder) -> OrderView:
    """Keep an order from starting, or let it go on; what another person holds only in the place of that person.

    Who holds one that was made held is noted, too: the word "ready" of a worker lets it go on no longer.
    """
    order = _open_order(world, request.order_id)
    held, text = order.hold, holds.why(request.text)
    if held is not None and held.user not in ("", request.user) and not holds.named(held, request):
        raise holds.refusal("order.held_by", held, order_id=order.order_id)
    if not request.hold:
        return release(world, order, request.user, text) if order.request.held else order.view()
    if not order.request.held:
        _back_to_queue(world, order)
    elif held is not None and held.user == request.user and text in ("", held.text):
        return order.view()
    _note_hold(world, "order_held", order, request.user, text)
    return _again(world, order)


def release(world: World, order: TransportOrder, user: str, text: str = "") -> OrderView:
    """Let a held order go on."""
    _note_hold(world, "order_released", order, user, text)
    return _again(world, order)


def _note_hold(world: World, kind: JournalKind, order: TransportOrder, user: str, text: str) -> None:
    facts: dict[str, Fact] = {"text": text} if text else {}
    if order.hold is not None and order.hold.user not in ("", user):
        facts["instead_of"] = order.hold.user
    world.emit(kind, order_id=order.order_id, user=user, facts=facts)


def reassign(world: World, request: ReassignOrder) -> OrderView:
    """Give an order to a certain robot, or to any."""
    order = _open_order(world, request.order_id)
    if request.robot and request.robot not in world.robots:
        raise AmrError("robot.not_found", robot=request.robot[:128])
    check_ability(world, replace(order.request, robot=request.robot))
    if order.robot and order.robot == request.robot:
        return order.view()
    _back_to_queue(world, order)
    world.emit("order_reassigned", order_id=order.order_id, wanted=request.robot, user=request.user)
    return _again(world, order)


def _back_to_queue(world: World, order: TransportOrder) -> None:
    """Take an order off its robot before it is picked up; the robot goes home."""
    if order.state == "QUEUED":
        return
    if order.state not in BEFORE_PICK or order.state == "PICKING":
        raise AmrError("order.load_on_board", order_id=order.order_id)
    if order.cancelling or not _let_go(world, order):
        raise AmrError("order.at_pick", order_id=order.order_id, robot=order.robot)
    world.emit("order_requeued", order_id=order.order_id, robot=order.robot)


def _again(world: World, order: TransportOrder) -> OrderView:
    world.dispatch_due = world.now
    return world.state.orders[order.order_id].view()


def cancel_order(world: World, request: CancelOrder) -> OrderView:
    """Cancel before the load is taken, after what the robot does at a station, or now."""
    if request.mode not in get_args(CancelMode):
        raise AmrError("order.invalid", where="mode", reason=", ".join(get_args(CancelMode)))
    order = _open_order(world, request.order_id)
    if request.mode == "now":
        return _cancel_now(world, order, request.user)
    if order.state == "PICKING" and request.mode == "after_leg":
        if not order.cancel_after_pick:
            facts: Mapping[str, Fact] = {"mode": "after_pick", "user": request.user}
            world.emit("order_cancelling", order_id=order.order_id, robot=order.robot, facts=facts)
        return _again(world, order)
    return _cancel(world, order, request.user)


def _cancel(world: World, order: TransportOrder, user: str) -> OrderView:
    """Cancel an order whose load is not on board."""
    if order.loaded or order.state == "PICKING":
        raise AmrError("order.load_on_board", order_id=order.order_id)
    if order.state == "QUEUED" or _let_go(world, order):
        world.emit("order_cancelled", order_id=order.order_id, robot=order.robot, user=user)
    elif not order.cancelling:
        world.emit("order_cancelling", order_id=order.order_id, robot=order.robot, user=user)
        world.instant(world.robots[order.robot], "cancelOrder")
    return world.state.orders[order.order_id].view()


def _let_go(world: World, order: TransportOrder) -> bool:
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


def _cancel_now(world: World, order: TransportOrder, user: str) -> OrderView:
    """Take the order off its robot where it stands; what is on board stays there until a person sees to it."""
    robot = world.robots.get(order.robot)
    if robot is not None:
        robot.require_standing()
        world.instant(robot, "cancelOrder")
        keep_edge(world, robot)
        world.end_mission(robot, "cancelled now")
    on_board = order.loaded or (robot is not None and aboard.may_have(robot, order))
    facts: Mapping[str, Fact] = {"mode": "now", "user": user, "on_board": on_board}
    world.emit("order_cancelled", order_id=order.order_id, robot=order.robot, facts=facts)
    if robot is not None and on_board:
        pause(world, robot, "unload", user)  # somebody is told to take the load off: it must not drive away meanwhile
    return _again(world, order)


def hold_cargo(world: World, request: HoldCargo) -> CargoView:
    """Put a customs hold on a load, or lift it; a load on a robot cannot be held any more."""
    load = world.state.cargo.loads.get(request.load_id)
    if load is None:
        raise AmrError("cargo.not_found", load_id=request.load_id[:128])
    if request.hold and load.robot:
        raise AmrError("cargo.on_robot", load_id=load.load_id, robot=load.robot)
    if request.hold != load.cargo.customs_hold:
        kind: JournalKind = "cargo_held" if request.hold else "cargo_released"
        world.emit(kind, load_id=load.load_id, document=request.document[:128], user=request.user)
        moving = world.state.moving.get(load.load_id)
        order = world.state.orders.get(moving) if moving else None
        if request.hold and order is not None and order.state in ("ASSIGNED", "TO_PICK"):
            _back_to_queue(world, order)
        world.dispatch_due = world.now
    return world.state.cargo.loads[load.load_id]
