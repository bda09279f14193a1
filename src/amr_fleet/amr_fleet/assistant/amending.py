"""What a short sentence adds to what was said before, or puts right in it: "chia theo ca", "không, robot 5 cơ".

A command that is amended is a new proposal; nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.orders_given import carried, ends, filled, minutes
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import ARGS
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.tools import COMMANDS

_CORRECTS: Final = pattern(
    "^(à |ủa |ý |ừ )*(không( phải)?|hổng phải|nhầm|ý (tôi|em|anh|mình) là|ý là|sai) |"
    "(mới (đúng|phải|là)|cơ|chứ)( [?])?$|(đổi|sửa|chỉnh) (thành|lại|qua|sang|là)"
)
_REFINES: Final = pattern(
    "^(chỉ|riêng|còn|nếu|chia|theo|loại|của|trong|trước|sau|dưới|trên|hạn|tới|đến|vào|mức|lấy|thêm|với|thế|vậy)|"
    "(thôi|ấy|nhé|đi)( [?])?$"
)
AMENDED: Final = "amended"
_SHORT: Final = 8
"""Words: a longer sentence says what it wants by itself."""
_FEW: Final = 4
_NUMBER: Final = re.compile(r"(?<![^ ])(\d{1,3})(?![^ ])")
_ORDERS: Final = pattern(r"(\d+) (đơn|chuyến)")
_SIDES: Final = (
    ("south", pattern("(phía|đầu|hướng|bên) nam")), ("north", pattern("(phía|đầu|hướng|bên) bắc")),
    ("east", pattern("(phía|đầu|hướng|bên) đông")), ("west", pattern("(phía|đầu|hướng|bên) tây")),
)  # fmt: skip
_NONE: Final[Mapping[str, Value]] = {}


def corrects(heard: Heard) -> bool:
    """Say whether a sentence puts right what was said before."""
    return len(heard.text.split()) <= _SHORT and bool(_CORRECTS.search(heard.text))


def refines(heard: Heard) -> bool:
    """Say whether a sentence may add something to what was said before."""
    count = len(heard.text.split())
    return count <= _FEW or (count <= _SHORT and bool(_REFINES.search(heard.text)))


def amended(call: Call, heard: Heard, places: Container[str]) -> Reading | None:
    """Return the call before with what a sentence says anew, None when it says nothing for it."""
    new = _new(call, heard, places)
    args = {**call.args, **new}
    if "shift" in new or "date" in new:
        args = {name: value for name, value in args.items() if name in new or name not in ("shift", "date")}
    if not new or args == call.args:
        return None
    if call.name == "order_create":
        return filled(args)
    return Reading(kind="propose" if call.name in COMMANDS else "tools", calls=(Call(call.name, args),), why=AMENDED)


def _new(call: Call, heard: Heard, places: Container[str]) -> Mapping[str, Value]:
    if call.name in _OF_COMMAND:
        return _OF_COMMAND[call.name](call, heard) or _side(call, heard, places)
    if call.name not in ARGS:
        return _NONE
    new = dict(ARGS[call.name](heard))
    if call.name == "kpi" and not first("kpis", heard.text):
        del new["name"]
    if call.name == "shift_summary" and not heard.times.shift:
        new.pop("shift", None)
    if call.name == "robots_list" and "battery_below" in call.args and (number := _NUMBER.search(heard.text)):
        new["battery_below"] = float(number[1])
    if call.name == "what_if":
        new |= _supposed(call, heard)
    return new


def _supposed(call: Call, heard: Heard) -> dict[str, Value]:
    new: dict[str, Value] = {}
    if "close" in call.args and heard.mentions.places:
        new["close"] = _place(heard)
    count = _ORDERS.search(heard.text)
    if "add_orders" in call.args and count:
        new["add_orders"] = int(count[1])
    return new


def _place(heard: Heard) -> str:
    return heard.mentions.place("zones", "aisles", "halls", "places", "stations", "chargers", "parking", "cameras")


def _zone(_: Call, heard: Heard) -> dict[str, Value]:
    new: dict[str, Value] = {"zone": _place(heard)} if heard.mentions.places else {}
    return new


def _closing(call: Call, heard: Heard) -> dict[str, Value]:
    new = _zone(call, heard)
    if length := minutes(heard.text):
        new["minutes"] = length
    elif heard.times.at:
        new["until"] = heard.times.at
    return new


def _carrying(_: Call, heard: Heard) -> dict[str, Value]:
    start, goal = ends(heard)
    return {name: value for name, value in (("from", start), ("to", goal)) if value} | carried(heard)


def _order(call: Call, heard: Heard) -> dict[str, Value]:
    new: dict[str, Value] = {"order": heard.mentions.orders[0]} if heard.mentions.orders else {}
    level = first("priorities", heard.text) if call.name == "order_priority" else ""
    return new | ({"priority": level} if level and not heard.mentions.orders else {})


def _robot(_: Call, heard: Heard) -> dict[str, Value]:
    return {"robot": heard.mentions.robots[0]} if heard.mentions.robots else {}


def _alarm(_: Call, heard: Heard) -> dict[str, Value]:
    return {"alarm": heard.mentions.alarms[0]} if heard.mentions.alarms else {}


def _report(_: Call, heard: Heard) -> dict[str, Value]:
    form = first("formats", heard.text)
    period = f"shift:{heard.times.shift}" if heard.times.shift else heard.times.period
    new: dict[str, Value] = {"period": period} if period else {}
    return new | ({"format": form} if form else {})


def _side(call: Call, heard: Heard, places: Container[str]) -> dict[str, Value]:
    """Return the sister of a zone at another side, where there is one: "không, phía nam mới phải"."""
    zone = str(call.args.get("zone", ""))
    side = next((name for name, matcher in _SIDES if matcher.search(heard.text)), "")
    sister = re.sub("south|north|east|west", side, zone) if side else zone
    return {"zone": sister} if sister != zone and sister in places else {}


_OF_COMMAND: Final[Mapping[str, Callable[[Call, Heard], dict[str, Value]]]] = {
    "zone_close": _closing,
    "zone_open": _zone,
    "order_create": _carrying,
    "order_cancel": _order,
    "order_priority": _order,
    "robot_pause": _robot,
    "robot_resume": _robot,
    "alarm_ack": _alarm,
    "report_make": _report,
}
