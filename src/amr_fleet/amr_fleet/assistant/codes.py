"""How the names and codes of a site are compared: "AMR-06" and "amr 6" are one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from amr_fleet.assistant.text import clean, fold, split

_DIGITS: Final = re.compile(r"\d+")


@lru_cache(maxsize=1 << 14)
def norm(name: str) -> str:
    """Return a name as it is compared: letters and digits only, no marks, no leading zeros."""
    plain = re.sub(r"[^a-z0-9]", "", fold(name.lower()))
    return re.sub(r"0+(?=\d)", "", re.sub(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)", " ", plain)).replace(" ", "")


@lru_cache(maxsize=1 << 12)
def name_words(name: str) -> frozenset[str]:
    """Return the words of a name, without codes and numbers."""
    return frozenset(word for word in split(clean(name)) if word.isalpha())


def number(name: str) -> str:
    """Return the last number of a name without leading zeros, "" if it has none."""
    found = _DIGITS.findall(name)
    return str(int(found[-1])) if found else ""
