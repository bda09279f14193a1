"""What a sentence supposes: the call of "what if" and its arguments."""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.details import minutes
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.wording import named

_WORDS: Final = named("questions.yaml")
NAMED_PLACE_KINDS: Final = ("stations", "places", "chargers", "parking", "aisles", "halls", "zones", "cameras")
"""The order in which the things that a place is called by are looked through."""


_AND_ROBOTS: Final = pattern(r"(và|với|cùng|lẫn|cộng) (\d+) (con |chiếc )*(robot|xe|amr)")


_IT_AWAY: Final = pattern("(bỏ|tháo|rút|lấy|gỡ|cắt|tắt|ngắt|mất|hỏng|hư) (bớt |luôn |đi )*nó")
_THOSE: Final = pattern(
    "(bỏ|bớt|mất|rút|thiếu|nghỉ|lấy) (đi |ra |luôn )*(2|3|4|hai|ba|bốn|mấy) (con|chiếc|xe|đứa|cái) (đó|này|ấy|kia)"
)


def what_if(heard: Heard) -> dict[str, Value]:
    """Return what a sentence supposes: places closed, robots or chargers away, more orders, until when."""
    text = heard.text
    args: dict[str, Value] = {}
    if heard.mentions.places and _WORDS["closes"].search(text):
        names = [_close_name(heard, at) for at in range(len(heard.mentions.places))]
        args["close"] = names[0] if len(names) == 1 else names
    broken = [place["chargers"] for place in heard.mentions.places if "chargers" in place]
    if broken and (args.get("close") or _IT_AWAY.search(text)):
        args.pop("close", None)
        args["remove_chargers"] = broken[0] if len(broken) == 1 else list(broken)
    charger = _WORDS["take_charger"].search(text) or _WORDS["charger_count"].search(text)
    rest = text.replace(charger[0], "") if charger else text
    taken = _WORDS["take"].search(rest)
    if charger:
        args["remove_chargers"] = next(int(group) for group in charger.groups() if group and group.isdigit())
    elif _WORDS["charger_broken"].search(text):
        args["remove_chargers"] = heard.mentions.place(*NAMED_PLACE_KINDS) or 1
        args.pop("close", None)
    also = _AND_ROBOTS.search(rest) if charger else None
    if taken and len(heard.mentions.robots) > 1 and _THOSE.search(rest):
        args["remove_robots"] = list(heard.mentions.robots)  # "con 8 hư, con 11 mất sóng, bỏ hai con đó ra"
    elif taken and args.get("close") is None:
        args["remove_robots"] = int(taken[3] or taken[6])
    elif also:
        args["remove_robots"] = int(also[2])
    elif heard.mentions.robots:
        args["remove_robots"] = (
            heard.mentions.robots[0] if len(heard.mentions.robots) == 1 else list(heard.mentions.robots)
        )
    plus = _WORDS["plus"].search(text)
    if plus:
        args["add_orders"] = next(int(group) for group in plus.groups() if group and group.isdigit())
    factor = _WORDS["factor"].search(text)
    if factor and not plus:
        args["demand_factor"] = _factor(factor)
    args |= {"goods": heard.mentions.goods} if heard.mentions.goods else {}
    length = minutes(text)
    if length:
        args["minutes"] = length
    return args | ({"until": heard.times.at} if heard.times.at else {})


def _close_name(heard: Heard, at: int) -> str:
    return heard.mentions.place("zones", "aisles", "halls", "places", "stations", "chargers", at=at)


def _factor(match: re.Match[str]) -> float:
    if match[8]:  # "còn 70 %"
        return round(float(match[8]) / 100.0, 3)
    if match[3]:
        share = float(match[3]) / 100.0
        return round(1.0 - share if match[1].startswith(("giam", "it")) else 1.0 + share, 3)
    word = (match[4] or match[5] or "2").partition("'")[0]
    return {"doi": 2.0, "ba": 3.0, "ruoi": 1.5}.get(word) or float(word)


def supposed(heard: Heard) -> Reading | None:
    """Return the call that answers "what if", None when a sentence supposes nothing or wants something done then."""
    text = _FOR_A_TEST.sub(" ", heard.text)
    if not (
        _WORDS["if_topic"].search(text)
        and (
            _WORDS["then_asked"].search(text)
            or _WORDS["can"].search(text)
            or (_WORDS["if"].search(text) and not _WORDS["then"].search(text))
        )
    ):
        return None
    if not any(_WORDS[name].search(text) for name in ("if", "then", "can")):
        return None
    if _SO_DO.search(text):
        return None  # "robot 5 có kẹt không, nếu có thì dừng nó" wants something done on a condition
    args = what_if(heard)
    return Reading(kind="tools", calls=(Call("what_if", args),)) if set(args) - NO_CHANGE else None


_FOR_A_TEST: Final = pattern("(để|cho) ([^ ]+ ){0,2}thử")
NO_CHANGE: Final = frozenset({"until", "minutes", "goods"})
"""What a "what if" says beside the change that it supposes."""
_SO_DO: Final = pattern(
    "nếu (có|đúng|vậy|phải|rồi|thế) (thì )?(dừng|hủy|đóng|mở|cho|chặn|khóa|cấm|ưu tiên|"
    "tạo|xóa|bỏ|tạm dừng|nhận|xác nhận)"
)
