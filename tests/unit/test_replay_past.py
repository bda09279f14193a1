"""What was open at a time gone by is what a fold of the whole journal says, at the price of few rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from amr_core.site import load_site
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.replay.past import Past
from amr_fleet.requests import AckAlarm, CancelOrder, ClearZone, CreateOrder, SetZone
from amr_fleet.store.journal import JournalStore
from amr_fleet.visit_requests import DepartVisit, ReopenVisit, SetCutoff
from tests.unit.test_fleet_engine import lab

PLACES = [p.id for p in load_site("lab").places]
AREA = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))


class Counted:
    """A journal that counts the rows that are read."""

    def __init__(self, entries: Sequence[JournalEntry]) -> None:
        self.entries, self.rows = list(enumerate(entries, 1)), 0

    def part(self, after: int, limit: int) -> list[tuple[int, JournalEntry]]:
        found = self.entries[after : after + limit]
        self.rows += len(found)
        return found


@cache
def busy_day() -> list[JournalEntry]:
    """Orders, zones, visits and alarms of a fleet that works."""
    rng = random.Random(1)
    run = Rehearsal(lab(), units_of(load_site("lab")), seed=1, how=Behaviour(stop_rate=0.01), dt=1.0, watch=False)
    for step in range(600):
        state, asked = run.engine.world.state, list[object]()
        pick, drop = rng.sample(PLACES, 2)
        if rng.random() < 0.06:
            group = rng.choice(["", "ship", "barge"])
            asked.append(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, cutoff=group)))
        if rng.random() < 0.02 and state.open_orders:
            asked.append(CancelOrder(order_id=rng.choice(list(state.open_orders)), mode="after_leg"))
        if rng.random() < 0.03:
            asked.append(SetZone(zone=ZoneRequest(zone_id=f"z{step % 3}", kind="slow", polygon=AREA, max_speed=0.4)))
        if rng.random() < 0.02 and state.zones:
            asked.append(ClearZone(zone_id=next(iter(state.zones)), user="lan"))
        if rng.random() < 0.04:
            at = run.now + rng.uniform(5.0, 900.0)
            name, closes = rng.choice(["ship", "barge"]), rng.choice([at, None])
            asked.append(SetCutoff(name=name, kind="ship", at=closes, user="lan"))
        visits = state.book.cutoffs.values()
        asked += [DepartVisit(visit_id=c.visit_id, user="lan") for c in visits if rng.random() < 0.02]
        asked += [ReopenVisit(visit_id=v, user="lan") for v in state.book.departed if rng.random() < 0.01]
        asked += [AckAlarm(alarm_id=a, user="lan") for a in state.alarms.active if rng.random() < 0.1]
        if rng.random() < 0.005:
            run.robots["amr_01"].alive = not run.robots["amr_01"].alive
        run.step([Ask(1, one) for one in asked])  # type: ignore[arg-type]
    return run.journal


def told(state: FleetState) -> object:
    return list(state.open_orders.values()), set(state.zones.values()), list(state.alarms.active.values())


def test_any_moment_is_what_the_whole_journal_says_of_it() -> None:
    journal = busy_day()
    kinds = {e.kind for e in journal}
    assert {
        "order_done",
        "order_cancelled",
        "zone_cleared",
        "cutoff_departed",
        "cutoff_removed",
        "alarm_acked",
    } <= kinds
    past, rng = Past(Counted(journal), every=50), random.Random(2)
    moments = [rng.uniform(-1.0, journal[-1].t + 5.0) for _ in range(60)] + [e.t for e in rng.sample(journal, 60)]
    for t in moments:
        assert told(past.state_at(t)) == told(FleetState.fold(e for e in journal if e.t <= t)), t


def test_a_question_reads_few_rows_of_a_journal_however_long_it_is() -> None:
    day = busy_day()
    length = day[-1].t + 1.0
    many = 40_000 // len(day) + 1
    orders = sum(e.kind == "order_created" for e in day)

    def again(e: JournalEntry, n: int) -> JournalEntry:
        order = f"T{int(e.order_id[1:]) + n * orders:06d}" if e.order_id else ""
        return replace(e, t=e.t + n * length, order_id=order)

    ended = {e.order_id for e in day if e.kind in ("order_done", "order_cancelled", "order_failed")}
    whole = [e for e in day if (e.order_id in ended or not e.order_id) and not e.kind.startswith("cutoff")]
    journal = Counted([again(e, n) for n in range(many) for e in whole])
    past = Past(journal)
    past.state_at(0.5 * many * length)
    assert journal.rows < 0.8 * len(journal.entries), "nothing behind the moment but the rest of a part"
    past.state_at(many * length)
    for n in range(1, 6):
        journal.rows = 0
        past.state_at(n * many * length / 6)
        assert 0 < journal.rows <= 2 * 5000
    journal.entries += enumerate([again(e, many) for e in whole], len(journal.entries) + 1)
    journal.rows = 0
    past.state_at((many + 1) * length)
    assert journal.rows <= 3 * 5000, "what has come since is read on, not all again"


def test_the_store_gives_parts_with_their_numbers() -> None:
    store = JournalStore(":memory:")
    store.append([JournalEntry(t=float(n), kind="note_added", facts={"text": str(n)}) for n in range(7)])
    numbers = [[(n, e.facts["text"]) for n, e in store.part(after, 3)] for after in (0, 3, 6, 7)]
    assert numbers == [[(1, "0"), (2, "1"), (3, "2")], [(4, "3"), (5, "4"), (6, "5")], [(7, "6")], []]
    store.close()
