"""Figures of a period, from the same report that the page Report shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.periods import interval
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import Facts
from amr_fleet.report.figures import Report

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
    rows = _by_robot(report) if args.get("by") == "robot" else ({"name": str(args["name"]), "value": value},)
    return ToolResult(text=f"{title}: {value}.", rows=rows, link=LINK)


def _by_robot(report: Report) -> tuple[Mapping[str, str | float], ...]:
    return tuple(
        {"robot": robot.robot, "done": robot.done, "interventions": robot.interventions} for robot in report.robots
    )


def summary(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Sum up a shift or a day in at most five sentences, each with its figure."""
    period = (
        str(args["date"]) if args.get("date") and not args.get("shift") else f"shift:{args.get('shift') or 'current'}"
    )
    report = _report(facts, period)
    if report is None:
        return ToolResult(text="Không biết tóm tắt của kỳ này từ đây; xem trang Báo cáo.", link=LINK, known=False)
    stops = report.technical.emergency_stops
    sentences = [
        f"Đã xong {report.done} trên {report.created} đơn mới; còn {report.open_at_end} đơn.",
        f"{report.failed} đơn thất bại, {report.cancelled} đơn hủy; năng suất {_throughput(report) or 'không rõ'}.",
        f"Phục vụ trung bình {_minutes(report.service.mean) or 'không rõ'}, "
        f"95 % dưới {_minutes(report.service.p95) or 'không rõ'}.",
        f"Cần người can thiệp {report.interventions} lần, {report.faults} lỗi robot, {stops} lần dừng khẩn cấp.",
        f"Robot chờ {_share(report.wait_share) or 'không rõ'} giờ làm việc, "
        f"sẵn sàng {_share(report.availability) or 'không rõ'}.",
    ]
    rows = ({"created": report.created, "done": report.done, "open": report.open_at_end, "failed": report.failed},)
    return ToolResult(text=" ".join(sentences), rows=rows, link=LINK)
