"""How far a misspelt word is from a right one, as people misspell Vietnamese: by ear, by region, by a finger's slip.

Letters that one sound is written with (ph and f, ngh and ng, gi) count as one; two that some region speaks alike
(s and x, tr and ch, n and ng at the end) are nearer to each other than two neighbours on the keyboard.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ONE_SOUND: Final = (
    ("ngh", "Q"), ("ng", "Q"), ("gh", "g"), ("gi", "Z"), ("nh", "N"), ("ph", "f"), ("tr", "T"), ("ch", "C"),
    ("th", "H"), ("kh", "K"), ("qu", "w"),
)  # fmt: skip
_BEGIN_PAIRS: Final = "sx TC ln dZ dz Zz jz jZ jd vd vZ vz rg rZ rz kc qk qc pb iy vw"
_END_PAIRS: Final = "Qn Nn NQ tc Ct Cc iy Qm"
_AT_BEGIN: Final = frozenset(map(frozenset, _BEGIN_PAIRS.split()))
_AT_END: Final = frozenset(map(frozenset, _END_PAIRS.split()))
_HALF_TYPED: Final = frozenset(frozenset(pair) for pair in ("Tt", "Hh", "Ht", "Kk", "Qg", "Nh", "Ch", "fp"))
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE: Final = frozenset(frozenset(row[at : at + 2]) for row in _ROWS for at in range(len(row) - 1))

# letters that one region speaks alike; all prices are chosen: their order, and LIMITS in spelling.py, matter
ALIKE: Final = 0.4
DOUBLED: Final = 0.4  # a letter typed twice, or once instead of twice: the finger, not the writer
SWAPPED: Final = 0.6  # two letters in each other's place, or half of what one sound is written with
ONE_LETTER: Final = 0.8  # one too many, missing, or its neighbour on the keyboard
OTHER: Final = 1.1  # any other letter: above LONG_LIMIT, so that alone it makes no word another


@lru_cache(maxsize=1 << 14)
def sounds(letters: str) -> str:
    """Return letters without marks, each sound that is written with several letters as one."""
    for written, one in _ONE_SOUND:
        # "gi" before nothing or a consonant is g and i: "gì".
        letters = re.sub(r"gi(?=[aeou])", one, letters) if written == "gi" else letters.replace(written, one)
    return letters


@lru_cache(maxsize=1 << 14)
def _instead(one: str, other: str, begin: bool, end: bool) -> float:
    if one == other:
        return 0.0
    pair = frozenset((one, other))
    if (begin and pair in _AT_BEGIN) or (end and pair in _AT_END):
        return ALIKE
    return SWAPPED if pair in _HALF_TYPED else ONE_LETTER if pair in _BESIDE else OTHER


def _beyond(word: str, at: int) -> float:
    """Return the price of a letter that is too many, or missing: one doubled is a small slip."""
    return DOUBLED if at and word[at] == word[at - 1] else ONE_LETTER


def distance(typed: str, meant: str) -> float:
    """Return the price of the slips that make one word of the other; both as letters or both as sounds."""
    rows = [[0.0] * (len(meant) + 1) for _ in range(len(typed) + 1)]
    for at in range(1, len(typed) + 1):
        rows[at][0] = rows[at - 1][0] + _beyond(typed, at - 1)
    for at in range(1, len(meant) + 1):
        rows[0][at] = rows[0][at - 1] + _beyond(meant, at - 1)
    for left in range(1, len(typed) + 1):
        for right in range(1, len(meant) + 1):
            one, other = typed[left - 1], meant[right - 1]
            best = min(
                rows[left - 1][right - 1]
                + _instead(one, other, left == right == 1, left == len(typed) and right == len(meant)),
                rows[left - 1][right] + _beyond(typed, left - 1),
                rows[left][right - 1] + _beyond(meant, right - 1),
            )
            if left > 1 and right > 1 and one == meant[right - 2] and typed[left - 2] == other:
                best = min(best, rows[left - 2][right - 2] + SWAPPED)
            rows[left][right] = best
    return rows[-1][-1]


_ONSET: Final = (
    "(?:ngh(?=[ei])|ng(?![ei])|gh(?=[ei])|g(?![eiy])|gi|k(?=[eiy])|c(?![eiy])|qu|ch|kh|nh|ph|th|tr|[bdhlmnprstvx])?"
)
_NUCLEUS: Final = (
    "(?:uyu|uya|uye|ieu|yeu|uoi|uou|oai|oay|oeo|oao|uay|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|ua|ue|ui|uo|uu|uy|ye|"
    "[aeiouy])"
)
_SYLLABLE: Final = re.compile(rf"gi[nm]?|{_ONSET}{_NUCLEUS}(?:ch|nh|ng|[cmnpt])?")


def is_syllable(letters: str) -> bool:
    """Say whether letters without marks may be a word of Vietnamese."""
    return _SYLLABLE.fullmatch(letters) is not None
