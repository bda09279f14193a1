"""A site with two levels, and robots on it by VDA 5050."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amr_core import vda5050 as vda
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_interop.vda import encode
from amr_interop.vda.floors import floors_of
from amr_interop.vda.master import Master
from amr_interop.vda.messages import Header, WireState
from amr_interop.vda.outbox import HeaderWriter
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import MemoryShelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.vda_pair import EPOCH, check

SITE = load_site("two_floor")
ROADMAP: Roadmap = build_roadmap(SITE)
FLOORS = floors_of(SITE)
GROUND, UPPER = "two_floor.ground", "two_floor.upper"
EVERY = pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)


class Stranger:
    """A robot of another maker under our master control: it says what the test says."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling, self.now = spelling, EPOCH
        self.writer = HeaderWriter("ACME", "1")
        self.master = Master("r", "ACME", "1", map_id=SITE.id, shelf=MemoryShelf(), floors=FLOORS)
        self.orders: list[dict[str, Any]] = []
        self.instants: list[dict[str, Any]] = []
        self.zone_sets: list[dict[str, Any]] = []
        self.told: vda.RobotState | None = None

    def say(self, **values: Any) -> None:
        """Send a state and let the master take a step."""
        state = WireState(header=Header(0, None, "", "", ""), localized=True, loads=(), **values)
        rows = [
            {"zoneSetId": z.id, "mapId": z.map_id, "zoneSetStatus": "ENABLED" if z.enabled else "DISABLED"}
            for z in state.zone_sets
        ]
        body = encode.state(state, self.spelling) | ({"zoneSets": rows} if rows else {})
        message = self.writer.seal("state", body, self.now, self.spelling)
        self.master.receive(self.now, message.topic, json.dumps(message.message).encode(), retained=False)
        self.step()

    def step(self) -> None:
        """Let 0.1 s pass."""
        self.now += 0.1
        outcome = self.master.step(self.now)
        for sent in outcome.messages:
            check(sent)
            if sent.topic.endswith("/order"):
                self.orders.append(dict(sent.message))
            elif sent.topic.endswith("/instantActions"):
                self.instants += sent.message["actions"]
            elif sent.topic.endswith("/zoneSet"):
                self.zone_sets.append(dict(sent.message))
        self.told = outcome.state or self.told

    def sheet(self, zones: tuple[str, ...] = ()) -> None:
        """Say a factsheet: ours with actions about maps and with zones."""
        body = factsheet(LIFT_AMR, self.spelling)
        key = "agvActions" if self.spelling.major == 2 else "mobileRobotActions"
        body["protocolFeatures"][key] += [
            {"actionType": name, "actionScopes": ["INSTANT"]} for name in ("downloadMap", "enableMap", "deleteMap")
        ]
        if zones:
            body["typeSpecification"]["supportedZones"] = list(zones)
        message = self.writer.seal("factsheet", body, self.now, self.spelling)
        self.master.receive(self.now, message.topic, json.dumps(message.message).encode(), retained=True)

    @property
    def codes(self) -> set[tuple[str, str]]:
        """Errors of the robot as the fleet hears them."""
        assert self.told is not None
        return {(e.code, e.level) for e in self.told.errors}

    def asked(self, kind: str) -> int:
        """How many instant actions of a type were sent, each counted once."""
        return len({a["actionId"] for a in self.instants if a["actionType"] == kind})


def ride_order(base: int) -> vda.Order:
    """Return an order from the lane before the lift into it, up, and out; so many nodes are released."""
    cabin, other = "lift_1@ground", "lift_1@upper"
    into = next(e for e in ROADMAP.edges.values() if e.end == cabin and e.manoeuvre != "ride")
    out = next(e for e in ROADMAP.out_edges[other] if e.manoeuvre != "ride")
    edges = [into, ROADMAP.edge_between(cabin, other), out]
    names = [into.start, cabin, other, out.end]
    nodes = [
        vda.OrderNode(n, 2 * i, i < base, ROADMAP.nodes[n].x, ROADMAP.nodes[n].y, ROADMAP.nodes[n].theta)
        for i, n in enumerate(names)
    ]
    ways = [
        vda.OrderEdge(e.id, 2 * i + 1, i + 1 < base, e.start, e.end, e.max_speed, e.manoeuvre)
        for i, e in enumerate(edges)
    ]
    return vda.Order("r", "M1", base - 1, tuple(nodes), tuple(ways))


def place(name: str, map_id: str = "") -> dict[str, Any]:
    """Return where a robot at a node says to be."""
    node = ROADMAP.nodes[name]
    floor = FLOORS.at(node.x, node.y)
    x, y = floor.wire(node.x, node.y)
    return {"x": x, "y": y, "theta": node.theta or 0.0, "map_id": map_id or floor.map_id}


def wire(name: str, sequence: int, *, released: bool = True, label: str = "", **more: Any) -> dict[str, Any]:
    """Return a node of an order; label: what another maker calls it."""
    at = place(name)
    position = {"x": at["x"], "y": at["y"], "mapId": at["map_id"]}
    return {
        "nodeId": label or name.replace("@", ":-"),
        "sequenceId": sequence,
        "released": released,
        "nodePosition": position,
        **more,
    }


def at(x: float, y: float, map_id: str, label: str = "x", **more: Any) -> dict[str, Any]:
    """Return a node at a place of a map."""
    return wire("lift_1@ground", 2, label=label, **more) | {"nodePosition": {"x": x, "y": y, "mapId": map_id}}
