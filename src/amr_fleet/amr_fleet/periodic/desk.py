"""What the page of periodic reports asks: which there are, one as a draft with the one before, its files, filing it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.office import Obstacle, ReportFile
from amr_fleet.files_at_once import write_all
from amr_fleet.periodic.build import Source, make, office_of
from amr_fleet.periodic.model import CheckpointPart, PeriodicReport
from amr_fleet.reporting_periods import PeriodKind, PeriodRule, ReportingPeriod, day_of, midnight, period_at

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
class Printed:
    """The files of a report, by format, with the tree that they were made from."""

    files: Mapping[FileFormat, bytes]
    checkpoint: CheckpointPart
    paths: Mapping[FileFormat, Path] = field(default_factory=dict)

    def sha256(self, kind: FileFormat) -> str:
        """Return the SHA-256 of a file."""
        return hashlib.sha256(self.files[kind]).hexdigest()

    def remove(self) -> None:
        """Remove the files that were kept: the report did not go out."""
        for path in self.paths.values():
            path.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class ReportDesk:
    """Blocking reads for one reader thread.

    read: all entries, oldest first; signed: the tree as it is now, with the entries in it; folder: where filed reports
    are kept, None = nowhere; today: Unix seconds, on whose day a simulation's clock began.
    """

    site: Site
    read: Callable[[], Sequence[JournalEntry]]
    signed: Callable[[], tuple[CheckpointPart, Sequence[JournalEntry]]]
    today: Callable[[], float]
    folder: Path | None = None
    rule: PeriodRule = "legal"

    def periods(self, kind: PeriodKind) -> list[PeriodState]:
        """Return the newest periods of a kind, the running one first."""
        journal = self.read()
        source = self._source(journal)
        office = source.office
        last = journal[-1].t + source.offset if journal else self.today()
        found, period = [], period_at(last, kind, self.rule)
        for _ in range(MOST_PERIODS[kind]):
            found.append(PeriodState(period, office.file(period.code)))
            period = period.previous()
        return found

    def draft(self, code: str) -> Draft:
        """Return a period's report as it would be now."""
        period = ReportingPeriod.parse(code, self.rule)
        source = self._source(self.read())
        office, report = source.office, make(source, period)
        return Draft(report, office.texts.get(period.previous().code, {}), office.file(period.code))

    def obstacles(self) -> list[Obstacle]:
        """Return the register, the oldest first."""
        found = office_of(self.read()).obstacles.values()
        return sorted(found, key=lambda o: (o.opened, o.obstacle_id))

    def printed(self, code: str, *kinds: FileFormat) -> Printed:
        """Return files of a period's report as it is now."""
        checkpoint, journal = self.signed()
        source = self._source(journal, checkpoint)
        report = make(source, ReportingPeriod.parse(code, self.rule))
        return Printed({kind: _print(kind, report) for kind in kinds}, checkpoint)

    def keep(self, code: str) -> Printed:
        """Print a signed report and keep its files; raise report.not_written and leave nothing when that fails."""
        period = ReportingPeriod.parse(code, self.rule)
        known = office_of(self.read()).file(period.code)
        if known.state != "signed":
            raise AmrError("report.wrong_step", period=period.code, state=known.state, step="file")
        if self.folder is None:
            raise AmrError("report.not_written", path="reports", reason="this fleet keeps its journal in memory")
        made = self.printed(code, "docx", "pdf", "json")
        paths = {kind: self._path(period.code, known.edition, kind) for kind in made.files}
        write_all({paths[kind]: content for kind, content in made.files.items()})
        return Printed(made.files, made.checkpoint, paths)

    def kept(self, code: str, edition: int, kind: FileFormat) -> bytes:
        """Return a file as it was filed; raise request.not_found when it is gone."""
        path = self._path(ReportingPeriod.parse(code, self.rule).code, edition, kind) if self.folder else None
        if path is None or not path.is_file():
            raise AmrError("request.not_found", path=f"{code} {edition} {kind}"[:100])
        return path.read_bytes()

    def _path(self, code: str, edition: int, kind: FileFormat) -> Path:
        return (self.folder or Path()) / f"bao-cao-{code}-{edition}.{kind}"

    def _source(self, journal: Sequence[JournalEntry], checkpoint: CheckpointPart | None = None) -> Source:
        begins = midnight(day_of(self.today()))
        return Source(site=self.site, journal=journal, checkpoint=checkpoint, clock_begins=begins)


def _print(kind: FileFormat, report: PeriodicReport) -> bytes:
    if kind == "json":
        return report.to_json()
    if kind == "pdf":
        from amr_fleet.periodic.pdf_file import pdf  # a server that prints nothing does not load the typesetter

        return pdf(report)
    from amr_fleet.periodic.docx_file import docx

    return docx(report)
