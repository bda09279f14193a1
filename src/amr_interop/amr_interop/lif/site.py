"""A site.yaml from a LIF layout: lanes, places, chargers, parking; what LIF does not say is filled in and said."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from shapely.geometry import LineString

from amr_core.errors import AmrError
from amr_core.roadmap.splitting import spur_root
from amr_core.robots import ROBOT_TYPES
from amr_core.site import Place, Station
from amr_interop.lif.levels import Sheet, cabins, level_values, lift_values, sheet_of
from amr_interop.lif.reading import Lif, LifEdge, LifNode, LifStation

_SPEED: Final = 1.0  # m/s where a layout gives none; chosen: below a lane's own 1.2, on the safe side
_HEADING: Final = math.radians(5.0)  # rad; chosen: a node whose heading is farther off the way is said
_STRAIGHT: Final = 1e-4  # rad: less of a turn is rounding of the coordinates, not a bend
# chosen: as near as counts as on a node; from farther off the way in would not begin on the lane
_ON_LANE_M: Final = 0.25
_MARKS: Final = 586
PLACE_KINDS: Final = frozenset(get_args(Place.model_fields["kind"].annotation))
"""What a stationType may be to become the kind of a place; another one is a block."""


@dataclass(frozen=True)
class _Segment:
    """A stretch between two nodes, one-way or both ways, with its speed limit (m/s)."""

    start: str
    end: str
    two_way: bool
    speed: float


@dataclass(frozen=True)
class _Spur:
    """A node at the end of a stretch off the lanes: it is driven into forwards from its root."""

    node: LifNode
    root: LifNode
    theta: float


def to_site(lif: Lif) -> dict[str, Any]:
    """Return the values of a site.yaml; more findings are added to lif. Raises lif.invalid when nothing can drive."""
    spurs = _spurs(lif)
    lanes = _lanes(lif, {spur.node.id for spur in spurs})
    if not lanes:
        raise AmrError("lif.invalid", where=lif.id, reason="there are no lanes beside the ways into stations")
    sheet = sheet_of(lif)
    for lane in lanes:
        lane["points"] = [sheet.place(lif.nodes[n]) for n in lane.pop("nodes")]
    stations = {spur.node.id: _station(lif, spur, lanes, sheet) for spur in spurs}
    stations = {name: station for name, station in stations.items() if station["lane"]}
    name = re.sub(r"[^A-Za-z0-9_-]", "_", lif.id)
    _say_maps(lif, name)
    in_lifts = {node for group in cabins(lif) for node in group}
    spurs = [spur for spur in spurs if spur.node.id in stations and spur.node.id not in in_lifts]
    values: dict[str, Any] = {
        "id": name, "name_vi": lif.name or lif.id, "name_en": lif.about or lif.id, "size": sheet.size,
        **level_values(lif, sheet), **lift_values(lif, stations.get), "walls": sheet.walls(),
        "lanes": lanes, **_places(lif, spurs, stations),
    }  # fmt: skip
    _number_marks(lif, values)
    lif.findings.append("walls, racks, zones and cameras are not in LIF: only an outer wall was drawn")
    kind_of_robot = next((name for name in lif.types if name in ROBOT_TYPES), "lift_amr")
    values["fleet"] = [
        {"name": f"amr_{i:02d}", "type": kind_of_robot, "parking": bay["id"]}
        for i, bay in enumerate(values["parking"], 1)
    ]
    pick, drop = _flow([place["kind"] for place in values["places"]])
    values["demand"] = {
        "base_per_hour": 20.0, "peak_per_hour": 40.0, "mix": [{"pick": pick, "drop": drop, "share": 1.0}],
    }  # fmt: skip
    return values


def _flow(kinds: Sequence[str]) -> tuple[str, str]:
    """Return between which kinds of place orders go: within the first if it has two places, else to another kind."""
    other = next((kind for kind in kinds if kind != kinds[0]), kinds[0])
    return kinds[0], kinds[0] if kinds.count(kinds[0]) > 1 else other


def _number_marks(lif: Lif, values: dict[str, Any]) -> None:
    """Give each station and charger a docking mark, numbered from 1: LIF does not know them, robots dock by them."""
    docks = [station for place in values["places"] for station in place["stations"]] + values["chargers"]
    for number, station in enumerate(docks[:_MARKS], 1):
        station["marker"] = number
    lif.findings.append(f"docking marks are not in LIF: stations got the tags 1 to {min(len(docks), _MARKS)}")


def _say_maps(lif: Lif, site: str) -> None:
    """Say which mapIds become others: those of a site are its own, and those of its levels."""
    for number, level in enumerate(lif.levels):
        ours = site if len(lif.levels) == 1 else f"{site}.{level.id}"
        others = {node.map_id for node in lif.nodes.values() if node.level == number} - {"", ours}
        lif.findings += [f"map {other!r} is called {ours} in a site" for other in sorted(others)]


def _spurs(lif: Lif) -> list[_Spur]:
    around: defaultdict[str, set[str]] = defaultdict(set)
    joined = {node for group in cabins(lif) for node in group}
    for edge in lif.edges.values():
        if lif.nodes[edge.start].level == lif.nodes[edge.end].level:
            around[edge.start].add(edge.end)
            around[edge.end].add(edge.start)
    served = {node for station in lif.stations.values() for node in station.nodes}
    spurs = []
    for node in lif.nodes.values():
        special = node.id in served or node.actions or node.theta is not None or node.id in joined
        if not around[node.id]:
            lif.findings.append(f"node {node.id!r} has no edges")
        elif special and len(around[node.id]) == 1:
            root = lif.nodes[next(iter(around[node.id]))]
            theta = math.atan2(node.y - root.y, node.x - root.x)
            if node.theta is not None and abs(math.remainder(node.theta - theta, math.tau)) > _HEADING:
                lif.findings.append(
                    f"node {node.id!r}: robots stand there as they drive in, not with theta {node.theta:.2f}"
                )
            spurs.append(_Spur(node, root, theta))
        elif special and node.id in served:
            lif.findings.append(f"station node {node.id!r} lies on a lane: robots would block it, it is left out")
    return spurs


def _lanes(lif: Lif, leaves: set[str]) -> list[dict[str, Any]]:
    """Return lanes as chains of stretches that go on into each other alone, with the same limit and direction."""
    segments = _segments(lif, leaves)
    ends: Counter[str] = Counter()
    at: defaultdict[str, list[_Segment]] = defaultdict(list)
    for segment in segments:
        for node in (segment.start, segment.end):
            ends[node] += 1
            at[node].append(segment)
    lanes: list[dict[str, Any]] = []
    left = dict.fromkeys(segments)
    while left:
        first = next(iter(left))
        del left[first]
        chain = _grown([first.start, first.end], first, at, left)
        chain = _grown(chain[::-1], first, at, left)[::-1]
        nodes = _without_straight(lif, chain)
        lanes.append(
            {"id": f"L{len(lanes) + 1:03d}", "nodes": nodes, "two_way": first.two_way, "max_speed": first.speed}
        )
    return lanes


def _segments(lif: Lif, leaves: set[str]) -> list[_Segment]:
    drive = [
        e
        for e in lif.edges.values()
        if not {e.start, e.end} & leaves and lif.nodes[e.start].level == lif.nodes[e.end].level
    ]
    by_ends: dict[tuple[str, str], LifEdge] = {(e.start, e.end): e for e in drive}
    found = []
    for (start, end), edge in by_ends.items():
        two_way = (end, start) in by_ends
        if two_way and start > end:
            continue
        both = [edge, by_ends[end, start]] if two_way else [edge]
        limits = [e.max_speed for e in both if e.max_speed is not None]
        speed = min([*limits, 2.0]) if limits else _SPEED
        if edge.reverse:
            lif.findings.append(f"edge {edge.id!r} is driven backwards on a lane: it becomes a lane driven forwards")
        found.append(_Segment(start, end, two_way, speed))
    return found


def _grown(chain: list[str], like: _Segment, at: dict[str, list[_Segment]], left: dict[_Segment, None]) -> list[str]:
    """Return the chain with what goes on after its last node."""
    while True:
        here = at[chain[-1]]
        following = [s for s in here if s in left and (s.two_way, s.speed) == (like.two_way, like.speed)]
        if len(here) != 2 or len(following) != 1:
            return chain
        segment = following[0]
        backwards = chain[0] != like.start and chain[-2:-1] and not like.two_way and segment.end == chain[-1]
        onwards = segment.start == chain[-1]
        if not like.two_way and not (onwards or backwards):
            return chain
        del left[segment]
        chain.append(segment.end if onwards else segment.start)


def _without_straight(lif: Lif, chain: list[str]) -> list[str]:
    kept = [chain[0]]
    for before, here, after in zip(chain, chain[1:], chain[2:], strict=False):
        a, b, c = lif.nodes[before], lif.nodes[here], lif.nodes[after]
        turn = math.atan2(c.y - b.y, c.x - b.x) - math.atan2(b.y - a.y, b.x - a.x)
        if abs(math.remainder(turn, math.tau)) > _STRAIGHT:
            kept.append(here)
    return [*kept, chain[-1]]


def _station(lif: Lif, spur: _Spur, lanes: list[dict[str, Any]], sheet: Sheet) -> dict[str, Any]:
    """Return a station on the lane that its way in leaves; lane "" when there is none."""
    x, y = sheet.place(spur.node)
    rx, ry = sheet.place(spur.root)
    station = {"id": spur.node.id, "x": x, "y": y, "theta": round(spur.theta, 6)}
    best, lane_id = _ON_LANE_M, ""
    for lane in lanes:
        root = spur_root(Station(**station, lane=lane["id"]), LineString(lane["points"]))
        if root is not None and math.dist((root.x, root.y), (rx, ry)) < best:
            best, lane_id = math.dist((root.x, root.y), (rx, ry)), lane["id"]
    if not lane_id:
        lif.findings.append(f"node {spur.node.id!r} is left out: its way in does not leave a lane in a straight line")
    return station | {"lane": lane_id}


def _places(lif: Lif, spurs: list[_Spur], stations: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return places, chargers and parking: what is done at a node decides, else whether a station names it."""
    charging = {s.node.id for s in spurs if "startCharging" in s.node.actions}
    handling = {s.node.id for s in spurs if s.node.actions & {"pick", "drop"}}
    said = any(s.node.actions for s in spurs)
    served = {n for station in lif.stations.values() for n in station.nodes}
    working = handling if said else served - charging
    places = []
    for station in lif.stations.values():
        nodes = [n for n in station.nodes if n in stations and n in working]
        if nodes:
            places.append(_place(station, [stations[n] for n in nodes]))
    alone = working - served
    for node in sorted(alone):
        lif.findings.append(f"node {node!r} has loads but no station: it is a place of its own")
        places.append(_place(LifStation(node, node, (node,)), [stations[node]]))
    parking = [stations[s.node.id] for s in spurs if s.node.id not in working | charging]
    if not places or not parking:
        what = "place with a load" if not places else "parking place (a node at the end of a way, without actions)"
        raise AmrError("lif.invalid", where=lif.id, reason=f"there is no {what}")
    return {"places": places, "chargers": [stations[n] for n in sorted(charging)], "parking": parking}


def _place(station: LifStation, stations: list[dict[str, Any]]) -> dict[str, Any]:
    known = station.kind if station.kind in PLACE_KINDS else "block"
    about = station.about or station.name
    return {"id": station.id, "kind": known, "name_vi": station.name, "name_en": about, "stations": stations}
