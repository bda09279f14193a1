"""Whether one version of the assistant understands more of the same rows than another: exact McNemar."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError

SURE: Final = 0.05
"""Below it chance alone is no good reason for the difference."""
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """Rows that both were asked. won, lost: ids that only the new, only the old one has right; p: two-sided."""

    rows: int
    won: tuple[str, ...]
    lost: tuple[str, ...]
    p: float

    @property
    def verdict(self) -> str:
        """Return in a few words which is better, or why that cannot be said."""
        if not self.rows:
            return "no row in common"
        if self.p >= SURE:
            return "no evidence of a difference"
        return "better" if len(self.won) > len(self.lost) else "worse"


def read_outcomes(file: Path) -> list[dict[str, Any]]:
    """Return the rows that `amr assistant eval --json` wrote; AmrError assistant.bad_file when it did not."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
        if not all(isinstance(row["id"], str) and isinstance(row["right"], bool) for row in rows):
            raise ValueError("a row without an id, or that does not say whether it was right")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"not what `amr assistant eval --json` writes: {error}"
        raise AmrError("assistant.bad_file", path=str(file), reason=reason) from None
    return list(rows)


def compared(new: Iterable[_Row], old: Iterable[_Row]) -> Compared:
    """Compare the outcomes of rows by id and text; a row that only one of them was asked does not count."""
    from scipy.stats import binomtest  # takes longer to load than the grammar

    before, after = _by_row(old), _by_row(new)
    both = sorted(before.keys() & after.keys())
    won = tuple(row[0] for row in both if after[row] and not before[row])
    lost = tuple(row[0] for row in both if before[row] and not after[row])
    differ = len(won) + len(lost)
    p = float(binomtest(len(won), differ).pvalue) if differ else 1.0
    return Compared(len(both), won, lost, p)


def _by_row(rows: Iterable[_Row]) -> dict[tuple[str, str, int], bool]:
    """A dialogue's turns may have one id and one text: they are counted."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for row in rows:
        name = (str(row["id"]), str(row.get("text", "")))
        seen[name] += 1
        found[(*name, seen[name])] = bool(row["right"])
    return found
