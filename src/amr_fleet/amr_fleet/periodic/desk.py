"""What the page of periodic reports asks: which there are, one as a draft with the one before, its files, filing it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.office import ReportFile
from amr_fleet.files_at_once import write_all
from amr_fleet.periodic.model import CheckpointPart
from amr_fleet.periodic.order import DraftOrder, FileFormat, ObstaclesOrder, PeriodsOrder, PrintOrder
from amr_fleet.report.worker import HeavyOrder, ReportWorker
from amr_fleet.reporting_periods import PeriodKind, PeriodRule, ReportingPeriod, day_of, midnight

MadeT = TypeVar("MadeT")


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
    """Says what is to be made, and keeps what was filed.

    worker: the process that makes it; None (a journal in memory) = made here with `make`, a blocking read.
    read: all entries, oldest first; tree: as it is now, signed; below: the entries among the first leaves of it;
    folder: where filed reports are kept, None = nowhere; today: Unix seconds, on whose day a simulation's clock began.
    """

    site: Site
    read: Callable[[], Sequence[JournalEntry]]
    tree: Callable[[], CheckpointPart]
    below: Callable[[int], Sequence[JournalEntry]]
    today: Callable[[], float]
    folder: Path | None = None
    rule: PeriodRule = "legal"
    worker: ReportWorker | None = None

    def make(self, order: HeavyOrder[MadeT]) -> MadeT:
        """Make it in this process."""
        return order.make(self.read() if order.below is None else self.below(order.below), self.site)

    def periods(self, kind: PeriodKind) -> PeriodsOrder:
        """Order the newest periods of a kind, the running one first."""
        return PeriodsOrder(kind, self._begins(), self.rule)

    def draft(self, code: str) -> DraftOrder:
        """Order a period's report as it would be now."""
        return DraftOrder(ReportingPeriod.parse(code, self.rule).code, self._begins(), self.rule)

    def obstacles(self) -> ObstaclesOrder:
        """Order the register."""
        return ObstaclesOrder()

    def printed(self, code: str, *kinds: FileFormat, signed: bool = False) -> PrintOrder:
        """Order files of a period's report as it is now. signed: only of one that was signed."""
        if signed and self.folder is None:
            raise AmrError("report.not_written", path="reports", reason="this fleet keeps its journal in memory")
        period = ReportingPeriod.parse(code, self.rule)
        return PrintOrder(period.code, kinds, self.tree(), self._begins(), signed, self.rule)

    def keep(self, order: PrintOrder, files: Mapping[FileFormat, bytes], known: ReportFile) -> Printed:
        """Keep the files of a signed report; raise report.not_written and leave nothing when that fails."""
        paths = {kind: self._path(order.code, known.edition, kind) for kind in files}
        write_all({paths[kind]: content for kind, content in files.items()})
        return Printed(files, order.checkpoint, paths)

    def kept(self, code: str, edition: int, kind: FileFormat) -> bytes:
        """Return a file as it was filed; raise request.not_found when it is gone."""
        path = self._path(ReportingPeriod.parse(code, self.rule).code, edition, kind) if self.folder else None
        if path is None or not path.is_file():
            raise AmrError("request.not_found", path=f"{code} {edition} {kind}"[:100])
        return path.read_bytes()

    def _path(self, code: str, edition: int, kind: FileFormat) -> Path:
        return (self.folder or Path()) / f"bao-cao-{code}-{edition}.{kind}"

    def _begins(self) -> float:
        return midnight(day_of(self.today()))
