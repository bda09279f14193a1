"""A site's roadmap as LIF 1.0.0, strictly by its schema. Angles are radians, places m."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from amr_core.roadmap import Edge, Node, Roadmap
from amr_core.site import Site
from amr_interop.lif.parts import LayoutPart, parts
from amr_interop.vda.encode import angle
from amr_interop.vda.floors import LevelMap

VERSION: Final = "1.0.0"
ACTIONS: Final = {
    "station": ("pick", "drop"), "charger": ("startCharging", "stopCharging"), "cabin": ("initPosition",),
}  # fmt: skip
REVERSE: Final = frozenset({"undock", "unpark"})


def to_lif(site: Site, roadmap: Roadmap, now: datetime) -> dict[str, Any]:
    """Return the LIF document, a layout for each level; now: when it was made (UTC)."""
    types = sorted({robot.type for robot in site.fleet})
    layouts = []
    for part in parts(site, roadmap):
        said = {"layoutId": part.floor.map_id, "layoutName": part.name_vi, "layoutVersion": "1"}
        said |= {"layoutLevelId": part.level} if part.level else {}
        layouts.append(
            {
                **said,
                "layoutDescription": part.name_en,
                "nodes": [_node(part.floor, node, types) for node in part.nodes],
                "edges": [_edge(edge, types) for edge in part.edges],
                "stations": list(_stations(site, part)),
            }
        )
    return {
        "metaInformation": {
            "projectIdentification": site.id,
            "creator": "amr",
            "exportTimestamp": timestamp(now),
            "lifVersion": VERSION,
        },
        "layouts": layouts,
    }


def timestamp(now: datetime) -> str:
    """Return a time (UTC) with hundredths, as the text writes it."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 10000:02d}Z"


def _node(floor: LevelMap, node: Node, types: Iterable[str]) -> dict[str, Any]:
    return {
        "nodeId": node.id,
        "mapId": floor.map_id,
        "nodePosition": dict(zip("xy", floor.wire(node.x, node.y), strict=True)),
        "vehicleTypeNodeProperties": [_at_node(node, kind) for kind in types],
    }


def _at_node(node: Node, kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"vehicleTypeId": kind}
    if node.theta is not None:
        properties["theta"] = angle(node.theta)
    # In a cabin the map is changed when a robot came by the ride, and not when it came by the lane.
    needed = "CONDITIONAL" if node.kind == "cabin" else "OPTIONAL"
    actions = [
        {"actionType": name, "requirementType": needed, "blockingType": "HARD"} for name in ACTIONS.get(node.kind, ())
    ]
    return properties | ({"actions": actions} if actions else {})


def _edge(edge: Edge, types: Iterable[str]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "vehicleOrientation": math.pi if edge.manoeuvre in REVERSE else 0.0,
        "orientationType": "TANGENTIAL",
        "rotationAllowed": False,
        "reentryAllowed": True,
    } | ({} if edge.manoeuvre == "ride" else {"maxSpeed": edge.max_speed})
    return {
        "edgeId": edge.id,
        "startNodeId": edge.start,
        "endNodeId": edge.end,
        "vehicleTypeEdgeProperties": [{"vehicleTypeId": kind, **properties} for kind in types],
    }


def _stations(site: Site, part: LayoutPart) -> Iterable[dict[str, Any]]:
    here = {node.id for node in part.nodes}
    for place in site.places:
        nodes = [station.id for station in place.stations if station.id in here]
        if nodes:
            names = {"stationName": place.name_vi, "stationDescription": place.name_en}
            yield {"stationId": place.id, **names, "interactionNodeIds": nodes}
    for station in (*site.chargers, *site.parking):
        if station.id in here:
            yield {"stationId": station.id, "interactionNodeIds": [station.id]}
