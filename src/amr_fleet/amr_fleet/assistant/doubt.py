"""When a reading is not sure enough to be answered: what it leaves out of the sentence, and what it does not know.

A wrong answer is worse than a question back. What a person named and no argument took, a number that nothing
explains, a thing that is not there, words that the tool chosen has no ear for: each turns an answer into a question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.accounts import unaccounted
from amr_fleet.assistant.cues import first
from amr_fleet.assistant.details import minutes
from amr_fleet.assistant.lookalikes import shown
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import ARGS, weighed
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.second_reader import NOTHING, label_of, shares
from amr_fleet.assistant.strange import strange, tells_more, unused
from amr_fleet.assistant.supposing import NO_CHANGE

NO_ALARM: Final = "no_such_alarm"
# What a tool may leave out: it is about that thing already, or says it with every answer.
_NEEDLESS: Final = {
    "robot_why_waiting": {"period", "shift", "places", "orders", "goods"},
    "robot_get": {"places", "orders", "goods", "today", "current"},
    "order_get": {"goods", "places", "robots", "barge", "container", "at", "period", "shift"},
    "order_eta": {"goods", "places", "robots", "barge", "container", "at", "shift"},
    "order_cancel": {"goods", "places", "robots", "barge", "container", "today", "current"},
    "order_priority": {"goods", "places", "robots", "barge", "container", "at", "today", "current"},
    "order_create": {"period", "shift", "barge"},
    "robot_pause": {"places", "goods"},  # where somebody fell, what it carries
    "alarm_ack": {"robots", "places", "orders"},
    "alarms_list": {"alarms", "today"},
    "zones_list": {"places", "at", "period", "shift"},
    "zone_close": {"period", "robots", "goods", "orders"},  # they may be the reason
    "zone_open": {"period", "robots", "goods", "at"},
    "station_state": {"period", "goods", "robots"},
    "cargo_where": {"robots", "orders", "today"},
    "battery_forecast": {"period"},
    "incidents_list": {"at"},
    "what_if": {"period", "shift"},
    "fleet_status": {"today", "current"},
    "robots_list": {"today", "current"},
    "trial_status": {"period"},
    "report_make": {"robots"},
    "kpi": set(),
    "help": {"today"},
}
_EXPLAINED: Final = pattern(
    r"(\d+) (phút|giờ|tiếng|ngày|tuần|tháng|đơn|chuyến|lần|pallet|bao|thùng|tấn|kiện|cái|con|đứa|robot|xe|trạm|%)"
)
_CLEARED: Final = pattern(
    "^PLACE ((?!chưa|không|sắp|gần|đang|hết)[^ ]+ ){0,2}(xong|sạch|trống|thông|ổn)( rồi| hết)*,? "
    "(thì )?(cho|thả|để)( nó)? ROBOT"
)
"""Where it is clear again, said before a wish: "cửa 5 dọn xong rồi, cho con 3 chạy tiếp"."""
_SHARE_OF: Final = pattern(r"(\d+) %")
_COUNTS: Final = frozenset({"what_if", "order_create", "zone_close", "kpi"})
"""Tools whose numbers are read from the sentence."""
_WANTS: Final = pattern(
    "(hủy|dừng|đóng|mở|xóa|chặn) cả (2|hai|3|ba|đám)( giúp| đi| luôn| nhé| em| tôi)*$|"
    "(tắt|dừng|hủy|đóng|chặn|mở|tạo|khóa|xóa|ngắt) .. (đi|luôn|nhé|ngay|liền|lập tức|hết|gấp)( nhé| luôn| đi)*( !)?$"
)
_SUMMARY: Final = pattern("tóm tắt|dừng khẩn( cấp)?")
_COMPARES: Final = pattern("có nên|so (với|sánh)|hơn (PERIOD|SHIFT)|(PERIOD|SHIFT) (hay|hơn|với) (PERIOD|SHIFT)")
_ONE_BY_OTHER: Final = pattern("ROBOT .. hơn ROBOT")  # by what, no tool may know
_MINE: Final = pattern(
    "(đơn|hàng|chuyến) (của|cho) (tôi|em|anh|chị|mình|khách)( [^ ]+){0,3} (khi nào|bao giờ|mấy giờ|bao lâu)"
)
_ANY_PLACE: Final = pattern(
    "(cắt|giao cắt|điểm giao|nút giao|giao lộ|ngã tư|ngã ba|băng|sân|apron) nào|"
    "(các|những|bao nhiêu|mấy) (điểm|nút|giao lộ|ngã tư|giao cắt)"
)
_SHARE_ASKED: Final = pattern("(tỷ lệ|tỉ lệ|chỉ số|hệ số|mức|độ|tốc độ|chi phí|thời gian|bao lâu|quãng đường|số lần)")
_MOST: Final = pattern("nhất( (PERIOD|SHIFT|vậy))?( [?])?$")
# "lệnh" is read as "đơn": both are written here.
_LIFTING: Final = "bỏ|hủy|xóa|rút|rút lại|thu hồi|dẹp|chấm dứt|ngưng|dừng|kết thúc"
_LIFTS: Final = f"({_LIFTING}|thôi|hết|khỏi) (cái |mấy |cả |hết |lệnh |đơn |biển )*"
_LIFTED_AT_LAST: Final = f"({_LIFTING})( đi| lại| giúp| luôn| nhé| em| anh)*$"
_AGAINST: Final = {
    "zone_close": pattern(
        f"mở|gỡ|tháo|dỡ|thông(?! (báo|tin))|{_LIFTS}(đóng|chặn|khóa|cấm|phong tỏa|rào)|{_LIFTED_AT_LAST}"
    ),
    "zone_open": pattern(f"{_LIFTS}(mở|thông)"),
    "robot_pause": pattern(f"{_LIFTS}(tạm )?dừng"),
    "robot_resume": pattern(
        "thôi .. dừng|thôi dừng|thay(?! ((?!ROBOT)[^ ]+ ){0,3}xong)|"
        "(bỏ|hủy|xóa|rút|rút lại|thu hồi|dẹp) (cái )?(lệnh|đơn) chạy"
    ),
    "order_create": pattern("hủy|bỏ|xóa"),
    "order_cancel": pattern("tạo|lập|(bỏ|hủy|rút|rút lại|thu hồi|thôi|dẹp|khỏi|ngưng) (cái |lệnh |đơn )*(hủy|xóa)"),
}
"""Words in a wish that speak for the opposite of the command that was read."""
_EITHER: Final = pattern(
    "ROBOT (hay|hoặc)( là)? (robot |con )?ROBOT|ORDER (hay|hoặc)( là)? ORDER|PLACE (hay|hoặc)( là)? (lối |cửa )?PLACE|"
    "ALARM (hay|hoặc)( là)? ALARM"
)
_ONE_OF: Final = pattern(
    "(một|1) (lối đi|lối|đường|đoạn|khúc|chỗ|góc|cửa|kệ) (nào đó |bất kỳ |gì đó )*"
    "((ở |bên |trong |của |thuộc |tại |nhà )*)PLACE"
)
"""Which of them, nobody said: "dừng con 2 hay con 9 gì đó", "đóng một lối bên kho B", "đóng một lối kho B"."""
_PLACED: Final = frozenset({"station_state", "zones_list", "zone_close", "zone_open", "robots_list", "incidents_list",
                            "what_if", "order_create", "orders_find", "cargo_where"})  # fmt: skip


def doubted(reading: Reading, heard: Heard) -> Reading:
    """Return a reading as it is, or as a question back where something of the sentence speaks against it."""
    reading = _of_what_is_not_there(reading, heard.mentions.unknown)
    if gone := [call for call in reading.calls if call.args.get("alarm") in heard.mentions.unknown_alarms]:
        left = tuple(call for call in reading.calls if call not in gone)
        return Reading(kind="clarify", calls=left, why=NO_ALARM, unknown=tuple(str(one.args["alarm"]) for one in gone))
    if reading.kind not in ("tools", "propose") or not reading.calls:
        return reading
    vague = heard.mentions.vague and not heard.mentions.places and not _ANY_PLACE.search(heard.text)
    if vague and reading.calls[0].name in _PLACED:
        return Reading(kind="clarify", calls=_placed(reading, heard.mentions.vague), why="which_place")
    if reading.kind == "tools" and reading.calls[0].name != "help" and _WANTS.search(_SUMMARY.sub("", heard.text)):
        return Reading(kind="clarify", calls=reading.calls[:1], why="what_to_do")
    call = reading.calls[0]
    if call.name == "cargo_where" and not call.args:
        return Reading(kind="clarify", why="need_cargo")
    if reading.kind == "tools" and (
        (_COMPARES.search(heard.text) and len(reading.calls) == 1)
        or (call.name == "robots_list" and _MOST.search(heard.text))
        or (call.name == "robot_get" and _ONE_BY_OTHER.search(heard.text))
    ):
        return Reading(kind="clarify", calls=_readings(reading, heard), why="unsure")
    if call.name == "orders_find" and _MINE.search(heard.text):
        return Reading(kind="clarify", why="need_order")  # whose it is says not which
    if call.name == "kpi" and not first("kpis", heard.text) and _SHARE_ASKED.search(heard.text):
        return Reading(kind="clarify", calls=_readings(reading, heard), why="unsure")  # a figure that nobody knows
    if reading.kind == "propose" and _wish_doubted(reading, heard):
        return Reading(kind="clarify", calls=reading.calls[:3], why="unsure")
    if (other := _asked_otherwise(call, heard)) is not None:
        return other
    if leaves_out(reading, heard) or _worded_oddly(reading, heard):
        return Reading(kind="clarify", calls=_readings(reading, heard), why="unsure")
    return reading


def _asked_otherwise(call: Call, heard: Heard) -> Reading | None:
    """Return a question back whose choices are others than what was read: of goods, of states denied."""
    if call.name == "order_create" and (heard.mentions.more_goods or _unknown_goods(call, heard)):
        return _goods_asked(call, heard)
    if call.name in _OTHERS and "denied" in unaccounted((call,), heard, "tools"):
        return Reading(kind="clarify", calls=_other_states(call), why="unsure")
    return None


def _of_what_is_not_there(reading: Reading, unknown: list[str]) -> Reading:
    """Return a question back about things that are not there; a stop waits for no word of where."""
    if not unknown or reading.kind not in ("tools", "propose") or not reading.calls:
        return reading
    if reading.kind == "propose" and all(call.name == "robot_pause" for call in reading.calls):
        return replace(reading, at_once=False)
    return replace(reading, kind="clarify", why="no_such_thing", at_once=False, unknown=shown(unknown))


def _one_of_them(heard: Heard) -> bool:
    """Say whether one of several is meant: a part of a place, or an aisle of a hall that no word joins to it."""
    match = _ONE_OF.search(heard.text)
    if match is None or match[4]:
        return match is not None
    at = heard.text[: match.start()].count("PLACE")
    return at < len(heard.mentions.places) and "halls" in heard.mentions.places[at]


def leaves_out(reading: Reading, heard: Heard) -> bool:
    """Say whether a sentence names a thing, a time or a number that no argument of a reading holds."""
    call = reading.calls[0]
    if heard.weights and reading.kind == "tools" and "goods" not in _NEEDLESS.get(call.name, ()):
        return True
    if call.name == "what_if" and not set(call.args) - NO_CHANGE:
        return True  # of what it supposes nothing was understood
    lost = (*_lost(reading.calls, heard), *unaccounted(reading.calls, heard, reading.kind))
    return bool(lost) or _number_left(reading.calls, heard)


def _worded_oddly(reading: Reading, heard: Heard) -> bool:
    """Say whether words of a sentence speak for another tool or for none, and nobody else reads it so.

    The second reader knows no rules: where it names the same tool an odd word is only a remark. In a list that no
    word has narrowed yet ("đơn nào bể", as a list of all orders) the odd word may be the one that should.
    """
    odd = strange(reading, heard) or unused(reading, heard)
    unread = reading.kind == "tools" and any(typed == read for typed, read in heard.slips)  # "cảnh báo myc gì"
    if (odd or unread) and tells_more(reading.calls[0]):
        return True
    if not odd and not _rival(reading, heard):
        return False
    label = label_of(reading.kind, [call.name for call in reading.calls])
    found = shares(heard.text)
    return found.get(label, 0.0) < _AGREED or found.get(NOTHING, 0.0) > _NOTHING


_AGREED: Final = 0.35
"""Of oddly worded sentences of authors whom it had not read, 24 of 27 readings with such a share were right."""
_NOTHING: Final = 0.1
"""Of those 24, 23 had no larger share of sentences that get no answer; what is said about other things has."""


def _unknown_goods(call: Call, heard: Heard) -> bool:
    """Say whether goods are named that nobody here knows: "chở sầu riêng từ B2", "2 pallet ống nhựa từ X"."""
    return not {"goods", "sscc", "container"} & set(call.args) and bool(_OF_WHAT.search(heard.text))


def _goods_asked(call: Call, heard: Heard) -> Reading:
    """Return a question for the goods: of several each alone, without a number that is another one's."""
    things, rest = heard.mentions, {name: value for name, value in call.args.items() if name not in ("goods", "qty")}
    if things.more_goods:
        each = dict.fromkeys((things.goods, *things.more_goods))
        made = tuple(Call(call.name, rest | {"goods": one}) for one in each)
        return Reading(kind="clarify", calls=made[:3], why="unsure")
    return Reading(kind="clarify", calls=(call,), why="no_such_goods")


def _wish_doubted(reading: Reading, heard: Heard) -> bool:
    """Say whether a wish speaks against itself, or names two things of which one is meant."""
    against = any(one.name in _AGAINST for one in reading.calls) and _against(reading, heard)
    return against or bool(_EITHER.search(heard.text)) or _one_of_them(heard)


def _against(reading: Reading, heard: Heard) -> bool:
    """Say whether a wish holds words for the opposite of the only command that was read."""
    names = {call.name for call in reading.calls}
    return len(names) == 1 and bool(_AGAINST[names.pop()].search(heard.text))


def _rival(reading: Reading, heard: Heard) -> bool:
    """Say whether another tool has words as heavy as the one chosen, and a place for all that the sentence names."""
    tool = reading.calls[0].name
    found = weighed(heard)
    own = found.get(tool, 0)
    if reading.kind != "tools" or len(reading.calls) > 1 or not own:
        return False
    rivals = [name for name, weight in found.items() if name != tool and weight >= own]
    return any(not [*_lost((Call(name, ARGS[name](heard)),), heard)] for name in rivals)


def _placed(reading: Reading, names: Iterable[str]) -> tuple[Call, ...]:
    call = reading.calls[0]
    argument = next((name for name in ("zone", "station", "place", "close") if name in call.args), "")
    tool = call.name if argument else "station_state"
    return tuple(Call(tool, call.args | {argument or "station": name}) for name in list(names)[:3])


def _other_states(call: Call) -> tuple[Call, ...]:
    """Return a list in other states than the one that is denied: "con nào không chạy" is none of what drives."""
    others = [state for state in _OTHERS[call.name] if state != call.args.get("state")]
    return tuple(Call(call.name, call.args | {"state": state}) for state in others[:3])


_OTHERS: Final = {
    "robots_list": ("waiting", "idle", "paused", "moving"), "orders_find": ("open", "done", "active", "late"),
}  # fmt: skip


def _readings(reading: Reading, heard: Heard) -> tuple[Call, ...]:
    """Return what was read and what else it may be: other tools that the sentence speaks for."""
    if reading.kind == "propose":
        return reading.calls[:3]
    found = weights(heard.text)
    others = sorted((tool for tool in found if tool != reading.calls[0].name), key=lambda tool: -found[tool])
    return (*reading.calls[:1], *(Call(tool) for tool in others))[:3]


def _said(calls: Iterable[Call]) -> str:
    return json.dumps([call.args for call in calls], ensure_ascii=False)


def _is_cleared(call: Call, heard: Heard) -> bool:
    return call.name == "robot_resume" and bool(_CLEARED.search(heard.text))


def _lost(calls: tuple[Call, ...], heard: Heard) -> Iterator[str]:
    """Yield the kinds of things that a sentence names and no argument holds."""
    said, things, times = _said(calls), heard.mentions, heard.times
    needless = _NEEDLESS.get(calls[0].name, set())
    needless = needless | {"places"} if _is_cleared(calls[0], heard) else needless
    for kind in ("robots", "orders", "alarms"):
        by_robot = (
            kind == "robots" and calls[0].name.startswith("order_") and calls[0].name != "order_create"
        )  # an order may be asked for by its robot
        if kind not in needless and not by_robot and any(name not in said for name in getattr(things, kind)):
            yield kind
    if "places" not in needless and any(not any(name in said for name in place.values()) for place in things.places):
        yield "places"
    for kind in ("goods", "barge", "container", "sscc"):
        value = getattr(things, kind)
        if value and kind not in needless and value not in said:
            yield kind
    if any(name not in said for _, name in things.more_cargo):
        yield "cargo"
    if "goods" not in needless and any(name not in said for name in things.more_goods):
        yield "more goods"
    if "period" not in needless and any(value not in said for value in times.more):
        yield "more"
    if times.span and times.span in said:
        return
    for kind in ("period", "shift", "at"):
        value = getattr(times, kind)
        held = value in said or (kind == "shift" and "shift:" in said) or (kind == "at" and bool(times.period))
        held = held or (kind == "period" and bool(times.shift) and value[:10] in said)  # "đêm qua bên ca khuya"
        held = held or (value == "today" and bool(times.shift))  # "ca sáng hôm nay" is this morning's
        if value and kind not in needless and value not in needless and not held:
            yield kind


def _number_left(calls: tuple[Call, ...], heard: Heard) -> bool:
    """Say whether a number stands in the sentence that nothing explains."""
    if calls[0].name == "zone_close" and not any(_LENGTHS & set(call.args) for call in calls):
        return bool(_NUMBER.search(_SHIFTED.sub("", heard.text)))  # "15 phú": for how long is lost
    if calls[0].name == "order_create" and (_SEVERAL_ORDERS.search(heard.text) or _PART_OF_ONE.search(heard.text)):
        return True
    if calls[0].name in _NO_LENGTH and minutes(heard.text):
        return True  # "dừng robot 4 trong 10 phút": nobody lets it go on then
    if calls[0].name == "battery_forecast" and "robot" not in calls[0].args and _ONE_ROBOT.search(heard.text):
        return True  # "pin con 1 con tru duoc may tieng": which robot's is lost
    if calls[0].name == "what_if" and any(match[1] not in _said(calls) for match in _HOW_MANY.finditer(heard.text)):
        return True  # "bớt 2 trạm sạc và 1 robot": one of both is lost
    if calls[0].name in _COUNTS or calls[0].name == "robot_why_waiting":
        return False
    said = _said(calls)
    share = _SHARE_OF.search(heard.text)
    if share and calls[0].name == "robots_list" and share[1] not in said:
        return True  # "trên 80 %" is no battery_below
    left = _EXPLAINED.sub("", heard.text)
    return any(word.isdigit() and word not in said for word in left.split())


_ONE_ROBOT: Final = pattern(r"(pin|sạc|điện) (của )?(con|xe|robot|số|chiếc) \d+")
_HOW_MANY: Final = pattern(r"(\d+) (?:con |chiếc |cái )*(?:robot|xe|amr|trạm sạc|đơn|chuyến)")
_SEVERAL_ORDERS: Final = pattern(r"(?<![^ ])([2-9]|\d\d+) đơn")
_PART_OF_ONE: Final = pattern(r"\d+[.,]\d+ (pallet|bao|thùng|cái|kiện|container|lô)")
_NO_LENGTH: Final = frozenset({"robot_pause", "robot_resume"})
_NO_NAME: Final = (
    "(?!(hàng|nữa|này|đó|ấy|kia|đi|lên|cho|giúp|tôi|em|nằm|để|đang|bị|trống|không|rỗng|mới|đã|số|có|lại|anh|chị|hộ|"
    "gấp|nhanh|liền|luôn|ngay|thêm|hết|cái|món|lô|chuyến|đồ|đống|mấy|các|những|kiện|thùng|bao|pallet|robot|con|xe|"
    "đơn|một|rồi|qua|sang|ra|về|xuống|tiếp|toàn|tất|mã|giao|nhận|vô|vào|dùm|giùm|nhé|sớm|trước|từ|ở|bên|trong|"
    "tại|đến|tới|trên|dưới|nó|gì|vận|chở|chuyển|đưa|lấy|hàng hóa|nguyên|phần|với|và|theo|bớt|chung|ưu|khẩn|dư|cont|"
    "container|xe|ngoài|phía)[ '])[a-zđ']+ "
)
_OF_WHAT: Final = pattern(
    f"(pallet|bao|thùng|kiện|chở|vận chuyển|chuyển|đưa|kéo|bốc|lấy|mang|dời) ({_NO_NAME}){{1,3}}"
    "(từ|ở|bên|trong|tại) PLACE"
)
"""Words where goods stand that are none of anybody's: "chở sầu riêng từ B2"."""
_LENGTHS: Final = frozenset({"minutes", "until"})
_NUMBER: Final = re.compile(r"(?<![^ ])\d+(?![^ ])")
_SHIFTED: Final = pattern(r"\d+ (robot|xe|người|con|cái|pallet|tấn)")
