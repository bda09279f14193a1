"""When a reading is not sure enough to be answered: what it leaves out of the sentence, and what it does not know.

A wrong answer is worse than a question back. What a person named and no argument took, a number that nothing
explains, a thing that is not there, words that the tool chosen has no ear for: each turns an answer into a question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from amr_fleet.assistant.accounts import unaccounted
from amr_fleet.assistant.cues import CUES, first
from amr_fleet.assistant.details import minutes
from amr_fleet.assistant.patterns import pattern, words_of
from amr_fleet.assistant.questions import ARGS, weighed
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.rules import RULES, weights
from amr_fleet.assistant.text import bare, key
from amr_fleet.assistant.wording import read

_FILLERS: Final = frozenset(bare(key(word)) for word in read("fillers.txt").split())
# What a tool may leave out: it is about that thing already, or says it with every answer.
_NEEDLESS: Final = {
    "robot_why_waiting": {"period", "shift", "places", "orders", "goods"},
    "robot_get": {"places", "orders", "goods"},
    "order_get": {"goods", "places", "robots", "barge", "container", "at"},
    "order_eta": {"goods", "places", "robots", "barge", "container", "at", "shift"},
    "order_cancel": {"goods", "places", "robots", "barge", "container", "today", "current"},
    "order_priority": {"goods", "places", "robots", "barge", "container", "at", "today", "current"},
    "order_create": {"period", "shift", "barge"},
    "alarm_ack": {"robots", "places", "orders"},
    "alarms_list": {"alarms", "today"},
    "zones_list": {"places", "at", "period", "shift"},
    "zone_close": {"period", "robots", "goods", "orders"},  # they may be the reason
    "zone_open": {"period", "robots", "goods", "at"},
    "station_state": {"period", "goods", "robots"},
    "cargo_where": {"robots", "orders"},
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
    r"(\d+) (phút|giờ|tiếng|ngày|tuần|tháng|đơn|chuyến|lần|pallet|bao|thùng|tấn|kiện|cái|con|robot|xe|trạm|%)"
)
_SHARE_OF: Final = pattern(r"(\d+) %")
_COUNTS: Final = frozenset({"what_if", "order_create", "zone_close", "kpi"})
"""Tools whose numbers are read from the sentence."""
_WANTS: Final = pattern(
    "(tắt|dừng|hủy|đóng|chặn|mở|tạo|khóa|xóa|ngắt) .. (đi|luôn|nhé|ngay|liền|lập tức|hết|gấp)( nhé| luôn| đi)*( !)?$"
)
_SUMMARY: Final = pattern("tóm tắt")
_COMPARES: Final = pattern("có nên|so (với|sánh)|hơn (PERIOD|SHIFT)|(PERIOD|SHIFT) (hay|hơn|với) (PERIOD|SHIFT)")
_ANY_PLACE: Final = pattern(
    "(cắt|giao cắt|điểm giao|nút giao|giao lộ|ngã tư|ngã ba|băng|sân|apron) nào|"
    "(các|những|bao nhiêu|mấy) (điểm|nút|giao lộ|ngã tư|giao cắt)"
)
_SHARE_ASKED: Final = pattern("(tỷ lệ|tỉ lệ|chỉ số|hệ số|mức|độ|tốc độ|chi phí|thời gian|bao lâu|quãng đường|số lần)")
_MOST: Final = pattern("nhất( (PERIOD|SHIFT|vậy))?( [?])?$")
_ENOUGH: Final = 8
"""A pattern of this weight says enough by itself; one of less needs its sentence to hold nothing strange."""
_STRANGE: Final = 2
"""Words that a tool has no ear for, from which on even a heavy pattern is doubted."""


_CUES_OF: Final = {
    "robots_list": ("robot_states", "types"),
    "robot_get": ("robot_states",),
    "orders_find": ("order_states", "priorities"),
    "order_get": ("order_states",),
    "kpi": ("kpis", "by"),
    "alarms_list": ("alarm_states", "severities"),
    "zones_list": ("zone_states", "sources"),
    "incidents_list": ("incidents",),
}
_PLACED: Final = frozenset({"station_state", "zones_list", "zone_close", "zone_open", "robots_list", "incidents_list",
                            "what_if", "order_create", "orders_find", "cargo_where"})  # fmt: skip


@cache
def _ears(tool: str) -> frozenset[str]:
    """Return the letters of the words that a tool's patterns and cues know."""
    matchers = [matcher for _, matcher in RULES.get(tool, ())]
    matchers += [matcher for group in _CUES_OF.get(tool, ()) for matcher, _ in CUES[group]]
    return frozenset(word for matcher in matchers for word in words_of(matcher))


def doubted(reading: Reading, heard: Heard) -> Reading:
    """Return a reading as it is, or as a question back where something of the sentence speaks against it."""
    if reading.kind not in ("tools", "propose") or not reading.calls:
        return reading
    if heard.mentions.unknown:
        return replace(reading, kind="clarify", why="no_such_thing", at_once=False)
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
    ):
        return Reading(kind="clarify", calls=_readings(reading, heard), why="unsure")
    if call.name == "kpi" and not first("kpis", heard.text) and _SHARE_ASKED.search(heard.text):
        return Reading(kind="clarify", calls=_readings(reading, heard), why="unsure")  # a figure that nobody knows
    lost = list(_lost(reading.calls, heard))
    lost += unaccounted(reading.calls, heard, reading.kind)
    if lost or _number_left(reading.calls, heard) or _strange(reading, heard) or _rival(reading, heard):
        return Reading(kind="clarify", calls=_readings(reading, heard), why="unsure")
    return reading


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


def _readings(reading: Reading, heard: Heard) -> tuple[Call, ...]:
    """Return what was read and what else it may be: other tools that the sentence speaks for."""
    if reading.kind == "propose":
        return reading.calls[:3]
    found = weights(heard.text)
    others = sorted((tool for tool in found if tool != reading.calls[0].name), key=lambda tool: -found[tool])
    return (*reading.calls[:1], *(Call(tool) for tool in others))[:3]


def _said(calls: Iterable[Call]) -> str:
    return json.dumps([call.args for call in calls], ensure_ascii=False)


def _lost(calls: tuple[Call, ...], heard: Heard) -> Iterator[str]:
    """Yield the kinds of things that a sentence names and no argument holds."""
    said, things, times = _said(calls), heard.mentions, heard.times
    needless = _NEEDLESS.get(calls[0].name, set())
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
        held = held or (value == "today" and bool(times.shift))  # "ca sáng hôm nay" is this morning's
        if value and kind not in needless and value not in needless and not held:
            yield kind


def _number_left(calls: tuple[Call, ...], heard: Heard) -> bool:
    """Say whether a number stands in the sentence that nothing explains."""
    if calls[0].name == "zone_close" and not any(_LENGTHS & set(call.args) for call in calls):
        return bool(_NUMBER.search(_SHIFTED.sub("", heard.text)))  # "15 phú": for how long is lost
    if calls[0].name == "order_create" and _SEVERAL_ORDERS.search(heard.text):
        return True
    if calls[0].name in _NO_LENGTH and minutes(heard.text):
        return True  # "dừng robot 4 trong 10 phút": nobody lets it go on then
    if calls[0].name in _COUNTS or calls[0].name == "robot_why_waiting":
        return False
    said = _said(calls)
    share = _SHARE_OF.search(heard.text)
    if share and calls[0].name == "robots_list" and share[1] not in said:
        return True  # "trên 80 %" is no battery_below
    left = _EXPLAINED.sub("", heard.text)
    return any(word.isdigit() and word not in said for word in left.split())


_SEVERAL_ORDERS: Final = pattern(r"(?<![^ ])([2-9]|\d\d+) đơn")
_NO_LENGTH: Final = frozenset({"robot_pause", "robot_resume"})
_LENGTHS: Final = frozenset({"minutes", "until"})
_NUMBER: Final = re.compile(r"(?<![^ ])\d+(?![^ ])")
_SHIFTED: Final = pattern(r"\d+ (robot|xe|người|con|cái|pallet|tấn)")


def _strange(reading: Reading, heard: Heard) -> bool:
    """Say whether a question has words that its tool has no ear for."""
    if reading.kind == "propose" or reading.calls[0].name in ("what_if", "help"):
        return False  # said with words of their own
    tool = reading.calls[0].name
    ears = _ears(tool)
    said = _PURPOSE.sub("", heard.text)
    words = [bare(word) for word in said.split() if not word.isupper() and word.isascii() and bare(word).isalpha()]
    strange = [word for word in words if word not in _FILLERS and word not in ears]
    weight = weights(heard.text).get(tool, _ENOUGH)
    return len(strange) >= (1 if weight < _LIGHT else _STRANGE if weight < _ENOUGH else _MANY)


# What somebody wants to know it for, and who else asks, changes nothing of what is asked.
_PURPOSE: Final = pattern(
    "(để|cho) (tôi|em|anh|mình|còn|biết|báo|nhắc|tiện|khỏi) .*$|"
    "^(khách|sếp|giám đốc|tài xế|chủ hàng|thuyền trưởng|bảo vệ|kế toán|công nhân|đội trưởng|ca trưởng)( [^ ]+){0,4} "
    "(hỏi|cần|muốn|đòi|nhờ|kêu|bảo|hối|than)( biết)?"
)
_LIGHT: Final = 5
_MANY: Final = 3
