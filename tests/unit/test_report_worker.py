"""The process that makes reports: same bytes as here, its limits, its end, who waits and who is refused."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest
from amr_fleet.report.worker import OF_A_CLIENT, WAITING, ReportOrder, ReportWorker, make

SITE = load_site("lab")
WISH = OrderRequest(pick_place="D1", drop_place="A1")
JOURNAL = [
    JournalEntry(t=21700.0, kind="order_created", order_id="T1", facts=facts_of(WISH)),
    JournalEntry(t=21800.0, kind="order_done", order_id="T1", robot="amr_01"),
]
SHIFT = ReportOrder("pdf", 21600.0, 50400.0)


def read(_where: str) -> Sequence[JournalEntry]:
    return JOURNAL


def read_slowly(where: str) -> Sequence[JournalEntry]:
    """Note that it was read, then take as long as the file says."""
    with Path(where).open("a", encoding="utf-8") as file:
        file.write("x")
    time.sleep(float(Path(f"{where}.seconds").read_text(encoding="utf-8")))
    return JOURNAL


def read_too_much(_where: str) -> Sequence[JournalEntry]:
    eaten = [bytes(2**26) for _ in range(4096)]
    return JOURNAL[len(eaten) :]


def die(_where: str) -> Sequence[JournalEntry]:
    os._exit(9)


def note_limits(where: str) -> Sequence[JournalEntry]:
    score = Path("/proc/self/oom_score_adj").read_text(encoding="ascii").strip()
    Path(where).write_text(f"{os.nice(0)} {score}", encoding="utf-8")
    return JOURNAL


@contextlib.contextmanager
def worker(
    reading: object = read, where: str = "", seconds: float = 60.0, mebibytes: int = 1024
) -> Iterator[ReportWorker]:
    made = ReportWorker(SITE, where, reading, seconds=seconds, mebibytes=mebibytes)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def slow(tmp_path: Path, seconds: float) -> str:
    (tmp_path / "journal.seconds").write_text(str(seconds))
    return str(tmp_path / "journal")


def test_the_report_is_the_one_that_is_made_here() -> None:
    with worker() as reports:
        assert reports.ask(SHIFT).result(60.0) == make(JOURNAL, SITE, SHIFT)
        figures = reports.ask(ReportOrder("figures", 21600.0, 50400.0)).result(60.0)
        assert figures == make(JOURNAL, SITE, ReportOrder("figures", 21600.0, 50400.0))
        workbook = reports.ask(ReportOrder("xlsx", None, None, "en")).result(60.0)
        assert isinstance(workbook, bytes)
        assert workbook.startswith(b"PK")
        with pytest.raises(AmrError, match=r"report\.invalid"):
            reports.ask(ReportOrder("pdf", 5.0, 4.0)).result(60.0)
        assert reports.ask(SHIFT).result(60.0), "an error of one report is nothing to the next"


def test_one_that_takes_too_long_is_ended_and_the_next_one_works(tmp_path: Path) -> None:
    where = slow(tmp_path, 600.0)
    with worker(read_slowly, where, seconds=6.0) as reports:
        began = time.monotonic()
        with pytest.raises(AmrError, match=r"report\.too_large"):
            reports.ask(SHIFT).result(60.0)
        assert time.monotonic() - began < 30.0
        slow(tmp_path, 0.0)
        reports._seconds = 60.0
        assert reports.ask(SHIFT).result(60.0)


@pytest.mark.parametrize("reading", [read_too_much, die])
def test_one_that_eats_the_memory_or_dies_is_an_error_of_that_report(reading: object) -> None:
    with worker(reading, mebibytes=256) as reports, pytest.raises(AmrError) as found:
        reports.ask(SHIFT).result(60.0)
    assert found.value.code == "report.too_large"
    assert found.value.facts["mebibytes"] == 256


def test_the_same_report_asked_for_at_once_is_made_once(tmp_path: Path) -> None:
    where = slow(tmp_path, 1.0)
    with worker(read_slowly, where) as reports:
        answers = [reports.ask(SHIFT, f"client {i}") for i in range(40)]
        wait(answers, 60.0)
        assert len({answer.result() for answer in answers}) == 1
        assert Path(where).read_text() == "x"


def test_who_asks_for_too_many_is_refused_and_others_are_not(tmp_path: Path) -> None:
    where = slow(tmp_path, 600.0)
    with worker(read_slowly, where) as reports:
        orders = iter(ReportOrder("pdf", float(i), 50400.0) for i in range(100))
        for _ in range(OF_A_CLIENT):
            reports.ask(next(orders), "flood")
        with pytest.raises(AmrError, match=r"request\.too_many"):
            reports.ask(next(orders), "flood")
        for i in range(WAITING - OF_A_CLIENT):
            reports.ask(next(orders), f"client {i}")
        with pytest.raises(AmrError, match=r"request\.too_many"):
            reports.ask(next(orders), "one more")
    with pytest.raises(AmrError, match=r"request\.too_many"):
        reports.ask(SHIFT)


def test_close_ends_the_process_at_once(tmp_path: Path) -> None:
    where = slow(tmp_path, 600.0)
    with worker(read_slowly, where) as reports:
        asked = reports.ask(SHIFT)
        end = time.monotonic() + 60.0
        while not Path(where).exists() and time.monotonic() < end:
            time.sleep(0.05)
        assert reports._pool is not None
        (process,) = list(reports._pool._processes.values())
    end = time.monotonic() + 20.0
    while process.is_alive() and time.monotonic() < end:  # the pool's own thread may be waiting for it, too
        time.sleep(0.05)
    assert not process.is_alive()
    with pytest.raises(AmrError):
        asked.result(10.0)


def test_it_is_nice_and_the_first_to_go_when_memory_runs_out(tmp_path: Path) -> None:
    with worker(note_limits, str(tmp_path / "note")) as reports:
        assert reports.ask(ReportOrder("figures", 21600.0, 50400.0)).result(60.0)
    nice, score = map(int, (tmp_path / "note").read_text().split())
    assert (nice >= min(19, os.nice(0) + 10), score) == (True, 1000)
