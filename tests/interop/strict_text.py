"""What the text of VDA 5050 demands of a master's orders and instant actions, and what of it was broken."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from typing import Any

import jsonschema_rs
import paho.mqtt.client as mqtt

from tests.vda_pair import SCHEMAS

KNOWN = {
    2: {
        "order": {"orderId", "orderUpdateId", "nodes", "edges", "zoneSetId"},
        "node": {"nodeId", "sequenceId", "nodeDescription", "released", "nodePosition", "actions"},
        "position": {"x", "y", "theta", "allowedDeviationXY", "allowedDeviationTheta", "mapId", "mapDescription"},
        "edge": {"edgeId", "sequenceId", "released", "startNodeId", "endNodeId", "maxSpeed", "orientation",
                 "orientationType", "actions"},
    },
    3: {
        "order": {"orderId", "orderUpdateId", "orderDescription", "nodes", "edges"},
        "node": {"nodeId", "sequenceId", "nodeDescriptor", "released", "nodePosition", "actions"},
        "position": {"x", "y", "theta", "allowedDeviationXY", "allowedDeviationTheta", "mapId"},
        "edge": {"edgeId", "sequenceId", "edgeDescriptor", "released", "maximumSpeed", "orientation",
                 "orientationType", "actions"},
    },
}  # fmt: skip
HEADER = {"headerId", "timestamp", "version", "manufacturer", "serialNumber"}
ACTION = {"actionType", "actionId", "blockingType", "actionParameters", "retriable"}
NODE_ACTIONS = {"pick", "drop", "startCharging", "stopCharging"}
MUST = {"loadType", "stationType"}
"""Of a pick or drop, by its factsheet (isOptional false)."""
CHARACTERS = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
"""What the text recommends (2.1, 6.1.2)."""


class StrictReader:
    """Reads for one robot. faults: what its master did against the text; maps: which are enabled, by id and version."""

    def __init__(self, version: str, serial: str, maps: dict[tuple[str, str], bool] | None) -> None:
        self.version, self.serial, self.maps = version, serial, maps
        self.major = int(version[0])
        self.mode = "AUTOMATIC"
        self.node_actions = set(NODE_ACTIONS)
        self.faults: list[str] = []
        self.headers: dict[str, int] = {}
        name = {2: "2.1.0", 3: "3.0.0"}[self.major]
        self._schemas = {
            kind: jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{name}_{kind}.schema").read_text()))
            for kind in ("order", "instantActions")
        }

    def fault(self, text: str) -> None:
        self.faults.append(f"{self.serial} {self.version}: {text}")

    def _check_message(self, kind: str, value: dict[str, Any], message: mqtt.MQTTMessage) -> None:
        for error in self._schemas[kind].iter_errors(value):
            self.fault(f"{kind}: {'/'.join(map(str, error.instance_path))} {error.message}")
        if message.retain or message.qos:
            self.fault(f"{kind} with retain {message.retain} and QoS {message.qos}")
        named = (value["version"], value["manufacturer"], value["serialNumber"])
        if named != (self.version, "ACME", self.serial):
            self.fault(f"{kind} is for {named}")
        digits = 2 if self.major == 2 else 3
        if not re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{{digits}}}Z", value["timestamp"]):
            self.fault(f"timestamp {value['timestamp']}")
        last = self.headers.get(kind)
        if last is not None and value["headerId"] not in (last + 1, 0):
            self.fault(f"{kind} headerId {value['headerId']} after {last}")
        self.headers[kind] = value["headerId"]
        if self.mode != "AUTOMATIC":
            self.fault(f"{kind} in {self.mode}")

    def _check_order(self, order: dict[str, Any]) -> None:
        nodes, edges = order["nodes"], order["edges"]
        self._check_fields(order)
        for node in nodes:
            place = node["nodePosition"]
            if self.maps is not None and not any(on for (name, _), on in self.maps.items() if name == place["mapId"]):
                self.fault(f"an order on map {place['mapId']}, and there are {self.maps}")
            if not self.on_map(place) or abs(place.get("theta", 0.0)) > math.pi:
                self.fault(f"position {place}")
        for action in (a for part in (*nodes, *edges) for a in part["actions"]):
            self._check_action(action)
        first = nodes[0]["sequenceId"]
        if [n["sequenceId"] for n in nodes] != list(range(first, first + 2 * len(nodes), 2)):
            self.fault("sequenceIds of nodes")
        if [e["sequenceId"] for e in edges] != list(range(first + 1, first + 2 * len(nodes) - 1, 2)):
            self.fault("sequenceIds of edges")
        base = [n["released"] for n in nodes]
        if not base[0] or base != sorted(base, reverse=True) or [e["released"] for e in edges] != base[1:]:
            self.fault(f"base {base}")
        names = [n["nodeId"] for n in nodes]
        ends = [(e.get("startNodeId"), e.get("endNodeId")) for e in edges]
        if self.major == 2 and ends != list(pairwise(names)):
            self.fault(f"edges {ends} between {names}")
        if len(nodes) > 40:
            self.fault(f"{len(nodes)} nodes")

    def on_map(self, place: dict[str, Any]) -> bool:
        """Whether a position is on a map of the site."""
        return bool(place["mapId"] == "site")

    def _check_fields(self, order: dict[str, Any]) -> None:
        known = KNOWN[self.major]
        strange = set(order) - known["order"] - HEADER
        for node in order["nodes"]:
            strange |= set(node) - known["node"] | set(node.get("nodePosition", {})) - known["position"]
        for edge in order["edges"]:
            strange |= set(edge) - known["edge"]
        if strange:
            self.fault(f"fields {sorted(strange)}")
        ids = [order["orderId"], *(n["nodeId"] for n in order["nodes"]), *(e["edgeId"] for e in order["edges"])]
        if not all(CHARACTERS.fullmatch(i) for i in ids):
            self.fault(f"ids {ids}")

    def _check_action(self, action: dict[str, Any]) -> None:
        kind, keys = action["actionType"], {p["key"] for p in action.get("actionParameters", [])}
        if kind not in self.node_actions or set(action) - ACTION or not CHARACTERS.fullmatch(action["actionId"]):
            self.fault(f"action {action}")
        if kind in ("pick", "drop") and keys - {"loadId", "loadType", "stationType"}:
            self.fault(f"parameters {keys}")
        if kind in ("pick", "drop") and MUST - keys:
            self.fault(f"a {kind} without {sorted(MUST - keys)}, which its factsheet demands")
