"""Make a periodic report out of the journal: the same journal, period and texts give the same report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from amr_core.errors import AmrError
from amr_core.numbers import number
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.office import Obstacle, Office
from amr_fleet.fleet_time import UNIX
from amr_fleet.periodic import model as m
from amr_fleet.periodic.kpis import cells
from amr_fleet.periodic.trials import trials
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_report
from amr_fleet.report.period import Period
from amr_fleet.reporting_periods import ReportingPeriod, day_of, period_at
from amr_fleet.vocabulary import KPI_KEYS

OFFICE_KINDS = ("obstacle", "plan", "report")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a report comes from. journal: all entries up to the checkpoint, oldest first.

    clock_begins: when a simulation's clock began (Unix seconds); one that was anchored in the journal goes before it.
    """

    site: Site
    journal: Sequence[JournalEntry]
    checkpoint: m.CheckpointPart | None = None
    clock_begins: float | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether the journal counts from the start of a simulation."""
        return bool(self.journal) and self.journal[-1].t <= UNIX

    @cached_property
    def offset(self) -> float:
        """What has to be added to a time of the journal (s); raise report.no_day for a simulation without a day."""
        if not self.simulated:
            return 0.0
        anchors = (e for e in self.journal if e.kind == "clock_anchor")
        anchor = next((number(e.facts["utc"]) - number(e.facts["fleet_t"]) for e in anchors), self.clock_begins)
        if anchor is None:
            raise AmrError("report.no_day")
        return anchor

    @cached_property
    def office(self) -> Office:
        """What the office wrote down."""
        return office_of(self.journal)


def office_of(journal: Sequence[JournalEntry]) -> Office:
    """Return what the office wrote down."""
    office = Office()
    for entry in journal:
        if entry.kind.partition("_")[0] in OFFICE_KINDS:
            office.apply(entry)
    return office


def make(source: Source, period: ReportingPeriod) -> m.PeriodicReport:
    """Return the report of a period."""
    office, offset = source.office, source.offset
    figures = _figures(source, period.begin, period.end)
    spans: dict[m.SpanName, m.Span] = {"now": _span(figures, source, offset)}
    for name, begin, end in _others(period):
        spans[name] = _span(_figures(source, begin, end), source, offset)
    known, plan = office.file(period.code), office.plans.get(period.code, {})
    seconds = figures.seconds
    return m.PeriodicReport(
        period=_period(period), site=source.site.id, site_name=source.site.name_vi, simulated=source.simulated,
        clock_begins=offset,
        edition=known.edition, state=known.state,
        texts={**office.texts_of(period.code), **source.texts},
        plan={key: plan[key] for key in KPI_KEYS if key in plan},
        spans=spans, bars=_bars(figures, period, offset),
        uses={use: s for use, s in seconds.items() if s > 0}, waits={k: v for k, v in figures.waits.items() if v > 0},
        alarms=dict(figures.alarms), robots=_robots(figures),
        obstacles=_obstacles(office, period, offset),
        trials=trials(source.journal, period.begin - offset, period.end - offset),
        checkpoint=source.checkpoint,
    )  # fmt: skip


def _others(period: ReportingPeriod) -> list[tuple[m.SpanName, float, float]]:
    before, last_year = period.previous(), period.year_before()
    return [
        ("previous", before.begin, before.end),
        ("year_before", last_year.begin, last_year.end),
        ("cumulative", period.whole_year().begin, period.end),
    ]


def _figures(source: Source, begin: float, end: float) -> Report:
    offset = source.offset
    return make_report(source.journal, source.site, Period(begin - offset, end - offset))


def _span(report: Report, source: Source, offset: float) -> m.Span:
    p, c = report.period, report.covered
    return m.Span(
        begin=p.begin + offset, end=p.end + offset, covered_begin=c.begin + offset, covered_end=c.end + offset,
        hours=c.hours, entries=sum(p.begin <= e.t < p.end for e in source.journal), digest=report.digest,
        figures=cells(report),
    )  # fmt: skip


def _period(p: ReportingPeriod) -> m.PeriodPart:
    return m.PeriodPart(
        code=p.code, kind=p.kind, rule=p.rule, year=p.year, number=p.number, first_day=p.first_day.isoformat(),
        last_day=p.last_day.isoformat(), begin=p.begin, end=p.end,
    )  # fmt: skip


def _bars(report: Report, period: ReportingPeriod, offset: float) -> list[m.Bar]:
    """Return orders by day of a month, by month of anything longer; only of time that the journal knows."""
    found: dict[str, list[int]] = {}
    for hour in report.hours:
        t = hour.begin + offset
        month = period_at(t, "month", period.rule).code
        label = day_of(t).isoformat() if period.kind == "month" else month
        counts = found.setdefault(label, [0, 0])
        counts[0] += hour.created
        counts[1] += hour.done
    return [m.Bar(label=label, created=c, done=d) for label, (c, d) in found.items()]


def _robots(report: Report) -> list[m.ReportRobot]:
    return [
        m.ReportRobot(
            robot=r.robot, done=r.done, km=r.metres / 1000.0, availability=r.availability, faults=r.faults,
            interventions=r.interventions,
        )
        for r in report.robots
        if r.robot
    ]  # fmt: skip


def _obstacles(office: Office, period: ReportingPeriod, offset: float) -> list[m.ObstacleRow]:
    """Return those that were opened by the period's end and not dealt with before it began, oldest first."""
    last = period.last_day.isoformat()
    rows = [
        o
        for o in office.obstacles.values()
        if o.opened <= last and (not o.closed_at or o.closed_at + offset >= period.begin)
    ]
    return [_obstacle(o, last) for o in sorted(rows, key=lambda o: (o.opened, o.obstacle_id))]


def _obstacle(o: Obstacle, last_day: str) -> m.ObstacleRow:
    return m.ObstacleRow(
        obstacle_id=o.obstacle_id, opened=o.opened, source=o.source, kind=o.kind, text=o.text,
        effect_kpi=o.effect_kpi, effect_amount=o.effect_amount, asked_of=o.asked_of, proposal=o.proposal,
        owner=o.owner, due=o.due, state=o.state, overdue=o.overdue(last_day),
        answers=[m.AnswerRow(document=a.document, date=a.date, text=a.text) for a in o.answers],
    )  # fmt: skip
