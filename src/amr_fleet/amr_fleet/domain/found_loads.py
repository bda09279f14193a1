"""Robots that have the load of an order which was taken from them: they go on with it.

So when a robot fell silent or was killed in the moment in which its base began to take the load. Another robot would
look for the load where it is no more, and the order would fail with its load on board.
"""

from __future__ import annotations

from amr_fleet.domain import aboard
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.reasons import left_alone
from amr_fleet.domain.refusals import resting
from amr_fleet.domain.world import World


def take_up(world: World) -> None:
    """Give such orders back to the robots that have their loads.

    Only to a robot that had the order: a load that was on board before its order may be taken off by people right now.
    What a person holds, or wants of another robot, stays where it is: `alarm.load_on_board` says so.
    """
    for order in [o for o in world.state.open_orders.values() if o.left and not left_alone(world, o.order_id)]:
        if order.request.held or world.state.cargo.held(order.load_id):
            continue
        robot = next((world.robots[name] for name in sorted(order.left) if _has(world, name, order)), None)
        if robot is None or (order.robot and not _let_go(world, order)):
            continue
        world.emit("order_assigned", order_id=order.order_id, robot=robot.name, station="")
        world.emit("order_picked", order_id=order.order_id, robot=robot.name, found_on_board=True)


def _has(world: World, name: str, order: TransportOrder) -> bool:
    robot = world.robots.get(name)
    if robot is None or robot.report is None or order.request.robot not in ("", name):
        return False
    if not world.available(robot) or not world.takes_orders(name) or resting(world, robot):
        return False
    return world.state.order_of(name) is None and aboard.says_it_has(robot.report, order)


def _let_go(world: World, order: TransportOrder) -> bool:
    """Take it off the robot that has it now, which is on its way to a load that is not there."""
    holder = world.robots.get(order.robot)
    if holder is None or world.mover(holder.name) is None or order.state not in ("ASSIGNED", "TO_PICK"):
        return False
    if order.cancelling or world.may_carry(holder, order):
        return False
    if holder.name in world.state.missions and not world.start_mission(holder, "park", holder.home):
        return False
    world.emit("order_requeued", order_id=order.order_id, robot=holder.name)
    return True
