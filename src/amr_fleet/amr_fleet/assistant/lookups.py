"""What a call says in words of the sentence, in words of the fleet: its grades of alarms, the order that is meant."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.questions import OF_CARGO, OF_ROBOT
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.state import ENDED, Facts, OrderRow

_CHOICES: Final = 3
_WORST: Final = ("critical", "fatal", "error")
"""What fleets call the worst grade; ours has critical and warning, and "lỗi" is what is critical."""
_CARRIES_OR_WAITS: Final = re.compile(r"(?<![^ ])cho (?:gi|chi|hang|don)(?![a-z])")
"""Typed without marks it is what a robot waits for, or what it carries."""
_WHO: Final = re.compile(r"(?<![^ ])(?:nao|ai|may)(?![a-z])")
_WAITS_LONGEST: Final = re.compile(r"(?<![^ ])(?:cho|doi|dung)(?:'\w+)? (?:\S+ )?lau(?:'\w+)? nhat(?![a-z])")
"""Who it is now, not how large a share of a period; with and without marks."""


def looked_up(reading: Reading, facts: Facts, heard: Heard) -> Reading:
    """Return a reading with its calls as the fleet has them; a question back where several orders may be meant."""
    calls: list[Call] = []
    for call in reading.calls:
        found = _calls(call, facts, heard)
        if len(found) != 1:
            why = "which_order" if found else "need_order"
            return Reading(kind="clarify", calls=found[:_CHOICES], why=why)
        calls += found
    return replace(reading, calls=tuple(calls))


def _calls(call: Call, facts: Facts, heard: Heard) -> tuple[Call, ...]:
    if call.name == "alarms_list" and call.args.get("severity") in _WORST:
        asked, known = str(call.args["severity"]), {alarm.severity for alarm in facts.alarms}
        first = _WORST if asked == "critical" else (asked, *_WORST)
        grade = next((name for name in first if name in known), "critical")
        return (Call(call.name, call.args | {"severity": grade}),)
    if call.name == "robot_why_waiting" and _CARRIES_OR_WAITS.search(heard.text):
        robot = str(call.args.get("robot", ""))
        if any(row.robot == robot and row.state == "moving" for row in facts.robots):
            return (Call("robot_get", {"robot": robot}),)  # "cho gi" of one that drives is what it carries
    order = str(call.args.get("order", ""))
    if order.startswith(OF_ROBOT):
        of = order[len(OF_ROBOT) :]
        has = next((row.order for row in facts.robots if row.robot == of), "")
        return (Call(call.name, {"order": has}) if has else Call("robot_get", {"robot": of}),)
    if order.startswith(OF_CARGO):
        return tuple(Call(call.name, {"order": row.order}) for row in _carrying(order[len(OF_CARGO) :], facts, heard))
    return (call,)


def waits_longest(reading: Reading, facts: Facts, heard: Heard) -> Reading | None:
    """Return the question for the robot that waits longest now; None where something else or a period is asked."""
    asked = _WHO.search(heard.text) and _WAITS_LONGEST.search(heard.text)
    if not asked or not reading.calls or not all(map(_of_waiting, reading.calls)):
        return None
    waiting = sorted((row.waits_since, row.robot) for row in facts.robots if row.waits_since)
    longest = Call("robot_why_waiting", {"robot": waiting[0][1]}) if waiting else None
    return Reading(kind="tools", calls=(longest or Call("robots_list", {"state": "waiting"}),))


def _of_waiting(call: Call) -> bool:
    if call.name == "kpi":
        return call.args.get("name") in (None, "waiting_fraction") and not call.args.get("period")
    return call.name == "robots_list" and call.args == {"state": "waiting"}


def _carrying(what: str, facts: Facts, heard: Heard) -> list[OrderRow]:
    """Return the orders under way with a container, goods, barge or goal; of those, the ones of a named place."""
    held = (row for row in facts.orders if row.state not in ENDED)
    rows = [row for row in held if what in (row.container, row.goods, row.barge, row.drop)]
    places = {name for place in heard.mentions.places for name in place.values()}
    return [row for row in rows if places & {row.pick, row.drop}] or rows
