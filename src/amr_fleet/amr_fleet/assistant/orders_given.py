"""Commands: sentences that want something done. Each becomes a proposal, or a question for what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.details import carried, ends, filled, minutes, reason
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.wording import named

# What makes it a question, a report of what was, or somebody else's words.

_WORDS: Final = named("commands.yaml")


def is_asked(text: str) -> bool:
    """Say whether a sentence with a verb of command asks about it instead."""
    text = _NOT_AT_ALL.sub(r"\1", _REPAIRS.sub(" ", _TO_THE_FRONT.sub(" ", text)))
    text = _LEVEL_OF.sub("ORDER", _NOT_URGENT.sub(" ", text)) if _SETS.search(text) else _NOT_URGENT.sub(" ", text)
    text = _SET_TO.sub("ORDER", text)
    if _ASKED_BY.search(text) or _COMPARED.search(text):
        return True
    if _WORDS["polite"].search(text):
        return False
    return bool(_WORDS["asks"].search(text) or _WORDS["ends_no"].search(text))


# Typed without marks "chua" would ask; what an order stands in for is no question either.
_REPAIRS: Final = pattern(
    "sửa chữa|chữa (cháy|lửa)|giờ thì chưa$|thay (thế )?(cho )?(đơn|ORDER) (đã |vừa |mới )*(bị |được )?hủy"
)
# Typed without marks "lên đầu" asks where; "hết mấy con" counts none.
_TO_THE_FRONT: Final = pattern(
    "(lên|ra) đầu( tiên| hết| hàng| danh sách)?|(của|(dừng|ngừng) (hết|sạch)) mấy (con|xe|robot|chiếc)"
)
# "chưa cần dừng con 2 đâu" denies, it does not ask where.
_NOT_AT_ALL: Final = pattern(
    "((?:không|chưa|chẳng|chả|khỏi|đừng) (?:cần|phải|muốn|nên|định|có|được|cho|vội|dừng|hủy|đóng|mở)(?: [^ ]+){0,7}?) "
    "đâu( nhé| nha| nghe| đó| em| anh)*( !)?$"
)
_ASKED_BY: Final = pattern("(khách|tài xế|chủ hàng|người ta|họ|sếp) (có )?hỏi")
# "đóng B2 hay đóng B3 thì lợi hơn" wants neither.
_COMPARED: Final = pattern(
    "(hay|hoặc|với|và) (là )?(đóng|chặn|mở|hủy|dừng|bớt|thêm|cho) .. (thì |cái nào |bên nào |đằng nào )*"
    "(thiệt|lợi|tốt|đỡ|hay|ổn|nhanh|chậm|kẹt|nặng|nhẹ|ít|nhiều)( [^ ]+)? hơn|"
    "(thiệt|lợi|tốt|đỡ|ổn|nhanh) hơn( vậy| nhỉ| em| anh| chị| ta)*( [?])?$"
)
_SETS: Final = pattern(
    "(nâng|hạ|tăng|giảm|đổi|đặt|chỉnh|sửa|chuyển|đưa|đẩy|kéo|cập nhật|thay đổi|điều chỉnh|thiết lập) .. "
    "(ưu tiên|mức|cấp) .. (của )?ORDER"
)
_LEVEL_OF: Final = pattern("(ưu tiên|mức|cấp) (của|cho) ORDER")
_SET_TO: Final = pattern(
    "(ưu tiên|mức|cấp) (của|cho) ORDER(?= (thì |hãy |nhớ )?(chuyển|đổi|đưa|hạ|nâng|chỉnh|đặt|để|kéo|tăng|giảm) "
    "(về|lên|xuống|thành|sang|qua))"
)
_NOT_URGENT: Final = pattern("(không|chưa|chẳng) (cần )?(gấp|vội|khẩn) (đâu|gì)")


def _create(heard: Heard) -> Reading:
    start, goal = ends(heard)
    places: dict[str, Value] = {name: value for name, value in (("from", start), ("to", goal)) if value}
    aisles = [name for name in (start, goal) if name and _only_aisle(heard, name)]
    if aisles:  # a load stands at a rack's station, not somewhere in an aisle
        return Reading(kind="clarify", calls=(Call("order_create", places | carried(heard)),), why="which_place")
    return filled(places | carried(heard))


def _only_aisle(heard: Heard, name: str) -> bool:
    found = next((place for place in heard.mentions.places if name in place.values()), {})
    return bool(found) and set(found) <= {"aisles", "zones"}


def _each(tool: str, argument: str, names: list[str]) -> Reading:
    return Reading(kind="propose", calls=tuple(Call(tool, {argument: name}) for name in dict.fromkeys(names)))


def _zone(tool: str, heard: Heard) -> Reading:
    kinds = ("zones", "aisles", "halls", "places", "stations", "parking", "chargers")
    calls = []
    if any(set(place) == {"cameras"} for place in heard.mentions.places):
        return Reading(kind="clarify", why="no_such_thing")  # "dong loi c3": there is no such lane, only a camera
    for at in range(len(heard.mentions.places)):
        args: dict[str, Value] = {"zone": heard.mentions.place(*kinds, at=at)}
        if tool == "zone_close":
            args |= {"minutes": length} if (length := minutes(heard.text)) else {}
            until = heard.times.at or _end_of(heard.times.period)
            args |= {"until": until} if until and not length else {}
            args |= {"reason": why} if (why := reason(heard.typed)) else {}
        calls.append(Call(tool, args))
    return Reading(kind="propose", calls=tuple(calls))


def _end_of(period: str) -> str:
    """Return the end of a span of hours ("từ 15 giờ đến 17 giờ"), "" for a day or a named period."""
    return period.partition("/")[2] if "T" in period else ""


def _priority(heard: Heard) -> Reading:
    said = list(_NEW_LEVEL.finditer(heard.text))  # "từ thấp lên cao" is high
    level = first("priorities", heard.text[said[-1].start() :]) if said else ""
    level = level or first("priorities", _PRIORITY_ITSELF.sub(" ", heard.text))
    orders = list(dict.fromkeys(heard.mentions.orders))
    orders = orders[:1] if _MORE_THAN.search(heard.text) else orders
    if not level and _CHANGES.search(heard.text):  # to which one, nobody said
        calls = (Call("order_priority", {"order": orders[0], "priority": name}) for name in ("high", "normal", "low"))
        return Reading(kind="clarify", calls=tuple(calls), why="unsure")
    calls = (Call("order_priority", {"order": order, "priority": level or "high"}) for order in orders)
    return Reading(kind="propose", calls=tuple(calls))


_MORE_THAN: Final = pattern(
    "ORDER (hơn|trước)( là)? ORDER|ORDER .. (để|nhường)( cho)? ORDER .. trước|ORDER .. (để|nhường)( cho)? ORDER trước"
)
_CHANGES: Final = pattern("(đổi|chỉnh|sửa|đặt|cập nhật|thay|điều chỉnh|thiết lập) .. (ưu tiên|mức|cấp)")
_PRIORITY_ITSELF: Final = pattern("(mức|độ|cấp|đổi|chỉnh|sửa|đặt|thay) (độ |mức )?ưu tiên")


_NEW_LEVEL: Final = pattern("(lên|xuống|về|thành|sang|qua) (mức |ưu tiên |hạng |cấp |loại |độ )*(?!ORDER|trước|đầu)")


def _ack(heard: Heard) -> Reading:
    if heard.mentions.alarms:
        return _each("alarm_ack", "alarm", heard.mentions.alarms)
    args: dict[str, Value] = {}
    if heard.mentions.robots:
        args["about"] = heard.mentions.robots[0]
    return Reading(kind="clarify", calls=(Call("alarm_ack", args),), why="need_alarm")


def _report(heard: Heard) -> Reading:
    args = report_args(heard)
    if not {"kind", "period"} & set(args):  # of what, nobody said
        calls = tuple(Call("report_make", {"kind": kind} | args) for kind in ("shift", "daily", "weekly"))
        return Reading(kind="clarify", calls=calls, why="unsure")
    return Reading(kind="propose", calls=(Call("report_make", {"kind": "shift"} | args),))


def report_args(heard: Heard) -> dict[str, Value]:
    """Return what a sentence says of a report: its kind, also where only the period tells it, period and format."""
    kind = first("reports", heard.text)
    period = heard.times.period
    if heard.times.shift:
        kind = kind if kind == "incident" else "shift"
        period = f"shift:{heard.times.shift}"
    elif period and kind != "incident":
        kind = _REPORT_OF.get(period) or _kind_of(period) or kind
    args = {"kind": kind, "period": period, "format": first("formats", heard.text)}
    return {name: value for name, value in args.items() if value}


def _kind_of(period: str) -> str:
    """Return the kind of report that a written period is of: a day, a month, a quarter; "" for another."""
    begin, _, end = period.partition("/")
    if end and begin[:10] == end[:10]:
        return "daily"
    return "monthly" if re.fullmatch(r"\d{4}-\d\d", period) else "quarterly" if "-Q" in period else ""


_REPORT_OF: Final = {
    "today": "daily",
    "yesterday": "daily",
    "last_24h": "daily",
    "this_week": "weekly",
    "last_week": "weekly",
    "last_7_days": "weekly",
    "this_month": "monthly",
    "last_month": "monthly",
    "this_quarter": "quarterly",
    "last_quarter": "quarterly",
}

_COMMANDS: Final[tuple[tuple[str, re.Pattern[str], Callable[[Heard], Reading]], ...]] = (
    ("report_make", _WORDS["report"], _report),
    ("alarm_ack", _WORDS["ack"], _ack),
    ("order_cancel", _WORDS["cancel"], lambda heard: _each("order_cancel", "order", heard.mentions.orders)),
    ("order_priority", _WORDS["priority"], _priority),
    ("zone_open", _WORDS["open"], lambda heard: _zone("zone_open", heard)),
    ("zone_close", _WORDS["close"], lambda heard: _zone("zone_close", heard)),
    ("robot_resume", _WORDS["resume"], lambda heard: _each("robot_resume", "robot", heard.mentions.robots)),
    ("robot_pause", _WORDS["pause"], lambda heard: _each("robot_pause", "robot", heard.mentions.robots)),
    ("order_create", _WORDS["create"], _create),
)


def _wanted(text: str) -> tuple[str, Callable[[Heard], Reading]] | None:
    """Return the command that a sentence has words for, the first of those that it may be."""
    found = [(tool, make) for tool, matcher, make in _COMMANDS if matcher.search(text)]
    names = [tool for tool, _ in found]
    if names[:1] == ["alarm_ack"] and "ORDER" in text and not _OF_ALARM.search(text):
        found, names = found[1:], names[1:]  # "hạ nó xuống để xe lo việc khác": none of the alarms
    if "order_create" in names and (_MAKES_ORDER.search(text) or _CARRIES.search(text)):
        return found[names.index("order_create")]
    stops = _STANDS_AFTER.search(text) or _STOPS_IT.search(text)
    if "robot_resume" in names and "robot_pause" in names and stops:
        return found[names.index("robot_pause")]
    if "order_priority" in names and _NO_PRIORITY.search(text):
        return found[names.index("order_priority")]
    return found[0] if found else None


_FORBIDS: Final = pattern(
    "^(em |anh |này |nè )?(đừng|không được|chớ|cấm) (có )?(hủy|dừng|mở|tạo|chở|xóa|chuyển|bỏ|đóng) .. "
    "(nghe|nhé|đó|đấy|nha)"
)
_TOMORROW: Final = pattern("^(sáng |chiều |tối |ngày )?(mai|mốt) ")
_UNTIL_TAIL: Final = pattern("(cho )?(tới|đến) khi .*$")
# What somebody dreamt, said, or was told is told, not wanted.
TOLD: Final = pattern(
    "mơ thấy|nằm mơ|chiêm bao|lỡ (miệng|lời|tay)|hồi nãy (tôi|em|anh|mình)|(nghe|nhé|thấy) (nói|đồn|kể)|"
    "(là|thì) (sai|bậy|nguy hiểm|không (được|nên|cần|an toàn|ổn))|^(lúc|hồi) (sáng|trưa|chiều|tối|khuya|đêm|trước)|"
    "(dừng|đứng|đóng|mở|hủy|chặn|khóa|chạy tiếp|chạy lại)( lại| ra| ROBOT| PLACE| ORDER)* rồi$"
)
_TAKEN_BACK: Final = pattern(
    "à (không|đừng|thôi|khoan)( cho| cần| được| nên| phải| có)* (tạm )?(dừng|hủy|đóng|chặn|mở|chạy|cho|xóa|bỏ|khóa|cấm)"
)
_REFUSED: Final = "(đừng|không|chớ|khoan|chưa|khỏi|chẳng)"
_NOT: Final = f"{_REFUSED}( có| nên| cần| phải| vội| được| muốn| cho| để| hãy| tạm| bao giờ| đã| bị| nó)*"
_DENIED: Final = {
    tool: pattern(f"{_NOT} ({verbs})( ROBOT| ORDER| PLACE| ALARM)?")
    for tool, verbs in {
        "robot_resume": "chạy|đi|làm|tiếp tục|hoạt động|di chuyển|thả",
        "robot_pause": "dừng|đứng|nghỉ",
        "order_cancel": "hủy|bỏ|xóa|dẹp",
        "order_priority": "ưu tiên|đẩy|nâng",
        "zone_open": "mở|thông",
        "zone_close": "đóng|khóa|chặn|cấm|rào",
        "alarm_ack": "nhận|xác nhận|ghi nhận",
    }.items()
}
# "chưa tới 4 giờ nhưng ..." says when it is, not when to do it.
_NOT_YET: Final = pattern("^(mới|chưa) (tới|đến|được)? ?AT (nhưng|mà|thôi|nhưng mà) ")
_NO_PRIORITY: Final = pattern("(bỏ|thôi|hết) ưu tiên")
_MAKES_ORDER: Final = pattern("(tạo|lập|lên|thêm) (một |1 |cái |mới )*đơn")
# "bốn tấm gạo cửa 6 đưa vô A3 đông": a load between two places; its side is no word for closing.
_CARRY, _TO = "(đưa|chở|chuyển|đem|mang|kéo|dời|bỏ|cất|giao)", "(ra|vào|qua|sang|về|đến|tới|lên|xuống)"
_CARRIES: Final = pattern(
    f"(GOODS|pallet|SSCC|CONTAINER) .. PLACE .. {_CARRY} {_TO} PLACE|"
    f"(GOODS|pallet|SSCC|CONTAINER) PLACE {_CARRY} {_TO} PLACE|"
    f"{_CARRY} .. (GOODS|pallet) .. PLACE .. {_TO} PLACE|"
    f"PLACE (lấy|bốc|chở|nhận) .. (GOODS|pallet|SSCC|CONTAINER) .. {_CARRY} {_TO} PLACE|"
    f"PLACE (lấy|bốc|chở|nhận) .. (GOODS|pallet|SSCC|CONTAINER) {_CARRY} {_TO} PLACE"
)
_OF_ALARM: Final = pattern("ALARM|cảnh báo|báo động|lỗi|còi|chuông")
_STOPS_IT: Final = pattern("^(?!.*(thôi|bỏ|hết|ngưng|gỡ|hủy) ).*(dừng|giữ) ROBOT")
_STANDS_AFTER: Final = pattern("ROBOT (tạm )?(dừng|đứng|nghỉ)( lại| ngay| đi| liền| yên)*")


def command(heard: Heard) -> Reading | None:
    """Return what a sentence wants done, or None when it wants nothing done (a question, a remark)."""
    text = _WORDS["stands_here"].sub(" ", _OPEN_END.sub("", _NOT_YET.sub("", heard.text)))
    wanted = _wanted(text)
    later = _WORDS["later"].search(_UNTIL_TAIL.sub("", text)) and not _UNTIL_WHEN.search(text)
    if later and _WORDS["verbs"].search(text) and not _WHEN_OPENED.search(text):
        return Reading(kind="refuse", why="later")
    if wanted is None:
        return None if heard.mentions.vague else _unnamed(text, heard)
    if _SHOWN.search(text) and wanted[0] != "report_make":
        return None  # "đưa đơn 412 lên màn hình"
    tool, make = wanted
    if (tool == "order_cancel" and _SKIPS.search(text)) or (tool == "zone_open" and _LETS_IN.search(text)):
        return Reading(kind="clarify", why="what_to_do")
    if _FORBIDS.search(text) and not _WORDS["keep_out"].search(text) and not _WORDS["keep"].search(text):
        return Reading(kind="refuse", why="negated")
    if is_asked(text):
        return None
    why = "negated" if _negated(tool, text) else _not_now(tool, text, heard)
    if why:
        return Reading(kind="refuse", why=why)
    reading = make(heard)
    if tool in _MAY and reading.kind == "propose" and _MAY_IT.search(text):
        return replace(reading, kind="clarify", why="unsure")
    at_once = (
        tool == "robot_pause"
        and len(reading.calls) == 1
        and heard.marked
        and bool(_WORDS["at_once"].search(text))
        and "dung'fh" in text.split()
    )
    return Reading(kind=reading.kind, calls=reading.calls, why=reading.why, at_once=at_once)


_WHEN_OPENED: Final = pattern(
    "(khi nào|bao giờ|mấy giờ) mới (được )?(mở|thông|chạy|cho qua)( lại| ra| được)*( vậy| ta| em| anh)*( [?])?$"
)
"""Asks when it will be so: "ai đóng lối A2, chừng nào mới mở?"."""
# "robot 3 chạy tiếp được không" asks whether it may, as often as it wants it: what cannot be undone is asked back.
_MAY: Final = frozenset({"robot_resume", "order_cancel"})
_MAY_IT: Final = pattern("(được|đc) (không|chứ|chưa)( vậy| ạ| anh| em| chị| ta| nhỉ| ha| nè)*( [?])?$")


def _unnamed(text: str, heard: Heard) -> Reading | None:
    """Return the question back for a command that names nothing, the refusal of one that means all."""
    why = next((why for matcher, why in _UNNAMED if matcher.search(text)), "")
    if is_asked(text):
        return None
    if why and not _WORDS["all"].search(text) and not _WORDS["negated"].search(text):
        waits = why == "need_order" and _CANCELS.search(text) and not (heard.mentions.goods or heard.mentions.places)
        return Reading(kind="clarify", calls=(Call("order_cancel", {}),) if waits else (), why=why)
    if _WORDS["verbs"].search(_SHOWS.sub(" ", text)) and _WORDS["all"].search(text):
        return Reading(kind="refuse", why="all")
    return None


def _negated(tool: str, text: str) -> bool:
    """Say whether a sentence takes back or only tells what its words for a tool would want."""
    if TOLD.search(text) or _TAKEN_BACK.search(text):
        return True
    matcher = next(matcher for name, matcher, _ in _COMMANDS if name == tool)
    if tool in _DENIED and not matcher.search(_DENIED[tool].sub(" ", text)):
        return True  # "robot 5 đừng chạy tiếp": nothing of the wish is left without what is denied
    start = matcher.search(text)
    before = text[: start.start()] if start else ""
    return bool(
        (_WORDS["negated_before"].search(before) or _WORDS["negated"].match(start[0] if start else ""))
        and not (tool == "robot_pause" and _WORDS["keep"].search(text))
        and not (tool == "zone_close" and _WORDS["keep_out"].search(text))
        and not (tool in ("order_cancel", "order_priority") and _WORDS["not_wanted"].search(text))
    )


def _not_now(tool: str, text: str, heard: Heard) -> str:
    """Return why a wish is not for now, or not for one thing: condition, later, all; "" when it is."""
    if _WORDS["condition"].search(text):
        return "condition"
    if tool == "order_create":
        return "later" if _TOMORROW.search(text) else ""
    if tool == "report_make":
        return ""
    at = "AT" in text.split() and (tool != "zone_close" or bool(_BEGINS_AT.search(text)))
    if at or _WORDS["delayed"].search(_UNTIL_TAIL.sub("", text)):
        return "later"
    return "all" if _WORDS["all"].search(text) and not (heard.mentions.robots or heard.mentions.orders) else ""


_CANCELS: Final = pattern("^([^ ]+ ){0,2}(hủy|xóa) (cái |một |giúp )*đơn")
_SHOWS: Final = pattern(
    "(cho|báo|đưa|gửi) (tôi|em|anh|mình|chị|xin|biết|xem|hay|nghe|hỏi)|nhận (được|xét|thấy)|"
    "cho (mỗi|mọi|từng) (đơn|robot|xe|con)|di chuyển|(đang|bị|đã) (dừng|đóng|chặn|khóa|cấm|mở|hủy)"
)
_UNTIL_WHEN: Final = pattern("(tới|đến) (khi|bao giờ|lúc|chừng|mấy giờ)")
_TAIL: Final = "( chị| chú| bác| này| đó| kia| ấy| lại| đi| giúp| ngay| với| nhé| liền| luôn| em| anh| tôi| tiếp| ra)*$"
_UNNAMED: Final = (
    (
        pattern(
            f"(dừng|đứng) (con |cái |xe )*(robot|con|xe|amr){_TAIL}|"
            f"cho (con |xe )*(robot|con|xe) .. (dừng|chạy tiếp|chạy lại){_TAIL}"
        ),
        "need_robot",
    ),
    (pattern(f"(hủy|bỏ|xóa|ưu tiên|đẩy) (cái |một |giúp )*đơn{_TAIL}"), "need_order"),
    (
        pattern(
            "(hủy|bỏ|dẹp|ưu tiên|đẩy|nâng|hạ) (cái |giúp |cho |nhanh |mấy |mức ưu tiên |của )*(đơn|chuyến) "
            "(chở |hàng |của |giao |từ |đi |lấy )*(GOODS|BARGE|CONTAINER|SSCC|PLACE|ROBOT)|"
            "(đơn|chuyến) (chở |hàng |của |cho |đi |từ )*(GOODS|BARGE|CONTAINER|SSCC|ROBOT) .. "
            f"(hủy|bỏ|dẹp|ưu tiên){_TAIL}"
        ),
        "need_order",
    ),
    (pattern(f"(đóng|chặn|khóa|mở|cấm) (cái |giúp )*(lối|lối đi|khu vực|cửa|đường){_TAIL}"), "need_station"),
    (_WORDS["no_place"], "need_station"),
    (_WORDS["no_order"], "need_order"),
    (_WORDS["no_load"], "need_places"),
    (
        pattern(
            "(đóng|chặn|khóa|cấm|rào|phong tỏa|bít|mở lại|thông) (cái |giúp |cho |cả |luôn )*"
            "(lối|lối đi|khu vực|cửa|đường|chỗ|đoạn|ngã tư|giao lộ|cổng|kệ) .. "
            "(đằng|bên|phía|kia|đó|bển|này|kế|gần|cạnh|ngoài|trong|cuối|đầu|sau|trước)"
        ),
        "need_station",
    ),
)
CONDITION: Final = _WORDS["condition"]
_SHOWN: Final = pattern(
    "(lên|trên|ra) (màn hình|bản đồ|bảng|trang|tivi|máy tính|điện thoại|loa)|"
    "(lên|trên) xem|(đưa|mở|lấy|kéo|hiện) .. ra xem"
)
# To skip or forget an order is not to cancel it; to let one robot through opens no place.
_SKIPS: Final = pattern("bỏ (qua|quên|sót|lỡ|vào|lên|xuống)")
_LETS_IN: Final = pattern(
    "(cho|để) ROBOT .. (vào|qua|đi|chạy|tới|ra) .. PLACE|(cho|để) ROBOT (vào|qua|đi|chạy|tới|ra) .. PLACE"
)
_BEGINS_AT: Final = pattern(
    "(lúc|vào|hồi|sau|từ) AT|^([^ ]+ ){0,2}AT (thì |hãy |nhớ |giúp |mới |em |anh )*(đóng|chặn|khóa|cấm|rào|phong tỏa)"
)
_OPEN_END: Final = pattern("(cho )?(tới|đến) khi (có |được )?(thông báo|lệnh|tin|báo|yêu cầu)( mới| lại| khác)?")


def delayed(text: str) -> bool:
    """Say whether a sentence wants something done later; "tới khi có thông báo mới" is now, with an open end."""
    return bool(_WORDS["delayed"].search(_OPEN_END.sub(" ", text)))


VERBS: Final = _WORDS["verbs"]
