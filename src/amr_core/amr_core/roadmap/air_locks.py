"""Air-locks: what of the roadmap lies between two doors of which at most one may be open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_core.roadmap.doorways import side
from amr_core.roadmap.model import Doorway, Edge, LockWay, Node
from amr_core.site import Site

Wrong = Literal["no_driven_door", "in_lock"]
_OPEN_END: Final = 0.05  # m beyond a leaf's line from which on a node of the chamber is outside


def wrong_doors(site: Site) -> Iterator[tuple[str, str, Wrong]]:
    """Yield (air-lock, door, why) of each door that is none, that robots do not drive through, or that is in two."""
    known, taken = {door.id for door in site.driven_doors}, set[str]()
    for lock in site.air_locks:
        for door in lock.doors:
            if door not in known:
                yield lock.id, door, "no_driven_door"
            elif door in taken:
                yield lock.id, door, "in_lock"
            taken.add(door)


def lock_ways(
    site: Site, doors: Sequence[Doorway], nodes: Mapping[str, Node], edges: Mapping[str, Edge]
) -> tuple[LockWay, ...]:
    """Return the air-locks of a site; raise site.invalid for one without two doors of its own."""
    for lock_id, door, why in wrong_doors(site):
        none = why == "no_driven_door"
        reason = f"there is no driven door {door}" if none else f"door {door} is in it twice, or in two"
        raise AmrError("site.invalid", where=f"air-lock {lock_id}", reason=reason)
    ways = {door.id: door for door in doors}
    return tuple(_way(lock.id, (ways[lock.doors[0]], ways[lock.doors[1]]), nodes, edges) for lock in site.air_locks)


def _way(name: str, doors: tuple[Doorway, Doorway], nodes: Mapping[str, Node], edges: Mapping[str, Edge]) -> LockWay:
    """Go from the first door towards the second one, as far as lanes lead without coming into a doorway."""
    first, second = doors
    both = first.elements | second.elements
    beside = [edge for edge in edges.values() if edge.manoeuvre != "ride"]
    towards = side(first, second.x, second.y)
    waiting = [
        inner
        for edge in beside
        for outer, inner in ((edge.start, edge.end), (edge.end, edge.start))
        if (outer in first.elements or edge.id in first.elements)
        and inner not in both
        and side(first, nodes[inner].x, nodes[inner].y) * towards > 0.0
    ]
    chamber = set[str]()
    around: dict[str, list[str]] = {}
    for edge in beside:
        if edge.id not in both:
            around.setdefault(edge.start, []).append(edge.end)
            around.setdefault(edge.end, []).append(edge.start)
    while waiting:
        node = waiting.pop()
        if node not in chamber:
            chamber.add(node)
            waiting += [other for other in around.get(node, ()) if other not in both]
    inside = {edge.id for edge in beside if edge.start in chamber or edge.end in chamber}
    return LockWay(name, (first.id, second.id), both | chamber | inside, frozenset(chamber))


def troubles(
    lock: LockWay, doors: tuple[Doorway, Doorway], nodes: Mapping[str, Node], edges: Mapping[str, Edge]
) -> Iterator[Literal["too_short", "not_joined", "leads_out"]]:
    """Yield what makes an air-lock none: nobody can stand in it, it joins nothing, or it has another way out."""
    first, second = doors
    steps = [{edge.start, edge.id, edge.end} for edge in edges.values()]
    if any(step & first.elements and step & second.elements for step in steps):
        yield "too_short"
    elif not all(any(step & lock.chamber and step & door.elements for step in steps) for door in doors):
        yield "not_joined"
    elif any(
        side(one, nodes[n].x, nodes[n].y) * side(one, other.x, other.y) < -_OPEN_END
        for n in lock.chamber
        for one, other in ((first, second), (second, first))
    ):
        yield "leads_out"
