"""What a periodic report says, as one value: DOCX, PDF and page are made of it, and each file carries it.

Times in Unix seconds, also those of a simulation, whose clock began at `clock_begins`. Figures in the units of
`kpis.KPIS`.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, ValidationError

from amr_core.errors import AmrError
from amr_fleet.periodic.kpis import Cell
from amr_fleet.report.figures import USES
from amr_fleet.reporting_periods import PeriodKind, PeriodRule
from amr_fleet.vocabulary import KPI_KEYS, KpiKey, ObstacleKind, ObstacleSource, ObstacleState, ReportState

FORMAT: Final = "amr-periodic-report/1"
SpanName = Literal["now", "previous", "year_before", "cumulative"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PeriodPart(_Part):
    """The period: its code, days (ISO) and moments."""

    code: str
    kind: PeriodKind
    rule: PeriodRule
    year: int
    number: int
    first_day: str
    last_day: str
    begin: float
    end: float


class Span(_Part):
    """The figures of one stretch of time. hours: what the journal knows of it; digest: SHA-256 of its entries."""

    begin: float
    end: float
    covered_begin: float
    covered_end: float
    hours: float
    entries: int
    digest: str
    figures: dict[KpiKey, Cell]


class Bar(_Part):
    """Orders of one day (ISO day) or of one month (2027-01)."""

    label: str
    created: int
    done: int


class ReportRobot(_Part):
    """One robot in the period. km, shares 0..1."""

    robot: str
    done: int
    km: float
    availability: float | None
    faults: int
    interventions: int


class AnswerRow(_Part):
    """What an authority answered."""

    document: str
    date: str
    text: str


class ObstacleRow(_Part):
    """One obstacle that was open in the period. overdue: on the period's last day."""

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
    overdue: bool
    answers: list[AnswerRow]


class TrialRow(_Part):
    """A controlled trial that was in force in the period. suspensions, breaches, incidents: counts in the period."""

    trial_id: str
    title: str
    state: str
    suspensions: int
    breaches: int
    incidents: int


class CheckpointPart(_Part):
    """The journal's tree that the figures were taken from. note: signed, "" without a key; key: who can check it."""

    origin: str
    size: int
    root: str
    note: str
    key: str


class PeriodicReport(_Part):
    """All of it."""

    format: str = FORMAT
    period: PeriodPart
    site: str
    site_name: str
    simulated: bool
    clock_begins: float
    edition: int
    state: ReportState
    texts: dict[str, str]
    plan: dict[KpiKey, float]
    spans: dict[SpanName, Span]
    bars: list[Bar]
    uses: dict[str, float]
    waits: dict[str, float]
    alarms: dict[str, int]
    robots: list[ReportRobot]
    obstacles: list[ObstacleRow]
    trials: list[TrialRow]
    checkpoint: CheckpointPart | None

    @property
    def now(self) -> Span:
        """The period itself."""
        return self.spans["now"]

    @property
    def targets(self) -> list[tuple[KpiKey, float]]:
        """The plan, in the order of the figures: a dict that was read back has its names in the order of letters."""
        return [(key, self.plan[key]) for key in KPI_KEYS if key in self.plan]

    @property
    def time_by_use(self) -> list[tuple[str, float]]:
        """What robots' time went into (s), in the order of the charts."""
        return [(use, self.uses[use]) for use in USES if use in self.uses]

    @property
    def time_by_cause(self) -> list[tuple[str, float]]:
        """Why robots waited (s), the longest first."""
        return sorted(self.waits.items(), key=lambda item: (-item[1], item[0]))

    @property
    def empty(self) -> bool:
        """Whether the journal knows nothing of the period."""
        return self.now.hours <= 0

    def to_json(self) -> bytes:
        """Return it as canonical JSON (RFC 8785): the same report, the same bytes."""
        return rfc8785.dumps(self.model_dump(mode="json"))

    def sha256(self) -> str:
        """Return the SHA-256 of its JSON."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @classmethod
    def from_json(cls, content: bytes, file: str) -> PeriodicReport:
        """Read what `to_json` wrote; raise report.not_ours."""
        try:
            found = cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])[:80]
            raise AmrError("report.not_ours", file=file, reason=f"{where}: {first['msg']}") from error
        if found.format != FORMAT:
            raise AmrError("report.not_ours", file=file, reason=f"it is {found.format[:40]}, not {FORMAT}")
        return found
