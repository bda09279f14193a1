"""Robots that do not take an order: others are tried, and the one that refused is asked again ever more seldom.

A robot says that it refuses a mission by agent.order_rejected with the mission's id. The mission ends; the robot rests
for a pause that doubles with each refusal until it takes something. The order leaves this robot alone twice as long,
counted by its own refusals, so that other orders are tried between. Both pauses are bounded, so all goes on when the
robot takes orders again. One that stands elsewhere than the mission began gets a new one from there at once, the first
time.
"""

from __future__ import annotations

from amr_core.errors import Fact
from amr_core.vda5050 import RobotError, RobotState
from amr_fleet.domain.orders import BEFORE_PICK, Mission
from amr_fleet.domain.robots import Refusing, Robot
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.domain.world import World

_LONGEST = 200  # characters of a robot's word that are kept


def pause(settings: FleetSettings, count: int) -> float:
    """Return how long (s) nothing is asked again after so many refusals in a row."""
    return min(settings.refused_most, settings.refused_first * 2.0 ** min(count - 1, 30))


def word(report: RobotState, mission: Mission) -> RobotError | None:
    """Return the error by which a robot that stands idle refuses a mission."""
    if report.order_id == mission.mission_id or report.base or report.driving:
        return None
    told = (e for e in report.errors if e.code == "agent.order_rejected")
    return next((e for e in told if e.facts.get("order_id") == mission.mission_id), None)


def take(world: World, robot: Robot, error: RobotError, *, elsewhere: bool) -> None:
    """End a mission that was refused. elsewhere: the robot does not stand where the mission began."""
    found = robot.refusal = robot.refusal or Refusing()
    found.count += 1
    found.why = str(error.facts.get("reason", ""))[:_LONGEST]
    order = world.state.order_of(robot.name)
    world.end_mission(robot, "refused")
    if order is not None and order.cancelling and order.state in BEFORE_PICK:
        world.give_back(robot, order)
        order = None
    if found.count == 1 and elsewhere:
        return
    found.until = world.now + pause(world.settings, found.count)
    if order is None:
        return
    found.orders[order.order_id] = times = found.orders.get(order.order_id, 0) + 1
    if order.state in BEFORE_PICK:
        world.refused[robot.name, order.order_id] = world.now + 2.0 * pause(world.settings, times)
        world.give_back(robot, order)


def accepted(world: World, robot: Robot) -> None:
    """The robot took a mission: it is no longer one that refuses, though it may not want an order it refused."""
    if robot.refusal is None:
        return
    order = world.state.order_of(robot.name)
    orders = {k: n for k, n in robot.refusal.orders.items() if k in world.state.open_orders}
    if order is not None:
        orders.pop(order.order_id, None)
    robot.refusal = Refusing(orders=orders) if orders else None


def resting(world: World, robot: Robot) -> bool:
    """Return whether the robot is not asked for now."""
    return robot.refusal is not None and world.now < robot.refusal.until


def facts(world: World, robot: Robot) -> dict[str, Fact] | None:
    """Return what the alarm says of a robot that refuses; None when it does not, or has not been asked for long."""
    found = robot.refusal
    if found is None or not found.count or world.now > found.until + world.settings.refused_most:
        return None
    return {"robot": robot.name, "error": found.why}
