"""The tools: names, arguments and pages, one list for every front. Commands have no function: they are proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from amr_fleet.assistant import (
    alarm_answers,
    answers,
    cargo_answers,
    figures,
    history,
    said_calls,
    trials,
    zone_answers,
)
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.reading import Call, Value
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.strangers import clean_row, clean_text


@dataclass(frozen=True)
class Tool:
    """One tool. run is None for commands, which only ever become proposals."""

    name: str
    title: str
    arguments: tuple[str, ...] = ()
    run: Callable[[Facts, Mapping[str, Value]], ToolResult] | None = None


def _read(name: str, title: str, run: Callable[[Facts, Mapping[str, Value]], ToolResult], arguments: str = "") -> Tool:
    return Tool(name, title, tuple(arguments.split()), run)


def _command(name: str, title: str, arguments: str) -> Tool:
    return Tool(name, title, tuple(arguments.split()))


_TOOLS: Final = (
    _read("fleet_status", "Tình hình chung", answers.fleet_status),
    _read("robots_list", "Danh sách robot", answers.list_robots, "state type place battery_below"),
    _read("robot_get", "Một robot", answers.one_robot, "robot"),
    _read("robot_why_waiting", "Vì sao robot chờ", answers.why_waiting, "robot"),
    _read(
        "orders_find",
        "Tìm đơn",
        answers.find_orders,
        "state robot from to goods barge container due_before period priority",
    ),
    _read("order_get", "Một đơn", answers.one_order, "order"),
    _read("order_eta", "Giờ đến của đơn", answers.order_eta, "order"),
    _read("cargo_where", "Hàng ở đâu", cargo_answers.where_is_cargo, "sscc container goods period station"),
    _read("station_state", "Một chỗ", zone_answers.station_state, "station"),
    _read("zones_list", "Khu vực", zone_answers.list_zones, "state kind source"),
    _read("alarms_list", "Cảnh báo", alarm_answers.list_alarms, "state robot station severity period"),
    _read("kpi", "Chỉ số", figures.kpi, "name period by"),
    _read("shift_summary", "Tóm tắt ca", figures.summary, "shift date"),
    _read("incidents_list", "Sự cố", history.incidents, "kind period robot order place"),
    _read("trial_status", "Thử nghiệm", trials.trial_status),
    _read("battery_forecast", "Dự báo pin", history.battery_forecast, "robot until"),
    _read(
        "what_if",
        "Thử trước",
        answers.elsewhere("kết quả thử trước", "/whatif"),
        "close remove_robots remove_chargers add_orders demand_factor goods minutes until",
    ),
    _read("help", "Hướng dẫn", answers.say_help),
    _command("order_create", "Tạo đơn", "from to goods qty sscc container due priority"),
    _command("order_cancel", "Hủy đơn", "order"),
    _command("order_priority", "Đổi ưu tiên của đơn", "order priority"),
    _command("robot_pause", "Tạm dừng robot", "robot"),
    _command("robot_resume", "Cho robot chạy tiếp", "robot"),
    _command("zone_close", "Đóng khu vực", "zone reason minutes until"),
    _command("zone_open", "Mở khu vực", "zone"),
    _command("alarm_ack", "Nhận cảnh báo", "alarm"),
    _command("report_make", "Làm báo cáo", "kind period format"),
)
TOOLS: Final[dict[str, Tool]] = {tool.name: tool for tool in _TOOLS}
COMMANDS: Final = frozenset(tool.name for tool in _TOOLS if tool.run is None)


def run(facts: Facts, call: Call) -> ToolResult:
    """Answer one call of a reading tool from the facts."""
    tool = TOOLS[call.name]
    if tool.run is None:
        raise ValueError(f"{call.name} is a command: it is proposed, never run")
    result = tool.run(facts, call.args)
    rows, at = tuple(map(clean_row, result.rows)), facts.now.isoformat(timespec="seconds")
    return replace(result, text=clean_text(result.text), rows=rows, at=at)


def described(call: Call) -> str:
    """Return a call in words, for a proposal or a choice."""
    return said_calls.described(TOOLS[call.name].title, call)
