"""What the page of periodic reports asks for, made out of a journal: here, or in the process that makes reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.office import Obstacle, ReportFile
from amr_fleet.periodic.build import Source, make, office_of
from amr_fleet.periodic.model import CheckpointPart, PeriodicReport
from amr_fleet.reporting_periods import PeriodKind, PeriodRule, ReportingPeriod, period_at

FileFormat = Literal["docx", "pdf", "json"]
MOST_PERIODS: Final[Mapping[PeriodKind, int]] = {"month": 13, "quarter": 8, "half": 4, "year": 3}


@dataclass(frozen=True)
class PeriodState:
    """A period and how far its report has come."""

    period: ReportingPeriod
    file: ReportFile


@dataclass(frozen=True)
class Draft:
    """A period's report, the texts of the one before beside it, and how far it has come."""

    report: PeriodicReport
    before: Mapping[str, str]
    file: ReportFile


@dataclass(frozen=True)
class PeriodsOrder:
    """The newest periods of a kind, the running one first. begins: when a simulation's clock began (Unix seconds)."""

    kind: PeriodKind
    begins: float
    rule: PeriodRule = "legal"
    below: int | None = None

    def make(self, journal: Sequence[JournalEntry], site: Site) -> list[PeriodState]:
        """Make the list."""
        source = Source(site=site, journal=journal, clock_begins=self.begins)
        office = source.office
        period = period_at(journal[-1].t + source.offset if journal else self.begins, self.kind, self.rule)
        found = []
        for _ in range(MOST_PERIODS[self.kind]):
            found.append(PeriodState(period, office.file(period.code)))
            period = period.previous()
        return found


@dataclass(frozen=True)
class DraftOrder:
    """A period's report as it would be now."""

    code: str
    begins: float
    rule: PeriodRule = "legal"
    below: int | None = None

    def make(self, journal: Sequence[JournalEntry], site: Site) -> Draft:
        """Make the draft; raise report.bad_period or report.no_day."""
        period = ReportingPeriod.parse(self.code, self.rule)
        source = Source(site=site, journal=journal, clock_begins=self.begins)
        office, report = source.office, make(source, period)
        return Draft(report, office.texts.get(period.previous().code, {}), office.file(period.code))


@dataclass(frozen=True)
class ObstaclesOrder:
    """The register, the oldest first."""

    below: int | None = None

    def make(self, journal: Sequence[JournalEntry], _site: Site) -> list[Obstacle]:
        """Make the list."""
        return sorted(office_of(journal).obstacles.values(), key=lambda o: (o.opened, o.obstacle_id))


@dataclass(frozen=True)
class PrintOrder:
    """Files of a period's report, out of the journal up to a checkpoint. signed: only of one that was signed."""

    code: str
    kinds: tuple[FileFormat, ...]
    checkpoint: CheckpointPart
    begins: float
    signed: bool = False
    rule: PeriodRule = "legal"

    @property
    def below(self) -> int:
        """The entries that the checkpoint covers."""
        return self.checkpoint.size

    def make(self, journal: Sequence[JournalEntry], site: Site) -> tuple[dict[FileFormat, bytes], ReportFile]:
        """Return the files and how far the report had come; raise report.* for what is not to be printed."""
        period = ReportingPeriod.parse(self.code, self.rule)
        source = Source(site=site, journal=journal, checkpoint=self.checkpoint, clock_begins=self.begins)
        known = source.office.file(period.code)
        if self.signed and known.state != "signed":
            raise AmrError("report.wrong_step", period=period.code, state=known.state, step="file")
        report = make(source, period)
        return {kind: _print(kind, report) for kind in self.kinds}, known


def _print(kind: FileFormat, report: PeriodicReport) -> bytes:
    if kind == "json":
        return report.to_json()
    if kind == "pdf":
        from amr_fleet.periodic.pdf_file import pdf  # a server that prints nothing does not load the typesetter

        return pdf(report)
    from amr_fleet.periodic.docx_file import docx

    return docx(report)
