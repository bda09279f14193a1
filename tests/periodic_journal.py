"""A small journal of a month and what stands around it, for the tests of periodic reports."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from amr_core.errors import Fact
from amr_core.site import Site, load_site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest
from amr_fleet.reporting_periods import ReportingPeriod
from amr_fleet.store.journal import JournalStore

MONTH = ReportingPeriod.parse("2027-01")
LETTERHEAD = {
    "parent": "Công ty Cổ phần Cảng Cần Thơ", "issuer": "Cảng Cái Cui", "abbreviation": "CCC", "number": "5",
    "date": "2027-01-15", "place": "Cần Thơ", "to": "Sở Khoa học và Công nghệ thành phố Cần Thơ",
    "signer_mode": "KT.", "signer_office": "Giám đốc", "signer_name": "Nguyễn Văn A",
    "recipients": "Như trên; Lưu: VT, KT",
}  # fmt: skip


TIME: dict[str, Fact] = {
    "loaded": 100.0, "empty": 80.0, "wait.traffic": 30.0, "idle": 200.0, "metres": 400.0, "metres_loaded": 150.0,
    "soc_min": 0.5, "soc_used": 0.02,
}  # fmt: skip


def site() -> Site:
    """Return the reference site."""
    return load_site("cai_cui")


def entry(t: float, kind: str, /, order_id: str = "", robot: str = "", **facts: Fact) -> JournalEntry:
    """Return an entry."""
    return JournalEntry(t=t, kind=kind, order_id=order_id, robot=robot, facts=facts)


def orders(begin: float, end: float, seed: int = 1, every: float = 20000.0) -> list[JournalEntry]:
    """Return orders of a stretch of time that one robot delivers, with its time and some alarms."""
    rnd, found, t, count = random.Random(seed), [], begin + 10.0, 0
    while t < end - 1800.0:
        count += 1
        name = f"T{seed}-{count}"
        wish = OrderRequest(pick_place="D01", drop_place="B1", deadline=t + 900.0)
        took = rnd.uniform(200.0, 1100.0)
        found += [
            JournalEntry(t=t, kind="order_created", order_id=name, facts=facts_of(wish)),
            entry(t + 30.0, "order_assigned", name, "amr_01"),
            entry(t + 31.0, "mission_started", name, "amr_01", mission=f"M{name}", kind="pick", goal="N1", action=""),
            entry(t + took, "order_done", name, "amr_01", place="B1"),
            JournalEntry(t=t + took + 1.0, kind="robot_time", robot="amr_01", facts={**TIME, "from": t}),
        ]  # fmt: skip
        if count % 5 == 0:
            found.append(entry(t + took + 2.0, "alarm_raised", robot="amr_01", alarm=f"A{count}", code="alarm.blocked"))
        t += rnd.uniform(0.5 * every, 1.5 * every)
    return found


def office_entries(t: float) -> list[JournalEntry]:
    """Return a plan, an obstacle and the texts of the month."""
    code = MONTH.code
    targets = {"done": 1000.0, "service_p95": 15.0, "on_time": 95.0}
    plans = [entry(t, "plan_set", period=code, kpi=kpi, target=target, user="lan") for kpi, target in targets.items()]
    obstacle = entry(
        t, "obstacle_set", obstacle="VM-001", opened="2026-12-20", source="person", obstacle_kind="infrastructure",
        text="Sàn kho B lún 3 cm.", effect_kpi="wait_share", effect_amount=2.5, asked_of="Ban Quản lý cảng",
        proposal="Sửa sàn trước tháng 3.", owner="Lan", due="2027-01-10", state="open", user="lan",
    )  # fmt: skip
    texts = [
        entry(t, "report_text_set", period=code, field=name, text=text, user="lan") for name, text in LETTERHEAD.items()
    ]
    return [*plans, obstacle, *texts]


def month_journal() -> list[JournalEntry]:
    """Return two months of orders and what the office wrote."""
    before = orders(MONTH.previous().begin, MONTH.previous().end, seed=2)
    now = orders(MONTH.begin, MONTH.end, seed=1)
    found = [
        *before,
        *now,
        *office_entries(MONTH.begin + 5000.0),
        entry(MONTH.end + 60.0, "robot_online", robot="amr_01"),
    ]
    return sorted(found, key=lambda e: e.t)


def stored(folder: Path, entries: Sequence[JournalEntry]) -> Path:
    """Write entries into a journal with key and tree; return its file."""
    path = folder / "journal.sqlite3"
    store = JournalStore(str(path))
    store.own(site="cai_cui")
    for i in range(0, len(entries), 500):
        store.append(entries[i : i + 500])
    store.ledger.checkpoint()
    store.close()
    return path
