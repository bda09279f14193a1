"""What each robot does next: carry on with its order, take a new one, charge, or go home to its parking place."""

from __future__ import annotations

from amr_core.errors import Fact
from amr_fleet.domain.assignment import assign
from amr_fleet.domain.baseline import assign_simply
from amr_fleet.domain.orders import BEFORE_PICK, Order
from amr_fleet.domain.queueing import takes_orders
from amr_fleet.domain.reassign import reassign
from amr_fleet.domain.world import Robot, World
from amr_fleet.ports import Reason


def dispatch(world: World) -> None:
    """Decide for all robots that stand without a mission or are on their way home."""
    ready = [r for r in world.robots.values() if world.available(r)]
    for robot in ready:
        order = world.state.order_of(robot.name)
        if order is not None and _idle(world, robot, order):
            _continue_order(world, robot, order)
    free = [r for r in ready if world.state.order_of(r.name) is None and _free(world, r)]
    for robot in free:
        _charge_if_low(world, robot)
    chosen = [r for r in free if _may_work(world, r)]
    if world.settings.policy == "batch":
        reassign(world, chosen)
        chosen = [r for r in chosen if world.state.order_of(r.name) is None]
    _ = assign(world, chosen) if world.settings.policy == "batch" else assign_simply(world, chosen)
    for robot in free:
        if robot.settled and robot.name not in world.state.missions:
            _rest(world, robot)


def _idle(world: World, robot: Robot, order: Order) -> bool:
    """It has an order but no mission for it: it stands, or is on its way home because no station was free."""
    if robot.name not in world.state.missions:
        return robot.settled
    return order.state not in BEFORE_PICK and world.retargetable(robot)


def _free(world: World, robot: Robot) -> bool:
    """It has nothing on board and stands, or can be called off its way home."""
    assert robot.report is not None
    if robot.report.loads:
        _note(world, robot, "wait.load_on_board", load_id=robot.report.loads[0])
        return robot.name not in world.state.missions
    if robot.name not in world.state.missions:
        return robot.settled
    return world.retargetable(robot)


def _may_work(world: World, robot: Robot) -> bool:
    """Its battery allows an order, and it did not just get a mission to charge."""
    assert robot.report is not None
    mission, soc, s = world.state.missions.get(robot.name), robot.report.soc, world.settings
    if robot.report.loads or not takes_orders(world, robot.name):
        return False
    if mission is not None and mission.kind == "charge":
        return False
    at_charger = world.traffic.movers[robot.name].end in world.chargers
    return soc >= (s.soc_leave if at_charger and mission is None else s.soc_refuse)


def _continue_order(world: World, robot: Robot, order: Order) -> None:
    kind = "pick" if order.state in BEFORE_PICK else "drop"
    place = order.request.pick_place if kind == "pick" else order.request.drop_place
    mover = world.traffic.movers[robot.name]
    station = world.free_station(place, robot.name, mover.end)
    if station is not None and world.start_mission(robot, kind, station, order):
        return
    _note(world, robot, "wait.station", place=place)
    if robot.name not in world.state.missions and (mover.end != robot.home or not mover.arrived):
        _go_home(world, robot)


def _charge_if_low(world: World, robot: Robot) -> None:
    """Send it to a charger when its battery is low, or when it was idle for long and could take some."""
    assert robot.report is not None
    s, soc = world.settings, robot.report.soc
    mission, here = world.state.missions.get(robot.name), world.traffic.movers[robot.name].end
    if here in world.chargers or (mission is not None and mission.kind == "charge"):
        return
    rested = mission is None and world.now - robot.idle_since > s.idle_before_charge and soc < s.soc_opportunity
    if soc >= s.soc_charge and not rested:
        return
    distances = world.graph.distances(here)
    free = [
        c
        for c in world.chargers
        if world.leaf_free(c, robot.name) and distances[c] < float("inf") and robot.bad_chargers.get(c, 0.0) < world.now
    ]
    if free:
        _go(world, robot, "charge", min(free, key=lambda c: distances[c]))
    elif soc < s.soc_charge:
        _note(world, robot, "wait.charger", soc=round(soc, 2))


def _rest(world: World, robot: Robot) -> None:
    """A robot with nothing to do stands in its parking place or at a charger, nowhere else."""
    assert robot.report is not None
    mover = world.traffic.movers[robot.name]
    here = mover.end
    full = robot.report.soc >= world.settings.soc_full
    failed = any(a.status == "FAILED" and a.action_id.endswith(":charge") for a in robot.order_actions)
    if failed and here in world.chargers:
        robot.bad_chargers[here] = world.now + world.settings.charger_rest
    if not mover.arrived or (here != robot.home and (here not in world.chargers or full or failed)):
        _go_home(world, robot)


def _go_home(world: World, robot: Robot) -> None:
    """Go to its parking place; one that was called off under way goes on to its old goal when that is the safe way."""
    _go(world, robot, "park", robot.home)
    mover = world.traffic.movers[robot.name]
    if robot.name not in world.state.missions and not mover.arrived:
        world.start_mission(robot, "park", mover.goal)


def _go(world: World, robot: Robot, kind: str, goal: int) -> None:
    note = robot.note
    if world.start_mission(robot, kind, goal):
        robot.note = note
    else:
        _note(world, robot, "wait.traffic", robot="", node=world.graph.node_ids[goal])


def _note(world: World, unit: Robot, code: str, /, **facts: Fact) -> None:
    if unit.note is None or unit.note.code != code:
        unit.note = Reason(code, facts, world.now)
