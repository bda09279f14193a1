"""What a sentence was understood as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from amr_fleet.assistant.mentions import Mentions
from amr_fleet.assistant.times import Times

ReplyKind = Literal["tools", "propose", "refuse", "clarify"]
Value = str | float | int | list[str]


@dataclass(frozen=True)
class Call:
    """A tool with its arguments."""

    name: str
    args: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """A sentence on its way: what was typed, its keys with things as words, and the things.

    marked: it was typed with Vietnamese marks. slips: words that were mended or that nobody can read, as keys, each
    with what it is read as. weights: how heavy it says things are, as typed; the word WEIGHT stands for each in text.
    """

    typed: str
    text: str
    mentions: Mentions
    times: Times
    marked: bool
    slips: tuple[tuple[str, str], ...] = ()
    weights: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What to do about a sentence. calls: of a clarification, the readings to choose from. why: a code of answers.

    instead_of: the call said before that this one puts right; its proposal is over. weights: said, and in no argument.
    unknown: codes of what is not there, as names are written.
    """

    kind: ReplyKind
    calls: tuple[Call, ...] = ()
    why: str = ""
    at_once: bool = False
    instead_of: Call | None = None
    weights: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


# Commands that wait for one more word.
_ASKED_FOR: Final = frozenset({"need_to", "need_from", "need_places"})


def waits(reading: Reading) -> bool:
    """Say whether a command waits for the word that was asked for."""
    which_order = reading.why == "need_order" and reading.calls[0].name == "order_cancel"
    return reading.why in _ASKED_FOR or which_order
