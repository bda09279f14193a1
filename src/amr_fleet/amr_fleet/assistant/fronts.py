"""What every front that is no person shares: which tools a role has, and which things of the fleet a call means."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from amr_fleet.assistant.answers import MAX_ROWS, ToolResult, same
from amr_fleet.assistant.arguments import BadArgumentsError, checked
from amr_fleet.assistant.dialogue import MAY_COMMAND
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import ENDED, Facts
from amr_fleet.assistant.tools import COMMANDS, TOOLS, Tool, run
from amr_fleet.assistant.zones_set import kept_shut

_WORDS: Final = {
    "fleet_status": "Robots by state, open and late orders, alarms, now.",
    "robots_list": "Robots by state, type, place or battery.",
    "robot_get": "One robot: state, place, battery, order.",
    "robot_why_waiting": "Why a robot stands, from the fleet's own causal model.",
    "orders_find": "Orders by state, robot, places, goods, barge, container, deadline, priority, period; also ended.",
    "order_get": "One order.",
    "order_eta": "When an order is expected to be delivered.",
    "cargo_where": "Where a load is, by SSCC, container or goods.",
    "station_state": "What is at a place.",
    "zones_list": "Zones that are closed, held or slow, by whom and until when.",
    "alarms_list": "Alarms.",
    "kpi": "One figure of a period, also by robot, hour, shift.",
    "shift_summary": "A shift in five sentences with figures.",
    "incidents_list": "What raised alarms in a period.",
    "trial_status": "The permit of the trial.",
    "battery_forecast": "How long batteries last.",
    "what_if": "How it would go on: close places, fewer robots, more orders. Changes nothing.",
    "help": "What can be asked.",
}
_HELD: Final = {
    "camera_holds": "zone: a camera holds it; it opens by itself when its way is clear",
    "flight_holds": "zone: a flight holds it; it opens by itself when the flight is over",
}
_PROPOSES: Final = "Proposes only: nothing happens until a person confirms on the dashboard within 60 s."


def offered(role: str) -> list[Tool]:
    """Return the tools that a role has, always in the same order."""
    return [tool for name, tool in TOOLS.items() if name not in COMMANDS or role in MAY_COMMAND]


def described(name: str) -> str:
    """Return what a tool is for, in fixed words: never a text that came from the fleet."""
    return _WORDS[name] if name not in COMMANDS else f"{TOOLS[name].title}. {_PROPOSES}"


def call_of(role: str, name: str, arguments: object) -> Call:
    """Return the call that a program wants; BadArgumentsError for no tool of its role and for wrong arguments."""
    if name not in {tool.name for tool in offered(role)}:
        raise BadArgumentsError(f"{name[:64]!r} is no tool of the role {role}")
    return checked(name, arguments)


class ToldResult(BaseModel):
    """What a reading tool returns to a program. link: the page of the dashboard; at: the local time of the figures.

    cause, root: of what does not get on, the fleet's code of what it waits for and of what has to end; "" = none.
    """

    text: str
    rows: Annotated[list[dict[str, str | bool | int | float]], Field(max_length=MAX_ROWS)]
    link: str
    known: bool
    at: str
    cause: str
    root: str


class ToldProposal(BaseModel):
    """What a command returns to a program: nothing is done. expires: s until the person's button is gone."""

    proposal_id: str
    text_vi: str
    effects: list[str]
    expires: float


def told(result: ToolResult) -> dict[str, Any]:
    """Return a result as programs get it."""
    rows = [dict(row) for row in result.rows]
    return ToldResult(
        text=result.text, rows=rows, link=result.link, known=result.known, at=result.at, cause=result.cause,
        root=result.root,
    ).model_dump()  # fmt: skip


def output_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of what a tool returns to a program."""
    return (ToldProposal if name in COMMANDS else ToldResult).model_json_schema()


def meant(facts: Facts, call: Call) -> Call:
    """Return a command with the fleet's own names in it ("6" is amr_06); BadArgumentsError for what is not there."""
    args = dict(call.args)
    known = {
        "robot": [row.robot for row in facts.robots],
        "order": [row.order for row in facts.orders if row.state not in ENDED],  # nobody changes what is over
        "alarm": [row.alarm for row in facts.alarms],
    }
    for name, names in known.items():
        if name in args:
            found = [one for one in names if one.lower() == str(args[name]).lower()]
            found = found or [one for one in names if same(one, str(args[name]))]
            if not found and name == "order":
                _refuse_ended(facts, str(args[name]))
            if len(found) != 1:
                raise BadArgumentsError(f"{name}: there is no {str(args[name])[:64]!r}, or there are several")
            args[name] = found[0]
    meant_call = Call(call.name, args)
    holds = kept_shut(facts, meant_call)
    if holds:
        raise BadArgumentsError(_HELD[holds])
    return meant_call


def _refuse_ended(facts: Facts, name: str) -> None:
    """Raise BadArgumentsError with how an order ended: a program that hears that it is not there tells people so."""
    ended = [row.order for row in facts.orders if row.state in ENDED and same(row.order, name)]
    if len(ended) == 1:
        raise BadArgumentsError(f"order: it has ended. {run(facts, Call('order_get', {'order': ended[0]})).text}")
