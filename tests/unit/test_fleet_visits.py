"""Visits of trucks, barges and ships: what the journal keeps, how they are counted, what is foreseen and what not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_fleet.domain.book import MOST_DEPARTED, Book
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState, TransportOrder
from amr_fleet.domain.visits import LEAST_LOADS, WINDOW_S, view_of
from amr_fleet.domain.world import Forecast
from amr_fleet.ports import OrderRequest, Request
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import CancelOrder, ChangeOrder, CreateOrder
from amr_fleet.visit_requests import DepartVisit, ImportVisits, ReopenVisit, SetCutoff
from amr_fleet.visit_views import Cutoff, VisitView
from amr_fleet.vocabulary import MOST_LOADS, OrderState
from tests.unit.test_fleet_commands import code, do, same_after_restart
from tests.unit.test_fleet_engine import rehearsal
from tests.unit.test_fleet_robot_requests import refusal

NOW = 50_000.0
BARGE = Cutoff(name="SL-12", kind="barge", at=NOW + 3600.0, visit_id="V000001", planned=20)


def wish(load: str = "", visit: str = "SL-12") -> OrderRequest:
    return OrderRequest(pick_place="D1", drop_place="A1", load_id=load, cutoff=visit)


def one(number: int, state: OrderState = "DONE", finished: float = 0.0, load: str = "") -> TransportOrder:
    assigned = NOW - 3000.0 if state != "QUEUED" else 0.0
    request = wish(load or f"PAL-{number}")
    return TransportOrder(order_id=f"T{number:06d}", request=request, state=state, assigned=assigned, finished=finished)


def delivered(*ago: float) -> list[TransportOrder]:
    return [one(i, finished=NOW - seconds) for i, seconds in enumerate(ago)]


def seen(orders: list[TransportOrder], visit: Cutoff = BARGE, **forecasts: float) -> VisitView:
    return view_of(visit, orders, NOW, {i: Forecast(t, t, t) for i, t in forecasts.items()})


# The count ------------------------------------------------------------------------------------------------------------


def test_each_load_counts_once_and_its_newest_order_speaks_for_it() -> None:
    orders = [
        one(1, "FAILED", NOW - 900.0, load="A"), one(2, "DONE", NOW - 800.0, load="A"),
        one(3, "DONE", NOW - 700.0, load="B"), one(4, "QUEUED", load="B"),
        one(5, "CANCELLED", NOW - 600.0, load="C"), one(6, "FAILED", NOW - 500.0, load="D"),
    ]  # fmt: skip
    view = seen(orders)
    assert (view.loads, view.done, view.open, view.cancelled, view.failed) == (4, 1, 1, 1, 1)
    assert view.left == 19, "20 are planned and one is delivered"


def test_without_a_plan_what_is_ordered_is_what_is_left() -> None:
    view = seen([one(1), one(2, "TO_DROP"), one(3, "QUEUED"), one(4, "CANCELLED")], replace(BARGE, planned=0))
    assert (view.planned, view.left) == (0, 2)


def test_what_people_said_of_loads_is_counted_by_load() -> None:
    words = [("wrong", "wrong"), ("damaged",), ("ready", "taken"), ("taken",)]
    view = seen([replace(one(i), said=said) for i, said in enumerate(words)])  # type: ignore[arg-type]
    assert (view.wrong, view.damaged, view.taken) == (1, 1, 2)


def test_open_orders_that_end_after_the_closing_time_are_late_and_all_are_once_it_has_come() -> None:
    orders = [one(1, "TO_DROP"), one(2, "QUEUED"), one(3, "QUEUED"), one(4)]
    assert seen(orders, T000001=BARGE.at - 1.0, T000002=BARGE.at + 1.0).late == 1
    assert seen(orders, replace(BARGE, at=NOW - 1.0)).late == 3


# The end at the present pace ------------------------------------------------------------------------------------------


def test_the_end_is_told_at_the_pace_of_the_last_half_hour() -> None:
    view = seen(delivered(*(100.0 * i for i in range(15)), 1900.0))
    assert (view.done, view.left, view.rate, view.window, view.unsure) == (16, 4, 30.0, WINDOW_S, "")
    assert view.ends == pytest.approx(NOW + 4 / 30 * 3600.0)


def test_who_began_a_short_while_ago_is_judged_by_that_while() -> None:
    orders = [replace(order, assigned=NOW - 600.0) for order in delivered(10.0, 200.0, 400.0, 500.0)]
    view = seen(orders)
    assert (view.rate, view.window) == (24.0, 600.0)
    assert view.ends == pytest.approx(NOW + 16 / 24 * 3600.0)


@pytest.mark.parametrize(
    ("orders", "visit", "why"),
    [
        ([], replace(BARGE, planned=0), "no_plan"),
        ([], BARGE, "not_begun"),
        ([one(1, "QUEUED")], BARGE, "not_begun"),
        (delivered(10.0, 20.0), BARGE, "too_little"),
        ([replace(o, assigned=NOW - 299.0) for o in delivered(1.0, 2.0, 3.0, 4.0)], BARGE, "too_little"),
        (delivered(1900.0, 2000.0, 2100.0), BARGE, "standing"),
        (delivered(10.0, 20.0, 30.0), replace(BARGE, planned=3), "nothing_left"),
        (delivered(10.0, 20.0, 30.0), replace(BARGE, departed=NOW), "nothing_left"),
    ],
)  # fmt: skip
def test_nothing_is_foreseen_of_too_little_and_it_is_said_why(
    orders: list[TransportOrder], visit: Cutoff, why: str
) -> None:
    view = seen(orders, visit)
    assert (view.unsure, view.ends) == (why, 0.0)


def test_what_a_clock_that_was_ahead_wrote_down_gives_no_pace() -> None:
    ahead = [replace(one(i, finished=NOW + 9000.0 + i), assigned=NOW + 8000.0) for i in range(9)]
    view = seen(ahead)
    assert (view.done, view.unsure) == (9, "not_begun")


@given(
    st.lists(st.tuples(st.floats(0.0, 9000.0), st.sampled_from(["DONE", "QUEUED", "TO_DROP", "FAILED", "CANCELLED"]))),
    st.integers(0, MOST_LOADS),
)
def test_counts_agree_and_an_end_has_a_pace_behind_it(made: list[tuple[float, OrderState]], planned: int) -> None:
    orders = [one(i, state, finished=NOW - ago) for i, (ago, state) in enumerate(made)]
    view = seen(orders, replace(BARGE, planned=planned))
    assert view.loads == view.done + view.open + view.failed + view.cancelled == len(orders)
    assert view.open <= view.left
    assert view.left >= planned - view.done
    assert (view.ends > 0.0) == (view.unsure == "")
    if view.ends:
        assert view.ends > NOW
        assert view.rate * view.window / 3600.0 >= LEAST_LOADS - 1e-6


@pytest.mark.parametrize(
    ("visit", "orders", "state"),
    [
        (replace(BARGE, begins=NOW + 60.0), [], "coming"),
        (replace(BARGE, begins=NOW + 60.0), [one(1)], "working"),
        (replace(BARGE, begins=NOW - 60.0), [], "working"),
        (replace(BARGE, at=NOW - 1.0), [], "closed"),
        (replace(BARGE, departed=NOW - 1.0), [], "departed"),
    ],
)
def test_the_state_follows_from_times_and_work(visit: Cutoff, orders: list[TransportOrder], state: str) -> None:
    assert seen(orders, visit).state == state


# In the engine --------------------------------------------------------------------------------------------------------


def visit_of(run: Rehearsal, name: str = "SL-12") -> VisitView:
    run.step()
    return next(v for v in run.engine.snapshot().visits if v.name == name)


def with_barge() -> Rehearsal:
    run = rehearsal(1)
    do(run, SetCutoff(name="SL-12", kind="barge", at=run.now + 7200.0, planned=2, place="D1", begins=run.now + 5.0))
    return run


def test_a_visit_is_counted_as_its_orders_go_and_survives_a_restart() -> None:
    run = with_barge()
    order = do(run, CreateOrder(order=wish("PAL-1")))
    assert (visit_of(run).open, visit_of(run).done, visit_of(run).place) == (1, 0, "D1")
    run.run(lambda r: not r.engine.world.state.open_orders, 600.0)
    assert (visit_of(run).open, visit_of(run).done, visit_of(run).left) == (0, 1, 1)
    assert getattr(order, "cutoff", "") == "SL-12"
    same_after_restart(run)
    folded = FleetState.fold(run.journal)
    assert folded.visits == run.engine.world.state.visits


def test_an_order_moves_to_another_visit_and_out_of_all() -> None:
    run = with_barge()
    do(run, SetCutoff(name="Xe 7", kind="truck", at=run.now + 900.0))
    made = do(run, CreateOrder(order=wish("PAL-1")))
    order_id = str(getattr(made, "order_id"))  # noqa: B009 -- `do` answers objects
    do(run, ChangeOrder(order_id=order_id, cutoff="Xe 7"))
    assert (visit_of(run).loads, visit_of(run, "Xe 7").loads) == (0, 1)
    do(run, ChangeOrder(order_id=order_id, cutoff=""))
    assert (visit_of(run).loads, visit_of(run, "Xe 7").loads) == (0, 0)
    assert FleetState.fold(run.journal).visits == run.engine.world.state.visits


def test_a_truck_that_comes_again_under_its_name_is_counted_anew() -> None:
    run = with_barge()
    made = do(run, CreateOrder(order=wish("PAL-1")))
    assert code(run, DepartVisit(visit_id="V000001")) == "cutoff.in_use"
    do(run, CancelOrder(order_id=str(getattr(made, "order_id")), mode="now"))  # noqa: B009
    left = do(run, DepartVisit(visit_id="V000001", user="lan"))
    assert do(run, DepartVisit(visit_id="V000001", user="minh")) == left, "said twice it is noted once"
    entry = run.journal[-1]
    assert (entry.kind, entry.facts["counted"], entry.facts["planned"], entry.facts["user"]) == (
        "cutoff_departed", 0, 2, "lan",
    )  # fmt: skip
    assert code(run, CreateOrder(order=wish("PAL-2"))) == "order.unknown_cutoff"
    do(run, SetCutoff(name="SL-12", kind="barge", at=run.now + 7200.0))
    run.step()
    again, gone = run.engine.snapshot().visits
    assert (again.visit_id, again.loads, again.planned) == ("V000002", 0, 0)
    assert (gone.visit_id, gone.loads, gone.cancelled, gone.state) == ("V000001", 1, 1, "departed")
    assert code(run, ReopenVisit(visit_id="V000001")) == "visit.name_taken"
    same_after_restart(run)


def test_who_said_too_early_that_a_visit_left_takes_it_back() -> None:
    run = with_barge()
    before = visit_of(run)
    do(run, DepartVisit(visit_id="V000001", user="lan"))
    assert (visit_of(run).state, visit_of(run).departed_by) == ("departed", "lan")
    do(run, ReopenVisit(visit_id="V000001", user="lan"))
    do(run, ReopenVisit(visit_id="V000001", user="lan"))
    assert replace(visit_of(run), state=before.state) == before
    assert [e.kind for e in run.journal].count("cutoff_reopened") == 1


def test_an_unknown_visit_is_named_shortly() -> None:
    run = with_barge()
    for request in (DepartVisit(visit_id="V" * 200), ReopenVisit(visit_id="V" * 200)):
        assert refusal(run, request) == ("visit.not_found", {"visit": "V" * 64})


def test_a_change_that_was_meant_for_a_visit_that_left_makes_no_new_one() -> None:
    run = with_barge()
    do(run, DepartVisit(visit_id="V000001"))
    late = SetCutoff(name="SL-12", kind="barge", at=run.now + 900.0, visit_id="V000001")
    assert code(run, late) == "visit.not_found"
    assert run.engine.world.state.book.cutoffs == {}


def test_what_is_not_named_stays_as_it_is() -> None:
    run = with_barge()
    do(run, SetCutoff(name="SL-12", kind="ship", at=run.now + 900.0))
    view = visit_of(run)
    assert (view.kind, view.planned, view.place, view.begins > 0.0) == ("ship", 2, "D1", True)
    do(run, SetCutoff(name="SL-12", kind="ship", at=run.now + 1.0))
    assert visit_of(run).begins == 0.0, "it cannot be expected after its closing time"
    do(run, SetCutoff(name="SL-12", kind="ship", at=run.now + 900.0, planned=0, place="", begins=0.0))
    view = visit_of(run)
    assert (view.planned, view.place, view.begins) == (0, "", 0.0)


@pytest.mark.parametrize(
    ("rubbish", "where"),
    [
        ({"kind": "plane"}, "kind"), ({"at": float("nan")}, "at"), ({"at": -1.0}, "at"),
        ({"begins": float("inf")}, "begins"), ({"begins": -1.0}, "begins"), ({"begins": 9e9}, "begins"),
        ({"planned": -1}, "planned"), ({"planned": MOST_LOADS + 1}, "planned"), ({"name": "V000007"}, "name"),
        ({"name": ""}, "name"), ({"name": "x" * 65}, "name"), ({"name": "a\u202eb"}, "name"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_and_leaves_no_trace(rubbish: dict[str, object], where: str) -> None:
    run = rehearsal(1)
    request = SetCutoff(**{"name": "SL-1", "at": 900.0, **rubbish})  # type: ignore[arg-type]
    found, facts = refusal(run, request)
    assert (found, facts["where"]) == ("order.invalid", where)
    assert refusal(run, SetCutoff(name="SL-1", at=900.0, place="Z9"))[0] == "order.unknown_place"
    assert run.engine.world.state.book.cutoffs == {}


def test_a_list_is_tried_and_taken_row_by_row() -> None:
    run = with_barge()
    rows = (
        SetCutoff(name="SL-12", kind="barge", at=run.now + 100.0), SetCutoff(name="Xe 7", at=run.now + 100.0),
        SetCutoff(name="Xe 7", at=run.now + 200.0), SetCutoff(name="Xe 8", at=-1.0), SetCutoff(name="Xe 9"),
    )  # fmt: skip
    expected = ["known", "created", "refused", "refused", "refused"]
    for dry_run in (True, False):
        verdicts = do(run, ImportVisits(visits=rows, dry_run=dry_run))
        assert [getattr(v, "verdict") for v in verdicts] == expected  # type: ignore[attr-defined] # noqa: B009
        assert ("Xe 7" in run.engine.world.state.book.cutoffs) is not dry_run


def test_so_many_visits_are_enough_and_departed_ones_are_kept_so_long() -> None:
    run = rehearsal(1)
    rows = tuple(SetCutoff(name=f"Xe {i}", at=run.now + 100.0 + i) for i in range(501))
    for dry_run in (True, False):
        verdicts = do(run, ImportVisits(visits=rows, dry_run=dry_run))
        assert [getattr(v, "verdict") for v in verdicts][-2:] == ["created", "refused"]  # type: ignore[attr-defined] # noqa: B009
    book = Book()
    for i in range(MOST_DEPARTED + 5):
        for kind in ("cutoff_set", "cutoff_departed"):
            facts = {"name": "Xe 1", "kind": "truck", "at": 5.0, "user": ""}
            book.apply(JournalEntry(t=float(i), kind=kind, facts=facts))  # type: ignore[arg-type]
    assert len(book.departed) == MOST_DEPARTED
    assert list(book.departed)[-1] == f"V{MOST_DEPARTED + 5:06d}"


def test_a_journal_of_before_has_its_groups_as_visits() -> None:
    old = JournalEntry(t=1.0, kind="cutoff_set", facts={"name": "SL-1", "kind": "barge", "at": 9.0, "user": "lan"})
    state = FleetState.fold([old])
    assert state.book.cutoffs["SL-1"] == Cutoff(name="SL-1", kind="barge", at=9.0, visit_id="V000001")


def test_the_snapshot_has_the_same_tuple_until_something_changes() -> None:
    run = with_barge()
    run.step()
    first = run.engine.snapshot().visits
    assert run.engine.snapshot().visits is first
    requests: tuple[Request[object], ...] = (CreateOrder(order=wish("PAL-9")),)
    do(run, requests[0])
    run.step()
    assert run.engine.snapshot().visits is not first
