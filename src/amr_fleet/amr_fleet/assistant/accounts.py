"""What of a sentence a reading has no account for: times, numbers, kinds of question, states that no argument holds.

Each check yields its name. It is about the kind of what was left out, not about words of one tool.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard
from amr_fleet.assistant.text import key

# What is left of a time that was not understood; typed without marks only where the letters mean nothing else.
_TIME_WORDS: Final = "hôm hổm tuần tháng quý rày ngoái sáng trưa chiều tối đêm khuya mốt"
_TIME: Final = frozenset({*(key(word) for word in _TIME_WORDS.split()), "tuan", "thang", "trua", "khuya", "ray"})
_TIMED: Final = frozenset(
    {
        *("kpi", "incidents_list", "alarms_list", "orders_find", "shift_summary", "cargo_where", "battery_forecast"),
        *("what_if", "fleet_status", "robots_list"),
    }
)
_NUMBER_WORDS: Final = "bốn sáu bảy tám chín mười"
_NUMBERS: Final = frozenset(key(word) for word in _NUMBER_WORDS.split())
# Tools that mean a length from now in another way, or say the time with every answer.
_SOON_IN: Final = frozenset({"what_if", "robot_why_waiting", "order_eta"})
_NOT_ASKED: Final = (
    (
        "when",
        pattern("khi nào|bao giờ|mấy giờ|chừng nào|bao lâu nữa"),
        frozenset({"robots_list", "cargo_where", "station_state", "fleet_status", "help"}),
    ),
    (
        "where",
        pattern("(ở|nằm) đâu|đâu( rồi| vậy| ta| thế)*( [?])?$"),
        frozenset({"kpi", "order_eta", "shift_summary", "fleet_status", "battery_forecast"}),
    ),
    (
        "why",
        pattern("vì sao|tại sao|lý do"),
        frozenset({"robots_list", "kpi", "cargo_where", "station_state", "fleet_status", "robot_get", "orders_find"}),
    ),
)
"""Kinds of question, and the tools that answer no such question."""
_CUES: Final = (("robots_list", "robot_states", "state"), ("orders_find", "order_states", "state"))
_IN_TIME: Final = pattern("kịp|trễ|khi nào|bao giờ|mấy giờ|bao lâu")
_LEFT_OF_TIME: Final = pattern(
    "(PERIOD|SHIFT|AT) (tới|đến) (giờ|nay)|(nửa|giữa|cuối|đầu) (đầu |cuối |sau |của )?PERIOD|"
    "(nửa|giữa|cuối) (ca|SHIFT)|(giờ|tiếng|phút) (qua|vừa qua|vừa rồi)"
)
_BUT: Final = pattern("(không phải|ngoại trừ|trừ) .. (ORDER|PLACE|GOODS|BARGE)")


def unaccounted(calls: tuple[Call, ...], heard: Heard, kind: str) -> Iterator[str]:
    """Yield the kinds of what the sentence says and the calls have no account for. kind: of the reading."""
    call = calls[0]
    words = [word for word in heard.text.split() if not word.isupper()]
    if any(word in _NUMBERS for word in words):
        yield "number"
    if kind != "tools":
        return
    if call.name in _TIMED and (any(word in _TIME for word in words) or _LEFT_OF_TIME.search(heard.text)):
        yield "time"
    soon = heard.times.soon
    if soon and call.name not in _SOON_IN and soon not in json.dumps([one.args for one in calls]):
        yield "soon"
    if len(calls) > 1:
        return
    for name, matcher, tools in _NOT_ASKED:
        if call.name == "order_eta" and name == "where" and _IN_TIME.search(heard.text):
            continue
        if call.name in tools and matcher.search(heard.text):
            yield name
    for tool, group, argument in _CUES:
        held = {argument, "due_before", "battery_below"} & set(call.args)
        if call.name == tool and not held and first(group, heard.text):
            yield argument
    if _BUT.search(heard.text):
        yield "but"
