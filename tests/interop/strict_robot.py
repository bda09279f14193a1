"""A strict robot, written from the text of VDA 5050 and not from our code: it drives and notes its master's faults.

It knows nothing of `amr_interop`: JSON, a schema, an MQTT client. Time runs `pace` times as fast as the clock.
"""

from __future__ import annotations

import json
import math
import threading
import time
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.interop.strict_text import HEADER, MUST, StrictReader

EPOCH = 1_800_000_000.0
MAP_ACTIONS = {
    "downloadMap": ("mapId", "mapVersion", "mapDownloadLink", "mapHash"), "enableMap": ("mapId", "mapVersion"),
    "deleteMap": ("mapId", "mapVersion"),
}  # fmt: skip
INSTANT_ACTIONS = {"cancelOrder", "startPause", "stopPause", "stateRequest", "factsheetRequest"}
MOST_STATES = 9
"""state.nodeStates: as many nodes as its states hold, base and horizon (2.1, 6.15.1)."""


class StrictRobot(StrictReader):
    """One robot at x, y (m) on the node `node`. faults: what its master did against the text."""

    def __init__(
        self, port: int, version: str, serial: str, node: str, x: float, y: float, pace: float,
        maps: dict[tuple[str, str], bool] | None = None, client_id: str = "",
    ) -> None:  # fmt: skip
        super().__init__(version, serial, maps)
        self.pace = pace
        self.root = f"{'uagv/v2' if self.major == 2 else 'vda5050/v3'}/ACME/{serial}"
        self.x, self.y, self.last, self.last_seq = x, y, node, 0
        self.orders: list[str] = []
        self.done: list[tuple[str, str]] = []
        self.updates = 0
        self.drop_next = 0
        self.width = 0.8
        self.map_id = "site"
        self._download = ("", 0.0, ("", ""))
        self.order_id, self.update = "", 0
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []
        self.states: dict[str, dict[str, Any]] = {}
        self.instants: dict[str, dict[str, Any]] = {}
        self.errors: list[dict[str, Any]] = []
        self.loads: list[str] = []
        self.cancelled, self.paused = False, False
        self.busy, self.moved = 0.0, False
        self.content: dict[str, Any] = {}
        self.counters: dict[str, int] = {}
        self.seen_ids: set[str] = set()
        self._changed, self._said = True, -1e9
        self._mute = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id or f"ACME-{serial}", clean_session=True)
        broken = "CONNECTIONBROKEN" if self.major == 2 else "CONNECTION_BROKEN"
        self.client.will_set(
            f"{self.root}/connection", self._message("connection", {"connectionState": broken}), 1, True
        )
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port, 15)
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        """Begin to speak and to live."""
        self.client.loop_start()
        self._thread.start()

    # Its own words ----------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return EPOCH + (time.monotonic() % 1e5) * self.pace

    def _message(self, topic: str, body: dict[str, Any]) -> bytes:
        number = self.counters[topic] = self.counters.get(topic, -1) + 1
        moment = datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        head = {
            "headerId": number, "timestamp": moment[: -4 if self.major == 2 else -3] + "Z", "version": self.version,
            "manufacturer": "ACME", "serialNumber": self.serial,
        }  # fmt: skip
        return json.dumps(head | body).encode()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        self.headers.clear()  # what was said while the line was down is lost, and that is nobody's fault
        client.subscribe([(f"{self.root}/order", 0), (f"{self.root}/instantActions", 0)])
        client.publish(f"{self.root}/connection", self._message("connection", {"connectionState": "ONLINE"}), 1, True)
        self.factsheet()
        self._changed = True

    def factsheet(self) -> None:
        if self._mute:
            return
        two = self.major == 2
        optional = ["nodePosition.theta", "nodePosition.allowedDeviationXY"]
        names = [f"order.nodes.{name}" for name in optional] + [
            "order.edges.maxSpeed" if two else "order.edges.maximumSpeed", "order.edges.orientation",
            "order.edges.orientationType",
        ]  # fmt: skip
        load: list[dict[str, Any]] = [{"key": "loadId", "valueDataType": "STRING"}]
        load += [{"key": key, "valueDataType": "STRING", "isOptional": False} for key in MUST]
        actions: list[dict[str, Any]] = [
            {"actionType": n, "actionScopes": ["NODE"]} for n in sorted(self.node_actions - {"pick", "drop"})
        ]
        actions += [{"actionType": n, "actionScopes": ["NODE"], "actionParameters": load} for n in ("pick", "drop")]
        actions += [{"actionType": n, "actionScopes": ["INSTANT"]} for n in sorted(INSTANT_ACTIONS)]
        for name, keys in MAP_ACTIONS.items() if self.maps is not None else ():
            told = [{"key": key, "valueDataType": "STRING"} for key in keys]
            actions.append({"actionType": name, "actionScopes": ["INSTANT"], "actionParameters": told})
        body = {
            "typeSpecification": {"seriesName": "strict"}, "physicalParameters": {"length": 1.2, "width": self.width},
            "protocolLimits": {
                "maxStringLens" if two else "maximumStringLengths": {},
                "maxArrayLens" if two else "maximumArrayLengths": {
                    "order.nodes": 40, "order.edges": 39, "state.nodeStates": MOST_STATES,
                },
                "timing": {"minOrderInterval" if two else "minimumOrderInterval": 0.0, "defaultStateInterval": 10.0},
            },
            "protocolFeatures": {
                "optionalParameters": [{"parameter": name, "support": "SUPPORTED"} for name in names],
                "agvActions" if two else "mobileRobotActions": actions,
            },
        }  # fmt: skip
        self.client.publish(f"{self.root}/factsheet", self._message("factsheet", body), 0, True)

    def forget_factsheet(self) -> None:
        """Nobody hears its factsheet any more: neither the broker has it, nor does it answer a request."""
        self._mute = True
        self.client.publish(f"{self.root}/factsheet", b"", 0, True)

    def state(self) -> dict[str, Any]:
        two = self.major == 2
        left = [n for n in self.nodes if n["sequenceId"] > self.last_seq]
        roads = [e for e in self.edges if e["sequenceId"] > self.last_seq]
        place = {"x": self.x, "y": self.y, "theta": 0.0, "mapId": self.map_id}
        body: dict[str, Any] = {
            "orderId": self.order_id, "orderUpdateId": self.update, "lastNodeId": self.last,
            "lastNodeSequenceId": self.last_seq, "driving": self.moved, "paused": self.paused,
            "operatingMode": self.mode,
            "nodeStates": [{k: n[k] for k in ("nodeId", "sequenceId", "released")} for n in left],
            "edgeStates": [{k: e[k] for k in ("edgeId", "sequenceId", "released")} for e in roads],
            "loads": [{"loadId": load} for load in self.loads], "errors": self.errors,
            "actionStates": list(self.states.values()) + (list(self.instants.values()) if two else []),
        }  # fmt: skip
        if self.maps is not None:
            rows = ((i, v, "ENABLED" if on else "DISABLED") for (i, v), on in self.maps.items())
            body["maps"] = [dict(zip(("mapId", "mapVersion", "mapStatus"), row, strict=True)) for row in rows]
        if two:
            return body | {
                "agvPosition": place | {"positionInitialized": True},
                "safetyState": {"eStop": "NONE", "fieldViolation": False},
                "batteryState": {"batteryCharge": 80.0, "charging": False},
            }  # fmt: skip
        return body | {
            "mobileRobotPosition": place | {"localized": True},
            "powerSupply": {"stateOfCharge": 80.0, "charging": False},
            "safetyState": {"activeEmergencyStop": "NONE", "fieldViolation": False},
            "instantActionStates": list(self.instants.values()),
        }  # fmt: skip

    # What its master says ---------------------------------------------------------------------------------------------

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        kind = message.topic.rpartition("/")[2]
        with self._lock:
            if kind == "order" and self.drop_next:
                self.drop_next -= 1
                self.headers.pop("order", None)
                return
            try:
                value = json.loads(message.payload)
                self._check_message(kind, value, message)
                if kind == "order":
                    self._take_order(value)
                else:
                    for action in value["actions"]:
                        self._take_instant(action)
            except (KeyError, ValueError, TypeError, IndexError) as error:
                self.fault(f"{kind} cannot be read: {error!r}")
            self._changed = True

    @property
    def idle(self) -> bool:
        left = any(n["sequenceId"] > self.last_seq for n in self.nodes)
        return not left and all(s["actionStatus"] in ("FINISHED", "FAILED") for s in self.states.values())

    def _take_order(self, order: dict[str, Any]) -> None:
        self._check_order(order)
        content = {k: v for k, v in order.items() if k not in HEADER}
        if order["orderId"] != self.order_id:
            self._new(order)
        elif order["orderUpdateId"] == self.update:
            if content != self.content:
                self.fault("the same orderUpdateId with other content")
            return
        else:
            self._update(order)
        self.content = content

    def _new(self, order: dict[str, Any]) -> None:
        first = order["nodes"][0]
        if not self.idle:
            self.fault(f"order {order['orderId']} while {self.order_id} is not finished")
            return
        if self._cancelling():
            self.fault("a new order while cancelOrder runs")
        if order["orderUpdateId"] or first["sequenceId"]:
            self.fault(f"a new order with update {order['orderUpdateId']}, sequence {first['sequenceId']}")
        place = first["nodePosition"]
        deviation = place.get("allowedDeviationXY", 0.0)
        radius = deviation if self.major == 2 else min(deviation["a"], deviation["b"]) if deviation else 0.0
        away = math.hypot(place["x"] - self.x, place["y"] - self.y)
        if away > max(radius, 0.05) or place["mapId"] != self.map_id:
            self.fault(f"it begins at {place}, the robot is at {self.x:.2f}, {self.y:.2f}")
        for name in (order["orderId"], *(a["actionId"] for n in order["nodes"] for a in n["actions"])):
            if name in self.seen_ids:
                self.fault(f"id {name} came before")
            self.seen_ids.add(name)
        self.orders.append(order["orderId"])
        self.order_id, self.update, self.cancelled = order["orderId"], 0, False
        self.nodes, self.edges = list(order["nodes"]), list(order["edges"])
        self.last, self.last_seq, self.errors = first["nodeId"], 0, []
        self.states = {}
        if self.major == 2:
            self.instants = {k: s for k, s in self.instants.items() if s["actionStatus"] == "RUNNING"}
        self._enlist(order)

    def _update(self, order: dict[str, Any]) -> None:
        decision = [n for n in self.nodes if n["released"]][-1]
        if self.cancelled:
            self.fault("an update after cancelOrder")
            return
        if order["orderUpdateId"] != self.update + 1:
            self.fault(f"update {order['orderUpdateId']} after {self.update}")
        if order["nodes"][0] != decision:
            self.fault(f"an update from {order['nodes'][0]}, not {decision}")
            return
        keep = self.nodes.index(decision)
        gone = {a["actionId"] for n in self.nodes[keep + 1 :] for a in n["actions"]}
        self.states = {k: s for k, s in self.states.items() if k not in gone}
        self.nodes = self.nodes[: keep + 1] + order["nodes"][1:]
        self.edges = self.edges[:keep] + order["edges"]
        self.update, self.errors = order["orderUpdateId"], []
        self.updates += 1
        self._enlist(order)

    def _enlist(self, order: dict[str, Any]) -> None:
        if (left := sum(n["sequenceId"] > self.last_seq for n in self.nodes)) > MOST_STATES:
            self.fault(f"{left} nodes to go, and its states hold {MOST_STATES}")
        for action in (a for n in order["nodes"] for a in n["actions"]):
            row = {"actionId": action["actionId"], "actionType": action["actionType"], "actionStatus": "WAITING"}
            self.states.setdefault(action["actionId"], row)

    def _cancelling(self) -> bool:
        rows = self.instants.values()
        return any(s["actionType"] == "cancelOrder" and s["actionStatus"] == "RUNNING" for s in rows)

    def _take_instant(self, action: dict[str, Any]) -> None:
        kind, name = action["actionType"], action["actionId"]
        if kind not in INSTANT_ACTIONS and (kind not in MAP_ACTIONS or self.maps is None):
            self.fault(f"instant action {kind}")
        if action["blockingType"] != "NONE":
            self.fault(f"instant action with {action['blockingType']}")
        if name in self.instants:
            return
        if name in self.seen_ids:
            self.fault(f"id {name} came before")
        self.seen_ids.add(name)
        row = self.instants[name] = {"actionId": name, "actionType": kind, "actionStatus": "FINISHED"}
        if kind == "cancelOrder":
            if self.idle or self._cancelling():
                row["actionStatus"] = "FAILED"
                self.fault("cancelOrder without an order")
            else:
                row["actionStatus"], self.cancelled = "RUNNING", True
        elif kind == "factsheetRequest":
            self.factsheet()
        elif kind in MAP_ACTIONS and self.maps is not None:
            self._take_map(row, {p["key"]: p["value"] for p in action["actionParameters"]})
        elif kind in ("startPause", "stopPause"):
            self.paused = kind == "startPause"

    def _take_map(self, row: dict[str, Any], told: dict[str, str]) -> None:
        kind, key = row["actionType"], (told["mapId"], told["mapVersion"])
        assert self.maps is not None
        if set(told) - set(MAP_ACTIONS[kind]) or (kind == "downloadMap") == (key in self.maps):
            self.fault(f"{kind} {told} with {self.maps}")
            row["actionStatus"] = "FAILED"
        elif kind == "downloadMap":
            row["actionStatus"], self._download = "RUNNING", (row["actionId"], self.now() + 8.0, key)
        elif kind == "enableMap":
            if not self.idle or self.moved:
                self.fault("enableMap with an order under way")
            self.maps = {k: k == key or (on and k[0] != key[0]) for k, on in self.maps.items()}
        elif self.maps[key]:
            self.fault(f"deleteMap {key} which is in use")
            row["actionStatus"] = "FAILED"
        else:
            del self.maps[key]

    def _end_download(self) -> None:
        name, due, key = self._download
        if name and self.now() >= due and self.maps is not None:
            self._download, self._changed = ("", 0.0, ("", "")), True
            self.maps[key] = False
            self.instants[name]["actionStatus"] = "FINISHED"

    # Its life ---------------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        step = 0.02
        while not self._stop.wait(step):
            with self._lock:
                self._end_download()
                if self.mode == "AUTOMATIC":
                    self._work(step * self.pace)
                elif not self.idle:
                    self._clear()
                if self._changed or self.now() - self._said > 2.0:
                    self._changed, self._said = False, self.now()
                    self.client.publish(f"{self.root}/state", self._message("state", self.state()), 0)

    def _clear(self) -> None:
        for row in self.states.values():
            if row["actionStatus"] not in ("FINISHED", "FAILED"):
                row["actionStatus"] = "FAILED"
        self.nodes, self.edges, self.cancelled, self._changed = [], [], True, True

    def _work(self, dt: float) -> None:
        was = self.moved
        self.moved = False
        if self.cancelled and self._cancelling():
            self._clear()
            for row in self.instants.values():
                if row["actionType"] == "cancelOrder" and row["actionStatus"] == "RUNNING":
                    row["actionStatus"] = "FINISHED"
        elif not self.paused and not self.cancelled and not self._act(dt):
            self._drive(1.5 * dt)
        self._changed |= was != self.moved

    def _act(self, dt: float) -> bool:
        here = next((n for n in self.nodes if n["sequenceId"] == self.last_seq), None)
        for action in here["actions"] if here else []:
            row = self.states[action["actionId"]]
            if row["actionStatus"] == "WAITING":
                row["actionStatus"], self.busy, self._changed = "RUNNING", 5.0, True
            elif row["actionStatus"] == "RUNNING":
                self.busy -= dt
                if self.busy <= 0.0:
                    self._finish(action, row)
            if row["actionStatus"] == "RUNNING":
                return True
        return False

    def _finish(self, action: dict[str, Any], row: dict[str, Any]) -> None:
        load = next((p["value"] for p in action.get("actionParameters", []) if p["key"] == "loadId"), "")
        row["actionStatus"], self._changed = "FINISHED", True
        self.done.append((action["actionType"], load))
        if action["actionType"] == "pick":
            self.loads.append(load)
        elif action["actionType"] == "drop":
            self.loads.remove(load)

    def _drive(self, way: float) -> None:
        while way > 0.0:
            target = next((n for n in self.nodes if n["sequenceId"] == self.last_seq + 2 and n["released"]), None)
            here = next((n for n in self.nodes if n["sequenceId"] == self.last_seq), None)
            waits = here is not None and any(
                self.states[a["actionId"]]["actionStatus"] not in ("FINISHED", "FAILED") for a in here["actions"]
            )
            if target is None or waits:
                return
            place = target["nodePosition"]
            left = math.hypot(place["x"] - self.x, place["y"] - self.y)
            self.moved = True
            if left > way:
                self.x += way * (place["x"] - self.x) / left
                self.y += way * (place["y"] - self.y) / left
                return
            way -= left
            self.x, self.y = place["x"], place["y"]
            self.last, self.last_seq, self._changed = target["nodeId"], target["sequenceId"], True

    def close(self) -> None:
        self._stop.set()
        self._thread.join(2.0)
        self.client.disconnect()
        self.client.loop_stop()
