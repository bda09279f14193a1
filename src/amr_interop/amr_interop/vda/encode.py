"""Messages of VDA 5050 2.0, 2.1 and 3.0 written strictly: what the schema of the version allows, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from amr_core.geometry import wrap_angle
from amr_core.vda5050 import ActionState
from amr_interop.vda.cameras import informed
from amr_interop.vda.messages import PROCESS, Header, Reached, WireAction, WireEdge, WireError, WireNode, WireState
from amr_interop.vda.versions import Spelling

_PI: Final = 3.1415926
"""What is sent at most: a schema's limit of 3.14159265359 refuses the nearest 32-bit float above it."""

Message = dict[str, Any]


def angle(theta: float) -> float:
    """Return an angle (rad) within what every version's schema allows."""
    return min(_PI, max(-_PI, wrap_angle(theta)))


def timestamp(stamp: float, spelling: Spelling) -> str:
    """Return a time (s since 1970) as ISO 8601 in UTC: 2.x with hundredths, 3.0 with thousandths."""
    text = datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text[: -4 if spelling.major == 2 else -3] + "Z"


def header(head: Header, spelling: Spelling) -> Message:
    """Return the header of any message."""
    return {
        "headerId": head.header_id,
        "timestamp": timestamp(head.stamp or 0.0, spelling),
        "version": spelling.version,
        "manufacturer": head.manufacturer,
        "serialNumber": head.serial,
    }


# Orders and instant actions -------------------------------------------------------------------------------------------


def order(
    order_id: str, update_id: int, nodes: Sequence[WireNode], edges: Sequence[WireEdge], spelling: Spelling
) -> Message:
    """Return an order without its header: what is stored and sent again as it is."""
    return {
        "orderId": order_id,
        "orderUpdateId": update_id,
        "nodes": [node(n, spelling) for n in nodes],
        "edges": [edge(e, spelling) for e in edges],
    }


def node(n: WireNode, spelling: Spelling) -> Message:
    """Return a node of an order."""
    message: Message = {"nodeId": n.node_id, "sequenceId": n.sequence_id, "released": n.released}
    if n.x is not None and n.y is not None:
        place: Message = {"x": n.x, "y": n.y, "mapId": n.map_id}
        if n.theta is not None:
            place["theta"] = angle(n.theta)
        if n.deviation is not None:
            d = n.deviation
            place["allowedDeviationXY"] = d if spelling.major == 2 else {"a": d, "b": d, "theta": 0.0}
        if n.turn is not None:
            place["allowedDeviationTheta"] = angle(n.turn)
        message["nodePosition"] = place
    message["actions"] = [action(a) for a in n.actions]
    return message


def edge(e: WireEdge, spelling: Spelling) -> Message:
    """Return an edge of an order."""
    message: Message = {"edgeId": e.edge_id, "sequenceId": e.sequence_id, "released": e.released}
    message |= {"startNodeId": e.start, "endNodeId": e.end} if spelling.major == 2 else {}
    if e.max_speed is not None:
        message[spelling.max_speed] = e.max_speed
    if e.length is not None:
        message["length"] = round(e.length, 4)
    if e.reverse or e.angle is not None:
        message["orientation"] = _PI if e.reverse else angle(e.angle or 0.0)
        message |= {"orientationType": "TANGENTIAL"} if e.typed else {}
    message["actions"] = [action(a) for a in e.actions]
    return message


def action(a: WireAction) -> Message:
    """Return an action of an order, or an instant action."""
    message: Message = {"actionType": a.action_type, "actionId": a.action_id, "blockingType": a.blocking_type}
    if a.parameters:
        message["actionParameters"] = [{"key": key, "value": value} for key, value in a.parameters.items()]
    return message


def instant_actions(actions: Iterable[WireAction]) -> Message:
    """Return instant actions without their header. Their blocking type is NONE: 3.0 allows nothing else."""
    return {"actions": [action(WireAction(a.action_type, a.action_id, "NONE", a.parameters)) for a in actions]}


# What robots say ------------------------------------------------------------------------------------------------------


def connection(word: str, spelling: Spelling) -> Message:
    """Return ONLINE, OFFLINE or BROKEN without its header."""
    return {"connectionState": spelling.broken if word == "BROKEN" else word}


def state(s: WireState, spelling: Spelling) -> Message:
    """Return a state without its header."""
    message: Message = {
        "orderId": s.order_id,
        "orderUpdateId": s.update_id,
        "lastNodeId": s.last_node_id,
        "lastNodeSequenceId": s.last_sequence_id,
        "driving": s.driving,
        "paused": s.paused,
        "newBaseRequest": s.new_base_request,
        "operatingMode": _mode(s.mode, spelling),
        "nodeStates": [_reached(n, "nodeId") for n in s.nodes],
        "edgeStates": [_reached(e, "edgeId") for e in s.edges],
        "velocity": {"vx": round(s.v, 4), "vy": 0.0, "omega": round(s.w, 4)},
        spelling.power: {spelling.charge: round(100.0 * s.soc, 2), "charging": s.charging},
        "errors": [_error(e, spelling) for e in s.errors],
        "safetyState": {spelling.e_stop: _e_stop(s.e_stop, spelling), "fieldViolation": s.field_violation},
    }
    if s.loads is not None:
        message["loads"] = [{"loadId": load} for load in s.loads]
    if s.x is not None and s.y is not None:
        message[spelling.position] = {
            "x": round(s.x, 4), "y": round(s.y, 4), "theta": round(angle(s.theta), 5), "mapId": s.map_id,
            spelling.localized: s.localized, **({} if s.score is None else {"localizationScore": round(s.score, 3)}),
        }  # fmt: skip
    if s.distance_since_last is not None:
        message["distanceSinceLastNode"] = round(s.distance_since_last, 3)
    if s.maps:
        message["maps"] = [
            {"mapId": m.map_id, "mapVersion": m.version, "mapStatus": "ENABLED" if m.enabled else "DISABLED"}
            for m in s.maps
        ]
    if s.process:
        references = [{"referenceKey": PROCESS, "referenceValue": s.process}]
        message["information"] = [{"infoType": PROCESS, "infoLevel": "INFO", "infoReferences": references}]
    if s.cameras:
        message["information"] = [*message.get("information", []), *informed(s.cameras)]
    instant = [_action_state(a, spelling) for a in s.instant_actions]
    message["actionStates"] = [_action_state(a, spelling) for a in s.actions]
    if spelling.major == 2:
        message["actionStates"] += instant
    else:
        message["instantActionStates"] = instant
    return message


def _mode(mode: str, spelling: Spelling) -> str:
    if spelling.major == 3:
        return mode
    return {"STARTUP": "SERVICE", "INTERVENED": "MANUAL", "TEACH_IN": "TEACHIN"}.get(mode, mode)


def _e_stop(word: str, spelling: Spelling) -> str:
    # 3.0 has no word for a stop that clears itself; the robot is able to go on by itself, so it is none.
    return "NONE" if word == "AUTOACK" and spelling.major == 3 else word


def _reached(r: Reached, key: str) -> Message:
    return {key: r.id, "sequenceId": r.sequence_id, "released": r.released}


def _action_state(a: ActionState, spelling: Spelling) -> Message:
    message: Message = {"actionId": a.action_id, "actionType": a.action_type, "actionStatus": a.status}
    return message | ({spelling.result: a.result_code} if a.result_code else {})


def _error(e: WireError, spelling: Spelling) -> Message:
    # FATAL of 2.x is one that a person must see to; of CRITICAL a robot takes its next order (3.0, 6.6.5.1).
    level = e.level if spelling.major == 3 else {"URGENT": "WARNING", "CRITICAL": "WARNING"}.get(e.level, e.level)
    kind = spelling.errors.get(e.error_type, e.error_type)
    if spelling.major == 2 and e.error_type in spelling.errors:
        level = "WARNING"  # a refused message stops nobody in 2.x
    message: Message = {"errorType": kind, "errorLevel": level}
    if e.references:
        message["errorReferences"] = [{"referenceKey": k, "referenceValue": v} for k, v in e.references]
    if e.description:
        message["errorDescription"] = e.description
    if e.translation and spelling.major == 3:
        message["errorDescriptionTranslations"] = [{"translationKey": "vi", "translationValue": e.translation}]
    return message
