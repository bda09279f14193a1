"""Codes that look like names of the site's things and are none of them: "B2E", "CB-99"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from amr_fleet.assistant.patterns import pattern

_HEAD: Final = re.compile(r"([a-z]{1,6})[-_]?\d")
_TWO_NUMBERS: Final = re.compile(r"\d_\d")


def codes_like(names: Iterable[str], alarms: Iterable[str] = ()) -> re.Pattern[str] | None:
    """Return a pattern for a word that begins as one of the names does, with another number; None without names.

    As alarms begin, only with a hyphen: of A000123 the letter alone is that of paper and of aisles.
    """
    plain, hyphened = _heads(names), _heads(alarms)
    ways = [f"(?:{choice}){mark}" for choice, mark in ((plain, "[-_]?"), (hyphened, "[-_]")) if choice]
    return re.compile(rf"(?<![^ ])(?:{'|'.join(ways)})\d{{1,4}}[a-z]?(?:[-_]\d{{1,2}})?(?![^ ])") if ways else None


def _heads(names: Iterable[str]) -> str:
    heads = {match[1] for name in names if (match := _HEAD.match(name.lower()))}
    return "|".join(sorted(heads, key=len, reverse=True))


def of_places(codes: Iterable[re.Match[str]]) -> list[str]:
    """Return the codes that stand where a place or a thing may: not after goods, and not in a note or a reason."""
    return [code[0] for code in codes if not (_of_goods(code) or _ASIDE.search(code.string[: code.start()]))]


def _of_goods(code: re.Match[str]) -> bool:
    first = code.start() == 0 and code.string[code.end() :].startswith(" GOODS")
    return first or bool(_GOODS.search(code.string[: code.start()]))


_GOODS: Final = pattern("(GOODS|npk|giấy|bao|vitamin|loại|mác|hạng|khổ) $")
_ASIDE: Final = pattern("(ghi chú|vì(?! (trí|sao))) ([^ ]+ ){0,4}$")


def run_together(word: str, name: str) -> bool:
    """Say whether a word is a name's numbers without what parts them: "d22" is a door that is not there, no D02_2."""
    if not (_TWO_NUMBERS.search(name) and word.isalnum()):
        return False
    return re.sub(r"\D", "", word) != re.sub(r"\D", "", name)


def letters_not_there(typed: str, places: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the letters that are typed as names of a hall or a part of it, and are none of the places that were found.

    Only as capitals: small ones stand for words ("kho e", "khu a").
    """
    if typed.isupper():
        return []
    known = {name.upper() for place in places for name in place.values()}
    said = (match[1] for match in _HALL.finditer(typed))
    return [letter for letter in said if not any(letter == name or name.endswith(f"_{letter}") for name in known)]


_HALL: Final = re.compile(r"\b(?:[Kk]ho|[Nn]hà kho|[Hh]all|[Kk]hu|[Kk]hối|[Kk]hoi) ([A-Z])\b(?! ?\d)")


def shown(unknown: Iterable[str]) -> tuple[str, ...]:
    """Return what is not there as names are written, where all of it is such codes; else nothing."""
    codes = tuple(word.upper() for word in unknown)
    return codes if all(_CODE.fullmatch(code) for code in codes) else ()


_CODE: Final = re.compile(r"[A-Z]{1,6}[-_]?\d[\dA-Z_-]*")
