"""Maps of a site with several levels: on the wire each has a mapId and a frame of its own, with us one sheet has all.

A level's frame begins at its origin on the sheet, so that a lift is at the same place in both of its maps ("each map
has the same project-specific global origin", 2.1, 6.6.6). mapId of a level: site.level; of a site with one: the site;
a robot of another maker may call its maps otherwise (`maps.called`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from amr_core.site import Site
from amr_interop.vda.messages import WireNode, WireOrder, WireState


@dataclass(frozen=True)
class LevelMap:
    """One map: its mapId; origin: its SW corner on the sheet, size: width and depth (m), None: it has no end.

    level: the site's word for it, "" where the site has one only.
    """

    map_id: str
    origin: tuple[float, float] = (0.0, 0.0)
    size: tuple[float, float] | None = None
    level: str = ""

    def off(self, x: float, y: float) -> float:
        """Return how far (m) a place of the sheet lies beside this map."""
        if self.size is None:
            return 0.0
        dx, dy = x - self.origin[0], y - self.origin[1]
        return math.hypot(dx - min(max(dx, 0.0), self.size[0]), dy - min(max(dy, 0.0), self.size[1]))

    def wire(self, x: float, y: float) -> tuple[float, float]:
        """Return a place of the sheet in this map's own frame (m)."""
        return round(x - self.origin[0], 6), round(y - self.origin[1], 6)

    def sheet(self, x: float, y: float) -> tuple[float, float]:
        """Return a place of this map on the sheet (m)."""
        return x + self.origin[0], y + self.origin[1]


@dataclass(frozen=True)
class Floors:
    """All maps of a site, at least one."""

    floors: tuple[LevelMap, ...]

    @property
    def ids(self) -> list[str]:
        """The mapIds."""
        return [floor.map_id for floor in self.floors]

    @property
    def several(self) -> bool:
        """There is more than one."""
        return len(self.floors) > 1

    def called(self, names: Mapping[str, str]) -> Floors:
        """Return the same maps with the mapIds that a robot has for them, by level; those not named keep theirs."""
        return Floors(tuple(replace(floor, map_id=names.get(floor.level, floor.map_id)) for floor in self.floors))

    def at(self, x: float, y: float) -> LevelMap:
        """Return the map that a place of the sheet (m) lies on, or is nearest to."""
        return min(self.floors, key=lambda floor: floor.off(x, y))

    def named(self, map_id: str) -> LevelMap | None:
        """Return the map with a mapId; no mapId is the only map, where there is one only."""
        only = self.floors[0] if not (map_id or self.several) else None
        return next((floor for floor in self.floors if floor.map_id == map_id), only)

    def pose(self, told: Mapping[str, str]) -> dict[str, object]:
        """Return the parameters of initPosition for a place on the sheet (x, y in m, theta in rad, lastNodeId)."""
        x, y = float(told["x"]), float(told["y"])
        floor = self.at(x, y)
        x, y = floor.wire(x, y) if self.several else (x, y)
        theta = float(told.get("theta", 0.0))
        return {"x": x, "y": y, "theta": theta, "mapId": floor.map_id, "lastNodeId": told.get("lastNodeId", "")}

    def on_wire(self, node: WireNode) -> WireNode:
        """Return a node of the sheet with the mapId and the frame of its map."""
        if node.x is None or node.y is None:
            return node
        floor = self.at(node.x, node.y)
        x, y = floor.wire(node.x, node.y) if self.several else (node.x, node.y)
        return replace(node, x=x, y=y, map_id=floor.map_id)

    def order_on_sheet(self, order: WireOrder) -> WireOrder:
        """Return an order as it lies on the sheet; nodes of a map that is not known stay as they are."""
        if not self.several:
            return order
        return replace(order, nodes=tuple(self._on_sheet(node) for node in order.nodes))

    def _on_sheet(self, node: WireNode) -> WireNode:
        floor = self.named(node.map_id)
        if floor is None or node.x is None or node.y is None:
            return node
        x, y = floor.sheet(node.x, node.y)
        return replace(node, x=x, y=y)

    def state_on_sheet(self, state: WireState) -> WireState:
        """Return a state with the robot's place on the sheet; without one when nobody knows the map that it names."""
        if state.x is None or state.y is None:
            return state
        floor = self.named(state.map_id)
        if floor is None:
            return replace(state, x=None, y=None, localized=False)
        x, y = floor.sheet(state.x, state.y)
        return state if (x, y) == (state.x, state.y) else replace(state, x=x, y=y)


def one_floor(map_id: str) -> Floors:
    """Return the maps of a site with one level."""
    return Floors((LevelMap(map_id),))


def floors_of(site: Site) -> Floors:
    """Return the maps of a site."""
    if len(site.levels) < 2:
        return Floors((LevelMap(site.id, size=site.size),))
    return Floors(tuple(LevelMap(f"{site.id}.{level.id}", level.origin, level.size, level.id) for level in site.levels))
