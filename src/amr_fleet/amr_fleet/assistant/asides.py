"""What stands in a question beside it: the robot of "ngoài con 8 ra", what somebody wants to know it for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Heard
from amr_fleet.assistant.wording import named

_BUT: Final = named("questions.yaml")["but"]
_PURPOSE: Final = pattern("để (tôi|em|anh|mình|còn|tụi tôi|biết) .*$")
_THINGS: Final = (("robots", "ROBOT"), ("orders", "ORDER"), ("places", "PLACE"))


def said_alone(heard: Heard) -> Heard:
    """Return a question without what stands beside it: its words and its things."""
    if _BUT.search(heard.text):
        heard = replace(_without_excepted(heard), text=" ".join(_BUT.sub(" ", heard.text).split()))
    return _without_purpose(heard)


def without_asides(heard: Heard) -> Heard:
    """Return a question with the things that it is about, and its words but for what it is asked for."""
    return _without_purpose(_without_excepted(heard))


def _without_excepted(heard: Heard) -> Heard:
    if not _BUT.search(heard.text):
        return heard
    return replace(heard, mentions=replace(heard.mentions, robots=heard.mentions.robots[1:]))


def _without_purpose(heard: Heard) -> Heard:
    """Return "con nào rảnh" of "con nào rảnh để tôi gọi ra cửa 9": the door is none of the question's."""
    match = _PURPOSE.search(heard.text)
    if match is None or not match.start():
        return heard
    kept = heard.text[: match.start()].strip(" ,")
    words = kept.split()
    things = heard.mentions
    shorter = replace(things, **{kind: getattr(things, kind)[: words.count(word)] for kind, word in _THINGS})
    return replace(heard, text=kept, mentions=shorter)
