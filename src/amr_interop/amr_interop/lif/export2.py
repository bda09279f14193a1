"""A site's roadmap as LIF 2.0.0, as its text and the schema of commit 0180edb have it. Angles are radians, places m.

What 2.0.0 can say more than 1.0.0 is said: the purpose of a station, robots by maker and series, deviations, which
actions are possible at a node.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from amr_core.roadmap import Edge, Node, Roadmap
from amr_core.site import Site
from amr_core.site.levels import need_one_level
from amr_core.vda5050 import DEVIATION_M
from amr_interop.lif.export import ACTIONS, REVERSE, timestamp

VERSION: Final = "2.0.0"
MANUFACTURER: Final = "AMR"


def to_lif2(site: Site, roadmap: Roadmap, now: datetime) -> dict[str, Any]:
    """Return the LIF document; now: when it was made (UTC). Raises site.levels."""
    need_one_level(site, "LIF")
    types = [{"manufacturer": MANUFACTURER, "seriesName": name} for name in sorted({r.type for r in site.fleet})]
    layout = {
        "layoutId": site.id,
        "layoutName": site.name_vi,
        "layoutVersion": "1",
        "layoutDescriptor": site.name_en,
        "nodes": [_node(site, node, types) for node in roadmap.nodes.values()],
        "edges": [_edge(edge, types) for edge in roadmap.edges.values()],
        "stations": list(_stations(site, roadmap)),
    }
    return {
        "metaInformation": {
            "lifId": site.id, "creator": "amr", "exportTimestamp": timestamp(now), "lifVersion": VERSION,
        },
        "origins": [{"originId": site.id, "layouts": [layout]}],
    }  # fmt: skip


def _node(site: Site, node: Node, types: list[dict[str, str]]) -> dict[str, Any]:
    properties: dict[str, Any] = {"mobileRobotTypes": types}
    if node.theta is not None:
        properties["theta"] = node.theta
    properties["allowedDeviationXY"] = {"aMaximum": DEVIATION_M, "bMaximum": DEVIATION_M}
    actions = [{"actionType": name, "blockingType": "HARD"} for name in ACTIONS.get(node.kind, ())]
    properties |= {"feasibleActions": actions} if actions else {}
    return {
        "nodeId": node.id,
        "mapId": site.id,
        "nodePosition": {"x": node.x, "y": node.y},
        "mobileRobotTypeNodeProperties": [properties],
    }


def _edge(edge: Edge, types: list[dict[str, str]]) -> dict[str, Any]:
    properties = {
        "mobileRobotTypes": types,
        "orientationType": "TANGENTIAL",
        "mobileRobotOrientations": [math.pi if edge.manoeuvre in REVERSE else 0.0],
        "maximumSpeed": edge.max_speed,
        "reentryAllowed": True,
    }
    return {
        "edgeId": edge.id, "startNodeId": edge.start, "endNodeId": edge.end,
        "mobileRobotTypeEdgeProperties": [properties],
    }  # fmt: skip


def _stations(site: Site, roadmap: Roadmap) -> Iterable[dict[str, Any]]:
    for place in site.places:
        nodes = [station.id for station in place.stations]
        yield _station(place.id, place.kind, nodes, roadmap) | {"stationName": place.name_vi}
    for kind, stations in (("charger", site.chargers), ("parking", site.parking)):
        for station in stations:
            yield _station(station.id, kind, [station.id], roadmap)


def _station(name: str, kind: str, nodes: list[str], roadmap: Roadmap) -> dict[str, Any]:
    places = [roadmap.nodes[node] for node in nodes]
    x, y = (sum(getattr(node, axis) for node in places) / len(places) for axis in "xy")
    position = {"x": round(x, 4), "y": round(y, 4)}
    return {"stationId": name, "stationType": kind, "interactionNodeIds": nodes, "stationPosition": position}
