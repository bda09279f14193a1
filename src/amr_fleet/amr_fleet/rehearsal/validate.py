"""Checks an executed history: who was where and when, who waited for whom. Pure; it trusts nothing of the engine.

A stay on an edge covers the edge's swept footprint, a stay at a node the node's (turn included): `Roadmap.conflicts`
tells which of them overlap, so two robots on conflicting elements at the same time could have been in contact.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from amr_core.roadmap import Capacity, Roadmap

ViolationKind = Literal["vertex", "edge", "footprint", "capacity", "closure", "wait_cycle"]


class Stay(NamedTuple):
    """A robot was on a node or edge from start to end (s); granted: when it was released to it."""

    robot: str
    element: str
    start: float
    end: float
    granted: float = 0.0


class WaitSpan(NamedTuple):
    """A standing robot waited for another one from start to end (s)."""

    robot: str
    on: str
    start: float
    end: float


@dataclass(frozen=True)
class Closure:
    """Elements that nobody may be released to from start to end (s) unless it stands on them already."""

    elements: frozenset[str]
    start: float
    end: float


@dataclass(frozen=True)
class Violation:
    """What was broken, by whom, where (elements) and from when to when (s)."""

    kind: ViolationKind
    robots: tuple[str, ...]
    elements: tuple[str, ...]
    start: float
    end: float


def violations(
    roadmap: Roadmap,
    stays: Iterable[Stay],
    *,
    waits: Iterable[WaitSpan] = (),
    closures: Sequence[Closure] = (),
    capacities: Sequence[Capacity] = (),
    longest_cycle: float = 30.0,
) -> list[Violation]:
    """Return everything that was broken in a history, in order of time; touching in time is no overlap.

    capacities: beside those of the roadmap.
    """
    ordered = sorted(stays, key=lambda s: s.start)
    found = [*_overlaps(roadmap, ordered), *_closed(ordered, closures)]
    for capacity in (*roadmap.capacities, *capacities):
        found += _too_many(ordered, capacity)
    for robots, start, end in wait_cycles(waits):
        if end - start > longest_cycle:
            found.append(Violation("wait_cycle", robots, (), start, end))
    return sorted(found, key=lambda v: (v.start, v.kind, v.robots))


def _overlaps(roadmap: Roadmap, ordered: Sequence[Stay]) -> Iterator[Violation]:
    active: dict[str, Stay] = {}
    for stay in ordered:
        excluded = roadmap.conflicts[stay.element]
        for other in active.values():
            if other.end <= stay.start or other.robot == stay.robot:
                continue
            if other.element == stay.element or other.element in excluded:
                yield Violation(
                    _kind(roadmap, stay.element, other.element), (other.robot, stay.robot),
                    (other.element, stay.element), stay.start, min(stay.end, other.end),
                )  # fmt: skip
        active[stay.robot] = stay


def _kind(roadmap: Roadmap, a: str, b: str) -> ViolationKind:
    if a == b:
        return "vertex" if a in roadmap.nodes else "edge"
    if a in roadmap.edges and b in roadmap.edges:
        first, second = roadmap.edges[a], roadmap.edges[b]
        return "edge" if (first.start, first.end) == (second.end, second.start) else "footprint"
    return "footprint"


def _closed(ordered: Sequence[Stay], closures: Sequence[Closure]) -> Iterator[Violation]:
    for closure in closures:
        inside: dict[str, bool] = {}
        for stay in ordered:
            was_inside, now_inside = inside.get(stay.robot, False), stay.element in closure.elements
            inside[stay.robot] = now_inside
            if now_inside and not was_inside and closure.start < stay.granted < closure.end:
                yield Violation("closure", (stay.robot,), (stay.element,), stay.start, stay.end)


def _too_many(ordered: Sequence[Stay], capacity: Capacity) -> Iterator[Violation]:
    leaving: list[tuple[float, str]] = []
    for stay in ordered:
        if stay.element not in capacity.elements:
            continue
        while leaving and leaving[0][0] <= stay.start:
            heapq.heappop(leaving)
        heapq.heappush(leaving, (stay.end, stay.robot))
        robots = {robot for _, robot in leaving}
        if len(robots) > capacity.limit:
            yield Violation("capacity", tuple(sorted(robots)), (stay.element,), stay.start, leaving[0][0])


def wait_cycles(waits: Iterable[WaitSpan]) -> list[tuple[tuple[str, ...], float, float]]:
    """Return every cycle of waiting robots with its time from start to end (s)."""
    changes: list[tuple[float, int, WaitSpan]] = []
    for wait in waits:
        if wait.end > wait.start:
            changes += [(wait.start, 1, wait), (wait.end, 0, wait)]
    changes.sort(key=lambda c: (c[0], c[1]))
    graph: dict[str, str] = {}
    alive: dict[tuple[str, ...], float] = {}
    found: list[tuple[tuple[str, ...], float, float]] = []
    for t, begins, wait in changes:
        if begins:
            graph[wait.robot] = wait.on
            cycle = cycle_from(graph, wait.robot)
            if cycle:
                alive.setdefault(cycle, t)
        elif graph.get(wait.robot) == wait.on:
            del graph[wait.robot]
            for cycle in [c for c in alive if wait.robot in c]:
                found.append((cycle, alive.pop(cycle), t))
    return found


def cycle_from(graph: Mapping[str, str], start: str) -> tuple[str, ...]:
    """Return the sorted robots of the cycle through start in a graph robot -> robot it waits for, () without one."""
    path, here = [start], graph.get(start)
    while here is not None and here not in path:
        path.append(here)
        here = graph.get(here)
    return tuple(sorted(path)) if here == start else ()


def summary(found: Collection[Violation]) -> dict[str, int]:
    """Return how many there are of each kind."""
    counts: dict[str, int] = {}
    for violation in found:
        counts[violation.kind] = counts.get(violation.kind, 0) + 1
    return counts
