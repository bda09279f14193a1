"""Several questions in one sentence: clauses of their own, two states, two periods. Each becomes a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.times import Times

_CLAUSES: Final = re.compile(r"\s*[,;?.!]\s+(?:(?:còn|con|và|va|rồi|thế|với lại|ngoài ra|luôn tiện|and)\s+)?")
_WORDS_OF_CLAUSE: Final = 3
_OR: Final = pattern("hoặc|hay là|hay|và|với|lẫn|cùng với")
_STATES: Final[Mapping[str, str]] = {"robots_list": "robot_states", "orders_find": "order_states"}
_DATED: Final = frozenset({"kpi", "incidents_list", "alarms_list", "orders_find"})


def clauses(typed: str) -> tuple[str, str] | None:
    """Return the two clauses of a sentence that has two, each of three words or more."""
    parts = [part for part in _CLAUSES.split(typed.strip(" ?.!")) if part]
    if len(parts) != 2 or any(len(part.split()) < _WORDS_OF_CLAUSE for part in parts):
        return None
    return parts[0], parts[1]


def last_clause(typed: str) -> tuple[str, str] | None:
    """Return what stands before the last clause of a sentence of three or four, and that clause."""
    parts = [part for part in _CLAUSES.split(typed.strip(" ?.!")) if part]
    if not _TWO < len(parts) <= 2 * _TWO or len(parts[-1].split()) < _WORDS_OF_CLAUSE:
        return None
    return " ".join(parts[:-1]), parts[-1]


_TWO: Final = 2


def both_sides(typed: str) -> list[tuple[str, str]]:
    """Return each pair of halves of a sentence around an "và", each of three words or more."""
    found = []
    for match in _AND.finditer(typed):
        halves = (typed[: match.start()], typed[match.end() :])
        if all(len(half.split()) >= _WORDS_OF_CLAUSE for half in halves):
            found.append(halves)
    return found[:2]


_AND: Final = re.compile(r"\s(?:và|va|rồi|còn|and|với lại)\s")


def asks(text: str) -> bool:
    """Say whether a clause asks by itself: it has a word that asks, and points at nothing in the other clause."""
    return bool(_ASKS.search(text)) and not _POINTS_BACK.search(text)


_ASKS: Final = pattern("không|chưa|gì|nào|sao|đâu|ai|mấy|bao nhiêu|bao lâu|bao giờ|năng suất|tình hình")
_POINTS_BACK: Final = pattern("nó|(con|đơn|cái|xe|chỗ) (đó|này|ấy|kia)")


def has_question_word(text: str) -> bool:
    """Say whether a part of a sentence has a word that asks, whatever it points at."""
    return bool(_ASKS.search(text))


def joined(one: Reading | None, other: Reading | None, heard: Heard) -> Reading | None:
    """Return the calls of two clauses as one reading: two tools, each sure of its own; None when they are not."""
    if one is None or other is None or one.kind != "tools" or other.kind != "tools":
        return None
    if not one.calls or not other.calls or one.calls[0].name == other.calls[0].name:
        return None
    if "help" in (one.calls[0].name, other.calls[0].name):
        return None
    if one.calls[0].name == "fleet_status" and other.calls[0].name == "robots_list" and _COUNTS.search(heard.text):
        return one  # "tổng quan đội xe: bao nhiêu con chạy, bao nhiêu con dừng" is in it
    if any(call.name in _LISTS and not call.args for call in (one.calls[0], other.calls[0])):
        return None  # a list of everything is no answer to half a sentence
    return Reading(kind="tools", calls=tuple(_dated(call, heard.times) for call in (*one.calls, *other.calls)))


_COUNTS: Final = pattern("(bao nhiêu|mấy) (con|xe|chiếc|robot) .. (bao nhiêu|mấy) (con|xe|chiếc|robot)")
_LISTS: Final = frozenset({"robots_list", "orders_find"})


def _dated(call: Call, times: Times) -> Call:
    """Return a call with the period that the other clause names."""
    if call.name not in _DATED or "period" in call.args or not times.said:
        return call
    return replace(call, args=call.args | {"period": times.said})


def by_state(tool: str, heard: Heard, args: Callable[[Heard], dict[str, Value]]) -> tuple[Call, ...]:
    """Return a call for each of the two states that "hủy hoặc chưa có xe" names; none where it names one."""
    group = _STATES.get(tool, "")
    parts = _OR.split(heard.text, maxsplit=1) if group else []
    if len(parts) != 2:
        return ()
    states = [first(group, part) for part in parts]
    if not all(states) or states[0] == states[1]:
        return ()
    found = args(heard)
    return tuple(Call(tool, found | {"state": state}) for state in states) if "battery_below" not in found else ()


def by_period(tool: str, call: Call, times: Times) -> tuple[Call, ...]:
    """Return a figure of each of the periods that a sentence names."""
    if tool != "kpi" or not times.more:
        return ()
    names = ("current", "previous", "morning", "afternoon", "night")
    periods = [str(call.args.get("period", "")), *(f"shift:{name}" if name in names else name for name in times.more)]
    return tuple(replace(call, args=call.args | {"period": period}) for period in dict.fromkeys(periods) if period)
