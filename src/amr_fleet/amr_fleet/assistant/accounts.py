"""What of a sentence a reading has no account for: times, numbers, kinds of question, states that no argument holds.

Each check yields its name. It is about the kind of what was left out, not about words of one tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from amr_fleet.assistant.asides import LEFT_OUT
from amr_fleet.assistant.cues import CUES, first
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.text import key
from amr_fleet.assistant.wording import read

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
_WHERE: Final = pattern("(ở|nằm) đâu|đâu( rồi| vậy| ta| thế)*( [?])?$")
_NOT_WHERE: Final = frozenset({"kpi", "order_eta", "shift_summary", "fleet_status", "battery_forecast"})
"""Tools that answer no question for a place."""
_CUES: Final = (("robots_list", "robot_states", "state"), ("orders_find", "order_states", "state"))
_IN_TIME: Final = pattern("kịp|trễ|khi nào|bao giờ|mấy giờ|bao lâu")
_TILL_PART: Final = pattern("(từ )?((bây )?giờ )?(tới|đến) (trưa|chiều|tối|khuya)")
_LEFT_OF_TIME: Final = pattern(
    "(PERIOD|SHIFT|AT) (tới|đến) (giờ|nay)|(nửa|giữa|cuối|đầu) (đầu |cuối |sau |của )?PERIOD|"
    "(nửa|giữa|cuối) (ca|SHIFT)|(giờ|tiếng|phút) (qua|vừa qua|vừa rồi)|"
    r"\d+ (ngày|tuần|tháng)(?! nữa)|24 (giờ|tiếng)"
)


@dataclass(frozen=True)
class _Subject:
    """Words that say what a question is about, those that must have their marks, and the tools that speak of it."""

    words: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    marked: frozenset[str]
    tools: frozenset[str]

    def of(self, text: str) -> bool:
        """Say whether a sentence is about it."""
        if self.unless and self.unless.search(text):
            return False
        return bool(self.words and self.words.search(text)) or not self.marked.isdisjoint(text.split())


_SUBJECTS: Final = {
    name: _Subject(
        words=pattern(said["words"]) if "words" in said else None,
        unless=pattern(said["unless"]) if "unless" in said else None,
        marked=frozenset(key(word) for word in said.get("marked", "").split()),
        tools=frozenset(said["tools"].split()),
    )
    for name, said in read("subjects.yaml").items()
}
_COUNTED: Final = pattern("đơn|chuyến|pallet|hàng|năng|chạy|làm")
"""What an output counts: a figure that nobody names is the output only where one of these is."""
_BOTH_LEVELS: Final = pattern(
    "(ưu tiên|mức|loại|hạng) cao( [^ ]+){0,8} (ưu tiên|mức|loại|hạng) (thường|thấp|vừa|bình thường)|"
    "(ưu tiên|mức|loại|hạng) (thường|thấp|vừa|bình thường)( [^ ]+){0,8} (ưu tiên|mức|loại|hạng) cao"
)
_DIVIDED: Final = pattern("(theo|từng|mỗi) (?!đơn|chuyến|pallet|PERIOD|tôi|em|anh|ý)")
_BUT: Final = pattern("(không phải|ngoại trừ|trừ) .. (ORDER|PLACE|GOODS|BARGE)")


def unaccounted(calls: tuple[Call, ...], heard: Heard, kind: str) -> Iterator[str]:
    """Yield the kinds of what the sentence says and the calls have no account for. kind: of the reading."""
    call = calls[0]
    words = [word for word in heard.text.split() if not word.isupper()]
    if any(word in _NUMBERS for word in words):
        yield "number"
    if kind != "tools":
        return
    if call.name == "what_if":  # "từ giờ tới tối": the day that is left, and no time that was
        words = _TILL_PART.sub(" ", " ".join(words)).split()
    if call.name in _TIMED and (any(word in _TIME for word in words) or _LEFT_OF_TIME.search(heard.text)):
        yield "time"
    soon = heard.times.soon
    if soon and call.name not in _SOON_IN and soon not in json.dumps([one.args for one in calls]):
        yield "soon"
    names = {one.name for one in calls}
    yield from (name for name, subject in _SUBJECTS.items() if not names & subject.tools and subject.of(heard.text))
    if len(calls) == 1:
        yield from _unheld(call, heard)


def _denied(group: str, state: str, text: str) -> bool:
    """Say whether each word for a state is denied: "con nào không chạy", "chưa chịu sạc"."""
    found = [match for matcher, name in CUES[group] if name.rstrip("_") == state for match in matcher.finditer(text)]
    return bool(found) and all(_DENIES.search(text[: match.start()]) and not _DENIAL.match(match[0]) for match in found)


_DENIAL: Final = pattern("(không|chưa|chẳng)")
_DENIES: Final = pattern("(không|chưa|chẳng)( chịu| được| thể| có| hề| kịp| thèm| đang)* $")
_NO_DAY: Final = frozenset(
    f"{which}_{length}" for which in ("this", "last") for length in ("week", "month", "quarter", "year")
)
"""Periods of more than a day: no shift is of one."""


def _unheld(call: Call, heard: Heard) -> Iterator[str]:
    """Yield the kinds of what a question says that its one call holds in no argument."""
    unnamed = call.name == "kpi" and call.args.get("name") == "throughput" and not first("kpis", heard.text)
    if unnamed and weights(heard.text).get("kpi") and not _COUNTED.search(heard.text):
        yield "figure"
    if call.name == "shift_summary" and call.args.get("date") in _NO_DAY:
        yield "day"
    if call.name == "kpi" and "by" not in call.args and _DIVIDED.search(heard.text):
        yield "by"
    in_time = call.name == "order_eta" and _IN_TIME.search(heard.text)
    if call.name in _NOT_WHERE and _WHERE.search(heard.text) and not in_time:
        yield "where"
    for tool, group, argument in _CUES:
        if call.name == tool and argument in call.args and _denied(group, str(call.args[argument]), heard.text):
            yield "denied"
        held = {argument, "due_before", "battery_below", "place"} & set(call.args)
        if call.name == tool and not held and first(group, heard.text):
            yield argument
    if call.name == "orders_find" and _BOTH_LEVELS.search(heard.text):
        yield "level"
    if _BUT.search(heard.text) or LEFT_OUT.search(heard.text):
        yield "but"
