"""Ids in the characters that VDA 5050 recommends (2.1, 6.1.2; 3.0, 7.1.2): A-Z a-z 0-9 _ - . and the colon.

Ids of our sites have others: a node SE@001.9, an edge SE@001.9>SE@003.9. They go out as SE:-001.9 and
SE:-001.9::SE:-003.9; every id has its own spelling, and it can be read back.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SHORT: Final = {"@": ":-", ">": "::"}
_LONG: Final = {spelt: char for char, spelt in _SHORT.items()}
_UNSAFE: Final = re.compile(r":(?=[-:x]|[^A-Za-z0-9_.:-])|[^A-Za-z0-9_.:-]")
_SPELT: Final = re.compile(r":-|::|:x([0-9a-f]{1,6}):")


def safe(name: str) -> str:
    """Return an id in the recommended characters."""
    return _UNSAFE.sub(lambda m: _SHORT.get(m[0], f":x{ord(m[0]):x}:"), name)


@lru_cache(maxsize=4096)  # the same ones come with each state of a robot
def plain(name: str) -> str:
    """Return the id that `safe` made this one of; one that it did not make is read as well as it can be."""
    try:
        return _SPELT.sub(lambda m: chr(int(m[1], 16)) if m[1] else _LONG[m[0]], name)
    except (ValueError, OverflowError):
        return name
