"""What happened and what the batteries will do: incidents of a period, forecasts from the use of the last hours.

Both need the fleet's journal; on a state file without one they say that they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.answers import MAX_ROWS, Row, ToolResult, label, same
from amr_fleet.assistant.clocks import clock
from amr_fleet.assistant.periods import interval, moment
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import Facts, RobotRow
from amr_fleet.report.figures import Report, RobotFigures
from amr_fleet.report.people import Intervention
from amr_fleet.report.texts import TEXTS

INCIDENTS: Final = "/replay"
ROBOTS: Final = "/robots"
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "estop": ("alarm.e_stop",),
    "deadlock": ("alarm.deadlock",),
    "blocked": ("alarm.blocked",),
    "fault": ("alarm.robot_error", "alarm.not_localized"),
    "lost_link": ("alarm.robot_offline",),
    "order": ("alarm.order_late", "alarm.order_failed"),
    "battery": ("alarm.low_battery", "alarm.battery_silent"),
    "load": ("alarm.load_on_board", "alarm.load_wrong", "alarm.load_damaged"),
}
_LOOK_BACK: Final = timedelta(hours=4)
_LEAST_HOURS: Final = 0.25
"""Time (h) in use below which a robot's own rate says nothing; the fleet's mean is taken then."""
_EMPTY: Final = 10.0
"""Charge (%) at which a robot counts as empty: the reserve below which it takes no order."""
_SHOWN: Final = 5


def incidents(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """List what raised an alarm in a period: today's when none is named. kind: one of _KINDS."""
    span = interval(str(args.get("period") or "today"), facts.now)
    if facts.happened is None or span is None:
        return ToolResult(text="Không biết danh sách sự cố từ đây; xem trang này.", link=INCIDENTS, known=False)
    kind = str(args.get("kind") or "")
    if kind and kind not in _KINDS:
        return ToolResult(text="Sổ của hệ thống không ghi loại sự cố này.", link=INCIDENTS, known=False)
    try:
        found: Sequence[Intervention] = facts.happened(*span)
    except AmrError:
        return ToolResult(text="Không biết sự cố của kỳ này; xem trang này.", link=INCIDENTS, known=False)
    rows = [_row(entry) for entry in found if _fits(entry, kind, args)]
    if not rows:
        return ToolResult(text="Sổ không ghi sự cố nào như vậy.", link=INCIDENTS)
    lines = "; ".join(_line(row) for row in rows[:_SHOWN])
    place = " Sổ không ghi chỗ xảy ra, nên chưa lọc theo chỗ." if args.get("place") else ""
    return ToolResult(text=f"{len(rows)} sự cố: {lines}.{place}", rows=tuple(rows[:MAX_ROWS]), link=INCIDENTS)


def _fits(entry: Intervention, kind: str, args: Mapping[str, Value]) -> bool:
    robot, order = str(args.get("robot") or ""), str(args.get("order") or "")
    return (
        (not kind or entry.code in _KINDS[kind])
        and (not robot or same(entry.robot, robot))
        and (not order or same(entry.order_id, order))
    )


def _row(entry: Intervention) -> Row:
    kind = next((kind for kind, codes in _KINDS.items() if entry.code in codes), "other")
    return {
        "at": clock(entry.raised).isoformat(timespec="minutes"),
        "kind": kind,
        "what": TEXTS["vi"].get(entry.code, entry.code),
        "robot": label(entry.robot),
        "order": entry.order_id,
        "taken_by": entry.acked_by,
        "until": clock(entry.cleared).isoformat(timespec="minutes") if entry.cleared else "",
    }


def _line(row: Row) -> str:
    about = row["robot"] or row["order"]
    return f"{str(row['at'])[11:16]} {row['what']}{f' ({about})' if about else ''}"


def battery_forecast(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Say how long the batteries last at the rate of the last four hours, and what is left at a time that is named."""
    report = _recent(facts)
    rates = {figures.robot: rate for figures in report.robots if (rate := _rate(figures)) is not None} if report else {}
    if not rates:
        return ToolResult(text="Không biết dự báo pin: chưa có số liệu dùng pin.", link=ROBOTS, known=False)
    robots = [row for row in facts.robots if row.battery is not None]
    if args.get("robot"):
        robots = [row for row in robots if same(row.robot, str(args["robot"]))]
        if not robots:
            return ToolResult(text=f"Không biết mức pin của {args['robot']}.", link=ROBOTS, known=False)
    mean = sum(rates.values()) / len(rates)
    until = _until(facts, args)
    rows = sorted(
        (_forecast(row, rates.get(row.robot, mean), facts.now, until) for row in robots),
        key=lambda row: str(row["empty_at"] or "9"),
    )
    text = "; ".join(_told(row, until) for row in rows[: 1 if args.get("robot") else _SHOWN])
    return ToolResult(
        text=f"{text}. Tính theo mức dùng 4 giờ qua.",
        rows=tuple(rows[:MAX_ROWS]),
        link=f"{ROBOTS}/{robots[0].robot}" if args.get("robot") else ROBOTS,
    )


def _recent(facts: Facts) -> Report | None:
    if facts.figures is None:
        return None
    try:
        found = facts.figures(facts.now - _LOOK_BACK, facts.now)
    except AmrError:
        return None
    return found if isinstance(found, Report) else None


def _rate(figures: RobotFigures) -> float | None:
    """Return percent an hour off the charger."""
    hours = sum(seconds for use, seconds in figures.seconds.items() if use not in ("charge", "offline")) / 3600.0
    return 100.0 * figures.soc_used / hours if hours >= _LEAST_HOURS and figures.soc_used > 0 else None


def _until(facts: Facts, args: Mapping[str, Value]) -> datetime | None:
    return moment(str(args.get("until") or ""), facts.now)


def _forecast(row: RobotRow, rate: float, now: datetime, until: datetime | None) -> Row:
    battery = row.battery or 0.0
    charging = row.state == "charging"
    hours = max(0.0, battery - _EMPTY) / rate
    left = battery - rate * max(0.0, (until - now).total_seconds() / 3600.0) if until is not None else battery
    return {
        "robot": label(row.robot),
        "battery": f"{battery:.0f} %",
        "rate": f"{rate:.1f} %/giờ".replace(".", ","),
        "empty_at": "" if charging else (now + timedelta(hours=hours)).isoformat(timespec="minutes"),
        "at_time": "" if until is None or charging else f"{max(0.0, left):.0f} %",
        "state": "đang sạc" if charging else "",
    }


def _told(row: Row, until: datetime | None) -> str:
    if row["state"]:
        return f"{row['robot']} pin {row['battery']}, đang sạc"
    then = f", lúc {until:%H:%M} còn {row['at_time']}" if until is not None else ""
    empty = f"xuống {_EMPTY:.0f} % lúc {str(row['empty_at'])[11:16]}"
    return f"{row['robot']} pin {row['battery']}, dùng {row['rate']}{then}, {empty}"
