"""LIF 1.0 and 2.0 of others, read leniently: what deviates from the format is taken where it is clear, and said."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.json_texts import read_json
from amr_interop.vda.reading import Record

_MAX_BYTES: Final = 64 * 1024 * 1024
_KNOWN_ANGLES: Final = 45.0  # degrees: who counts in them draws at multiples of 45, which radians never are
_NOT_HEEDED: Final = (
    "loadRestriction", "trajectory", "corridor", "physicalLineGuidedProperty", "forbiddenActionTypes",
    "maxRotationSpeed", "maximumRotationSpeed", "maxHeight", "minHeight", "maximumMobileRobotHeight",
    "minimumLoadHandlingDeviceHeight",
)  # fmt: skip


@dataclass(frozen=True)
class LifNode:
    """A node; x, y in m, theta in rad (None: not said); actions: types of what can be done there.

    level: index in `Lif.levels`; map_id: "" when not said.
    """

    id: str
    x: float
    y: float
    theta: float | None
    actions: frozenset[str]
    level: int = 0
    map_id: str = ""


@dataclass(frozen=True)
class LifEdge:
    """A directed edge; max_speed in m/s, None: not said; reverse: driven backwards."""

    id: str
    start: str
    end: str
    max_speed: float | None
    reverse: bool


@dataclass(frozen=True)
class LifStation:
    """A station and the nodes from which it is served; kind: its stationType (2.0); kind, about: "" when not said."""

    id: str
    name: str
    nodes: tuple[str, ...]
    kind: str = ""
    about: str = ""


@dataclass(frozen=True)
class LifLevel:
    """A level of the building: what its first layout says of itself."""

    id: str
    name: str
    about: str


@dataclass
class Lif:
    """A document that was read. findings: what was not as it should be, one sentence each.

    name, about: of its only layout, else "". types: of robots that it names.
    """

    id: str
    version: str
    name: str = ""
    about: str = ""
    levels: list[LifLevel] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    nodes: dict[str, LifNode] = field(default_factory=dict)
    edges: dict[str, LifEdge] = field(default_factory=dict)
    stations: dict[str, LifStation] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def read_lif(path: Path, *, degrees: bool = False) -> Lif:
    """Return the layouts of a file, level by level. degrees: its angles are in degrees, as some tools write them.

    Raises lif.invalid for what cannot be understood, and for angles that look like degrees without that switch.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise ValueError(f"{len(raw)} bytes are too many")
        values = read_json(raw.decode("utf-8-sig"), json.JSONDecoder(parse_constant=_no_constant).decode)
    except (OSError, ValueError, RecursionError) as error:
        raise _invalid(path.name, f"no JSON: {error}") from None
    if not isinstance(values, dict):
        raise _invalid(path.name, "no JSON object")
    try:
        return _read(Record("lif", "", values), degrees=degrees)
    except AmrError as error:
        if error.code != "message.invalid":
            raise
        raise _invalid(path.name, str(error.facts["reason"])) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _invalid(where: str, reason: str) -> AmrError:
    return AmrError("lif.invalid", where=where, reason=reason[:200])


def _read(record: Record, *, degrees: bool) -> Lif:
    meta = record.child("metaInformation")
    version = meta.text("lifVersion", "")
    layouts = [(layout, "") for layout in record.children("layouts", [])]
    for origin in record.children("origins", []):
        layouts += [(layout, origin.text("originId", "")) for layout in origin.children("layouts", [])]
    if not layouts:
        raise record.fail("layouts", "is missing or empty")
    first = layouts[0][0]
    lif = Lif(first.text("layoutId", "layout") or "layout", version)
    if not version.lstrip("v").startswith(("1.", "2.")):
        lif.findings.append(f"lifVersion {version!r} is neither 1 nor 2: read as if it were")
    _levels(lif, layouts, meta)
    keys = [_level_key(layout, origin) for layout, origin in layouts]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    for (layout, _), key in zip(layouts, keys, strict=True):
        _read_layout(lif, layout, numbers[key])
    for layout, _ in layouts:
        _say_left_out(lif, layout)
    _check_angles(lif, degrees=degrees)
    _check_references(lif)
    return _in_radians(lif) if degrees else lif


def _level_key(layout: Record, origin: str) -> str:
    """Return what layouts of one level have in common: the level that they name, their origin, the map of a node."""
    maps = (node.text("mapId", "") for node in layout.children("nodes", []))
    return layout.text("layoutLevelId", "") or origin or next(maps, "")


def _levels(lif: Lif, layouts: list[tuple[Record, str]], meta: Record) -> None:
    """Fill in the levels; with several of them the document is called as a whole."""
    seen = set[str]()
    for layout, origin in layouts:
        key, name = _level_key(layout, origin), layout.text("layoutId", "")
        about = layout.text("layoutDescription", "") or layout.text("layoutDescriptor", "")
        title = layout.text("layoutName", "") or name
        if key in seen:
            lif.findings.append(f"layout {name!r} lies on the same level as another one: both become one map")
            continue
        seen.add(key)
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", key) or f"level_{len(seen)}"
        while any(level.id == plain for level in lif.levels):
            plain += "_"
        lif.levels.append(LifLevel(plain, title, about or title))
        lif.name, lif.about = title, about or title
    if len(lif.levels) > 1:
        lif.id = meta.text("projectIdentification", "") or meta.text("lifId", "") or lif.id
        lif.name = lif.about = ""


def _read_layout(lif: Lif, layout: Record, level: int) -> None:
    for name in ("nodes", "edges", "stations"):
        if layout.values.get(name) is None:
            lif.findings.append(f"{layout.path}{name} is missing")
    for node in layout.children("nodes", []):
        _add(lif, lif.nodes, node, "nodeId", _node(lif, node, level))
    for edge in layout.children("edges", []):
        _add(lif, lif.edges, edge, "edgeId", _edge(edge))
    for station in layout.children("stations", []):
        _add(lif, lif.stations, station, "stationId", _station(lif, station))


def _add(lif: Lif, table: dict[str, Any], record: Record, key: str, value: Any) -> None:
    if value.id in table:
        lif.findings.append(f"{record.path}{key} {value.id!r} comes twice: the first one counts")
    else:
        table[value.id] = value


def _properties(record: Record, kind: str) -> list[Record]:
    return record.children(f"vehicleType{kind}Properties", []) or record.children(
        f"mobileRobotType{kind}Properties", []
    )


def _node(lif: Lif, record: Record, level: int) -> LifNode:
    place = record.child("nodePosition")
    properties = _properties(record, "Node")
    lif.types += [name for p in properties for name in _types(p) if name not in lif.types]
    if not properties:
        lif.findings.append(f"{record.path}vehicleTypeNodeProperties is missing: taken as a node for all types")
    thetas = [theta for p in properties if (theta := _number(lif, p, "theta")) is not None]
    if len(set(thetas)) > 1:
        lif.findings.append(f"{record.path} has another theta for each type: the first one counts")
    names = ("actions", "requiredActions", "feasibleActions")
    actions = {a.text("actionType") for p in properties for name in names for a in p.children(name, [])}
    return LifNode(
        record.text("nodeId"), place.number("x"), place.number("y"), thetas[0] if thetas else None, frozenset(actions),
        level, record.text("mapId", ""),
    )  # fmt: skip


def _types(properties: Record) -> list[str]:
    """Return the types of robots that properties are of: an id in 1.0, series in 2.0."""
    told = [kind.text("seriesName", "") for kind in properties.children("mobileRobotTypes", [])]
    return [name for name in (properties.text("vehicleTypeId", ""), *told) if name]


def _number(lif: Lif, record: Record, key: str) -> float | None:
    """Return a number that may be left out; one that is none is left out, and said."""
    try:
        value: float | None = record.number(key, None)
    except AmrError as error:
        lif.findings.append(f"{error.facts['reason']}: left out")
        return None
    return value


def _edge(record: Record) -> LifEdge:
    properties = _properties(record, "Edge")
    speeds = [
        speed for p in properties for key in ("maxSpeed", "maximumSpeed") if (speed := p.number(key, None)) is not None
    ]
    tangential = [p for p in properties if p.text("orientationType", "TANGENTIAL") != "GLOBAL"]
    angles = [angle for p in tangential for angle in _orientations(p)]
    reverse = bool(angles) and all(abs(math.remainder(angle, math.tau)) > math.pi / 2 for angle in angles)
    return LifEdge(
        record.text("edgeId"), record.text("startNodeId"), record.text("endNodeId"), min(speeds) if speeds else None,
        reverse,
    )  # fmt: skip


def _orientations(record: Record) -> list[float]:
    """Return how a type may stand on an edge: one angle in 1.0, a choice in 2.0; forwards when nothing is said."""
    many = record.numbers("mobileRobotOrientations", []) or record.numbers("vehicleOrientations", [])
    return many or [record.number("vehicleOrientation", 0.0)]


def _station(lif: Lif, record: Record) -> LifStation:
    if isinstance(record.values.get("stationHeight"), str):
        lif.findings.append(f"{record.path}stationHeight is text, not a number: left out")
    name = record.text("stationId")
    nodes = tuple(record.texts("interactionNodeIds", []))
    if not nodes:
        lif.findings.append(f"{record.path}interactionNodeIds is empty: nobody can serve station {name!r}")
    about = record.text("stationDescription", "") or record.text("stationDescriptor", "")
    return LifStation(name, record.text("stationName", "") or name, nodes, record.text("stationType", ""), about)


def _say_left_out(lif: Lif, layout: Record) -> None:
    """What a layout demands and a site cannot say is named (8.1.1): nobody shall think that it is heeded."""
    found: Counter[str] = Counter()
    for kind, name in (("Node", "nodes"), ("Edge", "edges")):
        for part in layout.children(name, []):
            for properties in _properties(part, kind):
                found.update(
                    f"{name}: {key}" for key in _NOT_HEEDED if properties.values.get(key) not in (None, [], {})
                )
    lif.findings += [f"{what} ({count} times) cannot be said in a site: left out" for what, count in found.items()]


def _check_angles(lif: Lif, *, degrees: bool) -> None:
    angles = [node.theta for node in lif.nodes.values() if node.theta is not None]
    large = any(abs(angle) > math.tau + 0.01 for angle in angles)
    round_ones = bool(angles) and all(angle % _KNOWN_ANGLES == 0 for angle in angles) and max(map(abs, angles)) >= 90
    if (large or round_ones) and not degrees:
        raise _invalid("theta", "angles look like degrees; LIF has radians (import them with --degrees)")


def _in_radians(lif: Lif) -> Lif:
    lif.findings.append("angles were in degrees, against the format")
    lif.nodes = {
        node.id: node if node.theta is None else replace(node, theta=math.radians(node.theta))
        for node in lif.nodes.values()
    }
    return lif


def _check_references(lif: Lif) -> None:
    for edge in list(lif.edges.values()):
        missing = [end for end in (edge.start, edge.end) if end not in lif.nodes]
        if missing or edge.start == edge.end:
            why = f"node {missing[0]!r} is not there" if missing else "it leads nowhere"
            lif.findings.append(f"edge {edge.id!r} is left out: {why}")
            del lif.edges[edge.id]
    for station in lif.stations.values():
        for node in station.nodes:
            if node not in lif.nodes:
                lif.findings.append(f"station {station.id!r}: node {node!r} is not there")
