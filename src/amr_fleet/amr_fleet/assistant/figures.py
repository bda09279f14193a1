"""Figures of a period, from the same report that the page Report shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.answers import ToolResult, label
from amr_fleet.assistant.clocks import clock
from amr_fleet.assistant.periods import interval, shift_on
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import Facts
from amr_fleet.report.figures import Report, RobotFigures
from amr_fleet.report.period import SHIFT_HOURS

LINK: Final = "/report"
_UNKNOWN: Final = ToolResult(text="Không biết chỉ số này từ đây; xem trang Báo cáo.", link=LINK, known=False)


def _share(value: float | None) -> str | None:
    return None if value is None else f"{100.0 * value:.1f} %".replace(".", ",")


def _minutes(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds / 60.0:.1f} phút".replace(".", ",")


def _busy(report: Report) -> float | None:
    seconds = report.seconds
    total = sum(seconds.values())
    return (seconds["loaded"] + seconds["empty"] + seconds["wait"]) / total if total > 0 else None


def _throughput(report: Report) -> str | None:
    rate = report.per_hour
    return None if rate is None else f"{report.done} đơn, {rate:.1f} đơn/giờ".replace(".", ",")


def _on_time(report: Report) -> str | None:
    if not report.with_deadline:
        return None
    return f"{report.on_time} trên {report.with_deadline} đơn có hạn ({_share(report.on_time / report.with_deadline)})"


def _energy(report: Report) -> str | None:
    return None if report.wh_per_order is None else f"{report.wh_per_order:.0f} Wh mỗi đơn"


_FIGURES: Final[Mapping[str, tuple[str, Callable[[Report], str | None]]]] = {
    "throughput": ("Năng suất", _throughput),
    "service_time": ("Thời gian phục vụ trung bình", lambda report: _minutes(report.service.mean)),
    "waiting_fraction": ("Tỷ lệ chờ", lambda report: _share(report.wait_share)),
    "utilisation": ("Mức sử dụng robot", lambda report: _share(_busy(report))),
    "availability": ("Độ sẵn sàng", lambda report: _share(report.availability)),
    "protective_stops": ("Dừng bảo vệ", lambda report: f"{report.technical.protective_stops} lần"),
    "estops": ("Dừng khẩn cấp", lambda report: f"{report.technical.emergency_stops} lần"),
    "interventions": ("Cần người can thiệp", lambda report: f"{report.interventions} lần"),
    "energy_per_order": ("Điện", _energy),
    "on_time": ("Đúng hạn", _on_time),
    "deadlocks": ("Kẹt lẫn nhau", lambda report: f"{report.deadlocks} lần"),
    "misplaced_pallets": (
        "Hàng không đúng đơn",
        lambda report: f"{report.technical.wrong_loads} trên {report.technical.labels_read} nhãn đã đọc",
    ),
}

TITLES: Final[Mapping[str, str]] = {name: title for name, (title, _) in _FIGURES.items()} | {
    "docking_success": "Tỷ lệ vào trạm thành công",
    "dock_dwell": "Thời gian xe chờ ở cửa",
    "near_misses": "Suýt va chạm",
}
"""What figures are called, those that nobody here knows, too."""


def _report(facts: Facts, period: str) -> Report | None:
    """Return the report of a period, None when nothing here knows it."""
    span = interval(period, facts.now)
    if facts.figures is None or span is None:
        return None
    try:
        found = facts.figures(*span)
    except AmrError:
        return None
    return found if isinstance(found, Report) else None


def kpi(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Say one figure of a period; of the running shift when none is named."""
    named = _FIGURES.get(str(args.get("name", "")))
    report = _report(facts, str(args.get("period") or "shift:current"))
    if named is None or report is None:
        return _UNKNOWN
    title, figure = named
    value = figure(report)
    if value is None:
        return ToolResult(text=f"{title}: không có số liệu trong kỳ này.", link=LINK, known=False)
    by = str(args.get("by") or "")
    rows = _parts(facts, report, by, str(args["name"]), figure, str(args.get("period") or "shift:current"))
    if by and not rows:
        return ToolResult(
            text=f"{title}: {value}. Không chia được {BY.get(by, by)} từ đây; xem trang Báo cáo.",
            rows=({"name": str(args["name"]), "value": value},),
            link=LINK,
        )
    return ToolResult(text=f"{title}: {value}.", rows=rows or ({"name": str(args["name"]), "value": value},), link=LINK)


BY: Final = {"robot": "theo robot", "hour": "theo giờ", "shift": "theo ca", "zone": "theo khu vực"}
_MOST_SHIFTS: Final = 12
_BY_ROBOT: Final[Mapping[str, Callable[[RobotFigures], str]]] = {
    "throughput": lambda robot: f"{robot.done} đơn",
    "interventions": lambda robot: f"{robot.interventions} lần",
    "utilisation": lambda robot: _share(_used(robot)) or "",
    "waiting_fraction": lambda robot: _share(_waited(robot)) or "",
    "availability": lambda robot: _share(robot.availability) or "",
}


def _used(robot: RobotFigures) -> float | None:
    seconds = robot.seconds
    busy = sum(seconds.get(use, 0.0) for use in ("loaded", "empty", "wait"))
    return busy / robot.total if robot.total > 0 else None


def _waited(robot: RobotFigures) -> float | None:
    busy = sum(robot.seconds.get(use, 0.0) for use in ("loaded", "empty", "wait"))
    return robot.seconds.get("wait", 0.0) / busy if busy > 0 else None


def _parts(
    facts: Facts, report: Report, by: str, name: str, figure: Callable[[Report], str | None], period: str
) -> tuple[Mapping[str, str | float], ...]:
    """Return the figure by robot, by hour (orders only) or by shift; empty where it is not known so finely."""
    if by == "robot" and name in _BY_ROBOT:
        return tuple({"robot": label(robot.robot), "value": _BY_ROBOT[name](robot)} for robot in report.robots)
    if by == "hour" and name == "throughput":
        return tuple({"hour": f"{clock(hour.begin):%d/%m %H:00}", "value": f"{hour.done} đơn"} for hour in report.hours)
    span = interval(period, facts.now)
    if by == "shift" and span is not None and facts.figures is not None:
        parts = _shifts(*span, facts.now)
        found = [(begin, _report(facts, f"{begin.isoformat()}/{end.isoformat()}")) for begin, end in parts]
        return tuple(
            {"shift": f"{begin:%d/%m %H:%M}", "value": figure(part) or ""} for begin, part in found if part is not None
        )
    return ()


def _shifts(begin: datetime, end: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return the last shifts that begin in a period and have begun."""
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = []
    while day < min(end, now):
        starts += [day + timedelta(hours=hour) for hour in SHIFT_HOURS]
        day += timedelta(days=1)
    kept = [start for start in starts if begin <= start < min(end, now)]
    return [(start, start + timedelta(hours=8)) for start in kept][-_MOST_SHIFTS:]


def _brief(report: Report) -> list[tuple[str, str, str]]:
    """Return the figures of a shift, each with the page that shows it."""
    stops = report.technical.emergency_stops
    return [
        ("Đơn đã xong", f"{report.done} trên {report.created} đơn mới, còn {report.open_at_end}", "/orders"),
        ("Thất bại, hủy", f"{report.failed}, {report.cancelled} đơn", "/orders"),
        ("Năng suất", _throughput(report) or "không rõ", LINK),
        ("Phục vụ trung bình", _minutes(report.service.mean) or "không rõ", LINK),
        ("Can thiệp, lỗi, dừng khẩn cấp", f"{report.interventions}, {report.faults}, {stops} lần", "/replay"),
        ("Robot chờ", _share(report.wait_share) or "không rõ", "/robots"),
        ("Sẵn sàng", _share(report.availability) or "không rõ", "/robots"),
    ]


def _summed(facts: Facts, shift: str, date: str) -> tuple[str, str]:
    """Return the period to sum up, "" for none that there is yet, and how it is said where it is a shift of a day."""
    if not date or shift in ("current", "previous"):
        return f"shift:{shift or 'current'}", ""
    if not shift:
        return date, ""
    span = shift_on(shift, date, facts.now)
    if span is None or span[0] > facts.now:
        return "", ""
    begin, end = span
    return f"{begin.isoformat()}/{end.isoformat()}", f"Ca {begin:%H:%M}-{end:%H:%M} ngày {begin:%d/%m}: "


def summary(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Sum up a shift or a day in at most five sentences, each with its figure."""
    period, said = _summed(facts, str(args.get("shift") or ""), str(args.get("date") or ""))
    report = _report(facts, period)
    if report is None:
        return ToolResult(text="Không biết tóm tắt của kỳ này từ đây; xem trang Báo cáo.", link=LINK, known=False)
    stops = report.technical.emergency_stops
    sentences = [
        f"{said}Đã xong {report.done} trên {report.created} đơn mới; còn {report.open_at_end} đơn.",
        f"{report.failed} đơn thất bại, {report.cancelled} đơn hủy; năng suất {_throughput(report) or 'không rõ'}.",
        f"Phục vụ trung bình {_minutes(report.service.mean) or 'không rõ'}, "
        f"95 % dưới {_minutes(report.service.p95) or 'không rõ'}.",
        f"Cần người can thiệp {report.interventions} lần, {report.faults} lỗi robot, {stops} lần dừng khẩn cấp.",
        f"Robot chờ {_share(report.wait_share) or 'không rõ'} giờ làm việc, "
        f"sẵn sàng {_share(report.availability) or 'không rõ'}.",
    ]
    rows = tuple({"figure": name, "value": value, "link": link} for name, value, link in _brief(report))
    return ToolResult(text=" ".join(sentences), rows=rows, link=LINK)
