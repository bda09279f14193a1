"""Texts that other people or programs wrote: on one line, not longer than fits, and quoted in sentences.

The facts take them over clean (state.Text), sentences get them from here, and tools.run cleans what
leaves for any front.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from amr_fleet.assistant.state import plain

_QUOTE: Final = 80
_LONGEST: Final = 160
"""Letters of a text in a row."""
_REASON: Final = 200
"""Letters of a reason: it may name another one behind it."""
_NAME: Final = re.compile(r"[\w./@-]{1,24}( [\w./@-]{1,24})?")
"""What may stand in a sentence as it is: one word or two, no sentence of its own."""


def quoted(text: str, longest: int = _QUOTE) -> str:
    """Return a text that somebody else wrote as a quotation: short, on one line, marked as such."""
    line = plain(text).replace("“", '"').replace("”", '"').strip()
    return f"“{line[:longest]}{'…' if len(line) > longest else ''}”"


def named(text: str) -> str:
    """Return a name that somebody else gave, of goods or of a person, as it is; as a quotation where it says more."""
    line = plain(text).strip()
    return line if not line or _NAME.fullmatch(line) else quoted(line)


def why(reason: str, *, ours: bool) -> str:
    """Return why something waits: in the fleet's own words, or as a quotation of who wrote it."""
    return reason if ours or not reason else quoted(reason, _REASON)


def clean_row(row: Mapping[str, str | float]) -> dict[str, str | float]:
    """Return a row of an answer whose texts are short and on one line."""
    return {name: value if isinstance(value, int | float) else plain(value)[:_LONGEST] for name, value in row.items()}


def clean_text(text: str) -> str:
    """Return an answer's sentences without what no person sees."""
    return "".join(char if char.isprintable() else " " * char.isspace() for char in text)
