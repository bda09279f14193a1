"""Levels of a LIF document on the one sheet of a site: where each lies, and the lifts between them.

Each level keeps its own frame: what a layout says of a place stays that, counted from the level's origin. LIF says
neither how high a level is nor how large a cabin: that is filled in, and said.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from amr_core.errors import AmrError
from amr_interop.lif.reading import Lif, LifNode

# chosen: a robot may turn at the outermost node; the lanes of two levels on the sheet never touch
MARGIN_M: Final = 4.0
_HIGH_M: Final = 4.0  # chosen: a storey, so that no level lies in another; nothing drives by it, and a finding says so
_CABIN: Final = (2.4, 1.8)  # m, length and width; chosen: holds a robot of 1.4 x 1.0 m with its load; a finding says so
# chosen: layouts are drawn by hand to some dm; farther apart the cabins are not one shaft, and it is said
_NEAR_M: Final = 0.5
Lane = Callable[[str], dict[str, Any] | None]
"""The values of a station at a spur's end, by node id; None: there is no such spur, or it leaves no lane."""


@dataclass
class Sheet:
    """Where each level lies: its origin, and by how much (m) what is on it is moved in its own frame."""

    origins: list[tuple[float, float]] = field(default_factory=list)
    shifts: list[tuple[float, float]] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)

    @property
    def size(self) -> list[float]:
        """The size (m) of the whole sheet."""
        return [round(max(w for w, _ in self.sizes), 1), round(self.origins[-1][1] + self.sizes[-1][1], 1)]

    def place(self, node: LifNode) -> list[float]:
        """Return where a node is on the sheet (m)."""
        (x, y), (dx, dy) = self.origins[node.level], self.shifts[node.level]
        return [round(node.x + dx + x, 4), round(node.y + dy + y, 4)]

    def walls(self) -> list[dict[str, Any]]:
        """Return a wall around each level."""
        found = []
        for number, ((x, y), (w, d)) in enumerate(zip(self.origins, self.sizes, strict=True)):
            name = "outer" if len(self.sizes) == 1 else f"outer_{number + 1}"
            corners = [[x, y], [x + w, y], [x + w, y + d], [x, y + d], [x, y]]
            found.append({"id": name, "points": [[round(a, 4), round(b, 4)] for a, b in corners]})
        return found


def sheet_of(lif: Lif) -> Sheet:
    """Return the sheet with all levels, one north of the other."""
    sheet, north = Sheet(), 0.0
    for number, level in enumerate(lif.levels):
        nodes = [node for node in lif.nodes.values() if node.level == number]
        if not nodes:
            raise AmrError("lif.invalid", where=level.id or lif.id, reason="a level has no nodes")
        shift = _shift(lif, nodes, level.id if len(lif.levels) > 1 else "")
        width, depth = (max(getattr(n, axis) for n in nodes) + shift[i] + MARGIN_M for i, axis in enumerate("xy"))
        sheet.origins.append((0.0, round(north, 1)))
        sheet.shifts.append(shift)
        sheet.sizes.append((round(width, 1), round(depth, 1)))
        north += round(depth, 1) + MARGIN_M
    return sheet


def _shift(lif: Lif, nodes: list[LifNode], level: str) -> tuple[float, float]:
    """Return by how much (m) all is moved so that it lies right and above of the origin; nothing when it does."""
    lowest = [min(getattr(n, axis) for n in nodes) for axis in "xy"]
    if min(lowest) >= 0.5:
        return 0.0, 0.0
    shift = (round(MARGIN_M - lowest[0], 3), round(MARGIN_M - lowest[1], 3))
    what = f"everything on level {level!r}" if level else "everything"
    lif.findings.append(f"{what} was moved by ({shift[0]}, {shift[1]}) m: a site begins at (0, 0)")
    return shift


def level_values(lif: Lif, sheet: Sheet) -> dict[str, Any]:
    """Return the levels of a site.yaml, nothing when there is one."""
    if len(lif.levels) == 1:
        return {}
    lif.findings.append(f"heights of levels are not in LIF: each is taken as {_HIGH_M} m above the one before")
    return {
        "levels": [
            {
                "id": level.id, "name_vi": level.name, "name_en": level.about, "height": number * _HIGH_M,
                "origin": list(sheet.origins[number]), "size": list(sheet.sizes[number]),
            }
            for number, level in enumerate(lif.levels)
        ]
    }  # fmt: skip


def cabins(lif: Lif) -> list[list[str]]:
    """Return the nodes of each lift: those that edges from level to level join."""
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for edge in lif.edges.values():
        if lif.nodes[edge.start].level != lif.nodes[edge.end].level:
            joined[edge.start].add(edge.end)
            joined[edge.end].add(edge.start)
    found, seen = [], set[str]()
    for name in joined:
        group, queue = [], [name]
        while queue:
            here = queue.pop()
            if here not in seen:
                seen.add(here)
                group.append(here)
                queue += joined[here]
        if group:
            found.append(sorted(group, key=lambda n: lif.nodes[n].level))
    return found


def lift_values(lif: Lif, station: Lane) -> dict[str, Any]:
    """Return the lifts of a site.yaml. station: see Lane."""
    lifts = list(_lifts(lif, station))
    if lifts:
        lif.findings.append(f"cabins are not in LIF: each is taken as {_CABIN[0]} x {_CABIN[1]} m")
    return {"lifts": lifts} if lifts else {}


def _lifts(lif: Lif, station: Lane) -> Iterator[dict[str, Any]]:
    for number, group in enumerate(cabins(lif), 1):
        levels = [lif.nodes[name].level for name in group]
        stops = [station(name) for name in group]
        names = ", ".join(group)
        if len(set(levels)) < len(levels):
            lif.findings.append(f"nodes {names} lead between levels, two of them on one: no lift does, left out")
        elif any(stop is None for stop in stops):
            lif.findings.append(f"nodes {names} lead between levels, and not each has one way from a lane: left out")
        else:
            _say_one_way(lif, group)
            name = _name(lif, group) or f"lift_{number}"
            known = next((lif.stations[s].name for s in lif.stations if s == name), name)
            found = [
                {"level": lif.levels[level].id, **{k: stop[k] for k in ("x", "y", "theta", "lane")}}
                for level, stop in zip(levels, stops, strict=True)
                if stop is not None
            ]
            yield {"id": name, "name_vi": known, "name_en": known, "size": list(_CABIN), "stops": found}


def _name(lif: Lif, group: list[str]) -> str:
    """Return the lift's id when its cabins are called as ours are, lift@level."""
    names = {name.rpartition("@")[0] for name in group if name.endswith(f"@{lif.levels[lif.nodes[name].level].id}")}
    return names.pop() if len(names) == 1 and all("@" in name for name in group) else ""


def _say_one_way(lif: Lif, group: list[str]) -> None:
    ways = {(e.start, e.end) for e in lif.edges.values()}
    for a in group:
        for b in group:
            if a != b and (a, b) not in ways:
                lif.findings.append(f"there is no edge from {a!r} to {b!r}: a lift of a site goes everywhere")
    at = [(lif.nodes[name].x, lif.nodes[name].y) for name in group]
    if any(math.dist(at[0], other) > _NEAR_M for other in at[1:]):
        lif.findings.append(f"nodes {', '.join(group)} of a lift are not at one place in the frames of their levels")
