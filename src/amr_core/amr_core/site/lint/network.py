"""Checks that every place can be reached and left."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from shapely.geometry import LineString

from amr_core.roadmap import Roadmap
from amr_core.roadmap.splitting import cabins, leaves, spur_root
from amr_core.site import Site
from amr_core.site.lint.findings import Finding, finding


def check_roots(site: Site) -> Iterator[Finding]:
    """Find stations without a straight way back to their lane."""
    lines = {lane.id: LineString(lane.points) for lane in site.lanes}
    for station in [*(found for _, _, found in leaves(site)), *cabins(site)]:
        if spur_root(station, lines[station.lane]) is None:
            yield finding("site.no_root", (station.x, station.y), station=station.id, lane=station.lane)


def check_connected(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find dead ends, stations that cannot be reached or left, and spurs that bend at their root."""
    group = main_group(roadmap)
    reported: set[str] = set()
    for edge in roadmap.edges.values():
        for end in (edge.start, edge.end):
            if edge.manoeuvre == "drive" and end not in group and edge.lane not in reported:
                reported.add(edge.lane)
                node = roadmap.nodes[end]
                yield finding("site.dead_end", (node.x, node.y), lane=edge.lane, node=end)
    lines = {lane.id: LineString(lane.points) for lane in site.lanes}
    for _, _, station in leaves(site):
        if station.id not in group:
            yield finding("site.unreachable", (station.x, station.y), station=station.id)
        root = roadmap.nodes[roadmap.out_edges[station.id][0].end]
        wanted = spur_root(station, lines[station.lane])
        offset = 0.0 if wanted is None else math.hypot(wanted.x - root.x, wanted.y - root.y)
        if offset > 0.01:
            yield finding(
                "site.root_offset", (root.x, root.y), station=station.id, node=root.id, offset=round(offset, 2)
            )


def main_group(roadmap: Roadmap) -> frozenset[str]:
    """Return the largest set of nodes that can all reach each other."""
    from scipy.sparse import coo_array  # who only shows findings needs none of it
    from scipy.sparse.csgraph import connected_components

    names = list(roadmap.nodes)
    index = {name: k for k, name in enumerate(names)}
    rows = [index[e.start] for e in roadmap.edges.values()]
    columns = [index[e.end] for e in roadmap.edges.values()]
    matrix = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(names), len(names)))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    largest = int(np.bincount(labels).argmax())
    return frozenset(name for name, label in zip(names, labels.tolist(), strict=True) if label == largest)
