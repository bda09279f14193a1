"""What a permit would refuse, before anybody signs it: stations out of reach, ways that are lost or become longer.

The envelope is compiled as `permit` compiles it for the engine, with the room that robots need beside their way, and
the roadmap is asked. Hours, numbers of robots and conditions are not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.roadmap import Roadmap
from amr_core.site import Site
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.orders import OPEN_STATES, WITH_LOAD
from amr_fleet.domain.permit import closed_to_robots
from amr_fleet.ports import OrderView
from amr_fleet.sandbox.permit import BARRIER
from amr_fleet.sandbox.sketch import Sketch

LONGER: Final = 1.1
"""Times the travel time of today from which on a way counts as longer."""
WhyAway = Literal["outside", "no_way", "no_return"]
Segment = tuple[float, float, float, float]


@dataclass(frozen=True)
class OutOfReach:
    """A station, or a charger (place ""), and why: not inside, or no robot gets there, or none home from there."""

    station: str
    place: str
    why: WhyAway


@dataclass(frozen=True)
class PlaceWay:
    """The quickest way between stations of two places: seconds of travel without the permit and with it (inf: none).

    strands: a robot would get to the drop, and not home from there: the fleet sends none.
    """

    pick_place: str
    drop_place: str
    before: float
    after: float
    strands: bool = False


@dataclass(frozen=True)
class Simulation:
    """stations: how many there are; places: those of which no station is in reach.

    robots: those of the permit that are parked outside, so that it cannot start; ways: how many pairs of places robots
    serve without the permit; refused, longer: those that they do not serve with it, or more slowly (longest first);
    closed: pieces of lanes that nobody may enter, as x, y, x, y (m, map frame).
    """

    stations: int
    out_of_reach: list[OutOfReach]
    places: list[str]
    robots: list[str]
    ways: int
    refused: list[PlaceWay]
    longer: list[PlaceWay]
    closed: list[Segment]


def simulate(sketch: Sketch, site: Site, roadmap: Roadmap) -> Simulation:
    """Return what an envelope refuses that has no faults (`checks.sketch_faults`); under a second on a large site."""
    graph = TrafficGraph(roadmap)
    closed = closed_to_robots(graph, sketch, [r.type for r in site.fleet])
    goals = [i for i, node in enumerate(roadmap.nodes.values()) if node.kind in ("station", "charger")]
    homes = {
        r.name: graph.node_index[r.parking] for r in site.fleet
        if r.parking in graph.node_index and (not sketch.serials or r.name in sketch.serials)
    }  # fmt: skip
    before = _Reach(graph, homes.values(), goals)
    graph.restrict([Barrier(BARRIER, closed, lasting=True)], {})
    after = _Reach(graph, homes.values(), goals, closed)
    now, there = after.ways(site), after.ways(site, home=False)
    ways = [
        PlaceWay(*pair, seconds, now.get(pair, math.inf), pair in there and pair not in now)
        for pair, seconds in before.ways(site).items()
    ]
    away = after.away(site)
    names = {found.station for found in away}
    return Simulation(
        stations=len(goals),
        out_of_reach=away,
        places=[p.id for p in site.places if names.issuperset(s.id for s in p.stations)],
        robots=[name for name, home in homes.items() if closed >> home & 1],
        ways=len(ways),
        refused=[way for way in ways if way.after == math.inf],
        longer=sorted((w for w in ways if w.before * LONGER < w.after < math.inf), key=_added, reverse=True),
        closed=_segments(graph, closed),
    )


def refused_orders(
    found: Simulation, orders: Iterable[OrderView], serials: Collection[str] = (), most_load: float = math.inf
) -> list[OrderView]:
    """Return the open orders that nobody could carry out; of one that is on its robot only the drop counts.

    serials: the robots that take part, () = all. What another has, or alone may do, stays: the engine lets that one do
    no step, so it cannot hand an order over either. most_load: kg; what is on its robot already is brought.
    """
    lost = {(way.pick_place, way.drop_place) for way in found.refused}
    may = {"", *serials}
    return [
        o for o in orders
        if (o.state in WITH_LOAD and o.drop_place in found.places)
        or (o.state in OPEN_STATES and o.state not in WITH_LOAD and (o.pick_place, o.drop_place) in lost)
        or (serials and o.state in OPEN_STATES and not {o.robot, o.wanted_robot} <= may)
        or (o.state in OPEN_STATES and not o.robot and o.cargo is not None and o.cargo.weight_kg > most_load)
    ]  # fmt: skip


class _Reach:
    """Who gets where, and home again, under the barriers that the graph has now; closed: where nobody may stand."""

    def __init__(self, graph: TrafficGraph, homes: Iterable[int], goals: Sequence[int], closed: int = 0) -> None:
        self._graph, self._goals = graph, goals
        self._inside = {goal for goal in goals if not closed >> goal & 1}
        starts = sorted({home for home in homes if not closed >> home & 1})
        self._seconds: Mapping[int, Sequence[float]] = {n: graph.distances(n) for n in {*starts, *self._inside}}
        self._from = {g: {h for h in starts if self._seconds[h][g] < math.inf} for g in self._inside}
        self._home = {g: {h for h in starts if self._seconds[g][h] < math.inf} for g in self._inside}

    def away(self, site: Site) -> list[OutOfReach]:
        """Return the goals that no robot gets to, or not home again from."""
        places = {station.id: place.id for place in site.places for station in place.stations}
        found = []
        for goal in self._goals:
            name = self._graph.node_ids[goal]
            why = self._why(goal)
            if why is not None:
                found.append(OutOfReach(name, places.get(name, ""), why))
        return found

    def _why(self, goal: int) -> WhyAway | None:
        if goal not in self._inside:
            return "outside"
        if not self._from[goal]:
            return "no_way"
        return None if self._from[goal] & self._home[goal] else "no_return"

    def ways(self, site: Site, *, home: bool = True) -> dict[tuple[str, str], float]:
        """Return the seconds of the quickest way of each pair of places that one robot serves, and gets home (home)."""
        index = self._graph.node_index
        stops = {p.id: [n for s in p.stations if (n := index[s.id]) in self._inside] for p in site.places}
        found = {}
        for pick, drop in ((a, b) for a in stops for b in stops if a != b):
            served = [
                self._seconds[s][d] for s in stops[pick] for d in stops[drop]
                if self._seconds[s][d] < math.inf and self._who(s, d, home=home)
            ]  # fmt: skip
            if served:
                found[pick, drop] = min(served)
        return found

    def _who(self, pick: int, drop: int, *, home: bool) -> set[int]:
        """Return the homes of the robots that get to a pick (home: and home from it and from the drop)."""
        return self._from[pick] & self._home[pick] & self._home[drop] if home else self._from[pick]


def _added(way: PlaceWay) -> float:
    return way.after - way.before


def _segments(graph: TrafficGraph, closed: int) -> list[Segment]:
    edges = enumerate(graph.roadmap.edges.values())
    shut = [i for i, edge in edges if edge.manoeuvre == "drive" and closed & graph.edge_bit(i)]
    return [(*graph.xy[graph.start[i]], *graph.xy[graph.end[i]]) for i in shut]
