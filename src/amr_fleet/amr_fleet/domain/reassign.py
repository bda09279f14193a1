"""Orders stay open to better robots until their load is on board."""

from __future__ import annotations

from amr_fleet.domain.ability import can
from amr_fleet.domain.estimate import rest_of_route
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.reasons import left_alone
from amr_fleet.domain.returns import served
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World


def reassign(world: World, free: list[Robot]) -> None:
    """Take orders from robots that are still far from their pick when a free robot would be there much sooner."""
    if not free or world.now < world.reassign_due:
        return
    world.reassign_due = world.now + world.settings.reassign_period
    idle = list(free)
    far = [o for o in world.state.open_orders.values() if o.state in ("ASSIGNED", "TO_PICK") and not o.cancelling]
    for order in [o for o in far if not left_alone(world, o.order_id)]:
        best = _sooner(world, order, idle)
        if best is not None and _hand_over(world, order, best):
            idle.remove(best)


def _sooner(world: World, order: TransportOrder, idle: list[Robot]) -> Robot | None:
    holder = world.robots.get(order.robot)
    mover = world.mover(order.robot)
    mission = world.state.missions.get(order.robot)
    if (
        holder is None
        or mover is None
        or mission is None
        or mission.kind != "pick"
        or mover.granted >= len(mover.edges)
    ):
        return None
    left = rest_of_route(mover) if world.available(holder) else float("inf")
    best: tuple[float, str, Robot] | None = None
    stops = world.places[order.request.pick_place], world.stations[order.request.drop_place]
    for robot in (r for r in idle if can(world, r, order)):
        here = world.traffic.movers[robot.name].end
        if not served(world.graph, world.returning(robot, here), *stops):
            continue
        distances = world.graph.distances(here)
        seconds = distances[mover.goal]
        if best is None or (seconds, robot.name) < best[:2]:
            best = (seconds, robot.name, robot)
    return best[2] if best is not None and best[0] + world.settings.reassign_gain < left else None


def _hand_over(world: World, order: TransportOrder, robot: Robot) -> bool:
    """Let the old robot go home and the new one start; False leaves everything as it was."""
    old = world.robots[order.robot]
    if not world.start_mission(old, "park", old.home):
        return False
    world.emit("order_requeued", order_id=order.order_id, robot=old.name)
    pick, drop = order.request.pick_place, order.request.drop_place
    station = world.free_station(pick, robot.name, world.traffic.movers[robot.name].end, then=drop)
    return station is not None and world.start_mission(robot, "pick", station, world.state.orders[order.order_id])
