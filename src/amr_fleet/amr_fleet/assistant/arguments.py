"""The arguments of every tool as pydantic models: the JSON Schema for other fronts, and the check of what they send.

A question may leave out whatever it can be asked without; only what a tool means nothing without is required.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, create_model

from amr_fleet.assistant.reading import Call, Value


def _written(value: object) -> object:
    """Return a whole number as text: programs that type for a model write robot 6 as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Name = Annotated[_Short, BeforeValidator(_written)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Names = _Short | Annotated[list[Name], Field(min_length=1, max_length=20)]
Percent = Annotated[float, Field(ge=0, le=100)]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)?$|^shift:end$")]
Period = Annotated[
    str,
    StringConstraints(max_length=64),
    Field(
        description="today, yesterday, this_/last_ week month quarter year, last_24h, last_7_days, 2026-07, 2026-Q2, "
        "shift:current, shift:previous, or ISO start/end"
    ),
]
RobotCondition = Literal["idle", "moving", "waiting", "charging", "paused", "fault", "offline"]
OrderCondition = Literal["waiting", "active", "done", "cancelled", "failed", "late", "open"]
ZoneCondition = Literal["closed", "held", "restricted", "slow"]
Priority = Literal["low", "normal", "high"]
Figure = Literal[
    "throughput", "service_time", "waiting_fraction", "utilisation", "availability", "protective_stops", "estops",
    "interventions", "energy_per_order", "on_time", "docking_success", "deadlocks", "misplaced_pallets", "dock_dwell",
    "near_misses",
]  # fmt: skip
By = Literal["robot", "hour", "shift", "zone"]
Shift = Literal["current", "previous", "morning", "afternoon", "night"]
ReportKind = Literal["shift", "daily", "weekly", "monthly", "quarterly", "incident"]
Count = Annotated[int, Field(ge=1, le=100)]

_SPEC: Final[dict[str, dict[str, Any]]] = {
    "fleet_status": {},
    "robots_list": {"state": RobotCondition, "type": Name, "place": Name, "battery_below": Percent},
    "robot_get": {"robot": Name},
    "robot_why_waiting": {"robot": Name},
    "orders_find": {
        "state": OrderCondition, "robot": Name, "from": Name, "to": Name, "goods": Name, "barge": Name,
        "container": Name, "due_before": Moment, "period": Period, "priority": Priority,
    },
    "order_get": {"order": Name},
    "order_eta": {"order": Name},
    "cargo_where": {"sscc": Name, "container": Name, "goods": Name, "period": Period, "station": Name},
    "station_state": {"station": Name},
    "zones_list": {"state": ZoneCondition, "kind": Name, "source": Name},
    "alarms_list": {"state": Name, "robot": Name, "station": Name, "severity": Name, "period": Period},
    "kpi": {"name": Figure, "period": Period, "by": By},
    "shift_summary": {"shift": Shift, "date": Period},
    "incidents_list": {"kind": Name, "period": Period, "robot": Name, "order": Name, "place": Name},
    "trial_status": {},
    "battery_forecast": {"robot": Name, "until": Moment},
    "what_if": {
        "close": Names, "remove_robots": Names | Count, "remove_chargers": Names | Count, "add_orders": Count,
        "demand_factor": Annotated[float, Field(gt=0, le=10)], "goods": Name,
        "minutes": Annotated[float, Field(gt=0, le=10080)], "until": Moment,
    },
    "help": {},
    "order_create": {
        "from": Name, "to": Name, "goods": Name, "qty": Annotated[int, Field(ge=1, le=30)], "sscc": Name,
        "container": Name, "due": Moment, "priority": Priority,
    },
    "order_cancel": {"order": Name},
    "order_priority": {"order": Name, "priority": Priority},
    "robot_pause": {"robot": Name},
    "robot_resume": {"robot": Name},
    "zone_close": {"zone": Name, "reason": Text, "minutes": Annotated[float, Field(gt=0, le=10080)], "until": Moment},
    "zone_open": {"zone": Name},
    "alarm_ack": {"alarm": Name},
    "report_make": {"kind": ReportKind, "period": Period, "format": Literal["pdf", "xlsx", "docx", "html", "csv"]},
}  # fmt: skip
_REQUIRED: Final = {
    "robot_get": {"robot"},
    "robot_why_waiting": {"robot"},
    "order_get": {"order"},
    "order_eta": {"order"},
    "kpi": {"name"},
    "order_create": {"from", "to"},
    "order_cancel": {"order"},
    "order_priority": {"order", "priority"},
    "robot_pause": {"robot"},
    "robot_resume": {"robot"},
    "zone_close": {"zone"},
    "zone_open": {"zone"},
    "alarm_ack": {"alarm"},
    "report_make": {"kind"},
}


class Arguments(BaseModel):
    """Arguments of a tool: nothing else than what is named."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


def _model(tool: str, fields: dict[str, Any]) -> type[Arguments]:
    needed = _REQUIRED.get(tool, set())
    made: dict[str, Any] = {
        # "from" is a word of Python: the field has another name than its alias.
        f"{name}_": (kind, Field(alias=name)) if name in needed else (kind | None, Field(default=None, alias=name))
        for name, kind in fields.items()
    }
    return create_model(f"{tool}_arguments", __base__=Arguments, **made)


ARGUMENTS: Final[dict[str, type[Arguments]]] = {tool: _model(tool, fields) for tool, fields in _SPEC.items()}


class BadArgumentsError(ValueError):
    """A call that no tool takes; the text says what is wrong with it."""


def checked(tool: str, arguments: object) -> Call:
    """Return a call whose arguments the tool takes, or raise BadArgumentsError."""
    model = ARGUMENTS.get(tool)
    if model is None:
        raise BadArgumentsError(f"there is no tool {tool[:64]!r}")
    try:
        given = model.model_validate({} if arguments is None else arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BadArgumentsError(f"{'.'.join(str(part) for part in first['loc'])[:64]}: {first['msg'][:200]}") from error
    args: dict[str, Value] = given.model_dump(by_alias=True, exclude_none=True)
    return Call(tool, args)


def complete(call: Call) -> bool:
    """Say whether a call has all that its tool needs, and nothing that it does not take."""
    try:
        checked(call.name, call.args)
    except BadArgumentsError:
        return False
    return True


def schema(tool: str) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments."""
    made = ARGUMENTS[tool].model_json_schema(by_alias=True)
    made.pop("title", None)
    return made
