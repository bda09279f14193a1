"""Which closed area bars a way: there, or home from there."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Final

from amr_fleet.domain.gates import LIFT, PREFIX
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.orders import WITH_LOAD, TransportOrder
from amr_fleet.domain.returns import ANYWHERE, served
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.ports import Reason
from amr_fleet.sandbox.permit import BARRIER

_MOST_CUTS: Final = 1000  # robots move on while a permit's areas stay closed for weeks: each look asks anew


def zone_between(world: World, starts: Sequence[int], goals: Sequence[int], *, lasting: bool = False) -> str:
    """Return a zone that cuts every way from the starts to the goals, "" when there is a way left.

    Where no single one does, it is the last that has to be lifted of those that together do.
    lasting: of what is closed for good only: what is on hold opens again, and keeps nobody from setting out.
    """
    graph, asked = world.graph, (frozenset(starts), frozenset(goals), lasting)
    barriers = [b for b in graph.barriers if b.lasting or not lasting]
    if not barriers or any(_leads(graph, s, g, lasting) for s in starts for g in goals):
        return ""
    if asked not in graph.cuts:
        if len(graph.cuts) >= _MOST_CUTS:
            graph.cuts.clear()
        graph.cuts[asked] = _zone_between(graph, barriers, asked[0], asked[1])
    return graph.cuts[asked]


def first_near(world: World, start: int | None, leaves: Sequence[int]) -> int:
    """Return which is the first of some leaves that nothing keeps from but the area over it, or who stands in it.

    0 when there is none: what shuts a charger behind a closed lane frees nobody while that is closed.
    """
    if start is None or len(leaves) == 1:
        return 0
    return next((k for k, leaf in enumerate(leaves) if _near(world.graph, start, leaf)), 0)


def _near(graph: TrafficGraph, start: int, leaf: int) -> bool:
    over = graph.barrier_at(leaf)
    if over is None:
        return graph.distances(start)[leaf] < math.inf
    return bool(graph.reach(start, [b for b in graph.barriers if b is not over]) >> leaf & 1)


def _leads(graph: TrafficGraph, start: int, goal: int, lasting: bool) -> bool:
    return graph.way_around(start, goal) if lasting else graph.distances(start)[goal] < math.inf


def _zone_between(
    graph: TrafficGraph, barriers: Sequence[Barrier], starts: Collection[int], goals: Collection[int]
) -> str:
    ends = sum(1 << goal for goal in goals)

    def way(left: Sequence[Barrier]) -> bool:
        return any(graph.reach(s, left) & ends for s in starts)

    for barrier in barriers:
        if way([b for b in barriers if b is not barrier]):
            return barrier.zone_id
    return next((b.zone_id for k, b in enumerate(barriers) if way(barriers[k + 1 :])), barriers[0].zone_id)


def no_return(world: World, robot: Robot, order: TransportOrder) -> Reason | None:
    """Say to which place of its order a robot gets and from where it does not come back, and what bars the way.

    None: it comes back, or does not get there.
    """
    mover, graph = world.mover(robot.name), world.graph
    if mover is None or world.returning(robot, mover.end) == ANYWHERE:
        return None
    back = world.returning(robot, mover.end)
    pick, drop = world.places[order.request.pick_place], world.places[order.request.drop_place]
    if order.state in WITH_LOAD:
        place, stations = order.request.drop_place, _reached(graph, [mover.end], drop)
        fine = any(back >> s & 1 for s in stations)
    else:
        place, stations = order.request.pick_place, _reached(graph, [mover.end], pick)
        fine = served(graph, back, stations, world.stations[order.request.drop_place])
        if any(back >> s & 1 for s in stations):
            place, stations = order.request.drop_place, _reached(graph, stations, drop)
    if fine or not stations:
        return None
    zone = zone_between(world, [s for s in stations if not back >> s & 1] or stations, [robot.home], lasting=True)
    return told(place, zone, world.now) if zone else None


def told(place: str, zone: str, since: float) -> Reason:
    """Return that there is no way back from a place; by: the zone, door, lift or trial as people call it."""
    by = next((zone.removeprefix(p) for p in (PREFIX, LIFT, BARRIER) if zone.startswith(p)), zone)
    return Reason("wait.no_return", {"place": place, "zone": zone, "by": by}, since)


def _reached(graph: TrafficGraph, starts: Sequence[int], goals: Sequence[int]) -> list[int]:
    """Return the goals outside of what is closed that can be reached from one of the starts."""
    return [g for g in goals if not graph.closed >> g & 1 and any(graph.way_around(s, g) for s in starts)]
