"""Periodic reports are made in the process that makes reports: the same bytes as here, its limits, one for many."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import facts_of
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.periodic.order import PrintOrder
from amr_fleet.periodic.stored import desk_of_store
from amr_fleet.ports import OrderRequest
from amr_fleet.report.worker import OF_A_CLIENT, HeavyOrder, ReportWorker
from amr_fleet.reporting_periods import ReportingPeriod
from amr_fleet.store.journal import JournalStore, read_entries, read_entries_below

SITE = load_site("lab")
PERIOD = ReportingPeriod.parse("2027-01")
WISH = OrderRequest(pick_place="D1", drop_place="A1")


def entries(first: int, count: int) -> list[JournalEntry]:
    """Return orders of January 2027, one an hour."""
    found = []
    for number in range(first, first + count):
        t, name = PERIOD.begin + 3600.0 * number, f"T{number}"
        found.append(JournalEntry(t=t, kind="order_created", order_id=name, facts=facts_of(WISH)))
        found.append(JournalEntry(t=t + 300.0, kind="order_done", order_id=name, robot="amr_01"))
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JournalStore]:
    with closing(JournalStore(str(tmp_path / "journal.sqlite3"))) as one:
        one.own(0.0)
        one.append(entries(1, 5))
        yield one


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[ReportWorker]:
    where = str(tmp_path / "journal.sqlite3")
    with closing(ReportWorker(SITE, where, read_entries, read_entries_below)) as one:
        yield one


@pytest.fixture
def desk(store: JournalStore, worker: ReportWorker, tmp_path: Path) -> ReportDesk:
    return desk_of_store(SITE, store, str(tmp_path / "journal.sqlite3"), worker)


def test_lists_drafts_and_files_are_those_that_are_made_here(desk: ReportDesk, worker: ReportWorker) -> None:
    asked: list[HeavyOrder[object]] = [desk.periods("month"), desk.draft("2027-01"), desk.obstacles()]
    for order in asked:
        assert worker.ask(order).result(60.0) == desk.make(order)
    printing = desk.printed("2027-01", "pdf", "docx", "json")
    there, here = worker.ask(printing).result(60.0), desk.make(printing)
    assert there == here
    files, known = there
    assert files["pdf"].startswith(b"%PDF-")
    assert known.state == "draft"


def test_a_report_is_of_what_its_checkpoint_covers(desk: ReportDesk, worker: ReportWorker, store: JournalStore) -> None:
    order = desk.printed("2027-01", "json")
    before, _ = worker.ask(order).result(60.0)
    store.append(entries(20, 30))
    assert worker.ask(order).result(60.0)[0] == before
    later = desk.printed("2027-01", "json")
    assert later.checkpoint.size > order.checkpoint.size
    assert worker.ask(later).result(60.0)[0] != before


def test_what_is_not_signed_is_not_printed_for_filing(desk: ReportDesk, worker: ReportWorker, tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"report\.wrong_step"):
        worker.ask(desk.printed("2027-01", "docx", "pdf", "json", signed=True)).result(60.0)
    with pytest.raises(AmrError, match=r"report\.bad_period"):
        desk.draft("2027-13")
    assert not (tmp_path / "reports").exists()


def test_a_fleet_that_keeps_nothing_files_nothing() -> None:
    with closing(JournalStore(":memory:")) as memory:
        desk = desk_of_store(SITE, memory, ":memory:")
        assert desk.worker is None
        with pytest.raises(AmrError, match=r"report\.not_written"):
            desk.printed("2027-01", "pdf", signed=True)
        assert desk.make(desk.obstacles()) == []


def _slowly(where: str) -> Sequence[JournalEntry]:
    with Path(f"{where}.read").open("a", encoding="utf-8") as file:
        file.write("x")
    time.sleep(1.0)
    return read_entries(where)


def _never_below(where: str, _size: int) -> Sequence[JournalEntry]:
    time.sleep(600.0)
    return read_entries(where)


def test_many_who_look_at_the_same_draft_cost_one(store: JournalStore, tmp_path: Path) -> None:
    where = str(tmp_path / "journal.sqlite3")
    with closing(ReportWorker(SITE, where, _slowly, read_entries_below)) as slow:
        desk = desk_of_store(SITE, store, where, slow)
        answers = [slow.ask(desk.draft("2027-01"), f"client {i}") for i in range(20)]
        assert len({id(answer.result(60.0)) for answer in answers}) == 1
        assert Path(f"{where}.read").read_text() == "x"


def test_a_print_that_takes_too_long_is_refused_and_its_client_has_its_share(
    store: JournalStore, tmp_path: Path
) -> None:
    where = str(tmp_path / "journal.sqlite3")
    with closing(ReportWorker(SITE, where, read_entries, _never_below, seconds=5.0)) as worker:
        desk = desk_of_store(SITE, store, where, worker)
        printing = desk.printed("2027-01", "pdf")
        asked = [worker.ask(PrintOrder(f"2027-0{n}", ("pdf",), printing.checkpoint, 0.0), "one") for n in range(1, 4)]
        assert len(asked) == OF_A_CLIENT
        with pytest.raises(AmrError, match=r"request\.too_many"):
            worker.ask(desk.draft("2027-01"), "one")
        with pytest.raises(AmrError, match=r"report\.too_large"):
            asked[0].result(60.0)
