"""The registry has the names and arguments that authors of evaluation sets write down, one list for all of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from amr_fleet.assistant.arguments import ARGUMENTS, schema
from amr_fleet.assistant.tools import COMMANDS, TOOLS

# As the sets' format tells them: values of a closed list after ":", | between them; period and names are free.
READS = """
fleet_status() trial_status() help() robot_get(robot) robot_why_waiting(robot) order_get(order) order_eta(order)
robots_list(state: idle|moving|waiting|charging|paused|fault|offline, type, place, battery_below)
orders_find(state: waiting|active|done|cancelled|failed|late|open, robot, from, to, goods, barge, container, due_before,
 period, priority)
cargo_where(sscc, container, goods, period, station) station_state(station)
zones_list(state: closed|held|restricted|slow, kind, source) alarms_list(state, robot, station, severity, period)
kpi(name: throughput|service_time|waiting_fraction|utilisation|availability|protective_stops|estops|interventions|
energy_per_order|on_time|docking_success|deadlocks|misplaced_pallets|dock_dwell|near_misses, period,
 by: robot|hour|shift|zone)
shift_summary(shift: current|previous|morning|afternoon|night, date) incidents_list(kind, period, robot, order, place)
battery_forecast(robot, until)
what_if(close, remove_robots, remove_chargers, add_orders, demand_factor, goods, minutes, until)
"""
COMMANDED = """
order_create(from, to, goods, qty, sscc, container, due, priority: low|normal|high) order_cancel(order)
order_priority(order, priority: low|normal|high) robot_pause(robot) robot_resume(robot)
zone_close(zone, reason, minutes, until) zone_open(zone) alarm_ack(alarm)
report_make(kind: shift|daily|weekly|monthly|quarterly|incident, period, format)
"""


def parsed(text: str) -> dict[str, dict[str, list[str]]]:
    """Return tool -> argument -> its values, [] where it is free."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, inside in re.findall(r"(\w+)\(([^)]*)\)", text.replace("\n", "")):
        parts = [part.strip().partition(":") for part in inside.split(",") if part.strip()]
        found[name] = {argument: values.strip().split("|") if values else [] for argument, _, values in parts}
    return found


SIGNATURES = {**parsed(READS), **parsed(COMMANDED)}


def values_of(property_: dict[str, Any]) -> list[str]:
    """Return the closed list of a property of a JSON Schema."""
    kinds = [property_, *property_.get("anyOf", [])]
    return next((list(kind["enum"]) for kind in kinds if "enum" in kind), [])


def test_the_registry_has_these_tools_and_no_others() -> None:
    assert set(TOOLS) == set(ARGUMENTS) == set(SIGNATURES)
    assert set(parsed(COMMANDED)) == COMMANDS
    for gone in ("release", "user", "site", "limit", "camera"):
        assert not [name for name in TOOLS if gone in name], "what no assistant may do has no tool"


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_a_tool_takes_these_arguments_with_these_values(name: str) -> None:
    said = SIGNATURES[name]
    assert set(TOOLS[name].arguments) == set(said)
    taken = schema(name)["properties"]
    assert set(taken) == set(said)
    for argument, values in said.items():
        if values:
            assert values_of(taken[argument]) == values, argument


# What a tool means nothing without; a question may leave out all else.
NEEDED = {
    "robot_get": {"robot"}, "robot_why_waiting": {"robot"}, "order_get": {"order"}, "order_eta": {"order"},
    "kpi": {"name"}, "order_create": {"from", "to"}, "order_cancel": {"order"}, "order_priority": {"order", "priority"},
    "robot_pause": {"robot"}, "robot_resume": {"robot"}, "zone_close": {"zone"}, "zone_open": {"zone"},
    "alarm_ack": {"alarm"}, "report_make": {"kind"},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_a_question_may_leave_out_the_rest(name: str) -> None:
    assert set(schema(name).get("required", ())) == NEEDED.get(name, set())
