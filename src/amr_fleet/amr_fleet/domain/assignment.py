"""Which robot takes which order: minimum cost over all pairs, costs in seconds of travel less urgency."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.optimize import linear_sum_assignment

from amr_fleet.domain.orders import Order
from amr_fleet.domain.queueing import not_yet
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.domain.world import Robot, World

_NO_WAY = 1e7


def urgency(order: Order, now: float, settings: FleetSettings) -> float:
    """Return the seconds that an order is worth more than a fresh one without priority or deadline."""
    value = settings.aging * (now - order.created) + settings.priority_bonus * order.request.priority
    if order.due > 0:
        slack = order.due - now
        value += max(0.0, settings.deadline_horizon - slack)
    return value


def candidates(world: World) -> list[Order]:
    """Return the queued orders that can start now, most urgent first: pick station free, drop place not overbooked."""
    queued = [o for o in world.state.open_orders.values() if o.state == "QUEUED" and not_yet(world, o) is None]
    queued.sort(key=lambda o: (-urgency(o, world.now, world.settings), o.order_id))
    bound = Counter(o.request.drop_place for o in world.state.open_orders.values() if o.robot)
    free = {p: sum(world.leaf_free(s, "") for s in world.places[p]) for p in {o.request.pick_place for o in queued}}
    chosen: list[Order] = []
    for order in queued:
        pick, drop = order.request.pick_place, order.request.drop_place
        if free[pick] > 0 and bound[drop] < len(world.places[drop]) + world.settings.drop_queue:
            free[pick] -= 1
            bound[drop] += 1
            chosen.append(order)
    return chosen


def assign(world: World, robots: list[Robot]) -> int:
    """Give orders to free robots; return how many."""
    orders = candidates(world) if robots else []
    if not orders:
        return 0
    costs = np.full((len(robots), len(orders)), _NO_WAY)
    for i, robot in enumerate(robots):
        distances = world.graph.distances(world.traffic.movers[robot.name].end)
        for j, order in enumerate(orders):
            if order.request.robot not in ("", robot.name):
                continue
            best = min(distances[s] for s in world.places[order.request.pick_place] if world.leaf_free(s, robot.name))
            if best < _NO_WAY:
                costs[i, j] = best - urgency(order, world.now, world.settings)
    rows, columns = linear_sum_assignment(costs)
    pairs = sorted(zip(rows.tolist(), columns.tolist(), strict=True), key=lambda p: costs[p[0], p[1]])
    return sum(_give(world, robots[i], orders[j]) for i, j in pairs if costs[i, j] < _NO_WAY)


def _give(world: World, robot: Robot, order: Order) -> bool:
    station = world.free_station(order.request.pick_place, robot.name, world.traffic.movers[robot.name].end)
    return station is not None and world.start_mission(robot, "pick", station, order)
