"""What a viewer of Foxglove is shown of the fleet: its schemas are those of an incident's MCAP file. No ROS in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from amr_core.site import Site
from amr_fleet.replay.mcap_file import map_lines, scene_of
from amr_fleet.replay.tracks import Frame, Placed

SCENE, MAP, ROBOTS, ORDERS, WAITS = "/scene", "/map", "/robots", "/orders", "/waits"
SCAN_TOPICS: Final = ("scan_front", "scan_rear")


def _rows(name: str, fields: Mapping[str, str]) -> dict[str, Any]:
    rows = {"type": "object", "properties": {key: {"type": kind} for key, kind in fields.items()}}
    return {
        "title": f"amr.{name}",
        "type": "object",
        "properties": {"t": {"type": "number"}, name.lower(): {"type": "array", "items": rows}},
    }


TABLES: Final = {
    ROBOTS: _rows(
        "Robots",
        {
            **dict.fromkeys(("robot", "type", "status", "order", "node", "waits"), "string"),
            **dict.fromkeys(("x", "y", "theta", "battery"), "number"),
        },
    ),
    ORDERS: _rows(
        "Orders",
        {
            **dict.fromkeys(("order", "reference", "from", "to", "state", "robot", "reason"), "string"),
            "priority": "integer",
        },
    ),
    WAITS: _rows("Waits", dict.fromkeys(("robot", "order", "reason"), "string")),
}
"""JSON Schemas of the tables, by topic."""


@dataclass(frozen=True)
class ViewedRobot:
    """A robot as the fleet says it once a second."""

    name: str
    kind: str
    status: str
    order: str
    node: str
    waits: str
    battery: float
    x: float
    y: float
    theta: float


@dataclass(frozen=True)
class ViewedOrder:
    """An open order."""

    order: str
    reference: str
    pick: str
    drop: str
    state: str
    robot: str
    reason: str
    priority: int


def map_message(site: Site, t: float) -> dict[str, Any]:
    """Return the walls (foxglove.SceneUpdate)."""
    return map_lines(site, t)


def scene_message(robots: Sequence[ViewedRobot], poses: Mapping[str, tuple[float, float, float]], t: float) -> Any:
    """Return the robots (foxglove.SceneUpdate) where they are. poses: newer ones than the fleet's, map frame."""
    placed = {
        row.name: Placed(*poses.get(row.name, (row.x, row.y, row.theta)), (row.kind, row.status)) for row in robots
    }
    return scene_of(Frame(t, placed, ()))


def table_messages(robots: Sequence[ViewedRobot], orders: Sequence[ViewedOrder], t: float) -> dict[str, dict[str, Any]]:
    """Return the tables by topic: robots, open orders, and who waits why."""
    return {
        ROBOTS: {
            "t": t,
            "robots": [
                {
                    "robot": r.name, "type": r.kind, "status": r.status, "order": r.order, "node": r.node,
                    "waits": r.waits, "x": r.x, "y": r.y, "theta": r.theta, "battery": round(100.0 * r.battery, 1),
                }
                for r in robots
            ],
        },
        ORDERS: {
            "t": t,
            "orders": [
                {
                    "order": o.order, "reference": o.reference, "from": o.pick, "to": o.drop, "state": o.state,
                    "robot": o.robot, "reason": o.reason, "priority": o.priority,
                }
                for o in orders
            ],
        },
        WAITS: {
            "t": t,
            "waits": [
                *({"robot": r.name, "order": r.order, "reason": r.waits} for r in robots if r.waits),
                *({"robot": "", "order": o.order, "reason": o.reason} for o in orders if o.reason and not o.robot),
            ],
        },
    }  # fmt: skip
