"""Which robot takes which order: minimum cost over all pairs, costs in seconds of travel less urgency.

The horizon is longer than the moment: robots that will be free soon and robots that are still on their way to a pick
take part too. An order that suits a robot which is about to deliver nearby waits for it, and an order under way to its
pick goes to a robot that became free much closer. Urgency comes first: no free robot goes for an order while one that
is a step of priority more urgent would be served sooner by it. A pair that traffic refuses is left alone for a while,
so that the next best robot gets its turn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from amr_fleet.domain.ability import may_carry, need, takes
from amr_fleet.domain.estimate import rest_of_route
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.reasons import left_alone, not_yet
from amr_fleet.domain.returns import served
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.domain.world import World

RANKED = 200  # orders of the queue whose place in it is told: more would be news every second for nobody

_NO_WAY = 1e7  # s, 116 days: no way is so long, and sums of it stay exact
_COMING_EXTRA = 10.0  # s: a robot that is free now is worth this much more than one that will be
_ENERGY = 7e-5  # share of the battery per second of driving, on the safe side
_REFUSALS = 8  # pairs that traffic may refuse in one assignment: each costs a check of all routes
_REFUSED_FOR = 5.0  # s that a refused pair is left alone; what was in its way has moved by then
_COMES_FREELY = 15.0  # s: a robot that has stood in traffic for longer is promised to nobody


@dataclass(frozen=True)
class Offer:
    """A robot that can take an order: now, or after it has delivered (ready: in how many seconds, from which node)."""

    robot: Robot
    node: int
    ready: float
    free: bool
    order: TransportOrder | None = None


def urgency(order: TransportOrder, now: float, settings: FleetSettings) -> float:
    """Return the seconds that an order is worth more than a fresh one without priority or deadline."""
    value = settings.aging * (now - order.created) + settings.priority_bonus * order.request.priority
    if order.due > 0:
        slack = order.due - now
        value += max(0.0, settings.deadline_horizon - slack)
    return value


def candidates(world: World) -> list[TransportOrder]:
    """Return the queued orders that can start now, most urgent first: pick station free, drop place not overbooked."""
    state = world.state
    queued = [o for o in state.open_orders.values() if _waits(world, o)]
    if not queued:
        world.ranks = {}
        return []
    now, settings = world.now, world.settings
    queued.sort(key=lambda o: (-urgency(o, now, settings), o.order_id))
    world.ranks = {o.order_id: n for n, o in enumerate(queued[:RANKED], start=1)}
    if world.graph.closed:
        queued = _doable(world, queued)
    bound = Counter(o.request.drop_place for o in state.open_orders.values() if o.robot)
    free = open_stations(world, {o.request.pick_place for o in queued})
    chosen: list[TransportOrder] = []
    for order in queued:
        pick, drop = order.request.pick_place, order.request.drop_place
        if len(free[pick]) > 0 and bound[drop] < len(world.places[drop]) + world.settings.drop_queue:
            free[pick] = free[pick][1:]
            bound[drop] += 1
            chosen.append(order)
            if len(chosen) >= world.settings.batch:
                break
    return chosen


def open_stations(world: World, places: Iterable[str]) -> dict[str, list[int]]:
    """Return `World.open_stations` of many places: who is on the way to where is looked at once."""
    graph, index = world.graph, world.graph.node_index
    goals = {m.goal for m in world.traffic.movers.values()}
    goals |= {index[m.goal] for m in world.state.missions.values() if m.goal in index}
    held = world.traffic.others_hold("")

    def free(node: int) -> bool:
        return node not in goals and not held & graph.spur[node] and graph.barrier_at(node) is None

    return {place: [node for node in world.places[place] if free(node)] for place in places}


def _waits(world: World, order: TransportOrder) -> bool:
    if order.state != "QUEUED" or (world.aside and left_alone(world, order.order_id)):
        return False
    return not_yet(world, order) is None


def cut_off(world: World, order: TransportOrder) -> bool:
    """Closed areas lie on every way from the order's pick to its drop: what is fetched could not be brought."""
    pick, drop = world.places[order.request.pick_place], world.stations[order.request.drop_place]
    return not any(world.graph.around(p) & drop for p in pick)


def _doable(world: World, orders: Sequence[TransportOrder]) -> list[TransportOrder]:
    """Return the orders that closed areas do not cut off, and that some robot that may do them comes back from."""
    backs = {n: world.returning(world.robots[n], m.end) for n, m in world.traffic.movers.items()}
    every, known, found = set(backs.values()), dict[tuple[str, str, str], bool](), []
    for order in orders:
        request = order.request
        wanted = request.robot if request.robot in backs else ""
        asked = (request.pick_place, request.drop_place, wanted)  # many orders ask for the same
        if asked not in known:
            stops = world.places[request.pick_place], world.stations[request.drop_place]
            masks = {backs[wanted]} if wanted else every
            known[asked] = not cut_off(world, order) and any(served(world.graph, back, *stops) for back in masks)
        if known[asked]:
            found.append(order)
    return found


def assign(world: World, free: list[Robot]) -> int:
    """Give orders to free robots; return how many."""
    world.plan.clear()
    world.refused = {pair: until for pair, until in world.refused.items() if until > world.now}
    orders = candidates(world)
    if not orders:
        return 0
    offers = [Offer(r, world.traffic.movers[r.name].end, 0.0, True) for r in free]
    offers += _coming(world)
    if not offers:
        return 0
    return _hand_out(world, offers, orders)


def _hand_out(world: World, offers: Sequence[Offer], orders: Sequence[TransportOrder]) -> int:
    """Give and promise orders; when traffic refuses a pair, think anew without it."""
    costs = _costs(world, offers, orders)
    worth = [urgency(o, world.now, world.settings) for o in orders]
    free = [offer.free for offer in offers]
    given = 0
    for _ in range(_REFUSALS):
        pairs = pairing(costs, free, worth, world.settings.priority_bonus)
        now = sorted((j for j, i in pairs.items() if free[i]), key=lambda j: -worth[j])
        refused = None
        for j in now:
            robot, order = offers[pairs[j]].robot, orders[j]
            if not _give(world, robot, order):
                refused = (pairs[j], j)
                world.refused[robot.name, order.order_id] = world.now + _REFUSED_FOR
                break
            given += 1
            costs[pairs[j], :] = costs[:, j] = _NO_WAY
        if refused is None:
            world.plan.update({orders[j].order_id: offers[i].robot.name for j, i in pairs.items() if not free[i]})
            break
        costs[refused] = _NO_WAY
    return given


def pairing(costs: np.ndarray, free: Sequence[bool], worth: Sequence[float], step: float) -> dict[int, int]:
    """Return column -> row of least total cost, changed where a free row went to a column that could wait.

    costs [rows, columns]: seconds until the pick less the column's worth, _NO_WAY for what cannot be. A column that is
    worth a step more than another one takes that one's free row when it is served sooner by it than as planned.
    """
    rows, columns = linear_sum_assignment(costs)
    possible = _NO_WAY / 2
    pairs = {j: i for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if costs[i, j] < possible}
    least = min((worth[j] for j, i in pairs.items() if free[i]), default=math.inf)
    for j in sorted(range(len(worth)), key=lambda j: -worth[j]):
        if worth[j] - step <= least:
            break  # nobody could wait for this column, nor for those after it
        if j in pairs and free[pairs[j]]:
            continue
        planned = costs[pairs[j], j] if j in pairs else possible
        rivals = [k for k, i in pairs.items() if free[i] and worth[k] < worth[j] - step and costs[i, j] < planned]
        if not rivals:
            continue
        rival = min(rivals, key=lambda k: (costs[pairs[k], j], worth[k]))
        left = pairs.pop(j, None)
        pairs[j] = pairs.pop(rival)
        if left is not None and costs[left, rival] < possible:
            pairs[rival] = left
    return pairs


def _coming(world: World) -> list[Offer]:
    """Return the robots on their way to deliver, with the time until they are free."""
    found = []
    for robot in world.robots.values():
        mission, mover = world.state.missions.get(robot.name), world.mover(robot.name)
        if mission is None or mover is None or mission.kind != "drop" or not world.available(robot):
            continue
        assert robot.report is not None
        if robot.report.soc < world.settings.soc_charge or not world.takes_orders(robot.name):
            continue
        if mover.blocker is not None and mover.at == mover.granted and world.now - mover.blocker.since > _COMES_FREELY:
            continue
        ready = world.pace.travel(rest_of_route(mover)) + world.pace.handling + _COMING_EXTRA
        found.append(Offer(robot, mover.goal, ready, False))
    return found


def _costs(world: World, offers: Sequence[Offer], orders: Sequence[TransportOrder]) -> np.ndarray:
    """Return seconds until the pick less urgency for every pair; pairs that cannot be cost _NO_WAY."""
    costs = np.full((len(offers), len(orders)), _NO_WAY)
    stations = {p: world.open_stations(p) for p in {o.request.pick_place for o in orders}}
    worth = [urgency(o, world.now, world.settings) for o in orders]
    needs = [_delivery_seconds(world, o) for o in orders]
    asked = [need(world, o.request) for o in orders]
    kinds = {one.load_type for one in asked}
    home: dict[int, list[bool]] = {}  # by the mask of where it comes back from, which most robots share
    for i, offer in enumerate(offers):
        distances, name = world.graph.distances(offer.node), offer.robot.name
        ways = {p: min((distances[s] for s in nodes), default=_NO_WAY) for p, nodes in stations.items()}
        refused = {order for (robot, order), until in world.refused.items() if robot == name and until > world.now}
        report = offer.robot.report
        soc = report.soc if report is not None else 0.0
        most, back = may_carry(world, offer.robot), world.returning(offer.robot, offer.node)
        taken = {kind for kind in kinds if takes(world, offer.robot, kind)}
        if back not in home:
            home[back] = [_served(world, back, stations, o) for o in orders]
        comes_home = home[back]
        for j, order in enumerate(orders):
            if order.request.robot not in ("", name) or order.order_id in refused:
                continue
            if asked[j].weight > most or asked[j].load_type not in taken:
                continue
            best = ways[order.request.pick_place]
            if comes_home[j] and best < _NO_WAY and soc - _ENERGY * (best + needs[j]) > world.settings.soc_reserve:
                costs[i, j] = offer.ready + world.pace.travel(best) - worth[j]
    return costs


def _served(world: World, back: int, stations: Mapping[str, Sequence[int]], order: TransportOrder) -> bool:
    return served(world.graph, back, stations[order.request.pick_place], world.stations[order.request.drop_place])


def _delivery_seconds(world: World, order: TransportOrder) -> float:
    """Return undisturbed seconds from the pick to the drop and on to a charger."""
    pick = world.places[order.request.pick_place][0]
    drop = world.places[order.request.drop_place][0]
    there = world.graph.distances(pick)[drop]
    on = world.graph.distances(drop)
    back = min((on[c] for c in world.chargers), default=0.0)
    total = there + back
    return total if total < _NO_WAY else 0.0


def _give(world: World, robot: Robot, order: TransportOrder) -> bool:
    pick, drop = order.request.pick_place, order.request.drop_place
    station = world.free_station(pick, robot.name, world.traffic.movers[robot.name].end, then=drop)
    return station is not None and world.start_mission(robot, "pick", station, order)
