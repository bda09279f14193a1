"""English frames in a sentence ("how long until", "in 30 minutes") put into Vietnamese before it is read.

Nobody here asks in English alone, but many mix; the words of a frame stand where Vietnamese has others, so that
word for word is not enough. What the lists do not know stays as it was typed.
"""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.wording import read

_FRAMES: Final = {
    kind: tuple((re.compile(frame), meant) for frame, meant in read("english.yaml")[kind].items())
    for kind in ("sure", "english")
}
_ENGLISH: Final = frozenset(read("english.yaml")["words"].split())
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENOUGH: Final = 2


def in_vietnamese(text: str) -> str:
    """Return a cleaned sentence with its English frames in Vietnamese."""
    text = text.replace("’", "'")
    spoken = is_english(text)
    for frame, meant in _FRAMES["sure"]:
        text = frame.sub(meant, text)
    if spoken:
        for frame, meant in _FRAMES["english"]:
            text = frame.sub(meant, text)
    return " ".join(text.split())


def is_english(text: str) -> bool:
    """Say whether a sentence is English around its names: at least half of its words, and two, are."""
    words = _WORD.findall(text)
    plain = [word for word in words if word.isascii()]
    known = sum(word in _ENGLISH for word in plain)
    return known >= _ENOUGH and 2 * known + 1 >= len(words) - _ENOUGH
