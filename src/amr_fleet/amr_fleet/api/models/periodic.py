"""Periodic reports: figures with plan and comparison, texts, obstacles, and how far a report has come.

Times in Unix seconds, also those of a simulation; days are ISO days of Vietnam (UTC+7).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from amr_fleet.api.models.base import Answer, RequestBody
from amr_fleet.periodic import narrative
from amr_fleet.periodic import words as w
from amr_fleet.periodic.kpis import KPIS, Better, KpiUnit
from amr_fleet.periodic.order import Draft, PeriodState
from amr_fleet.reporting_periods import PeriodKind
from amr_fleet.vocabulary import KpiKey, ObstacleKind, ObstacleSource, ObstacleState, ReportState

_Text = Annotated[str, StringConstraints(max_length=4000)]
_Line = Annotated[str, StringConstraints(max_length=200)]
_Day = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class PeriodLine(Answer):
    """A period and how far its report has come."""

    code: str
    name_vi: str
    kind: PeriodKind
    first_day: str
    last_day: str
    state: ReportState
    edition: int


class PeriodList(Answer):
    """The newest periods of one kind, the running one first."""

    periods: list[PeriodLine]

    @classmethod
    def of(cls, found: list[PeriodState]) -> PeriodList:
        """Return it for the page."""
        return cls(
            periods=[
                PeriodLine(
                    code=one.period.code, name_vi=w.name_of(one.period), kind=one.period.kind,
                    first_day=one.period.first_day.isoformat(), last_day=one.period.last_day.isoformat(),
                    state=one.file.state, edition=one.file.edition,
                )
                for one in found
            ]
        )  # fmt: skip


class ReportCell(Answer):
    """A figure; null = cannot be said. n: of how many; low, high: 95 % interval."""

    value: float | None
    n: int | None
    low: float | None
    high: float | None


class KpiRow(Answer):
    """One figure: plan, this period and what it is compared with. met: the plan is met, null = cannot be said."""

    key: KpiKey
    unit: KpiUnit
    digits: int
    better: Better
    plan: float | None
    met: bool | None
    now: ReportCell
    previous: ReportCell
    year_before: ReportCell
    cumulative: ReportCell


class ReportRemark(Answer):
    """What a person said, or did with the report (step), at a fleet second."""

    t: float
    user: str
    text: str
    step: str


class FiledReport(Answer):
    """A report that went out, with the SHA-256 of its files and the tree that it was made from."""

    t: float
    user: str
    edition: int
    number: str
    date: str
    docx_sha256: str
    pdf_sha256: str
    size: int
    root: str


class ObstacleReply(Answer):
    """An authority's answer."""

    document: str
    date: str
    text: str


class ObstacleLine(Answer):
    """One obstacle of the register."""

    obstacle_id: str
    opened: str
    source: ObstacleSource
    kind: ObstacleKind
    text: str
    effect_kpi: str
    effect_amount: float
    asked_of: str
    proposal: str
    owner: str
    due: str
    state: ObstacleState
    answers: list[ObstacleReply]


class ObstacleList(Answer):
    """The register, the oldest first."""

    obstacles: list[ObstacleLine]


class PeriodicDraft(Answer):
    """A period's report as it would be printed now. before: texts of the period before.

    sentences: what is said of the figures by rule, in Vietnamese; hours: what the journal knows of the period.
    """

    code: str
    previous: str
    name_vi: str
    kind: PeriodKind
    first_day: str
    last_day: str
    state: ReportState
    edition: int
    submitted_by: str
    signed_by: str
    simulated: bool
    clock_begins: float
    hours: float
    rows: list[KpiRow]
    sentences: list[str]
    texts: dict[str, str]
    before: dict[str, str]
    overdue: list[str]
    remarks: list[ReportRemark]
    filed: list[FiledReport]

    @classmethod
    def of(cls, draft: Draft, previous: str) -> PeriodicDraft:
        """Return it for the page."""
        report, file = draft.report, draft.file
        p = report.period
        return cls(
            code=p.code, previous=previous, name_vi=w.period_name(p.kind, p.year, p.number), kind=p.kind,
            first_day=p.first_day, last_day=p.last_day, state=file.state, edition=file.edition,
            submitted_by=file.submitted_by, signed_by=file.signed_by, simulated=report.simulated,
            clock_begins=report.clock_begins, hours=report.now.hours, rows=[_row(draft, key) for key in KPIS],
            sentences=[*narrative.results(report), *narrative.safety(report)], texts=report.texts,
            before=dict(draft.before), overdue=[o.obstacle_id for o in report.obstacles if o.overdue],
            remarks=[ReportRemark.model_validate(remark) for remark in file.remarks],
            filed=[FiledReport.model_validate(filed) for filed in file.filed],
        )  # fmt: skip


def _row(draft: Draft, key: KpiKey) -> KpiRow:
    report = draft.report
    spans = {name: ReportCell.model_validate(span.figures[key]) for name, span in report.spans.items()}
    plan = report.plan.get(key)
    met = None if plan is None else narrative.attained(key, spans["now"].value, plan)
    rule = KPIS[key]
    return KpiRow(
        key=key, unit=rule.unit, digits=rule.digits, better=rule.better, plan=plan, met=met, now=spans["now"],
        previous=spans["previous"], year_before=spans["year_before"], cumulative=spans["cumulative"],
    )  # fmt: skip


class ReportTextBody(RequestBody):
    """Body of PUT /periodic/{period}/texts: one field of the report."""

    field: _Line
    text: _Text


class PlanBody(RequestBody):
    """Body of PUT /periodic/{period}/plan: the target of a figure in its unit, null removes it."""

    kpi: KpiKey
    target: Annotated[float, Field(ge=0, lt=1e12, allow_inf_nan=False)] | None = None


class RemarkBody(RequestBody):
    """Body of POST /periodic/{period}/remarks."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class ReasonBody(RequestBody):
    """Body of the steps of a report; return and reopen need a reason."""

    text: _Text = ""


class ObstacleBody(RequestBody):
    """Body of POST /obstacles and PUT /obstacles/{id}."""

    opened: _Day
    kind: ObstacleKind
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    source: ObstacleSource = "person"
    effect_kpi: KpiKey | None = None
    effect_amount: Annotated[float, Field(allow_inf_nan=False, gt=-1e12, lt=1e12)] = 0.0
    asked_of: _Line = ""
    proposal: _Text = ""
    owner: _Line = ""
    due: _Day = ""
    state: ObstacleState = "open"


class ObstacleAnswerBody(RequestBody):
    """Body of POST /obstacles/{id}/answers."""

    document: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    date: _Day
    text: _Text = ""
