"""Words of a question that its tool has no ear for, or hears elsewhere and makes nothing of.

A word counts as heard where a pattern of the tool holds it. One that says a state, a kind or a figure counts only
where the call holds what it says: "robot nào rảnh" as a list of all robots has left "rảnh" out.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from amr_fleet.assistant.cues import CUES
from amr_fleet.assistant.patterns import pattern, words_of
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.rules import RULES, weights
from amr_fleet.assistant.text import bare, key
from amr_fleet.assistant.wording import read

_FILLERS: Final = frozenset(bare(key(word)) for word in read("fillers.txt").split())
_NO_FILLERS: Final = frozenset((key("hỏng"), key("bại")))
"""Words that tell something, with the letters of one that does not."""
_OWN: Final = {
    tool: frozenset(bare(key(word)) for word in words.split()) for tool, words in read("own_words.yaml").items()
}
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


@cache
def _ears(tool: str) -> frozenset[str]:
    """Return the letters of every word of a tool's rules and cues, and of those that say nothing."""
    rules = [matcher for _, matcher in RULES.get(tool, ())]
    cues = [matcher for group in _CUES_OF.get(tool, ()) for matcher, _ in CUES[group]]
    return _FILLERS.union(*map(words_of, rules), *map(words_of, cues))


@cache
def _telling() -> frozenset[str]:
    """Return the letters of every word that tells a state, a kind or a figure, for whichever tool."""
    return frozenset().union(*(words_of(matcher) for cues in CUES.values() for matcher, _ in cues))


def _used(call: Call, text: str) -> set[str]:
    """Return the letters of the words with which a sentence says what the call's arguments hold."""
    held = {str(value) for value in call.args.values()}
    return {
        bare(word)
        for group in _CUES_OF.get(call.name, ())
        for matcher, name in CUES[group]
        if name.rstrip("_") in held
        for match in matcher.finditer(text)
        for word in match[0].split()
    }


def unused(reading: Reading, heard: Heard) -> list[str]:
    """Return the letters of the words of a question that mean something, and of which its one call makes nothing."""
    call = reading.calls[0]
    if reading.kind != "tools" or len(reading.calls) > 1 or call.name not in _OWN:
        return []
    heard_as = _OWN[call.name] | _used(call, heard.text)
    words = [word for word in _keys(_SOMEBODY.sub(" ", heard.text)) if not _filler(word)]
    return [bare(word) for word in words if bare(word) not in heard_as and bare(word) in _telling()]


def tells_more(call: Call) -> bool:
    """Say whether a list may still be narrowed by a word: its call holds at most a period."""
    return call.name in _CUES_OF and not set(call.args) - {"period"}


def _filler(word: str) -> bool:
    """Say whether a word says nothing: "hổng" does not, "hỏng" does."""
    return bare(word) in _FILLERS and word not in _NO_FILLERS


def _keys(text: str) -> list[str]:
    """Return the keys of the words of a question, without what it is asked for and who asks."""
    words = (word.rstrip("'") for word in _PURPOSE.sub("", text).split() if not word.isupper() and word.isascii())
    return [word for word in words if bare(word).isalpha()]


def strange(reading: Reading, heard: Heard) -> bool:
    """Say whether a question has words that its tool has no ear for."""
    tool = reading.calls[0].name
    if reading.kind == "propose" or tool in _OWN_WORDS:
        return False
    found = [word for word in map(bare, _keys(heard.text)) if word not in _ears(tool)]
    weight = weights(heard.text).get(tool, _ENOUGH)
    return len(found) >= (1 if weight < _LIGHT else _STRANGE if weight < _ENOUGH else _MANY)


# What somebody wants to know it for, and who else asks, changes nothing of what is asked.
_PURPOSE: Final = pattern(
    "(để|cho) (tôi|em|anh|mình|còn|biết|báo|nhắc|tiện|khỏi) .*$|"
    "^(khách|sếp|giám đốc|tài xế|chủ hàng|thuyền trưởng|bảo vệ|kế toán|công nhân|đội trưởng|ca trưởng|"
    "bảo hiểm|hải quan|thanh tra|kiểm toán|cơ quan|bên (trên|kia))( [^ ]+){0,4} "
    "(hỏi|cần|muốn|đòi|nhờ|kêu|bảo|hối|than)( biết)?"
)
_SOMEBODY: Final = pattern(
    "(anh|chị|chú|bác|cô|ông) [a-zđ']+(?= (đóng|chặn|khóa|mở|rào|báo|nói|bảo|dặn|hỏi|nhận|dừng))"
)
"""Who did it, by name: "anh Hòa đóng lối A2" says no "hỏa tốc"."""
_LIGHT: Final = 5
_MANY: Final = 3
_OWN_WORDS: Final = frozenset({"what_if", "help"})
"""Tools whose sentences are said with words of their own."""
