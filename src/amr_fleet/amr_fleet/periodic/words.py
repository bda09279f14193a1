"""The words and numbers of the periodic report. Its language is Vietnamese: an official document of Vietnam."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from amr_fleet.fleet_time import LOCAL
from amr_fleet.periodic.kpis import KPIS, Cell, KpiUnit
from amr_fleet.report.texts import TEXTS, ReportTexts
from amr_fleet.reporting_periods import PeriodKind, ReportingPeriod
from amr_fleet.vocabulary import KpiKey, ObstacleKind, ObstacleSource, ObstacleState

BLANK: Final = "…………"
KPI_NAMES: Final[dict[KpiKey, str]] = {
    "created": "Đơn vận chuyển đã nhận",
    "done": "Đơn hoàn thành",
    "failed": "Đơn thất bại",
    "cancelled": "Đơn đã hủy",
    "open_at_end": "Đơn còn mở cuối kỳ",
    "per_hour": "Năng suất",
    "on_time": "Đơn đúng hạn trên đơn có hạn",
    "service_mean": "Thời gian phục vụ trung bình",
    "service_p95": "Thời gian phục vụ của 95 % số đơn",
    "allocation_mean": "Thời gian chờ có robot trung bình",
    "wait_share": "Tỷ lệ chờ trong giờ làm việc",
    "availability": "Độ sẵn sàng của robot",
    "mtbf": "Thời gian giữa hai sự cố (MTBF)",
    "mttr": "Thời gian khắc phục trung bình (MTTR)",
    "faults": "Sự cố robot",
    "interventions": "Lần cần người xử lý",
    "interventions_per_100_km": "Lần cần người trên 100 km",
    "deadlocks": "Lần kẹt đường",
    "attempts_failed": "Lần lấy, trả hàng không được",
    "protective_stops": "Dừng bảo vệ",
    "emergency_stops": "Dừng khẩn cấp",
    "halts": "Dừng vì người, xe nâng, vật cản",
    "missions": "Chuyến chạy",
    "metres": "Quãng đường",
    "metres_loaded": "Quãng đường có hàng",
    "charges": "Lần sạc",
    "energy": "Điện đã dùng",
    "wh_per_order": "Điện mỗi đơn",
    "camera_zones": "Lần camera giữ hoặc làm chậm robot",
    "links_lost": "Lần mất liên lạc rồi có lại",
    "wrong_loads": "Hàng sai nhãn (trên số nhãn đã đọc)",
}
UNITS: Final[dict[KpiUnit, str]] = {
    "order": "đơn", "order_per_hour": "đơn/giờ", "percent": "%", "minute": "phút", "hour": "giờ", "count": "lần",
    "km": "km", "kwh": "kWh", "wh": "Wh", "per_100_km": "lần", "trip": "chuyến",
}  # fmt: skip
KINDS: Final[dict[ObstacleKind, str]] = {
    "legal": "pháp lý", "technical": "kỹ thuật", "infrastructure": "hạ tầng", "staff": "nhân lực",
    "finance": "tài chính", "data": "dữ liệu", "safety": "an toàn",
}  # fmt: skip
STATES: Final[dict[ObstacleState, str]] = {
    "open": "mở", "in_progress": "đang xử lý", "proposed": "đã kiến nghị", "solved": "đã giải quyết", "closed": "đóng",
}  # fmt: skip
SOURCES: Final[dict[ObstacleSource, str]] = {"person": "người báo", "incident": "sự cố", "rule": "quy tắc"}
TRIAL_STATES: Final = {
    "draft": "soạn thảo", "submitted": "đã trình", "approved": "đã chấp thuận", "running": "đang chạy",
    "suspended": "tạm dừng", "ended": "đã kết thúc", "revoked": "bị thu hồi", "expired": "hết hạn",
}  # fmt: skip
_ROMAN: Final = ("I", "II", "III", "IV")
_NUMBERS: Final = ReportTexts("vi")


def number(value: float | None, digits: int = 0) -> str:
    """Return a number as 1.234,5; a dash for None."""
    if value is not None and round(value, digits) == 0:
        value = 0.0  # never "-0"
    return _NUMBERS.number(value, digits)


def of_kpi(key: KpiKey, value: float | None) -> str:
    """Return a figure with its digits, without its unit."""
    return number(value, KPIS[key].digits)


def cell(key: KpiKey, found: Cell) -> str:
    """Return a figure as tables print it."""
    return of_kpi(key, found.value)


def interval(key: KpiKey, found: Cell) -> str:
    """Return the 95 % interval, a dash where there is none."""
    if found.low is None or found.high is None:
        return "–"
    digits = max(1, KPIS[key].digits)
    return f"{number(found.low, digits)} – {number(found.high, digits)}"


def unit(key: KpiKey) -> str:
    """Return a figure's unit."""
    return UNITS[KPIS[key].unit]


def day(iso: str) -> str:
    """Return an ISO day as dd/mm/yyyy, "" as a dash."""
    return date.fromisoformat(iso).strftime("%d/%m/%Y") if iso else "–"


def long_day(iso: str, year: int) -> str:
    """Return `ngày 05 tháng 02 năm 2027`: days below 10 and the months 1 and 2 with a 0; blanks to fill in for ""."""
    if not iso:
        return f"ngày … tháng … năm {year}"
    d = date.fromisoformat(iso)
    month = f"{d.month:02d}" if d.month <= 2 else str(d.month)
    return f"ngày {d.day:02d} tháng {month} năm {d.year}"


def moment(t: float) -> str:
    """Return Unix seconds as HH:MM dd/mm/yyyy in Vietnam."""
    return datetime.fromtimestamp(t, UTC).astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")


def period_name(kind: PeriodKind, year: int, count: int) -> str:
    """Return what a period is called: tháng 01 năm 2027, quý I năm 2027."""
    names = {
        "month": f"tháng {count:02d} năm {year}",
        "quarter": f"quý {_ROMAN[(count - 1) % 4]} năm {year}",
        "half": f"6 tháng {'đầu' if count == 1 else 'cuối'} năm {year}",
        "year": f"năm {year}",
    }
    return names[kind]


def name_of(period: ReportingPeriod) -> str:
    """Return what a period is called."""
    return period_name(period.kind, period.year, period.number)


def bar_name(label: str) -> str:
    """Return the axis text of a day (its number) or a month (1/2027)."""
    parts = label.split("-")
    return str(int(parts[2])) if len(parts) == 3 else f"{int(parts[1])}/{parts[0]}"


def cause(code: str) -> str:
    """Return a wait or alarm code in words; a code of a newer program is called other."""
    known = TEXTS["vi"].get(code)
    if known is not None:
        return known
    return "nguyên nhân khác" if code.startswith("wait.") else "cảnh báo khác"


def use(code: str) -> str:
    """Return what a robot's time went into, in words."""
    return TEXTS["vi"].get(code, "khác")


def robot(name: str) -> str:
    """Return a robot's name as people write it."""
    return _NUMBERS.robot(name)
