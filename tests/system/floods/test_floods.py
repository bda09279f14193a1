"""Floods on a real fleet process: orders are still answered, and memory stays bounded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest
from amr_fleet.store.journal import JournalStore
from amr_lab.fleet_bench.host import headers
from tests.system.floods.stepped_fleet import SteppedFleet

DAY = 86400.0
MOST_MEBIBYTES = 150  # more than before the flood


def fill(where: str, orders: int) -> None:
    """Write a journal of some days: reports of it are work."""
    store = JournalStore(where)
    store.own(site="lab")
    wish = facts_of(OrderRequest(pick_place="D1", drop_place="A1"))
    for first in range(0, orders, 500):
        entries = []
        for i in range(first, first + 500):
            t, order = i * DAY * 3 / orders, f"T{i:06d}"
            entries.append(JournalEntry(t=t, kind="order_created", order_id=order, facts=wish))
            entries.append(JournalEntry(t=t + 60.0, kind="order_done", order_id=order, robot="amr_01"))
        store.append(sorted(entries, key=lambda entry: entry.t))
    store.close()


def peak_mebibytes(pid: int) -> float:
    """Return the most memory that a process has had resident."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SteppedFleet]:
    folder = tmp_path_factory.mktemp("fleet")
    fill(str(folder / "journal.sqlite3"), 1000)
    one = SteppedFleet(folder, at=4 * DAY)
    yield one
    one.close(kill=True)


def ordered(running: SteppedFleet, reference: str) -> tuple[int, float]:
    """Return the status of a new order, and how long (s) its answer took."""
    began = time.monotonic()
    return running.order(reference).status_code, time.monotonic() - began


def orders_under(running: SteppedFleet, flood: list[tuple[str, str, dict[str, str]]], at_once: int) -> list[int]:
    """Ask for all of the flood at once, and order meanwhile; return the flood's statuses."""
    before = peak_mebibytes(running.fleet.pid)

    def ask(one: tuple[str, str, dict[str, str]]) -> int:
        method, path, body = one
        url, own = f"{running.fleet.url}/api/v1/{path}", headers(running.token)
        more = {"json": body} if body else {}
        return httpx.request(method, url, headers=own, timeout=120.0, **more).status_code  # type: ignore[arg-type]

    with ThreadPoolExecutor(at_once) as pool:
        asked = [pool.submit(ask, one) for one in flood]
        answers = [ordered(running, f"{flood[0][1][:6]}{i}") for i in range(12)]
        statuses = [one.result() for one in asked]
    assert [status for status, _ in answers] == [201] * 12, "orders are answered during the flood"
    assert max(seconds for _, seconds in answers) < 20.0
    assert peak_mebibytes(running.fleet.pid) - before < MOST_MEBIBYTES
    return statuses


def test_60_logins_at_once(running: SteppedFleet) -> None:
    flood = [("POST", "login", {"user": f"nobody{i}", "password": "x" * 20}) for i in range(60)]
    statuses = orders_under(running, flood, 60)
    assert set(statuses) <= {401, 429, 503}
    assert {429, 503} & set(statuses)


def test_40_pdf_reports_at_once(running: SteppedFleet) -> None:
    flood: list[tuple[str, str, dict[str, str]]] = [
        ("GET", f"report.pdf?begin={i}&end={3 * DAY}", {}) for i in range(40)
    ]
    statuses = orders_under(running, flood, 40)
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 3
