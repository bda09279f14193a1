"""Numbers as people write them into tables: Vietnamese "1.300,5" and English "1,300.5" are one number."""

from __future__ import annotations

import re
from typing import Final

_GROUPED: Final = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_PLAIN: Final = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_UNITS: Final = {"": 1.0, "kg": 1.0, "kgs": 1.0, "t": 1000.0, "tấn": 1000.0}


def kilograms(text: str) -> float:
    """Return a weight in kg: 850, 850,5, 1.300, 1,300 kg or 1,3 tấn; raise ValueError for anything else.

    Three digits behind a single point or comma are thousands where nobody says tấn: nobody weighs a pallet in grams,
    and who did is believed to have something heavier.
    """
    found = re.fullmatch(r"([\d.,]+) *([^\W\d]*)", text.strip().lower())
    number, unit = (found[1], found[2]) if found else ("", "?")
    if unit not in _UNITS:
        raise ValueError(f"{text[:30]!r} is no number of kg")
    if _GROUPED.fullmatch(number) and _UNITS[unit] == 1.0:
        decimal = max(".,", key=number.rfind) if len(set(number) & set(".,")) == 2 else ""
        whole, _, rest = number.partition(decimal) if decimal else (number, "", "")
        return float(re.sub(r"[.,]", "", whole) + "." + (rest or "0"))
    if not _PLAIN.fullmatch(number):
        raise ValueError(f"{text[:30]!r} is no number of kg")
    return float(number.replace(",", ".")) * _UNITS[unit]
