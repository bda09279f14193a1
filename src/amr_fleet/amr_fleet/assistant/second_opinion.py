"""What the second reader changes: an unlikely answer is asked back, a sentence without a reading is answered.

Only questions are answered on its word. No command is made of it, and a robot's pause at once never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.orders_given import VERBS, is_asked
from amr_fleet.assistant.questions import NEEDS, calls_of
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.second_reader import label_of, second_reader, shares
from amr_fleet.assistant.tools import COMMANDS

_UNLIKELY: Final = 0.04
"""A reading that so small a share of the words speaks for is asked about."""
_HEAVY: Final = 10
"""A rule of this weight says it by a whole phrase, as those of commands do: half the share is enough."""
_LIKELY: Final = 0.5
"""From this share on a question is answered that the grammar has no reading for."""
_OPEN: Final = frozenset({"unknown", "condition", "need_to", "need_from", "need_places", "need_robot", "need_order"})
"""Why a sentence got no answer, where another reading of it may give one."""


def _share(reading: Reading, heard: Heard) -> float:
    found = shares(heard.text)
    return max(found.get(label_of(reading.kind, [call.name]), 0.0) for call in reading.calls)


def second_opinion(reading: Reading, heard: Heard, check: Callable[[Reading], Reading]) -> Reading:
    """Return a reading, a question back, or an answer in place of none. check: what an answer must stand."""
    if reading.kind in ("tools", "propose") and reading.calls:
        heavy = reading.kind == "propose" or weights(heard.text).get(reading.calls[0].name, 0) >= _HEAVY
        if reading.at_once or _share(reading, heard) >= (_UNLIKELY / 2 if heavy else _UNLIKELY):
            return reading
        return replace(reading, kind="clarify", why="unsure", calls=_both(reading, heard))
    if reading.why == "need_order" and not reading.calls:
        return reading  # it was looked for, and there is no such order
    if reading.why not in _OPEN or not second_reader().knows(heard.text):
        return reading
    if VERBS.search(heard.text) and not is_asked(heard.text):
        return reading  # a command that was not understood is told so: a list in its place looks like one that was
    likely = _likely(heard)
    found = check(likely) if likely else None
    return found if found and found.kind == "tools" else reading


def _both(reading: Reading, heard: Heard) -> tuple[Call, ...]:
    likely = _likely(heard, 0.0)
    return (*reading.calls[:2], *(likely.calls[:1] if likely else ()))


def _likely(heard: Heard, least: float = _LIKELY) -> Reading | None:
    """Return the question that the words speak for most, if it has what its tool needs."""
    found = shares(heard.text)
    best = max(found, key=lambda label: found[label])
    kind, _, tool = best.partition(":")
    if kind != "tools" or tool in COMMANDS or found[best] < least:
        return None
    if tool == "kpi" and not first("kpis", heard.text):
        return None  # a figure that nobody names is asked for, not guessed
    calls = calls_of(tool, heard)
    needed = NEEDS.get(tool)
    return None if needed and not calls[0].args.get(needed) else Reading(kind="tools", calls=calls)
