"""What stands on the time line of the replay: alarms with how bad they are, and what people said of a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.people import INTERVENTION_KINDS, Intervention, interventions

MOST_MARKS: Final = 2000
"""Of each sort; the newest are kept."""
MARK_KINDS: Final = (*INTERVENTION_KINDS, "moment_commented")
"""What is to be read for them."""


@dataclass(frozen=True)
class Comment:
    """What a person said at `written` of the moment t (fleet s); robot "": of no one robot."""

    t: float
    written: float
    robot: str
    user: str
    text: str


@dataclass(frozen=True)
class Marks:
    """Alarms that were raised in a period and comments on it, oldest first. left_out: older ones, too many to show."""

    alarms: list[Intervention]
    comments: list[Comment]
    left_out: int


def marks(entries: Iterable[JournalEntry], begin: float, end: float) -> Marks:
    """Return what stands on the line from begin to end; entries are those from begin on, later ones too.

    A comment is written after the moment that it is about, and an alarm may end after the period.
    """
    after = [e for e in entries if e.t >= begin]
    alarms = interventions(after, end)[::-1]
    comments = comments_on(after, begin, end)
    left_out = sum(max(0, len(some) - MOST_MARKS) for some in (alarms, comments))
    return Marks(alarms[-MOST_MARKS:], comments[-MOST_MARKS:], left_out)


def comments_on(entries: Iterable[JournalEntry], begin: float, end: float) -> list[Comment]:
    """Return what was said of begin <= t <= end, by the moments that it is about."""
    found = [
        Comment(
            float(cast(float, e.facts["about"])),
            e.t,
            e.robot,
            str(e.facts.get("user", "")),
            str(e.facts.get("text", "")),
        )
        for e in entries
        if is_comment_on(e, begin, end)
    ]
    return sorted(found, key=lambda one: one.t)


def is_comment_on(entry: JournalEntry, begin: float, end: float) -> bool:
    """Return whether an entry is a comment on begin <= t <= end."""
    about = entry.facts.get("about")
    return entry.kind == "moment_commented" and isinstance(about, int | float) and begin <= about <= end
