"""Two simple fleet managers behind the same interface, for comparison in studies.

nearest: orders first come, first served, to the nearest idle robot; a lane section between two crossings is locked by
one robot at a time, first come, first served; fixed shortest routes. This is how lock-based fleet managers work.
auction: every order is auctioned once when it comes; all robots bid when they would pick it, behind what they have won
already; the winner keeps it; fixed shortest routes.
Both are given our check for safe states: without it the lane locks lock up.
"""

from __future__ import annotations

from amr_fleet.domain.ability import can
from amr_fleet.domain.estimate import rest_of_route
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.reasons import left_alone
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World


def _queued(world: World) -> list[TransportOrder]:
    found = [o for o in world.state.open_orders.values() if o.state == "QUEUED" and not o.request.held]
    return sorted((o for o in found if not left_alone(world, o.order_id)), key=lambda o: o.order_id)


def nearest(world: World, free: list[Robot]) -> int:
    """Give orders, oldest first, to the nearest free robots; return how many."""
    given, idle = 0, list(free)
    for order in _queued(world):
        ways = [(_seconds(world, r, order), r.name, r) for r in idle if can(world, r, order)]
        best = min(ways, default=None)
        if best is not None and best[0] < float("inf") and _give(world, best[2], order):
            idle.remove(best[2])
            given += 1
    return given


def auction(world: World, free: list[Robot]) -> int:
    """Auction the orders that are new, give free robots the next that they have won; return how many."""
    queued = _queued(world)
    known = {o.order_id for o in queued}
    for name, won in world.queues.items():
        lost = not _may_bid(world, world.robots[name])
        world.queues[name] = [] if lost else [i for i in won if i in known]
    taken = {i for won in world.queues.values() for i in won}
    for order in queued:
        if order.order_id not in taken:
            bids = [
                (_bid(world, r, order), r.name)
                for r in world.robots.values()
                if _may_bid(world, r) and can(world, r, order)
            ]
            if bids:
                world.queues.setdefault(min(bids)[1], []).append(order.order_id)
    given = 0
    for robot in free:
        for order_id in world.queues.get(robot.name, [])[:1]:
            given += _give(world, robot, world.state.orders[order_id])
    return given


def _may_bid(world: World, robot: Robot) -> bool:
    mission = world.state.missions.get(robot.name)
    able = world.available(robot) and robot.report is not None and robot.report.soc > world.settings.soc_charge
    return able and (mission is None or mission.kind != "charge")


def _bid(world: World, robot: Robot, order: TransportOrder) -> float:
    """Return when the robot would be at the pick, behind all that it has won (s)."""
    mover = world.traffic.movers[robot.name]
    own, here, seconds = world.state.order_of(robot.name), mover.goal, rest_of_route(mover)
    jobs = [own] if own is not None else []
    jobs += [world.state.orders[i] for i in world.queues.get(robot.name, [])]
    for job in jobs:
        drop = world.places[job.request.drop_place][0]
        if job is not own:
            seconds += _least(world, here, job.request.pick_place)
            here = world.places[job.request.pick_place][0]
        seconds += world.graph.distances(here)[drop] if here != drop else 0.0
        here = drop
    return seconds + _least(world, here, order.request.pick_place)


def _least(world: World, start: int, place: str) -> float:
    distances = world.graph.distances(start)
    return min(distances[s] for s in world.places[place])


def _seconds(world: World, robot: Robot, order: TransportOrder) -> float:
    distances = world.graph.distances(world.traffic.movers[robot.name].end)
    return min((distances[s] for s in world.open_stations(order.request.pick_place)), default=float("inf"))


def _give(world: World, robot: Robot, order: TransportOrder) -> bool:
    pick, drop = order.request.pick_place, order.request.drop_place
    station = world.free_station(pick, robot.name, world.traffic.movers[robot.name].end, then=drop)
    return station is not None and world.start_mission(robot, "pick", station, order)
