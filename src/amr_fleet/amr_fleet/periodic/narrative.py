"""Sentences by rule: what the figures say, in words. People add their own in marked fields; no model writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from amr_fleet.periodic import words as w
from amr_fleet.periodic.kpis import KPIS
from amr_fleet.periodic.model import PeriodicReport, Span
from amr_fleet.vocabulary import KpiKey

_LITTLE: Final = 0.0005  # a change below a twentieth of a percent is none
TOLD: Final[tuple[KpiKey, ...]] = ("done", "on_time", "service_p95", "availability", "wait_share", "wh_per_order")
SAFETY: Final[tuple[KpiKey, ...]] = ("faults", "interventions", "emergency_stops", "protective_stops", "deadlocks")


def results(report: PeriodicReport) -> list[str]:
    """Return what came out: each figure beside the period before and the plan."""
    if report.empty:
        return []
    return [*_told(report, TOLD), *_plan(report)]


def safety(report: PeriodicReport) -> list[str]:
    """Return what went wrong."""
    if report.empty:
        return []
    found = _told(report, SAFETY)
    if report.alarms:
        code, count = max(report.alarms.items(), key=lambda item: (item[1], item[0]))
        found.append(f"Nguyên nhân cần người nhiều nhất: {w.cause(code).lower()} ({w.number(count)} lần).")
    else:
        found.append("Trong kỳ không có cảnh báo nào cần người xử lý.")
    return found


def _told(report: PeriodicReport, keys: Iterable[KpiKey]) -> list[str]:
    found = []
    for key in keys:
        now = report.now.figures[key].value
        if now is None:
            continue
        change = _change(report.spans["previous"], key, now)
        reason = _reason(report, key, change)
        found.append(f"{w.KPI_NAMES[key]}: {w.of_kpi(key, now)} {w.unit(key)}{change}{reason}.")
    return found


def _change(previous: Span, key: KpiKey, now: float) -> str:
    """Return `, tăng 12,4 % so với kỳ trước`; shares change by percentage points, a figure from 0 by its difference."""
    before = previous.figures[key].value
    if before is None:
        return ""
    if KPIS[key].unit == "percent":
        return f", {_direction(now - before, 0.05)}{_size(now - before, 0.05, 'điểm phần trăm')} so với kỳ trước"
    if before == 0:
        return f", {_direction(now, 0.0)}{_size(now, 0.0, w.unit(key))} so với kỳ trước"
    share = (now - before) / before
    if abs(share) < _LITTLE:
        return ", không đổi so với kỳ trước"
    return f", {_direction(share, 0.0)} {w.number(abs(100.0 * share), 1)} % so với kỳ trước"


def _direction(difference: float, least: float) -> str:
    if abs(difference) <= least:
        return "không đổi"
    return "tăng" if difference > 0 else "giảm"


def _size(difference: float, least: float, unit: str) -> str:
    return "" if abs(difference) <= least else f" {w.number(abs(difference), 1)} {unit}"


def _reason(report: PeriodicReport, key: KpiKey, change: str) -> str:
    """Return the cause that the journal names for a figure that got worse."""
    if key != "wait_share" or "tăng" not in change or not report.waits:
        return ""
    code, seconds = report.time_by_cause[0]
    share = 100.0 * seconds / sum(report.waits.values())
    return f", chủ yếu do {w.cause(code).lower()} ({w.number(share, 1)} % thời gian chờ)"


def _plan(report: PeriodicReport) -> list[str]:
    if not report.plan:
        return ["Kỳ này chưa có chỉ tiêu kế hoạch."]
    return [_against_plan(report, key, target) for key, target in report.targets]


def attained(key: KpiKey, value: float | None, target: float) -> bool | None:
    """Return whether a figure meets its target; None when it cannot be said."""
    if value is None:
        return None
    return value <= target if KPIS[key].better == "less" else value >= target


def _against_plan(report: PeriodicReport, key: KpiKey, target: float) -> str:
    value = report.now.figures[key].value
    met = attained(key, value, target)
    name, planned = w.KPI_NAMES[key], f"{w.of_kpi(key, target)} {w.unit(key)}"
    if met is None:
        return f"{name}: chưa đánh giá được so với kế hoạch {planned}."
    if KPIS[key].better == "less":
        said = "trong mức kế hoạch" if met else "vượt mức kế hoạch"
        return f"{name}: {w.of_kpi(key, value)} {w.unit(key)}, {said} ({planned})."
    share = f", bằng {w.number(100.0 * (value or 0.0) / target, 1)} %" if target > 0 else ""
    return f"{name}: {'đạt' if met else 'chưa đạt'} kế hoạch{share} (kế hoạch {planned})."
