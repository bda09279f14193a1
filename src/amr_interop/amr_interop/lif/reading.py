"""LIF 1.0 and 2.0 of others, read leniently: what deviates from the format is taken where it is clear, and said."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_interop.vda.reading import Record

_MAX_BYTES: Final = 64 * 1024 * 1024
_KNOWN_ANGLES: Final = 45.0
_NOT_HEEDED: Final = (
    "loadRestriction", "trajectory", "corridor", "physicalLineGuidedProperty", "forbiddenActionTypes",
    "maxRotationSpeed", "maximumRotationSpeed", "maxHeight", "minHeight", "maximumMobileRobotHeight",
    "minimumLoadHandlingDeviceHeight",
)  # fmt: skip


@dataclass(frozen=True)
class LifNode:
    """A node; x, y in m, theta in rad (None: not said); actions: types of what can be done there."""

    id: str
    x: float
    y: float
    theta: float | None
    actions: frozenset[str]


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
    """A station and the nodes from which it is served; kind: its stationType (2.0), "" when not said."""

    id: str
    name: str
    nodes: tuple[str, ...]
    kind: str = ""


@dataclass
class Lif:
    """A layout that was read. findings: what was not as it should be, one sentence each."""

    id: str
    version: str
    nodes: dict[str, LifNode] = field(default_factory=dict)
    edges: dict[str, LifEdge] = field(default_factory=dict)
    stations: dict[str, LifStation] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def read_lif(path: Path, *, degrees: bool = False) -> Lif:
    """Return the first layout of a file. degrees: its angles are in degrees, as some tools write them.

    Raises lif.invalid for what cannot be understood, and for angles that look like degrees without that switch.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise ValueError(f"{len(raw)} bytes are too many")
        values = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
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
    layouts = record.children("layouts", [])
    for origin in record.children("origins", []):
        layouts += origin.children("layouts", [])
    if not layouts:
        raise record.fail("layouts", "is missing or empty")
    first = layouts[0]
    lif = Lif(first.text("layoutId", "layout") or "layout", version)
    if not version.lstrip("v").startswith(("1.", "2.")):
        lif.findings.append(f"lifVersion {version!r} is neither 1 nor 2: read as if it were")
    for other in layouts[1:]:
        lif.findings.append(f"layout {other.text('layoutId', '')!r} is left out: a site has one map")
    for name in ("nodes", "edges", "stations"):
        if first.values.get(name) is None:
            lif.findings.append(f"{first.path}{name} is missing")
    for node in first.children("nodes", []):
        _add(lif, lif.nodes, node, "nodeId", _node(lif, node))
    for edge in first.children("edges", []):
        _add(lif, lif.edges, edge, "edgeId", _edge(edge))
    for station in first.children("stations", []):
        _add(lif, lif.stations, station, "stationId", _station(lif, station))
    _say_left_out(lif, first)
    _check_angles(lif, degrees=degrees)
    _check_references(lif)
    return _in_radians(lif) if degrees else lif


def _add(lif: Lif, table: dict[str, Any], record: Record, key: str, value: Any) -> None:
    if value.id in table:
        lif.findings.append(f"{record.path}{key} {value.id!r} comes twice: the first one counts")
    else:
        table[value.id] = value


def _properties(record: Record, kind: str) -> list[Record]:
    return record.children(f"vehicleType{kind}Properties", []) or record.children(
        f"mobileRobotType{kind}Properties", []
    )


def _node(lif: Lif, record: Record) -> LifNode:
    place = record.child("nodePosition")
    properties = _properties(record, "Node")
    if not properties:
        lif.findings.append(f"{record.path}vehicleTypeNodeProperties is missing: taken as a node for all types")
    thetas = [theta for p in properties if (theta := _number(lif, p, "theta")) is not None]
    if len(set(thetas)) > 1:
        lif.findings.append(f"{record.path} has another theta for each type: the first one counts")
    names = ("actions", "requiredActions", "feasibleActions")
    actions = {a.text("actionType") for p in properties for name in names for a in p.children(name, [])}
    return LifNode(
        record.text("nodeId"), place.number("x"), place.number("y"), thetas[0] if thetas else None, frozenset(actions)
    )


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
    return LifStation(name, record.text("stationName", "") or name, nodes, record.text("stationType", ""))


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
        node.id: LifNode(
            node.id, node.x, node.y, None if node.theta is None else math.radians(node.theta), node.actions
        )
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
