"""The validator finds every kind of violation in histories that were broken on purpose, and nothing in sound ones."""

from __future__ import annotations

from amr_core.roadmap import Capacity, Edge, Node, Roadmap
from amr_fleet.rehearsal.validate import Closure, Stay, WaitSpan, summary, violations, wait_cycles


def roadmap() -> Roadmap:
    nodes = {n: Node(n, float(i), 0.0, "lane") for i, n in enumerate("abcd")}
    pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "d")]
    edges = {f"{s}>{e}": Edge(f"{s}>{e}", s, e, 1.0, 1.0, "drive", "x") for s, e in pairs}
    near: dict[str, set[str]] = {k: set() for k in (*nodes, *edges)}
    for k, e in edges.items():
        for end in (e.start, e.end):
            near[k].add(end)
            near[end].add(k)
    for x, y in [("a>b", "b>a"), ("b>c", "c>d")]:
        near[x].add(y)
        near[y].add(x)
    out = {n: tuple(e for e in edges.values() if e.start == n) for n in nodes}
    return Roadmap(nodes, edges, out, {k: frozenset(v) for k, v in near.items()})


def kinds(*stays: Stay) -> list[str]:
    return [v.kind for v in violations(roadmap(), stays)]


def test_a_sound_history_has_no_violation() -> None:
    following = [
        Stay("r1", "a>b", 0, 1), Stay("r1", "b>c", 1, 2), Stay("r1", "c>d", 2, 3),
        Stay("r2", "a>b", 2, 3), Stay("r2", "b>c", 3, 4),
    ]  # fmt: skip
    assert kinds(*following) == []


def test_vertex_edge_and_footprint() -> None:
    assert kinds(Stay("r1", "b", 0, 5), Stay("r2", "b", 4, 6)) == ["vertex"]
    assert kinds(Stay("r1", "a>b", 0, 5), Stay("r2", "a>b", 4, 6)) == ["edge"]
    assert kinds(Stay("r1", "a>b", 0, 5), Stay("r2", "b>a", 4, 6)) == ["edge"]
    assert kinds(Stay("r1", "b>c", 0, 5), Stay("r2", "c>d", 1, 2)) == ["footprint"]
    assert kinds(Stay("r1", "a>b", 0, 5), Stay("r2", "b", 1, 2)) == ["footprint"]
    assert kinds(Stay("r1", "b", 0, 5), Stay("r2", "b", 5, 6)) == [], "touching in time is no overlap"


def test_a_long_stay_is_still_seen_after_many_others() -> None:
    moving = [Stay("r2", "b" if k % 2 else "a>b", 10.0 + k, 11.0 + k) for k in range(20)]
    assert len(kinds(Stay("r1", "b", 0, 100), *moving)) == 20


def test_capacity_counts_robots_not_stays() -> None:
    pair = Capacity(frozenset({"a", "c", "d", "c>d"}), 1)
    alone = [Stay("r1", "a", 0, 5), Stay("r1", "c", 5, 9), Stay("r2", "d", 9, 12)]
    assert violations(roadmap(), alone, capacities=[pair]) == []
    both = violations(roadmap(), [Stay("r1", "a", 0, 5), Stay("r2", "d", 4, 6)], capacities=[pair])
    assert [(v.kind, v.robots) for v in both] == [("capacity", ("r1", "r2"))]


def test_closures_forbid_new_grants_from_outside_only() -> None:
    closed = [Closure(frozenset({"b>c", "c"}), 10.0, 20.0)]

    def found(*stays: Stay) -> list[str]:
        return [v.kind for v in violations(roadmap(), stays, closures=closed)]

    assert found(Stay("r", "a>b", 8, 9), Stay("r", "b>c", 12, 14, granted=11)) == ["closure"]
    assert found(Stay("r", "a>b", 8, 9), Stay("r", "b>c", 12, 14, granted=9)) == [], "released before"
    assert found(Stay("r", "b>c", 8, 13, granted=7), Stay("r", "c", 13, 15, granted=12)) == [], "it leaves"
    assert found(Stay("r", "a>b", 8, 9), Stay("r", "b>c", 22, 24, granted=21)) == [], "it is open again"


def test_wait_cycles_live_from_their_last_wait_to_their_first_end() -> None:
    waits = [
        WaitSpan("a", "b", 0, 100),
        WaitSpan("b", "c", 10, 80),
        WaitSpan("c", "a", 20, 90),
        WaitSpan("d", "a", 0, 200),
    ]
    assert wait_cycles(waits) == [(("a", "b", "c"), 20, 80)]
    found = violations(roadmap(), [], waits=waits)
    assert summary(found) == {"wait_cycle": 1}
    assert violations(roadmap(), [], waits=waits, longest_cycle=60.0) == []
    assert wait_cycles([WaitSpan("a", "b", 0, 10), WaitSpan("b", "a", 10, 20)]) == []
