"""How people say names such as crossing_30_south ("giao lộ 30 phía nam"): patterns made of the parts of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.wording import read

_SAID: Final[Mapping[str, list[str]]] = read("places.yaml")
_HEADS: Final = ("crossing", "fire_opening", "dock_apron", "north_apron")
_BETWEEN: Final = "(số |ở |bên |phía |hướng |đầu |mạn |đằng |khu vực |của |lối |kho |hall |nhà kho |sảnh |dãy |bờ )*"


@dataclass(frozen=True)
class SpokenName:
    """One name and the pattern of how it is said; vague: the pattern of its head alone."""

    name: str
    said: re.Pattern[str]
    vague: re.Pattern[str]
    parts: tuple[re.Pattern[str], ...]

    def fits(self, sentence: str) -> bool:
        """Say whether a sentence has the head and one more part of the name."""
        return any(part.search(sentence) for part in self.parts)


def spoken(names: Iterable[str]) -> tuple[SpokenName, ...]:
    """Return the names that are made of known parts, those with most parts first."""
    made = []
    for name in dict.fromkeys(names):
        head = next((head for head in _HEADS if name.startswith(f"{head}_")), "")
        if not head:
            continue
        parts = name[len(head) + 1 :].split("_")
        said = f"({'|'.join(_SAID[head])})"
        orders = (parts, parts[::-1]) if len(parts) > 1 else (parts,)
        whole = "|".join(" ".join([said, *(f"{_BETWEEN}{_part(part)}" for part in order)]) for order in orders)
        made.append((len(parts), SpokenName(name, pattern(whole), pattern(said), _parts(parts))))
    return tuple(entry for _, entry in sorted(made, key=lambda item: -item[0]))


def _parts(parts: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(pattern(_part(part)) for part in parts)


def _part(part: str) -> str:
    if part.isdigit():
        return f"{part}(?![^ ])"
    # A lone letter is no word of Vietnamese here: it is compared as it stands.
    return f"({'|'.join(_SAID[part])})" if part in _SAID else rf"[{part}]'?(?![^ ])"
