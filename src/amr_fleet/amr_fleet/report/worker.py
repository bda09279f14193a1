"""Reports of all kinds are made in a process of their own, with limits: what a person prints never holds up the fleet.

The process reads the journal itself, so that not even the reading costs the fleet's process memory or time. It is nice,
may use so much memory and so much time for a report, and is the first that the kernel ends when memory runs out.
Who asks for the same report at the same time gets the same answer.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeVar, cast

from amr_core.child_process import die_with_parent, stay_small
from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.chosen import period_of
from amr_fleet.report.excel import excel
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_report
from amr_fleet.report.pdf import pdf
from amr_fleet.report.texts import Lang

SECONDS: Final = 60.0  # for one report, the start of the process included
MEBIBYTES: Final = 1024  # above what the process needs before it has read anything
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
    return pdf(figures, order.lang) if order.form == "pdf" else excel(figures, order.lang)


class ReportWorker:
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
        self._site, self._where, self._read, self._below = site, where, read, below
        self._seconds, self._mebibytes = seconds, mebibytes
        self._lock = threading.Lock()
        self._open: dict[HeavyOrder[Any], Future[Any]] = {}
        self._of: Counter[str] = Counter()
        self._turn = ThreadPoolExecutor(1, "fleet_report")
        self._pool: ProcessPoolExecutor | None = None
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
        if self._pool is None:
            # spawn: a fork would inherit ROS threads and sockets.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_limit, initargs=(self._mebibytes,))
        try:
            asked = self._pool.submit(_work, self._read, self._below, self._where, self._site, order)
            return cast(MadeT, asked.result(self._seconds))
        except (TimeoutError, BrokenProcessPool, MemoryError) as error:
            self._end_process()
            raise AmrError("report.too_large", seconds=round(self._seconds), mebibytes=self._mebibytes) from error

    def _end_process(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End the process; what was asked for fails."""
        with self._lock:
            self._closed = True
        self._turn.shutdown(wait=False, cancel_futures=True)
        self._end_process()


def _work(read: ReadJournal, below: ReadBelow | None, where: str, site: Site, order: HeavyOrder[Any]) -> Any:
    if order.below is None:
        return order.make(read(where), site)
    assert below is not None
    return order.make(below(where, order.below), site)


def _limit(mebibytes: int) -> None:
    """Be nice, small, and gone with the fleet."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.nice(10)
    stay_small(mebibytes, oom_score=1000)
