"""Small roadmaps for tests of traffic: every track is two-way and one robot wide."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

from amr_core.roadmap import Capacity, Edge, Node, NodeKind, Roadmap

STEP = 3.0


def tracks(
    cells: Mapping[str, tuple[int, int]],
    joined: Iterable[tuple[str, str]],
    leaves: Iterable[tuple[NodeKind, str, str]],
) -> Roadmap:
    """Return nodes at cells (STEP m), two-way tracks between pairs, and leaves: (kind, name, node it hangs on).

    A station S belongs to a place LS.
    """
    nodes = {name: Node(name, c * STEP, r * STEP, "lane") for name, (c, r) in cells.items()}
    edges: dict[str, Edge] = {}

    def join(a: str, b: str, there: str = "drive", back: str = "drive") -> None:
        for s, e, manoeuvre in ((a, b, there), (b, a, back)):
            edges[f"{s}>{e}"] = Edge(f"{s}>{e}", s, e, STEP, 1.0, manoeuvre, "track")  # type: ignore[arg-type]

    for a, b in joined:
        join(a, b)
    for i, (kind, name, root) in enumerate(leaves):
        x, y = nodes[root].x + 0.1 * i, nodes[root].y + 1.5
        nodes[name] = Node(name, x, y, kind, 0.0, f"L{name}" if kind == "station" else None)
        join(root, name, "dock", "undock")
    out = {n: tuple(e for e in edges.values() if e.start == n) for n in nodes}
    conflicts: dict[str, set[str]] = {i: set() for i in (*nodes, *edges)}
    for edge in edges.values():
        for other in (edge.start, edge.end, f"{edge.end}>{edge.start}"):
            conflicts[edge.id].add(other)
            conflicts[other].add(edge.id)
    return Roadmap(nodes, edges, out, {k: frozenset(v) for k, v in conflicts.items()})


def single_track(rng: random.Random, columns: int, rows: int, robots: int) -> Roadmap:
    """Return a random tree on a grid with six stations, a charger and the robots' parking places on random nodes."""
    cells = [(c, r) for c in range(columns) for r in range(rows)]
    seen, joined = [cells[0]], list[tuple[str, str]]()
    while len(seen) < len(cells):
        c, r = rng.choice(seen)
        near = [(c + 1, r), (c - 1, r), (c, r + 1), (c, r - 1)]
        new = [cell for cell in near if cell in cells and cell not in seen]
        if new:
            cell = rng.choice(new)
            seen.append(cell)
            joined.append((f"n{c}{r}", f"n{cell[0]}{cell[1]}"))
    named: list[tuple[NodeKind, str]] = [("parking", f"P{i}") for i in range(robots)]
    named += [("station", f"S{i}") for i in range(6)]
    leaves: list[tuple[NodeKind, str, str]] = []
    for kind, name in [*named, ("charger", "C0")]:
        c, r = rng.choice(cells)
        leaves.append((kind, name, f"n{c}{r}"))
    return tracks({f"n{c}{r}": (c, r) for c, r in cells}, joined, leaves)


def with_capacity_zones(rng: random.Random, roadmap: Roadmap) -> Roadmap:
    """Return the roadmap with two zones, each a few lane nodes with all tracks at them, for one or two robots."""
    lanes = [n.id for n in roadmap.nodes.values() if n.kind == "lane"]
    zones = []
    for _ in range(2):
        inside = set(rng.sample(lanes, 3))
        drives = [e for e in roadmap.edges.values() if e.manoeuvre == "drive"]
        inside |= {e.id for e in drives if e.start in inside or e.end in inside}
        zones.append(Capacity(frozenset(inside), rng.randint(1, 2)))
    return replace(roadmap, capacities=tuple(zones))
