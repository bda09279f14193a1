"""Small graphs and a bench of robots on them."""

from __future__ import annotations

from dataclasses import replace

from amr_core.roadmap import Capacity, Roadmap
from amr_fleet.domain.base import BaseLimits
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.traffic import Traffic
from tests.tracks import tracks


def line(length: int = 6) -> Roadmap:
    """P0 and P1 at the left end of a single track, a station S at its right end, a parking place M in its middle."""
    cells = {f"n{k}": (k, 0) for k in range(length)}
    joined = [(f"n{k}", f"n{k + 1}") for k in range(length - 1)]
    last = f"n{length - 1}"
    ends = [("parking", "P0", "n0"), ("parking", "P1", "n0"), ("parking", "M", "n2"), ("station", "S", last)]
    return tracks(cells, joined, ends)  # type: ignore[arg-type]


def ring() -> Roadmap:
    """Two ways from a to d: over b (short) and over c, e, f; A and A2 hang on a, D and D2 on d."""
    cells = {"a": (0, 0), "b": (1, 0), "d": (2, 0), "c": (0, 1), "e": (1, 1), "f": (2, 1)}
    joined = [("a", "b"), ("b", "d"), ("a", "c"), ("c", "e"), ("e", "f"), ("f", "d")]
    ends = [("parking", "A", "a"), ("parking", "A2", "a"), ("station", "D", "d"), ("station", "D2", "d")]
    return tracks(cells, joined, ends)  # type: ignore[arg-type]


class Bench:
    """Traffic with names instead of numbers."""

    def __init__(self, roadmap: Roadmap, base_length: float = 9.0, base_edges: int = 2) -> None:
        self.graph = TrafficGraph(roadmap)
        self.traffic = Traffic(self.graph, BaseLimits(base_length, base_edges, longest=1e3, seconds=1e3))

    def node(self, name: str) -> int:
        return self.graph.node_index[name]

    def edge(self, name: str) -> int:
        return self.graph.edge_ids.index(name)

    def put(self, name: str, node: str, goal: str = "", base: tuple[str, ...] = ()) -> Mover:
        mover = self.traffic.place(name, self.node(node), [self.node(n) for n in base])
        if goal:
            assert self.traffic.begin(name, self.node(goal))
        return mover

    def reached(self, mover: Mover, node: str) -> None:
        """The robot reports that it stands at a node of its base."""
        at = mover.nodes.index(self.node(node), mover.at)
        x, y = self.graph.xy[self.node(node)]
        assert self.traffic.progress(mover.name, self.node(node), mover.seq0 + 2 * at, x, y)

    def grant(self, now: float = 0.0) -> set[str]:
        granted = self.traffic.grants(now)
        assert self.traffic.violations() == []
        assert self.traffic._known in (None, self.traffic.safety())  # what was remembered is how it is
        return granted

    def base(self, mover: Mover) -> list[str]:
        return [self.graph.node_ids[n] for n in mover.nodes[mover.at : mover.granted + 1]]

    def route(self, mover: Mover) -> list[str]:
        return [self.graph.node_ids[n] for n in mover.nodes]

    def held(self, mover: Mover) -> set[str]:
        return set(self.graph.ids(mover.held))


def zone(limit: int) -> Bench:
    inside = frozenset({"n2", "n3", "n1>n2", "n2>n3", "n3>n4", "n2>n1", "n3>n2", "n4>n3", "M", "n2>M", "M>n2"})
    return Bench(replace(line(), capacities=(Capacity(inside, limit),)))
