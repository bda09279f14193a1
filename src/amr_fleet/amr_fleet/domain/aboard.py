"""What a robot has on board that does not tell it: the load that it picked and has not put down, by the journal.

VDA 5050 lets a robot leave `loads` out when it cannot tell its load. That is no word that nothing is on board: by that
no load is delivered and none is lost. Only what the robot finished counts, a person who took the load off, and what the
robot itself said for a while. One whose pick nobody saw end may have the load: it stands until a person has looked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from amr_core.vda5050 import UNTOLD_LOADS, RobotState
from amr_fleet.domain.orders import BEFORE_PICK, TransportOrder
from amr_fleet.domain.robot_requests import pause
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World

_EMPTY: Final = 10.0  # s for which a robot says that nothing is on board until that counts: a state may be a little old


def untold(report: RobotState) -> bool:
    """Return whether a robot leaves out what it has on board."""
    return UNTOLD_LOADS in report.errors


def with_loads(world: World, report: RobotState) -> RobotState:
    """Return a report with what is on board by the robot's orders, where it leaves that out."""
    if not untold(report):
        return report
    load = world.state.aboard.get(report.robot)
    return replace(report, loads=(load,) if load else ())


def says_it_has(report: RobotState, order: TransportOrder) -> bool:
    """Return whether a robot itself says that it has an order's load."""
    return order.load_id in report.loads and not untold(report)


def may_have(robot: Robot, order: TransportOrder) -> bool:
    """Return whether a robot that takes an order's load may have it already, and would not tell.

    One whose base still works on a load will: it says so by an error of its own (`load_unknown`).
    """
    report = robot.report
    return order.state == "PICKING" and report is not None and untold(report) and not robot.load_unknown


def restarted(world: World, robot: Robot) -> None:
    """Take it that a robot forgot its order: what it was about to take is on board until a person has looked."""
    order = world.state.order_of(robot.name)
    if order is None or not may_have(robot, order) or world.state.aboard.get(robot.name) == order.load_id:
        return
    world.emit("order_state", order_id=order.order_id, robot=robot.name, state=order.state, on_board=True)
    pause(world, robot, "unload", "")


def stands_with_load(world: World, robot: Robot) -> None:
    """Hold a robot without an order that has a load on board, and would not tell when that is off.

    So when it began to leave loads out after its order, or is back from the workshop, perhaps with its load on it.
    """
    _found_empty(world, robot)
    report, waits = robot.report, "unload" in world.state.pauses.get(robot.name, {})
    if report is None or not untold(report) or robot.load_unknown or waits or world.taken_out(robot.name):
        return
    if robot.name in world.state.aboard and world.state.order_of(robot.name) is None:
        pause(world, robot, "unload", "")


def _found_empty(world: World, robot: Robot) -> None:
    """Forget the load that an ended order left on a robot which says itself, for a while, that nothing is on board.

    Else one state without `loads`, days later, held an empty robot. One that waits for a person waits on.
    """
    report, order = robot.report, world.state.order_of(robot.name)
    empty = report is not None and not (report.loads or untold(report) or robot.load_unknown)
    waits = "unload" in world.state.pauses.get(robot.name, {})
    if not empty or waits or robot.name not in world.state.aboard or (order and order.state not in BEFORE_PICK):
        robot.empty_since = None
        return
    if robot.empty_since is None or world.now - robot.empty_told > world.settings.offline_after:
        robot.empty_since = world.now  # what it said before a silence is no "for a while"
    robot.empty_told = world.now
    if world.now - robot.empty_since > _EMPTY:
        world.emit("robot_unloaded", robot=robot.name)


def left_with_load(world: World, robot: Robot) -> None:
    """Take it that its order has ended: who takes off what it has on board, and would not tell, lets it go on."""
    if robot.report is not None and untold(robot.report) and robot.name in world.state.aboard:
        pause(world, robot, "unload", "")
