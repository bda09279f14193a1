"""What each robot does next: carry on with its order, take a new one, charge, or go home to its parking place."""

from __future__ import annotations

from amr_fleet.domain import found_loads
from amr_fleet.domain.orders import BEFORE_PICK, TransportOrder
from amr_fleet.domain.policy import Policy
from amr_fleet.domain.reasons import left_alone
from amr_fleet.domain.refusals import resting
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.undo import Fixed
from amr_fleet.domain.world import World
from amr_fleet.vocabulary import MissionKind


def dispatch(world: World, policy: Policy) -> None:
    """Decide for all robots that stand without a mission or are on their way home."""
    for robot in world.robots.values():
        robot.note = None  # it is made anew while it lasts
    found_loads.take_up(world)
    ready = [r for r in world.robots.values() if world.available(r) and not resting(world, r)]
    for robot in ready:
        order = world.state.order_of(robot.name)
        if order is not None and not left_alone(world, order.order_id) and _idle(world, robot, order):
            _continue_order(world, robot, order)
    free = [r for r in ready if world.state.order_of(r.name) is None and _free(world, r)]
    pressure = policy.charging.pressure(world)
    for robot in free:
        charger = policy.charging.charger_for(world, robot, pressure)
        if charger is not None:
            _go(world, robot, "charge", charger)
    leave_at = policy.charging.leave_at(world, pressure)
    policy.assignment.assign(world, [r for r in free if _may_work(world, r, leave_at)])
    for robot in free:
        if robot.settled and robot.name not in world.state.missions:
            _rest(world, robot, lingers=policy.assignment.lingers)


def _idle(world: World, robot: Robot, order: TransportOrder) -> bool:
    """It has an order but no mission for it: it stands, or is on its way home because no station was free."""
    if robot.name not in world.state.missions:
        return robot.settled
    return order.state not in BEFORE_PICK and world.retargetable(robot)


def _free(world: World, robot: Robot) -> bool:
    """It has nothing on board and stands, or can be called off its way home."""
    assert robot.report is not None
    if robot.name not in world.state.missions:
        return robot.settled
    return not robot.report.loads and world.retargetable(robot)


def _may_work(world: World, robot: Robot, leave_at: float) -> bool:
    """Its battery allows an order, and it did not just get a mission to charge; leave_at: enough to stop charging."""
    assert robot.report is not None
    mission, soc, s = world.state.missions.get(robot.name), robot.report.soc, world.settings
    if robot.report.loads or not world.takes_orders(robot.name):
        return False
    if mission is not None and mission.kind == "charge":
        return False
    at_charger = world.traffic.movers[robot.name].end in world.chargers
    return soc >= (leave_at if at_charger and mission is None else s.soc_refuse)


def _continue_order(world: World, robot: Robot, order: TransportOrder) -> None:
    if order.cancelling and not order.loaded:  # its mission ended without a word of the load
        world.give_back(robot, order)
        return
    if world.now < robot.retry_at:
        return
    kind: MissionKind = "pick" if order.state in BEFORE_PICK else "drop"
    place = order.request.pick_place if kind == "pick" else order.request.drop_place
    mover = world.traffic.movers[robot.name]
    then = order.request.drop_place if kind == "pick" else ""
    station = world.free_station(place, robot.name, mover.end, then)
    if station is not None and world.start_mission(robot, kind, station, order):
        return
    if robot.name not in world.state.missions and (mover.end != robot.home or not mover.arrived):
        _go_home(world, robot)


def _rest(world: World, robot: Robot, *, lingers: bool) -> None:
    """A robot with nothing to do stands in its parking place or at a charger, for a while also where it delivered."""
    assert robot.report is not None
    mover = world.traffic.movers[robot.name]
    here = mover.end
    full = robot.report.soc >= world.settings.soc_full
    failed = any(a.status == "FAILED" and a.action_id.endswith(":charge") for a in robot.order_actions)
    if failed and here in world.chargers:
        robot.bad_chargers = Fixed({**robot.bad_chargers, here: world.now + world.settings.charger_rest})
    if mover.arrived and lingers and _may_linger(world, robot, here):
        return
    if not mover.arrived or (here != robot.home and (here not in world.chargers or full or failed)):
        _go_home(world, robot)


def _may_linger(world: World, robot: Robot, here: int) -> bool:
    """It stands in a station that nobody needs, amid the work: it is not sent away at once."""
    if world.now - robot.idle_since > world.settings.linger:
        return False
    place = world.place_of.get(here)
    if place is None or (robot.report is not None and robot.report.loads):
        return False
    coming = sum(
        o.request.drop_place == place or (o.request.pick_place == place and o.state in (*BEFORE_PICK, "QUEUED"))
        for o in world.state.open_orders.values()
        if o.robot or o.request.pick_place == place
    )
    return len(world.places[place]) > coming + 1


def _go_home(world: World, robot: Robot) -> None:
    """Go to its parking place; one that was called off under way goes on to its old goal when that is the safe way."""
    _go(world, robot, "park", robot.home)
    mover = world.traffic.movers[robot.name]
    if robot.name not in world.state.missions and not mover.arrived:
        world.start_mission(robot, "park", mover.goal)


def _go(world: World, robot: Robot, kind: MissionKind, goal: int) -> None:
    note = robot.note
    if world.start_mission(robot, kind, goal):
        robot.note = note
    else:
        world.note(robot, "wait.traffic", robot="", node=world.graph.node_ids[goal])
