"""What words say about states, figures, priorities: the first cue of a group that is found counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from amr_fleet.assistant.wording import any_of, read

Cues = Sequence[tuple[re.Pattern[str], str]]
CUES: Final[dict[str, Cues]] = {
    group: tuple((any_of(patterns), name) for name, patterns in cues.items())
    for group, cues in read("cues.yaml").items()
}


def first(group: str, sentence: str) -> str:
    """Return the name of the first cue of a group that a sentence has, "" for none."""
    return next((name.rstrip("_") for matcher, name in CUES[group] if matcher.search(sentence)), "")


def every(group: str, sentence: str) -> set[str]:
    """Return the names of all cues of a group that a sentence has."""
    return {name.rstrip("_") for matcher, name in CUES[group] if matcher.search(sentence)}
