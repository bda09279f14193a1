"""Journals that tests write, change behind the back of the program, and open again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore


def entries(count: int, first: int = 0) -> list[JournalEntry]:
    return [JournalEntry(t=0.1 * i, kind="order_created", order_id=f"T{i}", facts={"n": i, "place": "Cửa D1"})
            for i in range(first, first + count)]  # fmt: skip


def written(where: str, folder: Path, count: int = 30) -> None:
    store = JournalStore(where, folder)
    store.own(site="lab")
    for i in range(0, count, 3):
        store.append(entries(3, i))
    store.ledger.checkpoint()
    store.append(entries(3, count))
    store.close()


def change(where: str, statement: str) -> None:
    database = Database(where)
    with database.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    database.close()


def refused(where: str, folder: Path) -> AmrError:
    store = JournalStore(where, folder)
    with pytest.raises(AmrError) as error:
        store.own_and_read(patience=0.2)  # as the fleet does
    store.close()
    return error.value
