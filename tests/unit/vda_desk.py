"""One robot at a desk: master control as a black box, for the tests of what it sends and what it tells the fleet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from amr_core import vda5050
from amr_core.robots import RobotType
from amr_interop.vda.master import Master
from amr_interop.vda.outbox import MasterStep, Outgoing
from amr_interop.vda.sent import MemoryShelf, Shelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.vda_pair import EPOCH, check

ALL = (V2_0, V2_1, V3_0)


class Desk:
    """A master and a robot that says what the test wants."""

    def __init__(
        self, spelling: Spelling = V2_1, shelf: Shelf | None = None, kind: RobotType | None = None,
        carried: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.spelling = spelling
        self.shelf: Any = shelf or MemoryShelf()
        self.master = Master("r", "ACME", "1", map_id="site", shelf=self.shelf, kind=kind, carried=carried)
        self.now = EPOCH
        self.header = 0
        self.sent: list[Outgoing] = []
        self.told: vda5050.RobotState | None = None
        self.state: dict[str, Any] = {
            "orderId": "", "orderUpdateId": 0, "lastNodeId": "A", "lastNodeSequenceId": 0, "driving": False,
            "operatingMode": "AUTOMATIC", "nodeStates": [], "edgeStates": [], "actionStates": [], "errors": [],
            "x": 0.0, "y": 0.0, "theta": 0.0, "clock": 0.0, "charging": False,
            "loads": [],
        }  # fmt: skip

    def topic(self, name: str) -> str:
        return f"{self.spelling.root}/ACME/1/{name}"

    def body(self) -> dict[str, Any]:
        s, raw = self.spelling, dict(self.state)
        x, y, theta, charging = (raw.pop(key) for key in ("x", "y", "theta", "charging"))
        raw.pop("clock")
        place = {"x": x, "y": y, "theta": theta, "mapId": "site", s.localized: True}
        power, safety = {s.charge: 80.0, "charging": charging}, {s.e_stop: "NONE", "fieldViolation": False}
        extra: dict[str, Any] = {} if s.major == 2 else {"instantActionStates": []}
        return extra | raw | {s.position: place, s.power: power, "safetyState": safety}

    def receive(self, name: str, body: dict[str, Any], *, retained: bool = False, **header: Any) -> None:
        stamp = datetime.fromtimestamp(self.now + self.state["clock"], UTC).isoformat()
        head = {
            "headerId": self.header, "timestamp": stamp, "version": self.spelling.version, "manufacturer": "ACME",
            "serialNumber": "1", **header,
        }  # fmt: skip
        self.header += 1
        self.deliver(self.topic(name), {**head, **body}, retained=retained)

    def deliver(self, topic: str, message: Mapping[str, Any], *, retained: bool) -> None:
        """Bring the master a message of the robot."""
        self.master.receive(self.now, topic, json.dumps(message).encode(), retained=retained)

    def step(self) -> MasterStep:
        """Let the master decide; return what the robot gets."""
        return self.master.step(self.now)

    def say(self, seconds: float = 0.2, **changes: Any) -> list[Outgoing]:
        """The robot sends a state; return what the master sends then."""
        self.state |= changes
        self.receive("state", self.body())
        return self.wait(seconds)

    def wait(self, seconds: float) -> list[Outgoing]:
        began = len(self.sent)
        for _ in range(max(1, round(seconds / 0.1))):
            self.now += 0.1
            step = self.step()
            for message in step.messages:
                check(message)
            self.sent += step.messages
            self.told = step.state
        return self.sent[began:]

    def orders(self, sent: list[Outgoing]) -> list[dict[str, Any]]:
        return [dict(m.message) for m in sent if m.topic.endswith("/order")]

    def instants(self, sent: list[Outgoing]) -> list[str]:
        bodies = [m.message for m in sent if m.topic.endswith("/instantActions")]
        return [a["actionType"] for body in bodies for a in body["actions"]]

    def take_over(self, order: dict[str, Any]) -> None:
        """The robot accepts an order as it should."""
        left = order["nodes"][1:]
        self.say(
            orderId=order["orderId"], orderUpdateId=order["orderUpdateId"],
            nodeStates=[{k: n[k] for k in ("nodeId", "sequenceId", "released")} for n in left],
        )  # fmt: skip


def mission(released: int, *, update: int = 0, last: int = 5) -> vda5050.Order:
    """Return the fleet's order over A B C D E F with so many released nodes, and a pick at the end."""
    names = "ABCDEF"[: last + 1]
    pick = (vda5050.OrderAction("pick", "T1:pick", {"load_id": "PALLET-0001"}),)
    nodes = tuple(
        vda5050.OrderNode(n, 2 * i, i < released, 3.0 * i, 0.0, 0.0, pick if i == last else ())
        for i, n in enumerate(names)
    )
    edges = tuple(
        vda5050.OrderEdge(f"{a}>{b}", 2 * i + 1, i + 1 < released, a, b, 1.0, "drive")
        for i, (a, b) in enumerate(pairwise(names))
    )
    return vda5050.Order("r", "M1", update, nodes, edges)


def leading(desk: Desk, released: int = 3) -> dict[str, Any]:
    """Bring a desk to a robot that has taken its first order; return it."""
    desk.say()
    desk.master.order(mission(released))
    order = desk.orders(desk.wait(0.2))[0]
    desk.take_over(order)
    return order
