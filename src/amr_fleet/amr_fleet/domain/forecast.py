"""When each open order will be delivered: an expected time with a range, from routes, the queue and recent traffic."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import replace

from amr_fleet.domain.assignment import urgency
from amr_fleet.domain.estimate import rest_of_route
from amr_fleet.domain.orders import BEFORE_PICK, TransportOrder
from amr_fleet.domain.world import Forecast, World

_FAR = 1e7  # s, 116 days: no way is so long


def forecasts(world: World) -> dict[str, Forecast]:
    """Return the forecast of every open order that can be delivered; the queue is served by the robots in turn."""
    found: dict[str, Forecast] = {}
    free_at: list[float] = []
    carried = {o.robot: o for o in world.state.open_orders.values() if o.robot}
    for robot in world.robots.values():
        order = carried.get(robot.name)
        free = 0.0
        if order is not None:
            way = _way(world, order)
            found[order.order_id] = _at_pick(world, order, _forecast(world, way, _loads(order), 0.0))
            free = world.pace.travel(way) + world.pace.handling * _loads(order)
        if world.available(robot):
            free_at.append(free)
    heapq.heapify(free_at)
    queued = [o for o in world.state.open_orders.values() if o.state == "QUEUED"]
    near = _approaches(world, {o.request.pick_place for o in queued})
    for order in sorted(queued, key=lambda o: (-urgency(o, world.now, world.settings), o.order_id)):
        way = _between(world, order) + near[order.request.pick_place]
        if way < _FAR and free_at:
            waits = heapq.heappop(free_at)
            found[order.order_id] = _at_pick(world, order, _forecast(world, way, 2, waits))
            heapq.heappush(free_at, waits + world.pace.travel(way) + 2 * world.pace.handling)
    return {i: f for i, f in found.items() if f.expected < _FAR + world.now}


def _loads(order: TransportOrder) -> int:
    return 2 if order.state in BEFORE_PICK else 1


def _forecast(world: World, way: float, loads: int, queue: float) -> Forecast:
    pace = world.pace
    drive = pace.travel(way)
    expected = queue + drive + loads * pace.handling
    _, late = pace.span(queue + drive)
    return Forecast(
        world.now + expected, world.now + way + loads * pace.handling, world.now + late + loads * pace.handling
    )


def _at_pick(world: World, order: TransportOrder, found: Forecast) -> Forecast:
    """Add when the robot is at the load: what is left after that is the drive from there and two loads to handle."""
    if order.state not in ("QUEUED", "ASSIGNED", "TO_PICK"):
        return found
    after = world.pace.travel(_between(world, order)) + 2 * world.pace.handling
    return replace(found, at_pick=max(world.now, found.expected - after))


def _way(world: World, order: TransportOrder) -> float:
    """Return the undisturbed seconds that are left for the robot that has the order."""
    mover = world.mover(order.robot)
    if mover is None:
        return 2 * _FAR
    picks, drops = world.places[order.request.pick_place], world.places[order.request.drop_place]
    mission = world.state.missions.get(order.robot)
    routed = mission is not None and mission.order_id == order.order_id
    here, seconds = (mover.goal, rest_of_route(mover)) if routed else (mover.end, 0.0)
    if order.state in BEFORE_PICK and here not in picks:
        seconds, here = seconds + world.graph.distances(here)[picks[0]], picks[0]
    if here not in drops:
        distances = world.graph.distances(here)
        seconds += min(distances[d] for d in drops)
    return seconds


def _approaches(world: World, picks: Collection[str]) -> dict[str, float]:
    """Return for each place the undisturbed seconds that a near robot (the first quarter) drives to it."""
    movers = world.traffic.movers
    ends = [m.end for n, m in movers.items() if world.available(world.robots[n])] if picks else []
    found = {}
    for place in picks:
        station = world.places[place][0]
        near = sorted(d for d in (world.graph.distances(end)[station] for end in ends) if d < _FAR)
        found[place] = near[len(near) // 4] if near else 0.0
    return found


def _between(world: World, order: TransportOrder) -> float:
    """Return the undisturbed seconds from the first station of an order's pick to the nearest of its drop."""
    distances = world.graph.distances(world.places[order.request.pick_place][0])
    return min(distances[d] for d in world.places[order.request.drop_place])
