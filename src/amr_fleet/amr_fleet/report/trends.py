"""How the work went by days or weeks: the figures of the shift report for one stretch after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_reports
from amr_fleet.report.period import Period, day_at, week_at

TrendStep = Literal["day", "week"]
MOST_STEPS: Final = 31


@dataclass(frozen=True)
class RobotTrend:
    """A robot in one stretch. availability: share of its time; soc_min: lowest charge, 0..1; None = cannot be said."""

    robot: str
    done: int
    availability: float | None
    soc_min: float | None
    soc_used: float
    faults: int
    interventions: int


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """One stretch: begin <= t < end (fleet s), of which the journal knows `hours`. Definitions: docs/kpis.md.

    late: of with_deadline orders that ended, so many were not done in time; waits: s by wait code, the longest first.
    """

    begin: float
    end: float
    hours: float
    created: int
    done: int
    per_hour: float | None
    service_p95: float | None
    with_deadline: int
    late: int
    wait_share: float | None
    waits: Mapping[str, float]
    availability: float | None
    faults: int
    interventions: int
    robots: Sequence[RobotTrend]


@dataclass(frozen=True)
class TrendOrder:
    """Ask the worker for the last `count` days or weeks, the one in which the journal ends included."""

    step: TrendStep
    count: int
    below: int | None = None

    def make(self, journal: Sequence[JournalEntry], site: Site) -> list[TrendPoint]:
        """Make it; raise report.invalid."""
        return trends(journal, site, self.step, self.count)


def trends(journal: Sequence[JournalEntry], site: Site, step: TrendStep, count: int) -> list[TrendPoint]:
    """Return the last stretches that the journal touches, oldest first. Raise report.invalid: a count out of 1..31."""
    if not 1 <= count <= MOST_STEPS:
        raise AmrError("report.invalid", begin="", end="", reason=f"1 to {MOST_STEPS} at once")
    if not journal:
        return []
    around = day_at if step == "day" else week_at
    periods: list[Period] = []
    t = journal[-1].t
    while len(periods) < count and t >= journal[0].t:
        periods.append(around(t))
        t = periods[-1].begin - 1e-3
    return [_point(report) for report in make_reports(journal, site, periods[::-1])]


def _point(report: Report) -> TrendPoint:
    period: Period = report.period
    return TrendPoint(
        begin=period.begin, end=period.end, hours=report.covered.hours, created=report.created, done=report.done,
        per_hour=report.per_hour, service_p95=report.service.p95, with_deadline=report.with_deadline,
        late=report.with_deadline - report.on_time, wait_share=report.wait_share, waits=report.waits,
        availability=report.availability, faults=report.faults, interventions=report.interventions,
        robots=[
            RobotTrend(r.robot, r.done, r.availability, r.soc_min, r.soc_used, r.faults, r.interventions)
            for r in report.robots
        ],
    )  # fmt: skip
