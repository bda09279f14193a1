"""Codes that look like names of the site's things and are none of them: "B2E", "CB-99"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_HEAD: Final = re.compile(r"([a-z]{1,6})[-_]?\d")
_TWO_NUMBERS: Final = re.compile(r"\d_\d")


def codes_like(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for a word that begins as one of the names does, with another number; None without names."""
    heads = {match[1] for name in names if (match := _HEAD.match(name.lower()))}
    choice = "|".join(sorted(heads, key=len, reverse=True))
    return re.compile(rf"(?<![^ ])(?:{choice})[-_]?\d{{1,4}}[a-z]?(?:[-_]\d{{1,2}})?(?![^ ])") if heads else None


def run_together(word: str, name: str) -> bool:
    """Say whether a word is a name's numbers without what parts them: "d22" is a door that is not there, no D02_2."""
    if not (_TWO_NUMBERS.search(name) and word.isalnum()):
        return False
    return re.sub(r"\D", "", word) != re.sub(r"\D", "", name)


def shown(unknown: Iterable[str]) -> tuple[str, ...]:
    """Return what is not there as names are written, where all of it is such codes; else nothing."""
    codes = tuple(word.upper() for word in unknown)
    return codes if all(_CODE.fullmatch(code) for code in codes) else ()


_CODE: Final = re.compile(r"[A-Z]{1,6}[-_]?\d[\dA-Z_-]*")
