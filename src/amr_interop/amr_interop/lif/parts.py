"""What of a site goes into which layout: one for each level, in its own frame. An edge belongs to where it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amr_core.roadmap import Edge, Node, Roadmap
from amr_core.site import Site
from amr_interop.vda.floors import LevelMap, floors_of


@dataclass(frozen=True)
class LayoutPart:
    """One layout. level: its id, "" when the site has one level."""

    floor: LevelMap
    level: str
    name_vi: str
    name_en: str
    nodes: list[Node]
    edges: list[Edge]


def parts(site: Site, roadmap: Roadmap) -> Iterator[LayoutPart]:
    """Yield the layouts of a site."""
    floors = floors_of(site)
    at = {node.id: floors.at(node.x, node.y) for node in roadmap.nodes.values()}
    for number, floor in enumerate(floors.floors):
        level = site.levels[number] if floors.several else None
        yield LayoutPart(
            floor,
            "" if level is None else level.id,
            site.name_vi if level is None else level.name_vi,
            site.name_en if level is None else level.name_en,
            [node for node in roadmap.nodes.values() if at[node.id] is floor],
            [edge for edge in roadmap.edges.values() if at[edge.start] is floor],
        )
