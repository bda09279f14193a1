"""kill -9 of the fleet service at random moments under load; `amr bench kills` is the long version."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest
from amr_lab.fleet_bench.clients import Promises
from amr_lab.fleet_bench.intake import measure_intake, measure_restart
from amr_lab.fleet_bench.kills import GOALS, FleetKills, account, passed


def test_no_order_is_lost_or_done_twice(tmp_path: Path) -> None:
    figures = FleetKills("lab", robots=0, kills=5, seed=3, folder=tmp_path).run()
    assert passed(figures), figures
    assert figures["orders_answered"] == figures["orders_sent"] > 0
    assert figures["orders_done"] + figures["orders_cancelled"] == figures["orders_sent"]


def _entries() -> list[JournalEntry]:
    wish = OrderRequest(pick_place="D1", drop_place="A1", reference="W1", load_id="L1")
    kinds = ("order_created", "order_assigned", "order_picked", "order_done")
    facts: dict[str, Any] = {"order_created": facts_of(wish), "order_done": {"place": "A1"}}
    return [
        JournalEntry(t=float(i), kind=kind, order_id="T1", robot="amr_01", facts=facts.get(kind, {}))
        for i, kind in enumerate(kinds)
    ]


def _yard(picked: int, dropped: int) -> Any:
    return cast(Any, SimpleNamespace(picked=Counter(["L1"] * picked), dropped=Counter(["L1"] * dropped)))


def test_the_account_sees_every_kind_of_loss() -> None:
    """The judge itself: each way to lose an order or to do it twice shows in the figure that is named for it."""
    good = _entries()
    told = {"W1": "T1"}

    def wrong(entries: list[JournalEntry], yard: Any, *, lost: set[str] | None = None, **ledger: Any) -> set[str]:
        figures = account(Promises(**({"sent": {"W1"}, "made": told} | ledger)), entries, yard, lost or set())
        return {name for name in GOALS if figures[name]}

    assert wrong(good, _yard(1, 1)) == set()
    assert wrong(good, _yard(1, 1), lost={"T9"}) == {"answered_but_lost"}
    assert wrong(good, _yard(1, 1), made={"W1": "T9"}) == {"answered_but_lost"}
    assert wrong(good, _yard(1, 1), sent={"W1", "W2"}) == {"not_done"}
    assert wrong(good[:-1], _yard(1, 0)) == {"not_done"}
    assert "done_twice" in wrong(good, _yard(1, 2))
    assert "done_twice" in wrong(good, _yard(2, 1))
    assert wrong([*good, good[-1]], _yard(1, 1)) == {"done_twice"}
    assert "done_but_not_dropped" in wrong(good, _yard(1, 0))
    assert wrong(good, _yard(1, 1), cancelled={"T1"}) == {"cancelled_but_alive"}
    assert wrong([good[0], *good], _yard(1, 1)) >= {"created_twice"}
    assert wrong([*good, JournalEntry(t=0.0, kind="note_added")], _yard(1, 1)) == {"time_ran_back"}


def test_what_was_answered_is_in_the_journal_and_known_after_a_start() -> None:
    intake = measure_intake("lab", orders=60, connections=8)
    assert intake["orders_answered"] == intake["in_the_journal_after_kill"] == 60
    restart = measure_restart("lab", events=1500)
    assert restart["orders_known_after_start"] == restart["orders_in_the_journal"] > 10
