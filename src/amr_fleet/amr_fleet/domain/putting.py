"""What is known of a load that a robot puts down, so that its order ends rightly when either side dies meanwhile.

A load that is gone from a robot was put down or lost. What tells one from the other is that the robot had it when it
began to put it down, which is in the journal, and that no try has ended since with the load on board.
"""

from __future__ import annotations

from typing import Final

from amr_core.errors import Fact
from amr_core.vda5050 import RobotState
from amr_fleet.domain import aboard
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.robots import ACTING, Robot
from amr_fleet.domain.world import World, action_id
from amr_fleet.vocabulary import OrderState

_NOT_LOADED: Final = 4  # HandleLoad: there is nothing on board


def works(world: World, robot: Robot, order: TransportOrder, state: OrderState) -> None:
    """Note that it handles the load, and in the journal that it had the load when it began to put it down.

    Whichever side dies meanwhile, that tells a load that was put down from one that was lost before.
    """
    report = robot.report
    puts = state == "DROPPING" and order.putting is None and report is not None and aboard.says_it_has(report, order)
    if order.state != state or puts:
        facts: dict[str, Fact] = {"process": report.instance} if puts and report is not None else {}
        world.emit("order_state", order_id=order.order_id, robot=robot.name, facts=facts, state=state)


def status(world: World, robot: Robot, report: RobotState) -> str:
    """Return what a robot says of putting down its order's load, whatever mission it takes itself to be on.

    The action's id is the same over restarts, and another one for each try. "" where it says nothing of it.
    """
    order = world.state.order_of(robot.name)
    if order is None or order.state not in ("TO_DROP", "DROPPING"):
        return ""
    wanted = action_id("drop", "", order)
    return next((a.status for a in report.actions if a.action_id == wanted), "")


def begins(world: World, robot: Robot, report: RobotState) -> None:
    """Note that a robot puts its load down though its place, or the mission that it is on, is not believed."""
    order = world.state.order_of(robot.name)
    if order is not None and status(world, robot, report) in ACTING:
        works(world, robot, order, "DROPPING")


def still_has_it(world: World, robot: Robot, report: RobotState) -> None:
    """Note that a try to put the load down has ended with the load on board: what is gone later was not put down.

    It has not ended where the base goes on with what a process asked for that is no more (`load_unknown`), and what an
    action says that acts or has ended is judged by itself.
    """
    order = world.state.order_of(robot.name)
    if order is None or order.putting is None or robot.load_unknown or not aboard.says_it_has(report, order):
        return
    if status(world, robot, report) in ("", "WAITING"):
        world.emit("order_state", order_id=order.order_id, robot=robot.name, state=order.state)


def put_down(report: RobotState, order: TransportOrder) -> bool:
    """Whether a robot that died while it put a load down is known to have done so.

    It had the load when it began, another process speaks for it since, and its base says that nothing is on board. A
    load that was gone before (it fell, somebody took it off) was not put down.
    """
    if order.putting is None or order.putting == report.instance:
        return False
    said = (error.facts.get("load_code") for error in report.errors if error.code == "load.failed")
    return not report.loads and any(str(code) == str(_NOT_LOADED) for code in said)  # in words over VDA 5050
