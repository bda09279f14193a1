"""Texts that other people or programs wrote: printable, on one line, not longer than fits, and quoted in sentences.

Every front gets them from here: answers are made from cleaned facts, and rows are cleaned once more as they leave.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from amr_fleet.assistant.state import Facts, Row

_QUOTE: Final = 80
_LONGEST: Final = 160
"""Letters of a text in a row."""
_REASON: Final = 200
"""Letters of a reason: it may name another one behind it."""
_NAME: Final = re.compile(r"[\w./@-]{1,24}( [\w./@-]{1,24})?")
"""What may stand in a sentence as it is: one word or two, no sentence of its own."""
_ROWS: Final = ("robots", "orders", "visits", "alarms", "zones", "cargo")


def one_line(text: str) -> str:
    """Return a text on one line, without what no person sees: control, direction and zero-width characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(char if char.isprintable() else " " * char.isspace() for char in text).split())


def quoted(text: str, longest: int = _QUOTE) -> str:
    """Return a text that somebody else wrote as a quotation: short, on one line, marked as such."""
    line = one_line(text).replace("“", '"').replace("”", '"')
    return f"“{line[:longest]}{'…' if len(line) > longest else ''}”"


def named(text: str) -> str:
    """Return a name that somebody else gave, of goods or of a person, as it is; as a quotation where it says more."""
    line = one_line(text)
    return line if not line or _NAME.fullmatch(line) else quoted(line)


def reason(text: str, *, ours: bool) -> str:
    """Return why something waits: in the fleet's own words, or as a quotation of who wrote it."""
    return text if ours else quoted(text, _REASON)


def clean_row(row: Mapping[str, str | float]) -> dict[str, str | float]:
    """Return a row of an answer whose texts are short and on one line."""
    return {
        name: value if isinstance(value, int | float) else one_line(value)[:_LONGEST] for name, value in row.items()
    }


def cleaned(facts: Facts) -> Facts:
    """Return facts whose texts are all on one line and no longer than fits."""
    changed = {}
    for name in _ROWS:
        rows: tuple[Row, ...] = getattr(facts, name)
        clean = tuple(map(_clean, rows))
        if any(new is not old for new, old in zip(clean, rows, strict=True)):
            changed[name] = clean
    return facts.model_copy(update=changed) if changed else facts


def _clean(row: Row) -> Row:
    changed: dict[str, object] = {}
    for name, value in row.__dict__.items():
        if isinstance(value, str):
            if len(value) > _REASON or not value.isprintable():
                changed[name] = one_line(value)[:_REASON]
        elif isinstance(value, tuple) and value and isinstance(value[0], Row | str):
            parts = tuple(_clean(one) if isinstance(one, Row) else one_line(one)[:_REASON] for one in value)
            if parts != value:
                changed[name] = parts
    return row.model_copy(update=changed) if changed else row
