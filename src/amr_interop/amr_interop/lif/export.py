"""A site's roadmap as LIF 1.0.0, strictly by its schema. Angles are radians, places m."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from amr_core.roadmap import Edge, Node, Roadmap
from amr_core.site import Site
from amr_core.site.levels import need_one_level

VERSION: Final = "1.0.0"
ACTIONS: Final = {"station": ("pick", "drop"), "charger": ("startCharging", "stopCharging")}
REVERSE: Final = frozenset({"undock", "unpark"})


def to_lif(site: Site, roadmap: Roadmap, now: datetime) -> dict[str, Any]:
    """Return the LIF document; now: when it was made (UTC). Raises site.levels."""
    need_one_level(site, "LIF")
    types = sorted({robot.type for robot in site.fleet})
    layout = {
        "layoutId": site.id,
        "layoutName": site.name_vi,
        "layoutVersion": "1",
        "layoutDescription": site.name_en,
        "nodes": [_node(site, node, types) for node in roadmap.nodes.values()],
        "edges": [_edge(edge, types) for edge in roadmap.edges.values()],
        "stations": list(_stations(site)),
    }
    return {
        "metaInformation": {
            "projectIdentification": site.id,
            "creator": "amr",
            "exportTimestamp": timestamp(now),
            "lifVersion": VERSION,
        },
        "layouts": [layout],
    }


def timestamp(now: datetime) -> str:
    """Return a time (UTC) with hundredths, as the text writes it."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 10000:02d}Z"


def _node(site: Site, node: Node, types: Iterable[str]) -> dict[str, Any]:
    return {
        "nodeId": node.id,
        "mapId": site.id,
        "nodePosition": {"x": node.x, "y": node.y},
        "vehicleTypeNodeProperties": [_at_node(node, kind) for kind in types],
    }


def _at_node(node: Node, kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"vehicleTypeId": kind}
    if node.theta is not None:
        properties["theta"] = node.theta
    actions = [
        {"actionType": name, "requirementType": "OPTIONAL", "blockingType": "HARD"}
        for name in ACTIONS.get(node.kind, ())
    ]
    return properties | ({"actions": actions} if actions else {})


def _edge(edge: Edge, types: Iterable[str]) -> dict[str, Any]:
    properties = {
        "vehicleOrientation": math.pi if edge.manoeuvre in REVERSE else 0.0,
        "orientationType": "TANGENTIAL",
        "rotationAllowed": False,
        "maxSpeed": edge.max_speed,
        "reentryAllowed": True,
    }
    return {
        "edgeId": edge.id,
        "startNodeId": edge.start,
        "endNodeId": edge.end,
        "vehicleTypeEdgeProperties": [{"vehicleTypeId": kind, **properties} for kind in types],
    }


def _stations(site: Site) -> Iterable[dict[str, Any]]:
    for place in site.places:
        nodes = [station.id for station in place.stations]
        yield {"stationId": place.id, "stationName": place.name_vi, "interactionNodeIds": nodes}
    for station in (*site.chargers, *site.parking):
        yield {"stationId": station.id, "interactionNodeIds": [station.id]}
