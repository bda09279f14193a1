"""A call in words, for who has to confirm it or to choose it: no argument's name and no value of a program is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from amr_fleet.assistant.answers import ORDER_NAMES, STATE_NAMES, label
from amr_fleet.assistant.figures import BY, TITLES
from amr_fleet.assistant.reading import Call, Value
from amr_fleet.assistant.strangers import named, quoted
from amr_fleet.assistant.zone_answers import ZONE_NAMES

_PERIODS: Final = {
    "today": "hôm nay", "yesterday": "hôm qua", "this_week": "tuần này", "last_week": "tuần trước",
    "this_month": "tháng này", "last_month": "tháng trước", "this_quarter": "quý này", "last_quarter": "quý trước",
    "this_year": "năm nay", "last_year": "năm trước", "last_24h": "24 giờ qua", "last_7_days": "7 ngày qua",
    "current": "ca này", "previous": "ca trước", "morning": "ca sáng", "afternoon": "ca chiều", "night": "ca đêm",
}  # fmt: skip
_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "robots_list": STATE_NAMES,
    "orders_find": ORDER_NAMES,
    "zones_list": ZONE_NAMES,
    "alarms_list": {"open": "chưa ai nhận", "acked": "đã có người nhận", "acknowledged": "đã có người nhận",
                    "closed": "đã hết"},
}  # fmt: skip
_SEVERITIES: Final = {"critical": "nghiêm trọng", "error": "lỗi", "warning": "cần chú ý", "info": "để biết"}
_KINDS: Final = {
    "estop": "dừng khẩn cấp", "deadlock": "kẹt lẫn nhau", "blocked": "bị chặn đường", "fault": "lỗi robot",
    "lost_link": "mất kết nối", "order": "đơn trễ hoặc thất bại", "battery": "pin", "load": "hàng trên robot",
    "collision": "va chạm", "va_cham": "va chạm", "near_miss": "suýt va chạm", "near_misses": "suýt va chạm",
    "near-miss": "suýt va chạm", "protective_stop": "dừng bảo vệ", "protective_stops": "dừng bảo vệ",
    "dropped_load": "rơi hàng", "dropped_loads": "rơi hàng", "load_dropped": "rơi hàng",
    "shift": "theo ca", "daily": "theo ngày", "weekly": "theo tuần", "monthly": "theo tháng",
    "quarterly": "theo quý", "incident": "về sự cố",
}  # fmt: skip
_TYPES: Final = {"lift_amr": "robot nâng", "fork_robot": "robot càng"}
_PRIORITIES: Final = {"low": "thấp", "normal": "thường", "high": "cao"}
_SOURCES: Final = dict.fromkeys(("person", "people", "human", "user", "operator"), "người") | {"cameras": "camera"}
_STRANGE: Final = re.compile(r"_|^[a-z]+:")
"""A value that a program wrote for programs: it is quoted, so that nobody takes it for a word."""


def described(title: str, call: Call) -> str:
    """Return a call in words. title: of its tool."""
    said = [_said(title.lower(), call.name, name, value) for name, value in call.args.items()]
    args = ", ".join(filter(None, said))
    return f"{title}{': ' + args if args else ''}"


def _said(title: str, tool: str, name: str, value: Value) -> str:
    if name.startswith("remove_") and str(value).isdigit():
        return f"bớt {value} {'robot' if name == 'remove_robots' else 'trạm sạc'}"
    values = value if isinstance(value, list) else [value]
    whole = ", ".join(_value(tool, name, one) for one in values)
    phrase = _PHRASES.get(name, "{}")
    return whole if whole and phrase.removesuffix(" {}") in title else phrase.format(whole) if whole else ""


def _value(tool: str, name: str, value: Value) -> str:
    if isinstance(value, int | float):
        return f"{value:g}".replace(".", ",")
    text = str(value)
    make = _MAKERS.get(name)
    if make is not None:
        return make(tool, text)
    return quoted(text) if _STRANGE.search(text) and name not in _NAMES else named(text)


def _word(words: Mapping[str, str]) -> Callable[[str, str], str]:
    def one(_: str, text: str) -> str:
        return words.get(text) or (quoted(text) if _STRANGE.search(text) else named(text))

    return one


def moment_said(text: str) -> str:
    """Return a moment in words: the hour and the day, or the end of the shift."""
    if text == "shift:end":
        return "cuối ca"
    try:
        return f"{datetime.fromisoformat(text):%H:%M %d/%m}"
    except ValueError:
        return quoted(text)


def period_said(text: str) -> str:
    """Return a period in words."""
    known = _PERIODS.get(text.removeprefix("shift:"))
    if known:
        return known
    begin, _, end = text.partition("/")
    if re.fullmatch(r"\d{4}-Q[1-4]", text):
        return f"quý {text[-1]}/{text[:4]}"
    if re.fullmatch(r"\d{4}-\d\d", text):
        return f"tháng {int(text[5:])}/{text[:4]}"
    try:
        first, last = datetime.fromisoformat(begin), datetime.fromisoformat(end or begin)
    except ValueError:
        return quoted(text)
    days = len(begin) == len(end or begin) == len("2026-01-31")
    if days:
        return f"ngày {first:%d/%m/%Y}" if first == last else f"từ {first:%d/%m/%Y} đến hết {last:%d/%m/%Y}"
    return f"từ {first:%H:%M %d/%m} đến {last:%H:%M %d/%m}"


_PHRASES: Final = {
    "robot": "robot {}", "order": "đơn {}", "from": "từ {}", "to": "đến {}", "goods": "hàng {}", "qty": "số lượng {}",
    "sscc": "SSCC {}", "container": "container {}", "barge": "tàu {}", "due": "hạn {}", "due_before": "hạn trước {}",
    "priority": "ưu tiên {}", "zone": "khu vực {}", "reason": "lý do {}", "minutes": "trong {} phút", "until": "đến {}",
    "alarm": "cảnh báo {}", "format": "dạng {}", "place": "ở {}", "station": "ở {}", "battery_below": "pin dưới {} %",
    "severity": "mức {}", "source": "do {} đặt", "by": "{}", "about": "của {}", "close": "đóng {}",
    "remove_robots": "bớt {}", "remove_chargers": "bớt trạm sạc {}", "add_orders": "thêm {} đơn",
    "demand_factor": "lượng hàng gấp {}",
}  # fmt: skip
_NAMES: Final = frozenset({
    "order", "from", "to", "zone", "alarm", "place", "station", "barge", "container", "sscc", "close",
    "remove_chargers",
})  # fmt: skip
"""What the site or a paper names: as it is written there."""
_MAKERS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "robot": lambda _, text: named(label(text)),
    "about": lambda _, text: named(label(text)),
    "remove_robots": lambda _, text: named(label(text)),
    "state": lambda tool, text: _word(_STATES.get(tool, {}))(tool, text),
    "severity": _word(_SEVERITIES),
    "kind": _word(_KINDS),
    "type": _word(_TYPES),
    "priority": _word(_PRIORITIES),
    "source": _word(_SOURCES),
    "name": _word(TITLES),
    "by": _word(BY),
    "period": lambda _, text: period_said(text),
    "date": lambda _, text: period_said(text),
    "shift": lambda _, text: period_said(text),
    "due": lambda _, text: moment_said(text),
    "due_before": lambda _, text: moment_said(text),
    "until": lambda _, text: moment_said(text),
    "reason": lambda _, text: quoted(text),
    "format": lambda _, text: named(text.upper()),
}
