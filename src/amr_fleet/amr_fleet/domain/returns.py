"""Whence a robot comes back: nobody is sent where closed areas shut the way home.

A closed zone, a dead door or lift, or the areas of a trial's permit may leave a way in and none out, as on one-way
lanes. A robot is sent only to where its parking place can be reached from. One that cannot get home from where it is
works on where it can come back to a charger, or to where it stands now. What is only on hold opens again and bars
nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amr_fleet.domain.graph import TrafficGraph

ANYWHERE = -1
"""The mask of all nodes: nothing is closed."""


def nodes_with_return(graph: TrafficGraph, here: int, home: int, chargers: Sequence[int]) -> int:
    """Return the mask of the nodes that a robot at a node may be sent to; cached until other areas are closed.

    Where the roadmap itself has no way home, with nothing closed, nothing is refused for it.
    """
    if not graph.closed:
        return ANYWHERE
    known = graph.returning.get((here, home))
    if known is None:
        known = graph.returning[here, home] = _nodes(graph, here, home, chargers)
    return known


def _nodes(graph: TrafficGraph, here: int, home: int, chargers: Sequence[int]) -> int:
    inside = graph.closed >> here & 1  # from there it may leave
    if not graph.closed >> home & 1 and (graph.way_around(here, home) if inside else graph.homeward(home) >> here & 1):
        return graph.homeward(home) | ~graph.homeward(home, closed=0)
    found = graph.homeward(here)
    for charger in chargers:
        found |= graph.homeward(charger)
    return found


def served(graph: TrafficGraph, back: int, picks: Iterable[int], drops: int) -> bool:
    """Return whether a load gets from one of the picks to one of the drops (a mask) by a robot that comes back."""
    if back == ANYWHERE:
        return True
    ends = back & drops
    return ends != 0 and any(back >> p & 1 and graph.around(p) & ends for p in picks)
