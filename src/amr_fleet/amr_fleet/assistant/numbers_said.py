"""Whether every number in somebody's words is one that a tool returned: a language model makes up the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from amr_fleet.assistant.numbers import into_digits
from amr_fleet.assistant.text import key

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_EDGES: Final = "“”\"'()[]{}:;!?.,"
_THOUSANDS: Final = re.compile(r"\d{1,3}([.,]\d{3})+")
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")


def made_up(words: str, returned: Iterable[str]) -> list[str]:
    """Return the numbers of words, in digits or spelt out, that stand in no returned text, rounded neither.

    A stamp of time that was returned may be said as a time and a date, and vouches for no count.
    """
    returned = list(returned)
    for stamp in {stamp for text in returned for stamp in _STAMP.findall(text)}:
        words = _without(words, stamp)
    returned = [_STAMP.sub(" ", text) for text in returned]
    known = {value for text in returned for number in _numbers(text) for value in _values(number)}
    return [number for number in _numbers(words) if not any(_fits(number, value, known) for value in _values(number))]


def _without(words: str, stamp: str) -> str:
    """Return the words without the time and the date of a stamp, as people write them."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return words  # no day, no time
    time = rf"0?{at.hour}(?::|h| giờ ){at.minute:02}(?::{at.second:02})?"
    day = rf"0?{at.day}/0?{at.month}(?:/{at.year})?|{at:%Y-%m-%d}"
    return re.sub(rf"(?<![\d:/.,-])(?:{time}|{day})(?![\d:/])", " ", words)


def _numbers(text: str) -> list[str]:
    written = _NUMBER.findall(text)
    spelt = _NUMBER.findall(" ".join(into_digits([key(word.strip(_EDGES)) for word in text.lower().split()])))
    return written + [number for number in spelt if number not in written]


def _values(number: str) -> set[float]:
    """Return what a number may mean: "1.250" is one thousand or one and a quarter, and "8,5,2" is three."""
    if _THOUSANDS.fullmatch(number):
        whole = {float(re.sub("[.,]", "", number))}
        return whole | ({float(number.replace(",", "."))} if len(re.findall("[.,]", number)) == 1 else set())
    parts = re.split("[.,]", number)
    return {float(".".join(parts))} if len(parts) <= 2 else {float(part) for part in parts}


def _fits(number: str, value: float, known: set[float]) -> bool:
    places = len(re.split("[.,]", number)[-1]) if value != int(value) else 0
    return any(round(one, places) == value for one in known)
