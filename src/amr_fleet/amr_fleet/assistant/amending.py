"""What a short sentence adds to what was said before, or puts right in it: "chia theo ca", "không, robot 5 cơ".

A command that is amended is a new proposal; nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.details import carried, ends, filled, minutes
from amr_fleet.assistant.frames import put_straight
from amr_fleet.assistant.orders_given import CONDITION, VERBS, command, is_asked, report_args
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import ARGS, one
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.text import clean
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


# How somebody begins to put a command right. "không" does so only before a pause: "không dừng robot 5" forbids it.
_HEAD: Final = re.compile(
    r"^(?:(?:à|ủa|ừ|ờ|ơ|dạ|thôi|ấy|a|ua|u|da|thoi)[ ,.]+)*(?:"
    r"(?:không|khong|hông|hong|hổng|ko|no)(?: phải| phai)?(?: rồi| đâu| ạ)?\s*[,.;:!]+|"
    r"(?:nhầm|nham|lộn|sai|quên|wrong|sorry)(?: rồi| roi| mất)?\s*[,.;:!]*|"
    r"(?:ý|y)(?: tôi| toi| em| anh| mình| minh)? (?:là|la)\s*[,:]*|i mean\s*[,:]*|"
    r"(?:à |a )?(?:không|khong|hông|hong|hổng) (?:phải|phai) [^,]{1,30}?(?:,| mà| ma)(?: là| la)?"
    r")\s+(?=\S)"
)
_TAIL: Final = pattern("( (mới (đúng|phải)|cơ|chứ|mà))+$")
_CHANGES: Final = pattern("(đổi|sửa|chỉnh) (thành|lại|qua|sang|là)")
_FILLS: Final = (
    "nhé|nha|nghen|á|đó|đi|và|cả|giúp|giùm|dùm|với|ạ|em|anh|tôi|mình|luôn|số|là|ấy|thêm|nữa|thôi( nhé)?$|"
    "(đổi|sửa|chỉnh) (thành|lại|qua|sang|là)|(phía|đầu|hướng|bên) (nam|bắc|đông|tây)"
)
_TIME: Final = (
    r"(trong|khoảng|tầm|chừng|suốt|vòng)? ?(\d+ (phút|giờ|tiếng|ngày)( rưỡi)?|nửa (giờ|tiếng)|(một|1) (tiếng|giờ))|"
    "(trước|hạn|lúc|đến|tới)( lúc)? AT|AT"
)
_LEVELS: Final = (
    "(không|chưa|chẳng) (cần )?(gấp|khẩn|vội)|ưu tiên|mức|gấp|khẩn|hỏa tốc|cao|thấp|thường|bình thường|nhất"
)
# All that a sentence may hold that only adds to a command, or puts it right: anything else says something by itself.
_OWN: Final[Mapping[str, re.Pattern[str]]] = {
    tool: pattern(f"{_FILLS}|{words}")
    for tool, words in {
        "zone_close": f"PLACE|{_TIME}|đóng|chặn|khóa",
        "zone_open": "PLACE|mở",
        "order_create": f"PLACE|GOODS|CONTAINER|SSCC|BARGE|{_TIME}|đến|tới|vào|từ|ra|về|sang|qua|xuống|lên|lấy|giao|"
        rf"chở|chuyển|đưa|ở|tại|số lượng \d+|\d+ (pallet|bao|thùng|cái|kiện|container|lô)|hàng|loại|{_LEVELS}|"
        "(khoảng |tầm |chừng |cân |nặng |khối lượng |trọng lượng |(mỗi|một|1) pallet |là )*WEIGHT",
        "order_cancel": "ORDER|hủy",
        "order_priority": f"ORDER|lên|xuống|để|thôi|{_LEVELS}",
        "robot_pause": "ROBOT|dừng",
        "robot_resume": "ROBOT",
        "alarm_ack": "ALARM|cảnh báo",
        "report_make": "PERIOD|SHIFT|AT|báo cáo|bản|file|dạng|định dạng|bằng|pdf|excel|word|docx|xlsx|của|xuất|in|làm",
    }.items()
}
_THINGS: Final = frozenset({"robot", "order", "zone", "alarm", "goods", "container", "sscc", "from", "to", "period"})
# The same for another thing: "con 1 nữa", "cái 33 luôn".
_ALSO: Final = pattern("^(và |cả )?(ROBOT|ORDER|ALARM|PLACE) (nữa|luôn)( đi| nhé| nha)*$")
_ALARM_ALSO: Final = re.compile(r"^(?:cái |con |số |cb[- ]?)+(\d{1,4}) (nữa|luôn|nua|luon)(?: đi| nhé| nha)*$")
_TO_PLACE: Final = pattern("(đến|tới|vào|từ|về|sang|ra) PLACE")


_ANEW: Final = re.compile(
    r"(?:^|[ ,.])(?:(?:à không|a khong)\s*[,.:]+\s*|"
    r"(?:à quên|à nhầm|a nham|ý tôi là|ý là|nhầm rồi|sửa lại|nói lại)[ ,.:]+)"
)
_WHOLE: Final = 4
_HEADED: Final = "robot|amr|con|xe|đơn|don|cửa|cua|kệ|ke|lối|loi|cổng|cong|chuyến|trạm sạc|tram sac"
_SLIP_OF_TONGUE: Final = re.compile(
    rf"(?<!\w)((?:{_HEADED})(?: số| so)?) (?:[\w-]+ ?){{1,4}}?"
    r"(?:\s*[,.…]+\s*|\s+(?:à|a|á|ờ|ủa|ấy|ý|quên|quen)[ ,.]+)+"
    r"(?:lộn|lon|nhầm|nham|quên|quen|xin lỗi|nói lộn|noi lon|không phải|khong phai)"
    r"(?: rồi| roi| là| la| ý là| phải là| em| anh| chị| nha)*[ ,.:]+"
    rf"(?:(?:{_HEADED})(?: số| so)? )?"
)
_NO_LONGER: Final = re.compile(
    r"^(?:à |a |ừ |u )?(?:thôi|thoi)?,? ?(?:khỏi|khoi|không|khong|đừng|dung|hông|hong|ko) (?:cần |can )?"
    r"(?:coi|xem|hỏi|hoi|tìm|tim|kiểm tra|kiem tra)(?: \S+){1,5}? (?:nữa|nua)\s*[,.;]\s*(?=(?:coi|xem|hỏi|hoi|tìm|cho))"
)
_BY_LETTER: Final = re.compile(r"(?<!\w)c\d")  # "dừng c5": a camera may be meant
_PLAINLY: Final = re.compile(
    "(?:anh |chị |em |ơi |ê |này |hãy |cho |làm ơn |gấp |nhanh |giúp |tạm )*(?:dừng|ngưng|ngừng) "
)


def said_anew(text: str) -> str:
    """Return what follows "à không,", where somebody says it anew; the whole text when too little follows."""
    text = _NO_LONGER.sub("", put_straight(text))  # "thôi khỏi coi con đó nữa, coi con 9"
    text = _SLIP_OF_TONGUE.sub(r"\1 ", text)  # "đơn 412 à lộn 413"
    parts = _ANEW.split(text)
    return parts[-1] if len(parts) > 1 and len(parts[-1].split()) >= _WHOLE else text


def typed_plainly(typed: str) -> bool:
    """Say whether a wish is typed as it is read: what was put right, or made of other words ("paused"), acts never."""
    text = clean(typed)
    return said_anew(text) == text and bool(_PLAINLY.match(text)) and not _BY_LETTER.search(text)


def without_head(text: str) -> str:
    """Return what follows the words with which a cleaned sentence puts a command right, "" when none stand there."""
    match = _HEAD.match(text)
    return text[match.end() :] if match else ""


def put_right(call: Call, heard: Heard, places: Container[str], *, headed: bool) -> Reading | None:
    """Return a command with what a sentence only adds to it or puts right in it; None for any other sentence.

    heard: without the head of without_head; headed: it had one. What asks, forbids or wants something else says so
    by itself: another wish behind such a head is that wish.
    """
    tail = bool(_TAIL.search(heard.text))
    heard = replace(heard, text=_TAIL.sub("", heard.text))
    rights = headed or tail
    if heard.text.endswith("?") or is_asked(heard.text):
        return None
    wish = command(heard)
    if wish is not None and wish.kind in ("propose", "refuse"):
        if not rights:
            return None
        same = len(wish.calls) == 1 and wish.calls[0].name == call.name
        merged = (Call(call.name, {**call.args, **wish.calls[0].args}),) if same else wish.calls
        return replace(wish, calls=merged, at_once=False)
    things = heard.mentions
    if _OWN[call.name].sub("", heard.text).strip() or max(map(len, (things.robots, things.orders, things.alarms))) > 1:
        return None
    new = _new(call, heard, places)
    others = any(name in _THINGS and call.args.get(name, value) != value for name, value in new.items())
    if others and not (rights or also(heard) or _CHANGES.search(heard.text) or _TO_PLACE.search(heard.text)):
        return None
    if call.name == "order_create" and heard.weights and not new:
        return filled(dict(call.args))  # the same again, with the word that its weight is not in it
    return amended(call, heard, places)


def also(heard: Heard) -> bool:
    """Say whether a sentence only names one more thing that the same is wanted of."""
    return bool(_ALSO.search(heard.text))


def alarm_also(call: Call, text: str) -> str:
    """Return "cái 33 luôn" behind an alarm that was acknowledged as "cảnh báo 33 luôn", "" for any other text."""
    match = _ALARM_ALSO.match(text) if call.name == "alarm_ack" else None
    return f"cảnh báo {match[1]} {match[2]}" if match else ""


def alarm_meant(call: Call | None, typed: str, numbers: Container[str]) -> str:
    """Return "ghi nhận cái 33" behind a list of alarms as "ghi nhận cảnh báo 33", any other sentence as it was typed.

    numbers: of the alarms that are there.
    """
    match = _ONE_OF_THEM.search(typed) if call is not None and call.name == "alarms_list" else None
    return (
        f"{typed[: match.start()]}cảnh báo {match[1]}{typed[match.end() :]}" if match and match[1] in numbers else typed
    )


_ONE_OF_THEM: Final = re.compile(r"(?<!\w)(?:cái|cai)(?: số| so)? (\d{1,4})(?!\w)")


def corrects(heard: Heard) -> bool:
    """Say whether a sentence puts right what was said before."""
    return len(heard.text.split()) <= _SHORT and bool(_CORRECTS.search(heard.text))


def refines(heard: Heard) -> bool:
    """Say whether a sentence may add something to what was said before."""
    if conditional(heard):
        return False
    count = len(heard.text.split())
    return count <= _FEW or (count <= _SHORT and bool(_REFINES.search(heard.text)))


def conditional(heard: Heard) -> bool:
    """Say whether something is to be done on a condition: that adds to no question, and asks none by itself."""
    text = heard.text
    return bool(CONDITION.search(text) and VERBS.search(text)) and not is_asked(text)


def amended(call: Call, heard: Heard, places: Container[str]) -> Reading | None:
    """Return the call before with what a sentence says anew, None when it says nothing for it."""
    new = _new(call, heard, places)
    args = with_new(call.args, new)
    if not new or args == call.args:
        return None
    if call.name == "order_create":
        return filled(args)
    return Reading(kind="propose" if call.name in COMMANDS else "tools", calls=(Call(call.name, args),), why=AMENDED)


def with_new(args: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Value]:
    """Return arguments with new ones: a new shift or date is instead of both."""
    dated = ("shift", "date") if "shift" in new or "date" in new else ()
    loads = ("container", "sscc", "goods") if {"container", "sscc"} & set(new) else ()
    return {**{name: value for name, value in args.items() if name not in (*dated, *loads)}, **new}


def close_then(call: Call, heard: Heard) -> Reading | None:
    """Return the closure that was only supposed before, now wished: "vậy đóng 20 phút thôi" behind "nếu đóng A1"."""
    place = call.args.get("close")
    if call.name != "what_if" or not isinstance(place, str) or not _CLOSE_THEN.search(heard.text):
        return None
    if is_asked(heard.text) or heard.text.endswith("?"):
        return None
    return Reading(kind="propose", calls=(Call("zone_close", {"zone": place, **_closing(call, heard)}),))


_CLOSE_THEN: Final = pattern(
    r"^(vậy|rồi|ok|ừ|thế|thôi|được|thì|,| )*(đóng|chặn|khóa)( lại| nó)*( trong)?"
    r"( \d+ phút| nửa tiếng| nửa giờ| \d+ (tiếng|giờ)( rưỡi)?| (tới|đến) AT)( đi| thôi| luôn| nhé| giúp| liền)*( !)?$"
)


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
    return {"zone": _place(heard)} if heard.mentions.places else {}


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


def _report(call: Call, heard: Heard) -> dict[str, Value]:
    new = report_args(heard)
    if call.args.get("kind") == "incident":  # it stays one, whatever its period
        new |= {"kind": "incident"}
    return new


def _side(call: Call, heard: Heard, places: Container[str]) -> dict[str, Value]:
    """Return the sister of a zone at another side, where there is one: "không, phía nam mới phải"."""
    zone = str(call.args.get("zone", ""))
    side = next((name for name, matcher in _SIDES if matcher.search(heard.text)), "")
    sister = re.sub("south|north|east|west", side, zone) if side else zone
    return {"zone": sister} if sister != zone and sister in places else {}


_robot = one("robot", lambda heard: heard.mentions.robots)
_alarm = one("alarm", lambda heard: heard.mentions.alarms)
_OF_COMMAND: Final[Mapping[str, Callable[[Call, Heard], dict[str, Value]]]] = {
    "zone_close": _closing,
    "zone_open": _zone,
    "order_create": _carrying,
    "order_cancel": _order,
    "order_priority": _order,
    "robot_pause": lambda _, heard: _robot(heard),
    "robot_resume": lambda _, heard: _robot(heard),
    "alarm_ack": lambda _, heard: _alarm(heard),
    "report_make": _report,
}
