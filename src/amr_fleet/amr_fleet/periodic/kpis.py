"""The figures of a periodic report: each with its unit and interval, taken from the shift report's figures.

`docs/kpis.md` defines them; nothing is counted here. Intervals are 95 %: of a share by Wilson's score, of a mean by the
half width that the figures carry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from amr_fleet.report.figures import Report, Spread
from amr_fleet.vocabulary import KpiKey

Better = Literal["more", "less", ""]
KpiUnit = Literal[
    "order", "order_per_hour", "percent", "minute", "hour", "count", "km", "kwh", "wh", "per_100_km", "trip"
]
_Z: Final = 1.959964  # of the normal distribution, for 95 %


class Cell(BaseModel):
    """A figure in its unit; None = cannot be said. n: of how many; low, high: its 95 % interval."""

    model_config = ConfigDict(frozen=True)
    value: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class KpiRule:
    """How a figure is taken from a report. digits: of the printed number; better: which way is good, "" = neither."""

    unit: KpiUnit
    digits: int
    better: Better
    of: Callable[[Report], Cell]


def _plain(name: str, scale: float = 1.0) -> Callable[[Report], Cell]:
    def of(report: Report) -> Cell:
        value = getattr(report, name) if report.covered.hours > 0 else None
        return Cell(value=None if value is None else value * scale)

    return of


def _count(name: str) -> Callable[[Report], Cell]:
    """A count is only known for time that the journal knows."""

    def of(report: Report) -> Cell:
        return Cell(value=float(getattr(report, name)) if report.covered.hours > 0 else None)

    return of


def _technical(name: str) -> Callable[[Report], Cell]:
    def of(report: Report) -> Cell:
        return Cell(value=float(getattr(report.technical, name)) if report.covered.hours > 0 else None)

    return of


def _spreads(name: str) -> Callable[[Report], Cell]:
    def of(report: Report) -> Cell:
        spread: Spread = getattr(report.technical, name)
        return Cell(value=float(spread.n) if report.covered.hours > 0 else None)

    return of


def _mean(name: str) -> Callable[[Report], Cell]:
    """The mean of a spread of seconds, in minutes."""

    def of(report: Report) -> Cell:
        s: Spread = getattr(report, name)
        if s.mean is None:
            return Cell(n=s.n)
        low, high = (None, None) if s.ci95 is None else (max(0.0, s.mean - s.ci95) / 60.0, (s.mean + s.ci95) / 60.0)
        return Cell(value=s.mean / 60.0, n=s.n, low=low, high=high)

    return of


def _p95(report: Report) -> Cell:
    s = report.service
    return Cell(value=None if s.p95 is None else s.p95 / 60.0, n=s.n)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % interval of a share part / whole; raise ValueError for an empty whole."""
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share")
    p, z2 = part / whole, _Z * _Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def _on_time(report: Report) -> Cell:
    n = report.with_deadline
    if n == 0:
        return Cell(n=0)
    low, high = wilson(report.on_time, n)
    return Cell(value=100.0 * report.on_time / n, n=n, low=100.0 * low, high=100.0 * high)


def _loads(report: Report) -> Cell:
    t = report.technical
    return Cell(value=float(t.wrong_loads), n=t.labels_read) if report.covered.hours > 0 else Cell()


def _energy(report: Report) -> Cell:
    return Cell(value=report.energy_wh / 1000.0 if report.covered.hours > 0 else None)


KPIS: Final[Mapping[KpiKey, KpiRule]] = {
    "created": KpiRule("order", 0, "", _count("created")),
    "done": KpiRule("order", 0, "more", _count("done")),
    "failed": KpiRule("order", 0, "less", _count("failed")),
    "cancelled": KpiRule("order", 0, "less", _count("cancelled")),
    "open_at_end": KpiRule("order", 0, "", _count("open_at_end")),
    "per_hour": KpiRule("order_per_hour", 1, "more", _plain("per_hour")),
    "on_time": KpiRule("percent", 1, "more", _on_time),
    "service_mean": KpiRule("minute", 1, "less", _mean("service")),
    "service_p95": KpiRule("minute", 1, "less", _p95),
    "allocation_mean": KpiRule("minute", 1, "less", _mean("allocation")),
    "wait_share": KpiRule("percent", 1, "less", _plain("wait_share", 100.0)),
    "availability": KpiRule("percent", 1, "more", _plain("availability", 100.0)),
    "mtbf": KpiRule("hour", 1, "more", _plain("mtbf", 1 / 3600.0)),
    "mttr": KpiRule("minute", 1, "less", _mean("repair")),
    "faults": KpiRule("count", 0, "less", _count("faults")),
    "interventions": KpiRule("count", 0, "less", _count("interventions")),
    "interventions_per_100_km": KpiRule("per_100_km", 1, "less", _plain("interventions_per_100_km")),
    "deadlocks": KpiRule("count", 0, "less", _count("deadlocks")),
    "attempts_failed": KpiRule("count", 0, "less", _count("attempts_failed")),
    "protective_stops": KpiRule("count", 0, "less", _technical("protective_stops")),
    "emergency_stops": KpiRule("count", 0, "less", _technical("emergency_stops")),
    "halts": KpiRule("count", 0, "", _technical("halts")),
    "missions": KpiRule("trip", 0, "", _count("missions")),
    "metres": KpiRule("km", 2, "", _plain("metres", 1e-3)),
    "metres_loaded": KpiRule("km", 2, "more", _plain("metres_loaded", 1e-3)),
    "charges": KpiRule("count", 0, "", _count("charges")),
    "energy": KpiRule("kwh", 1, "", _energy),
    "wh_per_order": KpiRule("wh", 0, "less", _plain("wh_per_order")),
    "camera_zones": KpiRule("count", 0, "", _spreads("camera_zones")),
    "links_lost": KpiRule("count", 0, "less", _spreads("links")),
    "wrong_loads": KpiRule("count", 0, "less", _loads),
}


def cells(report: Report) -> dict[KpiKey, Cell]:
    """Return every figure of a report."""
    return {key: kpi.of(report) for key, kpi in KPIS.items()}
