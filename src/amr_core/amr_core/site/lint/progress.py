"""The conditions under which the traffic control proves that every robot arrives (docs/traffic.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from amr_core.roadmap import Roadmap
from amr_core.roadmap.model import PASSED
from amr_core.site import Site
from amr_core.site.lint.findings import Finding, finding

CHARGING_SHARE = 0.24
"""Share of a fleet that charges at a time in steady work: 2.7 h of charging for 8.4 h of driving."""


def check_progress(site: Site, roadmap: Roadmap) -> Iterator[Finding]:
    """Find places where a robot that is done keeps others from their way, and fleets that cannot be charged."""
    leaves = {n.id: n for n in roadmap.nodes.values() if n.kind not in PASSED}
    for node in leaves.values():
        blocked = sorted(i for i in roadmap.conflicts[node.id] if not _own(roadmap, node.id, i))
        if blocked:
            yield finding("site.leaf_blocks", (node.x, node.y), station=node.id, blocked=blocked[0])
        full = next((c for c in roadmap.capacities if node.id in c.elements), None)
        if full is not None:
            yield finding("site.leaf_in_capacity", (node.x, node.y), station=node.id, limit=full.limit)
    needed = math.ceil(CHARGING_SHARE * len(site.fleet))
    if len(site.chargers) < needed:
        yield finding("site.few_chargers", chargers=len(site.chargers), robots=len(site.fleet), needed=needed)


def _own(roadmap: Roadmap, leaf: str, other: str) -> bool:
    """Tell whether the other element is part of the leaf's own spur."""
    edge = roadmap.edges.get(other)
    return edge is not None and leaf in (edge.start, edge.end)
