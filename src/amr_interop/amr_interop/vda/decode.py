"""Messages of VDA 5050 2.0, 2.1 and 3.0 read into the words of `messages`. Raises message.invalid or vda.version.

Read leniently: what the text allows, and what robots in the field leave out, is taken; what could move a robot wrongly
is not. Which version a message is in, its own header says.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

from amr_core.geometry import wrap_angle
from amr_core.vda5050 import ActionState, ActionStatus, BlockingType
from amr_interop.vda.cameras import cameras_of
from amr_interop.vda.messages import (
    PROCESS,
    Blocking,
    Factsheet,
    Header,
    MapState,
    Reached,
    RobotRequest,
    WireAction,
    WireEdge,
    WireError,
    WireNode,
    WireOrder,
    WireState,
    ZoneSetState,
)
from amr_interop.vda.reading import LastRead, Record
from amr_interop.vda.shapes import shapes
from amr_interop.vda.versions import Spelling, spelling_of

_HEADER: Final = ("headerId", "timestamp", "version", "manufacturer", "serialNumber")
_STATUS: Final = frozenset({*get_args(ActionStatus), "RETRIABLE"})
_LEVELS: Final = frozenset({"WARNING", "URGENT", "CRITICAL", "FATAL"})
_STOPS: Final = frozenset({"AUTOACK", "MANUAL", "REMOTE", "NONE"})
_MODES: Final = frozenset(
    {"STARTUP", "AUTOMATIC", "SEMIAUTOMATIC", "INTERVENED", "MANUAL", "SERVICE", "TEACH_IN", "TEACHIN"}
)
_CONNECTIONS: Final = {
    "ONLINE": "ONLINE", "OFFLINE": "OFFLINE", "HIBERNATING": "HIBERNATING", "CONNECTIONBROKEN": "BROKEN",
    "CONNECTION_BROKEN": "BROKEN",
}  # fmt: skip
_EXTRAS: Final = (
    "trajectory", "corridor", "direction", "maxHeight", "minHeight", "maximumMobileRobotHeight",
    "minimumLoadHandlingDeviceHeight",
)  # fmt: skip
_ENABLED: Final = ("ENABLED", "DISABLED")
_DESCRIPTION: Final = 4096
_ANGLE_MAX: Final = 3.1416
"""rad: what a 32-bit float makes of pi is still pi."""


def header(record: Record) -> Header:
    """Return the header of any message. A factsheet of 2.x may come without headerId and timestamp."""
    stamp = record.text("timestamp", "")
    try:
        if "T" not in stamp.upper():
            raise ValueError("a day is no time")
        moment = datetime.fromisoformat(stamp)
        seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        seconds = None
    return Header(
        record.count("headerId", 0), seconds, record.text("version"), record.text("manufacturer"),
        record.text("serialNumber"),
    )  # fmt: skip


# Orders and instant actions -------------------------------------------------------------------------------------------


def order(record: Record) -> WireOrder:
    """Return an order; whether it makes sense is judged by `acceptance`. Fields, types and ranges must be right."""
    head = header(record)
    spelling, _ = spelling_of(head.version)
    for key in _HEADER:
        if key not in record.values:
            raise record.fail(key, "is missing")
    if head.stamp is None:
        raise record.fail("timestamp", "is no time in ISO 8601")
    record.text("orderDescription", "", longest=_DESCRIPTION)
    content = {key: value for key, value in record.values.items() if key not in _HEADER}
    return WireOrder(
        head, record.text("orderId"), record.count("orderUpdateId"),
        tuple(_node(node, spelling) for node in record.children("nodes")),
        tuple(_edge(edge, spelling) for edge in record.children("edges")), content,
        ("zoneSetId",) if record.text("zoneSetId", "") else (),
    )  # fmt: skip


def _node(record: Record, spelling: Spelling) -> WireNode:
    place = record.child("nodePosition", None)
    x = y = theta = deviation = ellipse = None
    map_id = ""
    if place is not None:
        x, y, theta = place.number("x"), place.number("y"), _angle(place, "theta", -_ANGLE_MAX)
        _angle(place, "allowedDeviationTheta", 0.0)
        map_id = place.text("mapId")
        place.text("mapDescription", "", longest=_DESCRIPTION)
        deviation, ellipse = _deviation(place, spelling)
    record.text(f"node{spelling.described}", "", longest=_DESCRIPTION)
    return WireNode(
        record.text("nodeId"), record.count("sequenceId"), record.flag("released"), x, y, theta, deviation, map_id,
        tuple(_order_action(a, spelling) for a in record.children("actions")), ellipse,
    )  # fmt: skip


def _angle(record: Record, key: str, least: float) -> float | None:
    """Return an angle (rad) of an order, which must be within the range of the text."""
    value = record.number(key, None)
    if value is not None and not least <= value <= _ANGLE_MAX:
        raise record.fail(key, f"is not between {least:.4g} and pi")
    return cast("float | None", value)


def _deviation(place: Record, spelling: Spelling) -> tuple[float | None, tuple[float, float, float] | None]:
    """Return the smaller half axis (m), and the ellipse of 3.0."""
    told, value = None, None
    if spelling.major == 2:
        value = place.number("allowedDeviationXY", None)
    elif (ellipse := place.child("allowedDeviationXY", None)) is None:
        value = 0.0
    else:
        told = (ellipse.number("a"), ellipse.number("b"), ellipse.number("theta"))
        value = min(told[:2])
    if value is not None and value < 0.0:
        raise place.fail("allowedDeviationXY", "is negative")
    return value, told


def _edge(record: Record, spelling: Spelling) -> WireEdge:
    angle = _angle(record, "orientation", -_ANGLE_MAX)
    tangential = record.word("orientationType", ("TANGENTIAL", "GLOBAL"), "TANGENTIAL") != "GLOBAL"
    reverse = angle is not None and tangential and abs(wrap_angle(angle)) > math.pi / 2
    extras = tuple(name for name in _EXTRAS if record.values.get(name) is not None)
    speed = record.number(spelling.max_speed, None)
    if speed is not None and speed <= 0.0:
        raise record.fail(spelling.max_speed, "is not above zero")
    turn = record.number("maxRotationSpeed" if spelling.major == 2 else "maximumRotationSpeed", None)
    start, end = (
        record.text(key) if spelling.major == 2 else record.text(key, "") for key in ("startNodeId", "endNodeId")
    )
    _other_fields(record, spelling)
    return WireEdge(
        record.text("edgeId"), record.count("sequenceId"), record.flag("released"), start, end, speed, reverse, extras,
        tuple(_order_action(a, spelling) for a in record.children("actions")), angle, not tangential, turn,
    )  # fmt: skip


def _other_fields(record: Record, spelling: Spelling) -> None:
    """Check the types of what an edge may say and what changes nothing for our robots."""
    record.text(f"edge{spelling.described}", "", longest=_DESCRIPTION)
    record.number("length", None)
    record.flag("rotationAllowed" if spelling.major == 2 else "reachOrientationBeforeEntering", False)


def _order_action(record: Record, spelling: Spelling) -> WireAction:
    """Return an action of an order: there its blocking type must be said, and SINGLE is of 3.0."""
    single = ("SINGLE",) if spelling.major == 3 else ()
    record.word("blockingType", (*get_args(BlockingType), *single))
    record.text(f"action{spelling.described}", "", longest=_DESCRIPTION)
    record.flag("retriable", False)
    return action(record)


def action(record: Record) -> WireAction:
    """Return an action of an order, or an instant action."""
    blocking = record.word("blockingType", get_args(Blocking), "NONE")
    given = record.children("actionParameters", [])
    parameters = {p.text("key"): p.values.get("value") for p in given}
    if any("value" not in p.values for p in given):
        raise record.fail("actionParameters", "has a key without a value")
    return WireAction(
        record.text("actionType"), record.text("actionId"),
        cast("Blocking", blocking), parameters,
    )  # fmt: skip


def instant_actions(record: Record) -> tuple[Header, list[WireAction]]:
    """Return the actions of a message; vda-5050-lib before 1.4.2 calls them instantActions."""
    key = "instantActions" if "actions" not in record.values and "instantActions" in record.values else "actions"
    return header(record), [action(a) for a in record.children(key)]


# What robots say ------------------------------------------------------------------------------------------------------


def connection(record: Record) -> tuple[Header, str]:
    """Return ONLINE, OFFLINE, HIBERNATING or BROKEN."""
    return header(record), _CONNECTIONS[record.word("connectionState", _CONNECTIONS)]


def state(record: Record, head: Header | None = None, last: LastRead | None = None) -> WireState:
    """Return a state in the words of 3.0. head: its header, where that was read before; last: the robot's last one."""
    head = header(record) if head is None else head
    spelling, _ = spelling_of(head.version)
    last = last or LastRead()
    last.spelt(spelling)
    actions = last.read(record, "actionStates", lambda a: _action_state(a, spelling))
    instant = last.read(record, "instantActionStates", lambda a: _action_state(a, spelling), [])
    power, safety = record.child(spelling.power), record.child("safetyState")
    velocity = record.child("velocity", None)
    requests = _requests(record) if spelling.major == 3 else ()
    sets = record.children("zoneSets", []) if spelling.major == 3 else []
    return WireState(
        header=head, order_id=record.text("orderId"), update_id=record.count("orderUpdateId"),
        last_node_id=record.text("lastNodeId"), last_sequence_id=record.count("lastNodeSequenceId"),
        nodes=last.read(record, "nodeStates", lambda n: _reached(n, "nodeId")),
        edges=last.read(record, "edgeStates", lambda e: _reached(e, "edgeId")),
        actions=actions, instant_actions=instant, **_place(record, spelling),
        v=0.0 if velocity is None else _speed(velocity), w=0.0 if velocity is None else velocity.number("omega", 0.0),
        driving=record.flag("driving"), paused=record.flag("paused", False),
        new_base_request=record.flag("newBaseRequest", False),
        soc=min(1.0, max(0.0, power.number(spelling.charge) / 100.0)), charging=power.flag("charging"),
        loads=_loads(record), errors=last.read(record, "errors", _error),
        mode=record.word("operatingMode", _MODES).replace("TEACHIN", "TEACH_IN"),
        e_stop=safety.word(spelling.e_stop, _STOPS), field_violation=safety.flag("fieldViolation", False),
        distance_since_last=record.number("distanceSinceLastNode", None), requests=requests, maps=_maps(record),
        process=_process(record), cameras=tuple(cameras_of(record.values.get("information"))),
        zone_sets=tuple(
            ZoneSetState(s.text("zoneSetId"), s.text("mapId"), s.word("zoneSetStatus", _ENABLED) == "ENABLED")
            for s in sets
        ),
    )  # fmt: skip


def _maps(record: Record) -> tuple[MapState, ...] | None:
    if record.values.get("maps") is None:
        return None
    return tuple(
        MapState(m.text("mapId"), m.text("mapVersion", ""), m.text("mapStatus", "") == "ENABLED")
        for m in record.children("maps")
    )


def _process(record: Record) -> str:
    """Return which process speaks, of a robot of ours; what others inform about is not looked at."""
    told = record.values.get("information")
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and one.get("infoType") == PROCESS:
            info = Record(record.topic, "information.", one)
            return next((r.text("referenceValue", "") for r in info.children("infoReferences", [])), "")
    return ""


def _requests(record: Record) -> tuple[RobotRequest, ...]:
    zones = tuple(
        RobotRequest(
            r.text("requestId"), r.text("requestType"), r.text("requestStatus"), r.text("zoneId"), r.text("zoneSetId")
        )
        for r in record.children("zoneRequests", [])
    )
    edges = record.children("edgeRequests", [])
    return (*zones, *(RobotRequest(r.text("requestId"), "CORRIDOR", r.text("requestStatus")) for r in edges))


def _speed(velocity: Record) -> float:
    return math.copysign(math.hypot(velocity.number("vx", 0.0), velocity.number("vy", 0.0)), velocity.number("vx", 0.0))


def _place(record: Record, spelling: Spelling) -> dict[str, Any]:
    place = record.child(spelling.position, None)
    if place is None:
        return {}
    score = place.number("localizationScore", None)
    return {
        "x": place.number("x"), "y": place.number("y"), "theta": wrap_angle(place.number("theta")),
        "map_id": place.text("mapId"), "localized": place.flag(spelling.localized),
        "score": None if score is None else min(1.0, max(0.0, score)),
    }  # fmt: skip


def _reached(record: Record, key: str) -> Reached:
    return Reached(record.text(key), record.count("sequenceId"), record.flag("released"))


def _action_state(record: Record, spelling: Spelling) -> ActionState:
    # RETRIABLE waits for somebody: it has not ended, and that is all the fleet must know.
    status = record.word("actionStatus", _STATUS).replace("RETRIABLE", "RUNNING")
    return ActionState(
        record.text("actionId"), record.text("actionType", ""), cast("ActionStatus", status),
        record.text(spelling.result, "", longest=4096) if status == "FAILED" else "",
    )  # fmt: skip


def _loads(record: Record) -> tuple[str, ...] | None:
    if record.values.get("loads") is None:
        return None
    return tuple(load.text("loadId", "") for load in record.children("loads"))


def _error(record: Record) -> WireError:
    references = tuple(
        (r.text("referenceKey"), r.text("referenceValue", "")) for r in record.children("errorReferences", [])
    )
    translations = record.children("errorDescriptionTranslations", [])
    return WireError(
        record.text("errorType"), record.word("errorLevel", _LEVELS), references,
        record.text("errorDescription", "", longest=4096),
        next((t.text("translationValue") for t in translations if t.text("translationKey") == "vi"), ""),
    )  # fmt: skip


def factsheet(record: Record) -> tuple[Header, Factsheet]:
    """Return what is heeded of a factsheet; the rest of it is not looked at. For shapes, see `shapes`."""
    head = header(record)
    spelling, _ = spelling_of(head.version)
    two = spelling.major == 2
    empty = Record(record.topic, "", {})
    kind, body = record.child("typeSpecification", empty), record.child("physicalParameters", empty)
    limits, features = record.child("protocolLimits", empty), record.child("protocolFeatures", empty)
    texts = limits.child("maxStringLens" if two else "maximumStringLengths", empty)
    arrays = limits.child("maxArrayLens" if two else "maximumArrayLengths", empty)
    timing = limits.child("timing", empty)
    actions = features.children("agvActions" if two else "mobileRobotActions", [])
    scopes = {a.text("actionType"): a.texts("actionScopes", ["INSTANT", "NODE"]) for a in actions}
    in_orders = frozenset(name for name, scope in scopes.items() if {"NODE", "EDGE"} & set(scope))
    parameters = {
        a.text("actionType"): frozenset(p.text("key") for p in a.children("actionParameters"))
        for a in actions
        if a.values.get("actionParameters") is not None
    }
    demanded = {
        a.text("actionType"): frozenset(
            p.text("key") for p in a.children("actionParameters") if p.values.get("isOptional") is False
        )
        for a in actions
        if a.values.get("actionParameters") is not None
    }
    unknown = {"SINGLE"} if two else set()
    blocking = {a.text("actionType"): frozenset(a.texts("blockingTypes", [])) - unknown for a in actions}
    optional = features.children("optionalParameters", [])
    outline, loads, unread = shapes(record, two=two)
    return head, Factsheet(
        series=kind.text("seriesName", ""),
        id_length=_limit(texts, "idLen" if two else "maximumIdLength"),
        numeric_ids=texts.flag("idNumericalOnly", False),
        load_id_length=_limit(texts, "loadIdLen" if two else "maximumLoadIdLength"),
        blocking=blocking, max_instants=_limit(arrays, "instantActions"),
        max_actions=_limit(arrays, "node.actions"),
        max_parameters=_limit(arrays, "actions.actionsParameters"),
        max_message=_limit(texts, "msgLen" if two else "maximumMessageLength"),
        max_nodes=_limit(arrays, "order.nodes"), max_edges=_limit(arrays, "order.edges"),
        max_states=min(filter(None, (_limit(arrays, f"state.{of}States") for of in ("node", "edge"))), default=None),
        default_interval=timing.number("defaultStateInterval", None),
        min_order_interval=max(0.0, timing.number("minOrderInterval" if two else "minimumOrderInterval", 0.0)),
        min_state_interval=max(0.0, timing.number("minStateInterval" if two else "minimumStateInterval", 0.0)),
        optional=frozenset(p.text("parameter") for p in optional) if features.values else None,
        actions=in_orders if scopes else None,
        instants=frozenset(name for name, scope in scopes.items() if "INSTANT" in scope) if scopes else None,
        parameters=parameters, demanded=demanded, zones=frozenset(kind.texts("supportedZones", [])),
        length=body.number("length", 0.0), width=body.number("width", 0.0),
        max_speed=body.number("speedMax" if two else "maximumSpeed", 0.0),
        max_load=kind.number("maxLoadMass" if two else "maximumLoadMass", 0.0),
        required=frozenset(p.text("parameter") for p in optional if p.text("support", "") == "REQUIRED"),
        acceleration=body.number("accelerationMax" if two else "maximumAcceleration", 0.0),
        deceleration=body.number("decelerationMax" if two else "maximumDeceleration", 0.0),
        outline=outline, loads=loads, unread=unread,
    )  # fmt: skip


def _limit(record: Record, key: str) -> int | None:
    """Return a limit; 0 means that there is none."""
    return record.count(key, 0) or None
