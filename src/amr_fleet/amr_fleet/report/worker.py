"""Reports of all kinds are made in a process of their own, with limits: what a person prints never holds up the fleet.

The process reads the journal itself, so that not even the reading costs the fleet's process memory or time. Who asks
for the same report at the same time gets the same answer.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeVar

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.one_process import MEBIBYTES, OneProcess, TooHeavyError
from amr_fleet.report.chosen import period_of
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_report
from amr_fleet.report.texts import Lang

SECONDS: Final = 60.0  # for one report, the start of the process included
WAITING: Final = 8  # reports at once, of all clients; they are made one after the other
OF_A_CLIENT: Final = 3

Form = Literal["figures", "pdf", "xlsx"]
ReadJournal = Callable[[str], Sequence[JournalEntry]]
ReadBelow = Callable[[str, int], Sequence[JournalEntry]]
MadeT_co = TypeVar("MadeT_co", covariant=True)
MadeT = TypeVar("MadeT")


class HeavyOrder(Protocol[MadeT_co]):
    """What is made out of a journal in the worker. Small, hashable and frozen: it is sent there, and compared."""

    @property
    def below(self) -> int | None:
        """Only the entries among so many first leaves of the tree; None = all."""

    def make(self, journal: Sequence[JournalEntry], site: Site) -> MadeT_co:
        """Make it; raise AmrError for what cannot be made."""


@dataclass(frozen=True)
class ReportOrder:
    """Which report: figures, or a file of them; begin and end as in Ops.report."""

    form: Form
    begin: float | None = None
    end: float | None = None
    lang: Lang = "vi"
    below: int | None = None

    def make(self, journal: Sequence[JournalEntry], site: Site) -> Report | bytes:
        """Make it; raise report.invalid."""
        return make(journal, site, self)


def make(journal: Sequence[JournalEntry], site: Site, order: ReportOrder) -> Report | bytes:
    """Return a report of a journal; raise report.invalid."""
    figures = make_report(journal, site, period_of(journal, order.begin, order.end))
    if order.form == "figures":
        return figures
    # Loaded where files are made: the process that asks for one never needs what makes them.
    if order.form == "pdf":
        from amr_fleet.report.pdf import pdf

        return pdf(figures, order.lang)
    from amr_fleet.report.excel import excel

    return excel(figures, order.lang)


class ReportWorker(OneProcess):
    """One worker process, started with the first report and kept. Safe to call from several threads."""

    def __init__(
        self,
        site: Site,
        where: str,
        read: ReadJournal,
        below: ReadBelow | None = None,
        *,
        seconds: float = SECONDS,
        mebibytes: int = MEBIBYTES,
    ) -> None:
        """Start nothing yet.

        read(where): the journal's entries; below(where, size): those among the first leaves of the tree, for orders
        that ask for it. Functions of a module: they are called over there.
        """
        super().__init__("fleet_report", mebibytes)
        self._site, self._where, self._read, self._below = site, where, read, below
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open: dict[HeavyOrder[Any], Future[Any]] = {}
        self._of: Counter[str] = Counter()
        self._closed = False

    def ask(self, order: HeavyOrder[MadeT], client: str = "") -> Future[MadeT]:
        """Return the report to come; raise request.too_many when too many wait, or too many of this client.

        It fails with report.too_large when it takes too long or too much memory.
        """
        with self._lock:
            known = self._open.get(order)
            if known is not None:
                return known
            if self._closed or len(self._open) >= WAITING or self._of[client] >= OF_A_CLIENT:
                raise AmrError("request.too_many", seconds=round(self._seconds))
            self._of[client] += 1
            future = self._open[order] = self._turn.submit(self._make, order)
        future.add_done_callback(lambda _: self._done(order, client))
        return future

    def _done(self, order: HeavyOrder[Any], client: str) -> None:
        with self._lock:
            self._open.pop(order, None)
            self._of[client] -= 1
            if self._of[client] <= 0:
                del self._of[client]

    def _make(self, order: HeavyOrder[MadeT]) -> MadeT:
        """Run in the one thread of this worker."""
        try:
            made: MadeT = self._call(self._seconds, _work, self._read, self._below, self._where, self._site, order)
            return made
        except TooHeavyError as error:
            raise AmrError("report.too_large", seconds=round(self._seconds), mebibytes=self._mebibytes) from error

    def close(self) -> None:
        """End the process; what was asked for fails."""
        with self._lock:
            self._closed = True
        super().close()


def _work(read: ReadJournal, below: ReadBelow | None, where: str, site: Site, order: HeavyOrder[MadeT]) -> MadeT:
    if order.below is None:
        return order.make(read(where), site)
    assert below is not None
    return order.make(below(where, order.below), site)
