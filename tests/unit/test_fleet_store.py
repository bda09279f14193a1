"""The journal in its file: what is written comes back, also for a new service; failures carry a code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_fleet.requests import CancelOrder, CreateOrder
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore

REQUEST = OrderRequest(pick_place="D1", drop_place="A1", reference="r1")


@cache
def lab() -> Roadmap:
    return build_roadmap(load_site("lab"))


def service(store: JournalStore) -> FleetService:
    engine = FleetEngine(lab(), units_of(load_site("lab")), journal=store.read())
    return FleetService(engine, store, lambda _command: None)


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    path = str(tmp_path / "sub" / "journal.sqlite3")
    entries = [
        JournalEntry(t=0.5 * i, kind="order.x", order_id=f"T{i % 2}", facts={"n": i, "s": "ố"}) for i in range(5)
    ]
    store = JournalStore(path)
    store.append(entries[:3])
    store.append(entries[3:])
    store.append([])
    store.close()
    again = JournalStore(path)
    assert again.read() == entries
    assert again.read("T1") == [entries[1], entries[3]]
    again.close()


def test_a_corrupt_file_is_store_damaged(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(AmrError) as error:
        JournalStore(str(path))
    assert error.value.code == "store.damaged"


def test_orders_survive_a_new_service(tmp_path: Path) -> None:
    path = str(tmp_path / "journal.sqlite3")
    store = JournalStore(path)
    first = service(store)
    future = first.ask(CreateOrder(order=REQUEST))
    assert not future.done()
    first.advance(1.0)
    order_id = future.result(0).order_id
    store.close()
    store = JournalStore(path)
    second = service(store)
    assert [o.order_id for o in second.orders("open", 10)] == [order_id]
    again = second.ask(CreateOrder(order=REQUEST))
    second.advance(2.0)
    assert again.result(0).order_id == order_id
    assert [h.event for h in second.order_history(order_id)] == ["order_created"]
    cancelled = second.ask(CancelOrder(order_id=order_id, user="lan"))
    second.advance(3.0)
    assert cancelled.result(0).state == "CANCELLED"
    assert second.orders("open", 10) == []
    assert len(second.orders("all", 10)) == 1
    with pytest.raises(AmrError):
        second.order_history("T999")
    store.close()
