"""How a robot was over days, by hours: its link, its localisation and its battery, from what the journal counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.numbers import is_number
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.timekeeping import AGES
from amr_fleet.fleet_time import DAY_S, HOUR_S, LOCAL, UNIX

HealthDays = Literal[7, 30]
STEPS: Final[dict[HealthDays, float]] = {7: HOUR_S, 30: 6 * HOUR_S}
"""s that one point is of."""
SLOW_S: Final = 2.0
"""s from which a state is old: robots report at least once a second."""


@dataclass(frozen=True, kw_only=True)
class HealthPoint:
    """One robot in begin <= t < end (fleet s); known: s of it that were counted.

    linked: share of them in which its states came in time; offline, unsure: s in which it was not heard, did not know
    where it is. soc_min, score, score_min (mean, least sureness of its place): 0..1. None = nobody counted that.
    """

    begin: float
    end: float
    known: float
    linked: float
    offline: float
    soc_min: float | None
    score: float | None
    score_min: float | None
    unsure: float


@dataclass
class _Sum:
    known: float = 0.0
    offline: float = 0.0
    slow: float = 0.0
    soc_min: float | None = None
    scored: float = 0.0
    score: float = 0.0
    score_min: float | None = None
    unsure: float = 0.0

    def add(self, entry: JournalEntry) -> None:
        f = entry.facts
        seconds = max(0.0, entry.t - _number(f.get("from"), entry.t))
        self.known += seconds
        self.offline += min(seconds, max(0.0, _number(f.get("offline"))))
        self.slow += sum(max(0.0, _number(f.get(f"age.{edge:g}"))) for edge in AGES if edge > SLOW_S)
        if "soc_min" in f:
            self.soc_min = min(_number(f["soc_min"], 1.0), 1.0 if self.soc_min is None else self.soc_min)
        if "score_min" in f:
            self.score_min = min(_number(f["score_min"], 1.0), 1.0 if self.score_min is None else self.score_min)
            self.score += _number(f.get("score"), 1.0) * seconds
            self.scored += seconds
        self.unsure += max(0.0, _number(f.get("unsure")))


def health(entries: Iterable[JournalEntry], now: float, days: HealthDays) -> list[HealthPoint]:
    """Return the points of the last days that something is known of, oldest first.

    entries: `robot_time` of one robot, in any order; those of another clock, or of before, are left out.
    """
    step, sums = STEPS[days], defaultdict[float, _Sum](_Sum)
    for entry in entries:
        begin = _number(entry.facts.get("from"), entry.t)
        if now - days * DAY_S <= begin <= entry.t <= now + 1.0 and entry.t > begin:
            sums[_stretch(begin, step)].add(entry)
    return [_point(begin, begin + step, one) for begin, one in sorted(sums.items()) if one.known > 0.0]


def _stretch(t: float, step: float) -> float:
    """Return the begin of the stretch that a fleet second is in; on site, stretches begin with the local day."""
    offset = LOCAL.utcoffset(None).total_seconds() if t > UNIX else 0.0
    return (t + offset) // step * step - offset


def _point(begin: float, end: float, one: _Sum) -> HealthPoint:
    bad = min(one.known, one.offline + one.slow)
    return HealthPoint(
        begin=begin, end=end, known=one.known, linked=1.0 - bad / one.known, offline=one.offline,
        soc_min=one.soc_min, score=one.score / one.scored if one.scored > 0.0 else None, score_min=one.score_min,
        unsure=one.unsure,
    )  # fmt: skip


def _number(value: object, otherwise: float = 0.0) -> float:
    return float(value) if is_number(value) else otherwise
