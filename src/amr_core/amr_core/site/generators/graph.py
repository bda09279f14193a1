"""The roadmap as a Nav2 route graph (GeoJSON)."""

from __future__ import annotations

import json
from typing import Any

from amr_core.roadmap import Edge, Node, Roadmap
from amr_core.site import Site
from amr_core.site.generators.raster import speed_percent

Feature = dict[str, Any]


def route_graph(site: Site, roadmap: Roadmap) -> str:
    """Return the route graph: ids are numbers (uint16), our names are in the metadata; one feature a line.

    Without the rides of lifts, which no robot drives.
    """
    numbers = {node_id: number for number, node_id in enumerate(roadmap.nodes)}
    features = [_node(node, numbers[node.id]) for node in roadmap.nodes.values()]
    first = len(features)
    driven = [edge for edge in roadmap.edges.values() if edge.manoeuvre != "ride"]
    features += [_edge(site, edge, first + k, numbers, roadmap) for k, edge in enumerate(driven)]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    head = {"type": "FeatureCollection", "name": f"{site.id} route graph"}
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def _node(node: Node, number: int) -> Feature:
    metadata: dict[str, Any] = {"name": node.id, "class": node.kind}
    if node.theta is not None:
        metadata["theta"] = node.theta
    if node.place is not None:
        metadata["place"] = node.place
    return {
        "type": "Feature",
        "properties": {"id": number, "frame": "map", "metadata": metadata},
        "geometry": {"type": "Point", "coordinates": [node.x, node.y]},
    }


def _edge(site: Site, edge: Edge, number: int, numbers: dict[str, int], roadmap: Roadmap) -> Feature:
    """speed_limit (percent) is for AdjustSpeedLimit and DistanceScorer, abs_speed_limit (m/s) for TimeScorer.

    Both with a decimal point: nav2_route takes 80 for an integer and throws when a scorer asks for a float.
    """
    a, b = roadmap.nodes[edge.start], roadmap.nodes[edge.end]
    return {
        "type": "Feature",
        "properties": {
            "id": number,
            "startid": numbers[edge.start],
            "endid": numbers[edge.end],
            "cost": round(edge.length / edge.max_speed, 3),
            "overridable": True,
            "metadata": {
                "name": edge.id,
                "class": edge.manoeuvre,
                "lane": edge.lane,
                "speed_limit": float(speed_percent(site, edge.max_speed)),
                "abs_speed_limit": float(edge.max_speed),
            },
            "operations": {"speed": {"type": "AdjustSpeedLimit", "trigger": "ON_ENTER"}},
        },
        "geometry": {"type": "MultiLineString", "coordinates": [[[a.x, a.y], [b.x, b.y]]]},
    }
