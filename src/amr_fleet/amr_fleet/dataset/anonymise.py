"""k-anonymity and l-diversity of a small table about people's actions: generalise step by step, then leave rows out.

Quasi-identifiers: what somebody beside the site may know of a person (the shift, the kind of place, the time, the
role). Sensitive: what the person did. Each combination that is published stands for at least k rows with at least l
different actions; `make validators` lets pycanon count again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

K: Final = 5
L: Final = 2
MOST_LEFT_OUT: Final = 0.1
"""Share of the rows that a step may lose before a coarser one is tried."""

QUASI: Final = ("shift", "zone", "window", "role")
SENSITIVE: Final = "action"
_ANY: Final = "*"


@dataclass(frozen=True)
class PersonAction:
    """One thing that a person did. when: published local time; zone: kind of place, "other" where none is known."""

    action: str
    when: datetime
    shift: str
    zone: str
    role: str


@dataclass(frozen=True)
class Anonymised:
    """The rows that may leave, and how it came about. step: names of what was generalised, in words."""

    rows: Sequence[Mapping[str, str]]
    before: int
    step: str
    k_before: int
    l_before: int
    k_after: int
    l_after: int

    @property
    def left_out(self) -> int:
        """How many rows were suppressed."""
        return self.before - len(self.rows)


def _quarter(when: datetime) -> str:
    return when.replace(minute=when.minute // 15 * 15, second=0, microsecond=0).isoformat(timespec="minutes")


def _hour(when: datetime) -> str:
    return when.replace(minute=0, second=0, microsecond=0).isoformat(timespec="minutes")


def _day(when: datetime) -> str:
    return when.date().isoformat()


def _week(when: datetime) -> str:
    year, week, _ = when.isocalendar()
    return f"{year}-W{week:02d}"


def _hidden(_: object) -> str:
    return _ANY


_Window = Callable[[datetime], str]
# What each step still tells, from the finest on: (words, window, zone kept, role kept, shift kept).
STEPS: Final[Sequence[tuple[str, _Window, bool, bool, bool]]] = (
    ("15 min, kind of place, role, shift", _quarter, True, True, True),
    ("hour, kind of place, role, shift", _hour, True, True, True),
    ("hour, whole site, role, shift", _hour, False, True, True),
    ("day, whole site, role, shift", _day, False, True, True),
    ("day, whole site, shift", _day, False, False, True),
    ("week, whole site, shift", _week, False, False, True),
    ("week, whole site", _week, False, False, False),
    ("nothing but the action", _hidden, False, False, False),
)


def anonymise(actions: Sequence[PersonAction], k: int = K, least: int = L) -> Anonymised:
    """Return the finest table of STEPS that is k-anonymous and l-diverse (least) after leaving out few rows."""
    finest = _generalise(actions, 0)
    before = measure(finest)
    chosen: list[dict[str, str]] = []
    words = STEPS[-1][0]
    for number, (step, *_) in enumerate(STEPS):
        rows = _generalise(actions, number)
        chosen, words = _good(rows, k, least), step
        if len(rows) - len(chosen) <= MOST_LEFT_OUT * len(rows):
            break
    after = measure(chosen)
    chosen.sort(key=lambda row: tuple(row[name] for name in (*QUASI, SENSITIVE)))
    return Anonymised(chosen, len(actions), words, *before, *after)


def measure(rows: Iterable[Mapping[str, str]]) -> tuple[int, int]:
    """Return k and l of a table: the smallest class and the fewest different actions in one; (0, 0) without rows."""
    classes = _classes(rows)
    if not classes:
        return 0, 0
    return min(sum(c.values()) for c in classes.values()), min(len(c) for c in classes.values())


def _classes(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, ...], Counter[str]]:
    found: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[tuple(row[name] for name in QUASI)][row[SENSITIVE]] += 1
    return dict(found)


def _good(rows: Sequence[dict[str, str]], k: int, least: int) -> list[dict[str, str]]:
    fine = {key for key, c in _classes(rows).items() if sum(c.values()) >= k and len(c) >= least}
    return [row for row in rows if tuple(row[name] for name in QUASI) in fine]


def _generalise(actions: Iterable[PersonAction], step: int) -> list[dict[str, str]]:
    _, window, zone, role, shift = STEPS[step]
    return [
        {
            "action": a.action, "shift": a.shift if shift else _ANY, "zone": a.zone if zone else _ANY,
            "window": window(a.when), "role": a.role if role else _ANY,
        }
        for a in actions
    ]  # fmt: skip
