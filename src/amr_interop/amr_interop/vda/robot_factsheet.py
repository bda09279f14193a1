"""The factsheet of our robots."""

from __future__ import annotations

from typing import Any, Final

from amr_core.robots import RobotType
from amr_interop.vda.acceptance import MAX_NODES
from amr_interop.vda.held import ORDER_ACTIONS
from amr_interop.vda.instants import ERRANDS, INSTANT
from amr_interop.vda.versions import Spelling

OPTIONAL: Final = (
    "order.nodes.nodePosition", "order.nodes.nodePosition.theta", "order.nodes.nodePosition.allowedDeviationXY",
    "order.nodes.nodePosition.allowedDeviationTheta", "order.edges.orientation", "order.edges.orientationType",
)  # fmt: skip
"""Beside these the version's name for the speed limit of an edge."""
_LOAD: Final = ("loadId", "loadType", "stationType", "stationName")
_PARAMETERS: Final = {"pick": _LOAD, "drop": _LOAD, "finePositioning": ("stationType", "stationName")}
_CLASS: Final = {"lift": "CARRIER", "fork": "FORKLIFT"}


def factsheet(kind: RobotType, spelling: Spelling, *, rides: bool = False) -> dict[str, Any]:
    """Return the factsheet of a robot type without its header. rides: its site has a lift."""
    two = spelling.major == 2
    length, width = kind.front + kind.rear, 2.0 * kind.half_width
    height = max(kind.body.deck_top, kind.handling.mast_height)
    arrays = {"order.nodes": MAX_NODES, "order.edges": MAX_NODES - 1}
    return {
        "typeSpecification": {
            "seriesName": kind.name,
            "agvKinematic" if two else "mobileRobotKinematics": "DIFF" if two else "DIFFERENTIAL",
            "agvClass" if two else "mobileRobotClass": _CLASS[kind.handling.kind],
            "maxLoadMass" if two else "maximumLoadMass": kind.max_payload,
            "localizationTypes": ["NATURAL"],
            "navigationTypes": ["VIRTUAL_LINE_GUIDED"],
        },
        "physicalParameters": _physical(kind, length, width, height, two=two),
        "protocolLimits": {
            "maxStringLens" if two else "maximumStringLengths": {},
            "maxArrayLens" if two else "maximumArrayLengths": arrays,
            "timing": {
                "minOrderInterval" if two else "minimumOrderInterval": 0.0,
                "minStateInterval" if two else "minimumStateInterval": 0.1,
                "defaultStateInterval": 1.0,
            },
        },
        "protocolFeatures": {
            "optionalParameters": [
                {"parameter": name, "support": "SUPPORTED"} for name in (*OPTIONAL, f"order.edges.{spelling.max_speed}")
            ],
            "agvActions" if two else "mobileRobotActions": _actions(spelling, rides=rides),
        },
        "agvGeometry" if two else "mobileRobotGeometry": {},
        # Without a position it would have nothing to pick with (2.1, 6.15.1).
        "loadSpecification": {"loadPositions": [kind.handling.kind]},
    }


def _physical(kind: RobotType, length: float, width: float, height: float, *, two: bool) -> dict[str, float]:
    values = {"length": length, "width": width}
    if two:
        return values | {
            "speedMin": 0.0, "speedMax": kind.max_speed, "accelerationMax": kind.acceleration,
            "decelerationMax": kind.deceleration, "heightMin": height, "heightMax": height,
        }  # fmt: skip
    return values | {
        "minimumSpeed": 0.0, "maximumSpeed": kind.max_speed, "maximumAngularSpeed": kind.max_turn_rate,
        "maximumAcceleration": kind.acceleration, "maximumDeceleration": kind.deceleration, "minimumHeight": height,
        "maximumHeight": height,
    }  # fmt: skip


def _actions(spelling: Spelling, *, rides: bool) -> list[dict[str, Any]]:
    """Return what it can do. A pick that has begun must end: a fork under a load cannot be called back.

    2.1 gets no blockingTypes: its schema allows none of the lists that its text means.
    """
    rows = []
    instant = (*INSTANT, spelling.reset_pose, *(["clearInstantActions"] if spelling.major == 3 else []))
    for name in (*sorted(ORDER_ACTIONS), *instant):
        row: dict[str, Any] = {"actionType": name, "actionScopes": ["INSTANT" if name in instant else "NODE"]}
        if name == spelling.reset_pose and rides:
            row["actionScopes"].append("NODE")
        text = [{"key": key, "valueDataType": "STRING", "isOptional": True} for key in _PARAMETERS.get(name, ())]
        if name in ERRANDS:
            text = [{"key": ERRANDS[name], "valueDataType": "STRING", "isOptional": True}]
        if name == spelling.reset_pose:
            text = [{"key": key, "valueDataType": "NUMBER", "isOptional": False} for key in ("x", "y", "theta")]
            text += [{"key": key, "valueDataType": "STRING", "isOptional": True} for key in ("mapId", "lastNodeId")]
        if name == "cancelOrder" and spelling.major == 3:
            text = [{"key": "orderId", "valueDataType": "STRING", "isOptional": True}]
        row |= {"actionParameters": text} if text else {}
        if spelling.major == 3:
            row |= {"pauseAllowed": False, "cancelAllowed": name not in ("pick", "drop")}
            row |= {} if "NODE" not in row["actionScopes"] else {"blockingTypes": ["NONE", "SOFT", "SINGLE", "HARD"]}
        rows.append(row)
    return rows
