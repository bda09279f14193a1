"""Several things that one sentence wants done: "bỏ đơn 421, đơn 416 cho lên cao". Each thing has a verb of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from amr_fleet.assistant.mentions import Mentions
from amr_fleet.assistant.orders_given import CONDITION, command, is_asked
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.text import key


def parted(typed: str) -> list[str]:
    """Return the parts of a sentence that may each want something done; one part where there is nothing to part."""
    return [part for part in _WISHES.split(typed.strip(" ?.!")) if part]


_WISHES: Final = re.compile(
    r"\s*[,;.!]\s+(?:(?:còn|con|và|va|rồi|roi|sau đó|sau do|đồng thời|xong)\s+)?"
    r"|\s+(?:và|va|rồi|roi|còn|sau đó|sau do|đồng thời|dong thoi)\s+"
)
_LIST_WORDS: Final = "và với cùng luôn nữa cũng cả đi giúp nhé ngay số mã cho tôi hết"
_LISTED: Final = frozenset(key(word) for word in _LIST_WORDS.split())


def only_listed(heard: Heard) -> bool:
    """Say whether a part of a sentence only names further things for the verb before it."""
    said = _HOW.sub("", heard.text)
    return all(word.isupper() or word in _LISTED or not word[0].isalpha() for word in said.split())


_HOW: Final = pattern(" (vì|do|để|tại|bởi|trong|đến|tới|khoảng|nửa) .*$")


def count(things: Mentions) -> int:
    """Return how many robots, orders, places and alarms a sentence names."""
    return len(things.robots) + len(things.orders) + len(things.places) + len(things.alarms)


def several_wishes(heard: Heard, parts: Sequence[Heard]) -> Reading | None:
    """Return the commands of the parts of a sentence as one reading; None where one verb is for all of it.

    A part that names a thing of the same kind and wants something else, or nothing that is known, is asked about:
    the verb before it must not be taken for it.
    """
    said = [part for part in parts if count(part.mentions)]
    if len(said) < _TWO or CONDITION.search(heard.text) or is_asked(heard.text):
        return None
    wanted = [command(part) for part in said]
    at = next((at for at, reading in enumerate(wanted) if reading is not None and reading.kind == "propose"), -1)
    first = wanted[at]
    if at < 0 or first is None or any(wanted[:at]) or any(only_listed(part) for part in said[:at]):
        return None
    calls: list[Call] = list(first.calls)  # "robot 5 bị kẹt, dừng robot 6": what stands before the verb is a remark
    of = calls[0].name
    for part, reading in zip(said[at + 1 :], wanted[at + 1 :], strict=True):
        if reading is not None and reading.kind == "propose":
            calls += reading.calls
        elif reading is not None and reading.why == "negated":
            continue
        elif reading is None and only_listed(part):
            return None  # one verb for all of them
        elif reading is not None or _same_kind(of, part.mentions):
            return Reading(kind="clarify", calls=tuple(calls), why="unsure")
    if of != "order_priority" and {call.name for call in calls} == {of} and len(calls) > len(first.calls):
        return None  # the same for all of them
    return Reading(kind="propose", calls=tuple(calls))


_TWO: Final = 2


def _same_kind(tool: str, things: Mentions) -> bool:
    """Say whether a part names things that a command is about, so that they may be meant by it or not."""
    kinds = {"order": things.orders, "robot": things.robots, "zone": things.places, "alarm": things.alarms}
    return bool(kinds.get(tool.partition("_")[0])) and tool != "order_create"
