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
from amr_core.vda5050 import DEVIATION_M
from amr_interop.lif.export import ACTIONS, REVERSE, timestamp
from amr_interop.lif.parts import LayoutPart, parts
from amr_interop.vda.encode import angle
from amr_interop.vda.floors import LevelMap

VERSION: Final = "2.0.0"
MANUFACTURER: Final = "AMR"


def to_lif2(site: Site, roadmap: Roadmap, now: datetime) -> dict[str, Any]:
    """Return the LIF document, an origin with its layout for each level; now: when it was made (UTC)."""
    types = [{"manufacturer": MANUFACTURER, "seriesName": name} for name in sorted({r.type for r in site.fleet})]
    origins = []
    for part in parts(site, roadmap):
        layout = {"layoutId": part.floor.map_id, "layoutName": part.name_vi, "layoutVersion": "1"}
        layout |= {"layoutLevelId": part.level} if part.level else {}
        more = {
            "layoutDescriptor": part.name_en,
            "nodes": [_node(part.floor, node, types) for node in part.nodes],
            "edges": [_edge(edge, types) for edge in part.edges],
            "stations": list(_stations(site, part)),
        }
        origins.append({"originId": part.floor.map_id, "layouts": [{**layout, **more}]})
    return {
        "metaInformation": {
            "lifId": site.id, "creator": "amr", "exportTimestamp": timestamp(now), "lifVersion": VERSION,
        },
        "origins": origins,
    }  # fmt: skip


def _node(floor: LevelMap, node: Node, types: list[dict[str, str]]) -> dict[str, Any]:
    properties: dict[str, Any] = {"mobileRobotTypes": types}
    if node.theta is not None:
        properties["theta"] = angle(node.theta)
    properties["allowedDeviationXY"] = {"aMaximum": DEVIATION_M, "bMaximum": DEVIATION_M}
    names = ("initializePosition",) if node.kind == "cabin" else ACTIONS.get(node.kind, ())
    actions = [{"actionType": name, "blockingType": "HARD"} for name in names]
    properties |= {"feasibleActions": actions} if actions else {}
    return {
        "nodeId": node.id,
        "mapId": floor.map_id,
        "nodePosition": dict(zip("xy", floor.wire(node.x, node.y), strict=True)),
        "mobileRobotTypeNodeProperties": [properties],
    }


def _edge(edge: Edge, types: list[dict[str, str]]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "mobileRobotTypes": types,
        "orientationType": "TANGENTIAL",
        "mobileRobotOrientations": [math.pi if edge.manoeuvre in REVERSE else 0.0],
        "reentryAllowed": True,
    } | ({} if edge.manoeuvre == "ride" else {"maximumSpeed": edge.max_speed})
    return {
        "edgeId": edge.id, "startNodeId": edge.start, "endNodeId": edge.end,
        "mobileRobotTypeEdgeProperties": [properties],
    }  # fmt: skip


def _stations(site: Site, part: LayoutPart) -> Iterable[dict[str, Any]]:
    places = {node.id: node for node in part.nodes}
    for place in site.places:
        nodes = [places[station.id] for station in place.stations if station.id in places]
        if nodes:
            names = {"stationName": place.name_vi, "stationDescriptor": place.name_en}
            yield _station(place.id, place.kind, nodes, part.floor) | names
    for kind, stations in (("charger", site.chargers), ("parking", site.parking)):
        for station in stations:
            if station.id in places:
                yield _station(station.id, kind, [places[station.id]], part.floor)


def _station(name: str, kind: str, places: list[Node], floor: LevelMap) -> dict[str, Any]:
    x, y = floor.wire(*(sum(getattr(node, axis) for node in places) / len(places) for axis in "xy"))
    position = {"x": round(x, 4), "y": round(y, 4)}
    nodes = [node.id for node in places]
    return {"stationId": name, "stationType": kind, "interactionNodeIds": nodes, "stationPosition": position}
